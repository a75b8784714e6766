"""L, and our app under load: the real screen on a session file, with a stand-in for its engine.

Usage: driven.py SESSION CHANGES_A_SECOND. With 0 nothing changes but by a SIGUSR1, which settles the newest task, or
makes it live again.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.changes import Change, Command, Exchange, Stop
from camb_tui.services.session import load_session
from camb_tui.services.settings import Settings
from camb_tui.ui.app import CambApp
from tests.benchmarks.programs.changing import Changing


class DrivenEngine:
    """Publishes changes at a steady rate or when told; sends and saves nothing."""

    def __init__(self, tasks: list[Task], rate: float) -> None:
        self._tasks, self._rate = tasks, rate
        self._changing = Changing(tasks)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = asyncio.Event()
        self._publish: Callable[[Change], None] = lambda _change: None

    def send(self, command: Command) -> None:
        if isinstance(command, Stop) and self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopped.set)

    def exchanges(self, key: str) -> tuple[Exchange, ...]:
        return ()

    async def run(self, publish: Callable[[Change], None]) -> None:
        self._loop, self._publish = asyncio.get_running_loop(), publish
        began, done = self._loop.time(), 0
        while not self._stopped.is_set():
            due = began + (done + 1) / self._rate if self._rate else None
            with contextlib.suppress(TimeoutError):
                wait = None if due is None else max(0.0, due - self._loop.time())
                await asyncio.wait_for(self._stopped.wait(), wait)
                return
            publish(Change(tasks=(self._changing.next(),)))
            done += 1

    def settle_newest(self) -> None:
        """The newest task is SUCCESS now, or live again; safe from any thread."""
        newest = self._tasks[-1]
        if newest.status is TaskStatus.SUCCESS:
            newest = newest.but(status=TaskStatus.PENDING, settled_at=None, run_id=None)
        else:
            newest = newest.but(status=TaskStatus.SUCCESS, settled_at=time.time(), run_id=77)
        self._tasks[-1] = newest
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._publish, Change(tasks=(newest,)))


def main() -> None:
    """Show the app until it is left."""
    path, rate = Path(sys.argv[1]), float(sys.argv[2])
    loaded = load_session(path, now=time.time())
    engine = DrivenEngine(list(loaded.tasks.values()), rate)
    signal.signal(signal.SIGUSR1, lambda *_: engine.settle_newest())
    CambApp(board_tasks=loaded.tasks, engine=engine, settings=Settings()).run()


if __name__ == "__main__":
    main()
