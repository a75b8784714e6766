"""A task as a block of TOML and back, whatever is in it."""

from __future__ import annotations

import tomllib
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camb_tui.domain.tasks import EPHEMERAL, Task, TaskStatus
from camb_tui.services.session_shelf import Entry, brief_of, key_of_body
from camb_tui.services.session_text import (
    UnusableBlockError,
    decode_body,
    encode_body,
    frame,
    frames,
    parse_body,
    task_from,
)
from tests.services.session_samples import NOW, full_task, task

HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    [
        "\n[[task]]\n",
        '"""',
        "'''",
        "\0",
        "\x1b]0;x\x07",
        "\u2028",
        "\x85",
        "\\",
        '"',
        "a\r\nb",
        "# camb-tui: 3 bytes",
        "]",
        " = ",
    ]
)
JSON = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False) | HOSTILE | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(HOSTILE, inner, max_size=4),
    max_leaves=12,
)


def read_back(one: Task, extras: dict[str, Any] | None = None) -> tuple[Task, dict[str, Any]]:
    fields = task_from(decode_body(encode_body(one, extras)), now=0.0)
    assert fields.unusable == ()
    return fields.task, fields.extras


@given(HOSTILE.filter(bool), HOSTILE, st.dictionaries(HOSTILE, JSON, max_size=4), st.lists(HOSTILE, max_size=3))
@settings(max_examples=300, deadline=None)
def test_every_task_comes_back_as_it_was(key: str, text: str, request: dict[str, Any], texts: list[str]) -> None:
    """Texts come from users and from the network; none may change, end or fake a block."""
    one = task(
        key, label=text, message=text, request=request, tags=tuple(texts), saved=tuple(texts), faults=((text, text),)
    )
    assert read_back(one) == (one, {})


@given(st.dictionaries(HOSTILE, JSON, max_size=4), HOSTILE)
@settings(max_examples=200, deadline=None)
def test_the_short_reader_says_what_tomllib_says(request: dict[str, Any], text: str) -> None:
    body = encode_body(full_task().but(request=request, message=text))
    assert decode_body(body) == parse_body(body.decode())
    assert b"[[task]]" not in body.split(b"\n")


def test_every_field_comes_back_and_ephemeral_ones_are_never_written() -> None:
    one = full_task()
    written = [field.name for field in msgspec.structs.fields(Task) if field.name not in EPHEMERAL]
    assert all(
        getattr(one, name) != field.default
        for name in written
        for field in msgspec.structs.fields(Task)
        if field.name == name
    )
    body = encode_body(one.but(stale=True, misses=2, every=5.0, polled_at=NOW))
    assert body == encode_body(one)
    assert task_from(decode_body(body), now=0.0).task == one
    assert not set(EPHEMERAL) & set(parse_body(body.decode()))


def test_the_head_says_what_views_count_by() -> None:
    for one in (
        task(),
        full_task(),
        task(archived=True),
        task(saved=("/a",)),
        task(superseded_by='a"b'),
        task(pinned=True),
    ):
        assert Entry(encode_body(one)).brief == brief_of(one)
    assert brief_of(task(archived=True)).hidden
    assert key_of_body(encode_body(task('q"'))) is None  # such a block is read as a whole


def test_no_field_can_hold_the_api_key() -> None:
    """The account's fingerprint is all the file knows of the key."""
    assert not [field.name for field in msgspec.structs.fields(Task) if "api" in field.name or "secret" in field.name]


def test_times_are_dates_people_can_read() -> None:
    block = tomllib.loads(encode_body(task(created_at=NOW)).decode())
    assert block["created_at"].isoformat() == "2025-11-24T16:00:00.250000+00:00"
    assert read_back(task(created_at=1e18))[0].created_at == 1e18


def test_what_utf_8_cannot_hold_is_replaced() -> None:
    one = task(label="a\ud800b", request={"text": "\udfff", "deep": [None, "\ud800"]})
    back = read_back(one)[0]
    assert back.label == "a\ufffdb"
    assert back.request == {"text": "\ufffd", "deep": [None, "\ufffd"]}


def test_nulls_depth_and_large_numbers_in_a_request_survive() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    request = {"speed": None, "list": [1, None], "deep": deep, "large": 2**80}
    assert read_back(task(request=request))[0].request == request
    assert read_back(task(request={"large": 2**200}))[0].request == {"large": 2**200}
    assert read_back(task(request={"huge": 10**5000}))[0].request["huge"].startswith("0x")


def test_a_request_nobody_could_read_back_does_not_stop_the_saving() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    assert read_back(task(request={"deep": deep}))[0].task_id == "id-k1"


def test_unknown_keys_of_a_block_survive() -> None:
    extras = {
        "note": "mine",
        "list": [{"a": 1}],
        "table": {"x": {"y": [1.5]}},
        "empty": {},
        "long": [{"text": "x" * 200}],
    }
    assert read_back(full_task(), extras) == (full_task(), extras)


def test_words_of_others_for_a_status_keep_their_task() -> None:
    for word, status in (
        ("Rendering", TaskStatus.UNKNOWN),
        ("success", TaskStatus.SUCCESS),
        ("FAILED", TaskStatus.ERROR),
    ):
        one = task_from({"key": "a", "kind": "tts", "status": word}, now=NOW).task
        assert one.status is status
        assert one.word == (word if status is TaskStatus.UNKNOWN else "")
        assert one.created_at == NOW


def test_values_that_make_no_sense_are_named_and_the_rest_is_kept() -> None:
    block = {
        "key": "a",
        "kind": "tts",
        "status": "PENDING",
        "run_id": "seven",
        "task_id": "t",
        "uploads": [3],
        "request_json": "{",
    }
    fields = task_from(block, now=NOW)
    assert sorted(fields.unusable) == ["request", "run_id", "uploads"]
    assert fields.task.task_id == "t"


@pytest.mark.parametrize("block", [{}, {"key": "", "kind": "a", "status": "b"}, {"key": 3, "kind": "a", "status": "b"}])
def test_a_block_without_its_three_words_is_no_task(block: dict[str, Any]) -> None:
    with pytest.raises(UnusableBlockError):
        task_from(block, now=NOW)


def test_a_frame_holds_for_its_very_bytes_only() -> None:
    data = frame(b"\nabc\n", first=True) + frame(b"\ndef\n", first=False)
    assert [data[begin:end] for begin, end in frames(data)] == [b"\nabc\n", b"\ndef\n"]
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert len(list(frames(changed))) < 2
