"""Forecast: when all live tasks will be done, and how long each kind usually takes, for the screen to show.

Follows the live tasks change by change and works it out anew every two seconds at most, in the engine's thread, and
more seldom where many are live, so that it takes a hundredth of a core at most. What it says moves only by steps that
somebody would notice: a figure that ran would tell nobody anything, and cost bytes at each change.

What cannot be foretold is left out and counted: rows past the time nearly all take, adopted ones, whose age nobody
knows, those of kinds of which too little is known, and those not asked about since a start. What is held waits for the
user, and is no part of it.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from camb_tui.domain.estimates import Awaited, all_done
from camb_tui.domain.schedule import Expectation, Observation, quantile
from camb_tui.domain.submissions import task_size
from camb_tui.domain.tasks import Hold, Task, TaskStatus
from camb_tui.services.changes import Outlook, Usual
from camb_tui.services.durations import MOST, Durations, Ranked, rank_of
from camb_tui.services.pace import Clock
from camb_tui.services.timing import LEAST_KNOWN, STUCK_AT, last_seen

EVERY = 2.0
"""Least seconds between two looks."""
TASKS_A_SECOND = 500.0
"""Live tasks for which a second more is let pass between two looks."""
STEP, SHARE = 20.0, 0.1
"""Seconds, and share of the time ahead, by which the time when all are done must have moved to be told anew."""
LEFT_OUT_EVERY = 15.0
"""Least seconds between two changes of how many are left out, while the time stays: in a busy hour it would flicker."""
USUAL_SHARE = 0.05
"""The same of how long a kind takes."""


class _Followed(NamedTuple):
    task: Task
    size: int | None


class Forecast:
    """Follows the live tasks; used by the engine's loop alone."""

    def __init__(
        self,
        durations: Durations,
        *,
        clock: Clock,
        rate: float,
        teaches: Callable[[Task, float], bool] = lambda task, first_asked: not task.adopted,
    ) -> None:
        """Args:
        durations: What was learned of each kind.
        clock: Seconds since the epoch.
        rate: Requests a second; what waits to be sent goes no faster.
        teaches: Whether a task first asked about at an age is to be learned from, settled or live.
        """
        self._durations, self._clock, self._rate = durations, clock, rate
        self._teaches = teaches
        durations.live = self._ranked
        self._live: dict[str, _Followed] = {}
        self._ranks: dict[str, dict[str, float | None]] = {}
        """Of the live tasks that were asked about, by kind; None where one is not to be learned from."""
        self._told = Outlook()
        self._left_out_at = -math.inf
        self._learnt: dict[str, Expectation] = {}
        self._is_news = True
        self._not_before = clock() + EVERY  # the screen's first paint comes first
        self._stuck_next = float("inf")

    def take(self, tasks: Iterable[Task]) -> None:
        """Take changed tasks in."""
        for task in tasks:
            self._rank(task)
            if _counts(task):
                self._live[task.key] = _Followed(task, task_size(task))
            elif self._live.pop(task.key, None) is None:
                continue
            self._is_news = True

    def _rank(self, task: Task) -> None:
        ranks = self._ranks.setdefault(task.kind, {})
        if not task.is_polled:
            ranks.pop(task.key, None)
        elif task.key not in ranks and task.polled_at is not None and task.submitted_at is not None:
            teaches = self._teaches(task, last_seen(task))
            ranks[task.key] = rank_of(task.key, task.submitted_at) if teaches else None

    def _ranked(self, kind: str) -> Iterable[Ranked]:
        """The live tasks that are learned from: how long they have lived tells as much as how long others took."""
        ranked = ((rank, key) for key, rank in self._ranks.get(kind, {}).items() if rank is not None)
        for rank, key in heapq.nlargest(MOST, ranked):
            if key in self._live:
                task, size = self._live[key]
                yield Ranked(rank, Observation(last_seen(task), math.inf, size))

    def outlook(self) -> Outlook:
        """What is to be shown; the same as before unless something moved enough to be told."""
        now = self._clock()
        if now >= self._not_before and (self._is_news or now >= self._stuck_next):
            self._is_news = False
            self._not_before = now + max(EVERY, len(self._live) / TASKS_A_SECOND)
            found = Outlook(*self._all_done(now), self._usual())
            is_count_alone = found.all_done_at == self._told.all_done_at and found.left_out != self._told.left_out
            if is_count_alone and now - self._left_out_at < LEFT_OUT_EVERY:
                self._is_news = True  # not yet, but not to be forgotten
                found = found._replace(left_out=self._told.left_out)
            if found.left_out != self._told.left_out:
                self._left_out_at = now
            self._told = found
        return self._told

    def _all_done(self, now: float) -> tuple[float | None, int]:
        awaited: list[Awaited] = []
        left_out = waiting = 0
        stuck = [one.task.stuck_at for one in self._live.values() if one.task.stuck_at is not None]
        self._stuck_next = min((at for at in stuck if at > now), default=float("inf"))
        for task, size in self._live.values():
            expectation = self._durations.expectation(task.kind)
            if expectation.known < LEAST_KNOWN or task.is_stuck(now):
                left_out += 1
            elif task.is_polled:
                if task.expected_at is None or task.submitted_at is None:
                    left_out += 1
                else:
                    awaited.append(Awaited(expectation, task.submitted_at, last_seen(task), size))
            else:
                waiting += task.status is not TaskStatus.SENDING
                sent_at = max(now, task.held_until or 0.0) + waiting / self._rate
                awaited.append(Awaited(expectation, sent_at, 0.0, size))
        found = all_done(awaited) if len(awaited) >= left_out else None  # else it would be true of the least of them
        before = self._told.all_done_at
        if found is not None and before is not None and abs(found - before) < max(STEP, SHARE * (found - now)):
            found = before
        return found, left_out if found is not None else 0

    def _usual(self) -> tuple[Usual, ...]:
        """How long each kind takes; of one whose figures hardly moved, as told before."""
        told = {usual.kind: usual for usual in self._told.usual}
        found = []
        for kind in sorted(self._durations.kinds()):
            expectation = self._durations.expectation(kind)
            before = told.get(kind)
            if before is not None and self._learnt.get(kind) is expectation:
                found.append(before)
            elif expectation.known >= LEAST_KNOWN:
                self._learnt[kind] = expectation
                now = Usual(kind, quantile(expectation, 0.5), quantile(expectation, STUCK_AT), expectation.known)
                found.append(before if before is not None and _is_close(before, now) else now)
        return tuple(found)


def _counts(task: Task) -> bool:
    """Whether it ends by itself: what the user holds does not, and of a split one it is its parts that do."""
    if not task.is_live or task.streamed or task.archived or task.superseded_by is not None:
        return False
    if task.status is TaskStatus.HELD:
        return task.hold == Hold.UNDO
    return task.status is not TaskStatus.SPLIT


def _is_close(one: Usual, other: Usual) -> bool:
    return abs(one.p50 - other.p50) <= USUAL_SHARE * one.p50 and abs(one.p95 - other.p95) <= USUAL_SHARE * one.p95
