"""The commands without a screen, as scripts use them: against the simulator in both dialects, in bulk, and killed."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from camb_tui.domain.tasks import TaskStatus
from camb_tui.services.session import load_session
from camb_tui.simulator import SimulatorOptions, SimulatorServer
from tests.e2e.terminal import camb_tui, clean_environment, run
from tests.support import StartSimulator, started

KEY = "sk-e2e-0123456789-never-to-be-seen"
TTS = ("tts", "text=Hello there", "voice_id=20303", "language=en-us")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return clean_environment(tmp_path, CAMB_API_KEY=KEY, CAMB_TUI_SESSION=str(tmp_path / "session.toml"))


def the_file(env: dict[str, str]) -> Path:
    return Path(env["CAMB_TUI_SESSION"])


def table(path: Path, rows: int) -> Path:
    """A CSV of so many different texts."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["kind", "text", "voice_id", "language", "label"])
        writer.writerows(
            ["tts", f"Line number {row} of the book.", 20303, "en-us", f"line {row}"] for row in range(rows)
        )
    return path


def posts(server: SimulatorServer) -> int:
    return server.world.counts["POST /tts"]


@pytest.mark.parametrize("routes", ["guide", "reference"])
def test_a_submission_ends_in_success_with_default_settings(
    env: dict[str, str], simulator: StartSimulator, routes: str
) -> None:
    """Whichever paths the service really serves."""
    server = simulator(SimulatorOptions(seed=1, speed=10, routes=routes))
    done = run("submit", *TTS, "--wait", "--json", env=env | {"CAMB_BASE_URL": server.base_url})
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    task = json.loads(line)
    assert (task["kind"], task["status"], task["stale"]) == ("tts", "SUCCESS", False)
    assert isinstance(task["run_id"], int)
    assert task["submitted_at"].endswith("Z")
    assert task["result"]["output_url"]
    assert posts(server) == 1


def test_two_hundred_rows_reach_their_end_with_two_hundred_creates(
    env: dict[str, str], tmp_path: Path, simulator: StartSimulator
) -> None:
    """A second run of the same file sends nothing again, and results and links are asked for five at a time."""
    server = simulator(SimulatorOptions(seed=2, speed=20))
    env |= {"CAMB_BASE_URL": server.base_url}
    rows = str(table(tmp_path / "book.csv", 200))
    done = run("submit", "--from", rows, "--wait", "--json", env=env, patience=300)
    assert done.returncode == 0, done.stderr
    statuses = {(task := json.loads(line))["key"]: task["status"] for line in done.stdout.splitlines()}
    assert list(statuses.values()).count("SUCCESS") == 200
    assert posts(server) == 200
    again = run("submit", "--from", rows, "--wait", env=env)
    assert again.returncode == 0, again.stderr
    assert posts(server) == 200
    counts = server.world.counts
    asked = counts["POST /tts-results"] + counts["GET /tts-result/{run_id}"]
    assert asked <= 100, "in the output each has its link"
    fetched = run("fetch", "--to", str(tmp_path / "out"), env=env)
    assert fetched.returncode == 0, fetched.stderr
    assert len(list((tmp_path / "out").iterdir())) == 200
    assert counts["POST /tts-results"] + counts["GET /tts-result/{run_id}"] == asked + 40


def test_killed_while_sending_it_loses_no_id_and_sends_nothing_twice(
    env: dict[str, str], tmp_path: Path, simulator: StartSimulator
) -> None:
    """kill -9 in the middle of two hundred; what had no answer yet is unconfirmed, what was not begun is held."""
    server = simulator(SimulatorOptions(seed=3, speed=1))
    env |= {"CAMB_BASE_URL": server.base_url}
    rows = str(table(tmp_path / "book.csv", 200))
    with started(camb_tui("submit", "--from", rows, "--wait"), env=env) as process:
        while posts(server) < 60:
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    made = {task.task_id for task in server.world._tasks.values()}
    kept = load_session(the_file(env), now=time.time()).tasks
    assert len(kept) == 200, "every intent was on disk before the first was sent"
    lost = made - {task.task_id for task in kept.values()}
    in_doubt = [task for task in kept.values() if task.status is TaskStatus.SENDING]
    assert len(lost) <= len(in_doubt) <= 4, "only those whose answer had not arrived"
    before = posts(server)
    waited = run("wait", "--timeout", "3", "--json", env=env)
    assert waited.returncode != 0
    after = load_session(the_file(env), now=time.time()).tasks
    statuses = [task.status for task in after.values()]
    assert statuses.count(TaskStatus.UNCONFIRMED) == len(in_doubt)
    assert statuses.count(TaskStatus.HELD) + statuses.count(TaskStatus.UNCONFIRMED) + len(made - lost) == 200
    assert posts(server) == before, "a restart sends nothing"
    assert made <= {task.task_id for task in after.values()} | lost


def test_the_key_is_nowhere_but_in_its_environment(
    env: dict[str, str], tmp_path: Path, simulator: StartSimulator
) -> None:
    """Not in the session, not in what is printed, not when it is refused, not in the doctor's report."""
    server = simulator(SimulatorOptions(seed=4, speed=20, api_key="another"))
    env |= {"CAMB_BASE_URL": server.base_url}
    said = [run("submit", *TTS, "--wait", "--json", env=env), run("doctor", env=env), run("list", "--json", env=env)]
    assert said[0].returncode == 3
    server.stop()
    said.append(run("submit", *TTS, "--again", "--timeout", "1", "--wait", env=env))
    assert all(KEY not in done.stdout + done.stderr for done in said)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert the_file(env) in files
    assert [file for file in files if KEY.encode() in file.read_bytes()] == []


def test_wrong_words_send_nothing_and_name_the_field(env: dict[str, str], simulator: StartSimulator) -> None:
    """Exit 2 and a sentence, before anything leaves."""
    server = simulator()
    done = run("submit", "tts", "text=hi", "voice_id=Bob", env=env | {"CAMB_BASE_URL": server.base_url})
    assert done.returncode == 2
    for word in ("text", "voice_id", "language"):
        assert word in done.stderr
    assert not server.world.counts


def test_results_are_fetched_into_a_folder(env: dict[str, str], tmp_path: Path, simulator: StartSimulator) -> None:
    """The audio is there, whole, and under a name a person knows."""
    server = simulator(SimulatorOptions(seed=5, speed=20))
    env |= {"CAMB_BASE_URL": server.base_url}
    assert run("submit", *TTS, "--wait", env=env).returncode == 0
    done = run("fetch", "--to", str(tmp_path / "out"), env=env)
    assert done.returncode == 0, done.stderr
    (file,) = (tmp_path / "out").iterdir()
    assert file.name.startswith("Hello there")
    assert file.read_bytes()[:4] == b"fLaC"


def test_a_locked_session_is_not_written_by_a_second_program(env: dict[str, str], simulator: StartSimulator) -> None:
    """Exit 5, and nothing was sent."""
    server = simulator(SimulatorOptions(seed=6, speed=1))
    env |= {"CAMB_BASE_URL": server.base_url}
    with started(camb_tui("submit", *TTS, "--wait"), env=env, stderr=subprocess.DEVNULL) as first:
        while not posts(server):
            assert first.poll() is None
            time.sleep(0.01)
        second = run("submit", "tts", "text=Another one", "voice_id=1", "language=1", env=env)
        assert second.returncode == 5
        assert "another camb-tui" in second.stderr
        assert posts(server) == 1
        os.kill(first.pid, signal.SIGTERM)
        assert first.wait(20) is not None
