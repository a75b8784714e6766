"""What the simulated service takes, and how it says no."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from camb_tui.simulator import SimulatorOptions, SimulatorServer
from tests.simulator.conftest import Connect
from tests.support import StartSimulator

SPEECH: dict[str, Any] = {"text": "Good morning.", "voice_id": 1, "language": 1}
TEXTS: dict[str, Any] = {"texts": ["Hello."], "source_language": 1, "target_language": 76}
DUB: dict[str, Any] = {"video_url": "https://example.org/a.mp4", "source_language": "auto", "target_language": 76}
SRT = "1\n00:00:00,000 --> 00:00:01,000\nHello.\n"
MEGABYTE = 1024 * 1024


def places(response: httpx.Response) -> list[list[Any]]:
    """Where a 422 found its faults; every entry must have FastAPI's form."""
    assert response.status_code == 422, response.text
    for entry in response.json()["detail"]:
        assert isinstance(entry["msg"], str)
        assert isinstance(entry["type"], str)
    return [entry["loc"] for entry in response.json()["detail"]]


@pytest.mark.parametrize("header", [{}, {"x-api-key": ""}, {"x-api-key": "wrong"}])
def test_without_the_key_nothing_works(simulator: StartSimulator, header: dict[str, str]) -> None:
    server = simulator(SimulatorOptions(api_key="right"))
    response = httpx.post(f"{server.base_url}/tts", json=SPEECH, headers=header)
    assert (response.status_code, response.json()) == (401, {"error": "Invalid API key", "status": 401})
    assert server.world.made == 0
    assert httpx.get(f"{server.base_url}/list-voices", headers={"x-api-key": "right"}).status_code == 200


def test_the_body_of_a_401_can_be_the_other_one(simulator: StartSimulator) -> None:
    server = simulator(SimulatorOptions(plain_errors=True))
    assert httpx.get(f"{server.base_url}/list-voices").json() == {"detail": "Invalid API key"}


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/tts", {}, [["body", "text"], ["body", "voice_id"], ["body", "language"]]),
        ("/tts", {**SPEECH, "text": "x" * 3001}, [["body", "text"]]),
        ("/tts", {**SPEECH, "voice_id": 0}, [["body", "voice_id"]]),
        ("/tts", {**SPEECH, "language": "xx-yy"}, [["body", "language"]]),
        ("/tts", {**SPEECH, "text": None}, [["body", "text"]]),
        ("/tts", {**SPEECH, "gender": 3, "age": 200}, [["body", "gender"], ["body", "age"]]),
        ("/translate", {**TEXTS, "texts": []}, [["body", "texts"]]),
        ("/translate", {**TEXTS, "texts": "Hello."}, [["body", "texts"]]),
        ("/translate", {**TEXTS, "target_language": "auto"}, [["body", "target_language"]]),
        ("/dub", {**DUB, "video_url": "a.mp4"}, [["body", "video_url"]]),
        ("/dub", {**DUB, "source_transcript": {"content": "no cue", "format": "srt"}}, [["body", "source_transcript"]]),
        ("/dub", {**DUB, "target_transcripts": [{"language": 54, "content": SRT}]}, [["body", "target_transcripts"]]),
        ("/dub", {"video_url": "https://example.org/a", "source_language": 1}, [["body", "target_languages"]]),
        ("/tts-results", {"run_ids": [1]}, [["body", "run_ids"]]),
        ("/tts-results", {"run_ids": [1, 1]}, [["body", "run_ids"]]),
        ("/tts-results", {"run_ids": [1, 2, 3, 4, 5, 6]}, [["body", "run_ids"]]),
        ("/tts-results", {"run_ids": [1, "two"]}, [["body", "run_ids", 1]]),
        ("/tts-results", {"run_ids": [1, "9" * 5000]}, [["body", "run_ids", 1]]),
        ("/tts-results", {}, [["body", "run_ids"]]),
        ("/tts-stream", {**SPEECH, "language": 1}, [["body", "language"]]),
        ("/translation/stream", {"source_language": 1, "target_language": 76}, [["body", "text"]]),
    ],
)
def test_faulty_bodies_are_named(http: httpx.Client, path: str, body: Any, expected: list[Any]) -> None:
    assert places(http.post(path, json=body)) == expected


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"[" * 100_000])
def test_bodies_that_are_no_object(http: httpx.Client, body: bytes) -> None:
    assert places(http.post("/tts", content=body))[0][0] == "body"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/tts", {**SPEECH, "language": "en-us", "project_name": None, "what_is_this": 1}),
        ("/tts", {**SPEECH, "voice_id": "147320"}),
        ("/translate", {**TEXTS, "source_language": "auto", "target_language": "FR-fr"}),
        ("/dub", {**DUB, "target_languages": [54, "ja-jp"]}),
        (
            "/dub",
            {**DUB, "source_transcript": {"content": SRT}, "target_transcripts": [{"language": 76, "content": SRT}]},
        ),
    ],
)
def test_the_service_is_lax_where_clients_differ(http: httpx.Client, path: str, body: Any) -> None:
    response = http.post(path, json=body, params={"run_id": 5})
    assert response.status_code == 200, response.text


@pytest.mark.parametrize(
    "arguments",
    [
        {"data": {"language": "en-us", "media_url": "https://example.org/a.mp3"}},
        {"data": {"language": "1", "audio_url": "https://example.org/a.mp3", "word_level_timestamps": "true"}},
        {"data": {"language": "1"}, "files": {"media_file": ("a.mp3", b"abc")}},
        {"data": {"language": "1"}, "files": {"file": ("a.mp3", b"abc")}},
        {
            "data": {"language": "1", "formatting_options": json.dumps({"max_characters_in_segment": 20})},
            "files": {"media_file": ("a.mp3", b"abc")},
        },
    ],
)
def test_transcription_takes_both_form_encodings_and_old_names(http: httpx.Client, arguments: Any) -> None:
    response = http.post("/transcribe", **arguments)
    assert response.status_code == 200, response.text


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"data": {"language": "1"}}, ["body", "media_file"]),
        ({"data": {"media_url": "https://example.org/a.mp3"}}, ["body", "language"]),
        ({"data": {"language": "1"}, "files": {"media_file": ("a.exe", b"abc")}}, ["body", "media_file"]),
        (
            {"data": {"language": "1", "media_url": "https://example.org/a.mp3", "formatting_options": "[1]"}},
            ["body", "formatting_options"],
        ),
        (
            {
                "data": {
                    "language": "1",
                    "media_url": "https://example.org/a.mp3",
                    "formatting_options": '{"max_characters_in_segment": "many"}',
                }
            },
            ["body", "formatting_options", "max_characters_in_segment"],
        ),
    ],
)
def test_faulty_forms_are_named(http: httpx.Client, arguments: Any, expected: list[str]) -> None:
    assert places(http.post("/transcribe", **arguments)) == [expected]


def test_a_form_that_is_none(http: httpx.Client) -> None:
    response = http.post("/story", content=b"nonsense", headers={"content-type": "multipart/form-data; boundary=x"})
    assert response.status_code in (400, 422)


@pytest.mark.parametrize("is_declared", [True, False])
def test_uploads_have_a_limit(server: SimulatorServer, http: httpx.Client, is_declared: bool) -> None:
    """Whether the length is told or the body comes in chunks."""
    big = {"media_file": ("a.mp3", bytes(22 * MEGABYTE))}
    request = http.build_request("POST", "/transcribe", data={"language": "1"}, files=big)
    if not is_declared:
        body = request.read()
        parts = (body[start : start + MEGABYTE] for start in range(0, len(body), MEGABYTE))
        content_type = {"content-type": request.headers["content-type"]}
        request = http.build_request("POST", "/transcribe", content=parts, headers=content_type)
    assert http.send(request).status_code == 413
    assert server.world.made == 0


def test_an_upload_just_over_the_limit_is_too_large(http: httpx.Client) -> None:
    files = {"media_file": ("a.mp3", bytes(20 * MEGABYTE + 1))}
    assert http.post("/transcribe", data={"language": "1"}, files=files).status_code == 413


def test_kinds_are_kept_apart(server: SimulatorServer, http: httpx.Client) -> None:
    task_id, run_id = server.add_task("tts", SPEECH)
    assert http.get(f"/translate/{task_id}").status_code == 404
    assert http.get(f"/translation-result/{run_id}").status_code == 400
    assert http.get(f"/transcript/{run_id}/1").status_code == 400
    assert http.get("/tts-result/1").status_code == 404
    assert places(http.get("/tts-result/one")) == [["path", "run_id"]]


def test_a_run_has_no_result_before_it_is_finished(server: SimulatorServer, http: httpx.Client) -> None:
    _, run_id = server.add_task("tts", SPEECH, seconds=60)
    assert http.get(f"/tts-result/{run_id}").status_code == 400


@pytest.mark.parametrize(("bad", "code"), [(1, 404), ("other", 400), ("unfinished", 400)])
def test_one_bad_id_spoils_a_bulk_call(server: SimulatorServer, http: httpx.Client, bad: Any, code: int) -> None:
    runs = {
        "other": server.add_task("translation", TEXTS)[1],
        "unfinished": server.add_task("tts", SPEECH, status="PENDING")[1],
    }
    _, good = server.add_task("tts", SPEECH)
    assert http.post("/tts-results", json={"run_ids": [good, runs.get(bad, bad)]}).status_code == code


def test_bulk_takes_numbers_as_text(server: SimulatorServer, http: httpx.Client) -> None:
    runs = [str(server.add_task("translation", TEXTS)[1]) for _ in range(2)]
    assert list(http.post("/translation-results", json={"run_ids": runs}).json()) == runs


def test_unknown_paths_and_methods(http: httpx.Client) -> None:
    assert http.get("/nothing").status_code == 404
    assert http.get("/tts").status_code == 405
    assert http.put("/tts", json=SPEECH).status_code == 405


@pytest.mark.parametrize("path", ["/translation/stream", "/translation-stream"])
def test_translation_streams_in_chunks(simulator: StartSimulator, connect: Connect, path: str) -> None:
    http = connect(simulator(SimulatorOptions(speed=1000)))
    body = {"text": "Who keeps the light burning?", "source_language": 1, "target_language": "es-es"}
    with http.stream("POST", path, json=body) as response:
        chunks = list(response.iter_raw())
    assert len(chunks) > 1
    assert b"".join(chunks).decode() == "¿Quién mantiene encendida la luz?"
    assert response.headers["content-type"].startswith("text/event-stream")
    assert int(response.headers["x-credits-required"]) > 0
    assert "content-length" not in response.headers


def test_a_format_the_simulator_cannot_make_is_refused(http: httpx.Client) -> None:
    body = {"text": "Good morning.", "voice_id": 1, "language": "en-us", "output_configuration": {"format": "adts"}}
    assert places(http.post("/tts-stream", json=body)) == [["body", "output_configuration", "format"]]


def test_the_sample_rate_asked_for_is_the_one_given(simulator: StartSimulator, connect: Connect) -> None:
    http = connect(simulator(SimulatorOptions(speed=1000)))
    body = {"text": "Good morning.", "voice_id": 1, "language": "en-us"}
    wav = http.post("/tts-stream", json={**body, "output_configuration": {"format": "wav", "sample_rate": 16000}})
    assert int.from_bytes(wav.content[24:28], "little") == 16_000
    assert wav.headers["content-type"] == "audio/wav"
