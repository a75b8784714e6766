"""A stream of changes over many tasks: one random task after the other settles, or is live again."""

from __future__ import annotations

import random

from camb_tui.domain.tasks import Task, TaskStatus

_WORDS = (TaskStatus.PENDING, TaskStatus.SUCCESS, TaskStatus.ERROR)


class Changing:
    """Draws the next change; the same tasks change in the same order in every run."""

    def __init__(self, tasks: list[Task]) -> None:
        self._tasks = tasks
        self._draw = random.Random(11)

    def next(self) -> Task:
        """A task that is not what it was."""
        at = self._draw.randrange(len(self._tasks))
        task = self._tasks[at]
        status = self._draw.choice([word for word in _WORDS if word is not task.status])
        self._tasks[at] = task.but(status=status, settled_at=None if status is TaskStatus.PENDING else task.created_at)
        return self._tasks[at]
