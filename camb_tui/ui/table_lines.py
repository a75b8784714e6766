"""Lines of the live table: which columns fit a width, what stands in a task's cells, and how a line is styled.

Plain values; `task_table` draws them and compares them with what is on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from camb_tui.domain.kinds import KINDS
from camb_tui.domain.submissions import task_languages
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.domain.text import fit, one_line
from camb_tui.ui.words import DASH, LOOKS, STALE_SIGN, age_text, look

GUTTER = 3
"""Cells before the first column: cursor, mark, pin."""
_GAP = 2
_JUMP = 40  # going to another cell and setting its colours takes about as many bytes as this many cells


class Column(NamedTuple):
    """One column; `width` 0 takes what the others leave."""

    name: str
    title: str
    width: int
    right: bool = False


_COLUMNS = (
    Column("status", "Status", 11),
    Column("kind", "Kind", 5),
    Column("name", "Name", 0),
    Column("lang", "Lang", 7),
    Column("age", "Age", 4, right=True),
    Column("left", "Left", 5, right=True),
    Column("every", "Every", 5, right=True),
    Column("try", "Try", 3, right=True),
)
COLUMN_NAMES = tuple(column.name for column in _COLUMNS)
_TO_GO = (("every", 24), ("try", 18), ("lang", 18), ("left", 8), ("age", 8), ("kind", 8))
"""Which column goes where Name has fewer cells than that, in this order; the cadence of most rows is none."""
_WIDE_LANG = 14
_WIDE_FROM = 110


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that fit, each with its first cell; `width` is the whole line's."""

    width: int
    columns: tuple[Column, ...]
    starts: tuple[int, ...]

    def header(self) -> str:
        """The titles over their columns."""
        return self.join(" " * GUTTER, [_cell(column, column.title) for column in self.columns])

    def join(self, gutter: str, cells: Sequence[str]) -> str:
        """The line's text, padded to the whole width."""
        return fit(gutter + (" " * _GAP).join(cells), self.width)


def lay_out(width: int, wanted: Sequence[str] = ()) -> Layout:
    """The columns for a line of that width: all, or those wanted, without the ones that leave Name too little room."""
    columns = [column for column in _COLUMNS if not wanted or column.name in wanted or column.name == "status"]
    if width >= _WIDE_FROM:
        columns = [column._replace(width=_WIDE_LANG) if column.name == "lang" else column for column in columns]
    for name, needs in _TO_GO:
        if _room(columns, width) < needs:
            columns = [column for column in columns if column.name != name]
    room = max(1, _room(columns, width))
    filled = tuple(column if column.width else column._replace(width=room) for column in columns)
    starts, at = [], GUTTER
    for column in filled:
        starts.append(at)
        at += column.width + _GAP
    return Layout(width, filled, tuple(starts))


def _room(columns: Sequence[Column], width: int) -> int:
    """Cells that the columns of a fixed width leave, with one blank at the right edge."""
    return width - GUTTER - sum(column.width + _GAP for column in columns if column.width) - 1


def _cell(column: Column, text: str) -> str:
    if column.right:
        return fit(text, column.width) if len(text) > column.width else text.rjust(column.width)
    return fit(text, column.width, middle=column.name == "name")


class Line(NamedTuple):
    """What one row reads; two equal lines look the same."""

    layout: Layout
    gutter: str
    cells: tuple[str, ...]
    colour: str
    """Name of the theme colour of the status."""
    cursor: bool

    def text(self) -> str:
        return self.layout.join(self.gutter, self.cells)

    def status_end(self) -> int:
        """The first cell after the status, up to which the line has the status's colour."""
        return self.layout.starts[0] + self.layout.columns[0].width

    @property
    def is_quiet(self) -> bool:
        """Whether it needs nobody any more, so that it steps back behind the others."""
        return self.colour == LOOKS[TaskStatus.SUCCESS].colour

    def differences(self, other: Line) -> list[tuple[int, int]]:
        """Stretches of cells, as [start, end), that look otherwise in the other line; all where cursor or rest do."""
        if self.layout is not other.layout or self.cursor != other.cursor or self.is_quiet != other.is_quiet:
            return [(0, self.layout.width)]
        found: list[tuple[int, int]] = []
        if self.gutter != other.gutter or (self.colour != other.colour and self.gutter.strip()):
            found.append((0, GUTTER))
        for place, (mine, theirs) in enumerate(zip(self.cells, other.cells, strict=True)):
            if mine == theirs and (place or self.colour == other.colour):
                continue
            start = self.layout.starts[place]
            end = start + self.layout.columns[place].width
            if found and start - found[-1][1] <= _JUMP:
                start = found.pop()[0]
            found.append((start, end))
        return found


class LineMaker:
    """Makes the line of a task."""

    def __init__(self, *, ascii_only: bool, left: Callable[[Task], str] | None) -> None:
        self._ascii = ascii_only
        self._left = left

    def line(self, layout: Layout, task: Task, *, now: float, cursor: bool, marked: bool) -> Line:
        """The line of the task as it reads now."""
        found = look(task)
        sign = STALE_SIGN if task.stale else found.ascii if self._ascii else found.sign
        texts = {
            "status": f"{sign} {one_line(found.word, 20)}",
            "kind": KINDS[task.kind].short if task.kind in KINDS else one_line(task.kind, 20),
            "name": one_line(task.label) or task.task_id or task.key,
            "lang": one_line(task_languages(task), 200),
            "age": coarse_age(now - task.created_at),
            "left": self._left_text(task),
            "every": _every_text(task),
            "try": str(task.attempt),
        }
        flag = "^" if task.pinned else "." if task.archived else " "
        return Line(
            layout,
            (">" if cursor else " ") + ("*" if marked else " ") + flag,
            tuple(self._plain(_cell(column, texts[column.name])) for column in layout.columns),
            found.colour,
            cursor,
        )

    def _left_text(self, task: Task) -> str:
        return (self._left(task) if self._left is not None and task.is_live else "") or DASH

    def _plain(self, cell: str) -> str:
        return cell.replace("…", ".") if self._ascii else cell


_AGE_STEPS = (60, 120, 300, 600, 900, 1200, 1800, 2700)


def coarse_age(seconds: float) -> str:
    """An age in the steps 1, 2, 5, 10, 15, 20, 30, 45 minutes, then hours, then days: at least so old.

    An age that changed each minute would send something each minute for every row on the screen, all day long.
    """
    if seconds >= 3600:
        return age_text(seconds)
    return age_text(max((step for step in _AGE_STEPS if step <= seconds), default=0))


def _every_text(task: Task) -> str:
    """The present cadence of the polls, rounded up; `late` where the last one failed."""
    if task.stale:
        return "late"
    if task.every is None or not task.is_polled:
        return DASH
    seconds = round(task.every)
    return f"{seconds}s" if seconds < 60 else age_text(seconds)


def empty_words(total: int, filter_text: str) -> str:
    """What is said where no row is shown, and what can be done about it."""
    if not total:
        return "No tasks yet. n submits one, a adopts a task id made elsewhere."
    return "Nothing matches the filter. esc clears it." if filter_text.strip() else "Nothing in this view."


def top_for(place: int, top: int, height: int) -> int:
    """The first row of a page of that height that has the row at `place` in sight.

    Out of sight by a row or two it comes back half a page in: a scroll sends the whole page, so one of them serves the
    next half page of cursor keys.
    """
    if place < top:
        return min(place, max(place - height + 1, top - height // 2))
    if place >= top + height:
        return max(place - height + 1, min(place, top + height // 2))
    return top
