"""Files and streams: uploads from disk, downloads that go on where they broke, audio that is never an error text."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from camb_tui.domain.errors import (
    KeyRefusedError,
    NoAnswerError,
    RejectedError,
    ServerTroubleError,
    UnreadableAnswerError,
    UsageError,
)
from camb_tui.services.client import CambClient, Download, Exchange, sniff_suffix
from camb_tui.services.wire.fetching import mark_of
from tests.services.serving import KEY, Naps, Script, client_of, plain, raw_server

ACCEPTED = httpx.Response(200, json={"task_id": "t-1"})
LINK = "https://cdn.example/a.flac?signature=abc"
AT = "GET cdn.example/a.flac"


def parts_of(request: httpx.Request) -> list[tuple[str, str | None, str | None, bytes]]:
    """Name, file name, content type and content of a multipart request's parts, by a parser that is not ours."""
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + request.content, policy=email.policy.HTTP)
    assert isinstance(message, email.message.EmailMessage)
    found = []
    for part in message.iter_parts():
        assert isinstance(part, email.message.EmailMessage)
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found.append((str(name), part.get_filename(), part["content-type"], content))
    return found


async def test_an_upload_is_multipart_with_progress_and_is_shown_by_name_and_size(tmp_path: Path) -> None:
    media = tmp_path / "talk.mp3"
    media.write_bytes(b"ID3" + b"x" * 200_000)
    progress: list[tuple[int, int]] = []
    records: list[Exchange] = []
    script = Script().on("POST /transcribe", ACCEPTED)
    request = {
        "media_file": str(media),
        "language": "en-us",
        "run_audio_cleaning": False,
        "formatting_options.max_characters_in_segment": 40,
        "formatting_options.max_reading_speed_in_cps": 12.5,
        "folder_id": 3,
    }
    async with client_of(script, on_exchange=lambda _, exchange: records.append(exchange)) as client:
        await client.create(
            "transcription", request, intent="abc", on_progress=lambda done, total: progress.append((done, total))
        )
    sent = {name: (filename, kind, content) for name, filename, kind, content in parts_of(script.seen[0])}
    assert sent["media_file"] == ("talk.mp3", "audio/mpeg", media.read_bytes())
    assert sent["language"][2] == b"en-us"
    assert sent["run_audio_cleaning"][2] == b"false"
    assert sent["folder_id"][2] == b"3"
    assert json.loads(sent["formatting_options"][2]) == {
        "max_characters_in_segment": 40,
        "max_reading_speed_in_cps": 12.5,
    }
    assert sent["project_description"][2] == b"camb-tui abc"
    assert int(script.seen[0].headers["content-length"]) == len(script.seen[0].content)
    assert [done for done, _ in progress] == sorted(done for done, _ in progress)
    assert progress[-1] == (200_003, 200_003)
    assert "media_file: <talk.mp3, 200,003 bytes>" in records[0].request
    assert "xxxx" not in records[0].request


async def test_a_transcription_without_a_file_is_url_encoded() -> None:
    script = Script().on("POST /transcribe", ACCEPTED)
    request = {"media_url": "https://m.example/a b.mp3", "language": 1, "run_audio_cleaning": True}
    async with client_of(script) as client:
        await client.create("transcription", request, intent="abc", describe=False)
    assert script.seen[0].headers["content-type"] == "application/x-www-form-urlencoded"
    sent = dict(httpx.QueryParams(script.seen[0].content.decode()))
    assert sent == {"media_url": "https://m.example/a b.mp3", "language": "1", "run_audio_cleaning": "true"}


async def test_a_story_repeats_its_list_fields_and_is_sent_whole_under_the_other_dialect(tmp_path: Path) -> None:
    """The first try has read the file to its end."""
    story = tmp_path / 'the "end"\n.txt'
    story.write_text("Once upon a time", "utf-8")
    script = Script().on("POST /create-story", ACCEPTED)
    request = {"file": str(story), "source_language": 1, "title": "Ende gut ✓", "chosen_dictionaries": [4, 5]}
    async with client_of(script) as client:
        await client.create("story", request, intent="abc")
    assert script.asked() == ["POST /story", "POST /create-story"]
    for seen in script.seen:
        parts = parts_of(seen)
        assert [content for name, _, _, content in parts if name == "chosen_dictionaries"] == [b"4", b"5"]
        assert [content for name, _, _, content in parts if name == "file"] == [b"Once upon a time"]
        assert [content for name, _, _, content in parts if name == "title"] == ["Ende gut ✓".encode()]
        assert "project_description" not in [name for name, *_ in parts]


async def test_a_file_that_cannot_be_read_sends_nothing(tmp_path: Path) -> None:
    script = Script()
    async with client_of(script) as client:
        for path in (tmp_path / "gone.txt", tmp_path, Path("a\x00b.txt")):
            with pytest.raises(UsageError):
                await client.create("story", {"file": str(path), "source_language": 1}, intent="abc")
    assert script.seen == []


async def test_a_listener_to_progress_that_fails_breaks_no_upload(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("story")

    def listener(done: int, total: int) -> None:
        raise ValueError

    script = Script().on("POST /story", ACCEPTED)
    async with client_of(script) as client:
        request = {"file": str(tmp_path / "a.txt"), "source_language": 1}
        assert (await client.create("story", request, intent="abc", on_progress=listener)).task_id == "t-1"


async def test_an_upload_cut_in_its_middle_leaves_it_open(tmp_path: Path) -> None:
    media = tmp_path / "a.mp3"
    media.write_bytes(b"x" * 5_000_000)

    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.transport.abort()

    async with raw_server(talk) as server:
        client = CambClient(server.url, KEY)
        with pytest.raises(NoAnswerError):
            await client.create("transcription", {"media_file": str(media), "language": 1}, intent="abc")
        await client.aclose()
    assert len(server.heads) == 1


# Downloads

FLAC = b"fLaC" + bytes(range(256)) * 8


def ranged(body: bytes, etag: str = "") -> Any:
    """A file server that knows ranges."""

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"content-type": "audio/flac", **({"etag": etag} if etag else {})}
        wanted = request.headers.get("range")
        if wanted is None or request.headers.get("if-range", etag) != etag:
            return httpx.Response(200, content=body, headers=headers)
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        if start >= len(body):
            return httpx.Response(416, headers={"content-range": f"bytes */{len(body)}"})
        span = f"bytes {start}-{len(body) - 1}/{len(body)}"
        return httpx.Response(206, content=body[start:], headers=headers | {"content-range": span})

    return answer


async def test_a_link_is_fetched_without_the_key(tmp_path: Path) -> None:
    progress: list[tuple[int, int]] = []
    script = Script().on(AT, ranged(FLAC))
    async with client_of(script) as client:
        found = await client.download(
            LINK, tmp_path / "a.part", on_progress=lambda done, total: progress.append((done, total))
        )
    assert found == Download(len(FLAC), "audio/flac", ".flac")
    assert (tmp_path / "a.part").read_bytes() == FLAC
    assert "x-api-key" not in script.seen[0].headers
    assert script.seen[0].url.params["signature"] == "abc"
    assert progress[-1] == (len(FLAC), len(FLAC))


async def test_links_need_no_key(tmp_path: Path) -> None:
    async with client_of(Script().on(AT, ranged(FLAC)), api_key=None) as client:
        assert (await client.download(LINK, tmp_path / "a.part")).size == len(FLAC)


@pytest.mark.parametrize("have", [1, 100, len(FLAC) - 1, len(FLAC)])
async def test_a_part_is_gone_on_from(tmp_path: Path, have: int) -> None:
    part = tmp_path / "a.part"
    part.write_bytes(FLAC[:have])
    mark_of(part).write_text('"one"')
    script = Script().on(AT, ranged(FLAC, '"one"'))
    async with client_of(script) as client:
        found = await client.download(LINK, part)
    assert (found.size, found.suffix) == (len(FLAC), ".flac")
    assert part.read_bytes() == FLAC
    asked = [(request.headers["range"], request.headers["if-range"]) for request in script.seen]
    assert asked == [(f"bytes={have}-", '"one"')]
    assert not mark_of(part).exists(), "a whole file is a part of nothing"


@pytest.mark.parametrize("mark", [None, "", 'W/"one"', '"one', '"a\nx: b"', '"' + "a" * 9000 + '"', "\udcff"])
async def test_a_part_of_nobody_knows_what_is_begun_anew(tmp_path: Path, mark: str | None) -> None:
    """A range of an unknown file would be joined with the bytes of another, and nobody would notice."""
    part = tmp_path / "a.part"
    part.write_bytes(b"other")
    if mark is not None:
        mark_of(part).write_bytes(mark.encode("utf-8", "surrogateescape"))
    script = Script().on(AT, ranged(FLAC, '"one"'))
    async with client_of(script) as client:
        await client.download(LINK, part)
    assert part.read_bytes() == FLAC
    assert ["range" in request.headers for request in script.seen] == [False]


async def test_a_part_of_a_file_that_changed_meanwhile_is_begun_anew(tmp_path: Path) -> None:
    part = tmp_path / "a.part"
    part.write_bytes(b"other")
    mark_of(part).write_text('"one"')
    script = Script().on(AT, ranged(FLAC, '"two"'))
    async with client_of(script) as client:
        await client.download(LINK, part)
    assert part.read_bytes() == FLAC
    assert len(script.seen) == 1


@pytest.mark.parametrize(
    ("first", "asked"),
    [
        (httpx.Response(200, content=FLAC), 1),
        (httpx.Response(206, content=FLAC[3:], headers={"content-range": f"bytes 3-9/{len(FLAC)}"}), 2),
        (httpx.Response(206, content=FLAC[5:]), 2),
        (
            httpx.Response(
                206,
                content=FLAC[5:],
                headers={"content-range": f"bytes 5-{len(FLAC) - 1}/{len(FLAC)}", "etag": '"two"'},
            ),
            2,
        ),
        (httpx.Response(416, headers={"content-range": "bytes */3"}), 2),
        (httpx.Response(416), 2),
    ],
)
async def test_a_part_that_cannot_be_gone_on_from_is_begun_anew(
    tmp_path: Path, first: httpx.Response, asked: int
) -> None:
    """Never bytes of two files in one."""
    part = tmp_path / "a.part"
    part.write_bytes(b"other")
    mark_of(part).write_text('"one"')
    script = Script().on(AT, first, httpx.Response(200, content=FLAC))
    async with client_of(script) as client:
        await client.download(LINK, part)
    assert part.read_bytes() == FLAC
    assert len(script.seen) == asked


async def test_resume_can_be_declined(tmp_path: Path) -> None:
    part = tmp_path / "a.part"
    part.write_bytes(b"other")
    mark_of(part).write_text('"one"')
    script = Script().on(AT, ranged(FLAC))
    async with client_of(script) as client:
        await client.download(LINK, part, resume=False)
    assert part.read_bytes() == FLAC
    assert "range" not in script.seen[0].headers


async def test_a_broken_download_goes_on_where_it_broke(tmp_path: Path) -> None:
    """Its second request names the file it holds a part of, so that a changed file is begun anew."""
    part, body = tmp_path / "a.part", bytes(range(256)) * 400

    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"range: bytes=" not in head:
            writer.write(plain(body, 'etag: "one"')[: -len(body) // 2])
            writer.close()
            return
        start = int(head.partition(b"range: bytes=")[2].partition(b"-")[0])
        span = f"content-range: bytes {start}-{len(body) - 1}/{len(body)}"
        writer.write(plain(body[start:], span, status="206 Partial Content"))

    async with raw_server(talk) as server:
        naps = Naps()
        client = CambClient("https://api.example", KEY, sleep=naps)
        found = await client.download(f"{server.url}/x", part, resume=False)
        await client.aclose()
    assert found.size == len(body)
    assert part.read_bytes() == body
    assert len(naps.taken) == 1
    assert b'if-range: "one"' in server.heads[1]
    assert KEY.encode() not in b"".join(server.heads)


async def test_what_came_stays_when_the_tries_are_used_up(tmp_path: Path) -> None:
    part = tmp_path / "a.part"

    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(plain(FLAC)[:-1000])
        writer.close()

    async with raw_server(talk) as server:
        client = CambClient("https://api.example", KEY, sleep=Naps())
        with pytest.raises(NoAnswerError):
            await client.download(f"{server.url}/x", part)
        await client.aclose()
    assert part.read_bytes() == FLAC[:-1000]


@pytest.mark.parametrize("code", [401, 403, 404, 410])
async def test_a_dead_link_is_rejected_and_says_nothing_about_the_key(tmp_path: Path, code: int) -> None:
    """An expired link answers 403; taking that for a refused key would stop all sending."""
    script = Script().on(AT, httpx.Response(code)).on("GET /file", httpx.Response(code))
    async with client_of(script) as client:
        for link in (LINK, "https://api.example/apis/file"):
            with pytest.raises(RejectedError) as caught:
                await client.download(link, tmp_path / "a.part")
            assert caught.value.code == code
            assert "signature" not in str(caught.value)
    assert not (tmp_path / "a.part").exists()
    assert len(script.seen) == 2


async def test_a_link_redirected_into_clear_text_is_not_followed(tmp_path: Path) -> None:
    script = Script().on(AT, httpx.Response(302, headers={"location": "http://cdn.example/a.flac"}))
    async with client_of(script) as client:
        with pytest.raises(ServerTroubleError):
            await client.download(LINK, tmp_path / "a.part")
    assert len(script.seen) == 1


@pytest.mark.parametrize(
    "link",
    ["http://cdn.example/a", "file:///etc/passwd", "ftp://cdn.example/a", "nonsense", "", "https://u:p@cdn.example/a"],
)
async def test_links_that_are_not_followed(tmp_path: Path, link: str) -> None:
    script = Script()
    async with client_of(script) as client:
        with pytest.raises(UsageError):
            await client.download(link, tmp_path / "a.part")
    assert script.seen == []


async def test_a_part_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    async with client_of(Script().on(AT, ranged(FLAC))) as client:
        with pytest.raises(UsageError, match="cannot write"):
            await client.download(LINK, tmp_path / "no" / "such" / "a.part")


async def test_the_audio_of_a_run_comes_raw(tmp_path: Path) -> None:
    part = tmp_path / "a.part"
    sound = httpx.Response(200, content=b"RIFF\x00\x00\x00\x00WAVE", headers={"content-type": "audio/flac"})
    script = Script().on("GET /tts-result/9", httpx.Response(503), sound)
    async with client_of(script) as client:
        assert (await client.audio("tts", 9, part)).suffix == ".wav"
    assert script.seen[0].url.query == b""
    assert script.seen[0].headers["x-api-key"] == KEY


@pytest.mark.parametrize(
    ("answer", "sort"),
    [
        (httpx.Response(200, json={"output_url": LINK}), UnreadableAnswerError),
        (httpx.Response(200, html="<html>"), UnreadableAnswerError),
        (httpx.Response(401), KeyRefusedError),
        (httpx.Response(400), RejectedError),
    ],
)
async def test_words_are_never_saved_as_audio(tmp_path: Path, answer: httpx.Response, sort: type[Exception]) -> None:
    async with client_of(Script().on("GET /tts-result/9", answer)) as client:
        with pytest.raises(sort):
            await client.audio("tts", 9, tmp_path / "a.part")
    assert not (tmp_path / "a.part").exists()


@pytest.mark.parametrize(
    ("head", "content_type", "suffix"),
    [
        (b"fLaC\x00", "audio/wav", ".flac"),
        (b"RIFF\x00\x00\x00\x00WAVE", "", ".wav"),
        (b"RIFF\x00\x00\x00\x00AVI ", "", ".avi"),
        (b"ID3\x04", "", ".mp3"),
        (b"\xff\xfb\x90", "", ".mp3"),
        (b"\xff\xf1\x50", "", ".aac"),
        (b"OggS", "", ".ogg"),
        (b"\x00\x00\x00\x20ftypM4A ", "", ".m4a"),
        (b"\x00\x00\x00\x20ftypisom", "", ".mp4"),
        (b"\x00\x00\x00\x14ftypqt  ", "", ".mov"),
        (b"\x1aE\xdf\xa3", "", ".mkv"),
        (b"\x06\x0e\x2b\x34", "", ".mxf"),
        (b"{}", "application/json; charset=utf-8", ".json"),
        (b"\x00\x01", "Audio/PCM;rate=24000", ".pcm"),
        (b"\xff", "", ".bin"),
        (b"", "application/octet-stream", ".bin"),
    ],
)
def test_a_files_ending_follows_its_first_bytes(head: bytes, content_type: str, suffix: str) -> None:
    assert sniff_suffix(head, content_type) == suffix


# Streams


async def test_speech_comes_as_bytes_with_what_it_costs() -> None:
    headers = {"content-type": "audio/mpeg", "x-credits-required": "12"}
    script = Script().on("POST /tts-stream", httpx.Response(200, content=b"ID3" * 1000, headers=headers))
    request = {"text": "Hello", "voice_id": 7, "language": 54, "voice_settings.speaking_rate": 1.1, "gender": None}
    async with client_of(script) as client, client.stream_tts(request) as stream:
        assert (stream.credits, stream.content_type) == ("12", "audio/mpeg")
        assert b"".join([chunk async for chunk in stream]) == b"ID3" * 1000
    assert json.loads(script.seen[0].content) == {
        "text": "Hello",
        "voice_id": 7,
        "language": "es-es",
        "voice_settings": {"speaking_rate": 1.1},
    }


@pytest.mark.parametrize(
    ("answer", "sort"),
    [
        (httpx.Response(422, json={"detail": [{"loc": ["body"], "msg": "locale"}]}), RejectedError),
        (httpx.Response(401, json={"detail": "no"}), KeyRefusedError),
        (httpx.Response(502), ServerTroubleError),
        (httpx.Response(200, json={"error": "Invalid API key", "status": 401}), KeyRefusedError),
        (httpx.Response(200, json={"detail": "oops"}), UnreadableAnswerError),
        (httpx.Response(200, html="<html>"), UnreadableAnswerError),
        (httpx.ReadError(""), NoAnswerError),
    ],
)
async def test_an_error_is_never_played(answer: httpx.Response | Exception, sort: type[Exception]) -> None:
    script = Script().on("POST /tts-stream", answer)
    async with client_of(script) as client:
        with pytest.raises(sort):
            async with client.stream_tts({"text": "Hello", "voice_id": 7, "language": 1}):
                pytest.fail("it was let through")
    assert script.posts() == 1


async def test_a_translation_comes_as_text_whatever_cuts_its_bytes() -> None:
    text = "Grüße ✓ 🎧"

    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        if b"/translation/stream " in head:
            writer.write(plain(b"{}", status="404 Not Found"))
            return
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for byte in text.encode():
            writer.write(b"1\r\n" + bytes([byte]) + b"\r\n")
        writer.write(b"0\r\n\r\n")

    async with raw_server(talk) as server:
        client = CambClient(server.url, KEY)
        request = {"texts": ["Greetings"], "source_language": 1, "target_language": 31}
        async with client.stream_translation(request) as stream:
            assert "".join([piece async for piece in stream]) == text
        await client.aclose()
    assert [head.split()[1] for head in server.heads] == [b"/translation/stream", b"/translation-stream"]


@pytest.mark.parametrize(
    ("body", "text"), [(b'"Hola"', "Hola"), (b"42", "42"), (b"007.10", None), (b'{"detail": "no"}', None)]
)
async def test_a_translation_in_json_is_its_text_or_an_error(body: bytes, text: str | None) -> None:
    answer = httpx.Response(200, content=body, headers={"content-type": "application/json"})
    script = Script().on("POST /translation/stream", answer)
    async with client_of(script) as client, client.stream_translation({"text": "x"}) as stream:
        if text is None:
            with pytest.raises(UnreadableAnswerError):
                await anext(aiter(stream))
        else:
            assert [piece async for piece in stream] == [text]


async def test_a_stream_can_break_or_be_left() -> None:
    async def talk(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ncontent-length: 9000\r\n\r\nID3")
        writer.close()

    records: list[Exchange] = []
    async with raw_server(talk) as server:
        client = CambClient(server.url, KEY, on_exchange=lambda _, exchange: records.append(exchange))
        async with client.stream_tts({"text": "Hello"}) as stream:
            chunks = aiter(stream)
            assert await anext(chunks) == b"ID3"
            with pytest.raises(NoAnswerError):
                await anext(chunks)
        async with client.stream_tts({"text": "Hello"}, about="row") as stream:
            async for _ in stream:
                break
        await client.aclose()
    assert [exchange.code for exchange in records] == [200, 200]
    assert records[1].response == "<audio/mpeg, 3 bytes>"
