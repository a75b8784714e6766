"""A kind's first batch, sent at once: what rows say while most of its tasks are live, and only the quick ones settled.

Simulated poll by poll, with what is learned by the services' own `Durations`.
"""

from __future__ import annotations

import heapq
import math
import random
import statistics
from collections.abc import Iterator
from typing import NamedTuple

from camb_tui.domain.schedule import Expectation, Observation, left, next_poll, quantile
from camb_tui.services.durations import Durations, Ranked, rank_of
from camb_tui.services.timing import LEAST_KNOWN, STUCK_AT
from tests.benchmarks.calibration_laws import PRICE, Law

_KIND = "tts"


class Look(NamedTuple):
    """The screen at one time: how many rows were live, said how long, and of these had ended by then; how many long."""

    live: int
    said: int
    done: int
    long: int


class Batch:
    """Tasks of one kind that are submitted at 0, of which nothing is known."""

    def __init__(self, law: Law, count: int, *, seed: int, censored: bool = True) -> None:
        """`censored` is whether live tasks are learned from, too."""
        rng = random.Random(f"{seed} {count}")
        self._tasks = [law.draw(rng) for _ in range(count)]
        self._rng = rng
        self._last = [0.0] * count
        self._live = set(range(count))
        self._expected: dict[int, float] = {}
        self._durations = Durations(None, live=self._ranked if censored else lambda kind: ())
        self.median = statistics.median(duration for duration, _ in self._tasks)

    def _ranked(self, kind: str) -> Iterator[Ranked]:
        for one in self._live:
            if self._last[one] > 0.0:
                yield Ranked(rank_of(str(one), 0.0), Observation(self._last[one], math.inf, self._tasks[one][1]))

    def run(self, times: list[float]) -> Iterator[Look]:
        """Poll until all have settled, and look at the screen at these times."""
        waiting = list(times)
        due = [(self._next(one), one) for one in range(len(self._tasks))]
        heapq.heapify(due)
        while due and waiting:
            now, one = heapq.heappop(due)
            while waiting and now > waiting[0]:
                yield self._look(waiting.pop(0))
            duration, size = self._tasks[one]
            if now >= duration:
                self._live.discard(one)
                self._durations.note(_KIND, Observation(self._last[one], now, size), key=str(one))
                continue
            self._last[one] = now
            known = self._known
            if known.known >= LEAST_KNOWN:
                self._expected[one] = now + left(known, now, size)
            heapq.heappush(due, (self._next(one), one))

    @property
    def _known(self) -> Expectation:
        return self._durations.expectation(_KIND)

    def _next(self, one: int) -> float:
        last = self._last[one]
        at = next_poll(self._known, last, size=self._tasks[one][1], delay_price=PRICE)
        return last + (at - last) * self._rng.uniform(0.8, 1.2)

    def _look(self, now: float) -> Look:
        known = self._known
        if known.known < LEAST_KNOWN:
            return Look(len(self._live), 0, 0, 0)
        long = {one for one in self._live if now >= quantile(known, STUCK_AT, self._tasks[one][1])}
        said = [one for one in self._live - long if one in self._expected]
        done = sum(self._tasks[one][0] <= self._expected[one] for one in said)
        return Look(len(self._live), len(said), done, len(long))
