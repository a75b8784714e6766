"""The bottom line: notices with their time, yes-or-no questions, and small menus; never a toast, never a modal.

A question is deaf for a moment after it appears and is never confirmed by the key that opened it, because on a slow
link the next key is often pressed before the question is seen. The screen hands it keys; it says whether it used them.
What does not fit is continued on the line below for as long as it is asked, or until the next key.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from camb_tui.domain.text import cell_width, fit, one_line
from camb_tui.services.changes import Severity
from camb_tui.ui.detail.wrapping import wrap
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
        lend: Callable[[Sequence[Part] | None], None] | None = None,
    ) -> None:
        """Args:
        id: The widget's id.
        clock: Seconds since the epoch, for the notices' times.
        tick: A clock that never jumps, for the deaf moment.
        lend: Shows parts on the line below, or with None what stands there otherwise; None where there is no such line.
        """
        super().__init__(id=id)
        self._clock, self._tick, self._lend = clock, tick, lend
        self._is_fresh = False
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
        self._is_fresh = True
        self._draw()

    def settle(self) -> None:
        """The user has read on: a notice takes one line from now on."""
        if self._is_fresh:
            self._is_fresh = False
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
        most = max(self._lines, 1 + (self._lend is not None))
        newest: list[list[Part]] = []
        if self._asked is not None:
            newest = self._question(self._asked, width, most)
        elif self._said:
            newest = self._notice(self._said[-1], width, most if self._is_fresh else 1)
        room = max(self._lines - len(newest), 0)
        older = list(self._said)[: None if self._asked is not None else -1][-room:] if room else []
        rows: list[list[Part]] = [[] for _ in range(room - len(older))]
        rows += [row for said in older for row in self._notice(said, width, 1)] + newest
        if self._lend is not None:
            self._lend(rows[self._lines] if len(rows) > self._lines else None)
        self.put(part for place, row in enumerate(rows[: self._lines]) for part in (["\n", *row] if place else row))

    def _notice(self, said: Said, width: int, most: int) -> list[list[Part]]:
        when = clock_text(said.at, now=said.at)[:5] + "  "
        lines = _lines(_SIGNS[said.severity] + said.text, width - len(when), most)
        times = [when] + [" " * len(when)] * len(lines)
        return [
            [(time, "$text-muted"), (line, _STYLES[said.severity])] for time, line in zip(times, lines, strict=False)
        ]

    @staticmethod
    def _question(asked: _Question | _Menu, width: int, most: int) -> list[list[Part]]:
        if isinstance(asked, _Menu):
            return _menu(asked, width, most)
        answers = "  y / N" + "".join(f"  {option.key} {option.words}" for option in asked.others)
        answers = fit(answers, min(len(answers), width))
        lines = _lines(asked.words, width, most, last=width - len(answers))
        rows: list[list[Part]] = [[(line, "bold $text-warning")] for line in lines]
        rows[-1].append((answers if lines[-1] else answers.lstrip(), "bold $text-primary"))
        return rows


def _lines(text: str, width: int, most: int, *, last: int | None = None) -> list[str]:
    """The text in at most so many lines, the last of which has `last` cells; cut where that is too little."""
    last = max(width if last is None else last, 0)
    if most < 2 or cell_width(text) <= last:
        return [fit(text, min(last, cell_width(text))).rstrip()]
    first, *rest = wrap(text, width)
    return [first, *_lines(" ".join(rest), width, most - 1, last=last)]


def _menu(asked: _Menu, width: int, most: int) -> list[list[Part]]:
    """What is asked, and its options one after the other."""
    rows: list[list[Part]] = [[(asked.words, "bold $text-primary")]]
    used = cell_width(asked.words)
    for option in asked.options:
        cells = 3 + cell_width(option.key + option.words)
        if used + cells > width and len(rows) < most:
            rows.append([])
            used = 0
        rows[-1] += [("  " + option.key, "bold $text-primary"), (" " + option.words, "$foreground")]
        used += cells
    return rows
