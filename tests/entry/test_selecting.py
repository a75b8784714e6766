"""Which tasks words mean, and what is not submitted twice."""

from __future__ import annotations

from typing import Any

import pytest

from camb_tui.domain.errors import UsageError
from camb_tui.domain.query import parse
from camb_tui.domain.submissions import Submission, intend
from camb_tui.domain.tasks import Task, TaskStatus, Upload
from camb_tui.selecting import plan, select

ONE = Submission("tts", {"text": "one"})
TWO = Submission("tts", {"text": "two"})


def task(submission: Submission = ONE, key: str = "k", **changes: Any) -> Task:  # fields of Task
    return intend(submission, key=key, now=100.0, account="me").but(**{"status": TaskStatus.PENDING, **changes})


def test_words_are_keys_or_task_ids_or_a_filter() -> None:
    tasks = {"aaa": task(key="aaa", task_id="id-1", label="first"), "bbb": task(key="bbb", status=TaskStatus.ERROR)}
    assert list(select(tasks, ["bbb", "id-1"], now=0.0)) == ["bbb", "aaa"]
    assert list(select(tasks, ["is:failed"], now=0.0)) == ["bbb"]
    assert list(select(tasks, [], now=0.0)) == ["aaa", "bbb"]
    with pytest.raises(UsageError):
        select(tasks, ["status:"], now=0.0)


def test_a_filter_sorts_and_limits() -> None:
    tasks = {key: task(key=key, label=key) for key in ("b", "c", "a")}
    assert parse("sort:-name limit:2").limit == 2
    assert list(select(tasks, ["sort:-name", "limit:2"], now=0.0)) == ["c", "b"]


def test_what_the_session_holds_is_not_submitted_again() -> None:
    """An import that was killed half way can be run again without a double."""
    found = plan([ONE, TWO], {"k": task()}, account="me", now=1e6, within=None)
    assert found.fresh == (TWO,)
    assert list(found.same) == ["k"]
    assert found.doubles == 1


@pytest.mark.parametrize("status", [TaskStatus.UNCONFIRMED, TaskStatus.SENDING, TaskStatus.HELD, TaskStatus.OVERDUE])
def test_what_may_have_been_taken_counts_however_old(status: TaskStatus) -> None:
    assert plan([ONE], {"k": task(status=status)}, account="me", now=1e9, within=600.0).fresh == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"status": TaskStatus.ERROR},
        {"status": TaskStatus.REJECTED},
        {"account": "another"},
        {"archived": True},
        {"status": TaskStatus.SUCCESS},  # longer ago than `within`
    ],
)
def test_what_failed_or_is_long_done_may_be_submitted_again(changes: dict[str, Any]) -> None:
    assert plan([ONE], {"k": task(**changes)}, account="me", now=1000.0, within=600.0).fresh == (ONE,)


def test_a_fresh_success_counts_as_there() -> None:
    done = task(status=TaskStatus.SUCCESS)
    assert plan([ONE], {"k": done}, account="me", now=200.0, within=600.0).fresh == ()
    assert plan([ONE], {"k": done}, account="me", now=1e9, within=None).fresh == ()


def test_a_row_that_stands_twice_is_sent_once_unless_the_user_insists() -> None:
    found = plan([ONE, ONE], {}, account="me", now=0.0, within=None)
    assert (found.fresh, found.doubles) == ((ONE,), 1)
    assert plan([ONE, ONE], {"k": task()}, account="me", now=0.0, within=None, again=True).fresh == (ONE, ONE)


def test_a_changed_file_under_the_same_name_is_another_submission() -> None:
    def with_file(digest: str) -> Submission:
        return Submission("story", {"file": "/x.txt"}, uploads=(Upload("file", "/x.txt", 1, digest),))

    assert plan([with_file("b")], {"k": task(with_file("a"))}, account="me", now=0.0, within=None).doubles == 0
    assert plan([with_file("a")], {"k": task(with_file("a"))}, account="me", now=0.0, within=None).doubles == 1
