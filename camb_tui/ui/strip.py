"""The bottom line: notices with their time, yes-or-no questions, and small menus; never a toast, never a modal.

A question is deaf for a moment after it appears and is never confirmed by the key that opened it, because on a slow
link the next key is often pressed before the question is seen. The screen hands it keys; it says whether it used them.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from camb_tui.domain.text import fit, one_line
from camb_tui.services.changes import Severity
from camb_tui.ui.line import Line, Part
from camb_tui.ui.words import clock_text

DEAF_SECONDS = 0.3
_KEPT = 50
_NO = ("n", "N", "escape", "enter")
_STYLES = {Severity.INFO: "$foreground", Severity.WARNING: "$text-warning", Severity.ERROR: "$text-error"}
_SIGNS = {Severity.INFO: "", Severity.WARNING: "! ", Severity.ERROR: "!! "}


class Said(NamedTuple):
    """A notice and when it was given."""

    at: float
    text: str
    severity: Severity


class Option(NamedTuple):
    """One entry of a menu: the key that takes it and its words."""

    key: str
    words: str


class _Question(NamedTuple):
    words: str
    then: Callable[[bool], None]
    opened_by: str
    deaf_until: float
    others: tuple[Option, ...] = ()
    take: Callable[[str], None] = lambda key: None


class _Menu(NamedTuple):
    words: str
    options: tuple[Option, ...]
    then: Callable[[str], None]


class BottomLine(Line):
    """Shows the last notices, or the question that waits for an answer."""

    DEFAULT_CSS = """
    BottomLine { height: 1; padding: 0 1; color: $foreground; }
    """

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
        clock: Callable[[], float] = time.time,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args:
        id: The widget's id.
        clock: Seconds since the epoch, for the notices' times.
        tick: A clock that never jumps, for the deaf moment.
        """
        super().__init__(id=id)
        self._clock, self._tick = clock, tick
        self._said: deque[Said] = deque(maxlen=_KEPT)
        self._asked: _Question | _Menu | None = None
        self._lines = 1

    @property
    def is_asking(self) -> bool:
        """Whether keys belong to a question or a menu."""
        return self._asked is not None

    @property
    def said(self) -> tuple[Said, ...]:
        """The notices still known, oldest first."""
        return tuple(self._said)

    def say(self, text: str, severity: Severity = Severity.INFO) -> None:
        """Give a notice; it waits behind an open question."""
        self._said.append(Said(self._clock(), one_line(text), severity))
        self._draw()

    def ask(
        self,
        words: str,
        then: Callable[[bool], None],
        *,
        opened_by: str = "",
        others: Sequence[Option] = (),
        take: Callable[[str], None] = lambda key: None,
    ) -> None:
        """Ask a yes-or-no question; `then` gets the answer, and a question it replaces is answered no.

        `others` are further answers; `take` gets the key of the one taken.
        """
        self.cancel()
        deaf_until = self._tick() + DEAF_SECONDS
        self._asked = _Question(one_line(words), then, opened_by, deaf_until, tuple(others), take)
        self._draw()

    def choose(self, words: str, options: Sequence[Option], then: Callable[[str], None]) -> None:
        """Offer a menu; `then` gets the key of the option taken, and is not called when none is."""
        self.cancel()
        self._asked = _Menu(one_line(words), tuple(options), then)
        self._draw()

    def cancel(self) -> None:
        """Take an open question for a no."""
        self._answer(yes=False)

    def take_key(self, key: str, character: str | None = None) -> bool:
        """Give an open question a key; True where one was open, and the key is used up."""
        asked = self._asked
        if asked is None:
            return False
        pressed = character if character and character.isprintable() else key
        if isinstance(asked, _Menu):
            taken = next((option for option in asked.options if option.key == pressed), None)
            if taken is not None or key in ("escape", "enter", "q"):
                self._asked = None
                self._draw()
                if taken is not None:
                    asked.then(taken.key)
        elif self._tick() >= asked.deaf_until:
            if pressed in _NO or key in _NO:
                self._answer(yes=False)
            elif pressed in ("y", "Y") and asked.opened_by not in (pressed, key):
                self._answer(yes=True)
            elif pressed in {option.key for option in asked.others}:
                self._asked = None
                self._draw()
                asked.take(pressed)
        return True

    def give_lines(self, lines: int) -> None:
        """Show so many lines of notices; the parent has made room for them."""
        if lines != self._lines:
            self._lines = lines
            self.styles.height = lines
            self._draw()

    def _answer(self, *, yes: bool) -> None:
        asked, self._asked = self._asked, None
        if asked is None:
            return
        self._draw()
        if isinstance(asked, _Question):
            asked.then(yes)

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        """What stands on the lines: the newest notice at the bottom, or the question in its place."""
        width = max(self.size.width or self.app.size.width - 2, 10) if self.is_attached else 200
        room = self._lines - (self._asked is not None)
        shown = list(self._said)[-room:] if room else []
        rows: list[list[Part]] = [[] for _ in range(room - len(shown))]
        rows += [self._notice(said, width) for said in shown]
        if self._asked is not None:
            rows.append(self._question(self._asked, width))
        self.put(part for place, row in enumerate(rows) for part in (["\n", *row] if place else row))

    def _notice(self, said: Said, width: int) -> list[Part]:
        when = clock_text(said.at, now=said.at)[:5] + "  "
        words = _SIGNS[said.severity] + said.text
        return [(when, "$text-muted"), (fit(words, width - len(when)).rstrip(), _STYLES[said.severity])]

    @staticmethod
    def _question(asked: _Question | _Menu, width: int) -> list[Part]:
        if isinstance(asked, _Question):
            answers = "  y / N" + "".join(f"  {option.key} {option.words}" for option in asked.others)
            return [
                (fit(asked.words, min(width - len(answers), len(asked.words) + 4)).rstrip(), "bold $text-warning"),
                (answers, "bold $text-primary"),
            ]
        parts: list[Part] = [(asked.words, "bold $text-primary")]
        for option in asked.options:
            parts += [("  " + option.key, "bold $text-primary"), (" " + option.words, "$foreground")]
        return parts
