"""The keys line: what can be pressed here, from the registry, as much of it as the width takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from camb_tui.ui.keys import BY_ID, Keys, offered
from camb_tui.ui.line import Line, Part

FILTER_HINTS = (("", "enter", "to the list"), ("", "esc", "clear"))
ENTRY_HINTS = (("", "enter", "go"), ("", "esc", "cancel"))
_MORE = ("task.adopt", "task.look", "task.archive", "task.resume", "view.sort", "app.command", "app.back")
_GAP = 2


class KeysLine(Line):
    """Keys with their words; a click does what the key does."""

    DEFAULT_CSS = """
    KeysLine { padding: 0 1; }
    """

    @dataclass
    class Pressed(Message):
        """The user clicked an action."""

        action_id: str

    def __init__(self, keys: Keys, *, read_only: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._keys = keys
        self._read_only = read_only
        self._hints: Sequence[tuple[str, str, str]] | None = None
        self._spans: list[tuple[int, int, str]] = []
        self._lent: Sequence[Part] | None = None

    def lend(self, parts: Sequence[Part] | None) -> None:
        """Show what has no room on the line above, or with None the keys again."""
        if parts != self._lent:
            self._lent = parts
            self._draw()

    def show_hints(self, hints: Sequence[tuple[str, str, str]] | None) -> None:
        """Show these (action id, key, words) instead of the list's keys, or the list's keys again."""
        self._hints = hints
        self._draw()

    def set_read_only(self, read_only: bool) -> None:
        """Leave out what sends, or show it again."""
        if read_only != self._read_only:
            self._read_only = read_only
            self._draw()

    def on_resize(self) -> None:
        self._draw()

    def on_click(self, event: events.Click) -> None:
        column = event.get_content_offset(self)
        if column is None:
            return
        for start, end, action_id in self._spans:
            if action_id and start <= column.x < end:
                self.post_message(self.Pressed(action_id))

    def _wanted(self) -> list[tuple[str, str, str]]:
        if self._hints is not None:
            return list(self._hints)
        there = {action.id for action in offered(read_only=self._read_only, hidden=self._keys.hidden)}
        first = [
            action.id
            for action in offered(read_only=self._read_only, hidden=self._keys.hidden)
            if action.footer and action.id != "app.help"
        ]
        order = _FIRST + [one for one in first if one not in _FIRST]
        names = [one for one in order if one in there] + [one for one in _MORE if one in there]
        return [(one, self._keys.shown(one), BY_ID[one].word) for one in names]

    def _draw(self) -> None:
        if self._lent is not None:
            self._spans = []
            self.put(self._lent)
            return
        width = self.size.width or 78
        help_hint = ("app.help", self._keys.shown("app.help"), "help")
        room = width - (len(help_hint[1]) + 1 + len(help_hint[2]) if self._hints is None else 0)
        taken: list[tuple[str, str, str]] = []
        for hint in self._wanted():
            size = len(hint[1]) + 1 + len(hint[2]) + _GAP
            if size > room:
                break
            room -= size
            taken.append(hint)
        if self._hints is None:
            taken.append(help_hint)
        self._spans, parts, column = [], list[Part](), 0
        for place, (action_id, key, words) in enumerate(taken):
            if place:
                parts.append(" " * _GAP)
                column += _GAP
            parts += [(key, "$footer-key-foreground"), (" " + words, "$text-muted")]
            end = column + len(key) + 1 + len(words)
            self._spans.append((column, end, action_id))
            column = end
        self.put(parts)


_FIRST = ["table.open", "table.mark", "task.retry", "task.edit", "task.save", "view.filter", "task.new", "task.copy"]
