"""Going on from a finished run: the form of a kind that works on another's run, filled in as far as the task tells."""

from __future__ import annotations

from collections.abc import Sequence

from camb_tui.domain.errors import UsageError
from camb_tui.domain.kinds import KINDS, language_tag
from camb_tui.domain.tasks import Task, TaskStatus


def start_from(kind_name: str, tasks: Sequence[Task]) -> dict[str, str]:
    """What stands in the form of `kind_name` when it is opened on the one task chosen, by field.

    Raises:
        UsageError: There is not one task, or none of whose run this kind can make anything.
    """
    kind = KINDS[kind_name]
    task = tasks[0] if len(tasks) == 1 else None
    if task is None:
        raise UsageError("one task at a time; U clears the marks" if tasks else "there is no task here")
    if task.kind != kind.follows or task.status is not TaskStatus.SUCCESS or task.run_id is None:
        raise UsageError(f"{kind.title.lower()}: it takes a task of kind {kind.follows} that is SUCCESS")
    texts = {"run_id": str(task.run_id)}
    targets = task.request.get("target_languages") or [task.request.get("target_language")]
    if any(field.name == "language" for field in kind.fields) and isinstance(targets, list):
        texts["language"] = ", ".join(language_tag(target) for target in targets if target)
    return texts
