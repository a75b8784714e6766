"""Leftovers: results of tasks that settled long ago and were never brought; asked for once a start, slowly.

A result that is not there so long after SUCCESS does not lag: what the service does not know is noted and not asked
for by itself again. `results` owns how results are asked for, and the patience that fresh ones get.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from camb_tui.domain.errors import CambError, NoAnswerError, NotSentError, RateLimitedError, RefusedError
from camb_tui.domain.tasks import Task
from camb_tui.services.results import AGAIN_AFTER, chunks

LONGEST_LAG = 600.0
"""Seconds after SUCCESS from which on a result that is not there will not come."""
PAUSE = 2.0
"""Seconds before each request: nobody waits for these."""
_NOT_THERE = (400, 404, 410)
_AWAY = (NotSentError, NoAnswerError, RateLimitedError)
"""Says nothing about a result; the same is asked again, and after a few pauses left to the next start."""


class Leftovers:
    """Asks for old results, one request after the other."""

    def __init__(
        self,
        ask: Callable[[str, Mapping[int, Task]], Awaitable[Mapping[int, CambError]]],
        *,
        missing: Callable[[Task], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Args:
        ask: Fetches and keeps the results of these runs of a kind; says what went wrong, by run.
        missing: Told of each task whose result the service does not have.
        sleep: Waits before each request.
        """
        self._ask, self._missing, self._sleep = ask, missing, sleep
        self._waiting: dict[str, dict[int, Task]] = {}
        self._failures = 0
        self._wake = asyncio.Event()

    @property
    def pause(self) -> float:
        """Seconds before the next request."""
        return AGAIN_AFTER[self._failures - 1] if self._failures else PAUSE

    @property
    def is_waiting(self) -> bool:
        """Whether there is something to ask for."""
        return any(self._waiting.values())

    def add(self, task: Task) -> None:
        """A task whose result, where it has one that is kept, was never brought."""
        if task.run_id is not None:
            self._waiting.setdefault(task.kind, {})[task.run_id] = task
            self._wake.set()

    async def run(self) -> None:
        """Ask for what was added, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self.is_waiting:
                await self._sleep(self.pause)
                await self.ask_some()

    async def ask_some(self) -> None:
        """One request for the results that wait first."""
        name, chunk = next(chunks(self._waiting))
        errors = await self._ask(name, chunk)
        if len(errors) == len(chunk) and all(isinstance(error, _AWAY) for error in errors.values()):
            self._failures += 1
            if self._failures > len(AGAIN_AFTER):
                self._waiting, self._failures = {}, 0
            return
        self._failures = 0
        for run_id, task in chunk.items():
            self._waiting[name].pop(run_id, None)
            error = errors.get(run_id)
            if isinstance(error, RefusedError) and error.code in _NOT_THERE:
                self._missing(task)
