"""A task's life: the transitions between statuses, as pure functions from one task to the next.

The outbox and the poller decide when a transition happens; what it means stands here, in one place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from camb_tui.domain.errors import (
    CambError,
    KeyRefusedError,
    NoAnswerError,
    NotSentError,
    PaymentRequiredError,
    RateLimitedError,
    RefusedError,
    RejectedError,
    SettingsError,
    UsageError,
)
from camb_tui.domain.tasks import LIVE, UNSENT, Hold, Task, TaskStatus, read_status

MISSING_AFTER = 3
"""404s in a row after which a task counts as missing."""


class StatusAnswer(NamedTuple):
    """What the service says about one task."""

    word: str
    run_id: int | None = None
    exception_reason: str | None = None
    message: str | None = None


def sending(task: Task, *, now: float) -> Task:
    """The POST is about to be sent; on disk before its first byte."""
    return task.but(status=TaskStatus.SENDING, hold="", held_until=None, submitted_at=now, message=None, code=None)


def taken(task: Task, task_id: str, *, now: float) -> Task:
    """The service took it; with an empty id it answered with the result, so there is no task to ask about."""
    if task_id:
        return accepted(task, task_id)
    return task.but(status=TaskStatus.SUCCESS, settled_at=now, message=None, code=None, faults=())


def accepted(task: Task, task_id: str) -> Task:
    """The service took it and gave it an id."""
    return task.but(status=TaskStatus.PENDING, task_id=task_id, message=None, code=None, faults=())


def held(task: Task, why: Hold, *, until: float | None = None, message: str | None = None) -> Task:
    """Not to be sent until the hold ends."""
    return task.but(status=TaskStatus.HELD, hold=why.value, held_until=until, message=message)


def queued(task: Task) -> Task:
    """Released: waits for its turn to be sent."""
    return task.but(status=TaskStatus.QUEUED, hold="", held_until=None)


def streamed(task: Task, message: str, *, whole: bool, saved: tuple[str, ...], now: float) -> Task:
    """A stream is over, whole or not; what it was, in words, and where it was saved."""
    return task.but(
        status=TaskStatus.SUCCESS if whole else TaskStatus.ERROR,
        message=message or None,
        code=None,
        faults=(),
        settled_at=now,
        saved=saved,
    )


def create_failed(task: Task, error: CambError, *, now: float) -> Task:
    """What a failed create makes of its task, by the class of the error.

    Queued again where nothing was created and the same intent may go again; held where only the account stands in
    the way; rejected where the service took nothing; unconfirmed wherever it may have been taken.
    """
    text = str(error)
    code = error.code if isinstance(error, RefusedError) else None
    if isinstance(error, NotSentError | RateLimitedError):
        return queued(task).but(message=text, code=code, submitted_at=None)
    if isinstance(error, PaymentRequiredError):
        return held(task, Hold.PAYMENT, message=text).but(code=code, submitted_at=None)
    if isinstance(error, KeyRefusedError):
        return held(task, Hold.KEY, message=text).but(code=code, submitted_at=None)
    if isinstance(error, RejectedError):
        return task.but(status=TaskStatus.REJECTED, message=text, code=code, faults=error.faults, settled_at=now)
    if isinstance(error, UsageError | SettingsError):  # found before anything was sent: a file that is gone, an address
        return task.but(status=TaskStatus.REJECTED, message=text, settled_at=now, submitted_at=None)
    if isinstance(error, NoAnswerError | RefusedError):
        return task.but(status=TaskStatus.UNCONFIRMED, message=text, code=code)
    raise error


def answered(task: Task, answer: StatusAnswer, *, now: float) -> Task:
    """What a poll's answer makes of its task."""
    status = read_status(answer.word, answer.exception_reason)
    settled = status not in LIVE
    return task.but(
        status=status,
        word=answer.word if status is TaskStatus.UNKNOWN else "",
        run_id=answer.run_id if answer.run_id is not None else task.run_id,
        exception_reason=answer.exception_reason,
        message=answer.message,
        settled_at=now if settled else None,
        stale=False,
        misses=0,
        polled_at=now,
        every=None if settled else task.every,
        expected_at=None if settled else task.expected_at,
        stuck_at=None if settled else task.stuck_at,
    )


def poll_failed(task: Task, *, unknown_task: bool = False) -> Task:
    """A poll brought nothing: the task is stale; after `MISSING_AFTER` 404s in a row (`unknown_task`) it is missing."""
    misses = task.misses + 1 if unknown_task else 0
    if misses >= MISSING_AFTER:
        return task.but(status=TaskStatus.MISSING, stale=False, misses=misses, every=None)
    return task.but(stale=True, misses=misses)


def overdue(task: Task) -> Task:
    """Our own maximum wait passed; only a look (`R`) or a watch (`w`) asks again."""
    return task.but(status=TaskStatus.OVERDUE, stale=False, every=None)


def watched_again(task: Task, *, now: float) -> Task:
    """An overdue or missing task goes back among the polled ones, with a new maximum wait; its age stays what it is."""
    return task.but(status=TaskStatus.PENDING, misses=0, stale=False, watched_from=now)


def adopted(task: Task, task_id: str, *, now: float) -> Task:
    """A task id found elsewhere was given to this row."""
    return task.but(
        status=TaskStatus.PENDING,
        task_id=task_id,
        adopted=True,
        submitted_at=task.submitted_at if task.submitted_at is not None else now,
        message=None,
        code=None,
        hold="",
        held_until=None,
    )


def split(task: Task, parts: tuple[str, ...]) -> Task:
    """These tasks do its work now, each a part of it."""
    whole = task.but(status=TaskStatus.SPLIT, parts=parts, parts_done=0, split_status=task.status.value)
    return whole.but(expected_at=None, stuck_at=None)


def unsplit(task: Task) -> Task:
    """Its parts were taken back: it is what it was before."""
    return task.but(status=TaskStatus(task.split_status), parts=(), parts_done=0, split_status="")


def gathered(task: Task, parts: Sequence[Task]) -> Task:
    """What the latest tries of its parts make of a split task.

    SUCCESS once all are; split while any is live; else what it was when it was split, for then it waits for the user.
    """
    done = sum(part.status is TaskStatus.SUCCESS for part in parts)
    if done == len(task.parts):
        ended = max((part.settled_at for part in parts if part.settled_at is not None), default=task.settled_at)
        return task.but(status=TaskStatus.SUCCESS, parts_done=done, settled_at=ended)
    if any(part.is_live and not (part.archived and part.status in UNSENT) for part in parts):
        return task.but(status=TaskStatus.SPLIT, parts_done=done)
    return task.but(status=read_status(task.split_status), parts_done=done)


def restored(task: Task) -> Task:
    """The task as a new start finds it: nothing is sent by itself, nothing half-sent counts as sent or unsent."""
    if task.status is TaskStatus.SENDING:
        return task.but(
            status=TaskStatus.UNCONFIRMED,
            message="the program ended before the answer arrived; the service may have taken it",
        )
    if task.status is TaskStatus.QUEUED or (
        task.status is TaskStatus.HELD and task.hold in ("", Hold.UNDO, Hold.LATER) and not task.archived
    ):
        if task.hold == Hold.LATER:  # its time is kept for when the user says to go on; by itself nothing is sent
            message = "was waiting for a quota when the program ended"
            return held(task, Hold.PAUSE, until=task.held_until, message=message)
        return held(task, Hold.PAUSE, message="was waiting to be sent when the program ended")
    return task
