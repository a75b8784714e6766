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
from camb_tui.services.pace import LONGEST_RETRY_AFTER, Clock, Pace
from camb_tui.services.store import Store
from camb_tui.services.timing import Timing
from camb_tui.services.turns import Turns

HELD_UP = 2.0
"""Times the interval after which a poll came late because the rate could not serve all, and not by jitter."""
Ask = Callable[[Task], Awaitable[life.StatusAnswer]]


class Poller:
    """Watches the store's polled tasks: a heap of due times, a bounded number in flight, one rate for all.

    When more are due than the rate serves, `Turns` says who goes first.
    """

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
        self._turns = Turns(self._worth)
        self._askers: set[asyncio.Task[None]] = set()
        self._undecided = 0
        """Askers that wait for their turn."""
        self._asking: set[str] = set()
        self._looks: set[str] = set()
        self._first_asked: dict[str, float] = {}
        """By key, the age at which a watched task was first asked about."""
        self._wake = asyncio.Event()
        self._focus: str | None = None

    def watch(self, task: Task, *, soon: bool = False, within: float = 0.0) -> None:
        """Poll this task from now on: first after its kind's interval, or `soon`, spread over `within` seconds."""
        now = self._clock()
        if soon:
            self._plan(task.key, now + within * self._draw())
        else:
            self._store.put(self._timing.estimated(task))  # the first poll may be minutes away
            self._plan(task.key, now + schedule.jittered(self._interval(task), self._draw()))

    def look(self, keys: Iterable[str]) -> None:
        """Poll these once now, whatever their schedule; also overdue and missing ones that have a task id."""
        for key in keys:
            if key in self._store and self._store[key].task_id is not None and key not in self._asking:
                self._looks.add(key)
                self._plan(key, 0.0)

    def focus(self, key: str | None) -> None:
        """This is the task the user looks at: it is asked about twice as often, and before others when it is due."""
        self._focus = key
        if key is None:
            return
        if key in self._turns:
            self._turns.add(key, urgent=True)
        elif (due := self._due.get(key)) is not None:
            now = self._clock()
            soonest = (self._store[key].polled_at or 0.0) + schedule.FLOOR
            self._plan(key, max(soonest, now + max(0.0, due - now) / 2))

    def forget(self, key: str) -> None:
        """Do not poll this task any more."""
        self._due.pop(key, None)
        self._turns.discard(key)
        self._looks.discard(key)
        self._first_asked.pop(key, None)

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
        while self._askers:
            await asyncio.gather(*self._askers)
            pause = self._launch()
        return pause

    def _plan(self, key: str, due: float) -> None:
        self._turns.discard(key)
        self._due[key] = due
        heapq.heappush(self._heap, (due, key))
        self._wake.set()

    def _launch(self) -> float | None:
        """Have as many asked about as are due and allowed; seconds until it is worth looking again, None for never.

        Whom an asker asks about is chosen when its turn has come, not before.
        """
        pause = self._ripen()
        while len(self._askers) < self._in_flight and len(self._turns) > self._undecided:
            if not self._breaker.may_ask():
                while len(self._turns) > self._undecided:
                    self._postpone(self._turns.newest())
                return self._ripen()
            asker = asyncio.create_task(self._ask_next(), name="poll")
            self._undecided += 1
            self._askers.add(asker)
            asker.add_done_callback(self._finished)
        return pause

    def _ripen(self) -> float | None:
        """Take out of the heap who is due; seconds until the next one is."""
        now = self._clock()
        while self._heap:
            due, key = self._heap[0]
            if self._due.get(key) == due:
                if due > now:
                    return due - now
                del self._due[key]
                if key not in self._asking:  # else its answer plans the next poll; no two overlap
                    self._turns.add(key, urgent=self._is_waited_for(key))
            heapq.heappop(self._heap)  # taken out now, or planned anew since, or forgotten
        return None

    def _is_waited_for(self, key: str) -> bool:
        task = self._store[key]
        return key == self._focus or key in self._looks or (task.adopted and task.polled_at is None)

    def _worth(self, key: str, now: float) -> float:
        task = self._store[key]
        submitted = task.submitted_at if task.submitted_at is not None else task.created_at
        since = max(0.0, task.polled_at - submitted) if task.polled_at is not None else 0.0
        return self._timing.worth(task, since, now - submitted)

    def _finished(self, asker: asyncio.Task[None]) -> None:
        self._askers.discard(asker)
        self._wake.set()

    def _postpone(self, key: str) -> None:
        """The service cannot be asked: the row is stale, and its turn comes when it can be asked again."""
        task = self._store[key]
        if task.is_polled and not task.stale:
            self._store.put(task.but(stale=True))
        again = self._breaker.asks_again_at
        pause = self._interval(task) if again is None else max(2.0, again - self._clock())
        self._plan(key, self._clock() + pause + self._draw())

    async def _ask_next(self) -> None:
        try:
            await self._pace.turn()
        finally:
            self._undecided -= 1
        key = self._turns.take(self._clock())
        if key is None:  # forgotten since
            self._breaker.abandoned()
            return
        self._asking.add(key)
        try:
            await self._poll(key)
        finally:
            self._asking.discard(key)

    async def _poll(self, key: str) -> None:
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
            self._failed(key, error, began)
        except Exception as error:  # a fault of ours must cost one poll, not all polls to come
            self._failed(key, UnreadableAnswerError(f"the poll of {key} went wrong: {error!r}"), began)
        else:
            self._breaker.answered(self._clock() - began)
            self._pace.went_well()
            self._take(key, answer)

    def _take(self, key: str, answer: life.StatusAnswer) -> None:
        now = self._clock()
        before = self._store[key]
        task = life.answered(before, answer, now=now)
        first_asked = self._first_asked.setdefault(key, self._age(task))
        kind = KINDS.get(task.kind)
        if task.is_polled:
            if before.is_polled and kind is not None and schedule.is_overdue(kind, self._waited(task)):
                task = life.overdue(task)
            elif before.status in (TaskStatus.OVERDUE, TaskStatus.MISSING):
                task = task.but(status=before.status)  # a look tells; only a watch takes it up again
            else:
                interval = self._interval(task)
                waited = now - before.polled_at if before.polled_at is not None else 0.0
                every = waited if waited > HELD_UP * interval else interval
                task = self._timing.estimated(task).but(every=self._coarse(every))
                self._plan(key, now + schedule.jittered(interval, self._draw()))
        self._store.put(task)
        if task.is_settled:
            del self._first_asked[key]
            if before.is_polled and task.submitted_at is not None:
                seen_live = before.polled_at - task.submitted_at if before.polled_at is not None else 0.0
                self._timing.settled(
                    task, pending_until=max(0.0, seen_live), settled_by=self._age(task), first_asked=first_asked
                )
            self._settled(task)

    def _failed(self, key: str, error: CambError, began: float) -> None:
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
            self._pace.slow_down(wait, sent_at=began)
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
        return max(schedule.FLOOR, interval / 2) if task.key == self._focus else interval

    def _waited(self, task: Task) -> float:
        return self._clock() - task.watched_from if task.watched_from is not None else self._age(task)

    def _age(self, task: Task) -> float:
        since = task.submitted_at if task.submitted_at is not None else task.created_at
        return self._clock() - since

    @staticmethod
    def _coarse(interval: float) -> float:
        """The cadence as the table shows it, in steps, so that a row does not change at every poll."""
        steps = (2.0, 3.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0)
        return next((step for step in steps if interval <= step), 600.0)
