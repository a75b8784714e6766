"""The wire itself: where the key goes, what is written down of it, and what really left over real sockets."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import httpx
import pytest

from camb_tui.domain.errors import (
    NoAnswerError,
    NotSentError,
    RefusedError,
    RejectedError,
    ServerTroubleError,
    SettingsError,
)
from camb_tui.services.client import CambClient, Exchange
from camb_tui.services.wire.transport import LARGEST_JSON
from tests.services.serving import BASE, KEY, Script, client_of, plain, raw_server

TTS = {"text": "Good morning", "voice_id": 7, "language": 1}
STATUS = httpx.Response(200, json={"status": "PENDING"})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "client.camb.ai/apis",
        "ftp://client.camb.ai",
        "https://",
        "https://user:word@client.camb.ai/apis",
        "https://user@client.camb.ai/apis",
        "http://client.camb.ai/apis",
        "http://127.0.0.1.example/apis",
        "http://localhost.example/apis",
        "http://10.0.0.1/apis",
        "https://client.camb.ai/apis?x=1",
        "https://client.camb.ai/apis#x",
        "https://client.camb.ai:port/apis",
        "https://a..b/apis",
        f"https://{'a' * 70}.example",
        "https://exa mple/",
        "https://example/\x00",
    ],
)
async def test_a_base_url_that_could_not_or_should_not_be_used_is_refused(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        CambClient(url, KEY)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "url",
    ["https://client.camb.ai/apis", "http://127.0.0.1:8000/apis", "http://localhost:1/apis", "http://[::1]:1/apis"],
)
async def test_a_trailing_slash_makes_no_difference(url: str) -> None:
    for text in (url, url + "/", f" {url}//\n"):
        client = CambClient(text, KEY)
        assert client.base_url == url
        await client.aclose()


@pytest.mark.parametrize("key", ["line\nbreak", "schlüssel", "a\x7f"])
async def test_a_key_that_cannot_be_a_header_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        CambClient(BASE, key)
    assert key not in str(caught.value)


async def test_the_key_reaches_neither_records_nor_errors() -> None:
    """A hostile or clumsy server may echo it anywhere."""
    records: list[tuple[str | None, Exchange]] = []
    echo = httpx.Response(400, json={"detail": f"bad key {KEY} " * 300})
    script = Script().on("POST /tts", echo).on(f"GET /tts/{KEY}", httpx.Response(200, json={"word": KEY}))
    script.on("GET /tts-result/9", httpx.ReadError(f"with {KEY}"))
    async with client_of(script, on_exchange=lambda about, exchange: records.append((about, exchange))) as client:
        messages = []
        for asking in (
            client.create("tts", {**TTS, "text": f"my key is {KEY}"}, intent="abc", about="row"),
            client.status("tts", KEY),
            client.result("tts", 9),
        ):
            with pytest.raises((RefusedError, NoAnswerError)) as caught:
                await asking
            messages.append(str(caught.value))
        client.api_key = "another-key"
        assert KEY not in repr(vars(client))
    assert "bad key •••" in messages[0]
    assert KEY not in repr(messages) + repr(records)
    assert records[0][0] == "row"
    assert "my key is •••" in records[0][1].request


async def test_an_exchange_says_what_went_and_what_came() -> None:
    records: list[Exchange] = []
    script = Script().on("POST /tts", httpx.Response(200, content=b'{"task_id": "t-1", "x": "\x1b[2J' + b"y" * 9000))
    script.on("GET /tts/t-1", httpx.ConnectError("no route"))
    async with client_of(script, on_exchange=lambda _, exchange: records.append(exchange)) as client:
        with pytest.raises(NoAnswerError):
            await client.create("tts", TTS, intent="abc", describe=False)
        with pytest.raises(NotSentError):
            await client.status("tts", "t-1")
    made, polled = records
    assert (made.at, made.method, made.url, made.code) == (1_700_000_000.0, "POST", f"{BASE}/tts", 200)
    assert made.request == '{"text":"Good morning","voice_id":7,"language":1}'
    assert made.response.startswith('{"task_id": "t-1", "x": "·[2J')
    assert len(made.response) < 4100
    assert made.error == ""
    assert (polled.code, polled.response) == (None, "")
    assert "no route" in polled.error


async def test_a_listener_that_fails_loses_no_task_id(caplog: pytest.LogCaptureFixture) -> None:
    def listener(about: str | None, exchange: Exchange) -> None:
        raise ValueError("listener")

    script = Script().on("POST /tts", httpx.Response(200, json={"task_id": "t-1"}))
    async with client_of(script, on_exchange=listener) as client:
        assert (await client.create("tts", TTS, intent="abc")).task_id == "t-1"
    assert "listener" in caplog.text


def to(url: str, code: int = 302) -> httpx.Response:
    return httpx.Response(code, headers={"location": url})


async def test_a_question_follows_a_redirect_at_home_with_the_key() -> None:
    script = Script().on("GET /tts/t-1", to("/apis/v2/tts/t-1", 307)).on("GET /v2/tts/t-1", STATUS)
    async with client_of(script) as client:
        assert (await client.status("tts", "t-1")).word == "PENDING"
    assert [request.headers["x-api-key"] for request in script.seen] == [KEY, KEY]


async def test_a_redirect_away_drops_the_key_for_good() -> None:
    """Also when the other host sends us back home."""
    script = Script().on("GET /tts/t-1", to("https://other.example/x")).on("GET /back", STATUS)
    script.on("GET other.example/x", to(f"{BASE}/back"))
    async with client_of(script) as client:
        await client.status("tts", "t-1")
    assert ["x-api-key" in request.headers for request in script.seen] == [True, False, False]


@pytest.mark.parametrize(
    "url", ["https://api.example:8443/x", "https://API.example.org/x", "//other.example/x", "http://127.0.0.1:1/x"]
)
async def test_another_port_host_or_scheme_is_another_origin(url: str) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return to(url) if len(seen) == 1 else STATUS

    client = CambClient(BASE, KEY, transport=httpx.MockTransport(answer))
    await client.status("tts", "t-1")
    await client.aclose()
    assert ["x-api-key" in request.headers for request in seen] == [True, False]


@pytest.mark.parametrize(
    "url",
    ["http://other.example/x", "http://api.example/apis/tts/t-1", "ftp://api.example/x", "https://u:p@api.example/"],
)
async def test_a_redirect_to_where_we_do_not_go_is_trouble(url: str) -> None:
    script = Script().on("GET /tts/t-1", to(url))
    async with client_of(script) as client:
        with pytest.raises(ServerTroubleError) as caught:
            await client.status("tts", "t-1")
    assert caught.value.code == 302
    assert len(script.seen) == 1


async def test_redirects_end() -> None:
    script = Script().on("GET /tts/t-1", to("/apis/tts/t-1"))
    async with client_of(script) as client:
        with pytest.raises(ServerTroubleError, match="without end"):
            await client.status("tts", "t-1")
    assert len(script.seen) == 6


async def test_a_refusal_by_another_host_says_nothing_about_the_key() -> None:
    script = Script().on("GET /tts/t-1", to("https://other.example/x"))
    script.on("GET other.example/x", httpx.Response(403))
    async with client_of(script) as client:
        with pytest.raises(RejectedError):
            await client.status("tts", "t-1")


async def test_a_body_larger_than_any_json_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LARGEST_JSON == 32 * 1024 * 1024
    body = b'"' + b"x" * (LARGEST_JSON + 1) + b'"'
    async with client_of(Script().on("GET /tts/t-1", httpx.Response(200, content=body))) as client:
        with pytest.raises(NoAnswerError, match="larger"):
            await client.status("tts", "t-1")


# Over real sockets


async def test_a_closed_port_and_an_unknown_name_count_as_not_sent() -> None:
    server = await asyncio.start_server(lambda _, __: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    client = CambClient(f"http://127.0.0.1:{port}/apis", KEY)
    with pytest.raises(NotSentError):
        await client.create("tts", TTS, intent="abc")
    await client.aclose()


async def test_a_server_that_speaks_no_tls_was_sent_nothing() -> None:
    heads: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.read(1000))
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        client = CambClient(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/apis", KEY)
        with pytest.raises(NotSentError):
            await client.create("tts", TTS, intent="abc")
        await client.aclose()
    assert KEY.encode() not in b"".join(heads)


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\ncontent-le", b"HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n{", b"what is this\r\n\r\n"],
)
async def test_a_line_that_breaks_after_the_request_leaves_it_open(answer: bytes) -> None:
    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    async with raw_server(talk) as server:
        client = CambClient(server.url + "/apis", KEY)
        with pytest.raises(NoAnswerError):
            await client.create("tts", TTS, intent="abc")
        await client.aclose()
    assert len(server.heads) == 1


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n{"])
async def test_silence_leaves_it_open(begun: bytes) -> None:
    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(begun)
        await writer.drain()
        await reader.read()
        await reader.readexactly(1)  # the client has hung up

    async with raw_server(talk) as server:
        client = CambClient(server.url + "/apis", KEY, create_timeout=0.05, timeout=0.05)
        with pytest.raises(NoAnswerError):
            await client.create("tts", TTS, intent="abc")
        with pytest.raises(NoAnswerError):
            await client.status("tts", "t-1")
        await client.aclose()
    assert len(server.heads) == 2


async def test_a_server_that_drips_cannot_hold_a_poll() -> None:
    """Each byte comes in time; the answer never ends."""

    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\n")
        while not reader.at_eof() and not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.005)

    async with raw_server(talk) as server:
        client = CambClient(server.url + "/apis", KEY, timeout=0.05)
        with pytest.raises(NoAnswerError, match="within"):
            await client.status("tts", "t-1")
        await client.aclose()


async def test_polls_share_a_connection_and_no_proxy_sees_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key would go through a proxy of the environment in clear."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    connections = set()

    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer.get_extra_info("peername"))
        writer.write(plain(b'{"status":"PENDING"}'))

    async with raw_server(talk) as server:
        client = CambClient(server.url + "/apis", KEY)
        for _ in range(3):
            await client.status("tts", "t-1")
        await client.aclose()
    assert len(server.heads) == 3
    assert len(connections) == 1


async def test_over_sockets_the_key_stays_at_home() -> None:
    async def far(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(plain(b'{"status":"PENDING"}'))

    async with raw_server(far) as other:

        async def home(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(plain(b"", f"location: {other.url}/x", status="302 Found"))

        async with raw_server(home) as server:
            client = CambClient(server.url + "/apis", KEY)
            await client.status("tts", "t-1")
            await client.aclose()
    assert KEY.encode() in server.heads[0]
    assert KEY.encode() not in b"".join(other.heads)


def test_importing_the_client_brings_no_screen_and_its_values_no_httpx() -> None:
    """httpx costs a tenth of a second, which the first paint does not wait for."""
    code = (
        "import sys; import camb_tui.services.wire.values, camb_tui.services.wire.answers; "
        "assert 'httpx' not in sys.modules; import camb_tui.services.client; assert 'textual' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
