"""The Overview tab: what happened and what to do next first, then what the task is and when things happened."""

from __future__ import annotations

import re

from camb_tui.domain.advice import advise
from camb_tui.domain.kinds import KINDS
from camb_tui.domain.retrying import failed_again
from camb_tui.domain.submissions import task_languages, task_size
from camb_tui.domain.tasks import Hold, Task, TaskStatus
from camb_tui.domain.text import one_line
from camb_tui.ui.detail.parts import BLANK, Block, Line, Part, Row, Span, facts, labelled, text_rows
from camb_tui.ui.keys import ACTIONS, key_name, split_keys
from camb_tui.ui.words import SOON, STALE_SIGN, about_when, clock_text, count_text, duration_text, look, size_text

_STEP = re.compile(r"(:\w+|[A-Za-z|]) (.*)", re.DOTALL)
_KEYS = frozenset({"|", "r", "e", "a", "R", "w", "x", "X", "s", "z", "H"})
_SENDING = frozenset(
    word
    for action in ACTIONS
    if action.sends
    for word in (f":{action.command}", *map(key_name, split_keys(action.keys)))
)
_ELSEWHERE = "Read-only here: sending and changing go on where this session is written."


def status_lead(task: Task, *, ascii: bool) -> Line:  # noqa: A002 - as in the settings
    """Sign and word of a task's status in its colour, with `~` before an old one."""
    seen = look(task)
    sign = seen.ascii if ascii else seen.sign
    word = one_line(seen.word, 20)
    return (Span(f"{STALE_SIGN if task.stale else sign} {word}", seen.colour), Span("  "))


def overview(
    task: Task,
    *,
    now: float,
    ascii: bool,  # noqa: A002 - as in the settings
    progress: str = "",
    read_only: bool = False,
) -> list[Part]:
    """The rows of the tab; to a reader no step is offered that only who writes the session can do."""
    advice = advise(task)
    rows = [Row(one_line(advice.headline, 1_000), "", status_lead(task, ascii=ascii))]
    steps = [step for step in advice.steps if not (read_only and _sends(step))]
    rows += [_step(step) for step in steps]
    if len(steps) < len(advice.steps):
        rows.append(Row(_ELSEWHERE, "dim"))
    if progress:
        rows.append(labelled("Now", one_line(progress, 300), "primary"))
    if task.message and task.message not in advice.headline:
        rows.append(BLANK)
        rows += text_rows(task.message, limit=4_000, lead=labelled("Said", "").lead)
    rows += [BLANK, *_what(task), *_when(task, now), *_ids(task), *_ours(task)]
    return [Block(rows)]


def _sends(step: str) -> bool:
    found = _STEP.fullmatch(step)
    return found is not None and found[1] in _SENDING


def _step(step: str) -> Row:
    """A step; the key it starts with stands out."""
    found = _STEP.fullmatch(step)
    if found is not None and (found[1] in _KEYS or found[1].startswith(":")):
        return Row(one_line(found[2], 1_000), "", (Span(found[1], "key"), Span(" ")))
    return Row(one_line(step, 1_000))


def _what(task: Task) -> list[Row]:
    kind = KINDS.get(task.kind)
    title = kind.title if kind is not None else one_line(task.kind, 40)
    title += ", streamed" if task.streamed else ""
    rows = [facts("What", [title, task_size_text(task), _voice(task), task_languages(task), _try(task)])]
    if task.label:
        rows.append(labelled("Name", one_line(task.label, 500)))
    return rows


def _try(task: Task) -> str:
    return f"try {task.attempt}" + (", failed again" if failed_again(task) else "")


def task_size_text(task: Task) -> str:
    """How big the input is, in words; empty where we cannot know."""
    size = task_size(task)
    if size is None:
        return ""
    return size_text(size) if task.uploads else count_text(size, "character")


def _voice(task: Task) -> str:
    voice = task.request.get("voice_id") or task.request.get("narrator_voice_id")
    return f"voice {voice}" if voice is not None else ""


def _when(task: Task, now: float) -> list[Row]:
    times = [f"made {clock_text(task.created_at, now=now)}"]
    if task.submitted_at is not None:
        times.append(f"{'taken in' if task.adopted else 'sent'} {clock_text(task.submitted_at, now=now)}")
    if task.settled_at is not None:
        took = ""
        if task.submitted_at is not None and task.settled_at >= task.submitted_at and not task.adopted:
            took = f" ({duration_text(task.settled_at - task.submitted_at)})"
        times.append(f"ended {clock_text(task.settled_at, now=now)}{took}")
    rows = [facts("When", times)]
    if task.held_until is not None and task.status is TaskStatus.HELD:
        asked = "" if task.hold != Hold.PAUSE else ", once H says so; before that nothing is sent"
        rows.append(labelled("Leaves", clock_text(task.held_until, now=now) + asked, "warning"))
    if task.stale:
        since = (
            f"status is from {clock_text(task.polled_at, now=now)}" if task.polled_at is not None else "status is old"
        )
        rows.append(labelled("Stale", f"{since}; the last poll failed", "warning"))
    elif task.is_polled and task.every is not None:
        rows.append(labelled("Asked", f"every {duration_text(round(task.every))}"))
    return rows + _expected(task, now)


def _expected(task: Task, now: float) -> list[Row]:
    """When it may end, as times of day, which stand still."""
    if not task.is_polled or task.stuck_at is None:
        return []
    nearly_all = about_when(task.stuck_at, now=now)
    if task.is_stuck(now):
        return [labelled("Long", f"nearly all tasks like it had ended by {nearly_all}", "warning")]
    if task.expected_at is None:
        return []
    soon = task.expected_at - now < SOON
    half = "soon" if soon else f"about {about_when(task.expected_at, now=now)}"
    return [labelled("Expected", f"{half}; nearly all tasks like it end by {nearly_all}")]


def _ids(task: Task) -> list[Row]:
    """Both ids whole, each on a line of its own: they are what gets copied."""
    rows = []
    if task.task_id is not None:
        rows.append(labelled("Task id", one_line(task.task_id, 500)))
    if task.run_id is not None:
        rows.append(labelled("Run id", str(task.run_id)))
    if task.server:
        rows.append(labelled("Server", one_line(task.server, 500)))
    return rows


def _ours(task: Task) -> list[Row]:
    """What only we know of it."""
    rows = [labelled("Saved", one_line(path, 1_000)) for path in task.saved]
    if task.part_of is not None:
        rows.append(labelled("Part of", one_line(task.part_of, 200)))
    if task.batch:
        rows.append(labelled("Batch", one_line(task.batch, 200)))
    if task.tags:
        rows.append(facts("Tags", task.tags))
    marks = [
        word for word, on in (("pinned", task.pinned), ("archived", task.archived), ("adopted", task.adopted)) if on
    ]
    if marks:
        rows.append(facts("Marks", marks))
    return rows
