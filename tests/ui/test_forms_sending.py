"""From filled in to sent: what command a form gives back, and what keeps it from giving one back."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import Task, TaskStatus, Upload
from camb_tui.services.changes import Submit
from camb_tui.ui.forms.review import ReviewLine
from tests.ui.form_harness import Form, opened


async def fill_tts(form: Form, language: str = "en-us") -> None:
    await form.type("text", "Once upon")
    await form.type("voice_id", "20303")
    await form.type("language", language)


async def test_a_filled_form_gives_back_one_submission() -> None:
    async with opened() as form:
        await fill_tts(form)
        assert await form.send() == Submit(
            (Submission("tts", {"text": "Once upon", "voice_id": 20303, "language": 1}),)
        )


async def test_name_and_tags_go_with_it() -> None:
    async with opened() as form:
        await fill_tts(form)
        await form.type(":name", "chapter 1")
        await form.type(":tags", "book, draft ,book")
        sent = await form.send()
        assert sent is not None
        assert (sent.submissions[0].label, sent.submissions[0].tags) == ("chapter 1", ("book", "draft"))


async def test_several_targets_make_one_batch_shown_before_it_is_sent() -> None:
    async with opened() as form:
        await fill_tts(form, "fr-fr, 31")
        await form.review()
        assert "Send 2 tts tasks" in form.line
        assert "18 characters in all" in form.line
        assert "fr-fr, de-de" in form.line
        form.clock.seconds += 1
        await form.press("enter")
        sent = form.app.results[0]
        assert sent is not None
        assert [one.request["language"] for one in sent.submissions] == [76, 31]
        assert {one.request["text"] for one in sent.submissions} == {"Once upon"}


async def test_a_target_named_twice_is_a_fault() -> None:
    """It would be paid for twice."""
    async with opened() as form:
        await fill_tts(form, "fr-fr, 76")
        await form.review()
        assert "names a language twice" in form.note("language")
        assert form.app.results == []


async def test_faults_stand_under_their_fields_and_nothing_is_sent() -> None:
    async with opened() as form:
        await form.type("text", "ab")
        await form.review()
        assert "must have at least 3 characters" in form.note("text")
        assert "is needed" in form.note("voice_id")
        assert "is needed" in form.note("language")
        assert "3 things to put right" in form.line
        assert form.row("text").control.has_focus
        form.clock.seconds += 1
        await form.press("enter")
        assert form.app.results == []


async def test_a_fault_shows_when_its_field_is_left_and_goes_when_it_is_edited() -> None:
    async with opened() as form:
        await form.type("text", "ab")
        assert "2 of 3,000 characters" in form.note("text")
        await form.press("tab")
        assert "must have at least 3" in form.note("text")
        await form.type("text", "c")
        assert "3 of 3,000 characters" in form.note("text")


async def test_a_fault_under_more_unfolds_it() -> None:
    async with opened() as form:
        await fill_tts(form)
        await form.press("f2")
        await form.type("age", "200")
        await form.press("f2")
        await form.review()
        assert form.screen.form.has_class("-unfolded")
        assert "must be at most 100" in form.note("age")
        assert form.row("age").control.has_focus


async def test_two_keys_are_needed_and_neither_twice() -> None:
    """A habit of pressing one key must not spend money."""
    async with opened() as form:
        await fill_tts(form)
        await form.review()
        form.clock.seconds += 1
        await form.press("ctrl+s", "ctrl+s")
        assert form.app.results == []
        assert form.screen.query_one(ReviewLine).is_asking


async def test_enter_is_not_heard_in_the_first_moment() -> None:
    """It may have been pressed before the question was on the screen."""
    async with opened() as form:
        await fill_tts(form)
        await form.review()
        form.clock.seconds += 0.2
        await form.press("enter")
        assert form.app.results == []
        form.clock.seconds += 0.2
        await form.press("enter")
        assert len(form.app.results) == 1


async def test_esc_takes_the_question_back_to_where_the_cursor_was() -> None:
    async with opened() as form:
        await fill_tts(form)
        await form.review()
        assert "enter send" in form.keys
        await form.press("escape")
        assert form.row("language").control.has_focus
        assert "enter send" not in form.keys
        form.clock.seconds += 1
        await form.press("enter")
        assert form.app.results == []


async def test_going_elsewhere_takes_the_question_back() -> None:
    async with opened() as form:
        await fill_tts(form)
        await form.review()
        await form.type("text", "!")
        assert form.line == ""
        form.clock.seconds += 1
        await form.press("enter")
        assert form.app.results == []


async def test_an_earlier_task_of_the_same_request_is_named() -> None:
    twin = Task(key="a81f", kind="tts", status=TaskStatus.PENDING, created_at=4950.0, submitted_at=4960.0, task_id="t")
    async with opened(same_as=lambda one: twin if one.request["language"] == 1 else None) as form:
        await fill_tts(form)
        await form.review()
        assert "same as a81f, sent 40 s ago, PENDING" in form.line


async def test_dubbing_takes_a_list_or_one_language_but_not_both() -> None:
    async with opened(kind="dubbing", size=(120, 40)) as form:
        await form.type("video_url", "https://example.org/a.mp4")
        await form.type("source_language", "auto")
        await form.review()
        assert 'is needed, or "or one only" in its place' in form.note("target_languages")
        await form.type("target_languages", "fr-fr, hi-in")
        await form.type("target_language", "de-de")
        await form.review()
        assert 'only one of "To" or "or one only"' in form.note("target_language")
        await form.press(*["backspace"] * 5)
        sent = await form.send()
        assert sent is not None
        assert [one.request for one in sent.submissions] == [
            {
                "video_url": "https://example.org/a.mp4",
                "source_language": "auto",
                "target_languages": ["fr-fr", "hi-in"],
            }
        ]


async def test_a_file_is_measured_before_it_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "talk.wav"
    path.write_bytes(b"sound" * 100)
    async with opened(kind="transcription", size=(120, 40)) as form:
        await form.type("media_file", str(path))
        await form.type("language", "auto")
        await form.review()
        assert "talk.wav (500 B)" in form.line
        form.clock.seconds += 1
        await form.press("enter")
        sent = form.app.results[0]
        assert sent is not None
        assert sent.submissions == (
            Submission(
                "transcription",
                {"media_file": str(path), "language": "auto"},
                uploads=(Upload("media_file", str(path), 500, hashlib.sha256(b"sound" * 100).hexdigest()),),
            ),
        )


async def test_a_file_that_is_not_there_is_said_when_its_field_is_left(tmp_path: Path) -> None:
    async with opened(kind="transcription") as form:
        await form.type("media_file", str(tmp_path / "no.wav"))
        await form.press("tab")
        assert "there is no file" in form.note("media_file")


async def test_subtitles_are_read_from_their_files(tmp_path: Path) -> None:
    cue = "1\n00:00:01,000 --> 00:00:02,000\nHello"
    (tmp_path / "a.srt").write_text(cue + "\n")
    async with opened(kind="dubbing", size=(120, 40)) as form:
        await form.type("video_url", "https://example.org/a.mp4")
        await form.type("source_language", "en-us")
        await form.type("target_languages", "fr-fr")
        await form.press("f2")
        await form.type("source_transcript", f"@{tmp_path}/a.srt")
        await form.type("target_transcripts", f"fr-fr=@{tmp_path}/no.srt")
        await form.review()
        assert "there is no file" in form.note("target_transcripts")
        await form.press(*["backspace"] * len("no.srt"), *"a.srt")
        sent = await form.send()
        assert sent is not None
        request = sent.submissions[0].request
        assert request["source_transcript"] == cue
        assert request["target_transcripts"] == [{"language": "fr-fr", "content": cue + "\n"}]


async def test_texts_are_one_a_line() -> None:
    async with opened(kind="translation") as form:
        await form.type("texts", "one")
        await form.press("enter", *"two")
        assert "2 texts, 6 characters" in form.note("texts")
        await form.type("source_language", "en-us")
        await form.type("target_language", "fr-fr")
        sent = await form.send()
        assert sent is not None
        assert sent.submissions[0].request["texts"] == ["one", "two"]


async def test_choices_are_stepped_through_and_left_to_the_service_by_default() -> None:
    async with opened() as form:
        await fill_tts(form)
        await form.press("f2")
        form.row("gender").focus_control()
        await form.press("right", "right", "left", "m")
        sent = await form.send()
        assert sent is not None
        assert sent.submissions[0].request["gender"] == 1


async def test_a_text_can_be_written_in_the_users_editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The test's terminal cannot be handed over, and the form says so and keeps the text."""
    async with opened() as form:
        await form.type("text", "abc")
        await form.press("f4")
        assert "cannot be handed to an editor" in form.line
        assert form.row("text").text == "abc"
        await form.type("voice_id", "1")
        await form.press("f4")
        assert "go to one first" in form.line
