"""Results and catalogues: asked again where that helps, in bulk where that is possible."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from camb_tui.domain.errors import (
    KeyRefusedError,
    NoAnswerError,
    NotSentError,
    RateLimitedError,
    RejectedError,
    ServerTroubleError,
    UnreadableAnswerError,
)
from camb_tui.domain.kinds import Language
from camb_tui.domain.results import Result
from camb_tui.services.client import Voice
from tests.services.serving import Naps, Script, client_of

TEXTS = {"texts": ["un", "deux"]}


async def test_a_result_is_asked_with_its_kinds_query() -> None:
    script = Script().on("GET /tts-result/9", httpx.Response(200, json={"output_url": "https://cdn.example/a.flac"}))
    async with client_of(script) as client:
        assert (await client.result("tts", 9)).audio_url == "https://cdn.example/a.flac"
    assert script.seen[0].url.params["output_type"] == "file_url"


async def test_a_result_absent_under_one_dialect_is_found_under_the_other() -> None:
    body: dict[str, Any] = {"audio_url": "https://cdn.example/a.flac", "dialogue_url": None, "transcript": []}
    script = Script().on("GET /story-run/9", httpx.Response(200, json=body))
    async with client_of(script) as client:
        assert (await client.result("story", 9)).audio_url == "https://cdn.example/a.flac"
        await client.result("story", 9)
    assert script.asked() == ["GET /story-result/9", "GET /story-run/9", "GET /story-run/9"]


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(429),
        httpx.Response(408),
        httpx.Response(500),
        httpx.Response(503),
        httpx.ConnectError(""),
        httpx.ReadTimeout(""),
        httpx.RemoteProtocolError(""),
    ],
)
async def test_a_question_is_asked_again_with_growing_jitter(failure: httpx.Response | Exception) -> None:
    naps = Naps()
    script = Script().on("GET /translation-result/9", failure, failure, httpx.Response(200, json=TEXTS))
    async with client_of(script, sleep=naps, draw=lambda: 0.5) as client:
        assert (await client.result("translation", 9)).texts == ("un", "deux")
    assert naps.taken == [0.5, 1.0]


async def test_retry_after_is_obeyed_and_one_too_long_is_passed_on() -> None:
    naps = Naps()
    limited = httpx.Response(429, headers={"retry-after": "7"})
    script = Script().on("GET /translation-result/9", limited, httpx.Response(200, json=TEXTS))
    script.on("GET /translation-result/10", httpx.Response(503, headers={"retry-after": "61"}))
    async with client_of(script, sleep=naps) as client:
        await client.result("translation", 9)
        with pytest.raises(ServerTroubleError) as caught:
            await client.result("translation", 10)
    assert naps.taken == [7.0]
    assert caught.value.retry_after == 61.0


async def test_every_429_of_the_service_is_told_and_none_of_a_links_host() -> None:
    """One rate holds for the account; who serves a file is somebody else."""
    told: list[tuple[float | None, float]] = []
    script = Script().on(
        "GET /translation-result/9", httpx.Response(429, headers={"retry-after": "7"}), httpx.Response(200, json=TEXTS)
    )
    script.on("POST /translate", httpx.Response(429))
    script.on("GET files.example/a.txt", httpx.Response(429, headers={"retry-after": "9"}))
    async with client_of(
        script, on_limited=lambda retry_after, sent_at: told.append((retry_after, sent_at)), clock=lambda: 50.0
    ) as client:
        await client.result("translation", 9)
        with pytest.raises(RateLimitedError):
            await client.create("translation", {"texts": ["a"]}, intent="i")
        with pytest.raises(RateLimitedError):
            await client.file_size("https://files.example/a.txt")
    assert told == [(7.0, 50.0), (None, 50.0)]


async def test_asking_again_ends() -> None:
    script = Script().on("GET /translation-result/9", httpx.Response(502))
    async with client_of(script) as client:
        with pytest.raises(ServerTroubleError):
            await client.result("translation", 9)
    assert len(script.seen) == 4


@pytest.mark.parametrize(
    ("answer", "sort"),
    [
        (httpx.Response(400), RejectedError),
        (httpx.Response(401), KeyRefusedError),
        (httpx.Response(409), ServerTroubleError),
        (httpx.Response(200, content=b"{"), UnreadableAnswerError),
        (httpx.Response(200, json={"nothing": 1}), UnreadableAnswerError),
    ],
)
async def test_what_asking_cannot_mend_is_asked_once(answer: httpx.Response, sort: type[Exception]) -> None:
    script = Script().on("GET /translation-result/9", answer)
    async with client_of(script) as client:
        with pytest.raises(sort):
            await client.result("translation", 9)
    assert len(script.seen) == 1


async def test_sound_where_a_link_was_asked_is_not_quoted() -> None:
    sound = httpx.Response(200, content=b"fLaC\x00\x01", headers={"content-type": "audio/flac"})
    async with client_of(Script().on("GET /tts-result/9", sound)) as client:
        with pytest.raises(UnreadableAnswerError, match="audio/flac, 6 bytes"):
            await client.result("tts", 9)


def bulk_of(script: Script) -> list[list[int]]:
    return [json.loads(request.content)["run_ids"] for request in script.seen if request.method == "POST"]


def echo_bulk(request: httpx.Request) -> httpx.Response:
    return httpx.Response(
        200, json={str(run_id): {"texts": [str(run_id)]} for run_id in json.loads(request.content)["run_ids"]}
    )


@pytest.mark.parametrize(
    ("count", "sizes"), [(2, [2]), (5, [5]), (6, [3, 3]), (7, [4, 3]), (11, [4, 4, 3]), (16, [4, 4, 4, 4])]
)
async def test_bulk_calls_hold_two_to_five_runs(count: int, sizes: list[int]) -> None:
    script = Script().on("POST /translation-results", echo_bulk)
    ids = list(range(100, 100 + count))
    async with client_of(script) as client:
        found = await client.results("translation", [*ids, *ids])
    assert [len(chunk) for chunk in bulk_of(script)] == sizes
    assert list(found) == ids
    assert all(isinstance(result, Result) and result.texts == (str(run_id),) for run_id, result in found.items())


async def test_a_lone_run_is_asked_singly() -> None:
    script = Script().on("GET /translation-result/9", httpx.Response(200, json=TEXTS))
    async with client_of(script) as client:
        assert list(await client.results("translation", [9])) == [9]
        assert await client.results("translation", []) == {}
    assert script.asked() == ["GET /translation-result/9"]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(400, json={"detail": "run 2 is not finished"}),
        httpx.Response(422),
        httpx.Response(404),
        httpx.Response(200, content=b"nonsense"),
        httpx.Response(200, json=5),
        httpx.Response(200, json={"2": None, "x": TEXTS, "3": {"nothing": 1}}),
    ],
)
async def test_what_a_bulk_call_does_not_give_is_asked_singly(answer: httpx.Response) -> None:
    """One unfinished run must not hide the others."""
    script = Script().on("POST /translation-results", answer)
    script.on("GET /translation-result/2", httpx.Response(200, json=TEXTS))
    async with client_of(script) as client:
        found = await client.results("translation", [2, 3])
    assert isinstance(found[2], Result)
    assert isinstance(found[3], RejectedError)
    assert script.asked() == ["POST /translation-results", "GET /translation-result/2", "GET /translation-result/3"]


@pytest.mark.parametrize(
    ("answer", "sort"),
    [
        (httpx.Response(401), KeyRefusedError),
        (httpx.Response(429, headers={"retry-after": "100"}), RateLimitedError),
        (httpx.ConnectError(""), NotSentError),
    ],
)
async def test_a_bulk_failure_of_the_whole_account_is_not_repeated_for_each_run(
    answer: httpx.Response | Exception, sort: type[Exception]
) -> None:
    script = Script().on("POST /translation-results", answer)
    async with client_of(script) as client:
        found = await client.results("translation", [2, 3])
    assert [type(error) for error in found.values()] == [sort, sort]
    assert set(script.asked()) == {"POST /translation-results"}


@pytest.mark.parametrize(
    "body",
    [
        {"results": {"2": TEXTS, "3": TEXTS}},
        {"payload": {"2": TEXTS, "3": TEXTS}},
        [{"run_id": 2, **TEXTS}, {"run_id": "3", **TEXTS}],
    ],
)
async def test_bulk_wrappers_are_seen_through(body: Any) -> None:
    script = Script().on("POST /translation-results", httpx.Response(200, json=body))
    async with client_of(script) as client:
        assert list(await client.results("translation", [2, 3])) == [2, 3]
    assert len(script.seen) == 1


async def test_a_story_that_bulk_gives_without_its_transcript_is_asked_singly() -> None:
    """Else the same story would tell less when it finished beside another."""
    story = {"audio_url": "https://cdn.example/a.flac", "dialogue_url": None}
    script = Script().on(
        "POST /stories-results", httpx.Response(200, json={"2": story, "3": {**story, "transcript": []}})
    )
    script.on("GET /story-result/2", httpx.Response(200, json={**story, "transcript": []}))
    async with client_of(script) as client:
        await client.results("story", [2, 3])
    assert script.asked() == ["POST /stories-results", "GET /story-result/2"]


@pytest.mark.parametrize(
    "wrap", [lambda items: items, lambda items: {"voices": items}, lambda items: {"payload": items}]
)
async def test_voices_are_read_in_every_wrapping(wrap: Any) -> None:
    items = [
        {"id": 1, "voice_name": "Ada\x1b[2J", "language": 54, "gender": 2, "age": 30, "description": "calm"},
        {"id": "2", "voice_name": None, "language": "en-us", "gender": None},
        {"id": None, "voice_name": "nobody"},
        "nonsense",
    ]
    async with client_of(Script().on("GET /list-voices", httpx.Response(200, json=wrap(items)))) as client:
        assert await client.voices() == [
            Voice(1, "Ada·[2J", 54, 2, 30, "calm"),
            Voice(2, "voice 2", "en-us", None, None, ""),
        ]


async def test_languages_come_as_source_and_target() -> None:
    script = Script()
    script.on(
        "GET /source-languages", httpx.Response(200, json=[{"id": 1, "language": "English", "short_name": "en-US"}])
    )
    script.on(
        "GET /target-languages",
        httpx.Response(500),
        httpx.Response(200, json={"payload": [{"id": 54, "language": None, "short_name": "es-es"}, {"id": 5}]}),
    )
    async with client_of(script) as client:
        assert await client.languages() == ([Language(1, "en-us", "English")], [Language(54, "es-es", "es-es")])


async def test_a_catalogue_that_is_no_list_is_unreadable() -> None:
    async with client_of(Script().on("GET /list-voices", httpx.Response(200, json={"a": 1}))) as client:
        with pytest.raises(UnreadableAnswerError):
            await client.voices()


async def test_the_key_is_checked_with_one_question() -> None:
    script = Script().on(
        "GET /list-voices",
        httpx.Response(200, content=b"not read"),
        httpx.Response(401, json={"error": "Invalid API key", "status": 401}),
        httpx.Response(500),
        httpx.ReadError(""),
    )
    async with client_of(script) as client:
        await client.check_key()
        with pytest.raises(KeyRefusedError, match="Invalid API key"):
            await client.check_key()
        with pytest.raises(ServerTroubleError):
            await client.check_key()
        with pytest.raises(NoAnswerError):
            await client.check_key()
    assert len(script.seen) == 4
