"""Reading results: finding words in long transcripts, sound drawn in the terminal, curl lines without the key."""

from __future__ import annotations

import shlex

from camb_tui.domain.kinds import ResultShape
from camb_tui.domain.results import Result, Segment
from camb_tui.domain.tasks import TaskStatus
from camb_tui.services.changes import AudioFacts
from camb_tui.ui.copying import curl_text
from camb_tui.ui.detail.finding import Finder
from camb_tui.ui.detail.links import link_rows
from camb_tui.ui.detail.parts import Block, plain
from camb_tui.ui.detail.sound import Waveform, sound_parts, spread
from camb_tui.ui.detail.speech import transcript_parts
from tests.ui.detail_app import HOSTILE, DetailApp, make
from tests.ui.fake_engine import FakeEngine, make_app, task

MANY = 20_000


def transcript(count: int = MANY) -> Result:
    words = {7: "A Needle here", 9_000: "another needle", 19_999: "the last NEEDLE"}
    segments = tuple(Segment(n * 1.0, n + 0.9, words.get(n, f"hay {n}"), "S1") for n in range(count))
    return Result(shape=ResultShape.TRANSCRIPT, segments=segments)


def test_a_finder_goes_round_both_ways() -> None:
    parts = transcript_parts(transcript().segments)
    finder = Finder(parts, "needle")
    first, second, third = finder.rows
    assert [finder.next_row(row, 1) for row in (0, first, second, third)] == [first, second, third, first]
    assert [finder.next_row(row, -1) for row in (third, second, first)] == [second, first, third]
    assert finder.words(second) == "'needle': 2 of 3"
    assert Finder(parts, "nowhere").next_row(0, 1) is None


async def test_a_word_is_found_far_down_a_transcript() -> None:
    """Twenty thousand segments are too many to read."""
    app = DetailApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.pane.tab = "Result"
        app.pane.show(make(kind="transcription"))
        app.pane.show_result("k1", transcript())
        await pilot.pause()
        assert app.pane.find("needle") == "'needle': 1 of 3"
        assert "A Needle here" in app.pane.text
        assert app.pane.find_next(1) == "'needle': 2 of 3"
        assert "another needle" in app.pane.text
        assert app.pane.find_next(-1) == "'needle': 1 of 3"
        await pilot.pause()
        assert "A Needle here" in app.screen_text()
        assert "not in here" in app.pane.find("nowhere")


async def test_slash_looks_for_a_word_in_an_opened_result_and_filters_elsewhere() -> None:
    """One key, and what it means where one is."""
    app = make_app([task("1", TaskStatus.SUCCESS, run_id=11, kind="transcription")], FakeEngine())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("o")
        app.monitor.detail.show_result("1", transcript(30))
        await pilot.pause()
        await pilot.press("slash", *"needle", "enter")
        await pilot.pause()
        assert "A Needle here" in app.monitor.detail.text
        await pilot.press("greater_than_sign")
        await pilot.press("q", "slash")
        await pilot.pause()
        assert app.monitor.filter_bar.is_open


def test_a_waveform_fits_its_width_in_both_alphabets() -> None:
    peaks = [0.0, 0.5, 1.0, 7.0, -1.0] * 30
    for width in (1, 20, 80, 500):
        for row in Waveform(peaks, ascii=False).draw(0, width):
            assert len(row[0].text) == min(width, 120)
            assert all(0x2800 <= ord(sign) <= 0x28FF for sign in row[0].text)
        assert Waveform(peaks, ascii=True).draw(0, width)[0][0].text.isascii()


def test_a_quiet_recording_has_a_waveform_too_and_silence_is_flat() -> None:
    quiet, silent = ([loud * 0.2, loud] * 20 for loud in (0.1, 0.001))
    assert Waveform(quiet, ascii=True).draw(0, 40)[0][0].text == ".#" * 20
    assert Waveform(silent, ascii=True).draw(0, 40)[0][0].text == " " * 40


def test_each_of_several_sounds_is_told_from_the_others() -> None:
    """Three previews that all read "Sound" are three riddles."""
    one = AudioFacts("/out/old sailor-key1-preview-1.flac", "FLAC, 16 bit", 4, 1.0)
    other = one._replace(path="/out/old sailor-key1-preview-2.flac")
    shown = plain(sound_parts([one, other], ascii=True, task_key="key1"))
    assert "Sound     preview-1.flac   FLAC" in shown.replace("\xa0", " ")
    assert "Sound     preview-2.flac   FLAC" in shown.replace("\xa0", " ")
    assert "preview-1" not in plain(sound_parts([one], ascii=True, task_key="key1"))


def test_links_stand_below_each_other_under_long_names_too() -> None:
    rows = link_rows([("Foreground", "https://x.example/f.flac"), ("Back", "https://x.example/b.flac")])
    assert {line.index("x.example") for line in plain([Block(rows)]).splitlines()} == {len("Foreground ")}


def test_peaks_are_spread_by_their_loudest() -> None:
    assert spread([0.1, 0.9, 0.2, 0.3], 2) == [0.9, 0.3]
    assert spread([0.5], 3) == [0.5, 0.5, 0.5]
    assert spread([], 2) == [0.0, 0.0]


def test_facts_of_sound_are_said_and_why_there_is_no_picture() -> None:
    sounds = [
        AudioFacts("/a.wav", "WAV, 16 bit", 96_044, 1.0, 48_000, 1, (0.5, 1.0)),
        AudioFacts("/b.mp3", "MP3, 128 kbit/s", 16_000, 1.0, 44_100, 2, (), "the waveform needs miniaudio"),
        AudioFacts("/c.wav", "", 0, remark="it cannot be read: gone " + HOSTILE[0]),
    ]
    shown = plain(sound_parts(sounds, ascii=True))
    for words in ("WAV, 16 bit", "48,000 Hz", "mono", "stereo", "needs miniaudio", "cannot be read"):
        assert words in shown
    assert "\x1b" not in shown


async def test_saved_sound_is_asked_about_once_for_each_saving() -> None:
    """Its facts come from the file, which may be large."""
    app = DetailApp()
    async with app.run_test() as pilot:
        app.pane.tab = "Result"
        done = make(saved=("/out/a.wav",))
        app.pane.show(done)
        app.pane.show_sounds("k1", (AudioFacts("/out/a.wav", "WAV, 16 bit", 4, 1.0, 48_000, 1, (1.0,)),))
        app.pane.show(done.but(pinned=True))
        await pilot.pause()
        assert app.wanted.count(("SoundsWanted", "k1")) == 1
        app.pane.show(done.but(saved=("/out/a.wav", "/out/b.wav")))
        await pilot.pause()
        assert app.wanted.count(("SoundsWanted", "k1")) == 2


def test_a_curl_line_takes_the_key_from_the_environment_and_goes_where_the_settings_say() -> None:
    """The line ends up in shell histories and tickets, and a session's label must not choose who gets the key."""
    one = task("1", TaskStatus.SUCCESS, task_id="id; rm -rf $HOME", server="https://evil.example/apis")
    line = curl_text(one, "https://client.camb.ai/apis/")
    words = shlex.split(line)
    assert words[:3] == ["curl", "-H", "x-api-key: $CAMB_API_KEY"]
    assert words[3] == "https://client.camb.ai/apis/tts/id; rm -rf $HOME"
    assert "evil" not in line
    assert curl_text(one.but(task_id=None, streamed=True), "https://client.camb.ai/apis") == ""


async def test_playing_is_offered_only_where_it_would_be_heard() -> None:
    app = make_app([task("1", TaskStatus.SUCCESS, saved=("/a.wav",))], FakeEngine(), environ={"SSH_CONNECTION": "x"})
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.monitor.keys.of("task.play") == ()
        await pilot.press("m")
        await pilot.pause()
        assert not [command for command in app.engine.commands if type(command).__name__ == "Play"]  # type: ignore[attr-defined]  # a fake
