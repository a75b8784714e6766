"""Typing ahead: every key acts where the keys before it led, however many arrive at once.

The framework gives a key to whatever has the focus when the key arrives. A key that does more than write a letter acts
later, when it has gone from there over all parents back to the app. Over a slow link keys come in bursts, and what was
typed behind a tab would stand in the field before it, and what was typed behind `n` be commands to the list. So such a
key goes alone: it waits for the letters before it, and what comes behind it waits until it has acted.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.screen import Screen

_PATIENCE = 1.0
"""Seconds after which a key that has not acted holds up nobody any more."""
_FOCUS_PATIENCE = 0.3
"""Seconds in which a screen that a key opened finds its focus."""
_FOCUS_EVERY = 0.02

Input = events.Key | events.Paste


class TypingAhead:
    """The order of an app's keys."""

    def __init__(
        self, app: App[Any], act: Callable[[Input], Awaitable[None]], *, stays: Callable[[events.Key], bool]
    ) -> None:
        """Args:
        app: Whose keys.
        act: Lets the app take a key.
        stays: Whether a key acts in the focused widget at once and leads nowhere.
        """
        self._app, self._act, self._stays = app, act, stays
        self._waiting: deque[Input] = deque()
        self._wrote = False
        """Letters went out since a key was last waited for."""
        self._since: float | None = None
        """When the key that is waited for went out."""
        self._screen: Screen[Any] | None = None

    def must_wait(self, event: Input) -> bool:
        """Whether the app must not take this key now; it will be given it then."""
        if self._since is not None:
            self._waiting.append(event)
            if time.monotonic() - self._since > _PATIENCE:
                self._app.call_later(self._go_on)
            return True
        if self._leads_nowhere(event):
            self._wrote = True
            return False
        self._waiting.append(event)
        self._since = time.monotonic()
        if self._wrote:
            self._climb(self._path(), self._let_through)
        else:
            self._app.call_later(self._let_through)
        return True

    def _leads_nowhere(self, event: Input) -> bool:
        return isinstance(event, events.Paste) or self._stays(event)

    async def _let_through(self) -> None:
        """The next key acts alone."""
        self._wrote = False
        self._since, self._screen = time.monotonic(), self._app.screen
        path = self._path()
        await self._act(self._waiting.popleft())
        self._climb(path, self._acted)

    async def _acted(self) -> None:
        screen = self._app.screen
        waited = time.monotonic() - self._since if self._since is not None else _PATIENCE
        if screen is not self._screen and screen.focused is None and self._waiting and waited < _FOCUS_PATIENCE:
            self._app.set_timer(_FOCUS_EVERY, self._acted)
        else:
            await self._go_on()

    async def _go_on(self) -> None:
        """Let through what waits, up to the next key that goes alone."""
        self._since = None
        while self._waiting:
            if not self._leads_nowhere(self._waiting[0]):
                event = self._waiting.popleft()
                behind, self._waiting = self._waiting, deque()
                self.must_wait(event)
                self._waiting.extend(behind)
                return
            self._wrote = True
            await self._act(self._waiting.popleft())

    def _path(self) -> list[DOMNode]:
        """Where a key passes on its way back to the app."""
        return list((self._app.focused or self._app.screen).ancestors_with_self)

    def _climb(self, path: list[DOMNode], then: Callable[[], Awaitable[None]]) -> None:
        """Call `then` when every message that these have now, and what they pass to their parents, was handled."""
        for place, node in enumerate(path[:-1]):
            if node.call_later(self._climb, path[place + 1 :], then):
                return
        self._app.call_later(self._app.call_later, then)  # once more: what the key did may have moved the focus so
