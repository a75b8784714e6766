"""Flow: which line of which row stands where, worked out only as far down as somebody looked."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from camb_tui.ui.detail.parts import Line, Part

CACHE = 400
"""Rows whose drawn lines are kept."""


class Flow:
    """The parts of a page at one width, as lines."""

    def __init__(self, parts: Sequence[Part], width: int) -> None:
        self.width = max(1, width)
        self._parts = [part for part in parts if len(part)]
        self._firsts = list(accumulate((len(part) for part in self._parts), initial=0))
        self.rows = self._firsts[-1]
        self._starts = [0]
        """First line of every row measured so far, and where the next would start."""
        self._drawn: dict[int, list[Line]] = {}

    @property
    def measured(self) -> bool:
        """Whether the height is known rather than guessed."""
        return len(self._starts) > self.rows

    @property
    def height(self) -> int:
        """Lines of all rows; rows not measured yet are guessed to be as high as those that are."""
        known = len(self._starts) - 1
        left = self.rows - known
        if not left:
            return self._starts[-1]
        return self._starts[-1] + (left * self._starts[-1] // known if known else left)

    def measure(self, *, line: int | None = None, row: int | None = None, more: int | None = None) -> None:
        """Measure rows up to a line, a row, or so many more; all of them where nothing is said."""
        starts = self._starts
        known = len(starts) - 1
        stop = self.rows
        if row is not None:
            stop = min(stop, row + 1)
        if more is not None:
            stop = min(stop, known + more)
        while known < stop and (line is None or starts[-1] <= line):
            part = bisect_right(self._firsts, known) - 1
            first = self._firsts[part]
            height, width = self._parts[part].height, self.width
            for place in range(known - first, min(stop, self._firsts[part + 1]) - first):
                starts.append(starts[-1] + height(place, width))
                if line is not None and starts[-1] > line:
                    break
            known = len(starts) - 1

    def line(self, number: int) -> Line | None:
        """A line by its number, None below the last one."""
        self.measure(line=number)
        if number < 0 or number >= self._starts[-1]:
            return None
        row = bisect_right(self._starts, number) - 1
        return self._lines(row)[number - self._starts[row]]

    def row_at(self, number: int) -> int:
        """The row a line belongs to."""
        self.measure(line=number)
        return min(bisect_right(self._starts, number) - 1, max(0, self.rows - 1))

    def start_of(self, row: int) -> int:
        """The first line of a row."""
        self.measure(row=row)
        return self._starts[min(row, self.rows)]

    def _lines(self, row: int) -> list[Line]:
        found = self._drawn.get(row)
        if found is None:
            part = bisect_right(self._firsts, row) - 1
            found = self._parts[part].draw(row - self._firsts[part], self.width)
            if len(self._drawn) >= CACHE:
                self._drawn.clear()
            self._drawn[row] = found
        return found
