"""An engine without network, disk or clock, for the commands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from camb_tui.domain.submissions import intend
from camb_tui.domain.tasks import Task
from camb_tui.services.changes import Change, Command, Stop, Submit

Answer = Callable[[Command], Sequence[Change]]


class FakeEngine:
    """Publishes what `answer` gives for each command; keeps the commands."""

    def __init__(self, answer: Answer, first: Change | None = None) -> None:
        self.commands: list[Command] = []
        self.stopped = False
        self._answer, self._first = answer, first
        self._inbox: asyncio.Queue[Command] = asyncio.Queue()

    def send(self, command: Command) -> None:
        self.commands.append(command)
        self._inbox.put_nowait(command)

    async def run(self, publish: Callable[[Change], None]) -> None:
        if self._first is not None:
            publish(self._first)
        while not isinstance(command := await self._inbox.get(), Stop):
            for change in self._answer(command):
                publish(change)
        self.stopped = True


def made(command: Submit, **changes: object) -> tuple[Task, ...]:
    """The tasks a submit makes, moved on by `changes`."""
    return tuple(
        intend(one, key=f"key{place}", now=100.0).but(**changes) for place, one in enumerate(command.submissions)
    )
