"""Ordered rows: keys kept sorted by where they stand, so that a row is found, put in or taken out without a new sort.

`board` decides which rows there are and what they are sorted by.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from camb_tui.domain.query import Query, QueryEnv, Sort
from camb_tui.domain.tasks import Task

_STEP = 1 << 12  # room between two submissions for the retries that take the older one's place
_PART_ROOM = 16  # room between two parts of a split for the tries of the lower one
_PINNED = 1 << 60
_FEW = 64  # this many insertions are made one by one; more are cheaper as one sort


class Ranks:
    """Every task's place in submission order; a retry's is that of the try before it."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._rank = {key: place * _STEP for place, key in enumerate(keys)}
        self._taken: set[int] = set()
        self._below: dict[str, int] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._rank

    def __getitem__(self, key: str) -> int:
        return self._rank[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rank)  # in the order in which they were heard of

    def add(self, key: str, retry_of: str | None, part_of: str | None = None) -> None:
        """A new task comes last, or takes the place of what it retries, or stands below what it is a part of."""
        if retry_of is not None and retry_of in self._rank:
            self.replace(retry_of, key)
        elif part_of is not None and part_of in self._rank:
            self.place_below(part_of, key)
        else:
            self._rank[key] = len(self._rank) * _STEP

    def replace(self, old: str, heir: str) -> None:
        """The heir stands where the old one stood."""
        self._take_place(heir, self._rank[old] + 1, 1)

    def place_below(self, parent: str, part: str) -> None:
        """The part stands below its parent and the parts already there, with room for the tries that replace it."""
        self._below[parent] = number = self._below.get(parent, 0) + 1
        room = _PART_ROOM if self._rank[parent] % _STEP == 0 else 1
        self._take_place(part, self._rank[parent] - number * room, -1)

    def place_parts(self, tasks: Iterable[Task]) -> None:
        """Each of these parts stands below its parent; later tries have the place of what they replace."""
        for task in tasks:
            if task.part_of is not None and task.part_of in self._rank and task.retry_of is None:
                self.place_below(task.part_of, task.key)

    def _take_place(self, key: str, rank: int, step: int) -> None:
        while rank in self._taken or rank % _STEP == 0:
            rank += step
        self._taken.add(rank)
        self._rank[key] = rank


class _Down:
    """A sort value turned round, so that the greatest comes first."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:  # anything a field sorts by
        self.value = value

    def __lt__(self, other: _Down) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Down) and bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash(self.value)


def seat_of(rank: int, pinned: bool) -> int:
    """Where a row stands when nothing is sorted by: pinned first, then the newest; a number, quick to compare."""
    return -rank - (_PINNED if pinned else 0)


def sorted_seat(task: Task, rank: int, query: Query, env: QueryEnv) -> tuple[Any, ...]:
    """Where a row stands under a query's group and sort; tasks with nothing to sort by come last, whichever way."""
    sorts = query.sort if query.group is None else (Sort(query.group), *query.sort)
    parts: list[Any] = [not task.pinned]
    for sort in sorts:
        value = sort.value(task, env)
        if value is None:
            parts += (True, 0)
        else:
            parts += (False, _Down(value) if sort.down else value)
    return (*parts, -rank)


class Rows:
    """Keys in the order of their seats; a seat is anything that compares, and no two are the same."""

    def __init__(self) -> None:
        self._seats: dict[str, Any] = {}
        self._order: list[Any] = []
        self._all: list[str] = []
        self._cut: list[str] | None = None
        self.limit: int | None = None

    @property
    def shown(self) -> Sequence[str]:
        """The keys, no more than the limit."""
        return self._all if self._cut is None else self._cut

    @property
    def all(self) -> Sequence[str]:
        """The keys, whatever the limit."""
        return self._all

    def __contains__(self, key: object) -> bool:
        return key in self._seats

    def position(self, key: str | None) -> int | None:
        """The key's place among those shown."""
        seat = self._seats.get(key) if key is not None else None
        if seat is None:
            return None
        place = bisect_left(self._order, seat)
        return place if place < len(self.shown) else None

    def replace(self, seats: dict[str, Any], limit: int | None) -> None:
        """Other rows altogether."""
        self._seats = seats
        self.limit = limit
        self._sort()
        self._apply_limit()

    def move(self, out: Iterable[str], into: Mapping[str, Any]) -> None:
        """Takes keys out, then puts keys in at their seats."""
        gone = list(out)
        if len(gone) + len(into) <= _FEW:
            for key in gone:
                at = bisect_left(self._order, self._seats.pop(key))
                del self._order[at], self._all[at]
            for key, seat in into.items():
                at = bisect_left(self._order, seat)
                self._order.insert(at, seat)
                self._all.insert(at, key)
                self._seats[key] = seat
        else:
            for key in gone:
                del self._seats[key]
            self._seats.update(into)
            self._sort()
        self._apply_limit()

    def _sort(self) -> None:
        seats = self._seats
        self._all = sorted(seats, key=seats.__getitem__)  # no pairs: ten thousand of them wake the collector of garbage
        self._order = [seats[key] for key in self._all]

    def _apply_limit(self) -> None:
        self._cut = None if self.limit is None or self.limit >= len(self._all) else self._all[: self.limit]
