"""The live table: one row per task, drawn line by line, sending to the terminal only the cells that read differently.

Shows what its board holds and asks by message. The board decides which rows there are; `table_lines` what stands in
them. Every line drawn is remembered, and whatever happens (a change, a cursor key, a scroll, time) ends in comparing
the lines that should stand there with those that do. Long because a key's whole way to its repaint stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from camb_tui.domain.tasks import Task
from camb_tui.domain.text import fit
from camb_tui.ui.board import Board, BoardChange
from camb_tui.ui.keys import Keys
from camb_tui.ui.quiet import QuietScrollView
from camb_tui.ui.resting import Resting
from camb_tui.ui.table_keys import TABLE_BINDINGS, steps
from camb_tui.ui.table_lines import COLUMN_NAMES, GUTTER, Layout, Line, LineMaker, empty_words, lay_out, top_for
from camb_tui.ui.words import LOOKS

_HEADER = 1
_AGES_EVERY = 10.0
REST = 0.12
"""Seconds on one row after which the cursor has come to rest."""


@dataclass
class _FromTable(Message):
    """A message of a table's."""

    table: TaskTable

    @property
    def control(self) -> TaskTable:
        return self.table


class TaskTable(QuietScrollView, can_focus=True):
    """One row per task. Shows what its board holds; asks by message."""

    ALLOW_SELECT = False  # selecting with the mouse would repaint rows on every motion

    DEFAULT_CSS = """
    TaskTable {
        color: $foreground;
        & > .task-table--header { color: $text-muted; }
        & > .task-table--quiet { color: $text-muted; }
        & > .task-table--empty { color: $foreground; }
        & > .task-table--cursor {
            color: $block-cursor-blurred-foreground;
            background: $block-cursor-blurred-background;
            text-style: bold;
        }
        &:ansi > .task-table--cursor { color: ansi_default; background: ansi_default; text-style: bold reverse; }
        &:ansi > .task-table--quiet { text-style: dim; }
        & > .task-table--text-primary { color: $text-primary; }
        & > .task-table--text-secondary { color: $text-secondary; }
        & > .task-table--text-success { color: $text-success; }
        & > .task-table--text-warning { color: $text-warning; text-style: bold; }
        & > .task-table--text-error { color: $text-error; text-style: bold; }
    }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"task-table--{name}"
        for name in ("header", "empty", "cursor", "quiet", *(look.colour for look in LOOKS.values()))
    }

    BINDINGS: ClassVar[list[BindingType]] = [*TABLE_BINDINGS]

    @dataclass
    class Highlighted(_FromTable):
        """The cursor has come to rest on this task, or on none."""

        key: str | None

    @dataclass
    class Opened(_FromTable):
        """The user wants to see this task alone."""

        key: str

    @dataclass
    class MarksChanged(_FromTable):
        """Other tasks are marked than before; `change` is what the board made of it."""

        change: BoardChange

    @dataclass
    class RangeMarked(_FromTable):
        """The user began a range of marks here, or ended it."""

        begins: bool

    @dataclass
    class Pasted(_FromTable):
        """The user pasted text into the list."""

        text: str

    def __init__(
        self,
        board: Board,
        *,
        ascii: bool = False,  # noqa: A002  # the option's name everywhere
        left: Callable[[Task], str] | None = None,
        keys: Keys | None = None,
        claims: Callable[[events.Key], bool] = lambda event: False,
        rest: float = REST,
        id: str | None = None,  # noqa: A002  # Textual's own name for it
    ) -> None:
        """Args:
        board: Which rows there are.
        ascii: Signs in ASCII.
        left: How long a task will take yet, in words; without it there is no such column.
        keys: The keys in force, for the steps that the table takes before its parents hear of the key.
        claims: Gets such a key first; True where it belongs to somebody else.
        rest: Seconds on one row after which the cursor has come to rest.
        id: The widget's id.
        """
        super().__init__(id=id)
        self.board = board
        self._steps = steps(keys) if keys is not None else {}
        self._claims = claims
        self._maker = LineMaker(ascii_only=ascii, left=left)
        self._usual = tuple(name for name in COLUMN_NAMES if left is not None or name != "left")
        self._layout = lay_out(80)
        self._layout_for: tuple[int, tuple[str, ...]] = (80, ())
        self._drawn: dict[int, Line | None] = {}  # by line below the header; None for a line without a row
        self._styles: dict[tuple[str, bool], Style] = {}
        self._resting = Resting(rest, self._say_where)
        self._told: str | None = None
        self._anchor: str | None = None
        self._now = board.clock()

    # ------------------------------------------------------------- what it is given

    @property
    def cursor_key(self) -> str | None:
        """The task under the cursor."""
        return self.board.cursor

    def take(self, change: BoardChange) -> None:
        """Repaints what the change touched of the lines on the screen; cursor and scroll stay with their tasks."""
        self._now = self.board.clock()
        if change.moved:
            self._follow_rows()
        elif change.changed:
            self._repaint(self._lines_of(change.changed))
        self._tell()

    def reload(self) -> None:
        """Shows the rows of another view, filter or sort, with the cursor's task in sight."""
        self._now = self.board.clock()
        self._anchor = None
        self._grow()
        self._show_cursor(line=None)
        self.refresh(Region(0, 0, self.line_width, _HEADER))
        self._repaint()
        self._tell()

    def tick(self) -> None:
        """Repaints what changes with time alone; the table's own timer calls it."""
        self._now = self.board.clock()
        self._repaint()

    # ------------------------------------------------------------- life

    def on_mount(self) -> None:
        self._grow()
        self.set_interval(_AGES_EVERY, self.tick)
        self._tell()

    def on_resize(self) -> None:
        self._grow()
        self._show_cursor(line=None)

    def notify_style_update(self) -> None:
        """Forgets styles of the theme before."""
        self._styles.clear()
        super().notify_style_update()

    def steps_by(self, key: str) -> bool:
        """Whether this key moves the cursor here at once, and leads nowhere else."""
        return key in self._steps

    def on_key(self, event: events.Key) -> None:
        """Steps at once; by way of its binding a key goes over every parent to the app and back."""
        step = self._steps.get(event.key)
        if step is None:
            return
        event.stop()
        event.prevent_default()
        if not self._claims(event):
            what, many = step
            self.action_page(many) if what == "pages" else self._step(round(many))

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self.post_message(self.Pasted(self, event.text))

    def on_click(self, event: events.Click) -> None:
        """The first click selects, one on the selected row opens, one on the gutter marks."""
        place = self._top + event.y - _HEADER
        if event.y < _HEADER or not 0 <= place < len(self.board.rows):
            return
        key = self.board.rows[place]
        if event.x < GUTTER - 1:
            self._go(place)
            self._marked(self.board.toggle(key))
        elif key == self.board.cursor:
            self.post_message(self.Opened(self, key))
        else:
            self._go(place)

    # ------------------------------------------------------------- actions

    def action_cursor_down(self) -> None:
        self._step(1)

    def action_cursor_up(self) -> None:
        self._step(-1)

    def action_first(self) -> None:
        self._go(0)

    def action_last(self) -> None:
        self._go(len(self.board.rows) - 1)

    def action_page(self, pages: float) -> None:
        """Goes pages down, or up where they are below 0; the last row of the page before stays in sight."""
        self._step(round(pages * max(2, self._height - 1)))

    def action_open(self) -> None:
        if self.board.cursor is not None:
            self.post_message(self.Opened(self, self.board.cursor))

    def action_mark(self) -> None:
        """Marks the row or takes its mark away, and steps on, so that a run of rows is a run of presses."""
        key = self.board.cursor
        if key is not None:
            self._anchor = key
            self._marked(self.board.toggle(key))
            self._step(1)

    def action_mark_range(self) -> None:
        """Marks from the row marked last to this one, which ends the range; without one, marks this one to begin."""
        key = self.board.cursor
        if key is None:
            return
        first = self._anchor if self.board.position(self._anchor) is not None else None
        self._anchor = key if first is None else None  # else the next range would begin where this one ended
        self._marked(self.board.mark_range(first or key, key))
        self.post_message(self.RangeMarked(self, first is None))

    def action_mark_all(self) -> None:
        self._marked(self.board.mark_all())

    def action_clear_marks(self) -> None:
        self._anchor = None
        self._marked(self.board.clear_marks())

    def _marked(self, change: BoardChange) -> None:
        self.take(change)
        self.post_message(self.MarksChanged(self, change))

    # ------------------------------------------------------------- cursor and scroll

    @property
    def _top(self) -> int:
        """The row on the first line below the header."""
        return self.scroll_offset.y

    @property
    def _height(self) -> int:
        """Lines there are for rows."""
        return max(1, self.size.height - _HEADER)

    def _step(self, by: int) -> None:
        place = self.board.position(self.board.cursor)
        self._go(0 if place is None else place + by)

    def _go(self, place: int) -> None:
        """Puts the cursor on the row at that place, or on the nearest there is."""
        rows = self.board.rows
        if not rows:
            return
        left, top = self.board.cursor, self._top
        key = rows[max(0, min(place, len(rows) - 1))]
        change = self.board.move_cursor(key)
        if change.moved:
            self._follow_rows()
        self._show_cursor(line=None)
        is_still = self._top == top and not change.moved
        self._repaint(self._lines_of(one for one in (left, key) if one is not None) if is_still else None)
        self._tell()

    def _show_cursor(self, line: int | None) -> None:
        """Scrolls so that the cursor's row stands on that line, or only so far that it is in sight."""
        place = self.board.position(self.board.cursor)
        if place is None:
            return
        top = self._top
        wanted = top_for(place, top, self._height) if line is None else place - line
        wanted = max(0, min(wanted, len(self.board.rows) - self._height))
        if wanted != top:
            self.scroll_to(y=wanted, animate=False)

    def _follow_rows(self) -> None:
        """After rows came and went: the cursor's row stays on its line, or the first row in sight where it is not."""
        before = self._top
        line = next((at for at, drawn in self._drawn.items() if drawn is not None and drawn.cursor), None)
        at_top = before == 0
        self._grow()
        if at_top:
            self._show_cursor(line=None)  # who reads the newest sees them come
        elif line is not None and line < self._height:
            self._show_cursor(line=line)
        self._repaint()

    def _grow(self) -> None:
        self.set_lines(len(self.board.rows) + _HEADER)

    def _tell(self) -> None:
        """Says where the cursor is when it has come to rest; a message for every key would delay that key's repaint."""
        if self.board.cursor != self._told or self._resting.is_moving:
            self._resting.moved()

    def _say_where(self) -> None:
        if self.board.cursor != self._told:
            self._told = self.board.cursor
            self.post_message(self.Highlighted(self, self._told))

    def on_unmount(self) -> None:
        self._resting.stop()

    def scrolled(self) -> None:
        self._repaint()

    # ------------------------------------------------------------- drawing

    @property
    def _columns(self) -> Layout:
        """The layout for this width and filter; the same object while they stay, which makes comparing quick."""
        wanted = (self.line_width, self.board.query.columns or self._usual)
        if wanted != self._layout_for:
            self._layout, self._layout_for = lay_out(*wanted), wanted
        return self._layout

    def _line(self, at: int) -> Line | None:
        """What should stand on that line below the header."""
        rows = self.board.rows
        place = self._top + at
        if not 0 <= place < len(rows):
            return None
        key = rows[place]
        return self._maker.line(
            self._columns,
            self.board.task(key),
            now=self._now,
            cursor=key == self.board.cursor,
            marked=self.board.is_marked(key),
        )

    def _lines_of(self, keys: Iterable[str]) -> list[int]:
        """The lines on which these tasks stand now."""
        top, end = self._top, self._top + self._height
        places = (self.board.position(key) for key in keys)
        return [place - top for place in places if place is not None and top <= place < end]

    def _repaint(self, lines: Iterable[int] | None = None) -> None:
        """Refreshes the cells of these lines, or of all, that read otherwise than what was drawn last."""
        if not self.board.rows:
            self.refresh()
            return
        regions = []
        for at in lines if lines is not None else range(self._height):
            line, drawn = self._line(at), self._drawn.get(at)
            y = at + _HEADER
            if line is None or drawn is None:
                if line is not drawn or at not in self._drawn:
                    regions.append(Region(0, y, self.line_width, 1))
            elif line != drawn:
                regions += [Region(start, y, end - start, 1) for start, end in line.differences(drawn)]
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """One line of the screen: the header, a row, or what is said where there are none."""
        width = self.line_width
        if y < _HEADER:
            return Strip([Segment(self._columns.header(), self._style("header"))], width)
        if not self.board.rows:
            self._drawn.clear()
            return self._empty_line(y, width)
        line = self._drawn[y - _HEADER] = self._line(y - _HEADER)
        if line is None:
            return Strip.blank(width, self.rich_style)
        text, end = line.text(), line.status_end()
        status = Segment(text[:end], self._style(line.colour, cursor=line.cursor))
        rest = self._style("cursor") if line.cursor else self._style("quiet") if line.is_quiet else self.rich_style
        return Strip([status, Segment(text[end:], rest)], width)

    def _empty_line(self, y: int, width: int) -> Strip:
        if y != _HEADER + 1:
            return Strip.blank(width, self.rich_style)
        words = empty_words(self.board.total, self.board.filter_text)
        return Strip([Segment(fit(" " * GUTTER + words, width), self._style("empty"))], width)

    def _style(self, name: str, *, cursor: bool = False) -> Style:
        """The style of a component, over the cursor's background where it is there; kept until the theme changes."""
        found = self._styles.get((name, cursor))
        if found is None:
            found = self.get_component_rich_style(f"task-table--{name}")
            if cursor:
                under = self._style("cursor")
                found = under + Style(color=found.color)
            self._styles[name, cursor] = found
        return found
