"""What a form keeps: drafts over closing, an edited task's request, and what the service said about it."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from camb_tui.domain.errors import UsageError
from camb_tui.domain.kinds import KINDS
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.ui.forms import Draft, NewTaskScreen
from camb_tui.ui.forms.editor import edit_text
from camb_tui.ui.forms.lookup import Lookup
from camb_tui.ui.forms.reading import fill_from, read_form
from tests.ui.form_harness import opened

CUE = "1\n00:00:01,000 --> 00:00:02,000\nHello"


def task(kind: str, request: dict[str, Any], **more: Any) -> Task:  # any field of Task
    return Task(key="abc", kind=kind, status=TaskStatus.ERROR, created_at=1.0, request=request, **more)


async def test_a_half_filled_form_survives_closing_and_another_kind() -> None:
    async with opened() as form:
        await form.type("text", "Once")
        await form.press("ctrl+down")
        await form.type("texts", "two")
        await form.press("escape")
        assert form.app.results == [None]
        form.app.show_form()
        await form.pilot.pause()
        assert form.screen.form.filled.kind.name == "translation"
        assert form.row("texts").text == "two"
        await form.press("ctrl+up")
        assert form.row("text").text == "Once"


async def test_a_sent_form_starts_empty_again() -> None:
    async with opened() as form:
        await form.type("text", "Once")
        await form.type("voice_id", "1")
        await form.type("language", "1")
        assert await form.send() is not None
        assert form.draft.texts == {}


async def test_edit_fills_in_the_whole_request() -> None:
    request = {"text": "Hello there", "voice_id": 20303, "language": 76, "gender": 2, "age": 30, "folder_id": 4}
    edited = task("tts", request, label="my name", tags=("a", "b"))
    async with opened(prefill=edited, size=(120, 40)) as form:
        assert "Edit abc" in form.picture[0]
        assert form.row("language").text == "fr-fr"
        assert form.row(":name").text == "my name"
        assert form.screen.form.has_class("-unfolded")
        await form.type("text", "O")
        sent = await form.send()
        assert sent is not None
        one = sent.submissions[0]
        assert one.request == {**request, "text": "OHello there"}
        assert (one.label, one.tags) == ("my name", ("a", "b"))


async def test_what_the_service_said_stands_under_its_field() -> None:
    edited = task(
        "tts",
        {"text": "Hello", "voice_id": 1, "language": 1},
        faults=(("voice_id", "no such [b]voice\x1b[0m"), ("body", "no locale")),
    )
    async with opened(prefill=edited) as form:
        assert "no such [b]voice·[0m" in form.note("voice_id")
        assert "no locale" in form.line
        assert form.row("voice_id").control.has_focus


async def test_the_draft_of_an_edit_leaves_the_empty_form_alone() -> None:
    async with opened(prefill=task("tts", {"text": "Hello", "voice_id": 1, "language": 1})) as form:
        await form.type("text", "X")
        await form.press("escape")
        assert form.draft.of("tts") == {}
        assert form.draft.of("tts", "abc")["text"] == "XHello"


@pytest.mark.parametrize(
    ("kind", "request_"),
    [
        ("translation", {"texts": ["two\nlines", "\x07bell"], "source_language": "auto", "target_language": "fr-fr"}),
        (
            "dubbing",
            {
                "video_url": "https://example.org/a",
                "source_language": 1,
                "target_languages": ["fr-fr", 31],
                "selected_audio_tracks": [0, 1],
                "ai_optimization": False,
                "source_transcript": CUE * 2000,
                "target_transcripts": [{"language": "fr-fr", "content": CUE}],
                "transcription_mode": "slow",
            },
        ),
        ("tts", {"text": "abc\u200cdef", "voice_id": 1, "language": 1}),
    ],
)
def test_a_request_left_as_it_was_is_sent_as_it_was(kind: str, request_: dict[str, Any]) -> None:
    """Also where a field cannot show all of it, such as a text with line breaks in a list of one a line."""
    filled = fill_from(task(kind, request_), KINDS[kind])
    prepared = read_form(filled, Lookup(None))
    assert prepared.faults == ()
    assert prepared.submissions[0].request == request_


def test_a_task_of_a_kind_without_form_is_refused() -> None:
    with pytest.raises(UsageError, match="no form"):
        NewTaskScreen(catalogues=None, prefill=task("coined-tomorrow", {}))


def test_an_empty_draft_is_no_draft() -> None:
    draft = Draft()
    draft.keep("tts", {"text": "a", "age": ""})
    assert draft.of("tts") == {"text": "a"}
    draft.keep("tts", {"text": ""})
    assert draft.texts == {}


def editor(tmp_path: Path, script: str) -> str:
    path = tmp_path / "ed.sh"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_the_editor_gets_the_text_and_gives_it_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor(tmp_path, 'printf " and more\\n" >> "$1"'))
    assert edit_text("Grüße") == "Grüße and more"


def test_an_editor_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", editor(tmp_path, "exit 3"))
    with pytest.raises(UsageError, match="ended with code 3"):
        edit_text("abc")
    monkeypatch.setenv("VISUAL", str(tmp_path / "none"))
    with pytest.raises(UsageError, match="could not be started"):
        edit_text("abc")


async def test_the_name_of_the_field_with_the_cursor_stands_out() -> None:
    """The bar beside the field alone is easily overlooked in a long form."""
    async with opened() as form:
        for name in ("voice_id", "language"):
            await form.press("tab")
            rows = [form.row(one) for one in ("text", "voice_id", "language")]
            bold = [row.field.name for row in rows if row.query_one(".label").styles.text_style]
            assert bold == [name]
