"""The least that any schedule can cost on a known distribution, by dynamic programming over a grid of log time.

W(s) = min over t > s of S(s) + L (t (F(t) - F(s)) - (M(t) - M(s))) + W(t), then each time is moved off the grid. This
is the inspection problem of Barlow, Hunter and Proschan (1963): polls tell only whether the end has been.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.benchmarks.polling_truths import Schedule, Truth, measure

_CELLS = 1_500
"""So that a cell is well below the gaps between the polls of long tasks, too."""
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


class Optimum(NamedTuple):
    """The best schedule at a price, and what it takes."""

    price: float
    requests: float
    delay: float
    schedule: Schedule

    @property
    def cost(self) -> float:
        return self.requests + self.price * self.delay


def optimum(truth: Truth, price: float, *, cells: int = _CELLS, gap: float = 0.0) -> Optimum:
    """The best schedule with at least `gap` seconds between polls."""
    schedule = _listed(_moved(truth, _grid_times(truth, price, cells, gap), price, gap))
    return Optimum(price, *measure(truth, schedule), schedule)


def price_for(truth: Truth, requests: float, *, cells: int = _CELLS) -> float:
    """The price at which the optimum makes so many requests per task."""
    low, high = math.log(0.1), math.log(20.0)
    for _ in range(12):
        middle = (low + high) / 2.0
        made = optimum(truth, math.exp(middle), cells=cells).requests
        low, high = (middle, high) if made < requests else (low, middle)
    return math.exp((low + high) / 2.0)


def _listed(times: Sequence[float]) -> Schedule:
    def polls() -> Iterator[float]:
        yield from times
        last, gap = times[-1], times[-1] - (times[-2] if len(times) > 1 else 0.0)
        while True:
            gap *= 1.1
            last += gap
            yield last

    return polls


def _grid_times(truth: Truth, price: float, cells: int, gap: float) -> list[float]:
    start, end = truth.span()
    ratio = math.pow(end / start, 1.0 / (cells - 1))
    times = [0.0, *(start * math.pow(ratio, at) for at in range(cells))]
    live = [truth.survival(time) for time in times]
    moments = [truth.moment(time) for time in times]
    last = len(times) - 1
    best, after = [live[last] * 3.0] * len(times), [last] * len(times)
    for at in range(last - 1, -1, -1):
        if live[at] < 1e-10:
            continue
        least, chosen = math.inf, last
        for then in range(at + 1, last + 1):
            if times[then] - times[at] < gap:
                continue
            late = live[at] + price * (times[then] * (live[at] - live[then]) - (moments[then] - moments[at]))
            if late >= least:
                break  # the delay only grows
            if late + best[then] < least:
                least, chosen = late + best[then], then
        best[at], after[at] = least, chosen
    chain, at = [], 0
    while at < last and live[at] > 1e-9:
        at = after[at]
        chain.append(times[at])
    return chain


def _moved(truth: Truth, times: list[float], price: float, gap: float) -> list[float]:
    """Each time moved to where it costs least between its neighbours, several times over."""
    for _ in range(6):
        for at, time in enumerate(times):
            before = times[at - 1] if at else 0.0
            then = times[at + 1] if at + 1 < len(times) else 1.3 * time
            if truth.survival(before) < 1e-6:
                break
            low = max(before + gap, before + (time - before) * 0.8)
            high = min(then - gap, time + (then - time) * 0.2)
            if low < high:
                times[at] = _least(truth, price, before, then, low, high, time)
    return times


def _least(truth: Truth, price: float, before: float, then: float, low: float, high: float, now: float) -> float:
    start, end = truth.survival(before), truth.survival(then)

    def spent(time: float) -> float:
        live = truth.survival(time)
        return live + price * (time * (start - live) + then * (live - end))

    for _ in range(12):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if spent(left) < spent(right):
            high = right
        else:
            low = left
    found = (low + high) / 2.0
    return found if spent(found) < spent(now) else now
