"""When to ask next: pure functions of a task's kind and age, no clock and no I/O.

The `backoff` strategy is the service's own advice: start at 2 to 5 seconds by kind, multiply, cap, give up after a
maximum wait. Intervals that grow by a factor f from a first one d after each poll are, at age t, d + (f - 1) t long,
so the age alone gives the interval, and a task watched again after a restart goes on at its own pace.

The `adaptive` strategy minimises requests + price x delay, the delay being the seconds from a task's end to the poll
that sees it, for an expectation that `learning` made of past durations. With the hazard h, S live and a price L:

- Asking each time the integral of sqrt(L h / 2) has grown by one is nearly best where the hazard is smooth: the gap
  g = sqrt(2 / (L h)) makes the 1 / g requests per second equal to L h g / 2 of delay. It forgives a wrong expectation.
- One step better: of all next times, the one where the delay until then, and a rest done by that rule, which costs
  the integral of sqrt(2 L h) S plus S / 2, are least. It sees the gap between two humps.

We take a mean of both times that trusts the second more the more is known. Without history it is the guide's backoff.
The optimum itself: R. E. Barlow, L. C. Hunter, F. Proschan, "Optimum Checking Procedures", SIAM Journal 11 (1963).
"""

from __future__ import annotations

import math
from bisect import bisect_right

from camb_tui.domain.expectation import Expectation, KindPrior, Table
from camb_tui.domain.kinds import Kind
from camb_tui.domain.learning import Observation, learn

__all__ = [
    "Expectation",
    "KindPrior",
    "Observation",
    "backoff_interval",
    "is_overdue",
    "jittered",
    "learn",
    "left",
    "next_poll",
    "priority",
    "quantile",
]

FLOOR = 2.0
"""No task is asked about more often than this, in seconds."""
CAP = 600.0
"""A live task is asked at least this often, whatever is expected of it, in seconds."""
FACTOR = 1.5
JITTER = 0.2
"""Largest share by which an interval is made longer or shorter, so that many tasks do not march in step."""
_FIRST, _LONGEST = 2.0, 30.0
"""First and longest interval of the guide's backoff."""
_HEDGE = 20.0
"""Observations at which the forgiving rule and the sharper one have equal say."""
_LEAST_GAP = 0.01
"""So that time goes on, whatever floor the caller names."""
_LAST_REQUEST = 0.5
"""What a task's end costs beyond the integral: on average half a request, as with a constant hazard exactly."""


def backoff_interval(kind: Kind, age: float) -> float:
    """Seconds between two polls of a task `age` seconds after it was submitted, before jitter."""
    return max(FLOOR, min(kind.longest_poll, kind.first_poll + (FACTOR - 1.0) * max(0.0, age)))


def jittered(interval: float, draw: float) -> float:
    """The interval up to `JITTER` shorter or longer by `draw`, uniform in [0, 1]; never below the floor."""
    return max(FLOOR, interval * (1.0 + JITTER * (2.0 * draw - 1.0)))


def is_overdue(kind: Kind, age: float) -> bool:
    """Whether our own maximum wait for this kind has passed."""
    return age > kind.max_wait


def next_poll(
    expectation: Expectation,
    elapsed: float,
    *,
    size: float | None = None,
    delay_price: float,
    floor: float = FLOOR,
    cap: float = CAP,
) -> float:
    """Seconds since submission at which to ask next.

    Args:
        expectation: What past tasks of this kind make us expect.
        elapsed: Seconds since submission at which the task was last seen live; 0 where it was not asked yet.
        size: Of the input, in the unit of the observations; None where it is not known.
        delay_price: Requests that one second less delay is worth.
        floor: Least seconds between two polls.
        cap: Most seconds between two polls.
    """
    elapsed, floor = max(0.0, elapsed), max(_LEAST_GAP, floor)
    cap = max(floor, cap)
    if expectation.known == 0:
        return elapsed + min(cap, max(floor, _guide_interval(elapsed)))
    if delay_price <= 0.0:
        return elapsed + cap
    table, scale = expectation.seen(size)
    at, price, gap = elapsed / scale, delay_price * scale, floor / scale
    hedge = _HEDGE / (_HEDGE + expectation.known)
    time = hedge * _forgiving(table, at, price) + (1.0 - hedge) * _cheapest(table, at, price, gap)
    return min(elapsed + cap, max(elapsed + floor, scale * time))


def priority(
    expectation: Expectation, last: float, elapsed: float, *, size: float | None = None, delay_price: float = 1.0
) -> float:
    """How due a task is that was seen live at `last` seconds and is now at `elapsed`; 1 is the time to ask.

    Under one budget for many tasks, whoever has the most is asked first, and the price cancels out.
    """
    if elapsed <= last:
        return 0.0
    if expectation.known == 0:
        return (elapsed - last) / _guide_interval(last)
    table, scale = expectation.seen(size)
    grown = table.ahead_at(elapsed / scale) - table.ahead_at(max(0.0, last) / scale)
    return grown * math.sqrt(max(0.0, delay_price) * scale / 2.0)


def left(expectation: Expectation, elapsed: float, size: float | None = None) -> float:
    """Seconds in which half of the tasks that are live at `elapsed` will have ended."""
    table, scale = expectation.seen(size)
    at = max(0.0, elapsed) / scale
    return scale * max(0.0, table.time_of(table.survival_at(at) / 2.0) - at)


def quantile(expectation: Expectation, p: float, size: float | None = None) -> float:
    """The duration that a share `p` of tasks, in [0, 1), does not exceed."""
    if not 0.0 <= p < 1.0:
        raise ValueError(f"p must be in [0, 1), got {p}")
    table, scale = expectation.seen(size)
    return scale * table.time_of(1.0 - p)


def _guide_interval(elapsed: float) -> float:
    """2 s, then each interval half as long again, up to 30 s."""
    return min(_LONGEST, _FIRST + (FACTOR - 1.0) * elapsed)


def _forgiving(table: Table, elapsed: float, price: float) -> float:
    """When the integral of sqrt(price x hazard / 2) since `elapsed` reaches 1."""
    return table.when_ahead(table.ahead_at(elapsed) + math.sqrt(2.0 / price))


def _cheapest(table: Table, elapsed: float, price: float, floor: float) -> float:
    """The time from `elapsed + floor` on with the least delay until then plus cost of the rest, all divided by price.

    Within a cell the density is constant, so the cost's slope is a line: it falls until so many have ended as the
    rest's cost falls by in a second, and each cell has at most one such time.
    """
    earliest = elapsed + floor
    times, survival, moments = table.times, table.survival, table.moment
    if earliest >= times[-1]:
        return elapsed + math.sqrt(2.0 * earliest / (price * table.tail))
    live, moment = table.survival_at(elapsed), table.moment_at(elapsed)
    root, request = math.sqrt(2.0 / price), _LAST_REQUEST / price
    best, best_time = math.inf, times[-1]
    for cell in range(max(0, bisect_right(times, earliest) - 1), len(times) - 1):
        begin, density = times[cell], table.density[cell]
        ended = live - survival[cell]
        late = begin * ended - (moments[cell] - moment)
        if late > best:
            break  # the delay only grows
        enough = root * table.effort[cell] + request * density
        if enough >= live - survival[cell + 1]:
            continue
        time = max(earliest, begin if enough <= ended else begin + (enough - ended) / density)
        past = time - begin
        gone = density * past
        delay = time * (ended + gone) - (moments[cell] - moment + gone * (begin + past / 2.0))
        cost = delay + root * (table.rest[cell] - table.effort[cell] * past) + request * (survival[cell] - gone)
        if cost < best:
            best, best_time = cost, time
    return best_time
