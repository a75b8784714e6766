"""Poller: which task is asked about next, how many at once, and what came back. Never sends anything that costs.

It outlives every error: a failed poll is an answer like any other, and the row shows as stale. Its clock, sleep and
random draw are arguments, and one sweep is one awaitable call, so that a test needs no waiting.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Awaitable, Callable, Iterable

from camb_tui.domain import life, schedule
from camb_tui.domain.errors import (
    CambError,
    KeyRefusedError,
    NoKeyError,
    RateLimitedError,
    RejectedError,
    UnreadableAnswerError,
)
from camb_tui.domain.kinds import KINDS
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.health import Breaker
from camb_tui.services.pace import Clock, Pace
from camb_tui.services.store import Store
from camb_tui.services.timing import Timing

Ask = Callable[[Task], Awaitable[life.StatusAnswer]]
LONGEST_RETRY_AFTER = 900.0
"""Longest Retry-After obeyed to the letter; a longer one counts as this."""


class Poller:
    """Watches the store's polled tasks: a heap of due times, a bounded number in flight, one rate for all."""

    def __init__(
        self,
        store: Store,
        ask: Ask,
        *,
        timing: Timing,
        pace: Pace,
        breaker: Breaker,
        in_flight: int,
        clock: Clock,
        draw: Callable[[], float] = random.random,
        settled: Callable[[Task], None] = lambda task: None,
        refused: Callable[[CambError], None] = lambda error: None,
    ) -> None:
        self._store, self._ask, self._timing = store, ask, timing
        self._pace, self._breaker, self._in_flight = pace, breaker, in_flight
        self._clock, self._draw = clock, draw
        self._settled, self._refused = settled, refused
        self._heap: list[tuple[float, str]] = []
        self._due: dict[str, float] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._looks: set[str] = set()
        self._wake = asyncio.Event()
        self.focus: str | None = None

    def watch(self, task: Task, *, soon: bool = False, within: float = 0.0) -> None:
        """Poll this task from now on: first after its kind's interval, or `soon`, spread over `within` seconds."""
        now = self._clock()
        if soon:
            self._plan(task.key, now + within * self._draw())
        else:
            self._plan(task.key, now + schedule.jittered(self._interval(task), self._draw()))

    def look(self, keys: Iterable[str]) -> None:
        """Poll these once now, whatever their schedule; also overdue and missing ones that have a task id."""
        for key in keys:
            if key in self._store and self._store[key].task_id is not None and key not in self._asking:
                self._looks.add(key)
                self._plan(key, 0.0)

    def forget(self, key: str) -> None:
        """Do not poll this task any more."""
        self._due.pop(key, None)
        self._looks.discard(key)

    def wake(self) -> None:
        """Something changed outside (the key, the breaker): look again at what is due."""
        self._wake.set()

    async def run(self) -> None:
        """Poll for ever."""
        while True:
            pause = self._launch()
            self._wake.clear()
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def sweep(self) -> float | None:
        """One pass over all that are due; seconds until the next is, None when nothing is watched."""
        pause = self._launch()
        while self._asking:
            await asyncio.gather(*self._asking.values())
            pause = self._launch()
        return pause

    def _plan(self, key: str, due: float) -> None:
        self._due[key] = due
        heapq.heappush(self._heap, (due, key))
        self._wake.set()

    def _launch(self) -> float | None:
        """Start the polls that are due and allowed; seconds until it is worth looking again, None for never."""
        now = self._clock()
        while self._heap and len(self._asking) < self._in_flight:
            due, key = self._heap[0]
            if self._due.get(key) != due:
                heapq.heappop(self._heap)  # planned anew since, or forgotten
                continue
            if due > now:
                return due - now
            heapq.heappop(self._heap)
            if not self._breaker.may_ask():
                self._postpone(key)
                continue
            del self._due[key]
            asking = asyncio.create_task(self._poll(key), name=f"poll {key}")
            self._asking[key] = asking
            asking.add_done_callback(lambda _, key=key: self._finished(key))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        return None

    def _finished(self, key: str) -> None:
        self._asking.pop(key, None)
        self._wake.set()

    def _postpone(self, key: str) -> None:
        """The service cannot be asked: the row is stale, and its turn comes when it can be asked again."""
        task = self._store[key]
        if task.is_polled and not task.stale:
            self._store.put(task.but(stale=True))
        again = self._breaker.asks_again_at
        pause = self._interval(task) if again is None else max(2.0, again - self._clock())
        self._plan(key, self._clock() + pause + self._draw())

    async def _poll(self, key: str) -> None:
        await self._pace.turn()
        task = self._store[key]
        is_look = key in self._looks
        self._looks.discard(key)
        if task.task_id is None or not (task.is_polled or is_look):
            self._breaker.abandoned()
            return
        began = self._clock()
        try:
            answer = await self._ask(task)
        except CambError as error:
            self._failed(key, error)
        except Exception as error:  # a fault of ours must cost one poll, not all polls to come
            self._failed(key, UnreadableAnswerError(f"the poll of {key} went wrong: {error!r}"))
        else:
            self._breaker.answered(self._clock() - began)
            self._pace.went_well()
            self._take(key, answer)

    def _take(self, key: str, answer: life.StatusAnswer) -> None:
        now = self._clock()
        before = self._store[key]
        task = life.answered(before, answer, now=now)
        kind = KINDS.get(task.kind)
        if task.is_polled:
            if before.is_polled and kind is not None and schedule.is_overdue(kind, self._age(task)):
                task = life.overdue(task)
            elif before.status in (TaskStatus.OVERDUE, TaskStatus.MISSING):
                task = task.but(status=before.status)  # a look tells; only a watch takes it up again
            else:
                interval = self._interval(task)
                left, stuck = self._timing.outlook(task, self._age(task))
                expected_at = now + left if left is not None else None
                task = task.but(every=self._coarse(interval), expected_at=expected_at, stuck=stuck)
                self._plan(key, now + schedule.jittered(interval, self._draw()))
        self._store.put(task)
        if task.is_settled:
            if before.is_polled and task.submitted_at is not None:
                seen_live = before.polled_at - task.submitted_at if before.polled_at is not None else 0.0
                self._timing.settled(task, pending_until=max(0.0, seen_live), settled_by=self._age(task))
            self._settled(task)

    def _failed(self, key: str, error: CambError) -> None:
        now = self._clock()
        task = self._store[key]
        pause = self._interval(task)
        if isinstance(error, KeyRefusedError | NoKeyError):
            if isinstance(error, KeyRefusedError):
                self._breaker.refused()
            self._refused(error)
        elif isinstance(error, RateLimitedError):
            wait = None if error.retry_after is None else min(error.retry_after, LONGEST_RETRY_AFTER)
            self._breaker.limited(wait)
            self._pace.slow_down(wait)
            pause = max(pause, wait or 0.0)
        elif isinstance(error, RejectedError):
            self._breaker.answered(0.1)
        else:
            self._breaker.failed()
        unknown = isinstance(error, RejectedError) and error.code == 404
        if task.is_polled:
            task = life.poll_failed(task, unknown_task=unknown)
            self._store.put(task)
        if task.is_polled:
            self._plan(key, now + schedule.jittered(pause, self._draw()))

    def _interval(self, task: Task) -> float:
        interval = self._timing.interval(task, self._age(task))
        return max(schedule.FLOOR, interval / 2) if task.key == self.focus else interval

    def _age(self, task: Task) -> float:
        since = task.submitted_at if task.submitted_at is not None else task.created_at
        return self._clock() - since

    @staticmethod
    def _coarse(interval: float) -> float:
        """The cadence as the table shows it, in steps, so that a row does not change at every poll."""
        for step in (2.0, 3.0, 5.0, 10.0, 15.0, 30.0, 60.0):
            if interval <= step:
                return step
        return 120.0
