"""The official SDK as witness: what it sends is taken, and what it gets it can parse.

Left out, as the SDK itself cannot do it against a faithful service: `get_tts_run_info` with raw bytes.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from camb.client import AsyncCambAI, CambAI
from camb.core.api_error import ApiError
from camb.errors.unprocessable_entity_error import UnprocessableEntityError
from camb.types import StreamTtsOutputConfiguration, SubtitleFormattingOptions

from camb_tui.simulator import SimulatorOptions, SimulatorServer
from tests.support import StartSimulator

miniaudio = pytest.importorskip("miniaudio", reason="not installed where it must be compiled")

LONG = 100_000.0
"""Seconds after which any drawn duration is over."""


@pytest.fixture
def sdk(server: SimulatorServer) -> Iterator[CambAI]:
    with httpx.Client(timeout=20) as http:
        yield CambAI(api_key="any", base_url=server.base_url, httpx_client=http)


@pytest.fixture
async def async_sdk(server: SimulatorServer) -> AsyncIterator[AsyncCambAI]:
    async with httpx.AsyncClient(timeout=20) as http:
        yield AsyncCambAI(api_key="any", base_url=server.base_url + "/", httpx_client=http)


def test_tts(sdk: CambAI, server: SimulatorServer) -> None:
    tasks = [sdk.text_to_speech.create_tts(text=f"Text {n}", voice_id=147320, language=1).task_id for n in range(2)]
    assert sdk.text_to_speech.get_tts_result(tasks[0]).status == "PENDING"
    assert sdk.text_to_speech.get_tts_result(tasks[0]).run_id is None
    server.world.advance(LONG)
    statuses = [sdk.text_to_speech.get_tts_result(task) for task in tasks]
    assert [status.status for status in statuses] == ["SUCCESS", "SUCCESS"]
    runs = [status.run_id for status in statuses]
    assert runs[0] is not None
    assert runs[1] is not None
    info = sdk.text_to_speech.get_tts_run_info(runs[0], output_type="file_url")
    url = getattr(info, "output_url", None) or info["output_url"]  # its union type gives a dict or a model
    assert httpx.get(url).content[:4] == b"fLaC"
    results = sdk.text_to_speech.get_tts_results(run_ids=[runs[0], runs[1]])
    assert sorted(results) == sorted(map(str, runs))


def test_translation(sdk: CambAI, server: SimulatorServer) -> None:
    texts = ["Hello, world!", "A sentence of no phrase book."]
    runs = []
    for target in (76, "de-de"):
        created = sdk.translation.create_translation(texts=texts, source_language="auto", target_language=target)
        server.world.advance(LONG)
        run = sdk.translation.get_translation_task_status(created["task_id"]).run_id
        assert run is not None
        runs.append(run)
    assert sdk.translation.get_translation_result(runs[0]).texts == [
        "Bonjour, le monde !",
        "[fr-fr] A sentence of no phrase book.",
    ]
    results = sdk.translation.get_translation_results(run_ids=runs)
    assert results[str(runs[1])].texts[0] == "Hallo, Welt!"


def test_transcription(sdk: CambAI, server: SimulatorServer) -> None:
    created = [
        sdk.transcription.create_transcription(
            language=1,
            media_file=("talk.wav", b"RIFF" + bytes(400_000)),
            formatting_options=SubtitleFormattingOptions(max_characters_in_segment=30),
        ),
        sdk.transcription.create_transcription(language="fr-fr", media_url="https://example.org/talk.mp3"),
    ]
    server.world.advance(LONG)
    runs = [sdk.transcription.get_transcription_task_status(task.task_id or "").run_id or 0 for task in created]
    segments = sdk.transcription.get_transcription_result(runs[0]).transcript
    assert max(len(segment.text) for segment in segments) <= 30
    assert len({segment.speaker for segment in segments}) > 1
    assert all(before.end <= after.start for before, after in itertools.pairwise(segments))
    exported = sdk.transcription.get_transcription_result(runs[0], format_type="srt", data_type="raw_data")
    assert "-->" in str(exported.transcript)
    results = sdk.transcription.get_transcription_results(run_ids=runs)
    assert "chaîne" in " ".join(segment.text for segment in results[str(runs[1])].transcript)


def test_dubbing(sdk: CambAI, server: SimulatorServer) -> None:
    one = sdk.dub.create_dub(video_url="https://example.org/film.mp4", source_language=1, target_language=54)
    two = sdk.dub.create_dub(
        video_url="https://example.org/talk.mp3", source_language="auto", target_languages=[54, "ja-jp"]
    )
    server.world.advance(LONG)
    runs = [sdk.dub.get_dubbing_status(task.task_id or "").run_id or 0 for task in (one, two)]
    single = sdk.dub.get_dubbed_run_info(runs[0])
    assert not isinstance(single, dict)
    assert single.video_url is not None
    assert httpx.get(single.video_url).content[4:8] == b"ftyp"
    several = sdk.dub.get_dubbed_run_info(runs[1])
    assert isinstance(several, dict)
    assert sorted(several) == ["54", "88"]
    assert several["88"].video_url is None
    assert "灯台" in " ".join(segment.text for segment in several["88"].transcript)
    transcript = sdk.dub.get_dubbed_run_transcript(runs[0], 54, format_type="vtt", data_type="raw_data")
    assert transcript["transcript"].startswith("WEBVTT")
    assert sorted(sdk.dub.get_dubbed_runs_results(run_ids=runs)) == sorted(map(str, runs))


def test_story(sdk: CambAI, server: SimulatorServer) -> None:
    story = ("story.txt", b'It was late. "Who is there?" The sea said nothing.', "text/plain")
    tasks = [
        sdk.story.create_story(file=story, source_language=1, title="The sea", narrator_voice_id=9) for _ in range(2)
    ]
    server.world.advance(LONG)
    runs = [sdk.story.get_story_status(task.task_id or "").run_id or 0 for task in tasks]
    plain, full = sdk.story.get_story_run_info(runs[0]), sdk.story.get_story_run_info(runs[0], include_transcript=True)
    assert "transcript" not in plain
    assert "sea" in str(full["transcript"])
    assert decodes(httpx.get(full["audio_url"]).content)
    assert decodes(httpx.get(full["dialogue_url"]).content)
    assert sorted(sdk.story.get_stories_runs_results(run_ids=runs)) == sorted(map(str, runs))


def decodes(data: bytes) -> bool:
    return bool(miniaudio.decode(data).num_frames > 0)


def test_catalogues(sdk: CambAI) -> None:
    sources, targets = sdk.languages.get_source_languages(), sdk.languages.get_target_languages()
    assert len(sources) > 140
    assert {language.id: language.short_name for language in targets}[76] == "fr-fr"
    voices = sdk.voice_cloning.list_voices()
    assert len(voices) > 24


@pytest.mark.parametrize(("form", "magic"), [(None, b"\xff\xfb"), ("flac", b"fLaC"), ("wav", b"RIFF")])
def test_tts_stream(simulator: StartSimulator, form: str | None, magic: bytes) -> None:
    """Without a format it is MP3, the service's default."""
    server = simulator(SimulatorOptions(seed=1, speed=1000))
    with httpx.Client(timeout=20) as http:
        sdk = CambAI(api_key="any", base_url=server.base_url, httpx_client=http)
        configuration = StreamTtsOutputConfiguration(format=form) if form else None
        more = {"output_configuration": configuration} if configuration else {}
        audio = b"".join(sdk.text_to_speech.tts(text="Good morning.", language="en-us", voice_id=147320, **more))
    assert audio.startswith(magic)
    assert decodes(audio)


def test_translation_stream_is_plain_text(sdk: CambAI) -> None:
    """The SDK tries to read JSON, and hands the text over in an error with code 200, which its wrappers rely on."""
    with pytest.raises(ApiError) as caught:
        sdk.translation.translation_stream(source_language=1, target_language="es-es", text="Good morning.")
    assert caught.value.status_code == 200
    assert caught.value.body == "Buenos días."


def test_a_rejected_create_is_the_error_the_sdk_knows(sdk: CambAI) -> None:
    with pytest.raises(UnprocessableEntityError) as caught:
        sdk.text_to_speech.create_tts(text="A", voice_id=147320, language=1)
    assert caught.value.body.detail is not None
    assert caught.value.body.detail[0].loc == ["body", "text"]


def test_a_wrong_key_is_an_api_error(simulator: StartSimulator) -> None:
    server = simulator(SimulatorOptions(api_key="right"))
    with httpx.Client(timeout=20) as http:
        sdk = CambAI(api_key="wrong", base_url=server.base_url, httpx_client=http)
        with pytest.raises(ApiError) as caught:
            sdk.languages.get_source_languages()
    assert caught.value.status_code == 401
    assert caught.value.body == {"error": "Invalid API key", "status": 401}


async def test_async_sdk_goes_through_all_five_kinds(async_sdk: AsyncCambAI, server: SimulatorServer) -> None:
    """With a base URL that ends in a slash, as people write it."""
    tts = await async_sdk.text_to_speech.create_tts(text="Good morning.", voice_id=1, language=1)
    translation = await async_sdk.translation.create_translation(
        texts=["Hello."], source_language=1, target_language=31
    )
    transcription = await async_sdk.transcription.create_transcription(
        language=1, media_url="https://example.org/a.mp3"
    )
    dub = await async_sdk.dub.create_dub(video_url="https://example.org/a.mp4", source_language=1, target_language=31)
    story = await async_sdk.story.create_story(file=("a.txt", b"Once. Twice."), source_language=1)
    server.world.advance(LONG)
    spoken = await async_sdk.text_to_speech.get_tts_result(tts.task_id)
    assert await async_sdk.text_to_speech.get_tts_run_info(spoken.run_id, output_type="file_url")
    translated = await async_sdk.translation.get_translation_task_status(translation["task_id"])
    assert (await async_sdk.translation.get_translation_result(translated.run_id)).texts == ["Hallo."]
    heard = await async_sdk.transcription.get_transcription_task_status(transcription.task_id or "")
    assert (await async_sdk.transcription.get_transcription_result(heard.run_id or 0)).transcript
    dubbed = await async_sdk.dub.get_dubbing_status(dub.task_id or "")
    assert await async_sdk.dub.get_dubbed_run_info(dubbed.run_id)
    told = await async_sdk.story.get_story_status(story.task_id or "")
    assert await async_sdk.story.get_story_run_info(told.run_id)
    assert await async_sdk.languages.get_target_languages()
    assert await async_sdk.voice_cloning.list_voices()
