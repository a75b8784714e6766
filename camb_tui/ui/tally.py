"""Counts over all tasks, kept up to date change by change: the summary's figures and how many each view shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from camb_tui.domain.query import Query, QueryEnv
from camb_tui.domain.tasks import FAILED, LIVE, Task, TaskStatus


class Facts(NamedTuple):
    """What of a task decides where it counts; named as a task's own, so that a query's facts clause can read it."""

    kind: str
    status: TaskStatus
    saved: bool
    archived: bool
    pinned: bool
    stale: bool
    superseded: bool
    part: bool
    """It is a part of a split task."""


def facts_of(task: Task) -> Facts:
    """The facts of a decoded task."""
    return Facts(
        task.kind,
        task.status,
        bool(task.saved),
        task.archived,
        task.pinned,
        task.stale,
        task.superseded_by is not None,
        task.part_of is not None,
    )


class Brief(Protocol):
    """What a shelf can tell of a task without decoding all of it."""

    @property
    def kind(self) -> str: ...
    @property
    def status(self) -> TaskStatus: ...
    @property
    def hidden(self) -> bool:
        """Superseded or archived."""
        ...

    @property
    def archived(self) -> bool: ...
    @property
    def pinned(self) -> bool: ...
    @property
    def part(self) -> bool:
        """A part of a split task."""
        ...

    @property
    def saved(self) -> bool:
        """Its results were saved."""
        ...


class BriefShelf(Protocol):
    """A mapping of tasks that decodes them when asked, and knows a little of each before that."""

    def brief(self, key: str) -> Brief:
        """A little of the task of that key."""
        ...


class Counts(NamedTuple):
    """How many there are of the tasks neither superseded nor archived; the first five together make up all."""

    live: int
    """Sent or about to be: queued, sending, pending."""
    failed: int
    """Settled without a result, or rejected."""
    held: int
    done: int
    open: int
    """A person has to look: unconfirmed, overdue, missing."""
    unconfirmed: int
    stale: int
    unsaved: int
    views: tuple[int, ...]

    @property
    def total(self) -> int:
        return self.live + self.failed + self.held + self.done + self.open


class Tally:
    """How many tasks there are of each combination of facts, and which match the views that need more than facts."""

    def __init__(self, views: Sequence[Query], env: QueryEnv) -> None:
        self._views = views
        self._env = env
        self._of: Counter[Facts] = Counter()
        self._members: dict[int, set[str]] = {at: set() for at, view in enumerate(views) if not view.clause.facts}
        self._counts: Counts | None = None

    @property
    def total(self) -> int:
        return self.counts().total

    def begin(self, facts: Iterable[Facts]) -> None:
        """Counts what is there at the start; `look_again` completes the members of views that need more."""
        self._of = Counter(facts)
        self._counts = None

    def change(self, task: Task, before: Facts | None) -> bool:
        """Takes a changed task in, or a new one (`before` is None); whether some count may be another now."""
        now = facts_of(task)
        differs = now != before
        if differs:
            if before is not None:
                self._of[before] -= 1
            self._of[now] += 1
        for at, members in self._members.items():
            if self._views[at].matches(task, self._env) != (task.key in members):
                members.symmetric_difference_update((task.key,))
                differs = True
        if differs:
            self._counts = None
        return differs

    def look_again(self, tasks: Callable[[], Iterable[Task]], *, clock: bool) -> bool:
        """Asks about every task again for the views whose members change without their tasks; whether any did."""
        differs = False
        for at, members in self._members.items():
            view = self._views[at]
            if clock and not view.clause.clock:
                continue
            found = {task.key for task in tasks() if view.matches(task, self._env)}
            if found != members:
                self._members[at] = found
                self._counts = None
                differs = True
        return differs

    def counts(self) -> Counts:
        """The counts as they are now."""
        if self._counts is None:
            self._counts = self._count()
        return self._counts

    def _count(self) -> Counts:
        shown = [(facts, many) for facts, many in self._of.items() if many and not facts.superseded]
        by_status: Counter[TaskStatus] = Counter()
        stale = unsaved = 0
        for facts, many in shown:
            if facts.archived:
                continue
            by_status[facts.status] += many
            stale += many * facts.stale
            unsaved += many * (facts.status is TaskStatus.SUCCESS and not facts.saved)
        held, done = by_status[TaskStatus.HELD], by_status[TaskStatus.SUCCESS]
        live = sum(by_status[status] for status in LIVE) - held
        failed = sum(by_status[status] for status in FAILED)
        views = tuple(self._view_count(at, view, shown) for at, view in enumerate(self._views))
        return Counts(
            live=live,
            failed=failed,
            held=held,
            done=done,
            open=by_status.total() - live - failed - held - done,
            unconfirmed=by_status[TaskStatus.UNCONFIRMED],
            stale=stale,
            unsaved=unsaved,
            views=views,
        )

    def _view_count(self, at: int, view: Query, shown: Sequence[tuple[Facts, int]]) -> int:
        members = self._members.get(at)
        if members is not None:
            return len(members)
        return sum(
            many
            for facts, many in shown
            if (view.archived or not facts.archived) and view.clause.test(facts, self._env)
        )
