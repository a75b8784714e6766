"""Outbox: the only way a submission leaves. Intent on disk, then `sending` on disk, then POST, then task_id on disk.

At most one POST of an intent can ever have reached the server: only what certainly was not taken (`NotSentError`, 429)
goes again under the same intent, within a retry budget; everything else waits for the user. Owns the order of sending,
the undo window, and the holds (payment, key, pause) that stop it; leaves watching to the poller.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence

from camb_tui.domain import life
from camb_tui.domain.errors import (
    CambError,
    KeyRefusedError,
    NoAnswerError,
    NoKeyError,
    NotSentError,
    PaymentRequiredError,
    RateLimitedError,
    RefusedError,
    ServerTroubleError,
    SessionWriteError,
    StreamEndedError,
)
from camb_tui.domain.submissions import Submission, again, intend, task_size
from camb_tui.domain.tasks import Hold, Task, TaskStatus, new_key
from camb_tui.services.changes import Notice, Severity
from camb_tui.services.health import Breaker
from camb_tui.services.pace import Clock, Pace, RetryBudget, Sleep
from camb_tui.services.saver import Saver
from camb_tui.services.store import Store
from camb_tui.services.streaming import Streamed

Create = Callable[[Task], Awaitable[str | Streamed]]
"""Sends a task; gives its task id, or, of one that is streamed, what came."""
TAKEN_BACK = "taken back before it was sent"
HOLD_WORDS = {
    Hold.PAYMENT: "out of credits; add credits, then release what is held",
    Hold.KEY: "the key was refused; enter another, then release what is held",
    Hold.PAUSE: "sending is paused; release what is held to go on",
}


class Outbox:
    """Sends what the store holds as queued, in order, a bounded number at once."""

    def __init__(
        self,
        store: Store,
        saver: Saver,
        create: Create,
        *,
        pace: Pace,
        breaker: Breaker,
        in_flight: int,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
        draw: Callable[[], float] = random.random,
        accepted: Callable[[Task], None] = lambda task: None,
        notice: Callable[[Notice], None] = lambda notice: None,
        careful_429: bool = False,
    ) -> None:
        self._store, self._saver, self._create = store, saver, create
        self._pace, self._breaker, self._in_flight = pace, breaker, in_flight
        self._clock, self._sleep, self._draw = clock, sleep, draw
        self._accepted, self._notice = accepted, notice
        self._careful_429 = careful_429
        self._queue: deque[str] = deque()
        self._undo: dict[str, float] = {}
        self._writing: set[str] = set()
        """Intents that are on their way to the disk."""
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._budget = RetryBudget()
        self._not_before = 0.0
        self._failures = 0
        self._canary: str | None = None
        self._wake = asyncio.Event()
        self.hold: Hold | None = None

    # ------------------------------------------------------------ what the user asks

    async def submit(
        self,
        submissions: Sequence[Submission],
        *,
        window: float,
        account: str,
        server: str,
        batch: str | None = None,
        retries: Sequence[Task] = (),
    ) -> list[Task]:
        """Write the intents of these submissions in one flush; they are sent when their window is over.

        With `retries`, as many as submissions, each new task takes the place of the old one.

        Raises:
            SessionWriteError: The intents are not on disk, so none of them will be sent.
        """
        now = self._clock()
        tasks: list[Task] = []
        for place, submission in enumerate(submissions):
            old = retries[place] if retries else None
            task = intend(
                submission, key=self._fresh_key(), now=now, account=account, server=server, batch=batch, retry_of=old
            )
            task = life.held(task, Hold.UNDO, until=now + window)
            tasks.append(task)
            # In its window from the moment it can be seen: a release that comes before the flush must not queue it too.
            self._undo[task.key] = now + window
            self._writing.add(task.key)
            self._store.put(task)
            if old is not None:
                self._store.put(self._store[old.key].but(superseded_by=task.key))
        try:
            await self._saver.written()
        except SessionWriteError:
            for task in tasks:
                if self._undo.pop(task.key, None) is not None:
                    message = "could not be written to disk, so it was not sent"
                    self._store.put(life.held(task, Hold.PAUSE, message=message))
            raise
        finally:
            self._writing.difference_update(task.key for task in tasks)
        self._wake.set()
        return tasks

    async def retry(self, tasks: Sequence[Task], *, window: float, account: str, server: str) -> list[Task]:
        """Submit these tasks again, each as a new task in the old one's place."""
        return await self.submit(
            [again(task) for task in tasks], window=window, account=account, server=server, retries=tasks
        )

    def undo(self, keys: Iterable[str] = ()) -> list[Task]:
        """Take back what still waits in its window; the rows they replaced come back."""
        taken: list[Task] = []
        for key in list(keys) or list(self._undo):
            if self._undo.pop(key, None) is None:
                continue
            task = self._store[key].but(hold=Hold.PAUSE.value, held_until=None, archived=True, message=TAKEN_BACK)
            if task.retry_of is not None and task.retry_of in self._store:
                self._store.put(self._store[task.retry_of].but(superseded_by=None))
            self._store.put(task)
            taken.append(task)
        return taken

    def release(self, keys: Iterable[str] = ()) -> list[Task]:
        """A person's word to send what is held: these, or everything held. After a payment hold one goes first."""
        if self._breaker.is_refused:
            self._notice(Notice("Nothing was released: the key is refused; enter another first.", Severity.ERROR))
            return []
        wanted = list(keys) or [task.key for task in self._store.values() if task.status is TaskStatus.HELD]
        released: list[Task] = []
        for key in wanted:
            task = self._store[key]
            if task.status is TaskStatus.HELD and not task.archived and key not in self._undo:
                released.append(life.queued(task))
                self._store.put(released[-1])
                self._queue.append(key)
        if self.hold is Hold.PAYMENT and released:
            canary = min(released, key=lambda task: task_size(task) or 0)
            self._canary = canary.key
            self._queue.remove(canary.key)
            self._queue.appendleft(canary.key)
        else:
            self.hold = None
        self._budget = RetryBudget()
        self._wake.set()
        return released

    def hold_all(self, why: Hold) -> None:
        """Send nothing more until a person says so: what is queued stays, in order, as held with the reason."""
        is_news = self.hold is not why or self._canary is not None
        self._canary = None
        for key in self._queue:
            self._store.put(life.held(self._store[key], why, message=HOLD_WORDS.get(why)))
        self._queue.clear()
        self.hold = why
        if is_news:
            self._notice(Notice(f"Nothing more is sent: {HOLD_WORDS[why]}.", Severity.ERROR))

    def key_changed(self) -> None:
        """Another key is in use; what the old one held back stays held until released."""
        if self.hold is Hold.KEY:
            self.hold = None
        self._wake.set()

    # ------------------------------------------------------------ the endless part

    async def run(self) -> None:
        """Send for ever."""
        while True:
            pause = self.step()
            self._wake.clear()
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                pass

    def step(self) -> float | None:
        """Release what is due and start what may be sent; seconds until it is worth looking again."""
        now = self._clock()
        written = {key: until for key, until in self._undo.items() if key not in self._writing}
        for key in [key for key, until in written.items() if until <= now]:
            del self._undo[key]
            self._enqueue(key)
        waits = [until - now for until in written.values() if until > now]
        while self._queue and len(self._sending) < self._in_flight and self._may_send():
            if self._not_before > now:
                waits.append(self._not_before - now)
                break
            if self._breaker.is_open:
                waits.append(1.0)
                break
            key = self._queue.popleft()
            sending = asyncio.create_task(self._send(key), name=f"send {key}")
            self._sending[key] = sending
            sending.add_done_callback(lambda _, key=key: self._finished(key))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        return min(waits, default=None)

    async def drain(self) -> None:
        """Wait until what is being sent has its answer."""
        while self._sending:
            await asyncio.gather(*self._sending.values())

    def _may_send(self) -> bool:
        if self._canary is not None:
            return not self._sending and self._queue[0] == self._canary
        return self.hold is None

    def _enqueue(self, key: str) -> None:
        task = self._store[key]
        if task.status is not TaskStatus.HELD or task.archived:
            return  # put away in its window: that is no word to send it
        if self.hold is not None:
            self._store.put(life.held(task, self.hold, message=HOLD_WORDS[self.hold]))
            return
        self._store.put(life.queued(task))
        self._queue.append(key)

    def _finished(self, key: str) -> None:
        self._sending.pop(key, None)
        self._wake.set()

    async def _send(self, key: str) -> None:
        await self._pace.turn()
        if self._store[key].status is not TaskStatus.QUEUED:
            return  # whatever brought it here, what is not queued has been sent, or is not to be
        if self.hold is not None and key != self._canary:
            self._store.put(life.held(self._store[key], self.hold, message=HOLD_WORDS[self.hold]))
            return
        task = life.sending(self._store[key], now=self._clock())
        self._store.put(task)
        try:
            await self._saver.written()
        except SessionWriteError as error:
            self._store.put(life.held(task, Hold.PAUSE, message=f"not sent: {error}").but(submitted_at=None))
            self.hold_all(Hold.PAUSE)
            return
        began = self._clock()
        try:
            answer = await self._create(task)
        except CambError as error:
            self._failed(self._store[key], error)
        except Exception as error:  # whatever it was, the POST may have left: never sent again by itself
            self._failed(self._store[key], NoAnswerError(f"sending went wrong: {error!r}"))
        else:
            self._breaker.answered(self._clock() - began)
            self._pace.went_well()
            await self._took(key, answer)

    async def _took(self, key: str, answer: str | Streamed) -> None:
        self._failures = 0
        self._budget.earn()
        if isinstance(answer, Streamed):
            task = life.streamed(self._store[key], answer.words, saved=answer.saved, now=self._clock())
        else:
            task = life.accepted(self._store[key], answer)
        self._store.put(task, show=False)
        with contextlib.suppress(SessionWriteError):  # the saver has told the user, and tries again
            await self._saver.written()
        self._store.show(key)
        if self._canary is not None:
            self._canary = self.hold = None
        if task.is_polled:
            self._accepted(task)

    def _failed(self, task: Task, error: CambError) -> None:
        if isinstance(error, RateLimitedError) and self._careful_429:
            error = ServerTroubleError(str(error), code=429, retry_after=error.retry_after)
        after = life.create_failed(task, error, now=self._clock())
        self._store.put(after)
        self._saver.changed()
        match error:
            case PaymentRequiredError():
                self.hold_all(Hold.PAYMENT)
            case KeyRefusedError() | NoKeyError():
                if isinstance(error, KeyRefusedError):
                    self._breaker.refused()
                self._store.put(life.held(after, Hold.KEY, message=str(error)))
                self.hold_all(Hold.KEY)
            case NotSentError():
                self._breaker.failed()
                self._again(task.key, self._retry_delay())
            case RateLimitedError():
                self._breaker.limited(error.retry_after)
                self._pace.slow_down(error.retry_after)
                self._again(task.key, error.retry_after or self._retry_delay())
            case StreamEndedError():  # it was taken, and speaks of itself alone
                self._breaker.answered(0.1)
                self._next_canary(task.key)
            case RefusedError(code=code) if code < 500:
                self._breaker.answered(0.1)
                self._next_canary(task.key)
            case _:
                self._breaker.failed()
                self._next_canary(task.key)
        if after.status is TaskStatus.UNCONFIRMED:
            self._notice(
                Notice(f"{task.label}: no answer to the sending; it may have been taken", Severity.WARNING, task.key)
            )

    def _again(self, key: str, delay: float) -> None:
        """The same intent goes again later, before all others, as long as the retry budget lasts."""
        if not self._budget.take():
            self._store.put(life.held(self._store[key], Hold.PAUSE, message="sent in vain too often"))
            self.hold_all(Hold.PAUSE)
            return
        self._not_before = max(self._not_before, self._clock() + delay)
        self._queue.appendleft(key)

    def _retry_delay(self) -> float:
        self._failures += 1
        return self._draw() * min(60.0, 2.0 ** min(self._failures - 1, 10))

    def _next_canary(self, key: str) -> None:
        """A canary that told nothing about credits gives its place to the next in the queue."""
        if self._canary == key:
            self._canary = self._queue[0] if self._queue else None

    def _fresh_key(self) -> str:
        while (key := new_key()) in self._store:
            pass
        return key
