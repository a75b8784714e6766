"""Selecting: which tasks the words of a command mean, and which submissions the session holds already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from camb_tui.domain.query import QueryEnv, parse
from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import FAILED, Task, TaskStatus

SAME_WITHIN = 600.0
"""Seconds in which the same submission again is taken for a mistake, also when the first has succeeded."""


def select(tasks: Mapping[str, Task], words: Sequence[str], *, now: float) -> dict[str, Task]:
    """The tasks meant by keys or task ids, or else by a filter; all that are not hidden where there are no words.

    Raises:
        QueryFault: The words are neither.
    """
    named = _named(tasks, words)
    if named is not None:
        return named
    query = parse(" ".join(words))
    env = QueryEnv(now=now)
    found = [task for task in tasks.values() if query.matches(task, env)]
    for order in reversed(query.sort):  # sorting is stable, so the first field sorts last; what has no value comes last
        valued = [(value, task) for task in found if (value := order.value(task, env)) is not None]
        valued.sort(key=lambda pair: pair[0], reverse=order.down)
        with_value = [task for _, task in valued]
        held = {task.key for task in with_value}
        found = with_value + [task for task in found if task.key not in held]
    return {task.key: task for task in found[: query.limit]}


def _named(tasks: Mapping[str, Task], words: Sequence[str]) -> dict[str, Task] | None:
    """The tasks whose keys or task ids the words are; None where one of them is neither."""
    if not words:
        return None
    if all(word in tasks for word in words):
        return {word: tasks[word] for word in words}
    by_id = {task.task_id: task for task in tasks.values() if task.task_id is not None}
    found = [tasks[word] if word in tasks else by_id.get(word) for word in words]
    known = [task for task in found if task is not None]
    return {task.key: task for task in known} if len(known) == len(found) else None


class Plan(NamedTuple):
    """What of a list of submissions is to be sent."""

    fresh: tuple[Submission, ...]
    same: dict[str, Task]
    """Tasks of the session that already are some of the submissions, by key."""
    doubles: int
    """Submissions left out because they are tasks already, or stand in the list twice."""


def plan(
    submissions: Iterable[Submission],
    tasks: Mapping[str, Task],
    *,
    account: str,
    now: float,
    within: float | None,
    again: bool = False,
) -> Plan:
    """What to send: nothing that the session holds already, so that a killed import can be run again.

    The same submission counts as there unless it failed, or succeeded longer than `within` seconds ago (None: however
    long ago). Of submissions that are the same only the first counts. With `again` all are to be sent.
    """
    if again:
        return Plan(tuple(submissions), {}, 0)
    known = {_identity(task): task for task in tasks.values() if _still_counts(task, account, now, within)}
    fresh: dict[tuple[str, frozenset[str]], Submission] = {}
    same: dict[str, Task] = {}
    doubles = 0
    for submission in submissions:
        identity = _identity(submission)
        if identity in known:
            same[known[identity].key] = known[identity]
        elif identity not in fresh:
            fresh[identity] = submission
            continue
        doubles += 1
    return Plan(tuple(fresh.values()), same, doubles)


def _identity(one: Task | Submission) -> tuple[str, frozenset[str]]:
    """Kind, fields and the content of the files: a changed file under the old name is another submission."""
    return one.digest, frozenset(upload.sha256 for upload in one.uploads)


def _still_counts(task: Task, account: str, now: float, within: float | None) -> bool:
    if task.account != account or task.superseded_by is not None or task.archived or task.status in FAILED:
        return False
    if task.status is TaskStatus.SUCCESS and within is not None:
        return now - task.created_at < within
    return True
