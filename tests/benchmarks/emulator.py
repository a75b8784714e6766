"""A terminal's screen rebuilt from the bytes a program wrote, fast enough to follow megabytes per second.

Works on whole runs of text: one list of characters and one of styles per line. Knows what full-screen programs send;
what it does not know, it passes over.
"""

from __future__ import annotations

import codecs
import collections
import re
import unicodedata
from collections.abc import Callable

from tests.benchmarks.sgr import PLAIN, REVERSE, Style, apply_sgr

_TOKEN = re.compile(
    r"\x1b\[(?P<par>[0-?]*)(?P<mid>[ -/]*)(?P<fin>[@-~])"  # CSI
    r"|\x1b[P_^X\]](?P<str>[^\x07\x1b]*)(?:\x07|\x1b\\)"  # DCS APC PM SOS OSC
    r"|\x1b(?P<esc>[ #%()*+\-./][0-~]|[0-~])"
    r"|(?P<txt>[^\x00-\x1f\x7f]+)|(?P<ctl>[\x00-\x1f\x7f])"
)
_UNFINISHED = re.compile(r"\x1b(?:$|\[[0-?]*[ -/]*$|[ #%()*+\-./]$|[P_^X\]][^\x07\x1b]*\x1b?$)")
_LOOK_BACK = 8192
"""Characters at a chunk's end in which an unfinished sequence is looked for."""
_STYLES_KEPT = 20_000

Cells = list[list[str]]
Styles = list[list[Style]]


class Emulator:
    """The screen of a terminal of a fixed size."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self._known: dict[tuple[Style, str], Style] = {}
        self._widths: dict[str, int] = {}
        self._wanted: dict[str, Callable[[list[int], int], None]] = self._commands()
        self._reset()

    def _reset(self) -> None:
        self.cells: Cells = [[" "] * self.columns for _ in range(self.rows)]
        self.styles: Styles = [[PLAIN] * self.columns for _ in range(self.rows)]
        self.x = self.y = 0
        self._style = PLAIN
        self._wrap_next = False
        self._top, self._bottom = 0, self.rows - 1
        self._saved = (0, 0, PLAIN)
        self._main: tuple[Cells, Styles, int, int, Style] | None = None  # while on the alternate screen
        self._last = " "

    # What is on the screen

    def line(self, y: int) -> str:
        """The text of one line, padded to the screen's width."""
        return "".join(self.cells[y])

    def text(self) -> str:
        """The whole screen."""
        return "\n".join(map("".join, self.cells))

    def is_painted(self) -> bool:
        """True when any cell shows something: a character or a background."""
        return any(
            "".join(row).strip() or any(style.bg is not None or style.flags & REVERSE for style in set(styles))
            for row, styles in zip(self.cells, self.styles, strict=True)
        )

    def grounds(self) -> tuple[object, ...]:
        """The commonest background of each line: a moved cursor line shows in it, changed words do not."""
        return tuple(
            collections.Counter(style.ground for style in styles).most_common(1)[0][0] for styles in self.styles
        )

    # Input

    def feed(self, data: bytes) -> None:
        """Take in what the program wrote; a chunk may end anywhere."""
        text = self._held + self._decoder.decode(data)
        tail = _UNFINISHED.search(text, max(0, len(text) - _LOOK_BACK))
        self._held, text = (text[tail.start() :], text[: tail.start()]) if tail else ("", text)
        for token in _TOKEN.finditer(text):
            kind = token.lastgroup
            if kind == "txt":
                self._write(token.group())
            elif kind == "fin":
                self._control_sequence(token["par"], token["mid"], token["fin"])
            elif kind == "ctl":
                self._control(token.group())
            elif kind == "esc":
                self._escape(token["esc"])

    def _width(self, char: str) -> int:
        width = self._widths.get(char)
        if width is None:
            if unicodedata.combining(char) or char in "\u200b\u200d\ufe0e\ufe0f":
                width = 0
            else:
                width = 2 if unicodedata.east_asian_width(char) in "WF" else 1
            self._widths[char] = width
        return width

    def _write(self, text: str) -> None:
        self._last = text[-1]
        if text.isascii() or all(self._width(char) == 1 for char in text):
            self._put(text)
            return
        for char in text:
            if width := self._width(char):
                self._put(char, width)

    def _put(self, text: str, width: int = 1) -> None:
        while text:
            if self._wrap_next or (width == 2 and self.x == self.columns - 1):
                self._wrap_next, self.x = False, 0
                self._index()
            room = self.columns - self.x
            part = [*text[:room]] if width == 1 else [text, ""]
            size = len(part)
            self.cells[self.y][self.x : self.x + size] = part
            self.styles[self.y][self.x : self.x + size] = [self._style] * size
            text = text[room:] if width == 1 else ""
            self.x += size
            if self.x >= self.columns:
                self.x, self._wrap_next = self.columns - 1, True

    def _control(self, char: str) -> None:
        if char == "\r":
            self.x, self._wrap_next = 0, False
        elif char in "\n\x0b\x0c":
            self._wrap_next = False
            self._index()
        elif char == "\b":
            self.x, self._wrap_next = max(0, self.x - 1), False
        elif char == "\t":
            self.x = min(self.columns - 1, (self.x // 8 + 1) * 8)

    def _escape(self, code: str) -> None:
        if code == "7":
            self._saved = (self.x, self.y, self._style)
        elif code == "8":
            self.x, self.y, self._style = self._saved
        elif code in "DE":
            self.x = 0 if code == "E" else self.x
            self._index()
        elif code == "M" and self.y == self._top:
            self._scroll(self._top, self._bottom, -1)
        elif code == "M":
            self.y = max(0, self.y - 1)
        elif code == "c":
            self._reset()

    def _index(self) -> None:
        if self.y == self._bottom:
            self._scroll(self._top, self._bottom, 1)
        else:
            self.y = min(self.rows - 1, self.y + 1)

    def _scroll(self, top: int, bottom: int, count: int) -> None:
        gone, new = (top, bottom) if count > 0 else (bottom, top)
        for _ in range(min(abs(count), bottom - top + 1)):
            del self.cells[gone], self.styles[gone]
            self.cells.insert(new, [" "] * self.columns)
            self.styles.insert(new, [self._blank()] * self.columns)

    def _blank(self) -> Style:
        return Style(None, self._style.bg, 0)

    def _erase(self, y: int, start: int, end: int) -> None:
        start, end = max(0, start), min(self.columns, end)
        if end > start:
            self.cells[y][start:end] = [" "] * (end - start)
            self.styles[y][start:end] = [self._blank()] * (end - start)

    # Control sequences

    def _control_sequence(self, parameters: str, middle: str, final: str) -> None:
        if middle or parameters[:1] in ("<", "=", ">"):
            return
        if parameters[:1] == "?":
            if final in "hl" and {"1049", "1047", "47"} & {*parameters[1:].split(";")}:
                self._switch_screen(on=final == "h")
        elif final == "m":
            self._set_style(parameters)
        elif final in self._wanted:
            numbers = [int(part) if part.isdigit() else 0 for part in parameters.split(";")]
            self._wanted[final](numbers, numbers[0] or 1)
            self._wrap_next = self._wrap_next and final == "b"

    def _commands(self) -> dict[str, Callable[[list[int], int], None]]:
        """What each final byte does, given the numbers and the first of them (1 where it is missing or 0)."""
        moves: dict[str, Callable[[int], tuple[int, int]]] = {
            "A": lambda n: (self.x, self.y - n),
            "B": lambda n: (self.x, self.y + n),
            "C": lambda n: (self.x + n, self.y),
            "D": lambda n: (self.x - n, self.y),
            "E": lambda n: (0, self.y + n),
            "F": lambda n: (0, self.y - n),
            "G": lambda n: (n - 1, self.y),
            "d": lambda n: (self.x, n - 1),
        }
        wanted = {final: self._mover(move) for final, move in moves.items()}
        wanted["H"] = wanted["f"] = lambda ps, n: self._move((ps[1] if len(ps) > 1 and ps[1] else 1) - 1, n - 1)
        wanted["J"] = lambda ps, _n: self._erase_screen(ps[0])
        wanted["K"] = lambda ps, _n: self._erase_line(ps[0])
        wanted["X"] = lambda _ps, n: self._erase(self.y, self.x, self.x + n)
        wanted["P"] = lambda _ps, n: self._shift(-n)
        wanted["@"] = lambda _ps, n: self._shift(n)
        wanted["L"] = lambda _ps, n: self._scroll(self.y, self._bottom, -n)
        wanted["M"] = lambda _ps, n: self._scroll(self.y, self._bottom, n)
        wanted["S"] = lambda _ps, n: self._scroll(self._top, self._bottom, n)
        wanted["T"] = lambda _ps, n: self._scroll(self._top, self._bottom, -n)
        wanted["b"] = lambda _ps, n: self._put(self._last * n)
        wanted["r"] = self._set_margins
        return wanted

    def _mover(self, move: Callable[[int], tuple[int, int]]) -> Callable[[list[int], int], None]:
        return lambda _ps, n: self._move(*move(n))

    def _move(self, x: int, y: int) -> None:
        self.x, self.y = min(max(x, 0), self.columns - 1), min(max(y, 0), self.rows - 1)

    def _set_margins(self, numbers: list[int], first: int) -> None:
        self._top = first - 1
        self._bottom = min(self.rows, (numbers[1] if len(numbers) > 1 else 0) or self.rows) - 1
        self._move(0, 0)

    def _erase_screen(self, how: int) -> None:
        if how == 0:
            self._erase(self.y, self.x, self.columns)
        elif how == 1:
            self._erase(self.y, 0, self.x + 1)
        lines = {0: range(self.y + 1, self.rows), 1: range(self.y)}.get(how, range(self.rows))
        for y in lines:
            self._erase(y, 0, self.columns)

    def _erase_line(self, how: int) -> None:
        self._erase(self.y, 0 if how else self.x, self.x + 1 if how == 1 else self.columns)

    def _shift(self, count: int) -> None:
        """Insert blanks at the cursor, or with a negative count take characters away there."""
        row, styles, x = self.cells[self.y], self.styles[self.y], self.x
        if count < 0:
            del row[x : x - count], styles[x : x - count]
            short = self.columns - len(row)
            row += [" "] * short
            styles += [self._blank()] * short
        else:
            row[x:x] = [" "] * count
            styles[x:x] = [self._blank()] * count
            del row[self.columns :], styles[self.columns :]

    def _switch_screen(self, *, on: bool) -> None:
        if on and self._main is None:
            self._main = (self.cells, self.styles, self.x, self.y, self._style)
            self.cells = [[" "] * self.columns for _ in range(self.rows)]
            self.styles = [[PLAIN] * self.columns for _ in range(self.rows)]
        elif not on and self._main is not None:
            self.cells, self.styles, self.x, self.y, self._style = self._main
            self._main = None

    def _set_style(self, parameters: str) -> None:
        known = self._known.get((self._style, parameters))
        if known is None:
            if len(self._known) > _STYLES_KEPT:
                self._known.clear()
            known = self._known[self._style, parameters] = apply_sgr(self._style, parameters)
        self._style = known
