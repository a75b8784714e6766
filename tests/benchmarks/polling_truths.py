"""True distributions of durations with closed forms, so that the cost of a schedule is exact, and observing them."""

from __future__ import annotations

import math
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from itertools import count

from camb_tui.domain.schedule import Expectation, Observation, next_poll

Schedule = Callable[[], Iterator[float]]
"""Starts a task's polls: seconds since submission, growing, without end."""


class Truth(ABC):
    """A distribution of durations in seconds."""

    mean: float

    @abstractmethod
    def survival(self, time: float) -> float:
        """Share that takes longer."""

    @abstractmethod
    def moment(self, time: float) -> float:
        """Integral of x f(x) from 0 to here."""

    @abstractmethod
    def draw(self, rng: random.Random) -> float:
        """One duration."""

    @abstractmethod
    def span(self) -> tuple[float, float]:
        """Times between which all but a negligible share end."""


class LogNormal(Truth):
    """By its median, and the standard deviation of the logarithm."""

    def __init__(self, median: float, sigma: float) -> None:
        self.middle, self.sigma = math.log(median), sigma
        self.mean = median * math.exp(sigma * sigma / 2.0)

    def survival(self, time: float) -> float:
        return 0.5 * math.erfc((math.log(time) - self.middle) / self.sigma / math.sqrt(2.0)) if time > 0.0 else 1.0

    def moment(self, time: float) -> float:
        if time <= 0.0:
            return 0.0
        far = (math.log(time) - self.middle) / self.sigma - self.sigma
        return self.mean * 0.5 * math.erfc(-far / math.sqrt(2.0))

    def draw(self, rng: random.Random) -> float:
        return rng.lognormvariate(self.middle, self.sigma)

    def span(self) -> tuple[float, float]:
        return math.exp(self.middle - 4.5 * self.sigma), math.exp(self.middle + 5.0 * self.sigma)


class Pareto(Truth):
    """Nothing before `least`, then a tail of power `power` (above 1)."""

    def __init__(self, least: float, power: float) -> None:
        self.least, self.power = least, power
        self.mean = power * least / (power - 1.0)

    def survival(self, time: float) -> float:
        return 1.0 if time <= self.least else math.pow(self.least / time, self.power)

    def moment(self, time: float) -> float:
        return 0.0 if time <= self.least else self.mean * (1.0 - math.pow(self.least / time, self.power - 1.0))

    def draw(self, rng: random.Random) -> float:
        return self.least * rng.paretovariate(self.power)

    def span(self) -> tuple[float, float]:
        return self.least * 0.9, self.least * math.pow(1e6, 1.0 / self.power)


class Mixture(Truth):
    """Several truths by their shares."""

    def __init__(self, *parts: tuple[float, Truth]) -> None:
        self.parts = parts
        self.mean = sum(share * part.mean for share, part in parts)

    def survival(self, time: float) -> float:
        return sum(share * part.survival(time) for share, part in self.parts)

    def moment(self, time: float) -> float:
        return sum(share * part.moment(time) for share, part in self.parts)

    def draw(self, rng: random.Random) -> float:
        return rng.choices([part for _, part in self.parts], [share for share, _ in self.parts])[0].draw(rng)

    def span(self) -> tuple[float, float]:
        spans = [part.span() for _, part in self.parts]
        return min(low for low, _ in spans), max(high for _, high in spans)


def every(step: float, first: float | None = None) -> Schedule:
    """A fixed interval; the first poll after one of it, or at `first`."""
    return lambda: count(step if first is None else first, step)


def guide_backoff() -> Iterator[float]:
    """The guide's: 2 s, then half as long again each time, up to 30 s."""
    time, gap = 0.0, 2.0
    while True:
        time += gap
        yield time
        gap = min(30.0, gap * 1.5)


def adaptive(expectation: Expectation, price: float, *, floor: float = 2.0, size: float | None = None) -> Schedule:
    """Ours."""

    def polls() -> Iterator[float]:
        time = 0.0
        while True:
            time = next_poll(expectation, time, size=size, delay_price=price, floor=floor)
            yield time

    return polls


def measure(truth: Truth, schedule: Schedule) -> tuple[float, float]:
    """Requests per task and mean delay, exactly but for the last ten-millionth of tasks."""
    requests = delay = before_moment = 0.0
    before = 1.0
    for polled, time in enumerate(schedule()):
        survival, moment = truth.survival(time), truth.moment(time)
        requests += before
        delay += time * (before - survival) - (moment - before_moment)
        before, before_moment = survival, moment
        if survival < 1e-7 or polled > 100_000:
            break
    return requests, delay


def cost(truth: Truth, schedule: Schedule, price: float) -> float:
    """Requests + price x delay."""
    requests, delay = measure(truth, schedule)
    return requests + price * delay


def exactly(durations: Sequence[float]) -> list[Observation]:
    """Durations known to the second."""
    return [Observation(duration, duration) for duration in durations]


def between_polls(duration: float, schedule: Schedule, size: float | None = None) -> Observation:
    """What a schedule's own polls tell of a duration."""
    before = 0.0
    for time in schedule():
        if time >= duration:
            return Observation(before, time, size)
        before = time
    raise AssertionError("schedules do not end")
