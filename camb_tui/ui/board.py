"""The view model of the live table: which tasks a view shows, in which order, and which are marked.

Mirrors the engine's store at the screen's pace: what the session brought (`shelf`, which may decode its tasks only when
asked) and over it every task that changed since. Knows no widget. `tally` counts, `rows` keeps the order, `sifting`
finds what matches.

Rules of the rows
- Newest first; a retry stands where the old try stood, the parts of a split one below it; pinned rows on top.
- A row keeps its place while its task changes, also under `sort:` a changing field; a new sort or view orders afresh.
- A row that stops matching leaves with the change that did it, except the one under the cursor, which stays until the
  cursor leaves it: what somebody is reading does not vanish. A superseded or archived one leaves at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from camb_tui.domain.haystack import haystack_of
from camb_tui.domain.query import Query, QueryEnv, QueryFault, parse
from camb_tui.domain.tasks import Task
from camb_tui.ui.rows import Ranks, Rows, seat_of, sorted_seat
from camb_tui.ui.sifting import Found, Haystacks, sift_facts, sift_tasks
from camb_tui.ui.tally import Counts, Facts, Tally, facts_of
from camb_tui.ui.views import VIEWS, BoardChange, View

__all__ = ["VIEWS", "Board", "BoardChange", "View"]


@dataclass(slots=True)
class _Seat:
    """What the board remembers of one view while another is shown."""

    base: Query
    text: str = ""
    query: Query = field(default_factory=lambda: parse(""))
    cursor: str | None = None
    away: str | None = None
    """The task the cursor was on when a filter took it from sight; it goes back there when it is shown again."""


def _heir(key: str | None, replaced: Mapping[str, str]) -> str | None:
    seen = set()
    while key is not None and key in replaced and key not in seen:  # a file edited by hand may hold a ring
        seen.add(key)
        key = replaced[key]
    return key


class Board:
    """The tasks as one view of them shows them; every change says what it changed."""

    def __init__(
        self,
        shelf: Mapping[str, Task],
        *,
        clock: Callable[[], float],
        views: Sequence[View] = VIEWS,
        env: QueryEnv | None = None,
    ) -> None:
        self._shelf = shelf
        self.clock = clock
        self._fresh: dict[str, Task] = {}
        self._brief: Callable[[str], Any] | None = getattr(shelf, "brief", None)  # a BriefShelf's, where it is one
        self._shelf_words: Callable[[str], str] | None = getattr(shelf, "haystack", None)
        self._ranks = Ranks(shelf)
        self._marks: dict[str, None] = {}
        self.env = env if env is not None else QueryEnv(clock())
        self.env.marked = self._marks.keys()
        self.views = tuple(views)
        self._seats = [_Seat(parse(view.query)) for view in views]
        self._at = 0
        self._tally = Tally([seat.base for seat in self._seats], self.env)
        self._rows = Rows()
        self._lingering: str | None = None
        self._haystacks: Haystacks | None = None  # only while a filter is typed
        self._read_shelf()

    # ------------------------------------------------------------- reading

    @property
    def rows(self) -> Sequence[str]:
        """Keys in the order shown. Not to be changed, and not to be kept: the next change may change it."""
        return self._rows.shown

    @property
    def total(self) -> int:
        """How many tasks there are that are neither superseded nor archived."""
        return self._tally.total

    @property
    def view_index(self) -> int:
        return self._at

    @property
    def filter_text(self) -> str:
        """The filter of this view that is in force, as typed."""
        return self._seat.text

    @property
    def query(self) -> Query:
        """The filter of this view; its own saved query stands behind it."""
        return self._seat.query

    @property
    def cursor(self) -> str | None:
        """The task under the cursor in this view."""
        return self._seat.cursor

    @property
    def marks(self) -> Sequence[str]:
        """Marked tasks in the order they were marked, whether this view shows them or not."""
        return tuple(self._marks)

    def task(self, key: str) -> Task:
        """The task of that key as last heard of."""
        found = self._fresh.get(key)
        return found if found is not None else self._shelf[key]

    def __iter__(self) -> Iterator[str]:
        """Keys of all tasks there are, hidden ones too, in the order in which they were heard of."""
        return iter(self._ranks)

    def __contains__(self, key: object) -> bool:
        return key in self._ranks

    def position(self, key: str | None) -> int | None:
        """The row's place in `rows`, None for a task that is not shown."""
        return self._rows.position(key)

    def counts(self) -> Counts:
        """How many of each there are, over all tasks, and how many each view shows."""
        return self._tally.counts()

    def is_marked(self, key: str) -> bool:
        return key in self._marks

    def targets(self, cursor: str | None) -> tuple[str, ...]:
        """What a key acts on: the marked tasks, or this one where none is marked."""
        if self._marks:
            return tuple(self._marks)
        return (cursor,) if cursor is not None else ()

    # ------------------------------------------------------------- changes

    def apply(self, tasks: Iterable[Task]) -> BoardChange:
        """Takes changed and new tasks in. Costs what changed, not what is watched."""
        self.env.now = self.clock()
        changed: set[str] = set()
        came: list[str] = []
        went: list[str] = []
        counts = False
        place = self.position(self.cursor)
        replaced: dict[str, str] = {}
        for key, task in {task.key: task for task in tasks}.items():  # of several changes to one, the last
            known = key in self._ranks
            before = self._facts(key) if known else None
            if known and self._fresh.get(key) is task:
                continue
            self._fresh[key] = task
            if not known:
                self._ranks.add(key, task.retry_of, task.part_of)
            if self._haystacks is not None:
                self._haystacks.put(key, facts_of(task))
            counts |= self._tally.change(task, before)
            changed.add(key)
            if task.superseded_by is not None:
                replaced[key] = task.superseded_by
                self._marks.pop(key, None)  # it was retried; its mark is spent
            self._reseat(task, before, came, went)
        if replaced:
            self._follow(replaced)
        moved = self._move(came, went, at=place)
        return BoardChange(frozenset(changed), moved, counts)

    def tick(self) -> BoardChange:
        """Looks again at what changes with time alone: filters over ages, `is:stuck`, and their views' counts."""
        self.env.now = self.clock()
        counts = self._tally.look_again(self._all_tasks, clock=True)
        moved = False
        if self._base.clause.clock or self.query.clause.clock:
            moved = self._rebuild()
        return BoardChange(frozenset(), moved, counts)

    def move_cursor(self, key: str | None) -> BoardChange:
        """The user's cursor is on this row now; a row that only stayed for its sake leaves."""
        self._seat.cursor, self._seat.away = key, None
        left, self._lingering = self._lingering, self._lingering if self._lingering == key else None
        if left is None or left == key:
            return BoardChange()
        return BoardChange(moved=self._move([], [left], at=None))

    # ------------------------------------------------------ views and filter

    def show_view(self, index: int) -> None:
        """Shows another view, with the filter and the cursor it was left with.

        Raises:
            IndexError: There is no such view.
        """
        if not 0 <= index < len(self._seats):
            raise IndexError(f"there is no view {index + 1}")
        self._at = index
        self._rebuild()

    def filter(self, text: str) -> QueryFault | None:
        """Filters the view by the text; a faulty one leaves the list as it is and comes back as its fault."""
        try:
            query = parse(text)
        except QueryFault as fault:
            return fault
        seat = self._seat
        within = list(self._rows.all) if query.narrows(seat.query) and self._lingering is None else None
        seat.text, seat.query = text, query
        self._rebuild(within)
        return None

    def prepare(self, seconds: float | None = None) -> bool:
        """Gets ready for a filter to be typed, for so long at most; whether it is ready."""
        self._haystacks = self._haystacks or Haystacks(list(self._ranks), self._facts, self._words)
        return self._haystacks.gather(seconds)

    def rest(self) -> None:
        """Lets go of what `prepare` made: the filter is typed no more."""
        self._haystacks = None

    def resort(self) -> None:
        """Orders the rows afresh by what their tasks are now."""
        self._rebuild()

    # ---------------------------------------------------------------- marks

    def toggle(self, key: str) -> BoardChange:
        """Marks the task, or takes its mark away."""
        if key in self._marks:
            del self._marks[key]
        else:
            self._marks[key] = None
        return self._marks_changed({key})

    def mark_range(self, first: str, last: str) -> BoardChange:
        """Marks all rows from one to the other, both included."""
        one, other = self.position(first), self.position(last)
        if one is None or other is None:
            return BoardChange()
        return self._mark(self.rows[min(one, other) : max(one, other) + 1])

    def mark_all(self) -> BoardChange:
        """Marks all rows shown now; what matches later is not among them."""
        return self._mark(self.rows)

    def clear_marks(self) -> BoardChange:
        """Takes every mark away."""
        gone = set(self._marks)
        self._marks.clear()
        return self._marks_changed(gone)

    def _mark(self, keys: Sequence[str]) -> BoardChange:
        added = {key for key in keys if key not in self._marks}
        self._marks.update(dict.fromkeys(keys))
        return self._marks_changed(added)

    def _marks_changed(self, keys: set[str]) -> BoardChange:
        counts = self._tally.look_again(self._all_tasks, clock=False)
        moved = self._rebuild() if self._base.clause.outside or self.query.clause.outside else False
        return BoardChange(frozenset(keys), moved, counts)

    # ------------------------------------------------------------- the rows

    @property
    def _seat(self) -> _Seat:
        return self._seats[self._at]

    @property
    def _base(self) -> Query:
        return self._seat.base

    def _all_tasks(self) -> Iterable[Task]:
        return map(self.task, self._ranks)

    def _facts(self, key: str) -> Facts:
        """What counting needs of a task, without decoding it where the shelf can tell."""
        task = self._fresh.get(key)
        if task is not None:
            return facts_of(task)
        if self._brief is None:
            return facts_of(self._shelf[key])
        brief = self._brief(key)
        hidden = brief.hidden and (not brief.archived or self._shelf[key].superseded_by is not None)
        return Facts(brief.kind, brief.status, brief.saved, brief.archived, brief.pinned, False, hidden, brief.part)

    def _words(self, key: str) -> str:
        """Where a bare word is searched, without decoding the task where the shelf can tell."""
        if self._shelf_words is not None and key not in self._fresh:
            return self._shelf_words(key)
        return haystack_of(self.task(key))

    def _read_shelf(self) -> None:
        """Counts what the session brought, and gives retries the places of what they replaced."""
        facts = {key: self._facts(key) for key in self._ranks}
        self._ranks.place_parts(self._shelf[key] for key, one in facts.items() if one.part)
        for key, one in facts.items():
            if one.superseded:
                heir = self._shelf[key].superseded_by
                if heir is not None and heir in self._ranks:
                    self._ranks.replace(key, heir)
        self._tally.begin(facts.values())
        self._tally.look_again(self._all_tasks, clock=False)
        self._rebuild(facts=facts)

    def _shown(self, task: Task) -> bool:
        base, query = self._base, self.query
        if task.superseded_by is not None or (task.archived and not (base.archived or query.archived)):
            return False
        return base.clause.test(task, self.env) and query.clause.test(task, self.env)

    @property
    def _sorting(self) -> Query | None:
        """The query whose sort or group is in force: the filter's, else the view's."""
        return next((query for query in (self.query, self._base) if query.sort or query.group is not None), None)

    def _place_of(self, key: str, pinned: bool) -> Any:
        """Where a row stands; only a sort that was asked for decodes the task."""
        query = self._sorting
        if query is None:
            return seat_of(self._ranks[key], pinned)
        return sorted_seat(self.task(key), self._ranks[key], query, self.env)

    def _reseat(self, task: Task, before: Facts | None, came: list[str], went: list[str]) -> None:
        """Notes whether the row comes, goes or stands elsewhere after its task changed."""
        key = task.key
        is_in, shown = key in self._rows, self._shown(task)
        if not shown:
            if not is_in:
                return
            if key == self.cursor and not task.is_hidden:
                self._lingering = key
            else:
                went.append(key)
        elif not is_in:
            came.append(key)
        else:
            if key == self._lingering:
                self._lingering = None
            if before is not None and before.pinned != task.pinned:
                went.append(key)
                came.append(key)

    def _follow(self, replaced: Mapping[str, str]) -> None:
        """Cursors on replaced tasks go on to what replaced them."""
        for seat in self._seats:
            seat.cursor = _heir(seat.cursor, replaced)
            seat.away = _heir(seat.away, replaced)

    def _move(self, came: Iterable[str], went: Iterable[str], *, at: int | None) -> bool:
        """Takes rows out and puts rows in; where the cursor's is gone, it falls to the row now in place `at`."""
        out = [key for key in dict.fromkeys(went) if key in self._rows]
        into = {key: self._place_of(key, self.task(key).pinned) for key in came}
        if not out and not into:
            return False
        self._rows.move(out, into)
        if self.position(self.cursor) is None:
            rows = self.rows
            self._seat.cursor = rows[min(at or 0, len(rows) - 1)] if rows else None
        return True

    def _rebuild(self, within: Sequence[str] | None = None, facts: Mapping[str, Facts] | None = None) -> bool:
        """Finds and orders the rows of the view afresh, of those of `within` where it is given; whether they differ."""
        self.env.now = self.clock()
        before = self.rows
        self._lingering = None
        found = self._sift(within, facts)
        if self._sorting is None:
            ranks = self._ranks
            seats = {key: seat_of(ranks[key], pinned) for key, pinned in found.items()}
        else:
            seats = {key: self._place_of(key, pinned) for key, pinned in found.items()}
        self._rows.replace(seats, self.query.limit or self._base.limit)
        self._find_cursor()
        return self.rows != before

    def _find_cursor(self) -> None:
        """Where the cursor's task is not shown now, the cursor waits on the first row for it to be shown again."""
        seat = self._seat
        if self.position(seat.away) is not None:
            seat.cursor, seat.away = seat.away, None
        elif self.position(seat.cursor) is None:
            seat.away = seat.away or seat.cursor
            seat.cursor = self.rows[0] if self.rows else None

    def _sift(self, within: Sequence[str] | None, facts: Mapping[str, Facts] | None) -> Found:
        """The tasks that match, with their pins; what is at hand is not read again."""
        base, query, env = self._base, self.query, self.env
        if self._haystacks is not None:
            return self._haystacks.sift(base, query, env, self.task, within)
        if base.clause.facts and query.clause.facts:
            return sift_facts(facts or {key: self._facts(key) for key in self._ranks}, base, query, env)
        return sift_tasks(map(self.task, self._ranks if within is None else within), base, query, env)
