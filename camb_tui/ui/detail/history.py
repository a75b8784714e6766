"""The History tab: the tries before this one, this one, and the others of its batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from camb_tui.domain.advice import reason_of
from camb_tui.domain.submissions import task_languages
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.domain.text import fit, one_line
from camb_tui.ui.detail.overview import status_lead
from camb_tui.ui.detail.parts import BLANK, GAP, Block, LazyRows, Line, Part, Row, Span, heading
from camb_tui.ui.detail.wrapping import glued
from camb_tui.ui.words import LOOKS, clock_text, count_text, duration_text


def history(
    task: Task,
    tries: Sequence[Task],
    batch: Sequence[Task],
    *,
    now: float,
    ascii: bool,  # noqa: A002 - as in the settings
) -> list[Part]:
    """The rows of the tab."""
    every = {one.key: one for one in tries if one.key != task.key}
    ordered = [*sorted(every.values(), key=lambda one: (one.attempt, one.created_at)), task]
    rows = [heading(f"{count_text(len(ordered), 'try', 'tries')} of this request")]
    for one in ordered:
        rows.append(_try(one, now=now, ascii=ascii, here=one is task))
        if one.task_id and one is not task:
            rows.append(Row(one_line(one.task_id, 500), "dim", (Span(" " * 8),)))
    if task.superseded_by is not None:
        rows.append(Row("A later try took this one's place.", "warning"))
    parts: list[Part] = [Block(rows)]
    mates = [one for one in batch if one.key != task.key]
    if mates:
        title = f"Batch {one_line(task.batch, 60)}" if task.batch else "Batch"
        parts.append(Block([BLANK, heading(title), Row(batch_summary([task, *mates])), BLANK]))
        parts.append(LazyRows(len(mates), lambda place: _mate(mates[place], ascii=ascii)))
    return parts


def _try(task: Task, *, now: float, ascii: bool, here: bool) -> Row:  # noqa: A002
    when = clock_text(task.submitted_at if task.submitted_at is not None else task.created_at, now=now)
    took = ""
    if task.submitted_at is not None and task.settled_at is not None and task.settled_at >= task.submitted_at:
        took = f"took {duration_text(task.settled_at - task.submitted_at)}"
    said = reason_of(task) or (f"HTTP {task.code}" if task.code is not None else "")
    words = GAP.join(glued(word) for word in (when, took, said, "this one" if here else "") if word)
    return Row(words, "", (Span(f"try {task.attempt:<3} ", "label"), *_aligned(task, ascii=ascii)))


def _aligned(task: Task, *, ascii: bool) -> Line:  # noqa: A002
    status, gap = status_lead(task, ascii=ascii)
    return (Span(fit(status.text, 12), status.look), gap)


def _mate(task: Task, *, ascii: bool) -> Row:  # noqa: A002
    name = one_line(task.label, 200) or task.key
    return Row(GAP.join(filter(None, [name, one_line(task_languages(task), 60), reason_of(task)])), "",
               _aligned(task, ascii=ascii))  # fmt: skip


def batch_summary(tasks: Sequence[Task]) -> str:
    """How far a batch is: "38 of 41 done, 2 ERROR, 1 PENDING"."""
    counts = Counter(task.status for task in tasks)
    said = [f"{counts.pop(TaskStatus.SUCCESS, 0):,} of {len(tasks):,} done"]
    said += [f"{number:,} {LOOKS[status].word or 'of unknown status'}" for status, number in counts.most_common()]
    return ", ".join(said)
