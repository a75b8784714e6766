"""When to ask next: pure functions of a task's kind and age, no clock and no I/O.

The `backoff` strategy is the service's own advice: start at 2 to 5 seconds by kind, multiply, cap, give up after a
maximum wait. Intervals that grow by a factor f from a first one d after each poll are, at age t, d + (f - 1) t long,
so the age alone gives the interval, and a task watched again after a restart goes on at its own pace.
"""

from __future__ import annotations

from camb_tui.domain.kinds import Kind

FLOOR = 2.0
"""No task is asked about more often than this, in seconds."""
FACTOR = 1.5
JITTER = 0.2
"""Largest share by which an interval is made longer or shorter, so that many tasks do not march in step."""


def backoff_interval(kind: Kind, age: float) -> float:
    """Seconds between two polls of a task `age` seconds after it was submitted, before jitter."""
    return max(FLOOR, min(kind.longest_poll, kind.first_poll + (FACTOR - 1.0) * max(0.0, age)))


def jittered(interval: float, draw: float) -> float:
    """The interval up to `JITTER` shorter or longer by `draw`, uniform in [0, 1]; never below the floor."""
    return max(FLOOR, interval * (1.0 + JITTER * (2.0 * draw - 1.0)))


def is_overdue(kind: Kind, age: float) -> bool:
    """Whether our own maximum wait for this kind has passed."""
    return age > kind.max_wait
