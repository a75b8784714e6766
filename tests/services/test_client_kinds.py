"""What the client does for kinds whose routes are out of the ordinary, as the catalogue describes them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from camb_tui.domain.errors import RejectedError, UnreadableAnswerError, UsageError
from camb_tui.domain.results import Result
from camb_tui.services.client import Accepted
from tests.services.serving import Naps, Script, client_of

ALT = {"run_id": 9, "language": "es-es", "output_format": "mp3"}
ACCEPTED = httpx.Response(200, json={"task_id": "t-1"})


async def test_fields_of_the_path_are_in_the_path_alone() -> None:
    script = Script().on("POST /translated-story/9", ACCEPTED).on("POST /dub-alt-format/9/es-es", ACCEPTED)
    async with client_of(script) as client:
        await client.create("translated-story", {"run_id": 9, "target_language": 54}, intent="abc")
        await client.create("dub-alt-format", ALT, intent="abc")
    assert [json.loads(request.content) for request in script.seen] == [
        {"target_language": 54}, {"output_format": "mp3"},
    ]  # fmt: skip


async def test_a_result_route_takes_its_parts_from_the_request() -> None:
    """The run is the translation's own, not the story's."""
    body = {"audio_url": "https://cdn.example/a.mp3", "dialogue_url": None}
    script = Script().on("GET /translated-story-result/10/54", httpx.Response(200, json=body))
    async with client_of(script) as client:
        found = await client.result("translated-story", 10, request={"run_id": 9, "target_language": 54})
        with pytest.raises(UsageError, match="language"):
            await client.result("translated-story", 10)
    assert found.audio_url == "https://cdn.example/a.mp3"
    assert script.seen[0].url.params["include_transcript"] == "true"


async def test_what_two_routes_tell_of_a_run_is_one_result() -> None:
    script = Script().on("GET /tts-result/9", httpx.Response(200, json={"output_url": "https://cdn.example/a.flac"}))
    script.on("GET /translation-result/9", httpx.Response(500), httpx.Response(200, json={"texts": ["Hola"]}))
    naps = Naps()
    async with client_of(script, sleep=naps) as client:
        found = await client.result("translated-tts", 9)
    assert (found.audio_url, found.texts) == ("https://cdn.example/a.flac", ("Hola",))
    assert len(naps.taken) == 1
    assert "output_type" not in script.seen[-1].url.params


async def test_a_create_may_answer_with_the_result_where_the_catalogue_says_so() -> None:
    """For any other kind an answer without an id is none."""
    answer = httpx.Response(200, json={"output_url": "https://cdn.example/a.mp3"})
    script = Script().on("POST /dub-alt-format/9/es-es", answer).on("POST /text-to-sound", answer)
    async with client_of(script) as client:
        assert await client.create("dub-alt-format", ALT, intent="abc") == Accepted("")
        with pytest.raises(UnreadableAnswerError):
            await client.create("text-to-sound", {"prompt": "Rain"}, intent="abc")


async def test_a_result_without_a_route_is_the_create_once_more() -> None:
    """Asked once: it may cost, and an answer that is no result is not asked away."""
    script = Script().on(
        "POST /dub-alt-format/9/es-es", httpx.Response(200, json={"output_url": "https://cdn.example/a.mp3"}), ACCEPTED
    )
    async with client_of(script) as client:
        assert (await client.result("dub-alt-format", 0, request=ALT)).links()[0][1] == "https://cdn.example/a.mp3"
        with pytest.raises(UnreadableAnswerError, match="no result"):
            await client.result("dub-alt-format", 0, request=ALT)
    assert script.asked() == ["POST /dub-alt-format/9/es-es"] * 2
    assert all("idempotency-key" not in request.headers for request in script.seen)


async def test_a_bare_word_is_a_status() -> None:
    script = Script().on("GET /dub-alt-format/t-1", httpx.Response(200, json="SUCCESS"))
    async with client_of(script) as client:
        assert (await client.status("dub-alt-format", "t-1")).word == "SUCCESS"


async def test_a_bulk_answer_that_is_a_list_names_its_runs() -> None:
    projects = [{"run_id": run, "project_details": {"project_name": f"P{run}"}} for run in (2, 1)]
    script = Script().on("POST /project-setup-results", httpx.Response(200, json=projects))
    async with client_of(script) as client:
        found = await client.results("project-setup", [1, 2])
    raw = [result.raw["project_details"]["project_name"] for result in found.values() if isinstance(result, Result)]
    assert (list(found), raw) == ([1, 2], ["P1", "P2"])
    assert script.posts() == 1


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (httpx.Response(200, json={"transcript": "1\n..."}), "1\n..."),
        (httpx.Response(200, json={"srt": "1\n..."}), "1\n..."),
        (httpx.Response(200, json="1\n..."), "1\n..."),
        (httpx.Response(200, text="1\n..."), "1\n..."),
        (httpx.Response(200, json={"transcript": [1]}), None),
        (httpx.Response(200, json={"transcript": "https://cdn.example/a.srt?sig=1"}), None),
    ],
)
async def test_a_transcript_is_text_however_it_is_wrapped(answer: httpx.Response, text: str | None) -> None:
    """A link in its place would be saved as subtitles."""
    script = Script().on("GET /transcript/9/es-es", answer)
    async with client_of(script) as client:
        if text is None:
            with pytest.raises(UnreadableAnswerError):
                await client.transcript("dubbing", 9, "es-es", "srt")
        else:
            assert await client.transcript("dubbing", 9, "es-es", "srt") == text
    assert dict(script.seen[0].url.params) == {"format_type": "srt", "data_type": "raw_data"}


async def test_transcripts_by_language_have_a_route_of_their_kind_or_none() -> None:
    script = Script().on("GET /sub-result/9/54", httpx.Response(200, json={"transcript": "x"}))
    async with client_of(script) as client:
        assert await client.transcript("subtitles", 9, 54, "vtt") == "x"
        with pytest.raises(UsageError):
            await client.transcript("story", 9, 54, "vtt")
        with pytest.raises(RejectedError):
            await client.transcript("subtitles", 9, 55, "vtt")


async def test_the_sound_of_a_run_comes_by_its_own_kinds_route(tmp_path: Any) -> None:
    script = Script().on(
        "GET /text-to-sound-result/9",
        httpx.Response(200, content=b"RIFF1234WAVE", headers={"content-type": "audio/wav"}),
    )
    async with client_of(script) as client:
        assert (await client.audio("text-to-sound", 9, tmp_path / "a.part")).suffix == ".wav"
