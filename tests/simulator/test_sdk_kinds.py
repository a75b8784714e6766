"""The official SDK as witness for the kinds beyond the first five.

Left out, as the SDK itself cannot do it against a faithful service: the status of a project setup, which it wants as a
list of results, and which is asked for plainly here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from camb.client import CambAI
from camb.types import SubtitleFormattingOptions

from camb_tui.simulator import SimulatorServer

LONG = 100_000.0
"""Seconds after which any drawn duration is over."""
FILM = "https://example.org/film.mp4"
DESCRIPTION = (
    "A calm and deep voice of an old sailor who has told the same story for forty years and still loves to tell it."
)


@pytest.fixture
def sdk(server: SimulatorServer) -> Iterator[CambAI]:
    with httpx.Client(timeout=20) as http:
        yield CambAI(api_key="any", base_url=server.base_url, httpx_client=http)


def test_translated_tts_is_read_by_both_result_routes(sdk: CambAI, server: SimulatorServer) -> None:
    """One run is speech and text at once."""
    task = sdk.translated_tts.create_translated_tts(
        text="Hello, world!", voice_id=147320, source_language="auto", target_language="fr-fr"
    )
    server.world.advance(LONG)
    run = sdk.translated_tts.get_translated_tts_task_status(task.task_id).run_id
    assert run is not None
    assert sdk.translation.get_translation_result(run).texts == ["Bonjour, le monde !"]
    info = sdk.text_to_speech.get_tts_run_info(run, output_type="file_url")
    url = getattr(info, "output_url", None) or info["output_url"]
    assert httpx.get(url).content[:4] == b"fLaC"
    other = sdk.translated_tts.create_translated_tts(text="Hello.", voice_id=1, source_language=1, target_language=54)
    server.world.advance(LONG)
    second = sdk.translated_tts.get_translated_tts_task_status(other.task_id).run_id or 0
    assert sdk.translation.get_translation_results(run_ids=[run, second])[str(second)].texts == ["Hola."]


def test_translated_story_follows_a_finished_story(sdk: CambAI, server: SimulatorServer) -> None:
    story = sdk.story.create_story(file=("a.txt", b"Hello. Thank you very much.", "text/plain"), source_language=1)
    server.world.advance(LONG)
    run = sdk.story.get_story_status(story.task_id or "").run_id
    created = sdk.translated_story.create_translation_for_existing_story(run, target_language=31)
    assert created.message
    assert created.task_id is not None
    server.world.advance(LONG)
    told = sdk.translated_story.get_translated_story_status(created.task_id).run_id
    assert told != run
    plain = sdk.translated_story.get_translated_story_run_info(told, 31)
    assert httpx.get(plain["audio_url"]).status_code == 200
    full = sdk.translated_story.get_translated_story_run_info(told, 31, include_transcript=True)
    assert [segment["text"] for segment in full["transcript"]] == ["Hallo.", "Vielen Dank."]


@pytest.mark.parametrize(("options", "seconds"), [({"duration": 3.2}, 3.2), ({"audio_type": "music"}, 20.0)])
def test_text_to_sound(sdk: CambAI, server: SimulatorServer, options: dict[str, str | float], seconds: float) -> None:
    created = [sdk.text_to_audio.create_text_to_audio(prompt="Rain on a tin roof", **options) for _ in range(2)]
    server.world.advance(LONG)
    runs = [sdk.text_to_audio.get_text_to_audio_status(task.task_id or "").run_id or 0 for task in created]
    raw = b"".join(sdk.text_to_audio.get_text_to_audio_result(runs[0]))
    assert raw[:4] == b"RIFF"
    assert (len(raw) - 44) / 48_000 == pytest.approx(seconds, abs=0.1)
    link = json.loads(b"".join(sdk.text_to_audio.get_text_to_audio_result(runs[0], output_type="file_url")))
    assert httpx.get(link["output_url"]).content == raw
    results = sdk.text_to_audio.get_text_to_sound_results(run_ids=runs)
    assert sorted(results) == sorted(map(str, runs))


def test_text_to_voice(sdk: CambAI, server: SimulatorServer) -> None:
    created = sdk.text_to_voice.create_text_to_voice(text="Good evening.", voice_description=DESCRIPTION)
    server.world.advance(LONG)
    run = sdk.text_to_voice.get_text_to_voice_status(created.task_id or "").run_id
    previews = sdk.text_to_voice.get_text_to_voice_result(run).previews
    sounds = {httpx.get(url).content for url in previews}
    assert len(sounds) == 3, "each is another voice"
    assert all(sound.startswith(b"fLaC") for sound in sounds)


def test_audio_separation(sdk: CambAI, server: SimulatorServer) -> None:
    created = [
        sdk.audio_separation.create_audio_separation(media_file=(name, b"RIFF" + bytes(300_000)))
        for name in ("one.wav", "two.flac")
    ]
    server.world.advance(LONG)
    runs = [sdk.audio_separation.get_audio_separation_status(task.task_id or "").run_id or 0 for task in created]
    result = sdk.audio_separation.get_audio_separation_run_info(runs[0])
    front, back = (httpx.get(url).content for url in (result.foreground_audio_url, result.background_audio_url))
    assert front[:4] == back[:4] == b"fLaC"
    assert front != back
    assert sorted(sdk.audio_separation.get_audio_separation_runs_results(run_ids=runs)) == sorted(map(str, runs))


def test_subtitles(sdk: CambAI, server: SimulatorServer) -> None:
    targets: list[list[int | str]] = [[54], [54, "ja-jp"]]
    created = [
        sdk.subtitles.create_subtitle(
            media_url=FILM,
            source_language="auto",
            target_languages=target,
            formatting_options=SubtitleFormattingOptions(max_characters_in_segment=30),
        )
        for target in targets
    ]
    server.world.advance(LONG)
    runs = [sdk.subtitles.get_subtitle_task_status(task.task_id or "").run_id or 0 for task in created]
    assert sdk.subtitles.get_subtitle_result(runs[0])["transcript"][0]["text"].startswith("Bienvenidos")
    several = sdk.subtitles.get_subtitle_result(runs[1])
    assert sorted(several) == ["54", "88"]
    srt = sdk.subtitles.get_subtitle_result(runs[1], format_type="srt", data_type="raw_data")
    assert "-->" in srt["88"]["transcript"]
    one = sdk.subtitles.get_subtitle_result_for_language(runs[1], "ja-jp")
    assert one == several["88"]
    file = sdk.subtitles.get_subtitle_result_for_language(runs[1], 88, format_type="vtt", data_type="file")
    assert httpx.get(file["transcript"]).text.startswith("WEBVTT")
    bulk = sdk.subtitles.get_subtitle_results(run_ids=runs, format_type="txt", data_type="raw_data")
    assert isinstance(bulk[str(runs[0])]["transcript"], str)


def test_project_setup(sdk: CambAI, server: SimulatorServer) -> None:
    """The bulk route answers with a list."""
    created = [
        sdk.project_setup.create_project(
            media_url=FILM, source_language="en-us", target_languages=[54, "fr-fr"], project_name=name
        )
        for name in ("First", "Second")
    ]
    server.world.advance(LONG)
    runs = []
    for task in created:
        answer = httpx.get(f"{server.base_url}/project-setup/{task.task_id}", headers={"x-api-key": "any"}).json()
        assert answer["status"] == "SUCCESS"
        runs.append(answer["run_id"])
    result = sdk.project_setup.get_project_setup_result(runs[0])
    assert result is not None
    assert result.project_details is not None
    assert (result.project_details.project_name, result.project_details.target_languages) == ("First", [54, 76])
    assert [each.run_id for each in sdk.project_setup.get_project_setup_runs_results(run_ids=runs)] == runs


def test_another_format_of_a_dub(sdk: CambAI, server: SimulatorServer) -> None:
    """Made as a task, whose end brings no link: the same POST does then. What is there already comes at once."""
    dub = sdk.dub.create_dub(video_url=FILM, source_language=1, target_language=54)
    server.world.advance(LONG)
    run = sdk.dub.get_dubbing_status(dub.task_id or "").run_id
    at_once = sdk.dub.get_dubbed_output_in_alt_format(run, "es-es", output_format="mp4")
    assert httpx.get(_output_url(at_once)).content[4:8] == b"ftyp"
    task = sdk.dub.get_dubbed_output_in_alt_format(run, 54, output_format="mp3")
    task_id = getattr(task, "task_id", None) or task["task_id"]
    assert sdk.dub.get_dubbed_output_in_alt_format_status(task_id).status == "PENDING"
    server.world.advance(LONG)
    assert sdk.dub.get_dubbed_output_in_alt_format_status(task_id).status == "SUCCESS"
    again = sdk.dub.get_dubbed_output_in_alt_format(run, 54, output_format="mp3")
    assert httpx.get(_output_url(again)).content[:2] == b"\xff\xfb"
    assert server.world.made == 2


def _output_url(answer: object) -> str:
    return str(answer["output_url"] if isinstance(answer, dict) else getattr(answer, "output_url"))  # noqa: B009 - its union gives either
