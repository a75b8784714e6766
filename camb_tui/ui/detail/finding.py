"""Finding: which rows of a page hold a word. Reads rows one by one, and those of transcripts without drawing them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from camb_tui.ui.detail.parts import Part

WIDTH = 10_000
"""Cells in which a row is looked at: so many that a word is not broken over two lines."""


class Finder:
    """A word and the rows that hold it, whatever their case."""

    def __init__(self, parts: Sequence[Part], word: str) -> None:
        self.parts = parts
        self.word = word
        needle = word.casefold()
        self.rows: list[int] = []
        first = 0
        for part in parts:
            self.rows += [first + place for place in range(len(part)) if needle in row_text(part, place).casefold()]
            first += len(part)

    def next_row(self, row: int, step: int) -> int | None:
        """The next row with the word after `row`, or the one before it, round the end; None where there is none."""
        if not self.rows:
            return None
        place = bisect_right(self.rows, row) if step > 0 else bisect_left(self.rows, row) - 1
        return self.rows[place % len(self.rows)]

    def words(self, row: int | None) -> str:
        """Which of how many, for the user."""
        if row is None:
            return f"{self.word!r} is not in here"
        return f"{self.word!r}: {self.rows.index(row) + 1} of {len(self.rows)}"


def row_text(part: Part, place: int) -> str:
    """A row's text, from the part itself where it can tell."""
    read = getattr(part, "row_text", None)
    if read is not None:
        return str(read(place))
    return "\n".join("".join(span.text for span in line) for line in part.draw(place, WIDTH))
