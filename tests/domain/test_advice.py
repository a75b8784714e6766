"""Advice: every status and every reason says something true and useful."""

from __future__ import annotations

import re
from typing import Any

import pytest

from camb_tui.domain.advice import REASONS, RetryClass, advise, reason_of, retry_class, split_advice, worth_retrying
from camb_tui.domain.tasks import Hold, Task, TaskStatus

PERMANENT = re.findall(
    r"\w+",
    """SOURCE_TOO_LONG SOURCE_TOO_LARGE SOURCE_TYPE_NOT_SUPPORTED MISMATCHED_SOURCE_CODEC
CONTENT_DOES_NOT_MATCH_EXTENSION INVALID_SOURCE_DATA VIDEO_DOES_NOT_HAVE_AUDIO_STREAMS INVALID_AUDIO_TRACKS_SELECTION
MASTERING_OUT_OF_RANGE HARMFUL_CONTENT_DETECTED SOURCE_IS_AGE_RESTRICTED SOURCE_BLOCKED_IN_REGION FORBIDDEN""",
)
CLASSES = {
    **dict.fromkeys(PERMANENT, RetryClass.PERMANENT),
    **dict.fromkeys(["SOURCE_NOT_FOUND", "ERROR_DOWNLOADING_SOURCE"], RetryClass.WORLD),
    "TOO_MANY_GDRIVE_REQUESTS": RetryClass.WAIT,
    **dict.fromkeys(["INTERNAL_ERROR", "PROCESSING_ERROR", "VOICE_CONVERSION_ERROR", "TIMEOUT"], RetryClass.TRANSIENT),
    "PAYMENT_REQUIRED": RetryClass.MONEY,
}


def make(status: TaskStatus = TaskStatus.ERROR, **fields: Any) -> Task:
    values: dict[str, Any] = {"kind": "tts", "request": {"text": "Good day"}, "task_id": "t-1", **fields}
    return Task(key="k", status=status, created_at=0.0, **values)


@pytest.mark.parametrize("status", list(TaskStatus))
@pytest.mark.parametrize("reason", [None, "NONE", "", "COINED_TOMORROW", *REASONS])
@pytest.mark.parametrize("kind", ["tts", "dubbing", "story", "coined"])
def test_every_status_and_reason_yields_sentences(status: TaskStatus, reason: str | None, kind: str) -> None:
    advice = advise(make(status, exception_reason=reason, kind=kind))
    assert advice.headline.endswith((".", "!"))
    assert advice.steps
    assert all(step.strip() and "{" not in step for step in advice.steps)
    assert "{" not in advice.headline
    assert advice.retry is retry_class(make(status, exception_reason=reason, kind=kind))


def test_the_table_of_reasons_is_the_one_of_the_rules() -> None:
    assert {name: reason.retry for name, reason in REASONS.items()} == CLASSES
    for name, expected in CLASSES.items():
        assert retry_class(make(exception_reason=name.lower())) is expected


@pytest.mark.parametrize("reason", [None, "", "none", "COINED_TOMORROW"])
def test_an_error_of_unknown_reason_asks(reason: str | None) -> None:
    assert retry_class(make(exception_reason=reason)) is RetryClass.ASK


def test_the_placeholder_for_no_reason_is_not_shown() -> None:
    assert "NONE" not in advise(make(exception_reason="NONE")).headline
    assert reason_of(make(exception_reason="NONE")) == ""


def test_a_permanent_failure_says_that_sending_it_again_will_fail_again() -> None:
    steps = advise(make(exception_reason="SOURCE_TOO_LONG")).steps
    assert steps[0] == "Sending it again unchanged will fail again."
    assert any(step.startswith("e ") for step in steps)
    assert not any(step.startswith("r ") for step in steps)


@pytest.mark.parametrize("reason", ["INTERNAL_ERROR", "SOURCE_NOT_FOUND", "TOO_MANY_GDRIVE_REQUESTS", "COINED"])
def test_a_failure_that_may_pass_offers_the_retry_key(reason: str) -> None:
    assert any(step.startswith("r ") for step in advise(make(exception_reason=reason)).steps)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (TaskStatus.SUCCESS, RetryClass.DONE),
        (TaskStatus.TIMEOUT, RetryClass.TRANSIENT),
        (TaskStatus.PAYMENT_REQUIRED, RetryClass.MONEY),
        (TaskStatus.REJECTED, RetryClass.PERMANENT),
        (TaskStatus.UNCONFIRMED, RetryClass.DOUBT),
        (TaskStatus.OVERDUE, RetryClass.DOUBT),
        (TaskStatus.MISSING, RetryClass.DOUBT),
        (TaskStatus.PENDING, RetryClass.LIVE),
        (TaskStatus.HELD, RetryClass.LIVE),
        (TaskStatus.SENDING, RetryClass.LIVE),
    ],
)
def test_the_class_of_each_status(status: TaskStatus, expected: RetryClass) -> None:
    assert retry_class(make(status)) is expected


def test_worth_retrying_leaves_out_what_would_fail_and_what_may_be_paid_twice() -> None:
    assert worth_retrying(make(exception_reason="INTERNAL_ERROR"))
    assert worth_retrying(make(TaskStatus.PAYMENT_REQUIRED))
    assert not worth_retrying(make(exception_reason="SOURCE_TOO_LONG"))
    assert not worth_retrying(make(TaskStatus.REJECTED))
    assert not worth_retrying(make(TaskStatus.UNCONFIRMED))
    assert not worth_retrying(make(TaskStatus.SUCCESS))
    assert not worth_retrying(make(exception_reason="INTERNAL_ERROR", request={}))


def test_an_unconfirmed_task_has_three_ways_out() -> None:
    text = "\n".join(advise(make(TaskStatus.UNCONFIRMED)).steps)
    assert re.findall(r"^(\w) ", text, re.MULTILINE) == ["a", "r", "x"]
    assert "may be charged twice" in text


def test_a_rejection_names_code_and_fields() -> None:
    advice = advise(make(TaskStatus.REJECTED, code=422, faults=(("texts", "field required"),)))
    assert "422" in advice.headline
    assert "texts: field required" in advice.steps


@pytest.mark.parametrize(
    ("hold", "word"), [(Hold.UNDO, "z takes"), (Hold.PAYMENT, "credits"), (Hold.KEY, "key"), (Hold.PAUSE, "H sends")]
)
def test_each_hold_says_how_it_ends(hold: Hold, word: str) -> None:
    advice = advise(make(TaskStatus.HELD, hold=hold.value))
    assert word in advice.headline + "\n".join(advice.steps)


def test_a_stale_task_says_that_its_status_is_old() -> None:
    assert "old" in advise(make(TaskStatus.PENDING, stale=True)).headline
    assert any("old" in step for step in advise(make(TaskStatus.UNKNOWN, word="PROCESSING", stale=True)).steps)


def test_a_coined_word_is_shown_as_text() -> None:
    headline = advise(make(TaskStatus.UNKNOWN, word="[red]\x1b[31m" + "x" * 500)).headline
    assert "[red]" in headline
    assert "\x1b" not in headline
    assert len(headline) < 200


def test_media_that_is_too_long_gets_an_ffmpeg_line_with_its_name_quoted() -> None:
    task = make(kind="transcription", request={"media_file": "/films/a b; rm -rf c.mov"})
    assert "ffmpeg -i '/films/a b; rm -rf c.mov'" in split_advice(task)
    assert split_advice(task).endswith("part%03d.mov")


@pytest.mark.parametrize("url", ["https://example.com/v/-i.mp4?sig=1", "https://example.com/watch/", "https://", "x"])
def test_the_ffmpeg_line_survives_odd_addresses(url: str) -> None:
    line = split_advice(make(kind="dubbing", request={"video_url": url}))
    assert "sig=1" not in line
    assert " -i -" not in line


def test_an_adopted_task_without_its_request_offers_no_retry() -> None:
    for status in (TaskStatus.TIMEOUT, TaskStatus.OVERDUE, TaskStatus.MISSING):
        steps = advise(make(status, request={}, adopted=True)).steps
        assert not any(step.startswith(("r ", "e ")) for step in steps)
