"""The queue of what may be sent, in order, and the holds that stop it: payment, key, pause.

After a payment hold one task goes first, the canary; the others stay held until the service takes it. Owns which task
may be sent next; leaves sending itself, and what came of it, to the outbox.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence

from camb_tui.domain import life
from camb_tui.domain.submissions import task_size
from camb_tui.domain.tasks import Hold, Task, TaskStatus
from camb_tui.services.changes import Notice, Severity
from camb_tui.services.pace import Clock
from camb_tui.services.store import Store

HOLD_WORDS = {
    Hold.PAYMENT: "out of credits; add credits, then release what is held",
    Hold.KEY: "the key was refused; enter another, then release what is held",
    Hold.PAUSE: "sending is paused; release what is held to go on",
}
_STRENGTH = {Hold.PAUSE: 0, Hold.PAYMENT: 1, Hold.KEY: 2}
"""A weaker reason does not take a stronger one's place: a pause must not forget that credits are out."""


class SendQueue:
    """Keys of queued tasks, first come first sent, unless something holds them."""

    def __init__(self, store: Store, notice: Callable[[Notice], None], clock: Clock) -> None:
        self._store, self._notice, self._clock = store, notice, clock
        self._queue: deque[str] = deque()
        self._followers: list[str] = []
        self._words = ""
        self._paid_at = 0.0
        self._tries_next = False
        self.hold: Hold | None = None
        self.canary: str | None = None
        """The one task that is sent while the payment hold lasts."""

    def __bool__(self) -> bool:
        return bool(self._queue)

    def __contains__(self, key: object) -> bool:
        return key in self._queue

    @property
    def held_because(self) -> str:
        """Why nothing is sent, in words; empty while sending goes on."""
        return "" if self.hold is None else self._words or HOLD_WORDS[self.hold]

    def may_send(self, sending: Collection[str]) -> bool:
        """Whether the first in the queue may go now; a canary goes alone."""
        if self.canary is not None:
            return not sending and self._queue[0] == self.canary
        return self.hold is None

    def take(self) -> str:
        """The next to be sent."""
        return self._queue.popleft()

    def put_back(self, key: str) -> None:
        """It was not sent after all and goes before all others; held instead, where sending is held by now."""
        if self.stops(key):
            self.keep_held(key)
        else:
            self._queue.appendleft(key)

    def stops(self, key: str) -> bool:
        """Whether a hold keeps this one from being sent."""
        return self.hold is not None and key != self.canary

    def keep_held(self, key: str) -> None:
        """This one waits for what holds all others."""
        assert self.hold is not None
        self._store.put(life.held(self._store[key], self.hold, message=self.held_because))

    def add(self, key: str) -> None:
        """A task's time has come: it queues up, or is held with the others."""
        task = self._store[key]
        if task.status is not TaskStatus.HELD or task.archived:
            return  # put away in its window: that is no word to send it
        if self.hold is None:
            self._append(key)
            return
        self.keep_held(key)
        if self.canary is not None or self._tries_next:
            self._followers.append(key)  # made after the word to go on, so it goes with the others
        if self._tries_next:
            self._tries_next = False
            self._choose_canary()

    def _append(self, key: str) -> None:
        self._store.put(life.queued(self._store[key]).but(message=None))
        self._queue.append(key)

    def may_take_back(self, key: str) -> bool:
        """Whether nothing of it has left: it is held, or waits here for its turn."""
        task = self._store.get(key)
        if task is None or task.archived:
            return False
        return task.status is TaskStatus.HELD or (task.status is TaskStatus.QUEUED and key in self)

    def remove(self, key: str) -> None:
        """It is not to be sent any more."""
        if key in self._queue:
            self._queue.remove(key)
        self.pass_on(key)

    # ------------------------------------------------------------ holds

    def hold_all(self, why: Hold, words: str = "") -> None:
        """Send nothing more until a person says so: what is queued stays, in order, as held with the reason."""
        if self.hold is not None and _STRENGTH[self.hold] > _STRENGTH[why]:
            why, words = self.hold, words or self._words
        words = words or HOLD_WORDS[why]
        is_news = self.held_because != words or self.canary is not None
        self.canary, self._followers, self._tries_next = None, [], False
        self.hold, self._words = why, words
        for key in self._queue:
            self.keep_held(key)
        self._queue.clear()
        if is_news:
            self._notice(Notice(f"Nothing more is sent: {words}.", Severity.ERROR))

    def stay_held(self) -> None:
        """A start found tasks held for want of credits: they and all that follow wait, and that is no news."""
        self.hold = Hold.PAYMENT

    def lift(self) -> None:
        """Nothing holds sending any more."""
        self.hold, self._words = None, ""

    def release(self, tasks: Sequence[Task]) -> None:
        """A person's word to send these; after a payment hold the cheapest goes first and the others follow it."""
        if self.hold is Hold.PAYMENT or any(task.hold == Hold.PAYMENT for task in tasks):
            self.hold, self._words = Hold.PAYMENT, "" if tasks else "whether there are credits shows with the next task"
            known = [key for key in self._followers if self._waits(key)]
            self._followers = known + [task.key for task in tasks if task.key not in known]
            if self.canary is None:
                self._choose_canary()
            self._tries_next = self.canary is None
            return
        self.lift()
        for task in tasks:
            self._append(task.key)

    def payment_required(self, task: Task) -> None:
        """A poll found that this task was not paid for: hold, unless credits have been added since it was sent."""
        if task.submitted_at is None or task.submitted_at >= self._paid_at:
            self.hold_all(Hold.PAYMENT)

    # ------------------------------------------------------------ the canary

    def accepted(self, key: str) -> None:
        """The service took this one; where it was the canary there are credits again, and the others follow."""
        if self.canary != key:
            return
        self.canary, followers, self._followers = None, self._followers, []
        self.lift()
        self._paid_at = self._clock()
        for one in followers:
            if self._waits(one):
                self._append(one)

    def pass_on(self, key: str) -> None:
        """A canary that told nothing about credits gives its place to the next."""
        if self.canary == key:
            self._followers = [one for one in self._followers if one != key]
            self._choose_canary()

    def _choose_canary(self) -> None:
        waiting = [self._store[one] for one in self._followers if self._waits(one)]
        self.canary = min(waiting, key=_cost_rank).key if waiting else None
        self._followers = [task.key for task in waiting if task.key != self.canary]
        if self.canary is not None:
            self._append(self.canary)

    def _waits(self, key: str) -> bool:
        task = self._store[key]
        return task.status is TaskStatus.HELD and not task.archived and task.hold not in (Hold.UNDO, Hold.LATER)


def _cost_rank(task: Task) -> tuple[bool, bool, int]:
    """Orders by what a task may cost: texts before files, known sizes before unknown ones, small before large."""
    size = task_size(task)
    return (bool(task.uploads) or size is None, size is None, size or 0)
