"""Printing: tasks as JSON objects for scripts and as plain columns for people. What scripts may rely on stands here.

JSON is ASCII only, and columns go through `domain.text`, so that no text of the service reaches a terminal as more
than text.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Sequence
from typing import Any

from camb_tui.domain.results import Result
from camb_tui.domain.submissions import task_languages
from camb_tui.domain.tasks import Hold, Task, TaskStatus
from camb_tui.domain.text import cell_width, fit, one_line
from camb_tui.ui.words import DASH, age_text

HEADER = ("KEY", "STATUS", "KIND", "NAME", "LANG", "AGE", "TASK ID", "RUN ID")
NAME_WIDTH = 40


def task_object(task: Task, result: Result | None = None) -> dict[str, Any]:
    """The task as scripts get it; JSON values only."""
    return {
        "key": task.key,
        "kind": task.kind,
        "status": task.shown_status,
        "label": task.label,
        "task_id": task.task_id,
        "run_id": task.run_id,
        "retry_of": task.retry_of,
        "batch": task.batch,
        "parts": list(task.parts),
        "part_of": task.part_of,
        "submitted_at": rfc3339(task.submitted_at),
        "settled_at": rfc3339(task.settled_at),
        "exception_reason": task.exception_reason,
        "message": task.message,
        "request": task.request,
        "result": result_object(result),
        "stale": task.stale,
        "hold": task.hold or None,
        "attempt": task.attempt,
        "tags": list(task.tags),
        "faults": [list(fault) for fault in task.faults],
        "saved": list(task.saved),
        "streamed": task.streamed,
        "created_at": rfc3339(task.created_at),
    }


def result_object(result: Result | None) -> dict[str, Any] | None:
    """The service's own JSON as an object: a bare link or list goes under the name it has where it is no bare one."""
    if result is None:
        return None
    if isinstance(result.raw, dict):
        return result.raw
    if result.raw is None:
        return {}
    return {"transcript": result.raw} if isinstance(result.raw, list) else {"output_url": result.raw}


def rfc3339(when: float | None) -> str | None:
    """The moment in UTC to the millisecond, None for none or for one no calendar has."""
    if when is None:
        return None
    try:
        moment = datetime.datetime.fromtimestamp(when, tz=datetime.UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_json(value: Any) -> str:
    """One line of JSON; what JSON has no word for (NaN of a hand-edited session) becomes text."""
    try:
        return json.dumps(value, allow_nan=False, default=str)
    except ValueError:
        return json.dumps(_without_nan(value), default=str)


def _without_nan(value: Any) -> Any:
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    if isinstance(value, dict):
        return {name: _without_nan(inner) for name, inner in value.items()}
    return [_without_nan(inner) for inner in value] if isinstance(value, list | tuple) else value


def table_lines(tasks: Iterable[Task], *, now: float) -> list[str]:
    """The tasks as aligned columns under a header; the widest cell of a column sets its width."""
    rows: list[Sequence[str]] = [HEADER, *(_cells(task, now) for task in tasks)]
    widths = [max(cell_width(row[place]) for row in rows) for place in range(len(HEADER))]
    widths[HEADER.index("NAME")] = min(widths[HEADER.index("NAME")], NAME_WIDTH)
    return ["  ".join(map(fit, row, widths)).rstrip() for row in rows]


def _cells(task: Task, now: float) -> Sequence[str]:
    status = one_line(task.shown_status, 20) + (" (stale)" if task.stale else "")
    since = task.submitted_at if task.submitted_at is not None else task.created_at
    return (
        one_line(task.key, 20),
        status,
        one_line(task.kind, 20),
        one_line(task.label, 200) or DASH,
        one_line(task_languages(task), 24) or DASH,
        age_text(max(0.0, now - since)),
        one_line(task.task_id or DASH, 60),
        str(task.run_id) if task.run_id is not None else DASH,
    )


def task_line(task: Task) -> str:
    """The task in one line: what it is, where it stands, and why."""
    words = [one_line(task.key, 20), one_line(task.shown_status, 20), one_line(task.label, 60)]
    if task.task_id is not None:
        words.append(f"task_id {one_line(task.task_id, 60)}")
    if task.run_id is not None:
        words.append(f"run_id {task.run_id}")
    why = ": ".join(one_line(text) for text in (task.exception_reason, task.message) if text)
    for name, fault in task.faults:
        why += f"; {one_line(name, 60)} {one_line(fault)}"
    return "  ".join(words) + (f"  ({why.removeprefix('; ')})" if why else "")


def waits_for_a_person(task: Task) -> bool:
    """Whether nothing more happens to an unsent task by itself."""
    return task.status is TaskStatus.HELD and task.hold not in ("", Hold.UNDO, Hold.LATER)
