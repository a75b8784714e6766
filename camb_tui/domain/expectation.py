"""Expectation: what is believed about how long a kind of task takes, as tables that answer in microseconds.

Owns the tables and their look-ups; `learning` fills them, `schedule` decides by them. Everything is cumulative over
cells that are equal steps of log time, and nothing depends on a price, so one expectation serves all tasks of a kind.
Past its last cell a table goes on with a hazard that falls as 1 / time, as long tails do.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

_LEAST_SURVIVAL = 1e-7
"""Cells after this are left to the tail: what little is in them is rounding."""
_LEAST_TAIL, _MOST_TAIL = 0.8, 20.0
"""Bounds of the tail's exponent; above a half, so that the work still ahead is finite."""


class KindPrior(NamedTuple):
    """What is assumed of a kind before any of its tasks has settled."""

    median: float
    sigma: float
    """Standard deviation of the logarithm of the duration."""


@dataclass(frozen=True, slots=True)
class Table:
    """A distribution of durations; entry i is at `times[i]`, and cell i lies between it and the next."""

    times: tuple[float, ...]
    survival: tuple[float, ...]
    """Share of tasks still live."""
    ahead: tuple[float, ...]
    """Integral of the square root of the hazard up to here: polls at a price of 2."""
    rest: tuple[float, ...]
    """Integral of sqrt(hazard) x survival from here on: what polling by that integral still costs at a price of 1/2."""
    moment: tuple[float, ...]
    """Sum of the durations that end up to here, as their mean's share."""
    density: tuple[float, ...]
    """Of each cell: share that ends in a second of it."""
    effort: tuple[float, ...]
    """Of each cell: sqrt(hazard) x survival, the slope of `rest`."""
    tail: float
    """The hazard past the last entry, times the time."""

    def survival_at(self, time: float) -> float:
        """Share of tasks that take longer than this."""
        last = self.times[-1]
        if time >= last:
            return self.survival[-1] * math.pow(time / last, -self.tail)
        return self._between(self.survival, time, 1.0)

    def ahead_at(self, time: float) -> float:
        """The integral of the square root of the hazard from 0 to here."""
        last = self.times[-1]
        if time >= last:
            return self.ahead[-1] + 2.0 * math.sqrt(self.tail) * (math.sqrt(time) - math.sqrt(last))
        return self._between(self.ahead, time, 0.0)

    def when_ahead(self, ahead: float) -> float:
        """When the integral of the square root of the hazard reaches this."""
        last = self.ahead[-1]
        if ahead >= last:
            root = math.sqrt(self.times[-1]) + (ahead - last) / (2.0 * math.sqrt(self.tail))
            return root * root
        cell = max(0, bisect_right(self.ahead, ahead) - 1)
        start, end = self.times[cell], self.times[cell + 1]
        return start + (end - start) * (ahead - self.ahead[cell]) / (self.ahead[cell + 1] - self.ahead[cell])

    def moment_at(self, time: float) -> float:
        """The share of the mean that tasks up to this duration make up; for times inside the table."""
        return self._between(self.moment, time, 0.0)

    def time_of(self, survival: float) -> float:
        """When this share is still live."""
        if survival >= 1.0:
            return 0.0
        if survival <= self.survival[-1]:
            return self.times[-1] * math.pow(self.survival[-1] / max(survival, 1e-300), 1.0 / self.tail)
        cell = bisect_right(self.survival, -survival, key=lambda value: -value) - 1
        top, bottom = self.survival[cell], self.survival[cell + 1]
        start, end = self.times[cell], self.times[cell + 1]
        return start if top <= bottom else start + (end - start) * (top - survival) / (top - bottom)

    def _between(self, values: tuple[float, ...], time: float, before: float) -> float:
        cell = bisect_right(self.times, time) - 1
        if cell < 0:
            return before
        start, end = self.times[cell], self.times[cell + 1]
        return values[cell] + (values[cell + 1] - values[cell]) * (time - start) / (end - start)


@dataclass(frozen=True, slots=True)
class Sized:
    """How the size of the input explains the duration: `table` holds for the size exp(`centre`)."""

    table: Table
    slope: float
    """Power of the size that the duration goes with."""
    centre: float

    def scale(self, size: float) -> float:
        """By how much a task of this size takes longer than the table says."""
        return math.exp(max(-12.0, min(12.0, self.slope * (math.log(size) - self.centre))))


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is known of one kind; `learn` makes it."""

    known: int
    """Observations it rests on; 0 means that only the prior is known."""
    whole: Table
    sized: Sized | None = None

    def seen(self, size: float | None) -> tuple[Table, float]:
        """The table for a task of this size, and the seconds that one of its seconds stands for."""
        if self.sized is None or size is None or not 0.0 < size < math.inf:
            return self.whole, 1.0
        return self.sized.table, self.sized.scale(size)


def tabled(start: float, step: float, survival: Sequence[float]) -> Table:
    """The table of a survival given at the logarithms `start`, `start + step`, ...; its first value must be 1."""
    kept = next((at for at, value in enumerate(survival) if value < _LEAST_SURVIVAL), len(survival))
    kept = max(kept, 3)
    live = [max(value, _LEAST_SURVIVAL / 10.0) for value in survival[:kept]]
    times = [math.exp(start + step * at) for at in range(kept)]
    spans = [end - begin for begin, end in pairwise(times)]
    ends = [max(top - bottom, 0.0) for top, bottom in pairwise(live)]
    hazards = [math.log(top / bottom) / span for top, bottom, span in zip(live, live[1:], spans, strict=False)]
    density = [end / span for end, span in zip(ends, spans, strict=True)]
    middles = [(top + bottom) / 2.0 for top, bottom in pairwise(live)]
    effort = [math.sqrt(share * middle) for share, middle in zip(density, middles, strict=True)]
    tail = min(_MOST_TAIL, max(_LEAST_TAIL, _last_slope(live, step)))
    beyond = live[-1] * math.sqrt(tail * times[-1]) / (tail - 0.5)
    pieces = [value * span for value, span in zip(effort, spans, strict=True)]
    roots = [math.sqrt(max(hazard, 0.0)) * span for hazard, span in zip(hazards, spans, strict=True)]
    moments = [end * (begin + span / 2.0) for end, begin, span in zip(ends, times, spans, strict=False)]
    return Table(
        times=tuple(times),
        survival=tuple(live),
        ahead=tuple(accumulate(roots, initial=0.0)),
        rest=tuple(reversed(list(accumulate(reversed(pieces), initial=beyond)))),
        moment=tuple(accumulate(moments, initial=0.0)),
        density=tuple(density),
        effort=tuple(effort),
        tail=tail,
    )


def _last_slope(live: Sequence[float], step: float) -> float:
    """The hazard of log time at the end, over the last eighth: one cell alone is too noisy."""
    back = max(1, len(live) // 8)
    return math.log(live[-1 - back] / live[-1]) / (back * step)
