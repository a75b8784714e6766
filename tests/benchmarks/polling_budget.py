"""Many tasks under one budget of requests: whom to ask. Simulated second by second, with seeded durations."""

from __future__ import annotations

import heapq
import random
import statistics
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from camb_tui.domain.schedule import FLOOR, Expectation, priority
from tests.benchmarks.polling_truths import Truth

BUDGET = 10
"""Requests a second."""


class Job(NamedTuple):
    """One task: when it is submitted, when it ends, and its kind."""

    submitted: float
    ends: float
    kind: str


class Delays(NamedTuple):
    """From a task's end to the poll that sees it, and what was asked for it."""

    mean: float
    p95: float
    requests: float


def jobs(count: int, truths: Mapping[str, Truth], *, per_second: float | None, seed: int) -> list[Job]:
    """Tasks of these kinds in turn, all at once or so many a second, in an order that tells nothing."""
    rng, kinds = random.Random(seed), list(truths)
    made = []
    for at in range(count):
        submitted = at / per_second if per_second else 0.0
        kind = kinds[at % len(kinds)]
        made.append(Job(submitted, submitted + truths[kind].draw(rng), kind))
    rng.shuffle(made)
    return sorted(made, key=lambda job: job.submitted)


class _RoundRobin:
    def __init__(self) -> None:
        self._queue: deque[int] = deque()

    def add(self, at: int) -> None:
        self._queue.append(at)

    def choose(self, now: float, live: Mapping[int, float]) -> list[int]:
        chosen: list[int] = []
        for _ in range(len(self._queue)):
            if len(chosen) == BUDGET:
                break
            at = self._queue.popleft()
            if at in live:
                chosen.append(at)
        self._queue += chosen
        return chosen


class _Adaptive:
    """The most due first: the integral that says when to ask is the priority."""

    def __init__(self, all_jobs: Sequence[Job], expectations: Mapping[str, Expectation]) -> None:
        self._jobs, self._expectations = all_jobs, expectations
        self._grown: dict[tuple[str, float], float] = {}

    def add(self, at: int) -> None:
        """Nothing to prepare."""

    def choose(self, now: float, live: Mapping[int, float]) -> list[int]:
        due = []
        for at, last in live.items():
            job = self._jobs[at]
            age = now - job.submitted
            if age - last >= FLOOR:
                due.append((self._since_start(job.kind, age) - self._since_start(job.kind, last), at))
        return [at for _, at in heapq.nlargest(BUDGET, due)]

    def _since_start(self, kind: str, age: float) -> float:
        """An integral's difference is the difference of integrals, and these repeat among tasks."""
        key = kind, round(age, 1)
        if key not in self._grown:
            self._grown[key] = priority(self._expectations[kind], 0.0, key[1])
        return self._grown[key]


def round_robin(all_jobs: Sequence[Job]) -> Delays:
    """Everyone in turn."""
    return _simulated(all_jobs, _RoundRobin())


def by_priority(all_jobs: Sequence[Job], expectations: Mapping[str, Expectation]) -> Delays:
    """Ours."""
    return _simulated(all_jobs, _Adaptive(all_jobs, expectations))


def _simulated(all_jobs: Sequence[Job], policy: _RoundRobin | _Adaptive) -> Delays:
    live: dict[int, float] = {}
    delays: list[float] = []
    now, begun, requests = 0.0, 0, 0
    choose: Callable[[float, Mapping[int, float]], list[int]] = policy.choose
    while begun < len(all_jobs) or live:
        now += 1.0
        while begun < len(all_jobs) and all_jobs[begun].submitted <= now:
            live[begun] = 0.0
            policy.add(begun)
            begun += 1
        for at in choose(now, live):
            requests += 1
            job = all_jobs[at]
            if job.ends <= now:
                delays.append(now - job.ends)
                del live[at]
            else:
                live[at] = now - job.submitted
    delays.sort()
    return Delays(statistics.fmean(delays), delays[int(0.95 * (len(delays) - 1))], requests / len(delays))
