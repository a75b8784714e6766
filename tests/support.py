"""What several test floors share: a running simulator per test, made to measure, and programs that surely end."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import pytest

from camb_tui.simulator import SimulatorOptions, SimulatorServer


class StartSimulator(Protocol):
    """Starts a simulator and gives it; the fixture stops it."""

    def __call__(self, options: SimulatorOptions | None = None) -> SimulatorServer: ...


@pytest.fixture
def simulator() -> Iterator[StartSimulator]:
    """Start simulators: `server = simulator()`, or with options of one's own; the default has a seed.

    `server.base_url` is where the API is, `server.world.advance(seconds)` lets time pass without waiting, and
    `server.add_task(...)` puts in tasks. A test whose simulator broke fails, with the traceback.
    """
    servers: list[SimulatorServer] = []

    def start(options: SimulatorOptions | None = None) -> SimulatorServer:
        server = SimulatorServer(options or SimulatorOptions(seed=1))
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()
    failures = [failure for server in servers for failure in server.world.failures]
    assert not failures, "\n".join(failures)


@contextlib.contextmanager
def started(
    argv: Sequence[str], *, env: Mapping[str, str] | None = None, stderr: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[bytes]]:
    """A program under way without a terminal and without input; killed in the end where it has not left by itself."""
    with subprocess.Popen(
        argv, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr
    ) as process:  # which ends by waiting for it, however long
        try:
            yield process
        finally:
            process.kill()
