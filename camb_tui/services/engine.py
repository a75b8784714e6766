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
from camb_tui.domain.errors import CambError, KeyRefusedError, NoKeyError
from camb_tui.domain.tasks import Task, account_fingerprint
from camb_tui.services.changes import Change, Command, Exchange, Notice, Severity, Stop
from camb_tui.services.outgoing import Outgoing
from camb_tui.services.settings import Settings
from camb_tui.services.store import Store

if TYPE_CHECKING:
    from camb_tui.services.client import CambClient
    from camb_tui.services.orders import Orders
    from camb_tui.services.parts import Parts
    from camb_tui.services.session import Loaded, SessionFile
    from camb_tui.services.uploads import FileChecks

EXCHANGES_KEPT = 20
"""HTTP exchanges remembered for each task."""
TASKS_REMEMBERED = 500
"""Tasks whose exchanges are remembered."""
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
        durations_file: Path | None = None,
        make_client: Callable[[Engine], CambClient] | None = None,
        clock: Callable[[], float] = time.time,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.settings, self.session, self.api_key = settings, session, api_key
        self.results_folder, self.durations_file = results_folder, durations_file
        self.clock, self.draw = clock, draw
        self.store = Store(loaded.tasks, self.soon)
        self.read_only = settings.read_only or loaded.read_only or session is None
        self.writes = not self.read_only
        self._make_client = make_client or _real_client
        self._client: CambClient | None = None
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self.outgoing = Outgoing(self.soon)
        self.files: FileChecks
        self.limited: Callable[[float | None, float], None] = lambda retry_after, sent_at: None
        """Told every 429: its Retry-After, and when the request left."""
        self._exchanges: dict[str, tuple[Exchange, ...]] = {}
        self._remembered: deque[str] = deque()
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

    def soon(self) -> None:
        """Publish in a moment."""
        self._wake.set()

    # ------------------------------------------------------------ its own loop

    async def run(self, publish: Callable[[Change], None]) -> None:
        """Work until told to stop; then save, tidy, and let the session go."""
        # What only a running engine needs is loaded by it: a screen shows its tasks some 20 ms sooner.
        from camb_tui.services.orders import Orders
        from camb_tui.services.parts import Parts
        from camb_tui.services.possession import Possession
        from camb_tui.services.uploads import FileChecks

        self.files = FileChecks()
        self.outgoing.publish, self._loop = publish, asyncio.get_running_loop()
        if not self._commands.empty():
            self._wake.set()
        possession = Possession(self)
        possession.take()
        parts = Parts(self)
        try:
            self.outgoing.give_account(self.account)
            self.flush(parts)
            async with asyncio.TaskGroup() as group:
                endless = [
                    group.create_task(parts.saver.run(), name="saver"),
                    group.create_task(parts.outbox.run(), name="outbox"),
                    group.create_task(parts.poller.run(), name="poller"),
                    group.create_task(parts.keeper.run(), name="results"),
                    group.create_task(parts.leftovers.run(), name="leftovers"),
                    group.create_task(self._watch_health(parts), name="health"),
                    group.create_task(possession.follow(parts), name="follower"),
                ]
                possession.restore(parts)
                await self._obey(parts, Orders(parts, possession))
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
        self.files.stop()
        parts.streams.cancel()  # each then has its outcome, and leaves no part behind
        try:
            async with asyncio.timeout(STOP_WAIT):
                await parts.outbox.drain()
        except TimeoutError:
            pass  # no answer yet: it is on disk as sending, and the next start calls it unconfirmed
        if self.writes:
            parts.saver.close()
        self.flush(parts)
        if self.session is not None and self.writes:
            self.session.release()
        if self._client is not None:
            await self._client.aclose()

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

    async def check_files(self, task: Task) -> None:
        """Whether the files of a task are those it was made with.

        Raises:
            UsageError: One changed or vanished since; the sentence says which.
        """
        if task.uploads:
            await asyncio.to_thread(self.files.check, task.uploads)

    async def create(self, task: Task) -> str:
        """One create; its task id, empty where the service answered with the result at once."""
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
        self.outgoing.give_account(self.account)
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
        self.outgoing.tell(notice)

    def show_progress(self, key: str, text: str) -> None:
        """What goes on with a task."""
        self.outgoing.show_progress(key, text)

    def changed(self, parts: Parts) -> None:
        """Publish what is news, and have what is unsaved written."""
        if self.store.has_unsaved:
            parts.saver.changed()
        self.flush(parts)

    def flush(self, parts: Parts) -> None:
        """Publish what is news."""
        if self.session is not None:
            for text in self.session.take_notices():
                self.tell(Notice(text, Severity.WARNING))
        tasks = self.store.take_news()
        parts.forecast.take(tasks)
        self.outgoing.flush(
            tasks=tasks,
            health=parts.breaker.health(),
            outlook=parts.forecast.outlook(),
            held=parts.outbox.held_because,
            read_only=self.read_only,
        )


def _real_client(engine: Engine) -> CambClient:
    from camb_tui.services.wire.lean_httpx import load_httpx

    load_httpx()
    from camb_tui.services.client import CambClient, RoutesChoice

    return CambClient(
        engine.settings.base_url,
        engine.api_key,
        routes=RoutesChoice(engine.settings.routes),
        on_exchange=engine.note_exchange,
        on_limited=lambda retry_after, sent_at: engine.limited(retry_after, sent_at),
        idempotency=engine.settings.send.idempotency_key,
    )
