"""Adopting: giving a task id found elsewhere to an unconfirmed task, or to a new row. Saves and polls nothing."""

from __future__ import annotations

from collections.abc import Mapping

from camb_tui.domain import life
from camb_tui.domain.errors import UsageError
from camb_tui.domain.kinds import KINDS
from camb_tui.domain.tasks import Task, TaskStatus, new_key
from camb_tui.services.changes import Adopt

LONGEST_ID = 200


def known_id(task_id: str) -> str:
    """A task id without blanks around it.

    Raises:
        UsageError: It cannot be one.
    """
    task_id = task_id.strip()
    if not task_id or len(task_id) > LONGEST_ID or any(c.isspace() or not c.isprintable() for c in task_id):
        raise UsageError("A task id is one word, as the service gave it; nothing was adopted.")
    return task_id


def adoption(
    command: Adopt, tasks: Mapping[str, Task], holder: Task | None, *, account: str, server: str, now: float
) -> Task:
    """The task that has the id from now on.

    Args:
        command: What is asked.
        tasks: The session's tasks.
        holder: The task of the session that has this id already.
        account: Fingerprint of the key in use.
        server: The base URL in use.
        now: The present time.

    Raises:
        UsageError: It cannot be adopted as asked; nothing has changed.
    """
    task_id = known_id(command.task_id)
    if command.kind not in KINDS:
        raise UsageError(f"There is no kind {command.kind!r}; nothing was adopted.")
    if holder is not None and holder.key != command.key:
        raise UsageError(f"{task_id} is in this session already, as {holder.label or holder.key}.")
    if command.key is None:
        task = Task(
            key=new_key(),
            kind=command.kind,
            status=TaskStatus.PENDING,
            created_at=now,
            label=command.label or task_id,
            account=account,
            server=server,
        )
        return life.adopted(task, task_id, now=now)
    task = tasks[command.key]
    if task.status is not TaskStatus.UNCONFIRMED:
        raise UsageError(f"{task.label} is {task.shown_status}; only an unconfirmed task takes a task id.")
    if task.kind != command.kind:
        raise UsageError(f"{task.label} is of kind {task.kind}, not {command.kind}; nothing was adopted.")
    return life.adopted(task, task_id, now=now)
