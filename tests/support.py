"""What several test floors share: a running simulator per test, made to measure."""

from __future__ import annotations

from collections.abc import Iterator
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
