"""Timing: how long until a task is asked about again, and when it may be done, by the strategy of the settings.

What a row says of a task rests on what is known of it: that it was live when last seen, at the age it had since it was
submitted. Time that passes without a poll makes no estimate later, and none early.
"""

from __future__ import annotations

from typing import Protocol

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
WELL_KNOWN = 30
"""Durations from which only tasks that were asked about in time teach more."""
LATE = 2.0
"""Times the planned wait after which a first poll came late for reasons of ours."""


class Timing(Protocol):
    """When to ask next."""

    def interval(self, task: Task, age: float) -> float:
        """Seconds from now to the next poll of a task `age` seconds old, before jitter."""
        ...

    def worth(self, task: Task, since: float, age: float) -> float:
        """How much asking now is worth of a task seen live when it was `since` seconds old; 1 when it falls due."""
        ...

    def estimated(self, task: Task) -> Task:
        """The live task with when it is expected to end, and from when on it counts as stuck."""
        ...

    def teaches(self, task: Task, first_asked: float) -> bool:
        """Whether a task that was first asked about at this age is to be learned from."""
        ...

    def settled(self, task: Task, *, pending_until: float, settled_by: float, first_asked: float) -> None:
        """A task settled between these ages; `first_asked` is its age when it was first asked about."""
        ...


def last_seen(task: Task) -> float:
    """The age at which a task was last seen live, in seconds since it was submitted."""
    if task.polled_at is None or task.submitted_at is None:
        return 0.0
    return max(0.0, task.polled_at - task.submitted_at)


def _kind(task: Task) -> Kind:
    return KINDS.get(task.kind) or KINDS["transcription"]  # a kind of a newer version: some middling pace


class Backoff:
    """The guide's advice: 2 to 5 s at first by kind, growing, capped. Learns what it is shown for estimates alone."""

    def __init__(self, durations: Durations) -> None:
        self.durations = durations

    def interval(self, task: Task, age: float) -> float:
        return schedule.backoff_interval(_kind(task), age)

    def worth(self, task: Task, since: float, age: float) -> float:
        return (age - since) / schedule.backoff_interval(_kind(task), since)

    def estimated(self, task: Task) -> Task:
        expectation = self.durations.expectation(task.kind)
        if expectation.known < LEAST_KNOWN or task.submitted_at is None:
            return task.but(expected_at=None, stuck_at=None)
        size = task_size(task)
        stuck_at = task.submitted_at + schedule.quantile(expectation, STUCK_AT, size)
        if task.adopted:  # how much older than our watch it is nobody knows: stuck is sure, what is left is not
            return task.but(expected_at=None, stuck_at=stuck_at)
        seen = last_seen(task)
        expected_at = task.submitted_at + seen + schedule.left(expectation, seen, size)
        return task.but(expected_at=expected_at, stuck_at=stuck_at)

    def settled(self, task: Task, *, pending_until: float, settled_by: float, first_asked: float) -> None:
        if self.teaches(task, first_asked):
            seen = schedule.Observation(pending_until, settled_by, task_size(task))
            self.durations.note(task.kind, seen, key=task.key, at=task.submitted_at or task.created_at)

    def teaches(self, task: Task, first_asked: float) -> bool:
        return not task.adopted and not self._says_nothing(task, first_asked)

    def _says_nothing(self, task: Task, first_asked: float) -> bool:
        """Whether its first poll came so late that its end tells less than what it would push out of memory.

        So it is with tasks that ended while the program was off, or while the rate could not serve all. It depends on
        when we asked and never on the answer, else it would be a bias.
        """
        if first_asked <= LATE * self.interval(task, 0.0):
            return False
        expectation = self.durations.expectation(task.kind)
        return expectation.known >= WELL_KNOWN or first_asked > schedule.quantile(
            expectation, STUCK_AT, task_size(task)
        )


class Adaptive(Backoff):
    """Asks when the answer is likely to have changed, as past durations tell; without any it is the backoff."""

    def __init__(self, durations: Durations, *, delay_price: float) -> None:
        super().__init__(durations)
        self._price = delay_price

    def interval(self, task: Task, age: float) -> float:
        expectation = self.durations.expectation(task.kind)
        if expectation.known == 0 or task.adopted:  # when an adopted one was submitted nobody knows
            return super().interval(task, age)
        cap = LONGEST_STRETCH * _kind(task).longest_poll
        size = task_size(task)
        return schedule.next_poll(expectation, age, size=size, delay_price=self._price, cap=cap) - age

    def worth(self, task: Task, since: float, age: float) -> float:
        expectation = self.durations.expectation(task.kind)
        if expectation.known == 0 or task.adopted:
            return super().worth(task, since, age)
        return schedule.priority(expectation, since, age, size=task_size(task), delay_price=self._price)
