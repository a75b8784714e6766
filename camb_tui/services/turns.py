"""Turns: which of the tasks that are due is asked about next, when the account's rate cannot serve all of them.

First those a person waits for, then those most worth asking. Every `OLDEST_EVERY`-th turn goes to whoever has waited
longest, so that with n tasks due at most `OLDEST_EVERY` x n turns pass before any of them is asked.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable

OLDEST_EVERY = 10
"""One of so many turns goes to the task that has been due for the longest."""
RANKED = 256
"""How many of the most worthwhile are kept in order, so that not every turn weighs all."""
RANKS_A_SECOND = 500
"""Tasks weighed in a second: the more are due, the longer an order is good for."""


class Turns:
    """The tasks that are due, and whose turn it is."""

    def __init__(self, worth: Callable[[str, float], float]) -> None:
        """`worth` tells how much asking about a task now is worth, by its key and the time."""
        self._worth = worth
        self._due: dict[str, None] = {}
        self._urgent: deque[str] = deque()
        self._ranked: list[str] = []
        self._ranked_until = 0.0
        self._taken = 0

    def __len__(self) -> int:
        return len(self._due)

    def __contains__(self, key: object) -> bool:
        return key in self._due

    def add(self, key: str, *, urgent: bool = False) -> None:
        """This task is due; `urgent` where a person waits for it."""
        if not self._due:
            self._urgent.clear()
        self._due[key] = None
        if urgent:
            self._urgent.append(key)

    def discard(self, key: str) -> None:
        """It is not due any more."""
        self._due.pop(key, None)

    def take(self, now: float) -> str | None:
        """Whose turn it is, due no longer then; None where nobody is due."""
        if not self._due:
            return None
        self._taken += 1
        key = next(iter(self._due)) if self._taken % OLDEST_EVERY == 0 else self._first(now)
        del self._due[key]
        return key

    def newest(self) -> str:
        """Who became due last, due no longer then."""
        return self._due.popitem()[0]

    def _first(self, now: float) -> str:
        while self._urgent:
            key = self._urgent.popleft()
            if key in self._due:
                return key
        if now >= self._ranked_until:
            self._ranked.clear()
        while True:
            while self._ranked:
                key = self._ranked.pop()
                if key in self._due:
                    return key
            self._ranked = heapq.nlargest(RANKED, self._due, key=lambda one: self._worth(one, now))
            self._ranked.reverse()
            self._ranked_until = now + len(self._due) / RANKS_A_SECOND
