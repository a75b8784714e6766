"""Asyncio loops in other time: one whose clock jumps to the next timer, and one whose seconds are shorter."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jumping(selectors.SelectSelector):
    """Never waits: where nothing is ready the time that would have passed is counted instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("nothing is left to happen")
        if not ready and timeout is not None:
            self.now += max(0.0, timeout)
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """Hours of waiting take as long as the work in them; the clock begins at 0."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


class _Hurried(selectors.DefaultSelector):
    """Waits a fraction of the time it is told to."""

    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found: list[tuple[selectors.SelectorKey, int]] = super().select(timeout and timeout / self._speed)
        return found


class HurriedLoop(asyncio.SelectorEventLoop):
    """All timers and timeouts `speed` times as fast, for a peer that is so much faster; the clock begins at 0."""

    def __init__(self, speed: float) -> None:
        self._speed, self._began = speed, time.monotonic()
        super().__init__(_Hurried(speed))

    def time(self) -> float:
        return (time.monotonic() - self._began) * self._speed


def run(main: Coroutine[Any, Any, T], loop: Callable[[], asyncio.AbstractEventLoop] = JumpingLoop) -> T:
    """Run to the end in that time."""
    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(main)
