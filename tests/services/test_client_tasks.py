"""Creates and polls: what leaves, how often, and what its answer means for the intent."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from camb_tui.domain.errors import (
    KeyRefusedError,
    NoAnswerError,
    NoKeyError,
    NotSentError,
    PaymentRequiredError,
    RateLimitedError,
    RefusedError,
    RejectedError,
    ServerTroubleError,
    ServiceError,
    UnreadableAnswerError,
    UsageError,
)
from camb_tui.domain.kinds import Dialect
from camb_tui.services.client import Accepted, RoutesChoice
from tests.services.serving import BASE, KEY, Naps, Script, client_of

TTS = {"text": "Good morning", "voice_id": 7, "language": 1}
DUB = {"video_url": "https://media.example/a.mp4", "source_language": "auto", "target_languages": [54]}
ACCEPTED = httpx.Response(200, json={"task_id": "t-1"})


async def test_a_create_carries_key_intent_and_description() -> None:
    """The intent is how a person finds an orphan in the web app."""
    script = Script().on("POST /tts", ACCEPTED)
    async with client_of(script) as client:
        assert await client.create("tts", TTS, intent="abc") == Accepted("t-1")
    (request,) = script.seen
    assert request.headers["x-api-key"] == KEY
    assert request.headers["idempotency-key"] == "abc"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content) == {**TTS, "project_description": "camb-tui abc"}


@pytest.mark.parametrize(
    ("extra", "describe", "sent"),
    [({"project_description": "mine"}, True, "mine"), ({}, False, None)],
)
async def test_the_users_own_description_and_wish_for_none_stand(
    extra: dict[str, str], describe: bool, sent: str | None
) -> None:
    script = Script().on("POST /tts", ACCEPTED)
    async with client_of(script) as client:
        await client.create("tts", {**TTS, **extra}, intent="abc", describe=describe)
    assert json.loads(script.seen[0].content).get("project_description") == sent


@pytest.mark.parametrize("code", [404, 405])
async def test_an_absent_create_route_falls_back_on_the_guides_and_is_remembered(code: int) -> None:
    """404 and 405 made nothing, so the second POST cannot be paid for twice."""
    script = Script().on("POST /dub", httpx.Response(code)).on("POST /end-to-end-dubbing", ACCEPTED)
    script.on("GET /end-to-end-dubbing/t-1", httpx.Response(200, json={"status": "PENDING"}))
    async with client_of(script) as client:
        await client.create("dubbing", DUB, intent="abc")
        await client.create("dubbing", DUB, intent="def")
        await client.status("dubbing", "t-1")
        assert client.dialects == {(BASE, "dubbing"): Dialect.GUIDE}
    assert script.asked() == [
        "POST /dub",
        "POST /end-to-end-dubbing",
        "POST /end-to-end-dubbing",
        "GET /end-to-end-dubbing/t-1",
    ]
    assert script.seen[1].headers["idempotency-key"] == "abc"
    assert json.loads(script.seen[1].content) == json.loads(script.seen[0].content)


@pytest.mark.parametrize("code", [400, 401, 402, 403, 408, 409, 413, 415, 422, 429, 500, 502, 503, 504, 302, 307])
async def test_no_other_code_sends_a_second_post(code: int) -> None:
    """Behind any of them something may have been made, or the other path would only say the same."""
    script = Script().on("POST /dub", httpx.Response(code, headers={"location": "/elsewhere", "retry-after": "1"}))
    naps = Naps()
    async with client_of(script, sleep=naps) as client:
        with pytest.raises(RefusedError) as caught:
            await client.create("dubbing", DUB, intent="abc")
    assert caught.value.code == code
    assert script.asked() == ["POST /dub"]
    assert naps.taken == []


@pytest.mark.parametrize(
    ("choice", "path"), [(RoutesChoice.REFERENCE, "/translate"), (RoutesChoice.GUIDE, "/translation")]
)
async def test_a_chosen_dialect_is_the_only_one_asked(choice: RoutesChoice, path: str) -> None:
    request = {"texts": ["a"], "source_language": "en-us", "target_language": 54}
    script = Script()
    async with client_of(script, routes=choice) as client:
        with pytest.raises(RejectedError):
            await client.create("translation", request, intent="abc")
        with pytest.raises(RejectedError):
            await client.status("translation", "t-1")
    assert script.asked() == [f"POST {path}", f"GET {path}/t-1"]


async def test_a_kind_with_one_path_is_posted_once_though_it_is_absent() -> None:
    script = Script()
    async with client_of(script) as client:
        with pytest.raises(RejectedError):
            await client.create("tts", TTS, intent="abc")
    assert script.asked() == ["POST /tts"]


@pytest.mark.parametrize(
    ("code", "sort"),
    [
        (400, RejectedError),
        (404, RejectedError),
        (405, RejectedError),
        (413, RejectedError),
        (415, RejectedError),
        (422, RejectedError),
        (401, KeyRefusedError),
        (403, KeyRefusedError),
        (402, PaymentRequiredError),
        (429, RateLimitedError),
        (408, ServerTroubleError),
        (409, ServerTroubleError),
        (418, ServerTroubleError),
        (500, ServerTroubleError),
        (599, ServerTroubleError),
        (301, ServerTroubleError),
        (308, ServerTroubleError),
    ],
)
async def test_every_code_has_its_class(code: int, sort: type[RefusedError]) -> None:
    """The outbox decides by the class alone whether an intent may go again."""
    script = Script().on("POST /tts", httpx.Response(code, json={"detail": "because"}))
    async with client_of(script) as client:
        with pytest.raises(sort) as caught:
            await client.create("tts", TTS, intent="abc")
    assert type(caught.value) is sort
    assert caught.value.code == code
    assert "because" in str(caught.value)
    assert script.posts() == 1


REQUEST = httpx.Request("POST", BASE)


@pytest.mark.parametrize(
    ("failure", "sort"),
    [
        (httpx.ConnectError("refused"), NotSentError),
        (httpx.ConnectTimeout(""), NotSentError),
        (httpx.PoolTimeout(""), NotSentError),
        (httpx.ProxyError("407"), NotSentError),
        (httpx.ReadTimeout(""), NoAnswerError),
        (httpx.WriteTimeout(""), NoAnswerError),
        (httpx.ReadError(""), NoAnswerError),
        (httpx.WriteError(""), NoAnswerError),
        (httpx.CloseError(""), NoAnswerError),
        (httpx.RemoteProtocolError("cut"), NoAnswerError),
        (httpx.LocalProtocolError("short"), NoAnswerError),
        (OSError("odd"), NoAnswerError),
        (RuntimeError("odder"), NoAnswerError),
    ],
)
async def test_only_what_certainly_left_nothing_counts_as_not_sent(
    failure: Exception, sort: type[ServiceError]
) -> None:
    """A wrong NotSent buys a job twice; a wrong NoAnswer only asks the user."""
    script = Script().on("POST /tts", failure)
    async with client_of(script) as client:
        with pytest.raises(sort) as caught:
            await client.create("tts", TTS, intent="abc")
    assert type(caught.value) is sort
    assert script.posts() == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>" + b"x" * 5000,
        b'{"task_id": null}',
        b'{"task_id": ""}',
        b'{"task_id": "a b"}',
        b'{"task_id": "a\\u0007"}',
        b'{"task_id": ["x"]}',
        b'"x"',
        b"[1]",
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
async def test_a_2xx_without_an_id_is_unreadable_and_quoted_short(body: bytes) -> None:
    script = Script().on("POST /tts", httpx.Response(200, content=body))
    async with client_of(script) as client:
        with pytest.raises(UnreadableAnswerError) as caught:
            await client.create("tts", TTS, intent="abc")
    assert len(str(caught.value)) < 320
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("body", "task_id"),
    [
        ({"task_id": "a", "status": "PENDING"}, "a"),
        ({"payload": {"task_id": "b"}}, "b"),
        ({"task_id": 12}, "12"),
        ({"task_id": "PAYMENT_REQUIRED", "status": "PAYMENT_REQUIRED"}, "PAYMENT_REQUIRED"),
    ],
)
async def test_task_ids_are_taken_as_they_come(body: dict[str, Any], task_id: str) -> None:
    script = Script().on("POST /tts", httpx.Response(201, json=body))
    async with client_of(script) as client:
        assert (await client.create("tts", TTS, intent="abc")).task_id == task_id


async def test_payment_required_at_once_without_an_id_is_a_payment_error() -> None:
    script = Script().on("POST /tts", httpx.Response(200, json={"task_id": None, "status": "PAYMENT_REQUIRED"}))
    async with client_of(script) as client:
        with pytest.raises(PaymentRequiredError):
            await client.create("tts", TTS, intent="abc")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"detail": "no voice", "message": "x"}, "no voice (400"),
        ({"message": "a message", "error": "x"}, "a message (400"),
        ({"error": "Invalid API key", "status": 401}, "Invalid API key (400"),
        ({"detail": {"message": "inner"}}, "inner (400"),
        ({"detail": [{"loc": ["body", "texts", 0], "msg": "too long"}]}, "texts.0: too long (400"),
        ({"other": 1}, '{"other":1} (400'),
        ("just text", "just text (400"),
        (b"bare \x1b[31mwords\nhere", "bare ·[31mwords here (400"),
        (b"<html><head><title>400 Bad\nGateway</title></head><body>x</body></html>", "400 Bad Gateway (400"),
        (b"", "Bad Request (400"),
    ],
)
async def test_the_words_for_a_person_are_found_in_order(body: Any, words: str) -> None:
    answer = httpx.Response(400, content=body) if isinstance(body, bytes) else httpx.Response(400, json=body)
    async with client_of(Script().on("POST /tts", answer)) as client:
        with pytest.raises(RejectedError) as caught:
            await client.create("tts", TTS, intent="abc")
    assert str(caught.value).startswith(words)


async def test_a_message_is_bounded() -> None:
    async with client_of(Script().on("POST /tts", httpx.Response(500, json={"detail": "x" * 100_000}))) as client:
        with pytest.raises(ServerTroubleError) as caught:
            await client.create("tts", TTS, intent="abc")
    assert len(str(caught.value)) == 500
    assert str(caught.value).endswith("(500 to POST /tts)")


async def test_faults_name_the_forms_fields() -> None:
    """The form opens at the field named; what a validator adds below a field is not part of its name."""
    detail = [
        {"loc": ["body", "texts", 1], "msg": "Value error, too long", "type": "x"},
        {"loc": ["body", "source_language", "int"], "msg": "not an int", "type": "x"},
        {"loc": ["body"], "msg": "as a whole", "type": "x"},
        {"loc": "nonsense", "msg": None},
        "not an object",
    ]
    script = Script().on("POST /translate", httpx.Response(422, json={"detail": detail}))
    async with client_of(script) as client:
        with pytest.raises(RejectedError) as caught:
            await client.create("translation", {"texts": ["a"]}, intent="abc")
    assert caught.value.faults == (
        ("texts", "item 2: too long"),
        ("source_language", "not an int"),
        ("", "as a whole"),
        ("", "is not valid"),
    )


async def test_a_nested_field_keeps_its_dotted_name() -> None:
    name = "formatting_options.max_characters_in_segment"
    detail = [{"loc": ["body", *name.split(".")], "msg": "too small"}]
    script = Script().on("POST /transcribe", httpx.Response(422, json={"detail": detail}))
    async with client_of(script) as client:
        with pytest.raises(RejectedError) as caught:
            await client.create("transcription", {"media_url": "https://m.example/a.mp3", "language": 1}, intent="a")
    assert caught.value.faults == ((name, "too small"),)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:50 GMT"}, 30.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:50 GMT", "date": "Tue, 14 Nov 2023 22:13:45 GMT"}, 5.0),
        ({"retry-after": "Tue, 14 Nov 2000 22:13:50 GMT"}, 0.0),
        ({"retry-after": "999999999"}, 86_400.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
async def test_retry_after_is_read_in_both_forms(headers: dict[str, str], seconds: float | None) -> None:
    script = Script().on("POST /tts", httpx.Response(429, headers=headers))
    async with client_of(script) as client:
        with pytest.raises(RateLimitedError) as caught:
            await client.create("tts", TTS, intent="abc")
    assert caught.value.retry_after == seconds


async def test_without_a_key_nothing_is_sent() -> None:
    script = Script()
    async with client_of(script, api_key=None) as client:
        with pytest.raises(NoKeyError):
            await client.create("tts", TTS, intent="abc")
        with pytest.raises(NoKeyError):
            await client.status("tts", "t-1")
        assert script.seen == []
        client.api_key = f" {KEY}\n"
        script.on("POST /tts", ACCEPTED)
        await client.create("tts", TTS, intent="abc")
    assert script.seen[0].headers["x-api-key"] == KEY


@pytest.mark.parametrize(
    ("body", "word", "run_id", "reason", "message"),
    [
        ({"status": "PENDING"}, "PENDING", None, None, None),
        ({"status": "SUCCESS", "run_id": 9}, "SUCCESS", 9, None, None),
        ({"status": "SUCCESS", "run_id": "9"}, "SUCCESS", 9, None, None),
        ({"status": "SUCCESS", "run_id": True}, "SUCCESS", None, None, None),
        ({"status": "ERROR", "exception_reason": "SOURCE_TOO_LONG"}, "ERROR", None, "SOURCE_TOO_LONG", None),
        ({"status": "ERROR", "exception_reason": "NONE", "message": "m"}, "ERROR", None, None, "m"),
        ({"status": "ERROR", "message": {"detail": "deep"}}, "ERROR", None, None, "deep"),
        ({"status": "ERROR", "message": {"a": 1}}, "ERROR", None, None, '{"a":1}'),
        ({"status": "ERROR", "message": ["a"]}, "ERROR", None, None, '["a"]'),
        ("SUCCESS", "SUCCESS", None, None, None),
        ({"payload": {"status": "queued_up"}}, "queued_up", None, None, None),
    ],
)
async def test_a_status_is_read_in_all_its_shapes(
    body: Any, word: str, run_id: int | None, reason: str | None, message: str | None
) -> None:
    async with client_of(Script().on("GET /tts/t-1", httpx.Response(200, json=body))) as client:
        assert await client.status("tts", "t-1") == (word, run_id, reason, message)


@pytest.mark.parametrize("body", [{"status": None}, {}, [], {"status": " "}, 3])
async def test_a_status_without_a_word_is_unreadable(body: Any) -> None:
    async with client_of(Script().on("GET /tts/t-1", httpx.Response(200, json=body))) as client:
        with pytest.raises(UnreadableAnswerError):
            await client.status("tts", "t-1")


async def test_a_poll_asks_the_other_dialect_once_after_404_and_then_says_404() -> None:
    script = Script()
    async with client_of(script) as client:
        with pytest.raises(RejectedError) as caught:
            await client.status("dubbing", "t-1")
        assert client.dialects == {}
    assert caught.value.code == 404
    assert script.asked() == ["GET /dub/t-1", "GET /end-to-end-dubbing/t-1"]


@pytest.mark.parametrize("failure", [httpx.Response(503), httpx.Response(429), httpx.ReadTimeout("")])
async def test_a_failed_poll_is_not_repeated_here(failure: httpx.Response | Exception) -> None:
    """The poller has its own clock."""
    script = Script().on("GET /tts/t-1", failure)
    async with client_of(script) as client:
        with pytest.raises(ServiceError):
            await client.status("tts", "t-1")
    assert len(script.seen) == 1


async def test_a_task_id_stays_one_part_of_the_path() -> None:
    """The id comes from the network or from a person; it must not lead to another route."""
    script = Script().on("GET /tts/..%2Fdub%2F1%3Fa%23b", httpx.Response(200, json={"status": "PENDING"}))
    async with client_of(script) as client:
        assert (await client.status("tts", "../dub/1?a#b")).word == "PENDING"
        for bad in ("", ".", ".."):
            with pytest.raises(UsageError):
                await client.status("tts", bad)
        with pytest.raises(UsageError):
            await client.status("no-such-kind", "t-1")
    assert len(script.seen) == 1
