"""Which tasks go again, which are left out and why, and what is asked first."""

from __future__ import annotations

from typing import Any

import pytest

from camb_tui.domain.retrying import (
    blocked,
    characters,
    doubt,
    failed_again,
    may_check,
    plan_retry,
    risk,
    source_address,
    wait_before,
)
from camb_tui.domain.tasks import Task, TaskStatus


def task(key: str, status: TaskStatus = TaskStatus.ERROR, **fields: Any) -> Task:
    given: dict[str, Any] = {
        "kind": "tts",
        "request": {"text": "Hello", "voice_id": 1, "language": 1},
        "exception_reason": "INTERNAL_ERROR" if status is TaskStatus.ERROR else None,
        "digest": f"digest of {key}",
    }
    return Task(key=key, status=status, created_at=1.0, **{**given, **fields})


def test_only_what_is_worth_it_goes_and_the_rest_has_its_reason() -> None:
    """Forty marked rows must not buy the three that cannot succeed."""
    tasks = [
        task("good"),
        task("bad", exception_reason="SOURCE_TOO_LONG"),
        task("done", TaskStatus.SUCCESS),
        task("doubt", TaskStatus.UNCONFIRMED),
        task("live", TaskStatus.PENDING),
        task("often", attempt=3),
        task("old", superseded_by="x"),
    ]
    plan = plan_retry(tasks)
    assert [one.key for one in plan.sent] == ["good"]
    assert {one.task.key: one.why for one in plan.left_out} == {
        "bad": "would fail",
        "done": "succeeded",
        "doubt": "may exist",
        "live": "still running",
        "often": "tried 3 times",
        "old": "already retried",
    }
    assert [one.key for one in plan.insistent] == ["bad", "done", "doubt", "often"]


def test_of_the_same_request_one_goes() -> None:
    accounts = {"one": "a", "two": "a", "three": "b"}
    plan = plan_retry([task(key, digest="d", account=account) for key, account in accounts.items()])
    assert [one.key for one in plan.sent] == ["one", "three"]
    assert plan.reasons == "1 same as another"


def test_what_runs_elsewhere_already_is_left_out() -> None:
    running = task("running", TaskStatus.PENDING)
    plan = plan_retry([task("one"), task("two")], lambda one: running if one.key == "one" else None)
    assert [one.key for one in plan.sent] == ["two"]


def test_a_task_without_its_request_cannot_go_again() -> None:
    assert blocked(task("a", adopted=True, request={})) == "its request is not known here"


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (task("a"), ""),
        (task("a", TaskStatus.TIMEOUT, attempt=3), "tried 3 times"),
        (task("a", exception_reason="HARMFUL_CONTENT_DETECTED"), "fail again"),
        (task("a", exception_reason="NEVER_HEARD_OF"), "nobody knows"),
        (task("a", TaskStatus.UNCONFIRMED), "charged twice"),
        (task("a", TaskStatus.SUCCESS), "charged again"),
        (task("a", TaskStatus.PAYMENT_REQUIRED), ""),
    ],
)
def test_what_is_asked_before_one_goes_again(one: Task, words: str) -> None:
    assert (words in risk(one)) if words else risk(one) == ""


def test_a_quota_of_hours_is_waited_for_longer_each_time() -> None:
    waits = [wait_before(task("a", exception_reason="TOO_MANY_GDRIVE_REQUESTS", attempt=n)) for n in (1, 2, 3, 50)]
    assert waits == [3600.0, 7200.0, 14400.0, 86400.0]
    assert wait_before(task("a")) == 0.0


def test_a_source_that_was_not_found_can_be_asked_for_first() -> None:
    lost = task(
        "a", kind="dubbing", request={"video_url": "https://v.example/a.mp4"}, exception_reason="SOURCE_NOT_FOUND"
    )
    assert may_check(lost)
    assert source_address(lost) == "https://v.example/a.mp4"
    assert not may_check(lost.but(exception_reason="INTERNAL_ERROR"))
    assert not may_check(task("a", exception_reason="SOURCE_NOT_FOUND"))


def test_words_of_size_and_of_failing_again() -> None:
    assert characters([task("a"), task("b")]) == 10
    assert failed_again(task("a", attempt=2))
    assert not failed_again(task("a"))
    assert doubt(task("a", TaskStatus.REJECTED)) == "would fail"
