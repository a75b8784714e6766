"""Line: a widget that shows styled text it is given and repaints only when that text changed.

It never asks for a new layout, which is what makes a `Static` costly on the wire.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from textual.content import Content
from textual.widget import Widget

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

    @property
    def text(self) -> str:
        """What is shown, without its styles."""
        return self._content.plain

    def put(self, parts: Iterable[Part]) -> bool:
        """Show these parts; True where that was something new."""
        content = Content.assemble(*parts)
        if content.is_same(self._content):
            return False
        self._content = content
        self.refresh()
        return True

    def render(self) -> Content:
        return self._content
