"""The servers: in a thread, and in the foreground as a process of its own."""

from __future__ import annotations

import signal
import socket
import sys

import httpx
import pytest

from camb_tui.simulator import SimulatorOptions, SimulatorServer
from tests.support import started

PROGRAM = """
from camb_tui.simulator import SimulatorOptions, serve
serve(SimulatorOptions(speed=1000), lambda line: print(line, flush=True))
print("stopped", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_announces_itself_and_ends_quietly(number: signal.Signals) -> None:
    with started([sys.executable, "-c", PROGRAM]) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline().decode().strip()
        assert line.startswith("CAMB.AI simulator at http://127.0.0.1:")
        assert line.endswith("/apis")
        url = line.rpartition(" ")[2]
        assert httpx.get(f"{url}/list-voices", headers={"x-api-key": "k"}).status_code == 200
        process.send_signal(number)
        assert process.wait(20) == 0
        assert process.stdout.read().decode() == "stopped\n"
        assert process.stderr.read() == b""


def test_a_taken_port_is_an_error_in_the_caller() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            SimulatorServer(SimulatorOptions(port=taken.getsockname()[1])).start()


def test_it_can_be_started_again_with_its_tasks() -> None:
    """Stopping is how a test takes the service away; what it knew is not lost."""
    server = SimulatorServer(SimulatorOptions(seed=1))
    with server:
        task_id, _ = server.add_task("tts", {"text": "Good morning.", "voice_id": 1, "language": 1})
        first = server.base_url
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{first}/list-voices")
    server.stop()
    with server:
        assert httpx.get(f"{server.base_url}/tts/{task_id}", headers={"x-api-key": "k"}).status_code == 200
        with pytest.raises(RuntimeError, match="already"):
            server.start()
