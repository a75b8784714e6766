"""The ledger: what the user said, what was ever seen, and what must hold between the session and the service.

Pure bookkeeping, so that it can itself be tested with accounts that do not balance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.outbox import TAKEN_BACK
from camb_tui.simulator.world import SeenCreate

TOOK_NOTHING = frozenset({"status 401", "status 402", "status 403", "status 404", "status 405", "status 429"})
"""Answers after which the same intent may go again: the service took nothing."""
IN_DOUBT = frozenset({TaskStatus.SENDING, TaskStatus.UNCONFIRMED})
"""What a task may be whose id the session does not know."""


@dataclass(slots=True)
class Life:
    """One run of the program, from its start to its end."""

    before: Mapping[str, Task]
    """The session as it found it."""
    first: int
    """Creates the service had seen until then."""
    spoke_at: int | None = None
    """Creates it had seen when the user said the first word; None where the user said nothing."""
    released: set[str] = field(default_factory=set)
    """Keys of the session the user told it to send."""
    shown: Mapping[str, str] = field(default_factory=dict)
    """Task ids it showed, by key."""


class Ledger:
    """The books of one session."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        """How often the user said to make a task of this name."""
        self.known: dict[str, str] = {}
        """Task ids that the disk or the screen has seen, by key."""
        self.taken_back: set[str] = set()

    def check(self, life: Life, session: Mapping[str, Task], creates: Sequence[SeenCreate]) -> list[str]:
        """What does not hold after a life; empty when all is well."""
        self.known |= life.shown
        faults = [
            *_at_start(life, creates),
            *_without_word(life, creates),
            *_twice(creates),
            *_unwritten(session, creates),
            *self._lost(life, session),
            *self._taken_back(session, creates),
            *self._more_than_asked(session),
        ]
        self.known |= {key: task.task_id for key, task in session.items() if task.task_id is not None}
        return faults

    def _lost(self, life: Life, session: Mapping[str, Task]) -> Iterator[str]:
        for key in life.before:
            if key not in session:
                yield f"lost: the row {key} is gone"
        for key, task_id in self.known.items():
            if key not in session or session[key].task_id != task_id:
                yield f"lost: task id {task_id} of {key}"

    def _taken_back(self, session: Mapping[str, Task], creates: Sequence[SeenCreate]) -> Iterator[str]:
        self.taken_back |= {key for key, task in session.items() if task.archived and task.message == TAKEN_BACK}
        for key in self.taken_back & {seen.key for seen in creates}:
            yield f"sent although taken back: {key}"

    def _more_than_asked(self, session: Mapping[str, Task]) -> Iterator[str]:
        for name, count in Counter(task.label for task in session.values()).items():
            if count > self.asked[name]:
                yield f"doubled: {count} intents named {name}, asked for {self.asked[name]}"


def _at_start(life: Life, creates: Sequence[SeenCreate]) -> Iterator[str]:
    until = len(creates) if life.spoke_at is None else life.spoke_at
    for seen in creates[life.first : until]:
        yield f"sent at the start without a word: {seen.key}"


def _without_word(life: Life, creates: Sequence[SeenCreate]) -> Iterator[str]:
    for seen in creates[life.first :]:
        if seen.key in life.before and seen.key not in life.released:
            yield f"sent without a word: {seen.key}, {life.before[seen.key].shown_status} before"


def _twice(creates: Sequence[SeenCreate]) -> Iterator[str]:
    made = Counter(seen.key for seen in creates if seen.task_id is not None)
    sent = Counter(seen.key for seen in creates if seen.task_id is not None or seen.fault not in TOOK_NOTHING)
    for key, count in sent.items():
        if made[key] > 1:
            yield f"doubled: {made[key]} tasks of the intent {key}"
        elif count > 1:
            yield f"doubled: {count} requests of the intent {key} that may have made a task"


def _unwritten(session: Mapping[str, Task], creates: Sequence[SeenCreate]) -> Iterator[str]:
    for seen in creates:
        task = session.get(seen.key)
        if task is None:
            yield f"lost: the service saw the intent {seen.key!r}, the session does not hold it"
        elif seen.task_id is not None and task.task_id != seen.task_id and task.status not in IN_DOUBT:
            yield f"lost: {seen.key} made task {seen.task_id}, the session says {task.shown_status} {task.task_id}"


def orphans(session: Mapping[str, Task], creates: Collection[SeenCreate]) -> dict[str, str]:
    """Tasks at the service whose ids the session does not know, by the key of their intent."""
    return {
        seen.key: seen.task_id
        for seen in creates
        if seen.task_id is not None and (seen.key not in session or session[seen.key].task_id != seen.task_id)
    }
