"""Finding languages, voices and files as one types, and how the form looks on a small terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import Input, TextArea

from camb_tui.domain.kinds import KINDS, Language, languages
from camb_tui.domain.text import cell_width
from camb_tui.services.changes import Catalogues
from camb_tui.ui.forms import controls, kinds_list, review, screen
from camb_tui.ui.forms.controls import Matches
from camb_tui.ui.forms.lookup import Lookup
from camb_tui.ui.forms.rows import FieldRow
from tests.ui.form_harness import CATALOGUES, VOICES, Form, opened

TTS_LANGUAGE = KINDS["tts"].field("language")
FROM = KINDS["translation"].field("source_language")
VOICE = KINDS["tts"].field("voice_id")


def matches(form: Form, name: str) -> list[str]:
    shown = form.row(name).query_one(Matches)
    return [match.value for match in shown.found] if shown.is_open else []


@pytest.mark.parametrize("typed", ["fr-f", "French (France", "76"])
async def test_a_language_is_found_by_tag_name_and_id(typed: str) -> None:
    async with opened() as form:
        await form.type("text", "Once")
        await form.type("voice_id", "1")
        await form.type("language", typed)
        await form.press("enter")
        assert "French (France)" in form.note("language")
        sent = await form.send()
        assert sent is not None
        assert sent.submissions[0].request["language"] == 76


async def test_matches_are_few_and_chosen_with_the_arrow_keys() -> None:
    async with opened() as form:
        await form.type("language", "en")
        found = matches(form, "language")
        assert len(found) == 6
        await form.press("down", "down", "up", "enter")
        assert form.row("language").text == found[1]
        assert matches(form, "language") == []
        assert form.row("language").control.has_focus


async def test_tab_takes_the_match_and_goes_on() -> None:
    """Who fills a form without looking presses tab once a field."""
    async with opened() as form:
        await form.type("language", "french (fr")
        found = matches(form, "language")
        await form.press("tab")
        assert form.row("language").text == found[0]
        assert not form.row("language").control.has_focus
        assert form.row("language").fault == ""


async def test_esc_closes_the_matches_first() -> None:
    async with opened() as form:
        await form.type("language", "fre")
        await form.press("escape")
        assert matches(form, "language") == []
        assert form.app.results == []
        await form.press("escape")
        assert form.app.results == [None]


async def test_a_click_takes_a_match() -> None:
    async with opened() as form:
        await form.type("language", "fre")
        found = matches(form, "language")
        await form.pilot.click(form.row("language").query_one(Matches), offset=(4, 1))
        await form.settle()
        assert form.row("language").text == found[1]


async def test_the_next_language_of_several_is_searched_after_the_comma() -> None:
    async with opened() as form:
        await form.type("language", "fr-fr, hindi")
        assert matches(form, "language") == ["hi-in"]
        await form.press("enter")
        assert form.row("language").text == "fr-fr, hi-in"


@pytest.mark.parametrize("typed", ["warm", "low", "2030", "en-us", "english (united states)"])
async def test_a_voice_is_found_by_name_description_id_and_language(typed: str) -> None:
    async with opened() as form:
        await form.type("voice_id", typed)
        assert matches(form, "voice_id")[0] == "20303"


async def test_a_picked_voice_stands_as_its_id_and_is_named_below() -> None:
    async with opened() as form:
        await form.type("voice_id", "news")
        await form.press("enter")
        assert form.row("voice_id").text == "147320"
        assert "Newsreader  fr-fr  female  quick" in form.note("voice_id")


async def test_a_voice_nobody_knows_is_a_fault_and_an_id_nobody_knows_is_not() -> None:
    """The list may be older than the account."""
    async with opened() as form:
        await form.type("voice_id", "zzz")
        await form.press("tab")
        assert "is no voice's name or id" in form.note("voice_id")
        form.row("voice_id").focus_control()
        await form.press("ctrl+u", *"999")
        await form.press("tab")
        assert "✗" not in form.note("voice_id")


async def test_what_a_voice_calls_itself_is_only_text() -> None:
    async with opened(size=(120, 40)) as form:
        await form.type("voice_id", "evil")
        shown = "\n".join(form.picture)
        assert "[bold red]Evil·[2J·" in shown
        assert "[@click=app.quit]" in shown
        assert "\x1b" not in shown
        await form.press("enter")
        assert "[bold red]Evil·[2J·" in form.note("voice_id")


async def test_voices_may_arrive_while_the_form_is_open() -> None:
    async with opened(catalogues=None) as form:
        assert "on their way" in form.note("voice_id")
        form.screen.take_catalogues(Catalogues((), (), (), "the service is down"))
        await form.settle()
        assert "the service is down" in form.note("voice_id")
        form.screen.take_catalogues(CATALOGUES)
        await form.settle()
        assert "Search your voices" in form.note("voice_id")
        await form.type("voice_id", "warm")
        assert matches(form, "voice_id") == ["20303"]


def test_languages_of_the_service_come_before_the_table() -> None:
    lists = Catalogues(VOICES, (Language(900, "xx-xx", "Newlang"),), languages())
    lookup = Lookup(lists)
    assert [match.value for match in lookup.search(FROM, "newl")] == ["900"]
    assert lookup.resolve(FROM, "xx-xx") == "900"
    assert [match.value for match in lookup.search(FROM, "aut")] == ["auto"]
    assert lookup.resolve(TTS_LANGUAGE, "Hindi") == "hi-in"
    assert lookup.resolve(TTS_LANGUAGE, "English") == "English"  # several; nothing is guessed
    assert lookup.resolve(VOICE, "warm NARRATOR") == "20303"


async def test_tab_completes_a_path(tmp_path: Path) -> None:
    (tmp_path / "talks").mkdir()
    (tmp_path / "talks" / "one.wav").write_bytes(b"1")
    (tmp_path / "notes.txt").write_bytes(b"1")
    async with opened(kind="transcription") as form:
        await form.type("media_file", f"{tmp_path}/ta")
        await form.press("tab")
        assert form.row("media_file").text == f"{tmp_path}/talks/"
        await form.press("tab")
        assert form.row("media_file").text == f"{tmp_path}/talks/one.wav"
        await form.press("tab")
        assert form.row("media_url").control.has_focus
        assert "✗" not in form.note("media_file")


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("ascii_only", [False, True])
async def test_every_kind_fits_a_small_terminal(kind: str, ascii_only: bool) -> None:
    """Fields, the review line and the keys are all there, and nothing is wider than the screen."""
    async with opened(kind=kind, ascii_only=ascii_only) as form:
        lines = form.picture
        assert KINDS[kind].title in lines[0]
        assert "review" in lines[-1]
        assert "close" in lines[-1]
        assert all(cell_width(line) == 80 for line in lines)
        await form.press("f2")
        for row in form.screen.form.query(FieldRow):
            row.focus_control()
            await form.settle()
            await form.settle()  # the field that was left may have got a fault's line, and pushed this one
            region = row.region
            assert region.y >= 2, row.field.name
            assert region.bottom <= 23, row.field.name
            assert region.right <= 80, row.field.name
            assert "review" in form.picture[-1]
        if ascii_only:  # the last columns are the scroll bar, which is Textual's
            assert "".join(line[:78] for line in form.picture).isascii()


async def test_the_kind_is_chosen_with_keys_or_a_click() -> None:
    async with opened() as form:
        await form.press("shift+tab", "down", "down")
        assert form.screen.form.filled.kind.name == "transcription"
        await form.pilot.click("KindsList", offset=(5, 3))
        await form.settle()
        assert form.screen.form.filled.kind.name == "dubbing"
        await form.press("ctrl+down", "ctrl+down")
        assert form.screen.form.filled.kind.name == "translated-tts"
        await form.press(*["ctrl+up"] * 6)
        assert form.screen.form.filled.kind.name == "dub-alt-format"


async def test_every_printable_key_goes_into_the_text() -> None:
    async with opened() as form:
        await form.press(*"jkqnxr?/:[]")
        assert form.row("text").text == "jkqnxr?/:[]"


async def test_nothing_blinks() -> None:
    """A blinking cursor costs two kilobytes a second on the wire."""
    async with opened(kind="dubbing") as form:
        await form.press("f2")
        inputs, boxes = form.screen.form.query(Input), form.screen.form.query(TextArea)
        assert len(inputs) > 5
        assert len(boxes) == 2
        assert not any(one.cursor_blink for one in (*inputs, *boxes))


async def test_every_key_of_ours_can_be_rebound() -> None:
    owners: tuple[type[Widget], ...] = (
        controls.TextLine,
        controls.SearchLine,
        controls.Stepper,
        controls.Fold,
        kinds_list.KindsList,
        review.ReviewLine,
        screen.NewTaskScreen,
    )
    for owner in owners:
        assert all(isinstance(binding, Binding) and binding.id for binding in owner.BINDINGS), owner
