"""Figures over all tasks for the wide screen's left column: batches, today, and how long each kind takes.

Counted once, then kept up by what changed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from camb_tui.domain.tasks import Task, TaskStatus

_KEPT_DURATIONS = 500
FEWEST = 3
"""Durations below which no percentile is given."""


@dataclass(slots=True)
class BatchFigures:
    """How far a batch is."""

    total: int = 0
    done: int = 0
    failed: int = 0


class Pace(NamedTuple):
    """How long a kind usually takes, in seconds, over `number` tasks."""

    number: int
    median: float
    p95: float


class Figures:
    """Counts that follow the tasks."""

    def __init__(self, tasks: Iterable[Task], *, midnight: float) -> None:
        self.batches: dict[str, BatchFigures] = {}
        self.done_today = self.failed_today = self.sent_today = 0
        self._midnight = midnight
        self._durations: dict[str, list[float]] = {}
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
        if task.status is TaskStatus.SUCCESS and (old is None or old.status is not TaskStatus.SUCCESS):
            self._learn(task)

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

    def _learn(self, task: Task) -> None:
        whole = not task.adopted and not task.parts  # the time a split one took is that of its parts
        if task.submitted_at is not None and task.settled_at is not None and whole:
            durations = self._durations.setdefault(task.kind, [])
            durations.append(max(task.settled_at - task.submitted_at, 0.0))
            del durations[:-_KEPT_DURATIONS]

    def paces(self) -> dict[str, Pace]:
        """How long each kind takes, where there is enough to tell."""
        found = {}
        for kind, durations in self._durations.items():
            if len(durations) >= FEWEST:
                ordered = sorted(durations)
                found[kind] = Pace(
                    len(ordered), ordered[len(ordered) // 2], ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]
                )
        return found


def midnight_before(now: float) -> float:
    """When today began, by the local clock."""
    moment = time.localtime(now)
    return time.mktime((moment.tm_year, moment.tm_mon, moment.tm_mday, 0, 0, 0, 0, 0, -1))
