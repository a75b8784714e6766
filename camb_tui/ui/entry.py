"""Entry: a one-line input without border or blinking cursor, for the filter, the command line and a task id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class Entry(Input):
    """One line of text; esc and the arrows leave it."""

    DEFAULT_CSS = """
    Entry, Entry:focus {
        height: 1; border: none; padding: 0; width: 1fr; background: $background; color: $foreground;
        background-tint: transparent;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", show=False, id="entry.cancel"),
        Binding("down,tab", "leave", "To the list", show=False, id="entry.leave"),
    ]

    @dataclass
    class Cancelled(Message):
        """The user gave up; what was typed does not count."""

        entry: Entry

        @property
        def control(self) -> Entry:
            return self.entry

    @dataclass
    class Left(Message):
        """The user went on to the list; what was typed stays."""

        entry: Entry

        @property
        def control(self) -> Entry:
            return self.entry

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(placeholder=placeholder, id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False

    def action_cancel(self) -> None:
        self.post_message(self.Cancelled(self))

    def action_leave(self) -> None:
        self.post_message(self.Left(self))
