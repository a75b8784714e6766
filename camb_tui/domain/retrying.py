"""Retrying: which of some tasks go again, which are left out and why, and what must be asked first.

Pure: tasks in, a plan out. Sending is the outbox's, asking is the screen's or the command's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from camb_tui.domain.advice import RetryClass, reason_of, retry_class
from camb_tui.domain.kinds import KINDS, FieldType
from camb_tui.domain.submissions import task_size
from camb_tui.domain.tasks import RETRYABLE, UNSENT, Task
from camb_tui.domain.text import one_line

ASK_BEYOND = 3
"""Tries of one task after which another one is asked about."""
FIRST_WAIT, LONGEST_WAIT = 3600.0, 86400.0
"""Seconds before the second try of what only time can mend; doubled with each try, up to a day."""

Twin = Callable[[Task], Task | None]
"""Gives another task of the same request that is live or new, None where there is none."""


class LeftOut(NamedTuple):
    """A task that does not go again, and why."""

    task: Task
    why: str
    may_insist: bool
    """Whether the user's word can still send it; what was not asked for twice stays out."""


class Plan(NamedTuple):
    """What a retry of some tasks comes to."""

    sent: tuple[Task, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def insistent(self) -> tuple[Task, ...]:
        """Those left out that the user may insist on."""
        return tuple(one.task for one in self.left_out if one.may_insist)

    @property
    def reasons(self) -> str:
        """Why tasks are left out, in words with counts, the most frequent first."""
        return ", ".join(f"{n} {why}" for why, n in Counter(one.why for one in self.left_out).most_common())


def fails_again(task: Task) -> bool:
    """Whether a failure would come again if the same were sent again."""
    return task.is_failed and retry_class(task) is RetryClass.PERMANENT


def blocked(task: Task) -> str:
    """Why a task cannot be sent again at all, empty where it can."""
    if task.superseded_by is not None:
        return "already retried"
    if task.parts:
        return "split already"
    if task.status not in RETRYABLE:
        return "not sent yet" if task.status in UNSENT else "still running"
    if task.kind not in KINDS or not task.request:
        return "its request is not known here"
    return ""


_DOUBTS = {
    RetryClass.PERMANENT: "would fail",
    RetryClass.DOUBT: "may exist",
    RetryClass.DONE: "succeeded",
}
"""Classes that a retry of many leaves out unless the user insists, with the words that say why."""


def doubt(task: Task) -> str:
    """What speaks against sending one task among many again, in two or three words; empty where nothing does."""
    found = _DOUBTS.get(retry_class(task), "")
    return found or (f"tried {task.attempt} times" if task.attempt >= ASK_BEYOND else "")


def plan_retry(tasks: Sequence[Task], twin: Twin = lambda task: None) -> Plan:
    """What sending these tasks again comes to: only what is worth it; of the same request, one."""
    sent: list[Task] = []
    left_out: list[LeftOut] = []
    chosen = {task.key for task in tasks}
    digests: set[tuple[str, str]] = set()
    for task in tasks:
        hard = blocked(task)
        soft = doubt(task)
        if not hard and not soft:
            other = twin(task)
            if (other is not None and other.key not in chosen) or (task.digest and _identity(task) in digests):
                soft = "same as another"
        if hard or soft:
            left_out.append(LeftOut(task, hard or soft, may_insist=not hard))
        else:
            sent.append(task)
            digests.add(_identity(task))
    return Plan(tuple(sent), tuple(left_out))


def _identity(task: Task) -> tuple[str, str]:
    return task.account, task.digest


def risk(task: Task) -> str:
    """What speaks against sending this one task again without a question, empty where nothing does."""
    match retry_class(task):
        case RetryClass.PERMANENT:
            reason = one_line(task.exception_reason or "the input", 40)
            return f"it would fail again unchanged ({reason})"
        case RetryClass.DOUBT:
            return "it may exist already and be charged twice"
        case RetryClass.DONE:
            return "it succeeded, and would be charged again"
        case RetryClass.ASK:
            return "nobody knows whether it can succeed"
    if task.attempt >= ASK_BEYOND:
        return f"it was tried {task.attempt} times"
    return ""


def wait_before(task: Task) -> float:
    """Seconds to wait before the next try, 0 for none: a quota of hours is not helped by haste."""
    if retry_class(task) is not RetryClass.WAIT:
        return 0.0
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(task.attempt - 1, 10))


def source_address(task: Task) -> str:
    """The address the service fetches the task's source from; empty where it has none."""
    kind = KINDS.get(task.kind)
    for field in kind.fields if kind is not None else ():
        if field.type is FieldType.URL and task.request.get(field.name):
            return str(task.request[field.name])
    return ""


def may_check(task: Task) -> bool:
    """Whether the task failed for want of its source, which can be asked for before it is sent again."""
    return retry_class(task) is RetryClass.WORLD and bool(source_address(task))


def failed_again(task: Task) -> bool:
    """Whether this is a retry that failed as well."""
    return task.attempt > 1 and task.is_failed


def outcome_words(task: Task) -> str:
    """How a retried task stands, in a few words."""
    if failed_again(task):
        return f"failed again: {reason_of(task) or task.shown_status}"
    return one_line(task.shown_status, 20)


def characters(tasks: Sequence[Task]) -> int:
    """Characters of text in these tasks; what is sent as a file or an address counts none."""
    return sum(task_size(task) or 0 for task in tasks if not task.uploads)
