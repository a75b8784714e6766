"""The monitor as a person uses it: the real program in a terminal, by keys alone, against the simulator."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from camb_tui.domain.tasks import TaskStatus
from camb_tui.services.session import SessionFile, load_session
from camb_tui.simulator import SimulatorOptions, SimulatorServer
from tests.e2e.terminal import Terminal, camb_tui, clean_environment
from tests.services.fakes import a_task
from tests.support import StartSimulator

KEY = "sk-e2e-0123456789-never-to-be-seen"
SIZES = [(80, 24), (120, 40)]
LEAVING = 2.0
"""Seconds the program may take to leave when it is told to; a loaded test machine gets more."""
SLACK = 4.0


@pytest.fixture
def server(simulator: StartSimulator) -> SimulatorServer:
    return simulator(SimulatorOptions(seed=1, speed=10))


@pytest.fixture
def env(tmp_path: Path, server: SimulatorServer) -> dict[str, str]:
    return clean_environment(
        tmp_path,
        CAMB_API_KEY=KEY,
        CAMB_BASE_URL=server.base_url,
        CAMB_TUI_SESSION=str(tmp_path / "session.toml"),
        SSH_CONNECTION="",
    )


def outcomes(server: SimulatorServer, *rules: Mapping[str, Any]) -> None:
    post(server, "outcomes", rules)


def post(server: SimulatorServer, route: str, rules: Any) -> None:
    request = urllib.request.Request(
        f"{server.origin}/_simulator/{route}", json.dumps({"rules": list(rules)}).encode(), method="POST"
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def session(env: Mapping[str, str]) -> Any:
    return load_session(Path(env["CAMB_TUI_SESSION"]), now=time.time()).tasks


def fill_tts(terminal: Terminal, text: str) -> None:
    """The form, from the list to the sent task, by keys alone."""
    terminal.press("n")
    terminal.wait_for(r"New task")
    terminal.type(text)
    terminal.press("tab")
    terminal.type("20303")
    terminal.press("tab")
    terminal.type("en-us")
    terminal.press("tab", "ctrl+s")
    terminal.wait_for(r"[Ee]nter send")
    terminal.read(0.5)  # the question is deaf at first
    terminal.press("enter")


@pytest.mark.parametrize("size", SIZES)
def test_from_the_form_to_the_result_and_back_after_a_restart(
    env: dict[str, str], server: SimulatorServer, size: tuple[int, int]
) -> None:
    """The main job, whole."""
    with Terminal(camb_tui(), size=size, env=env) as terminal:
        terminal.wait_for(r"No tasks yet")
        fill_tts(terminal, "Hello you")
        terminal.wait_for(r"held .*Hello you")
        assert server.world.counts["POST /tts"] == 0, "the window in which z takes it back"
        terminal.wait_for(r"PENDING .*Hello you")
        terminal.wait_for(r"SUCCESS .*Hello you")
        terminal.press("enter", "]")
        terminal.wait_for(r"\[Result\]")
        terminal.wait_for(r"speech\.flac|127\.0\.0\.1")
        terminal.press("q", "ctrl+q")
        assert terminal.wait_for_exit() == 0
    (task,) = session(env).values()
    with Terminal(camb_tui(), size=size, env=env) as terminal:
        terminal.wait_for(r"SUCCESS .*Hello you")
        terminal.press("enter")
        screen = terminal.wait_for(re.escape(str(task.task_id)))
        assert str(task.run_id) in screen
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
    assert server.world.counts["POST /tts"] == 1


def test_z_takes_a_submission_back(env: dict[str, str], server: SimulatorServer) -> None:
    """Five seconds to think again."""
    with Terminal(camb_tui(), env=env) as terminal:
        terminal.wait_for(r"No tasks yet")
        fill_tts(terminal, "A mistake")
        terminal.wait_for(r"held .*A mistake")
        terminal.press("z")
        terminal.wait_for(r"taken back")
        terminal.read(6.0)
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
    assert server.world.counts["POST /tts"] == 0


def test_a_failed_task_is_retried_in_its_place_and_history_has_both(
    env: dict[str, str], server: SimulatorServer
) -> None:
    """`r`, and the new try stands where the old one stood."""
    outcomes(server, {"kind": "tts", "status": "ERROR", "exception_reason": "INTERNAL_ERROR", "seconds": 0.1})
    with Terminal(camb_tui(), size=(120, 40), env=env) as terminal:
        terminal.wait_for(r"No tasks yet")
        fill_tts(terminal, "Hello again")
        terminal.wait_for(r"ERROR .*Hello again")
        terminal.press("r")
        terminal.wait_for(r"held .*Hello again")
        shown = terminal.wait_for(r"SUCCESS .*Hello again")
        assert len(re.findall(r"(SUCCESS|ERROR) +tts +Hello again", shown)) == 1
        terminal.press("]", "]", "]")
        terminal.wait_for(r"\[History\]")
        history = terminal.wait_for(r"INTERNAL_ERROR")
        assert history.count("SUCCESS") >= 2
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
    assert server.world.counts["POST /tts"] == 2
    statuses = {task.attempt: task.status for task in session(env).values()}
    assert statuses == {1: TaskStatus.ERROR, 2: TaskStatus.SUCCESS}


def keep(env: Mapping[str, str], *tasks: Any) -> None:
    """A session that holds these before the program starts."""
    file = SessionFile(Path(env["CAMB_TUI_SESSION"]))
    file.lock()
    file.append(tasks, sync=True)
    file.release()


def watched(env: Mapping[str, str], server: SimulatorServer, count: int, *, age: float = 0.0) -> None:
    """A session of tasks, submitted `age` seconds ago, that the simulator keeps PENDING for ever."""
    tasks, since = [], time.time() - age
    for number in range(count):
        task_id, _ = server.add_task("dubbing", {"video_url": "https://v.example/a.mp4"}, status="PENDING")
        tasks.append(a_task(f"key{number:07}", kind="dubbing", task_id=task_id, submitted_at=since, created_at=since))
    keep(env, *tasks)


def test_polls_go_on_while_nobody_reads_the_terminal(env: dict[str, str], server: SimulatorServer) -> None:
    """A stalled SSH link stops Textual's loop within half a second; the engine has its own."""
    watched(env, server, 5)
    with Terminal(camb_tui(), size=(120, 40), env=env) as terminal:
        terminal.wait_for(r"PENDING")
        stop = threading.Event()

        def press_keys() -> None:  # each key makes the screen write, which fills the pipe nobody empties
            while not stop.wait(0.002):
                try:
                    os.write(terminal.fd, b"GgGg")
                except BlockingIOError:
                    stop.wait(0.1)

        presser = threading.Thread(target=press_keys)
        presser.start()
        time.sleep(8.0)
        before = server.world.counts["GET /dub/{task_id}"]
        time.sleep(20.0)
        polls = server.world.counts["GET /dub/{task_id}"] - before
        stop.set()
        presser.join()
        assert polls >= 5, "each of five tasks was asked about again"
        terminal.signal(signal.SIGTERM)
        terminal.wait_for_exit(patience=LEAVING + SLACK, reading=False)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_saves_restores_the_terminal_and_leaves(
    env: dict[str, str], server: SimulatorServer, number: signal.Signals
) -> None:
    """The SSH link died, or the machine goes down."""
    watched(env, server, 3)
    with Terminal(camb_tui(), env=env) as terminal:
        terminal.wait_for(r"PENDING")
        terminal.signal(number)
        terminal.wait_for_exit(patience=LEAVING + SLACK)
        assert b"\x1b[?1049l" in terminal.raw, "the alternate screen is left"
        assert b"\x1b[?25h" in terminal.raw, "the cursor is back"
    assert len(session(env)) == 3


def test_a_hangup_of_the_terminal_ends_the_program(env: dict[str, str], server: SimulatorServer) -> None:
    """The pty is gone and SIGHUP was ignored, as under nohup: it must not spin for ever."""
    watched(env, server, 1)
    argv = ["/bin/sh", "-c", 'trap "" HUP; exec "$@"', "sh", *camb_tui()]
    terminal = Terminal(argv, env=env)
    terminal.wait_for(r"PENDING")
    os.close(terminal.fd)
    assert terminal.wait_for_exit(patience=LEAVING + SLACK, reading=False) is not None


def test_a_service_that_is_down_at_the_start_shows_stale_rows_and_comes_back(
    env: dict[str, str], server: SimulatorServer
) -> None:
    """What is shown is true, and nothing has to be pressed when it is back."""
    watched(env, server, 6)
    port = int(server.origin.rpartition(":")[2])
    server.stop()
    with Terminal(camb_tui(), size=(120, 40), env=env) as terminal:
        terminal.wait_for(r"down since")
        assert re.search(r"~ ?PENDING", terminal.text)
        again = SimulatorServer(SimulatorOptions(seed=1, port=port))
        again.world._tasks.update(server.world._tasks)
        with again:
            terminal.wait_for(r"api ok", patience=60)
            terminal.wait_for(lambda screen: "~" not in screen, patience=60)
            terminal.press("ctrl+q")
            assert terminal.wait_for_exit() == 0


def test_a_refused_key_is_said_once_and_polls_stop(
    tmp_path: Path, simulator: StartSimulator, env: dict[str, str]
) -> None:
    """One sentence, not one a row; and no request more."""
    strict = simulator(SimulatorOptions(seed=1, api_key="the right one"))
    watched(env, strict, 6)
    with Terminal(camb_tui(), size=(120, 40), env=env | {"CAMB_BASE_URL": strict.base_url}) as terminal:
        terminal.wait_for(r"key refused")
        asked = strict.world.counts["GET /dub/{task_id}"]
        terminal.read(4.0)
        assert strict.world.counts["GET /dub/{task_id}"] == asked
        assert KEY not in terminal.text
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
    assert KEY.encode() not in terminal.raw


def test_hostile_texts_of_the_service_stay_texts(env: dict[str, str], server: SimulatorServer) -> None:
    """Escapes, markup, NULs and direction marks in a message and a label are shown, not obeyed."""
    nasty = "\x1b]0;owned\x07\x1b[31mred\x1b[2J [bold]markup[/] \x00 \u202egnol"
    keep(
        env,
        a_task("nasty00000", TaskStatus.ERROR, label=f"label {nasty}", exception_reason="[red]R", message=nasty),
    )
    with Terminal(camb_tui(), size=(120, 40), env=env) as terminal:
        terminal.wait_for(r"ERROR .*label")
        terminal.press("enter")
        screen = terminal.wait_for(r"\[bold\]markup\[/\]")
        assert "\u202e" not in screen
        assert b"owned\x07" not in terminal.raw
        assert b"\x1b[31mred" not in terminal.raw
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0


def test_a_screen_at_rest_sends_nothing(env: dict[str, str], server: SimulatorServer) -> None:
    """Over a slow link every byte counts; live tasks that do not change cost none."""
    watched(env, server, 20, age=40 * 60)  # their cadence is steady, and their age is far from its next step
    with Terminal(camb_tui(), size=(120, 40), env=env) as terminal:
        terminal.wait_for(r"api ok")
        terminal.read(6.0)
        asked = server.world.counts["GET /dub/{task_id}"]
        while terminal.read(1.0) == b"" and server.world.counts["GET /dub/{task_id}"] < asked + 10:
            pass
        assert server.world.counts["GET /dub/{task_id}"] >= asked + 10, "it polled, and showed nothing of it"
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0


def speech(server: SimulatorServer, run_id: int | None) -> bytes:
    """The sound of a run, straight from the service."""
    request = urllib.request.Request(f"{server.base_url}/tts-result/{run_id}", headers={"x-api-key": KEY})
    with urllib.request.urlopen(request) as answer:
        found: bytes = answer.read()
    return found


def flac_samples(data: bytes) -> int:
    """How many samples a FLAC file says it holds."""
    return int.from_bytes(data[18:26], "big") & (1 << 36) - 1


def test_a_timeout_is_split_by_keys_and_saved_as_one_file(
    env: dict[str, str], server: SimulatorServer, tmp_path: Path
) -> None:
    """`|` turns "break it into smaller requests" into a key, and `s` gives the sound back in one piece."""
    sent = {"text": "The first sentence. The second sentence.", "voice_id": 20303, "language": 1}
    task_id, _ = server.add_task("tts", sent, status="TIMEOUT")
    keep(env, a_task("wholekey22", label="The first", request=sent, task_id=task_id, submitted_at=time.time()))
    with Terminal(camb_tui(), size=(120, 40), env=env, cwd=tmp_path) as terminal:
        terminal.wait_for(r"TIMEOUT .*The first")
        terminal.press("|")
        terminal.wait_for(r"Split into 2 parts of about \d+ characters\?")
        terminal.read(0.5)  # the question is deaf at first
        terminal.press("y")
        terminal.wait_for(r"split .*The first")
        terminal.wait_for(r"held .*\(1/2\)")
        terminal.wait_for(lambda shown: len(re.findall(r"SUCCESS +tts", shown)) == 3)
        terminal.press("s")
        terminal.wait_for(r"saved The first\S* in")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
    assert server.world.counts["POST /tts"] == 2
    tasks = session(env)
    whole = tasks["wholekey22"]
    assert whole.status is TaskStatus.SUCCESS
    assert [tasks[key].request["text"] for key in whole.parts] == ["The first sentence.", "The second sentence."]
    (saved,) = whole.saved
    data = (tmp_path / saved).read_bytes()
    assert data[:4] == b"fLaC"
    assert flac_samples(data) == sum(flac_samples(speech(server, tasks[key].run_id)) for key in whole.parts) > 0
