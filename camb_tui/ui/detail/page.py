"""Page: the scrolling half of the detail pane, drawn line by line from a flow of rows.

It keeps its own scroll position instead of being a ScrollView: a new virtual size would lay the whole screen out
again, and this page gets other lines at each move of the cursor. Only cells that changed are painted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from camb_tui.ui.detail.finding import Finder
from camb_tui.ui.detail.flow import Flow
from camb_tui.ui.detail.parts import Line, Part, Span

SLICE = 2_000
"""Rows measured at once in the background, some milliseconds' worth."""
LOOKS = ("label", "heading", "key", "dim", "primary", "success", "warning", "error", "secondary")
REVERSE = Style(reverse=True)
THUMB = Span("", "thumb")
PLAIN_SIGNS = str.maketrans({"·": ".", "…": "."})
"""What `domain.text` makes of unsafe and cut text, where only ASCII may be drawn."""


class Page(Widget, can_focus=True):
    """Shows rows it is given; scrolls them; asks nothing."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"page--{look}" for look in (*LOOKS, "thumb")}
    DEFAULT_CSS = """
    Page { height: 1fr; background: $background; color: $foreground; }
    Page > .page--label { color: $text-muted; }
    Page > .page--dim { color: $text-muted; }
    Page > .page--heading { text-style: bold; }
    Page > .page--key { color: $text-accent; text-style: bold; }
    Page > .page--primary { color: $text-primary; }
    Page > .page--secondary { color: $text-secondary; }
    Page > .page--success { color: $text-success; }
    Page > .page--warning { color: $text-warning; }
    Page > .page--error { color: $text-error; }
    Page > .page--thumb { color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", show=False, id="detail.down"),
        Binding("k,up", "move(-1)", "Up", show=False, id="detail.up"),
        Binding("ctrl+d", "move_pages(0.5)", "Half page down", show=False, id="detail.half_page_down"),
        Binding("ctrl+u", "move_pages(-0.5)", "Half page up", show=False, id="detail.half_page_up"),
        Binding("pagedown", "move_pages(1)", "Page down", show=False, id="detail.page_down"),
        Binding("pageup", "move_pages(-1)", "Page up", show=False, id="detail.page_up"),
        Binding("g,home", "to_start", "First line", show=False, id="detail.first"),
        Binding("G,end", "to_end", "Last line", show=False, id="detail.last"),
        Binding("slash", "find", "Find", show=False, id="detail.find-here"),
    ]

    class FindAsked(Message):
        """The user wants to look for a word here."""

    def __init__(self, *, ascii: bool = False, id: str | None = None) -> None:  # noqa: A002 - Textual's word, ours
        super().__init__(id=id)
        self.ascii = ascii
        self.top = 0
        """Number of the first line shown."""
        self._parts: Sequence[Part] = ()
        self._flow = Flow((), 80)
        self._shown: list[Line | None] = []
        self._measuring = False
        self._finder: Finder | None = None
        self._found = -1

    @property
    def room(self) -> int:
        """Cells a line may take: one stays free on the left, two on the right, of which one is the scroll mark's."""
        return max(1, self.size.width - 3)

    @property
    def height_known(self) -> bool:
        return self._flow.measured

    @property
    def line_count(self) -> int:
        """Lines of the whole page; a guess while `height_known` is false."""
        return self._flow.height

    def show(self, parts: Sequence[Part], *, keep_place: bool) -> None:
        """Draw these instead, from the top or, with `keep_place`, from where the reader is."""
        if parts is not self._parts or self._flow.width != self.room:
            self._parts = parts
            self._flow = Flow(parts, self.room)
        if not keep_place:
            self.top = 0
            self._forget_word()
        if self.size:  # else nothing is seen, and a line of one cell is not worth wrapping for
            self._go_to(self.top)
            self._measure_on()

    def visible_text(self) -> str:
        """What stands on the page now, as text."""
        lines = (self._flow.line(self.top + y) or () for y in range(self.size.height))
        return "\n".join("".join(span.text for span in line).rstrip() for line in lines)

    # -------------------------------------------------------------- finding

    def find(self, word: str) -> str:
        """Go to the first row with the word, from the top of what is shown on; how many there are, in words."""
        self._finder = Finder(self._parts, word)
        self._found = self._flow.row_at(self.top) - 1
        return self.find_next(1)

    def find_next(self, step: int) -> str:
        """Go to the next row with the word, or the one before; which of how many, in words."""
        if self._finder is None:
            return "nothing was looked for here; / looks for a word"
        if self._finder.parts is not self._parts:
            self._finder = Finder(self._parts, self._finder.word)
        row = self._finder.next_row(self._found, step)
        self.refresh()
        if row is not None:
            self._found = row
            self._go_to(max(0, self._flow.start_of(row) - 1))
        return self._finder.words(row)

    def _forget_word(self) -> None:
        if self._finder is not None:
            self._finder, self._found = None, -1
            self.refresh()

    def action_find(self) -> None:
        self.post_message(self.FindAsked())

    # ------------------------------------------------------------ scrolling

    def action_move(self, lines: int) -> None:
        self._go_to(self.top + lines)

    def action_move_pages(self, pages: float) -> None:
        step = int(max(1, self.size.height - 1) * pages)
        self._go_to(self.top + (step or (1 if pages > 0 else -1)))

    def action_to_start(self) -> None:
        self._go_to(0)

    def action_to_end(self) -> None:
        self._flow.measure()
        self._go_to(self._flow.height)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._go_to(self.top + 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._go_to(self.top - 3)

    def on_resize(self) -> None:
        """Wrap anew and keep the row at the top where it is."""
        if not self.size:
            return
        if self._flow.width != self.room:
            row = self._flow.row_at(self.top) if self.top else 0
            self._flow = Flow(self._parts, self.room)
            self.top = self._flow.start_of(row) if row else 0
        self._measure_on()
        self._go_to(self.top)

    def _go_to(self, top: int) -> None:
        height = max(1, self.size.height)
        self._flow.measure(line=max(0, top) + height)
        self.top = max(0, min(top, self._flow.height - height))
        self._paint_changes()

    # -------------------------------------------------------------- measure

    def _measure_on(self) -> None:
        """Measure the rest a slice at a time between other events, so that the first lines show at once."""
        if not self._measuring and not self._flow.measured:
            self._measuring = True
            self.call_later(self._measure_slice)

    def _measure_slice(self) -> None:
        self._measuring = False
        if not self.size:
            return
        self._flow.measure(more=SLICE)
        if self._flow.measured:
            self._paint_changes()  # the scroll mark now stands on facts
        else:
            self._measure_on()

    # --------------------------------------------------------------- paint

    def _paint_changes(self) -> None:
        """Repaint, of the visible lines, what differs from what was last shown."""
        size = self.size
        fresh = [self._line_with_thumb(y) for y in range(size.height)]
        if len(self._shown) != len(fresh):
            self._shown = fresh
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(self._shown, fresh, strict=True)):
            if old != new:
                same = _same_start(old or (), new or ())
                self.refresh(Region(same, y, max(0, size.width - same), 1))
        self._shown = fresh

    def _line_with_thumb(self, y: int) -> Line | None:
        """The line at `y` with the scroll mark's cell as a last span, so that a moved mark is a changed line."""
        line = self._flow.line(self.top + y)
        return (*(line or ()), THUMB) if self._on_thumb(y) else line

    def _on_thumb(self, y: int) -> bool:
        height, lines = self.size.height, self._flow.height
        if lines <= height or height < 2:
            return False
        length = max(1, height * height // lines)
        first = round((height - length) * self.top / (lines - height))
        return first <= y < first + length

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self.rich_style
        segments = [Segment(" ", base)]
        for span in self._flow.line(self.top + y) or ():
            text = span.text.translate(PLAIN_SIGNS) if self.ascii else span.text
            segments += self._marked(text, self._style(span.look, base))
        strip = Strip(segments).adjust_cell_length(max(0, width - 1), base)
        mark = ("|" if self.ascii else "▐") if self._on_thumb(y) else " "
        return Strip([*strip, Segment(mark, self._style("thumb", base))], width)

    def _marked(self, text: str, style: Style) -> list[Segment]:
        """The text with the word that is looked for standing out."""
        if self._finder is None:
            return [Segment(text, style)]
        pieces = re.split(f"({re.escape(self._finder.word)})", text, flags=re.IGNORECASE)
        return [Segment(piece, style + REVERSE if place % 2 else style) for place, piece in enumerate(pieces) if piece]

    def _style(self, look: str, base: Style) -> Style:
        if not look:
            return base
        return self.get_component_rich_style(f"page--{look.removeprefix('text-')}")


def _same_start(old: Line, new: Line) -> int:
    """Cells at the start of a line that two versions of it share, the margin included."""
    same = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        same += len(one.text) if one.text.isascii() else 0
        if not one.text.isascii():
            break
    return same + 1 if same else 0
