"""Figures over all tasks for the wide screen's left column: batches, and today.

Counted once, then kept up by what changed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from camb_tui.domain.tasks import Task, TaskStatus


@dataclass(slots=True)
class BatchFigures:
    """How far a batch is."""

    total: int = 0
    done: int = 0
    failed: int = 0


class Figures:
    """Counts that follow the tasks."""

    def __init__(self, tasks: Iterable[Task], *, midnight: float) -> None:
        self.batches: dict[str, BatchFigures] = {}
        self.done_today = self.failed_today = self.sent_today = 0
        self._midnight = midnight
        self._seen: dict[str, Task] = {}
        for task in tasks:
            self.take(task)

    def take(self, task: Task) -> None:
        """A task is new or changed."""
        old = self._seen.get(task.key)
        if old is not None:
            self._count(old, -1)
        self._seen[task.key] = task
        self._count(task, 1)

    def _count(self, task: Task, step: int) -> None:
        if task.superseded_by is None and task.batch:
            batch = self.batches.setdefault(task.batch, BatchFigures())
            batch.total += step
            batch.done += step * (task.status is TaskStatus.SUCCESS)
            batch.failed += step * task.is_failed
        if (task.submitted_at or 0) >= self._midnight:
            self.sent_today += step
        if (task.settled_at or 0) >= self._midnight:
            self.done_today += step * (task.status is TaskStatus.SUCCESS)
            self.failed_today += step * task.is_failed


def midnight_before(now: float) -> float:
    """When today began, by the local clock."""
    moment = time.localtime(now)
    return time.mktime((moment.tm_year, moment.tm_mon, moment.tm_mday, 0, 0, 0, 0, 0, -1))
