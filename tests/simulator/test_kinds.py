"""The kinds beyond the first five, where plain requests show what the SDK cannot: refusals, containers, limits."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from camb_tui.domain.kinds import KINDS
from camb_tui.services.wire.suffixes import sniff_suffix
from camb_tui.simulator import SimulatorServer

FILM = "https://example.org/film.mp4"
DUB = {"video_url": FILM, "source_language": 1, "target_languages": [54, 76]}


def finished(server: SimulatorServer, kind: str, request: dict[str, Any]) -> int:
    return server.add_task(kind, request)[1]


@pytest.mark.parametrize("form", [choice.value for choice in KINDS["dub-alt-format"].field("output_format").choices])
def test_every_other_format_is_a_file_of_that_format(server: SimulatorServer, http: httpx.Client, form: str) -> None:
    run = finished(server, "dubbing", DUB)
    path = f"/dub-alt-format/{run}/es-es"
    answer = http.post(path, json={"output_format": form}).json()
    if "task_id" in answer:
        assert http.post(path, json={"output_format": form}).json() == answer, "the same one, not yet done"
        server.world.advance(100_000)
        answer = http.post(path, json={"output_format": form}).json()
    file = httpx.get(answer["output_url"])
    assert sniff_suffix(file.content[:64], file.headers["content-type"]) == f".{form}"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/dub-alt-format/{dub}/de-de", {"output_format": "mp3"}, 404),
        ("/dub-alt-format/{dub}/54", {"output_format": "gif"}, 422),
        ("/dub-alt-format/{talk}/54", {"output_format": "mkv"}, 400),
        ("/dub-alt-format/{story}/54", {"output_format": "mp3"}, 400),
        ("/dub-alt-format/99/54", {"output_format": "mp3"}, 404),
        ("/dub-alt-format/nine/54", {"output_format": "mp3"}, 422),
        ("/translated-story/{dub}", {"target_language": 54}, 400),
        ("/translated-story/{story}", {}, 422),
        ("/translated-story/{pending}", {"target_language": 54}, 400),
        ("/text-to-voice", {"text": "Hello", "voice_description": "x" * 200}, 422),
        ("/text-to-sound", {"prompt": "Rain", "duration": 11}, 422),
        ("/sub", {"media_url": FILM, "source_language": "auto", "target_languages": []}, 422),
        ("/audio-separation", None, 422),
    ],
)
def test_what_cannot_be_done_is_refused(
    server: SimulatorServer, http: httpx.Client, path: str, body: Any, code: int
) -> None:
    story = {"file": "a.txt", "source_language": 1}
    runs = {
        "dub": finished(server, "dubbing", DUB),
        "talk": finished(server, "dubbing", {**DUB, "video_url": "https://example.org/talk.mp3"}),
        "story": finished(server, "story", story),
        "pending": server.add_task("story", story, status="PENDING")[1],
    }
    answer = http.post(path.format(**runs), json=body) if body is not None else http.post(path, files={"x": b""})
    assert answer.status_code == code, answer.text
    assert server.world.made == 0
    if code == 422:
        assert answer.json()["detail"][0]["loc"][0] in ("body", "path")


def test_the_transcript_of_a_run_is_served_to_dubs_alone(server: SimulatorServer, http: httpx.Client) -> None:
    dub = finished(server, "dubbing", DUB)
    story = finished(server, "story", {"file": "a.txt", "source_language": 1})
    source = http.get(f"/transcript/{dub}/1", params={"format_type": "srt"}).json()["transcript"]
    target = http.get(f"/transcript/{dub}/es-es", params={"format_type": "srt"}).json()["transcript"]
    assert "Welcome" in source
    assert "Bienvenidos" in target
    assert http.get(f"/transcript/{dub}/ja-jp").status_code == 404
    assert http.get(f"/transcript/{story}/1").status_code == 400


def test_an_expected_outcome_is_not_forestalled_by_a_format_that_is_there(
    server: SimulatorServer, http: httpx.Client
) -> None:
    """A test that asks for a failure must get one."""
    run = finished(server, "dubbing", DUB)
    server.world.rules.add_outcomes({"rules": [{"kind": "dub-alt-format", "status": "ERROR", "seconds": 0}]})
    task_id = http.post(f"/dub-alt-format/{run}/54", json={"output_format": "mp4"}).json()["task_id"]
    assert http.get(f"/dub-alt-format/{task_id}").json()["status"] == "ERROR"
