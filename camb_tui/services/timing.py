"""Timing: how long until a task is asked about again, and when it may be done, by the strategy of the settings."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from camb_tui.domain import schedule
from camb_tui.domain.kinds import KINDS, Kind
from camb_tui.domain.submissions import task_size
from camb_tui.domain.tasks import Task
from camb_tui.services.durations import Durations

LONGEST_STRETCH = 4.0
"""How many times the kind's longest interval a learnt one may be."""
LEAST_KNOWN = 5
"""Durations from which an estimate is worth showing."""
STUCK_AT = 0.95


class Outlook(NamedTuple):
    """What is expected of a live task: seconds left, None for no idea; stuck past the time nearly all are done by."""

    left: float | None = None
    stuck: bool = False


class Timing(Protocol):
    """When to ask next."""

    def interval(self, task: Task, age: float) -> float:
        """Seconds from now to the next poll of a task `age` seconds old, before jitter."""
        ...

    def outlook(self, task: Task, age: float) -> Outlook:
        """What is expected of a live task."""
        ...

    def settled(self, task: Task, *, pending_until: float, settled_by: float) -> None:
        """A task settled between these ages."""
        ...


def _kind(task: Task) -> Kind:
    return KINDS.get(task.kind) or KINDS["transcription"]  # a kind of a newer version: some middling pace


class Backoff:
    """The guide's advice: 2 to 5 s at first by kind, growing, capped. Learns what it is shown only for the outlook."""

    def __init__(self, durations: Durations) -> None:
        self.durations = durations

    def interval(self, task: Task, age: float) -> float:
        return schedule.backoff_interval(_kind(task), age)

    def outlook(self, task: Task, age: float) -> Outlook:
        expectation = self.durations.expectation(task.kind)
        if expectation.known < LEAST_KNOWN:
            return Outlook()
        size = task_size(task)
        return Outlook(schedule.left(expectation, age, size), age > schedule.quantile(expectation, STUCK_AT, size))

    def settled(self, task: Task, *, pending_until: float, settled_by: float) -> None:
        if not task.adopted:  # we do not know when that one was submitted
            self.durations.note(task.kind, schedule.Observation(pending_until, settled_by, task_size(task)))


class Adaptive(Backoff):
    """Asks when the answer is likely to have changed, as past durations tell; without any it is the backoff."""

    def __init__(self, durations: Durations, *, delay_price: float) -> None:
        super().__init__(durations)
        self._price = delay_price

    def interval(self, task: Task, age: float) -> float:
        expectation = self.durations.expectation(task.kind)
        if expectation.known == 0:
            return super().interval(task, age)
        cap = LONGEST_STRETCH * _kind(task).longest_poll
        size = task_size(task)
        return schedule.next_poll(expectation, age, size=size, delay_price=self._price, cap=cap) - age
