"""Statuses, transitions and what stands around them: submissions, digests, results, subtitles, safe text, schedule."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camb_tui.domain import life, schedule
from camb_tui.domain.kinds import KINDS, ResultShape
from camb_tui.domain.results import MisshapenError, Segment, read_result
from camb_tui.domain.submissions import Submission, default_label, intend, spread, task_languages, task_size
from camb_tui.domain.subtitles import to_srt, to_text, to_vtt
from camb_tui.domain.tasks import Task, TaskStatus, account_fingerprint, new_key, read_status, request_digest
from camb_tui.domain.text import cell_width, fit, one_line, safe

SEGMENT = {"start": 0.5, "end": 61.25, "text": "Hello --> you", "speaker": "Speaker 1"}


def a_task(status: TaskStatus = TaskStatus.PENDING, **fields: Any) -> Task:
    return Task(key="k", kind="tts", status=status, created_at=0.0, **fields)


@pytest.mark.parametrize(
    ("word", "reason", "status"),
    [
        ("SUCCESS", None, TaskStatus.SUCCESS),
        (" pending ", None, TaskStatus.PENDING),
        ("failed", None, TaskStatus.ERROR),
        ("Error", "payment_required", TaskStatus.PAYMENT_REQUIRED),
        ("COMPLETED", None, TaskStatus.UNKNOWN),
        ("", None, TaskStatus.UNKNOWN),
    ],
)
def test_words_of_the_service_are_read_without_case(word: str, reason: str | None, status: TaskStatus) -> None:
    """Old and new words, and those of tomorrow."""
    assert read_status(word, reason) is status


@pytest.mark.parametrize("status", TaskStatus)
def test_every_status_is_live_or_settled_or_waits_for_the_user(status: TaskStatus) -> None:
    """No status may fall between the views."""
    task = a_task(status)
    assert task.is_live + task.is_settled + (status in ("unconfirmed", "overdue", "missing")) == 1


def test_what_a_restart_makes_of_each_status() -> None:
    """Nothing half-sent counts as sent or as unsent."""
    assert life.restored(a_task(TaskStatus.SENDING)).status is TaskStatus.UNCONFIRMED
    assert life.restored(a_task(TaskStatus.QUEUED)).hold == "pause"
    assert life.restored(a_task(TaskStatus.HELD, hold="undo", held_until=9.0)).held_until is None
    later = life.restored(a_task(TaskStatus.HELD, hold="later", held_until=9.0))
    assert (later.hold, later.held_until) == ("pause", 9.0), "its time is kept, and nothing leaves by itself"
    assert life.restored(a_task(TaskStatus.HELD, hold="payment")).hold == "payment"
    assert life.restored(a_task()) == a_task()


def test_digests_do_not_depend_on_the_order_of_fields() -> None:
    """Else the duplicate question would miss a form filled in another order."""
    assert request_digest("tts", {"a": 1, "b": [1, 2]}) == request_digest("tts", {"b": [1, 2], "a": 1})
    assert request_digest("tts", {"a": 1}) != request_digest("dubbing", {"a": 1})
    assert request_digest("tts", {"a": "\ud800"}), "a lone surrogate in a paste must not end the program"


def test_keys_are_short_distinct_and_say_nothing_of_the_account() -> None:
    """A fingerprint in the session must not help anyone to the key."""
    assert len({new_key() for _ in range(1000)}) == 1000
    assert account_fingerprint("secret") == account_fingerprint("secret") != account_fingerprint("secret2")
    assert "secret" not in account_fingerprint("secret")


def test_labels_and_languages_come_from_the_request() -> None:
    """A row needs a name even when the user gave none."""
    assert default_label("tts", {"text": "  Hello\n world  " + "x" * 100}).startswith("Hello world")
    assert default_label("transcription", {"media_file": "/a/b/interview.wav"}) == "interview.wav"
    assert default_label("dubbing", {"video_url": "https://v.example/c/trailer.mp4"}) == "trailer.mp4"
    assert default_label("tts", {}) == "tts"
    assert task_languages(a_task(request={"target_languages": [54, "fr-fr"], "source_language": 1})) == "es-es,fr-fr"
    assert task_languages(a_task(request={"language": 1})) == "en-us"
    assert task_size(a_task(request={"text": "12345"})) == 5


def test_several_targets_make_several_requests() -> None:
    """One task a language, where the kind takes one at a time."""
    found = spread(KINDS["translation"], {"texts": ["x"]}, ["fr-fr", "es-es"])
    assert [request["target_language"] for request in found] == ["fr-fr", "es-es"]
    assert spread(KINDS["story"], {"file": "x"}, ["fr-fr"]) == [{"file": "x"}]


def test_a_retry_counts_its_attempts() -> None:
    """The third try asks first."""
    first = a_task(attempt=2)
    again = intend(Submission("tts", {"text": "x"}), key="n", now=5.0, retry_of=first)
    assert (again.attempt, again.retry_of) == (3, "k")


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        (ResultShape.AUDIO, {"output_url": "http://x"}),
        (ResultShape.AUDIO, "http://x"),
        (ResultShape.TEXTS, {"texts": ["a"]}),
        (ResultShape.TEXTS, {"payload": {"texts": ["a"]}}),
        (ResultShape.TRANSCRIPT, {"transcript": [SEGMENT]}),
        (ResultShape.TRANSCRIPT, [SEGMENT]),
        (ResultShape.DUB, {"audio_url": "http://a", "transcript": [SEGMENT], "video_url": None}),
        (ResultShape.DUB, {"54": {"audio_url": "http://a"}, "76": {"video_url": "http://b"}}),
        (ResultShape.DUB, {"output_audio_url": "http://a", "run_id": 5}),
        (ResultShape.STORY, {"audio_url": "http://a", "dialogue_url": "http://b"}),
        (ResultShape.AUDIO, {"file_url": "http://x"}),
        (ResultShape.SPEECH_AND_TEXTS, {"output_url": "http://x", "texts": ["a"]}),
        (ResultShape.SPEECH_AND_TEXTS, {"output_url": None, "texts": ["a"]}),
        (ResultShape.FILE, {"output_url": "http://x"}),
        (ResultShape.PREVIEWS, {"previews": ["http://a", "http://b"]}),
        (ResultShape.SEPARATION, {"foreground_audio_url": "http://a", "background_audio_url": "http://b"}),
        (ResultShape.SUBTITLES, {"transcript": [SEGMENT]}),
        (ResultShape.SUBTITLES, {"transcript": "1\n00:00 --> 00:01\na"}),
        (ResultShape.SUBTITLES, {"54": {"transcript": "http://a"}, "76": [SEGMENT]}),
        (ResultShape.PROJECT, {"run_id": 1, "project_details": {"studio_url": "http://a"}}),
    ],
)
def test_every_known_shape_of_a_result_is_read(shape: ResultShape, body: Any) -> None:
    """The documentation and the servers disagree; both are understood."""
    result = read_result(shape, body)
    assert result.links() or result.texts or result.segments or result.scripts


@pytest.mark.parametrize("shape", ResultShape)
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
        max_leaves=8,
    )
)
def test_nonsense_is_misshapen_and_nothing_worse(shape: ResultShape, body: Any) -> None:
    """No body of the service may end the program."""
    with contextlib.suppress(MisshapenError):
        read_result(shape, body)


def test_transcripts_become_files_players_can_read() -> None:
    """Times roll over minutes, arrows in texts do not break cues, speakers stay where the format has them."""
    segments = [Segment(**SEGMENT)]  # type: ignore[arg-type]  # the sample's values are of mixed types
    assert to_srt(segments) == "1\n00:00:00,500 --> 00:01:01,250\nHello -> you\n\n"
    assert to_vtt(segments).startswith("WEBVTT\n\n00:00:00.500 --> 00:01:01.250\n<v Speaker 1>Hello -> you")
    assert to_text(segments) == "Speaker 1: Hello --> you\n"


@given(st.text())
def test_safe_text_holds_nothing_that_moves_a_cursor(text: str) -> None:
    """Escapes, NULs, direction marks: shown as dots."""
    for shown in (safe(text), one_line(text)):
        assert not any((ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u200f" for c in shown)
    assert "\n" not in one_line(text)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cc", "Cs", "Cf"])), st.integers(0, 40), st.booleans())
def test_fitted_text_has_exactly_its_width(text: str, width: int, middle: bool) -> None:
    """A row that is one cell too wide breaks all columns after it."""
    assert cell_width(fit(text, width, middle=middle)) == width


def test_intervals_follow_the_age_and_jitter_stays_small() -> None:
    """First by kind, growing by half of the age, capped; never below two seconds."""
    dub = KINDS["dubbing"]
    assert [schedule.backoff_interval(dub, age) for age in (0, 10, 1000)] == [5.0, 10.0, 30.0]
    assert schedule.jittered(10.0, 0.0) == 8.0
    assert schedule.jittered(10.0, 1.0) == 12.0
    assert schedule.jittered(2.0, 0.0) == 2.0
    assert not schedule.is_overdue(dub, dub.max_wait)
    assert schedule.is_overdue(dub, dub.max_wait + 1)
