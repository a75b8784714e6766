"""What belongs together among the tasks: tries of one submission, batches, what is held, what settled meanwhile.

Read from the session's shelf the first time somebody asks, since reading 10,000 tasks would delay the first paint; kept
up by what changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import LIVE, Task, TaskStatus
from camb_tui.domain.text import one_line
from camb_tui.ui.figures import Figures, midnight_before
from camb_tui.ui.words import clock_text

TWIN_AGE = 600.0
"""Seconds for which a settled task still counts as the same submission made again."""
_OLD_ENOUGH = 50
"""Older tasks in a row after which only live ones are looked at; a session edited by hand may be out of order."""
_LONGEST_LINE = 50
"""Tries followed back, at most; a damaged session may hold a ring."""


class Twins:
    """Finds the earlier task of a request, so that nothing is sent twice by mistake."""

    def __init__(self, tasks: Iterable[Task], account: str) -> None:
        """Args:
        tasks: Those that count, the newest first.
        account: Only tasks of this account count; an unknown one may be any.
        """
        self._by_request: dict[tuple[str, frozenset[str]], list[Task]] = {}
        for task in tasks:
            same_account = not account or not task.account or task.account == account
            if task.digest and not task.archived and task.superseded_by is None and same_account:
                self._by_request.setdefault(_identity(task), []).append(task)

    def of(self, one: Submission | Task) -> Task | None:
        """The newest other task of the same request and the same files."""
        found = [task for task in self._by_request.get(_identity(one), ()) if task.key != getattr(one, "key", None)]
        return max(found, key=lambda task: task.created_at, default=None)


def _identity(one: Submission | Task) -> tuple[str, frozenset[str]]:
    return one.digest, frozenset(upload.sha256 for upload in one.uploads)


class Kin:
    """The tasks by what they have in common."""

    def __init__(self, shelf: Mapping[str, Task]) -> None:
        self._shelf = shelf
        self._fresh: dict[str, Task] = {}
        self._batches: dict[str, dict[str, None]] | None = None
        self._held: set[str] | None = None
        self._figures: Figures | None = None
        self._midnight = 0.0
        self._away: dict[str, Task] = {}
        self.news: dict[str, Task] = {}
        """What settled during the last long absence, by task key."""

    def _task(self, key: str) -> Task | None:
        return self._fresh.get(key) or self._shelf.get(key)

    def _all(self) -> Iterable[Task]:
        for key in self._shelf:
            if key not in self._fresh:
                yield self._shelf[key]
        yield from self._fresh.values()

    def take(self, tasks: Iterable[Task]) -> list[Task]:
        """Take changed tasks in; gives those that settled or came to need the user with this change."""
        settled = []
        for task in tasks:
            old = self._task(task.key)
            self._fresh[task.key] = task
            if old is not None and old.is_live and not task.is_live:
                settled.append(task)
            if self._batches is not None and task.batch:
                self._batches.setdefault(task.batch, {})[task.key] = None
            if self._held is not None:
                (self._held.add if task.status is TaskStatus.HELD else self._held.discard)(task.key)
            if self._figures is not None:
                self._figures.take(task)
        return settled

    def tries_before(self, task: Task) -> list[Task]:
        """The tries before this one, newest first."""
        found: list[Task] = []
        while task.retry_of is not None and len(found) < _LONGEST_LINE:
            before = self._task(task.retry_of)
            if before is None:
                break
            found.append(before)
            task = before
        return found

    def batch_of(self, task: Task) -> list[Task]:
        """The other tasks of its batch, in submission order; superseded tries are left out."""
        if not task.batch:
            return []
        if self._batches is None:
            self._batches = {}
            for one in self._all():
                if one.batch:
                    self._batches.setdefault(one.batch, {})[one.key] = None
        members = (self._task(key) for key in self._batches.get(task.batch, ()))
        return [one for one in members if one is not None and one.superseded_by is None]

    def twins(self, account: str, *, now: float) -> Twins:
        """The tasks that a new one may be the same as: live, or younger than ten minutes; taken-back ones aside."""
        young: list[Task] = []
        old_in_a_row = 0
        for key in reversed(list(self._keys())):  # submission order, so the young ones stand at the end
            is_live = self._status(key) in LIVE
            if old_in_a_row >= _OLD_ENOUGH and not is_live:
                continue
            task = self._task(key)
            assert task is not None
            is_young = now - task.created_at < TWIN_AGE
            old_in_a_row = 0 if is_young else old_in_a_row + 1
            if is_live or is_young:
                young.append(task)
        return Twins(young, account)

    def _keys(self) -> Iterable[str]:
        yield from self._shelf
        yield from (key for key in self._fresh if key not in self._shelf)

    def _status(self, key: str) -> TaskStatus | None:
        """A task's status, without reading it whole where the shelf knows a shorter way."""
        if key in self._fresh:
            return self._fresh[key].status
        brief = getattr(self._shelf, "brief", None)
        return brief(key).status if brief is not None else self._shelf[key].status

    def held(self) -> list[Task]:
        """Every held task, in no order."""
        if self._held is None:
            self._held = {task.key for task in self._all() if task.status is TaskStatus.HELD}
        return [task for task in map(self._task, self._held) if task is not None]

    def figures(self, now: float) -> Figures:
        """Figures over all tasks; begun anew each day."""
        midnight = midnight_before(now)
        if self._figures is None or midnight != self._midnight:
            self._figures, self._midnight = Figures(self._all(), midnight=midnight), midnight
        return self._figures

    # ------------------------------------------------------ while away

    def note_settled(self, tasks: Iterable[Task]) -> None:
        """These settled while nobody pressed a key."""
        for task in tasks:
            self._away[task.key] = task

    def come_back(self, *, was_long: bool) -> bool:
        """The user pressed a key; after a long absence what settled meanwhile is the news. True where there is any."""
        settled, self._away = self._away, {}
        if not (was_long and settled):
            return False
        self.news.clear()
        self.news.update(settled)
        return True


def away_words(tasks: Iterable[Task], *, since: float, now: float) -> str:
    """What settled while the user was away, in one line; empty where nothing did."""
    done, failed, other = 0, 0, 0
    reasons: Counter[str] = Counter()
    for task in tasks:
        if task.status is TaskStatus.SUCCESS:
            done += 1
        elif task.is_failed:
            failed += 1
            reasons[one_line(task.exception_reason or task.shown_status, 30)] += 1
        else:
            other += 1
    why = f" ({', '.join(_named(reasons.most_common(3)))})" if reasons else ""
    counts = [f"{done} done" if done else "", f"{failed} failed{why}" if failed else ""]
    counts.append(f"{other} to decide" if other else "")
    words = ", ".join(filter(None, counts))
    return f"since {clock_text(since, now=now)[:5]}: {words}; is:new shows them" if words else ""


def _named(reasons: Sequence[tuple[str, int]]) -> list[str]:
    return [reason if number == 1 else f"{number} {reason}" for reason, number in reasons]
