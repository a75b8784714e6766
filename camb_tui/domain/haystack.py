"""The haystack of a task: where a bare word of a filter is searched, as one text in lower case.

Whoever has it at hand can answer such a word without the task.
"""

from __future__ import annotations

from collections.abc import Iterable

from camb_tui.domain.tasks import Task


def haystack(
    key: str,
    label: str,
    task_id: str | None,
    run_id: object,
    batch: str | None,
    tags: Iterable[str],
    texts: Iterable[str],
) -> str:
    """The places in which a word is searched, a line feed between them: a word without one is in a place or in none."""
    return "\n".join((label, key, task_id or "", str(run_id or ""), batch or "", *tags, *texts)).lower()


def haystack_of(task: Task) -> str:
    """The haystack of a task at hand."""
    return haystack(task.key, task.label, task.task_id, task.run_id, task.batch, task.tags, request_texts(task))


def request_texts(task: Task) -> list[str]:
    """The long texts of a task's request."""
    text, texts = task.request.get("text"), task.request.get("texts")
    found = [text] if isinstance(text, str) else []
    if isinstance(texts, list):
        found += [one for one in texts if isinstance(one, str)]
    return found
