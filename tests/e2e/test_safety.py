"""Where money could be lost or an id forgotten: payment holds, unconfirmed tasks, two programs at once, and leaving."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from camb_tui.domain.tasks import Hold, TaskStatus
from camb_tui.simulator import SimulatorServer
from tests.e2e.terminal import Terminal, camb_tui
from tests.e2e.test_monitor import LEAVING, SLACK, env, keep, post, server, session, watched
from tests.services.fakes import a_task
from tests.support import started

__all__ = ["env", "server"]  # fixtures
WIDE = (120, 40)


def request(text: str) -> dict[str, object]:
    return {"text": text, "voice_id": 20303, "language": 1}


def test_a_payment_hold_is_released_by_one_first(env: dict[str, str], server: SimulatorServer) -> None:
    """Out of credits: `:resume` sends the cheapest; refused, nothing else goes; taken, the others follow."""
    texts = ["A long text, which costs most", "Short one", "A middling text"]
    held = [
        a_task(f"held{n:06}", TaskStatus.HELD, hold=Hold.PAYMENT.value, label=text, request=request(text))
        for n, text in enumerate(texts)
    ]
    keep(env, *held)
    post(server, "faults", [{"method": "POST", "path": "/tts", "times": 1, "effect": "status", "code": 402}])
    with Terminal(camb_tui(), size=WIDE, env=env) as terminal:
        terminal.wait_for(r"3 held")
        terminal.press(":")
        terminal.type("resume")
        terminal.press("enter")
        terminal.wait_for(r"Send 3 held tasks.*one first")
        terminal.read(0.5)
        terminal.press("y")
        terminal.wait_for(r"Nothing more is sent: out of credits")
        assert server.world.counts["POST /tts"] == 1
        terminal.wait_for(r"3 held")
        terminal.press("H")
        terminal.wait_for(r"Send 3 held tasks")
        terminal.read(0.5)
        terminal.press("y")
        terminal.wait_for(r"3 done")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
    assert server.world.counts["POST /tts"] == 4
    sent = sorted(session(env).values(), key=lambda task: task.submitted_at)
    assert sent[0].label == "Short one"


def test_an_unconfirmed_task_has_three_ways_out(env: dict[str, str], server: SimulatorServer) -> None:
    """An id found elsewhere, once more with the risk named, or away with it."""
    task_id, _ = server.add_task("tts", request("Found in the web app"), status="PENDING")
    keep(
        env,
        *(
            a_task(f"doubt{n:05}", TaskStatus.UNCONFIRMED, label=label, request=request(label))
            for n, label in enumerate(("adopt me", "send me", "drop me"))
        ),
    )
    with Terminal(camb_tui(), size=WIDE, env=env) as terminal:
        terminal.wait_for(r"3 to decide")
        filter_to(terminal, "adopt me")
        terminal.press("a")
        terminal.type(task_id)
        terminal.press("enter")
        terminal.wait_for(r"the id of adopt me")
        terminal.read(0.5)
        terminal.press("y")
        terminal.wait_for(r"PENDING .*adopt me")
        filter_to(terminal, "send me")
        terminal.press("r")
        terminal.wait_for(r"charged twice")
        terminal.read(0.5)
        terminal.press("enter")
        terminal.read(0.5)
        assert server.world.counts["POST /tts"] == 0, "enter is no"
        terminal.press("r")
        terminal.wait_for(r"charged twice")
        terminal.read(0.5)
        terminal.press("y")
        terminal.wait_for(r"SUCCESS .*send me")
        filter_to(terminal, "drop me")
        terminal.press("x")
        terminal.wait_for(r"archived")
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0
    tasks = {task.key: task for task in session(env).values()}
    assert (tasks["doubt00000"].task_id, tasks["doubt00000"].adopted) == (task_id, True)
    assert tasks["doubt00001"].superseded_by is not None
    assert tasks["doubt00002"].archived
    assert server.world.counts["POST /tts"] == 1


def filter_to(terminal: Terminal, text: str) -> None:
    terminal.press(":")
    terminal.type(f'filter "{text}"')
    terminal.press("enter")
    terminal.wait_for(lambda screen: f'"{text}"' in screen and "1 of" in screen)


def test_a_second_program_reads_along_and_takes_over(env: dict[str, str], server: SimulatorServer) -> None:
    """One writes; when it has ended, the other goes on where it stands."""
    watched(env, server, 2)
    with Terminal(camb_tui(), size=WIDE, env=env) as first:
        first.wait_for(r"api ok")
        with Terminal(camb_tui(), size=WIDE, env=env) as second:
            second.wait_for(r"read-only")
            second.press("W")
            second.wait_for(r"another camb-tui is writing")
            first.press("ctrl+q")
            assert first.wait_for_exit() == 0
            second.wait_for(r"W takes over")
            asked = server.world.counts["GET /dub/{task_id}"]
            second.press("W")
            second.wait_for(r"taken over")
            second.wait_for(lambda screen: "read-only" not in screen.splitlines()[0])
            second.wait_for(r"api ok")
            assert server.world.counts["GET /dub/{task_id}"] > asked
            second.press("ctrl+q")
            assert second.wait_for_exit() == 0


def test_ctrl_q_leaves_while_nobody_reads_the_terminal(env: dict[str, str], server: SimulatorServer) -> None:
    """A stalled link must not keep the program, nor what it knows."""
    watched(env, server, 3)
    with Terminal(camb_tui(), size=WIDE, env=env) as terminal:
        terminal.wait_for(r"api ok")
        fill_the_pipe(terminal)
        terminal.signal(signal.SIGTERM)
        terminal.wait_for_exit(patience=LEAVING + SLACK, reading=False)
    assert len(session(env)) == 3


def fill_the_pipe(terminal: Terminal) -> None:
    """Have the program write until nothing more fits."""
    end = time.monotonic() + 5.0
    while time.monotonic() < end:
        try:
            os.write(terminal.fd, b"pp")
        except BlockingIOError:
            time.sleep(0.1)
        time.sleep(0.005)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_a_killed_tmux_session_leaves_no_process(env: dict[str, str], server: SimulatorServer, tmp_path: Path) -> None:
    """tmux hangs up on its panes: saved, gone, and not spinning."""
    watched(env, server, 2)
    socket = str(tmp_path / "tmux")
    pid_file = tmp_path / "pid"
    tmux = ["tmux", "-S", socket, "-f", "/dev/null"]
    command = " ".join(camb_tui())
    inner = f"echo $$ > {pid_file}; exec {command}"
    subprocess.run([*tmux, "new-session", "-d", "-x", "100", "-y", "30", inner], env=env, check=True)
    try:
        wait_until(lambda: "PENDING" in subprocess.run(
            [*tmux, "capture-pane", "-p"], env=env, capture_output=True, text=True, check=False
        ).stdout)  # fmt: skip
        pid = int(pid_file.read_text())
    finally:
        subprocess.run([*tmux, "kill-server"], env=env, check=False)
    wait_until(lambda: not is_running(pid), patience=LEAVING + SLACK)
    assert len(session(env)) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_waiting_submit_saves_and_leaves_on_a_signal(
    env: dict[str, str], server: SimulatorServer, number: signal.Signals
) -> None:
    with submitting(env, server) as process:
        process.send_signal(number)
        assert process.wait(LEAVING + SLACK) == 128 + number
    (task,) = session(env).values()
    assert task.task_id is not None


def test_under_nohup_a_waiting_submit_outlives_the_hang_up(env: dict[str, str], server: SimulatorServer) -> None:
    """That is what nohup is for."""
    with submitting(env, server, "sh", "-c", 'trap "" HUP; exec "$@"', "sh") as process:
        process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        assert process.poll() is None
        process.terminate()
        assert process.wait(LEAVING + SLACK) == 128 + signal.SIGTERM


@contextlib.contextmanager
def submitting(env: Mapping[str, str], server: SimulatorServer, *before: str) -> Iterator[subprocess.Popen[bytes]]:
    """A submit that waits for a task which takes long, once the service has it; its standard input is closed."""
    rule = {"kind": "tts", "times": 1, "status": "SUCCESS", "seconds": 6000.0}
    post(server, "outcomes", [rule])
    words = ("submit", "tts", "text=Hello there", "voice_id=20303", "language=en-us", "--wait")
    with started([*before, *camb_tui(*words)], env=env) as process:
        wait_until(lambda: any(task.task_id for task in session(env).values()))
        yield process


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "(zombie)" not in Path(f"/proc/{pid}/status").read_text() if Path(f"/proc/{pid}").exists() else True


def wait_until(condition: object, *, patience: float = 30.0) -> None:
    """Wait for a condition of another process."""
    assert callable(condition)
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
