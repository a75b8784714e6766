"""Saver: what goes to the session file and when. Groups what several coroutines want written into one flush.

Whoever needs a task on disk before going on waits for `written`; everything else is written a moment later. When the
disk refuses, nothing is lost: it stays with the session file's writer, which tries again, and the user is told once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from camb_tui.domain.errors import SessionWriteError
from camb_tui.domain.tasks import Task
from camb_tui.services.store import Store

DELAY = 0.25
"""Seconds in which changes nobody waits for are gathered."""
RETRY = 5.0
"""Seconds after which a refused write is tried again."""


class SessionWriter(Protocol):
    """What the saver needs of the session file."""

    def append(self, tasks: Iterable[Task], *, sync: bool) -> None: ...

    def wants_tidy(self) -> bool: ...

    def tidy(self, tasks: Iterable[Task] = ()) -> None: ...


class Saver:
    """Appends the store's unsaved tasks to the session; without a session (`writer` None) it only empties the list."""

    def __init__(self, store: Store, writer: SessionWriter | None, *, trouble: Callable[[str], None]) -> None:
        self._store, self._writer = store, writer
        self._trouble = trouble
        self._waiting: list[asyncio.Future[None]] = []
        self._wake = asyncio.Event()
        self._failed = False

    def use(self, writer: SessionWriter) -> None:
        """Write there from now on: the session was taken over."""
        self._writer = writer

    async def written(self) -> None:
        """Return when all that the store holds now is on disk, fsync included.

        Raises:
            SessionWriteError: It could not be written; what depends on it must not happen.
        """
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._flush_for_waiters)
        await waiting

    def _flush_for_waiters(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            self._append(sync=True)
        except SessionWriteError as error:
            for future in waiting:
                if not future.done():
                    future.set_exception(error)
        else:
            for future in waiting:
                if not future.done():
                    future.set_result(None)

    def changed(self) -> None:
        """The store has something to be written that nobody waits for."""
        self._wake.set()

    async def run(self) -> None:
        """Write what nobody waits for, for ever."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(RETRY if self._failed else DELAY)
            self._wake.clear()
            self.flush()

    def flush(self) -> bool:
        """Write what is unsaved without waiting for the disk; whether it was written."""
        try:
            self._append(sync=False)
        except SessionWriteError:
            self._wake.set()
            return False
        return True

    def close(self) -> None:
        """Write everything, tidy the file, and sync it."""
        try:
            self._append(sync=True)
            if self._writer is not None:
                self._writer.tidy()  # it knows all that was appended
        except SessionWriteError as error:
            self._trouble(str(error))

    def _append(self, *, sync: bool) -> None:
        tasks = self._store.take_unsaved()
        if self._writer is None or not (tasks or self._failed or sync):  # an empty synced append is an fsync
            return
        try:
            self._writer.append(tasks, sync=sync)
            if self._failed:
                self._failed = False
                self._trouble("the session file can be written again; nothing was lost")
            if self._writer.wants_tidy():
                self._writer.tidy()  # it knows all that was appended
        except SessionWriteError as error:
            if not self._failed:
                self._trouble(str(error))
            self._failed = True
            self._wake.set()
            raise
