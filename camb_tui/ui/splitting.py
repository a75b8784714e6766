"""What `|` would do to the chosen task: into how many requests its text is broken, or why it cannot be.

Pure but for the segmenter; sending is the outbox's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from camb_tui.domain.advice import is_media, split_advice
from camb_tui.domain.errors import UsageError
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.domain.text import one_line
from camb_tui.ui.words import count_text


class SplitPlan(NamedTuple):
    """The outcome of planning; without a key, `words` say why nothing is split."""

    key: str | None
    words: str
    number: int = 0


def plan_split(tasks: Sequence[Task]) -> SplitPlan:
    """What splitting the chosen task comes to."""
    if not tasks:
        return SplitPlan(None, "there is no task here to split")
    if len(tasks) > 1:
        return SplitPlan(None, "one task at a time can be split; U clears the marks")
    task = tasks[0]
    if is_media(task):
        return SplitPlan(None, split_advice(task))
    from camb_tui.services.segmenting import (
        split_task,
    )  # knows the borders of all scripts, which a start can do without

    try:
        parts = split_task(task)
    except UsageError as error:
        return SplitPlan(None, str(error))
    each = round(sum(part.size for part in parts) / len(parts))
    twice = task.status in (TaskStatus.OVERDUE, TaskStatus.MISSING)
    doubt = " It may still be finished, and be charged twice." if twice else ""
    name = one_line(task.label or task.kind, 40)
    words = f"{name}:{doubt} Split into {len(parts)} parts of about {count_text(each, 'character')}?"
    return SplitPlan(task.key, words, len(parts))


def split_words(number: int, window: float) -> str:
    """What to say once the parts were handed to the outbox."""
    if window <= 0:
        return f"sending {count_text(number, 'part')}"
    return f"{count_text(number, 'part')} will be sent in {window:g} s; z takes them back"
