"""What the simulator's own tests share: a plain client of one simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from camb_tui.simulator import SimulatorOptions, SimulatorServer
from tests.support import StartSimulator

Connect = Callable[[SimulatorServer], httpx.Client]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Give plain clients with a key, below the prefix."""
    clients: list[httpx.Client] = []

    def make(server: SimulatorServer) -> httpx.Client:
        clients.append(httpx.Client(base_url=server.base_url, headers={"x-api-key": "any"}, timeout=20))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def server(simulator: StartSimulator) -> SimulatorServer:
    """A simulator with a seed."""
    return simulator(SimulatorOptions(seed=1))


@pytest.fixture
def http(server: SimulatorServer, connect: Connect) -> httpx.Client:
    """A client of `server`."""
    return connect(server)
