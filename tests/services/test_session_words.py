"""Where a filter's words are searched, cut from the bytes of a task: the same as of the task itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camb_tui.domain.haystack import haystack_of
from camb_tui.domain.tasks import Task, TaskStatus, Upload
from camb_tui.services.session_shelf import Entry
from camb_tui.services.session_text import encode_body
from camb_tui.services.session_words import haystack_of_body

TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from('aNΣσςİK"\\\n[]=#, '), max_size=12)
REQUEST = st.dictionaries(
    st.sampled_from(["text", "texts", "label", "key", "tags", "run_id", "request_json", "deep"]) | TEXT,
    st.recursive(
        TEXT | st.integers() | st.booleans() | st.none() | st.just("[task.request]"),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=2),
        max_leaves=6,
    ),
    max_size=4,
)


def make(**fields: Any) -> Task:  # any field of a task
    return Task(**{"key": "k1", "kind": "tts", "status": TaskStatus.SUCCESS, "created_at": 1.0, **fields})


@given(
    label=TEXT,
    task_id=st.none() | TEXT,
    run_id=st.none() | st.integers(-3, 10**12),
    batch=st.none() | TEXT,
    tags=st.lists(TEXT, max_size=2),
    request=REQUEST,
    extras=st.dictionaries(st.sampled_from(["note", "text", "texts", "tables"]), TEXT | st.lists(TEXT), max_size=2),
    uploads=st.booleans(),
)
def test_cut_from_the_bytes_it_is_what_the_task_says(
    label: str,
    task_id: str | None,
    run_id: int | None,
    batch: str | None,
    tags: list[str],
    request: dict[str, Any],
    extras: dict[str, Any],
    *,
    uploads: bool,
) -> None:
    files = (Upload("file", "a\nb.wav", 3, "00"),) if uploads else ()
    task = make(
        label=label, task_id=task_id, run_id=run_id, batch=batch, tags=tuple(tags), request=request, uploads=files
    )
    body = encode_body(task, extras)
    cut = haystack_of_body(body)
    assert cut is None or cut == haystack_of(Entry(body).task)
    assert Entry(body).haystack == haystack_of(Entry(body).task)


@pytest.mark.parametrize(
    "task",
    [
        make(),
        make(label='A "quote"', task_id="t-1", run_id=7, batch="b", tags=("x", "y z")),
        make(request={"text": "Once\nupon", "label": "not this"}),
        make(request={"texts": ["One", "Two"], "tags": ["not these"]}),
    ],
)
def test_what_is_usual_costs_no_reading(task: Task) -> None:
    """Ten thousand tasks are searched while somebody types."""
    assert haystack_of_body(encode_body(task)) == haystack_of(task)
    assert "not t" not in haystack_of(task)
