"""Asking again: which failures of a harmless question may pass, how long to wait, and when to give up."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeVar

from camb_tui.domain.errors import (
    NoAnswerError,
    NoKeyError,
    NotSentError,
    RateLimitedError,
    ServerTroubleError,
    ServiceError,
    UnreadableAnswerError,
)

T = TypeVar("T")


class Patience(NamedTuple):
    """How often and how long to ask again."""

    sleep: Callable[[float], Awaitable[None]]
    draw: Callable[[], float]
    """A uniform random number in [0, 1]."""
    attempts: int = 4
    longest: float = 60.0
    """Seconds to wait in all; a Retry-After beyond it is passed on, not cut short."""
    base: float = 1.0
    cap: float = 20.0

    async def ask(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """The first answer of `attempt`, asked again while its failure may pass.

        Raises:
            ServiceError: The last failure, as it was.
        """
        waited = 0.0
        for failures in itertools.count(1):
            try:
                return await attempt()
            except ServiceError as error:
                delay = self.delay(error, failures)
                if failures >= self.attempts or not may_pass(error) or waited + delay > self.longest:
                    raise
            waited += delay
            await self.sleep(delay)
        raise AssertionError("the count never ends")

    def delay(self, error: ServiceError, failures: int) -> float:
        """Seconds to wait after that many failures: what the service asks for, else full jitter."""
        asked = error.retry_after if isinstance(error, RateLimitedError | ServerTroubleError) else None
        return asked if asked is not None else self.draw() * min(self.cap, self.base * 2.0 ** (failures - 1))


def may_pass(error: ServiceError) -> bool:
    """Whether asking the same once more may well bring an answer."""
    if isinstance(error, ServerTroubleError):
        return error.code == 408 or error.code >= 500
    if isinstance(error, NoKeyError | UnreadableAnswerError):
        return False
    return isinstance(error, RateLimitedError | NotSentError | NoAnswerError)
