"""A fake engine that records commands and publishes what a test tells it to, and tasks to show."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from camb_tui.domain.tasks import Hold, Task, TaskStatus
from camb_tui.services.changes import Change, Command, Exchange, Focus, Stop
from camb_tui.services.settings import Settings
from camb_tui.ui.app import CambApp

NOW = 1_790_000_000.0


class FakeEngine:
    """Runs until it is told to stop."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.stopped = threading.Event()
        self.fails: Exception | None = None
        self._publish: Callable[[Change], None] | None = None

    def send(self, command: Command) -> None:
        self.commands.append(command)
        if isinstance(command, Stop):
            self.stopped.set()

    def exchanges(self, key: str) -> tuple[Exchange, ...]:
        return ()

    async def run(self, publish: Callable[[Change], None]) -> None:
        self._publish = publish
        if self.fails is not None:
            raise self.fails
        await asyncio.to_thread(self.stopped.wait)

    @property
    def asked(self) -> list[Command]:
        """The commands that ask for something; the cursor's place is not one."""
        return [command for command in self.commands if not isinstance(command, Focus)]


def task(key: str, status: TaskStatus = TaskStatus.PENDING, **changes: Any) -> Task:  # fields of Task
    """A tts task six minutes old."""
    settled = NOW - 300 if status.isupper() and status is not TaskStatus.PENDING else None
    task_id = f"id-{key}" if status not in (TaskStatus.HELD, TaskStatus.UNCONFIRMED) else None
    made = Task(
        key=key,
        kind="tts",
        status=status,
        created_at=NOW - 360,
        submitted_at=NOW - 360,
        settled_at=settled,
        task_id=task_id,
        label=f"ch {key}",
        request={"text": "Once upon a time there was a text.", "voice_id": 20303, "language": "en-us"},
    )
    return made.but(**changes)


def some_tasks() -> list[Task]:
    """One of each that matters."""
    return [
        task("1", TaskStatus.SUCCESS, run_id=11),
        task("2", TaskStatus.ERROR, exception_reason="SOURCE_TOO_LONG", message="the text is too long"),
        task("3", TaskStatus.TIMEOUT),
        task("4", TaskStatus.PENDING),
        task("5", TaskStatus.UNCONFIRMED),
        task("6", TaskStatus.HELD, hold=Hold.PAUSE.value),
    ]


def make_app(tasks: list[Task] | None = None, engine: FakeEngine | None = None, **options: Any) -> CambApp:
    """An app over a fake engine; `options` are CambApp's."""
    shown = some_tasks() if tasks is None else tasks
    options.setdefault("settings", Settings())
    options.setdefault("environ", {"COLORTERM": "truecolor"})
    options.setdefault("clock", lambda: NOW)
    return CambApp(
        board_tasks={one.key: one for one in shown}, engine=engine or FakeEngine(), session_name="audiobook", **options
    )
