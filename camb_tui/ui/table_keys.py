"""The keys of the live table: moving and marking; what is done with tasks is bound by the screen that holds it."""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import Binding

from camb_tui.ui.keys import Keys

TABLE_BINDINGS = (
    Binding("j,down", "cursor_down", "Next", id="table.down", show=False),
    Binding("k,up", "cursor_up", "Previous", id="table.up", show=False),
    Binding("g,home", "first", "First", id="table.first", show=False),
    Binding("G,end", "last", "Last", id="table.last", show=False),
    Binding("ctrl+d", "page(0.5)", "Half a page down", id="table.half-down", show=False),
    Binding("ctrl+u", "page(-0.5)", "Half a page up", id="table.half-up", show=False),
    Binding("pagedown", "page(1)", "Page down", id="table.page-down", show=False),
    Binding("pageup", "page(-1)", "Page up", id="table.page-up", show=False),
    Binding("enter", "open", "Open", id="table.open"),
    Binding("space", "mark", "Mark", id="table.mark"),
    Binding("v", "mark_range", "Mark a range", id="table.mark-range", show=False),
    Binding("asterisk", "mark_all", "Mark all", id="table.mark-all", show=False),
    Binding("U", "clear_marks", "Clear marks", id="table.clear-marks", show=False),
)

MOVES: Mapping[str, tuple[str, float]] = {
    "table.down": ("rows", 1),
    "table.up": ("rows", -1),
    "table.half-down": ("pages", 0.5),
    "table.half-up": ("pages", -0.5),
    "table.page-down": ("pages", 1),
    "table.page-up": ("pages", -1),
}
"""What the bindings that step do: so many rows or pages."""


def steps(keys: Keys) -> dict[str, tuple[str, float]]:
    """The keys that step, as the settings have them, and how far."""
    return {key: MOVES[action] for action in MOVES for key in keys.of(action)}
