"""An engine at work against a real server on loopback: with the real client, a session file, and nothing scripted."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from camb_tui.domain.results import Result
from camb_tui.domain.tasks import Task
from camb_tui.services.changes import AudioFacts, Change, Command, Health, Outlook, Stop, StreamView
from camb_tui.services.engine import Engine
from camb_tui.services.session import SessionFile, load_session
from camb_tui.services.settings import Settings
from camb_tui.simulator import SimulatorServer

PATIENCE = 30.0
"""Seconds after which a test gives up; none waits that long when all is well."""
KEY = "sk-live-0123456789"


class Live:
    """What an engine published so far."""

    def __init__(self, path: Path, base_url: str, **settings: Any) -> None:
        loaded = load_session(path, now=time.time())
        self.tasks: dict[str, Task] = {task.key: task for task in loaded.tasks.values()}
        self.said: list[str] = []
        self.results: dict[str, Result | str] = {}
        self.progress: list[str] = []
        self.views: list[StreamView] = []
        self.sounds: dict[str, tuple[AudioFacts, ...]] = {}
        self.outlooks: list[Outlook] = []
        self.health: Health | None = None
        self._news = asyncio.Event()
        self.engine = Engine(
            session=SessionFile(path),
            loaded=loaded,
            settings=Settings(base_url=base_url, **settings),
            api_key=KEY,
            results_folder=path.parent / "results",
            durations_file=path.parent / "durations.jsonl",
        )

    def take(self, change: Change) -> None:
        self.tasks |= {task.key: task for task in change.tasks}
        self.said += [notice.text for notice in change.notices]
        self.results |= change.results
        self.progress += change.progress.values()
        self.views += change.streams.values()
        self.sounds |= change.sounds
        self.outlooks += [change.outlook] if change.outlook is not None else []
        self.health = change.health if change.health is not None else self.health
        self._news.set()

    def ask(self, command: Command) -> None:
        self.engine.send(command)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def settled(self) -> Task:
        """The only task, once it is over."""
        await self.until(lambda: bool(self.tasks) and not any(task.is_live for task in self.tasks.values()))
        (task,) = self.tasks.values()
        return task


@asynccontextmanager
async def live(path: Path, base_url: str, **settings: Any) -> AsyncIterator[Live]:
    """An engine that works while the block runs, and is stopped properly after it."""
    bench = Live(path, base_url, **settings)
    work = asyncio.create_task(bench.engine.run(bench.take))
    try:
        yield bench
    finally:
        bench.ask(Stop())
        async with asyncio.timeout(PATIENCE):
            await work


def keep(path: Path, *tasks: Task) -> None:
    """Write a session file with these."""
    session = SessionFile(path)
    session.lock()
    session.append(tasks, sync=True)
    session.release()


def add_faults(server: SimulatorServer, *rules: Mapping[str, Any]) -> None:
    """Have the simulator misbehave."""
    body = json.dumps({"rules": list(rules)}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{server.origin}/_simulator/faults", body)) as answer:
        assert answer.status == 200
