"""Pace: how many requests may go out, for the whole account. Owns rates and budgets, knows no request."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

from camb_tui.domain.errors import RateLimitedError

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]
LONGEST_RETRY_AFTER = 900.0
"""Longest Retry-After obeyed to the letter, in seconds; a longer one counts as this."""
LONGEST_QUIET = 60.0
"""Seconds of patience that a person's question waits out by itself."""
STEPS_BACK = 200
"""Answers from a standstill to the full rate; from half of it, half as many."""


class Pace:
    """A rate that many coroutines share: halved when the service asks to slow down, recovered slowly.

    A token bucket in its virtual-scheduling form (ITU-T I.371): one time stands for the whole bucket.
    """

    def __init__(self, rate: float, *, burst: int = 4, clock: Clock, sleep: Sleep = asyncio.sleep) -> None:
        self._full = self.rate = max(0.05, rate)
        self._burst = burst
        self._clock, self._sleep = clock, sleep
        self._next = 0.0
        self._slowed_at = -math.inf
        self.paused_until = 0.0

    async def turn(self) -> None:
        """Wait until one more request may go out."""
        while True:
            now = self._clock()
            earliest = max(self._next, self.paused_until, now - (self._burst - 1) / self.rate)
            self._next = earliest + 1.0 / self.rate
            if earliest > now:
                await self._sleep(earliest - now)
            if self._clock() >= self.paused_until:
                return  # else the service asked to wait while we waited, and the turns begin anew after that

    async def quiet(self) -> None:
        """Wait while the service asks for patience: for questions that need no turn, since a person waits for them.

        Raises:
            RateLimitedError: It asks for more than a person waits.
        """
        while (left := self.paused_until - self._clock()) > 0.0:
            if left > LONGEST_QUIET:
                until = time.strftime("%H:%M", time.localtime(self.paused_until))
                raise RateLimitedError(f"the API asks to wait until {until}", retry_after=left)
            await self._sleep(left)

    def slow_down(self, retry_after: float | None, *, sent_at: float | None = None) -> None:
        """The service said 429: half the rate, and nobody asks before its Retry-After is over.

        A request that had left (`sent_at`) before the rate was last halved says nothing new about it, so that the same
        429 may be told by whoever meets it.
        """
        now = self._clock()
        if sent_at is None or sent_at >= self._slowed_at:
            self.rate = max(self._full / 64, self.rate / 2)
            self._slowed_at = now
        if retry_after is not None:
            self.paused_until = max(self.paused_until, now + min(retry_after, LONGEST_RETRY_AFTER))

    def went_well(self) -> None:
        """An answer came: a small step back towards the full rate."""
        self.rate = min(self._full, self.rate + self._full / STEPS_BACK)


class RetryBudget:
    """Tokens for sending again by ourselves: each try costs one, each success earns a tenth, so nothing snowballs."""

    def __init__(self, size: float = 10.0) -> None:
        self._size = self.tokens = size

    def take(self) -> bool:
        """Whether one more automatic retry is allowed; takes its token."""
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True

    def earn(self) -> None:
        """A success happened."""
        self.tokens = min(self._size, self.tokens + 0.1)
