"""What `r` would do to the chosen tasks: which go again, which are left out and why, and what must be asked first.

Pure: tasks in, a plan out. Sending is the outbox's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from camb_tui.domain.advice import RetryClass, retry_class
from camb_tui.domain.kinds import KINDS
from camb_tui.domain.tasks import RETRYABLE, Task, TaskStatus
from camb_tui.domain.text import one_line
from camb_tui.ui.words import count_text

ASK_BEYOND = 3
"""Tries of one task after which another one is asked about."""


class RetryPlan(NamedTuple):
    """The outcome of planning; with no keys, `words` say why nothing is sent."""

    keys: tuple[str, ...]
    words: str
    """What will be done, or why nothing is."""
    asks: bool = False
    """Whether the user must say yes first."""


def name_of(task: Task) -> str:
    """A task as a notice calls it."""
    return one_line(task.label or task.kind, 40)


def fails_again(task: Task) -> bool:
    """Whether a failure would come again if the same were sent again."""
    return task.is_failed and retry_class(task) is RetryClass.PERMANENT


def blocked(task: Task) -> str:
    """Why a task cannot be sent again at all, empty where it can."""
    if task.superseded_by is not None:
        return "already retried"
    if task.parts:
        return "it was split; its parts are rows of their own"
    if task.status not in RETRYABLE:
        return "not sent yet" if task.status in (TaskStatus.HELD, TaskStatus.QUEUED) else "still running"
    if task.kind not in KINDS or (task.adopted and not task.request):
        return "its request is not known here"
    return ""


def risk(task: Task) -> str:
    """What speaks against sending a task again without a question, empty where nothing does."""
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


_SKIPPED = {
    RetryClass.PERMANENT: "fail again",
    RetryClass.DOUBT: "may exist",
    RetryClass.DONE: "succeeded",
}
"""Classes that a retry of many leaves out, with the words that say why."""


def plan_retry(tasks: Sequence[Task]) -> RetryPlan:
    """What sending these tasks again comes to: one safe task goes at once, all else is asked first."""
    if not tasks:
        return RetryPlan((), "there is no task here to send again")
    if len(tasks) == 1:
        return _plan_one(tasks[0])
    left_out: Counter[str] = Counter()
    keys = []
    for task in tasks:
        why = blocked(task) or _SKIPPED.get(retry_class(task), "")
        if why:
            left_out[why] += 1
        else:
            keys.append(task.key)
    why_not = ", ".join(f"{number} {why}" for why, number in left_out.most_common())
    if not keys:
        return RetryPlan((), f"none of {len(tasks)} can be sent again: {why_not}")
    out = f", {left_out.total()} left out ({why_not})" if left_out else ""
    return RetryPlan(tuple(keys), f"Retry {len(tasks)} marked: {len(keys)} will be sent{out}", asks=True)


def _plan_one(task: Task) -> RetryPlan:
    if why := blocked(task):
        return RetryPlan((), f"{name_of(task)}: cannot be sent again, {why}")
    if why := risk(task):
        return RetryPlan((task.key,), f"{name_of(task)}: {why}. Send it again?", asks=True)
    return RetryPlan((task.key,), f"{name_of(task)}: sent again")


def sent_words(number: int, window: float) -> str:
    """What to say once tasks were handed to the outbox."""
    if window <= 0:
        return f"sending {count_text(number, 'task')}"
    return f"{count_text(number, 'task')} will be sent in {window:g} s; z takes {'it' if number == 1 else 'them'} back"
