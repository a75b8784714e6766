"""Results, and the files they link to."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from camb_tui.simulator import SimulatorOptions, SimulatorServer
from tests.simulator.conftest import Connect
from tests.support import StartSimulator

SPEECH: dict[str, Any] = {"text": "Good morning.", "voice_id": 1, "language": 1}
HEARD: dict[str, Any] = {"media_url": "https://example.org/talk.mp3", "language": 1}
DUB: dict[str, Any] = {"video_url": "https://example.org/a.mp4", "source_language": 1, "target_languages": [76, 54]}


def speech_url(server: SimulatorServer, http: httpx.Client) -> str:
    _, run_id = server.add_task("tts", SPEECH)
    url = http.get(f"/tts-result/{run_id}", params={"output_type": "file_url"}).json()["output_url"]
    assert isinstance(url, str)
    return url


@pytest.mark.parametrize(("form", "magic"), [("flac", b"fLaC"), ("wav", b"RIFF")])
def test_speech_comes_as_bytes(simulator: StartSimulator, connect: Connect, form: str, magic: bytes) -> None:
    server = simulator(SimulatorOptions(tts_format=form))
    _, run_id = server.add_task("tts", SPEECH)
    http = connect(server)
    raw = http.get(f"/tts-result/{run_id}")
    assert raw.content.startswith(magic)
    assert raw.headers["content-type"] == f"audio/{form}"
    assert raw.headers["transfer-encoding"] == "chunked"
    assert httpx.get(speech_url(server, http)).content == raw.content
    assert http.get(f"/tts-result/{run_id}", params={"output_type": "tape"}).status_code == 422


def test_links_need_no_key_and_die(server: SimulatorServer, http: httpx.Client) -> None:
    url = speech_url(server, http)
    assert httpx.get(url).status_code == 200
    server.world.advance(server.options.link_seconds + 1)
    assert httpx.get(url).status_code == 403


def test_links_cannot_be_made_up(server: SimulatorServer, http: httpx.Client) -> None:
    url = httpx.URL(speech_url(server, http))
    for name, value in (("signature", "0" * 32), ("signature", ""), ("expires", "99999999999"), ("expires", "é")):
        assert httpx.get(url.copy_set_param(name, value)).status_code == 403
    assert httpx.get(url.copy_with(query=None)).status_code == 403


@pytest.mark.parametrize(
    ("asked", "code", "part"),
    [
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=0-99", 206, slice(0, 100)),
        ("bytes=-50", 206, slice(-50, None)),
        ("bytes=5-9999999", 206, slice(5, None)),
        ("bytes=9999999-", 416, slice(0, 0)),
        ("bytes=-", 200, slice(None)),
        ("pages=1-2", 200, slice(None)),
    ],
)
def test_ranges(server: SimulatorServer, http: httpx.Client, asked: str, code: int, part: slice) -> None:
    url = speech_url(server, http)
    whole = httpx.get(url)
    response = httpx.get(url, headers={"range": asked})
    assert (response.status_code, response.content) == (code, whole.content[part])
    if code == 206:
        assert response.headers["content-range"].endswith(f"/{len(whole.content)}")


def test_a_range_of_another_version_gives_the_whole(server: SimulatorServer, http: httpx.Client) -> None:
    url = speech_url(server, http)
    whole = httpx.get(url)
    same = httpx.get(url, headers={"range": "bytes=10-", "if-range": whole.headers["etag"]})
    other = httpx.get(url, headers={"range": "bytes=10-", "if-range": '"other"'})
    assert (same.status_code, other.status_code) == (206, 200)


def test_head_has_the_length_and_no_body(server: SimulatorServer, http: httpx.Client) -> None:
    url = speech_url(server, http)
    head = httpx.head(url)
    assert head.content == b""
    assert int(head.headers["content-length"]) == len(httpx.get(url).content)


def test_voices_differ(server: SimulatorServer, http: httpx.Client) -> None:
    runs = [server.add_task("tts", {**SPEECH, "voice_id": voice})[1] for voice in (1, 2)]
    assert http.get(f"/tts-result/{runs[0]}").content != http.get(f"/tts-result/{runs[1]}").content


def test_transcripts_in_every_form(server: SimulatorServer, http: httpx.Client) -> None:
    _, run_id = server.add_task("transcription", HEARD)
    path = f"/transcription-result/{run_id}"
    segments = http.get(path).json()["transcript"]
    assert {"start", "end", "text", "speaker"} == set(segments[0])
    srt = http.get(path, params={"format_type": "srt", "data_type": "raw_data"}).json()["transcript"]
    assert srt.count("-->") == len(segments)
    assert srt.startswith("1\n00:00:00,400 --> ")
    link = http.get(path, params={"format_type": "vtt"}).json()["transcript"]
    assert httpx.get(link).text.startswith("WEBVTT")
    plain = http.get(path, params={"data_type": "raw_data"}).json()["transcript"]
    assert plain.startswith("Speaker 1: ")
    assert http.get(path, params={"format_type": "pdf"}).status_code == 422


@pytest.mark.parametrize(("keys", "expected"), [("id", ["76", "54"]), ("tag", ["fr-fr", "es-es"])])
def test_a_dub_into_several_languages_is_a_map(
    simulator: StartSimulator, connect: Connect, keys: str, expected: list[str]
) -> None:
    server = simulator(SimulatorOptions(dub_keys=keys))
    _, run_id = server.add_task("dubbing", DUB)
    assert list(connect(server).get(f"/dub-result/{run_id}").json()) == expected


def test_dubs_are_translated_at_the_same_times(server: SimulatorServer, http: httpx.Client) -> None:
    _, run_id = server.add_task("dubbing", DUB)
    source = http.get(f"/transcript/{run_id}/en-us", params={"format_type": "srt"}).json()["transcript"]
    target = http.get(f"/transcript/{run_id}/76", params={"format_type": "srt"}).json()["transcript"]
    assert source.count("-->") == target.count("-->") > 3
    assert "Bienvenue" in target
    assert http.get(f"/transcript/{run_id}/hi-in").status_code == 404
    link = http.get(f"/transcript/{run_id}/54", params={"format_type": "txt", "data_type": "file"}).json()["transcript"]
    assert "faro" in httpx.get(link).text


@pytest.mark.parametrize("target", [76, "fr-fr"])
def test_one_target_is_a_plain_object(server: SimulatorServer, http: httpx.Client, target: int | str) -> None:
    _, run_id = server.add_task("dubbing", {**DUB, "target_languages": [target]})
    assert set(http.get(f"/dub-result/{run_id}").json()) == {"audio_url", "transcript", "video_url"}


def test_languages_and_voices(http: httpx.Client) -> None:
    languages = http.get("/source-languages").json()
    assert all(set(language) == {"id", "language", "short_name"} for language in languages)
    voices = http.get("/list-voices").json()
    assert len({voice["id"] for voice in voices}) == len({voice["voice_name"] for voice in voices}) == len(voices) > 24
