"""Tells when something that moves has come to rest, at next to no cost for each move.

A Textual timer is a task of its own; one for each cursor key would be made and cancelled before that key's repaint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Resting:
    """Calls back once nothing moved for so long."""

    def __init__(self, seconds: float, then: Callable[[], None]) -> None:
        """Args:
        seconds: Without a move, until it has come to rest.
        then: Called in the running loop.
        """
        self._seconds, self._then = seconds, then
        self._rests_at = 0.0  # on the loop's clock
        self._handle: asyncio.TimerHandle | None = None

    @property
    def is_moving(self) -> bool:
        """Whether a move was not yet followed by its rest."""
        return self._handle is not None

    def moved(self) -> None:
        """It moved just now."""
        loop = asyncio.get_running_loop()
        self._rests_at = loop.time() + self._seconds
        if self._handle is None:
            self._handle = loop.call_at(self._rests_at, self._look)

    def stop(self) -> None:
        """Call nobody back any more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _look(self) -> None:
        self._handle = None
        loop = asyncio.get_running_loop()
        if loop.time() < self._rests_at:
            self._handle = loop.call_at(self._rests_at, self._look)
        else:
            self._then()
