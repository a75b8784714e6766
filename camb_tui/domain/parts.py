"""Parts: the tasks a split task's work was given to; which tasks can be split, who does the work now, texts joined.

Light, because every start needs it; how a text is cut is `splitting`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from camb_tui.domain.kinds import KINDS, Field, FieldType, Kind
from camb_tui.domain.tasks import FAILED, Task, TaskStatus

SPLITTABLE = (FAILED - {TaskStatus.PAYMENT_REQUIRED}) | {TaskStatus.OVERDUE, TaskStatus.MISSING}


def text_field(kind: Kind) -> Field | None:
    """The field of a kind that can be split, None where it has none."""
    return kind.field(kind.unit) if kind.splittable else None


def obstacle(task: Task) -> str:
    """Why a task cannot be split into smaller requests, in words that follow a colon; empty where it can."""
    kind = KINDS.get(task.kind)
    if kind is None or not task.request:
        return "its request is not known here"
    if text_field(kind) is None:
        if kind.field(kind.unit).type not in (FieldType.FILE, FieldType.URL):
            return "what its parts would give cannot be joined"
        what = "a document" if kind.name == "story" else "sound and video"
        return f"{what} cannot be cut here; the detail says how"
    if task.superseded_by is not None:
        return "it was sent again already"
    if task.parts:
        return "it is split already; each part can be split again"
    if task.status not in SPLITTABLE:
        return _WHY_NOT.get(task.status, "only what failed can be split")
    return ""


_WHY_NOT = {
    TaskStatus.SUCCESS: "it succeeded",
    TaskStatus.PAYMENT_REQUIRED: "credits are what is missing",
    TaskStatus.UNCONFIRMED: "it may exist already; a gives it its id",
}


def leaves(task: Task, find: Callable[[str], Task | None]) -> list[Task]:
    """The tasks that do a split task's work, in order: the latest try of each part, or that one's own parts."""
    found: list[Task] = []
    for key in task.parts:
        part = latest(key, find)
        if part is not None:
            found += leaves(part, find) if part.parts and part.key != task.key else [part]
    return found


def latest(key: str, find: Callable[[str], Task | None]) -> Task | None:
    """The last try in the line that begins with this task."""
    seen: set[str] = set()
    task = find(key)
    while task is not None and task.superseded_by is not None and task.key not in seen:
        seen.add(task.key)
        task = find(task.superseded_by) or task
    return task


def join_texts(groups: Sequence[tuple[Sequence[str], str | None]]) -> list[str]:
    """The list of texts that groups belong to, each continuing the text before it where it has a joint."""
    joined: list[str] = []
    for texts, joint in groups:
        rest = list(texts)
        if joint is not None and joined and rest:
            joined[-1] += joint + rest.pop(0)
        joined += rest
    return joined
