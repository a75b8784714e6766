"""Streams and saving as people use them: the form in a terminal, and the commands, against the simulator."""

from __future__ import annotations

import dataclasses
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from camb_tui.domain.tasks import TaskStatus
from camb_tui.services.session import load_session
from camb_tui.simulator import SimulatorOptions, SimulatorServer
from tests.e2e.by_keys import choose_kind, fill, go_to, send
from tests.e2e.terminal import Terminal, camb_tui, clean_environment, run
from tests.services.live import add_faults
from tests.support import StartSimulator

KEY = "sk-e2e-0123456789-never-to-be-seen"
SPEECH = ("tts", "text=It was a dark and stormy night.", "voice_id=20303", "language=en-us")


@pytest.fixture
def server(simulator: StartSimulator) -> SimulatorServer:
    return simulator(SimulatorOptions(seed=1, speed=10))


@pytest.fixture
def env(tmp_path: Path, server: SimulatorServer) -> dict[str, str]:
    config = tmp_path / "config.toml"
    config.write_text(f'download_folder = "{tmp_path / "saved"}"\n[send]\nundo_window = 0.0\n')
    return clean_environment(
        tmp_path,
        CAMB_API_KEY=KEY,
        CAMB_BASE_URL=server.base_url,
        CAMB_TUI_SESSION=str(tmp_path / "session.toml"),
        CAMB_TUI_CONFIG=str(config),
        SSH_CONNECTION="",
    )


def only_task(env: dict[str, str]) -> Any:
    (task,) = load_session(Path(env["CAMB_TUI_SESSION"]), now=time.time()).tasks.values()
    return task


def turn_into_stream(terminal: Terminal, kind: str) -> None:
    """Choose to stream; the form with that route's fields takes the place of the other."""
    go_to(terminal, "Stream")
    terminal.press("right")
    terminal.wait_for(r"Model|Format" if kind == "tts" else r"Text \*")


def test_speech_streamed_from_the_form_is_a_file_and_a_row(
    env: dict[str, str], server: SimulatorServer, tmp_path: Path
) -> None:
    """By keys alone: fill in, choose to stream, send, look at what came."""
    with Terminal(camb_tui(), size=(80, 24), env=env) as terminal:
        terminal.wait_for(r"No tasks yet")
        choose_kind(terminal, "tts")
        for label, text in (("Text *", "Hello you"), ("Voice *", "20303"), ("Language *", "en-us")):
            fill(terminal, label, text)
        turn_into_stream(terminal, "tts")
        assert re.search(r"Send 1 tts stream.*9 characters", send(terminal))
        terminal.wait_for(r"SUCCESS .*Hello you")
        terminal.press("o")
        screen = terminal.wait_for(r"MP3.*kbit")
        assert re.search(r"first byte after \d", screen)
        terminal.press("q", "ctrl+q")
        assert terminal.wait_for_exit() == 0
    task = only_task(env)
    assert (task.status, task.streamed, task.task_id) == (TaskStatus.SUCCESS, True, None)
    assert [str(path) for path in (tmp_path / "saved").iterdir()] == list(task.saved)
    assert server.world.counts["POST /tts-stream"] == 1
    assert server.world.counts["POST /tts"] == 0


@pytest.mark.parametrize("kind", ["tts", "translation"])
def test_esc_ends_a_stream_and_leaves_no_half_file(
    env: dict[str, str], simulator: StartSimulator, tmp_path: Path, kind: str
) -> None:
    """It said so, it is told so, and it is neither sent again nor half there."""
    server = simulator(SimulatorOptions(seed=1, speed=0.2))  # it would take minutes
    env["CAMB_BASE_URL"] = server.base_url
    with Terminal(camb_tui(), size=(80, 24) if kind == "tts" else (120, 40), env=env) as terminal:
        terminal.wait_for(r"No tasks yet")
        choose_kind(terminal, kind)
        text = "It was a dark and stormy night. " * 20 + "End."
        fields = {
            "tts": (("Text *", text), ("Voice *", "20303"), ("Language *", "en-us")),
            "translation": (("Texts *", text), ("From *", "en-us"), ("To *", "fr-fr")),
        }[kind]
        for label, words in fields:
            fill(terminal, label, words)
        turn_into_stream(terminal, kind)
        assert f"Send 1 {kind} stream" in send(terminal)
        terminal.wait_for(rf"sending +{kind[:5]}")
        terminal.press("o")
        terminal.wait_for(r"first byte after")
        terminal.press("esc")
        terminal.wait_for(r"cancelled the stream of")
        terminal.wait_for(r"You cancelled the stream")
        terminal.press("q", "ctrl+q")
        assert terminal.wait_for_exit() == 0
    task = only_task(env)
    assert task.status is TaskStatus.ERROR
    assert "cancelled after" in task.message
    saved = tmp_path / "saved"
    assert not saved.exists() or not list(saved.iterdir()), "not even a part: nobody could go on from it"
    assert sum(count for route, count in server.world.counts.items() if route.startswith("POST")) == 1


def test_submit_streams_to_a_folder(env: dict[str, str], server: SimulatorServer, tmp_path: Path) -> None:
    """And tells a script where the file is."""
    done = run("submit", *SPEECH, "--stream", "--to", str(tmp_path / "book"), "--json", env=env)
    assert done.returncode == 0, done.stderr
    task = json.loads(done.stdout)
    assert (task["status"], task["streamed"], task["task_id"]) == ("SUCCESS", True, None)
    (path,) = task["saved"]
    assert Path(path).parent == tmp_path / "book"
    assert Path(path).read_bytes()[:2] in (b"\xff\xfb", b"\xff\xf3", b"ID")


def test_submit_streams_a_translation_and_gives_its_text(env: dict[str, str]) -> None:
    words = ("translation", "text=Good morning.", "source_language=en-us", "target_language=fr-fr")
    done = run("submit", *words, "--stream", "--json", env=env)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"]["texts"][0]


def test_a_kind_without_a_streaming_route_is_refused_with_those_that_have_one(
    env: dict[str, str], server: SimulatorServer
) -> None:
    done = run("submit", "dubbing", "video_url=https://example.com/a.mp4", "--stream", env=env)
    assert done.returncode == 2
    assert "tts, translation" in done.stderr
    assert sum(server.world.counts.values()) == 0


def test_rows_of_a_file_are_not_streamed_and_both_options_are_named(
    env: dict[str, str], server: SimulatorServer, tmp_path: Path
) -> None:
    """A file of two hundred rows would be two hundred streams, each of them paid for and none to be fetched again."""
    rows = tmp_path / "rows.csv"
    rows.write_text("kind,text,voice_id,language\ntts,Hello,20303,en-us\n")
    done = run("submit", "--from", str(rows), "--stream", env=env)
    assert done.returncode == 2
    assert "--stream and --from" in done.stderr
    assert sum(server.world.counts.values()) == 0


def test_a_fetch_that_broke_goes_on_and_saves_the_formats_asked_for(
    env: dict[str, str], server: SimulatorServer, tmp_path: Path
) -> None:
    """The same command again, in another process, fetches the rest."""
    server.world.options = dataclasses.replace(server.world.options, speed=1000)  # the dub is not what is waited for
    dub = ("dubbing", "video_url=https://example.com/a.mp3", "source_language=en-us", "target_languages=fr-fr")
    assert run("submit", *dub, "--wait", env=env).returncode == 0
    gone = {"path": "/files/*", "effect": "status", "code": 410, "times": 2}
    add_faults(server, {"path": "/files/*", "effect": "cut", "times": 1}, gone)
    out = tmp_path / "out"
    assert run("fetch", "--to", str(out), "--format", "srt,vtt", env=env).returncode == 1
    (part,) = out.glob(".*.part")
    half = part.stat().st_size
    done = run("fetch", "--to", str(out), "--format", "srt,vtt", env=env)
    assert done.returncode == 0, done.stderr
    assert {path.suffix for path in out.iterdir()} == {".flac", ".srt", ".vtt"}
    assert next(out.glob("*.flac")).stat().st_size > half > 0
    assert done.stdout.count("  saved ") == 3
    assert run("fetch", "--format", "doc", env=env).returncode == 2
