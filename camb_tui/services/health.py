"""Breaker: whether the service answers at all, and when to ask it again. Owns what the summary says of the API."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from camb_tui.services.changes import ApiState, Health

OPEN_AFTER = 5
"""Failures in a row that open it."""
WINDOW = 20
FIRST_PAUSE = 10.0
LONGEST_PAUSE = 300.0
SLOW = 2.0
"""Seconds above which a typical answer is called slow."""


class Breaker:
    """Closed while the service answers; open for 10 s, doubling to 5 min, when it does not; then one request tries."""

    def __init__(self, *, clock: Callable[[], float], draw: Callable[[], float]) -> None:
        self._clock, self._draw = clock, draw
        self._in_a_row = 0
        self._recent: deque[bool] = deque(maxlen=WINDOW)
        self._pause = FIRST_PAUSE
        self._typical: float | None = None
        self._down_since: float | None = None
        self._open_until: float | None = None
        self._trying = False
        self._limited_until: float | None = None
        self._refused_since: float | None = None
        self._has_key = True

    def may_ask(self) -> bool:
        """Whether a request may go out now. While open, one may after the pause, and its outcome decides."""
        if self.is_refused:
            return False
        if self._open_until is None:
            return True
        if self._trying or self._clock() < self._open_until:
            return False
        self._trying = True
        return True

    def abandoned(self) -> None:
        """A request that was allowed did not go out after all."""
        self._trying = False

    @property
    def is_refused(self) -> bool:
        """Whether there is no key that the service takes."""
        return self._refused_since is not None or not self._has_key

    @property
    def is_open(self) -> bool:
        return self._open_until is not None

    @property
    def asks_again_at(self) -> float | None:
        """When it will let one request try; None while it is closed."""
        return self._open_until

    def answered(self, seconds: float) -> None:
        """Any answer at all came: the service is there."""
        self._in_a_row = 0
        self._recent.append(True)
        self._pause = FIRST_PAUSE
        self._open_until = self._down_since = None
        self._trying = False
        self._typical = seconds if self._typical is None else 0.8 * self._typical + 0.2 * seconds

    def failed(self) -> None:
        """No answer, or a 5xx."""
        now = self._clock()
        self._in_a_row += 1
        self._recent.append(False)
        if self._down_since is None:
            self._down_since = now
        half_failed = len(self._recent) == WINDOW and self._recent.count(False) * 2 >= WINDOW
        if self._trying or self._in_a_row >= OPEN_AFTER or half_failed:
            if self._open_until is not None and self._trying:
                self._pause = min(LONGEST_PAUSE, self._pause * 2)
            if self._trying or self._open_until is None:
                self._open_until = now + self._pause * (0.8 + 0.4 * self._draw())
            self._trying = False
            self._recent.clear()

    def limited(self, retry_after: float | None) -> None:
        """429: the service is there and asks for patience."""
        self._in_a_row = 0
        self._trying = False
        self._open_until = self._down_since = None
        self._limited_until = self._clock() + (retry_after or 1.0)

    def refused(self) -> bool:
        """401 or 403; whether this is news."""
        self._trying = False
        is_news = self._refused_since is None
        self._refused_since = self._refused_since if not is_news else self._clock()
        return is_news

    def key_changed(self, *, has_key: bool) -> None:
        """Another key is in use: what the old one was refused counts no more."""
        self._refused_since = None
        self._has_key = has_key

    def health(self) -> Health:
        """What the summary says of the API."""
        if not self._has_key:
            return Health(ApiState.NO_KEY)
        if self._refused_since is not None:
            return Health(ApiState.REFUSED, since=self._refused_since)
        if self._open_until is not None:
            return Health(ApiState.DOWN, since=self._down_since, until=self._open_until)
        if self._limited_until is not None and self._clock() < self._limited_until:
            return Health(ApiState.LIMITED, until=self._limited_until)
        if self._typical is None:
            return Health(ApiState.UNKNOWN)
        return Health(ApiState.SLOW if self._typical > SLOW else ApiState.OK, seconds=self._typical)
