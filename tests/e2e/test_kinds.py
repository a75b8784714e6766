"""Every kind beyond the first five, from the submission to the saved result by the commands; by keys an adopted dub."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from camb_tui.simulator import SimulatorOptions, SimulatorServer
from tests.e2e.by_keys import command, send
from tests.e2e.terminal import Terminal, camb_tui, clean_environment, run
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
        ("text-to-voice", {f"-preview-{number}.flac": b"fLaC" for number in (1, 2, 3)}),
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


def test_what_is_there_at_once_is_done_without_a_task(
    env: dict[str, str], tmp_path: Path, server: SimulatorServer
) -> None:
    """The create answers with the link: no id, no poll, and the result is had by the same request once more."""
    run_id = server.add_task("dubbing", DUB)[1]
    words = [f"run_id={run_id}", "language=54", "output_format=mp4"]
    done = run("submit", "dub-alt-format", *words, "--wait", "--json", env=env)
    assert done.returncode == 0, done.stderr
    task = json.loads(done.stdout)
    assert (task["status"], task["task_id"]) == ("SUCCESS", None)
    fetched = run("fetch", "--to", str(tmp_path / "out"), env=env)
    assert fetched.returncode == 0, fetched.stderr
    (file,) = (tmp_path / "out").iterdir()
    assert (file.suffix, file.read_bytes()[4:8]) == (".mp4", b"ftyp")
    assert server.world.made == 0
    listed = json.loads(run("list", "--json", env=env).stdout)
    assert [one["status"] for one in listed] == ["SUCCESS"]


def saved_file(terminal: Terminal, folder: Path) -> Path:
    """Save the task under the cursor; the one file that came."""
    terminal.press("s")
    terminal.wait_for(lambda _: any(not file.name.startswith(".") for file in folder.glob("*")))
    (file,) = (file for file in folder.iterdir() if not file.name.startswith("."))
    return file


def test_a_finished_dub_goes_by_keys_to_another_format(
    env: dict[str, str], tmp_path: Path, server: SimulatorServer
) -> None:
    (tmp_path / "out").mkdir()
    task_id, run_id = server.add_task("dubbing", {**DUB, "target_languages": [54]})
    with Terminal(camb_tui(), size=(120, 40), env=env, cwd=tmp_path / "out") as terminal:
        terminal.wait_for(r"No tasks yet")
        command(terminal, f"adopt dubbing {task_id}")
        terminal.wait_for(r"SUCCESS ")
        command(terminal, "alt-format")
        terminal.wait_for(r"New task +Dub in a format")
        terminal.type("es-es")  # an adopted dub does not tell its languages
        terminal.press("tab", "right")  # the first format: mp3
        send(terminal)
        terminal.wait_for(r"SUCCESS .*, mp3")
        terminal.press("g")
        terminal.wait_for(lambda screen: screen.count(f"dubbing {run_id}, mp3") > 1)  # in the list and above the detail
        file = saved_file(terminal, tmp_path / "out")
        assert (file.suffix, file.read_bytes()[:2]) == (".mp3", MP3)
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
