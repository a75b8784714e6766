"""Outbox: the only way a submission leaves. Intent on disk, then `sending` on disk, then POST, then task_id on disk.

At most one POST of an intent can ever have reached the server: only what certainly was not taken (`NotSentError`, 429)
goes again under the same intent, within a retry budget; everything else waits for the user. Owns the undo window and
what each answer means; leaves order and holds to the queue, watching to the poller.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
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
    SettingsError,
    UsageError,
)
from camb_tui.domain.submissions import Submission, again, intend
from camb_tui.domain.tasks import Hold, Task, TaskStatus, new_key
from camb_tui.services.changes import Notice, Severity
from camb_tui.services.health import Breaker
from camb_tui.services.pace import LONGEST_RETRY_AFTER, Clock, Pace, RetryBudget, Sleep
from camb_tui.services.saver import Saver
from camb_tui.services.sendqueue import SendQueue
from camb_tui.services.splits import note_split, with_siblings
from camb_tui.services.store import Store
from camb_tui.services.streaming import Streamed, taken

Create = Callable[[Task], Awaitable[str | Streamed]]
Check = Callable[[Task], Awaitable[None]]
Ready = Callable[[], Awaitable[object]]
TAKEN_BACK = "taken back before it was sent"


async def _no_check(task: Task) -> None:
    return


async def _ready() -> None:
    return


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
        check: Check = _no_check,
        ready: Ready = _ready,
    ) -> None:
        """An outbox that has sent nothing yet.

        `check` raises where a task can no longer be sent as written down; `ready` gets ready whatever `create` needs.
        """
        self._store, self._saver = store, saver
        self._create, self._check, self._ready = create, check, ready
        self._pace, self._breaker, self._in_flight = pace, breaker, in_flight
        self._clock, self._sleep, self._draw = clock, sleep, draw
        self._accepted, self._notice = accepted, notice
        self._careful_429 = careful_429
        self.queue = SendQueue(store, notice, clock)
        """What waits to be sent, and what holds it."""
        self._undo: dict[str, float] = {}
        self._writing: set[str] = set()
        """On their way to the disk: in their window already, so that a release that comes now queues none twice."""
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._budget = RetryBudget()
        self._not_before = 0.0
        self._failures = 0
        self._wake = asyncio.Event()

    @property
    def hold(self) -> Hold | None:
        """What stops sending, None while it goes on."""
        return self.queue.hold

    @property
    def held_because(self) -> str:
        """Why nothing is sent, in words; empty while sending goes on."""
        return self.queue.held_because

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
        later: Sequence[float] = (),
    ) -> list[Task]:
        """Write the intents of these submissions in one flush; they are sent when their window is over.

        With `retries`, as many as submissions, each new task takes the place of the old one. With `later`, as many
        too, a task waits at least so many seconds.

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
            delay = later[place] if later else 0.0
            why = Hold.LATER if delay > window else Hold.UNDO
            task = life.held(task, why, until=now + max(window, delay))
            tasks.append(task)
            self._undo[task.key] = task.held_until or now
            self._writing.add(task.key)
            self._store.put(task)
            if old is not None:
                self._store.put(self._store[old.key].but(superseded_by=task.key))
        note_split(self._store, tasks)
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

    async def retry(
        self, tasks: Sequence[Task], *, window: float, account: str, server: str, later: Sequence[float] = ()
    ) -> list[Task]:
        """Submit these tasks again, each as a new task in the old one's place."""
        return await self.submit(
            [again(task) for task in tasks], window=window, account=account, server=server, retries=tasks, later=later
        )

    def undo(self, keys: Iterable[str] = ()) -> list[Task]:
        """Take back these, as long as they were not sent, or all in the undo window; what they replaced comes back."""
        taken: list[Task] = []
        named = list(keys) or [key for key in self._undo if self._store[key].hold == Hold.UNDO]
        for key in with_siblings(self._store, named, self.queue.may_take_back):
            if not self.queue.may_take_back(key):
                continue
            self._undo.pop(key, None)
            task = life.held(self._store[key], Hold.PAUSE, message=TAKEN_BACK).but(archived=True)
            if task.retry_of is not None and task.retry_of in self._store:
                self._store.put(self._store[task.retry_of].but(superseded_by=None))
            self._store.put(task)
            self.queue.remove(key)
            taken.append(task)
        return taken

    def release(self, keys: Iterable[str] = ()) -> list[Task]:
        """A person's word to send what is held: these, or everything held that does not wait for its own time.

        What waited for a time that is still to come when the program ended goes on waiting, unless it is named.
        After a payment hold one goes first, the cheapest; the others stay held until it is accepted.
        """
        if self._breaker.is_refused:
            self._notice(Notice("Nothing was released: the key is refused; enter another first.", Severity.ERROR))
            return []
        named = list(keys)
        wanted = named or [key for key, status in self._store.statuses() if status is TaskStatus.HELD]
        now = self._clock()
        released: list[Task] = []
        waiting: list[float] = []
        for key in wanted:
            task = self._store.get(key)
            if task is None or task.status is not TaskStatus.HELD or task.archived:
                continue
            if key in self._undo and not (named and task.hold == Hold.LATER):
                continue
            self._undo.pop(key, None)
            if not named and task.hold == Hold.PAUSE and task.held_until is not None and task.held_until > now:
                self._store.put(life.held(task, Hold.LATER, until=task.held_until))
                self._undo[key] = task.held_until
                waiting.append(task.held_until)
                continue
            released.append(task)
        if waiting:
            when = time.strftime("%H:%M", time.localtime(min(waiting)))
            self._notice(Notice(f"{len(waiting)} held for a quota: the first leaves at {when}", Severity.INFO))
            self._saver.changed()
        self._budget = RetryBudget()
        self.queue.release(released)
        self._wake.set()
        return released

    def hold_all(self, why: Hold, words: str = "") -> None:
        """Send nothing more until a person says so: what is queued stays, in order, as held with the reason."""
        self.queue.hold_all(why, words)

    def key_changed(self) -> None:
        """Another key is in use; what the old one held back stays held until released."""
        if self.hold is Hold.KEY:
            self.queue.lift()
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
            self.queue.add(key)
        waits = [until - now for until in written.values() if until > now]
        while self.queue and len(self._sending) < self._in_flight and self.queue.may_send(self._sending):
            if self._not_before > now:
                waits.append(self._not_before - now)
                break
            if self._breaker.is_open:
                waits.append(1.0)
                break
            key = self.queue.take()
            sending = asyncio.create_task(self._send(key), name=f"send {key}")
            self._sending[key] = sending
            sending.add_done_callback(lambda _, key=key: self._finished(key))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        return min(waits, default=None)

    async def drain(self) -> None:
        """Wait until what is being sent has its answer."""
        while self._sending:
            await asyncio.gather(*self._sending.values())

    def _finished(self, key: str) -> None:
        self._sending.pop(key, None)
        self._wake.set()

    async def _send(self, key: str) -> None:
        if not await self._is_sound(key):
            return
        with contextlib.suppress(Exception):  # whatever it is, the create meets it again, and says so
            await self._ready()  # not behind the mark: a kill while libraries load would leave it unconfirmed
        await self._pace.turn()
        if not self._is_still_due(key):
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
            self._failed(self._store[key], error, sent_at=began)
        except Exception as error:  # whatever it was, the POST may have left: never sent again by itself
            self._failed(self._store[key], NoAnswerError(f"sending went wrong: {error!r}"))
        else:
            self._breaker.answered(self._clock() - began)
            self._pace.went_well()
            await self._took(key, answer)

    async def _is_sound(self, key: str) -> bool:
        """Whether it can be sent as it was written down; a file that is another one by now rejects it."""
        try:
            await self._check(self._store[key])
        except UsageError as error:
            if self._store[key].status is TaskStatus.QUEUED:
                self._failed(self._store[key], error)
            return False
        except CambError:  # the check itself was stopped
            self.queue.put_back(key)
            return False
        return True

    def _is_still_due(self, key: str) -> bool:
        """What came up while it waited for its turn: it was taken back, all is held, or the service asks to wait."""
        task = self._store[key]
        if task.status is not TaskStatus.QUEUED:
            return False
        if self.queue.stops(key):
            self.queue.keep_held(key)
            return False
        if self._not_before > self._clock():
            self.queue.put_back(key)
            return False
        return True

    async def _took(self, key: str, answer: str | Streamed) -> None:
        self._failures = 0
        self._budget.earn()
        task = taken(self._store[key], answer, now=self._clock())
        self._store.put(task, show=False)
        with contextlib.suppress(SessionWriteError):  # the saver has told the user, and tries again
            await self._saver.written()
        self._store.show(key)
        self.queue.accepted(key)
        self._accepted(task)

    def _failed(self, task: Task, error: CambError, sent_at: float | None = None) -> None:
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
                self._limited(task.key, error.retry_after, sent_at)
            case RefusedError(code=code) if code < 500:
                self._breaker.answered(0.1)
            case UsageError() | SettingsError():
                pass  # found here: it says nothing about the service
            case _:
                self._breaker.failed()
        if after.status is TaskStatus.REJECTED:
            self.queue.pass_on(task.key)
        if after.status is TaskStatus.UNCONFIRMED:
            self._notice(
                Notice(f"{task.label}: no answer to the sending; it may have been taken", Severity.WARNING, task.key)
            )
            if self.queue.canary == task.key:
                self.hold_all(Hold.PAYMENT, "the one sent first got no answer; release sends another one first")

    def _limited(self, key: str, retry_after: float | None, sent_at: float | None) -> None:
        """429: later again by itself, unless the service asks for more patience than a queue should have."""
        self._breaker.limited(retry_after)
        self._pace.slow_down(retry_after, sent_at=sent_at)
        if retry_after is not None and retry_after > LONGEST_RETRY_AFTER:
            until = time.strftime("%H:%M", time.localtime(self._clock() + retry_after))
            self.queue.put_back(key)
            self.hold_all(Hold.PAUSE, f"the API asks to wait until {until}; release what is held after that")
            return
        self._again(key, retry_after if retry_after is not None else self._retry_delay())

    def _again(self, key: str, delay: float) -> None:
        """The same intent goes again later, before all others, as long as the retry budget lasts."""
        self.queue.put_back(key)
        if self._budget.take():
            self._not_before = max(self._not_before, self._clock() + delay)
        else:
            self.hold_all(Hold.PAUSE, "it was tried in vain too often; release what is held to try again")

    def _retry_delay(self) -> float:
        self._failures += 1
        return self._draw() * min(60.0, 2.0 ** min(self._failures - 1, 10))

    def _fresh_key(self) -> str:
        while (key := new_key()) in self._store:
            pass
        return key
