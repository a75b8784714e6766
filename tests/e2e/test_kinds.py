"""Every kind beyond the first five, from the submission to the saved result: by the commands, and two by keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from camb_tui.simulator import SimulatorOptions, SimulatorServer
from tests.e2e.terminal import clean_environment, run
from tests.support import StartSimulator

KEY = "sk-e2e-0123456789-never-to-be-seen"
FILM = "https://example.org/film.mp4"
DESCRIPTION = (
    "A calm and deep voice of an old sailor, who has told his story for forty years and still loves to tell it."
)
DUB = {"video_url": FILM, "source_language": 1, "target_languages": [54, 76]}
MP3 = b"\xff\xfb"
STORY = {"file": "a.txt", "source_language": 1}


@pytest.fixture
def server(simulator: StartSimulator) -> SimulatorServer:
    return simulator(SimulatorOptions(seed=1, speed=1000))


@pytest.fixture
def env(tmp_path: Path, server: SimulatorServer) -> dict[str, str]:
    return clean_environment(
        tmp_path,
        CAMB_API_KEY=KEY,
        CAMB_BASE_URL=server.base_url,
        CAMB_TUI_SESSION=str(tmp_path / "session.toml"),
        SSH_CONNECTION="",
    )


def arguments(kind: str, server: SimulatorServer, folder: Path) -> list[str]:
    """What is to be typed behind the kind's name."""
    talk = folder / "talk.wav"
    talk.write_bytes(b"RIFF" + bytes(200_000))
    given = {
        "translated-tts": ["text=Hello, world!", "voice_id=1", "source_language=auto", "target_language=fr-fr"],
        "translated-story": ["target_language=de-de"],
        "subtitles": [f"media_url={FILM}", "source_language=en-us", "target_languages=54", "target_languages=76"],
        "text-to-sound": ["prompt=Rain on a tin roof", "duration=2"],
        "text-to-voice": ["text=Good evening.", f"voice_description={DESCRIPTION}"],
        "audio-separation": [f"media_file={talk}"],
        "project-setup": [f"media_url={FILM}", "source_language=1", "target_languages=54", "project_name=Demo"],
        "dub-alt-format": ["language=es-es", "output_format=mp3"],
    }[kind]
    source = {"translated-story": ("story", STORY), "dub-alt-format": ("dubbing", DUB)}.get(kind)
    return given if source is None else [f"run_id={server.add_task(*source)[1]}", *given]


@pytest.mark.parametrize(
    ("kind", "starts"),
    [
        ("translated-tts", {".flac": b"fLaC", ".txt": b"Bonjour, le monde !"}),
        ("translated-story", {".mp3": MP3, "-dialogue.mp3": MP3, ".srt": b"1\n", ".txt": b"Narrator: "}),
        ("subtitles", {f"-{tag}{end}": b"" for tag in ("es-es", "fr-fr") for end in (".srt", ".txt")}),
        ("text-to-sound", {".wav": b"RIFF"}),
        ("text-to-voice", {f"-preview {number}.flac": b"fLaC" for number in (1, 2, 3)}),
        ("audio-separation", {"-foreground.flac": b"fLaC", "-background.flac": b"fLaC"}),
        ("project-setup", {".json": b"{"}),
        ("dub-alt-format", {".mp3": MP3}),
    ],
)
def test_a_kind_goes_from_the_command_to_its_saved_result(
    env: dict[str, str], tmp_path: Path, server: SimulatorServer, kind: str, starts: Mapping[str, bytes]
) -> None:
    done = run("submit", kind, *arguments(kind, server, tmp_path), "--label", "it", "--wait", "--json", env=env)
    assert done.returncode == 0, done.stderr
    task = json.loads(done.stdout)
    assert (task["kind"], task["status"]) == (kind, "SUCCESS")
    assert task["result"]
    fetched = run("fetch", "--to", str(tmp_path / "out"), "--format", "srt,txt", env=env)
    assert fetched.returncode == 0, fetched.stderr
    found = {file.name.removeprefix(f"it-{task['key']}"): file.read_bytes() for file in (tmp_path / "out").iterdir()}
    assert sorted(found) == sorted(starts)
    for name, start in starts.items():
        assert found[name].startswith(start), name
