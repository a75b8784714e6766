"""Engine: the loop that works. Owns store, poller, outbox, session and client; takes commands, publishes changes.

It runs on an asyncio loop of its own, in a thread of its own under the screen: when nobody reads the terminal the
screen's loop stops within half a second, and polls and saves must not stop with it. The headless commands run the same
engine without a screen. What a command means stands in `orders`; this module wires and keeps things running.
"""

from __future__ import annotations

import asyncio
import queue
import random
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from camb_tui.domain import life
from camb_tui.domain.errors import CambError, KeyRefusedError, NoKeyError, SessionLockedError
from camb_tui.domain.results import Result
from camb_tui.domain.tasks import LIVE, Hold, Task, TaskStatus, account_fingerprint
from camb_tui.services.changes import (
    AudioFacts,
    Catalogues,
    Change,
    Command,
    Exchange,
    Health,
    Notice,
    Severity,
    Stop,
    StreamView,
)
from camb_tui.services.orders import Orders
from camb_tui.services.outbox import HOLD_WORDS
from camb_tui.services.parts import Parts
from camb_tui.services.settings import Settings
from camb_tui.services.store import Store

if TYPE_CHECKING:
    from camb_tui.services.client import CambClient
    from camb_tui.services.session import Loaded, SessionFile

EXCHANGES_KEPT = 20
"""HTTP exchanges remembered for each task."""
TASKS_REMEMBERED = 500
"""Tasks whose exchanges are remembered."""
FOLLOW_EVERY = 1.0
"""Seconds between two looks of a reader at the session file."""
GATHERED_AT_START = 200
"""Finished tasks, the newest, whose results are brought at a start where they are not kept yet."""
STOP_WAIT = 1.0
"""Seconds an engine that is told to stop waits for answers to what it is sending."""


class Engine:
    """The one that polls, sends and saves. `send` and `exchanges` are safe from any thread; the rest is its own."""

    def __init__(
        self,
        *,
        session: SessionFile | None,
        loaded: Loaded,
        settings: Settings,
        api_key: str | None,
        results_folder: Path,
        make_client: Callable[[Engine], CambClient] | None = None,
        clock: Callable[[], float] = time.time,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.settings, self.session, self.api_key = settings, session, api_key
        self.results_folder = results_folder
        self.clock, self.draw = clock, draw
        self.store = Store(loaded.tasks, self._soon)
        self.read_only = settings.read_only or loaded.read_only or session is None
        self.writes = not self.read_only
        self._loaded = loaded
        self._make_client = make_client or _real_client
        self._client: CambClient | None = None
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._publish: Callable[[Change], None] = lambda change: None
        self._exchanges: dict[str, tuple[Exchange, ...]] = {}
        self._remembered: deque[str] = deque()
        self._health: Health | None = None
        self._held_shown: str | None = None
        self._notices: list[Notice] = []
        self._results: dict[str, Result | str] = {}
        self._progress: dict[str, str] = {}
        self._streams: dict[str, StreamView] = {}
        self._sounds: dict[str, tuple[AudioFacts, ...]] = {}
        self._catalogues: Catalogues | None = None
        self._refusal_told = False

    # ------------------------------------------------------------ from any thread

    def send(self, command: Command) -> None:
        """Ask for something; the answer comes as a change."""
        self._commands.put(command)
        loop = self._loop
        if loop is not None and not loop.is_closed():
            try:
                loop.call_soon_threadsafe(self._wake.set)
            except RuntimeError:  # it closed in between: nobody is there to do it
                return

    def exchanges(self, key: str) -> tuple[Exchange, ...]:
        """The last HTTP exchanges about a task, oldest first."""
        return self._exchanges.get(key, ())

    # ------------------------------------------------------------ its own loop

    async def run(self, publish: Callable[[Change], None]) -> None:
        """Work until told to stop; then save, tidy, and let the session go."""
        self._publish, self._loop = publish, asyncio.get_running_loop()
        self._take_session()
        parts = Parts(self)
        try:
            publish(Change(read_only=self.read_only, health=self._changed_health(parts)))
            async with asyncio.TaskGroup() as group:
                endless = [
                    group.create_task(parts.saver.run(), name="saver"),
                    group.create_task(parts.outbox.run(), name="outbox"),
                    group.create_task(parts.poller.run(), name="poller"),
                    group.create_task(parts.keeper.run(), name="results"),
                    group.create_task(self._watch_health(parts), name="health"),
                    group.create_task(self._follow(), name="follower"),
                ]
                self._restore(parts)
                await self._obey(parts, Orders(parts))
                for one in endless:
                    one.cancel()
        finally:
            await self._end(parts)

    async def _obey(self, parts: Parts, orders: Orders) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while True:
                try:
                    command = self._commands.get_nowait()
                except queue.Empty:
                    break
                if isinstance(command, Stop):
                    return
                orders.obey(command)
            self.changed(parts)

    async def _end(self, parts: Parts) -> None:
        parts.streams.cancel()  # each then has its outcome, and leaves no part behind
        try:
            async with asyncio.timeout(STOP_WAIT):
                await parts.outbox.drain()
        except TimeoutError:
            pass  # no answer yet: it is on disk as sending, and the next start calls it unconfirmed
        if self.writes:
            parts.saver.close()
        self._flush(parts)
        if self.session is not None and self.writes:
            self.session.release()
        if self._client is not None:
            await self._client.aclose()

    def _take_session(self) -> None:
        """Lock the session; another camb-tui that has it makes this one a reader."""
        if self._commands.empty():
            self._wake.clear()
        else:
            self._wake.set()
        if self.session is None or not self.writes:
            return
        try:
            self.session.lock()
        except SessionLockedError as error:
            self.read_only, self.writes = True, False
            self.tell(Notice(str(error), Severity.WARNING))
            return
        loaded = self.session.load(self.clock())
        for text in loaded.notices:
            self.tell(Notice(text, Severity.WARNING))
        if loaded.read_only:
            self.read_only, self.writes = True, False
        self.store = Store(loaded.tasks, self._soon)

    def _restore(self, parts: Parts) -> None:
        """Take up every live task: what was being sent is unconfirmed now, what has an id is polled."""
        if self.read_only:
            return
        statuses = list(self.store.statuses())
        live = [key for key, status in statuses if status in LIVE]
        spread = max(1.0, len(live) / self.settings.poll.rate)
        for key in live:
            task = life.restored(self.store[key])
            self.store.put(task)
            if task.hold == Hold.PAYMENT and not task.archived:
                parts.outbox.hold = Hold.PAYMENT  # the account has not been paid for as long as nobody says so
            if task.is_polled and not task.archived:
                parts.poller.watch(task, soon=True, within=min(spread, 30.0))
        for key in [key for key, status in statuses if status is TaskStatus.SUCCESS][-GATHERED_AT_START:]:
            if self.store[key].fetched_at is None and not self.store[key].archived:
                parts.keeper.settled(self.store[key])  # done when we last ended, and its result not here yet
        parts.saver.changed()
        self.changed(parts)

    async def _follow(self) -> None:
        """As a reader: take in what the camb-tui that writes the session appends to it."""
        if self.writes or self.session is None:
            return
        from camb_tui.services.session import SessionFollower

        follower = SessionFollower(self.session.path, clock=self.clock)
        for task in follower.load(self.clock()).tasks.values():
            self.store.put(task)  # what changed between the first reading and this one
        while True:
            for task in follower.poll():
                self.store.put(task)
            await asyncio.sleep(FOLLOW_EVERY)

    async def _watch_health(self, parts: Parts) -> None:
        """Ask a service that is down whether it is back, and tell the screen when health changes."""
        while True:
            await asyncio.sleep(1.0)
            if parts.breaker.is_open and parts.breaker.may_ask():
                await self._probe(parts)
            self.changed(parts)

    async def _probe(self, parts: Parts) -> None:
        began = self.clock()
        try:
            await (await self.client()).check_key()
        except KeyRefusedError as error:
            self.key_refused(error)
            parts.breaker.refused()
        except CambError:
            parts.breaker.failed()
        else:
            parts.breaker.answered(self.clock() - began)
            parts.poller.wake()

    # ------------------------------------------------------------ the client

    async def client(self) -> CambClient:
        """The client, made when first needed: its libraries take a tenth of a second to load."""
        if self._client is None:
            self._client = self._make_client(self)
        return self._client

    async def ask(self, task: Task) -> life.StatusAnswer:
        """One poll."""
        assert task.task_id is not None
        return await (await self.client()).status(task.kind, task.task_id, about=task.key)

    async def create(self, task: Task) -> str:
        """One create; its task id."""
        client = await self.client()

        def show(done: int, total: int) -> None:
            share = f" {100 * done // total} %" if total else ""
            self.show_progress(task.key, f"uploading{share}" if done < total else "")

        taken = await client.create(
            task.kind,
            task.request,
            intent=task.key,
            describe=self.settings.send.intent_code,
            about=task.key,
            on_progress=show,
        )
        return taken.task_id

    @property
    def account(self) -> str:
        """Fingerprint of the key in use."""
        return account_fingerprint(self.api_key) if self.api_key else ""

    def use_key(self, api_key: str) -> None:
        """Send this key from now on."""
        self.api_key = api_key
        self._refusal_told = False
        if self._client is not None:
            self._client.api_key = api_key

    def note_exchange(self, key: str | None, exchange: Exchange) -> None:
        """Remember an HTTP exchange for the Raw tab."""
        if key is None:
            return
        if key not in self._exchanges:
            self._remembered.append(key)
            if len(self._remembered) > TASKS_REMEMBERED:
                self._exchanges.pop(self._remembered.popleft(), None)
        self._exchanges[key] = (*self._exchanges.get(key, ()), exchange)[-EXCHANGES_KEPT:]

    def key_refused(self, error: CambError) -> None:
        """The service refused the key, or there is none: said once, by the breaker's news."""
        if not isinstance(error, NoKeyError) and not self._refusal_told:
            self._refusal_told = True
            self.tell(Notice(f"{error} Polls stop until the key changes.", Severity.ERROR))

    # ------------------------------------------------------------ what goes up

    def tell(self, notice: Notice) -> None:
        """A notice for the user."""
        self._notices.append(notice)
        self._soon()

    def show_progress(self, key: str, text: str) -> None:
        """What goes on with a task."""
        self._progress[key] = text
        self._soon()

    def show_stream(self, key: str, view: StreamView) -> None:
        """What has come of a stream."""
        self._streams[key] = view
        self._soon()

    def give_sounds(self, key: str, sounds: tuple[AudioFacts, ...]) -> None:
        """What the files of sound saved for a task are."""
        self._sounds[key] = sounds
        self._soon()

    def give_result(self, key: str, result: Result | str) -> None:
        """A result, or why there is none."""
        self._results[key] = result
        self._soon()

    def give_catalogues(self, catalogues: Catalogues) -> None:
        """What the form searches."""
        self._catalogues = catalogues
        self._soon()

    def changed(self, parts: Parts) -> None:
        """Publish what is news, and have what is unsaved written."""
        if self.store.has_unsaved:
            parts.saver.changed()
        self._flush(parts)

    def _soon(self) -> None:
        self._wake.set()

    def _changed_health(self, parts: Parts) -> Health | None:
        health = parts.breaker.health()
        before, self._health = self._health, health
        if before is not None and before.state is health.state and before.until == health.until:
            return None
        return health

    def _flush(self, parts: Parts) -> None:
        held = HOLD_WORDS[parts.outbox.hold] if parts.outbox.hold is not None else ""
        change = Change(
            tasks=self.store.take_news(),
            health=self._changed_health(parts),
            notices=tuple(self._notices),
            results=self._results,
            progress=self._progress,
            streams=self._streams,
            sounds=self._sounds,
            catalogues=self._catalogues,
            sending_held=held if held != self._held_shown else None,
        )
        self._held_shown = held
        self._notices, self._results, self._progress, self._catalogues = [], {}, {}, None
        self._streams, self._sounds = {}, {}
        if change != Change():
            self._publish(change)


def _real_client(engine: Engine) -> CambClient:
    from camb_tui.services.client import CambClient, RoutesChoice

    return CambClient(
        engine.settings.base_url,
        engine.api_key,
        routes=RoutesChoice(engine.settings.routes),
        on_exchange=engine.note_exchange,
    )
