"""The detail pane's title line: what is shown, and the tabs, in one row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from camb_tui.domain.text import fit, one_line
from camb_tui.ui.detail.page import PLAIN_SIGNS

RULE, ASCII_RULE = "╌", "-"  # not the plain box line, which is two cells wide in some terminals
LEAST_NAME = 8
NAME_WISHES = 24
"""Cells of a name for which tabs are written short; in a narrow pane it is the name one looks for."""
_SHORT = 3


class TitleLine(Widget):
    """Name at the left, tabs at the right, the present one in brackets."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"title--rule", "title--name", "title--tab", "title--present"}
    DEFAULT_CSS = """
    TitleLine { height: 1; background: $background; }
    TitleLine > .title--rule { color: $text-muted; }
    TitleLine > .title--name { color: $foreground; text-style: bold; }
    TitleLine > .title--tab { color: $text-muted; }
    TitleLine > .title--present { color: $foreground; text-style: bold; }
    """

    ALLOW_SELECT = False

    @dataclass
    class TabPicked(Message):
        """The user clicked a tab."""

        tab: str

    def __init__(self, tabs: tuple[str, ...], *, ascii: bool = False) -> None:  # noqa: A002 - as in the settings
        super().__init__()
        self.tabs = tabs
        self.present = tabs[0]
        self.label = ""
        self.ascii = ascii

    def show(self, name: str, present: str) -> None:
        """Repaint, if that is something else than before."""
        name = one_line(name, 300)
        if self.ascii:
            name = name.translate(PLAIN_SIGNS)
        if (name, present) != (self.label, self.present):
            self.label, self.present = name, present
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Show the tab under the pointer."""
        place = 0
        for text, _, tab in self._pieces():
            place += cell_len(text)
            if event.x < place:
                if tab:
                    self.post_message(self.TabPicked(tab))
                return

    def render_line(self, y: int) -> Strip:
        segments = [Segment(text, self.get_component_rich_style(f"title--{look}")) for text, look, _ in self._pieces()]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def _pieces(self) -> list[tuple[str, str, str]]:
        """Text, look and tab (empty for none) of each piece from left to right, exactly as wide as the widget."""
        width = self.size.width
        rule = ASCII_RULE if self.ascii else RULE
        tabs = self._tabs(width)
        taken = sum(cell_len(text) for text, _, _ in tabs) + 6
        room = width - taken - 1
        name = self.label
        if cell_len(name) > room:
            name = fit(name, max(0, room), middle=True)
            name = name.translate(PLAIN_SIGNS) if self.ascii else name
        left = f" {name} " if name.strip() else ""
        fill = max(0, width - taken - cell_len(left) + 1)
        return [
            (rule * 2, "rule", ""), (left, "name", ""), (rule * fill, "rule", ""), (" ", "rule", ""), *tabs,
            (" ", "rule", ""), (rule, "rule", ""),
        ]  # fmt: skip

    def _tabs(self, width: int) -> list[tuple[str, str, str]]:
        every: list[tuple[str, str, str]] = []
        for tab in self.tabs:
            look = "present" if tab == self.present else "tab"
            every.append((f"[{tab}]" if tab == self.present else f" {tab} ", look, tab))
        if sum(len(text) for text, _, _ in every) + NAME_WISHES + 8 <= width:
            return every
        close = [(text.strip(), look, tab) for text, look, tab in every]
        short = [(text if tab == self.present else text[:_SHORT], look, tab) for text, look, tab in close]
        for pieces, least in ((close, NAME_WISHES), (short, LEAST_NAME)):
            if sum(len(text) + 1 for text, _, _ in pieces) + least + 7 <= width:
                return [piece for one in pieces for piece in ((" ", "rule", ""), one)][1:]
        place = self.tabs.index(self.present) + 1
        return [(f"[{self.present}]", "present", self.present), (f" {place}/{len(self.tabs)}", "tab", "")]
