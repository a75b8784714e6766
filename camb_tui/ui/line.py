"""Line: a widget that shows styled text it is given and repaints only the parts of it that changed.

It never asks for a new layout, which is what makes a `Static` costly on the wire.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TypeAlias

from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget

from camb_tui.domain.text import cell_width

Part: TypeAlias = "str | tuple[str, str]"
"""A text, or a text with its style such as `$text-error`."""


class Line(Widget):
    """Text of a fixed place; the parent says what stands in it."""

    DEFAULT_CSS = """
    Line { height: 1; width: 1fr; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._content = Content("")
        self._parts: tuple[Part, ...] = ()

    @property
    def text(self) -> str:
        """What is shown, without its styles."""
        return self._content.plain

    def put(self, parts: Iterable[Part]) -> bool:
        """Show these parts; True where that was something new."""
        shown, self._parts = self._parts, tuple(parts)
        if shown == self._parts:
            return False
        self._content = Content.assemble(*self._parts)
        self.refresh(*changed_cells(shown, self._parts))
        return True

    def render(self) -> Content:
        return self._content


def changed_cells(old: Sequence[Part], new: Sequence[Part]) -> list[Region]:
    """Where two versions of a text read differently; nothing where they have not as many lines, which is everywhere."""
    before, after = _lines(old), _lines(new)
    if len(before) != len(after):
        return []
    return [
        Region(start, y, width, 1)
        for y, (one, other) in enumerate(zip(before, after, strict=True))
        for start, width in _differences(one, other)
    ]


def _differences(old: Sequence[Part], new: Sequence[Part]) -> Iterator[tuple[int, int]]:
    """Start and width of what differs in a line."""
    column = 0
    for place, (before, after) in enumerate(zip_longest(old, new, fillvalue="")):
        width = cell_width(_text(after))
        if cell_width(_text(before)) != width:  # what follows stands elsewhere now
            yield column, max(sum(cell_width(_text(part)) for part in parts[place:]) for parts in (old, new))
            return
        if before != after:
            yield column, width
        column += width


def _lines(parts: Sequence[Part]) -> list[list[Part]]:
    """The parts of each line."""
    lines: list[list[Part]] = [[]]
    for part in parts:
        first, *rest = _text(part).split("\n")
        lines[-1].append(first if isinstance(part, str) else (first, part[1]))
        lines += [[text if isinstance(part, str) else (text, part[1])] for text in rest]
    return lines


def _text(part: Part) -> str:
    return part if isinstance(part, str) else part[0]
