"""Parts: what a tab consists of, as rows that become lines only when a width is known and someone looks.

Pure text with names of looks; knows no widget. A look is the suffix of one of the page's component classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from rich.cells import cell_len

from camb_tui.domain.text import one_line, safe
from camb_tui.ui.detail.wrapping import glued, wrap

LABEL = 10
"""Cells of the column of labels, the blank after it included."""
GAP = "   "


class Span(NamedTuple):
    """A stretch of one line in one look."""

    text: str
    look: str = ""


Line = tuple[Span, ...]


class Part(Protocol):
    """A run of rows. Rows are drawn one by one, so that of fifty thousand only the visible ones are."""

    def __len__(self) -> int: ...

    def height(self, place: int, width: int) -> int:
        """Lines the row takes at this width; the same as `draw` gives."""
        ...

    def draw(self, place: int, width: int) -> list[Line]:
        """The lines of the row."""
        ...


class Row(NamedTuple):
    """A lead of spans and a text that wraps to the right of it. The text must be safe."""

    text: str = ""
    look: str = ""
    lead: Line = ()

    def draw(self, width: int) -> list[Line]:
        """The row's lines; where there is too little room beside it, a long lead stands on a line of its own."""
        size = sum(cell_len(span.text) for span in self.lead)
        if self._is_better_below(size, width):
            rest = wrap(self.text, width - 2) if self.text else []
            return [self.lead, *((Span("  "), Span(line, self.look)) for line in rest)]
        first, *further = wrap(self.text, width - size)
        pad = Span(" " * size)
        lines: list[Line] = [(*self.lead, Span(first, self.look)) if first else self.lead]
        return lines + [(pad, Span(line, self.look)) if size else (Span(line, self.look),) for line in further]

    def _is_better_below(self, size: int, width: int) -> bool:
        """Whether the text would be squeezed beside the lead, or an address be cut that fits on a line of its own."""
        if not size or size + cell_len(self.text) <= width:
            return False
        words = self.text.split(" ") if self.text.isascii() and len(self.text) < 2_000 else ()
        return size > width // 2 or (size > LABEL and any(width - size < len(word) for word in words))


class Block:
    """A handful of rows, held as they are."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = tuple(rows)

    def __len__(self) -> int:
        return len(self.rows)

    def height(self, place: int, width: int) -> int:
        return len(self.rows[place].draw(width))

    def draw(self, place: int, width: int) -> list[Line]:
        return self.rows[place].draw(width)


class LazyRows:
    """Many rows, each made when it is looked at."""

    def __init__(self, count: int, make: Callable[[int], Row]) -> None:
        self.count = count
        self.make = make

    def __len__(self) -> int:
        return self.count

    def height(self, place: int, width: int) -> int:
        return len(self.draw(place, width))

    def draw(self, place: int, width: int) -> list[Line]:
        return self.make(place).draw(width)


BLANK = Row()


def heading(text: str, look: str = "heading") -> Row:
    """A quiet heading of a block."""
    return Row(one_line(text, 200), look)


def label(name: str) -> Span:
    """A name in the column of labels."""
    return Span(f"{name:<{LABEL - 1}} ", "label")


def labelled(name: str, value: str, look: str = "") -> Row:
    """A label and its value, which must be safe."""
    return Row(value, look, (label(name),))


def facts(name: str, values: Iterable[str]) -> Row:
    """A label and several short values, which stay whole where they wrap."""
    return labelled(name, GAP.join(glued(one_line(value, 200)) for value in values if value))


def text_rows(text: str, *, limit: int = 20_000, look: str = "", lead: Line = ()) -> list[Row]:
    """A long text from anywhere as one row a paragraph, so that its end costs nothing while its start is read."""
    first, *further = safe(text, limit).rstrip("\n").split("\n")
    pad = (Span(" " * sum(cell_len(span.text) for span in lead)),) if lead else ()
    return [Row(first, look, lead), *(Row(line, look, pad) for line in further)]


def plain(parts: Sequence[Part], width: int = 80) -> str:
    """All lines of the parts as bare text; what tests and copying read."""
    lines = [line for part in parts for place in range(len(part)) for line in part.draw(place, width)]
    return "\n".join("".join(span.text for span in line).rstrip() for line in lines)
