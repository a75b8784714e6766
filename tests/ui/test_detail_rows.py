"""What stands below the detail pane: wrapping, lazy rows, and the views of results."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from camb_tui.domain.kinds import KINDS, ResultShape
from camb_tui.domain.results import Dub, Result, Segment, read_result
from camb_tui.domain.tasks import TaskStatus
from camb_tui.ui.detail.flow import Flow
from camb_tui.ui.detail.links import short_link
from camb_tui.ui.detail.page import Page
from camb_tui.ui.detail.parts import Block, LazyRows, Row, Span, plain
from camb_tui.ui.detail.raw import pretty
from camb_tui.ui.detail.request import request
from camb_tui.ui.detail.result import result as result_parts
from camb_tui.ui.detail.speech import Transcript, dub_parts, story_parts, time_text, transcript_parts
from camb_tui.ui.detail.texts import translation_parts
from camb_tui.ui.detail.wrapping import glued, wrap
from tests.ui.detail_app import HOSTILE, DetailApp, make

MANY = 50_000


def segments(count: int) -> tuple[Segment, ...]:
    return tuple(
        Segment(place * 2.0, place * 2.0 + 1.5, f"sentence {place} " + "word " * (place % 30), f"Speaker {place % 3}")
        for place in range(count)
    )


@pytest.mark.parametrize("width", [2, 3, 7, 20, 80])
@pytest.mark.parametrize(
    "text",
    [
        "one two three four five six seven eight nine ten",
        "unbreakable" * 20,
        "漢字かな交じり文は、とても長い。" * 9,
        "mixed 漢字 and words, e\u0301tude " * 9,
        "a   b   c    " * 9,
        "    indented " * 9,
    ],
)
def test_wrapped_lines_fit_and_lose_no_letter(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_wrapping_breaks_at_blanks_and_never_before_a_combining_mark() -> None:
    assert wrap("good day to you", 8) == ["good day", "to you"]
    assert wrap("aaaa\u0301aaaa", 4) == ["aaaa\u0301", "aaaa"]
    assert wrap("  indented text", 10) == ["  indented", "  text"]
    assert wrap(f"{glued('a b')}  {glued('c d')}", 5) == ["a b", "c d"]
    assert wrap("a\n\nb", 5) == ["a", "", "b"]


def test_a_line_of_nothing_but_marks_does_not_grow_without_end() -> None:
    assert len("".join(wrap("e" + "\u0301" * 5_000, 10))) < 100


def test_a_row_hangs_its_text_beside_its_lead_or_below_where_it_is_narrow() -> None:
    row = Row("some text that wraps", lead=(Span("Label     ", "label"),))
    assert plain([Block([row])], 24) == "Label     some text that\n          wraps"
    assert plain([Block([row])], 14).splitlines()[0] == "Label"


def test_a_flow_measures_no_further_than_somebody_looked() -> None:
    made: list[int] = []

    def make_row(place: int) -> Row:
        made.append(place)
        return Row(f"row {place}")

    flow = Flow([LazyRows(MANY, make_row)], 40)
    assert flow.line(10) == (Span("row 10"),)
    assert max(made) <= 12
    assert not flow.measured
    flow.measure()
    assert flow.measured
    assert flow.height == MANY
    assert flow.line(MANY - 1) == (Span(f"row {MANY - 1}"),)
    assert flow.line(MANY) is None


def test_a_flow_finds_rows_and_lines_over_several_parts() -> None:
    flow = Flow([Block([Row("a")]), Block([]), Block([Row("b " * 30), Row("c")])], 20)
    assert [flow.row_at(number) for number in range(5)] == [0, 1, 1, 1, 2]
    assert flow.start_of(2) == 4
    assert flow.height == 5
    assert Flow([], 10).line(0) is None
    assert Flow([], 10).row_at(0) == 0


def test_the_quick_height_of_a_segment_is_its_true_one() -> None:
    tricky = [*segments(60), *(Segment(0, 1, text[:300], "") for text in HOSTILE), Segment(0, 1, " a  b \n c ", "x")]
    transcript = Transcript(tricky)
    for width in (10, 24, 40, 90):
        for place in range(len(tricky)):
            assert transcript.height(place, width) == len(transcript.draw(place, width))


async def test_fifty_thousand_segments_open_scroll_and_end_at_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transcript of a day's recording opens like one of a minute: rows are drawn when they are seen."""
    drawn: list[int] = []
    draw = Transcript.draw

    def counted(self: Transcript, place: int, width: int) -> list[tuple[Span, ...]]:
        drawn.append(place)
        return draw(self, place, width)

    monkeypatch.setattr(Transcript, "draw", counted)
    app = DetailApp()
    async with app.run_test(size=(80, 12)) as pilot:
        app.pane.show(make(kind="transcription"))
        app.pane.tab = "Result"
        found = Result(shape=ResultShape.TRANSCRIPT, segments=segments(MANY))
        app.pane.show_result("k1", found)
        assert len(drawn) < 100
        assert "50,000 segments" in app.pane.text
        app.pane.focus()
        await pilot.press("G")
        assert f"sentence {MANY - 1}" in app.pane.text
        page = app.query_one(Page)
        assert page.height_known
        assert page.line_count > MANY
        assert page.top == page.line_count - 11


async def test_a_long_transcript_is_measured_to_its_end_between_other_events() -> None:
    app = DetailApp()
    async with app.run_test(size=(80, 12)) as pilot:
        app.pane.show(make(kind="transcription"))
        app.pane.tab = "Result"
        app.pane.show_result("k1", Result(shape=ResultShape.TRANSCRIPT, segments=segments(9_000)))
        page = app.query_one(Page)
        assert not page.height_known
        for _ in range(20):
            await pilot.pause()
        assert page.height_known


def test_times_align_and_nonsense_is_a_question_mark() -> None:
    assert time_text(62.44, hours=False) == " 1:02.4"
    assert time_text(3662, hours=True) == " 1:01:02"
    assert time_text(59.96, hours=False) == " 1:00.0"
    assert {time_text(value, hours=False).strip() for value in (float("nan"), float("inf"), -1.0, 1e300)} == {"?"}


def test_translations_stand_side_by_side_where_there_is_room() -> None:
    task = make(kind="translation", request={"texts": ["Good day", "Bye"], "source_language": 1, "target_language": 54})
    parts = translation_parts(task, Result(shape=ResultShape.TEXTS, texts=("Buenos días", "Adiós")))
    wide, narrow = plain(parts, 80), plain(parts, 40)
    assert any("Good day" in line and "Buenos días" in line for line in wide.splitlines())
    assert narrow.index("1  Good day") < narrow.index("   Buenos días") < narrow.index("2  Bye")
    assert "en-us to es-es" in wide


def test_a_translation_of_another_number_of_texts_says_so() -> None:
    task = make(kind="translation", request={"texts": ["a"]})
    text = plain(translation_parts(task, Result(shape=ResultShape.TEXTS, texts=("x", "y"))))
    assert "2 texts" in text
    assert "Sent were 1: the numbers differ" in text
    assert "y" in text


def test_a_dub_names_its_languages_and_shows_links_without_their_signature() -> None:
    result = Result(
        shape=ResultShape.DUB,
        dubs=(
            Dub("76", "https://h.example/a/b.flac?sig=1", "https://h.example/c.mp4", segments(2)),
            Dub("xx-yy", "https://h.example/d.flac", None, ()),
        ),
    )
    text = plain(dub_parts(result))
    assert "French" in text
    assert "(fr-fr)" in text
    assert "xx-yy" in text
    assert "h.example/…/b.flac" in text
    assert "sig=1" not in text
    assert "sentence 1" in text


def test_a_story_shows_audio_dialogue_and_transcript() -> None:
    result = Result(
        shape=ResultShape.STORY,
        audio_url="https://h.example/a.mp3",
        dialogue_url="https://h.example/d.mp3",
        segments=segments(3),
    )
    text = plain(story_parts(result))
    assert "h.example/a.mp3" in text
    assert "h.example/d.mp3" in text
    assert "3 segments" in text


def shown(kind: str, body: Any, request: dict[str, Any] | None = None) -> str:
    """The Result tab for what the service answered."""
    task = make(kind=kind, request=request or {"run_id": 7})
    return plain(result_parts(task, read_result(KINDS[kind].result, body), ascii=False))


def test_spoken_translations_show_sound_and_both_texts() -> None:
    text = shown(
        "translated-tts",
        {"output_url": "https://h.example/a.flac", "texts": ["Buenos días"]},
        {"text": "Good day", "source_language": 1, "target_language": 54},
    )
    assert "h.example/a.flac" in text
    assert any("Good day" in line and "Buenos días" in line for line in text.splitlines())


def test_subtitles_are_shown_by_language_in_whichever_form_they_came() -> None:
    said = {"start": 0, "end": 2, "text": "sentence 1", "speaker": ""}
    body = {"76": {"transcript": [said]}, "54": {"transcript": "1\n--> x"}, "88": "https://h.example/s.srt?k"}
    text = shown("subtitles", body)
    assert text.index("French") < text.index("sentence 1") < text.index("Spanish") < text.index("--> x")
    assert "h.example/s.srt" in text
    assert "There is no speech in it." in shown("subtitles", {"transcript": []})


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("text-to-voice", {"previews": ["https://h.example/1.mp3", "https://h.example/2.mp3"]}, ["Preview 1", "2.mp3"]),
        ("text-to-voice", {"previews": []}, ["No file came."]),
        (
            "audio-separation",
            {"foreground_audio_url": "https://h.example/f.wav", "background_audio_url": "https://h.example/b.wav"},
            ["Foreground", "f.wav", "Background", "b.wav"],
        ),
        ("dub-alt-format", {"output_url": "https://h.example/d.mkv"}, ["d.mkv"]),
        ("text-to-sound", {"output_url": "https://h.example/d.wav"}, ["d.wav"]),
        ("project-setup", None, ["the service says no more of it"]),
        ("project-setup", {"project_details": {}}, ["says nothing of it"]),
        (
            "project-setup",
            {"project_details": {
                "project_name": "Harbour", "source_language": 1, "target_languages": [54, 76], "duration": 62.0,
                "created_at": "2026-01-01T00:00:00Z", "studio_url": "https://h.example/p/7", "folder_id": None,
            }},
            ["Harbour", "(en-us)", "(es-es)", "(fr-fr)", "1m 02s", "2026-01-01", "h.example"],
        ),
    ],
)  # fmt: skip
def test_what_is_files_or_a_project_names_each(kind: str, body: Any, words: list[str]) -> None:
    text = shown(kind, body)
    for word in words:
        assert word in text


def test_an_empty_transcript_says_that_there_is_no_speech() -> None:
    assert plain(transcript_parts(())) == "There is no speech in it."


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pass@h.example/a/b/c.mp4?x=1#y", "h.example/…/c.mp4"),
        ("https://h.example", "h.example"),
        ("not a link", "not a link"),
        ("https://[bad", "https://[bad"),
    ],
)
def test_links_are_shown_short(url: str, shown: str) -> None:
    assert short_link(url) == shown


def test_the_request_is_shown_in_the_words_of_the_catalogue() -> None:
    text = plain(
        request(make(request={"text": "word " * 50, "voice_id": 7, "language": 1, "gender": 1, "coined": "x"}))
    )
    assert "English" in text
    assert "male (1)" in text
    assert "coined" in text
    assert "250 characters" in text


def test_a_long_request_is_bounded() -> None:
    text = plain(request(make(request={"text": "word " * 50_000})))
    assert len(text) < 30_000
    assert "more characters not shown" in text


def test_a_body_that_is_no_json_is_shown_as_it_came() -> None:
    assert pretty("{bad") == "{bad"
    assert pretty("[" * 100_000) == "[" * 100_000
    assert pretty('{"a":[1]}') == '{\n  "a": [\n    1\n  ]\n}'


def test_a_settled_task_in_every_status_draws_at_any_width() -> None:
    for status in TaskStatus:
        for part in request(make(status)):
            for width in (1, 2, 5):
                assert sum(part.height(place, width) for place in range(len(part))) > 0
