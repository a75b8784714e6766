"""Servers: the app on loopback, in a thread for the demo and the tests, or in the foreground for the command."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from camb_tui.simulator.app import SimulatorApp, make_app
from camb_tui.simulator.effects import TRANSPORT
from camb_tui.simulator.options import HOST, PREFIX, SimulatorOptions
from camb_tui.simulator.world import World

START_PATIENCE = 20.0
KEEP_ALIVE = 75
"""Seconds an idle connection stays open: longer than a client's poll interval, as at a usual gateway."""


class _Protocol(H11Protocol):
    """A connection that its requests can reach, to close it when a fault rule says so."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, {**app_state, TRANSPORT: self}, _loop)


class _Server(uvicorn.Server):
    """uvicorn's server, started and stopped in milliseconds: tests start hundreds."""

    def __init__(self, app: SimulatorApp, started: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",
                http=_Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",  # a screen may be on this terminal; failures are kept in the world
                access_log=False,
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE,
            )
        )
        self.stopping = asyncio.Event()
        self._tell_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self._tell_started()

    async def main_loop(self) -> None:
        """Keep the Date header going until told to stop."""
        while not self.stopping.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drop every connection; nobody here waits for stalled ones."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs us."""
        yield


def _listen(port: int) -> socket.socket:
    """A listening socket on loopback.

    Raises:
        OSError: The port is taken.
    """
    # asyncio sets TCP_NODELAY only where the protocol is named; without it every answer waits 40 ms for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


def _base_url(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}{PREFIX}"


class SimulatorServer:
    """A simulator in a thread of its own; a context manager whose value is itself, started."""

    def __init__(self, options: SimulatorOptions | None = None) -> None:
        self.options = options or SimulatorOptions()
        self.app = make_app(self.options)
        self.base_url = ""
        """Known once it is started."""
        self.add_task = self.app.world.add_task
        self._thread: threading.Thread | None = None
        self._stop: Callable[[], None] = lambda: None
        self._count_connections: Callable[[], int] = lambda: 0

    @property
    def connections(self) -> int:
        """Connections that are open now."""
        return self._count_connections()

    @property
    def world(self) -> World:
        """What the service knows: tasks, counts, rules, clock."""
        return self.app.world

    @property
    def origin(self) -> str:
        """Scheme, host and port, for what lies beside the API."""
        return self.base_url.removesuffix(PREFIX)

    def start(self) -> str:
        """Serve, and give the base URL.

        Raises:
            OSError: The port is taken.
            RuntimeError: It runs already, or does not come up.
        """
        return self.start_on(_listen(self.options.port))

    def start_on(self, listener: socket.socket) -> str:
        """Serve a socket that listens already, and give the base URL; what has connected meanwhile is answered.

        Raises:
            RuntimeError: It runs already, or does not come up.
        """
        if self._thread is not None:
            listener.close()
            raise RuntimeError("the simulator runs already")
        self.base_url = _base_url(listener)
        started = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listener, started)), name="simulator", daemon=True
        )
        self._thread.start()
        if not started.wait(START_PATIENCE):
            raise RuntimeError("the simulator did not start")
        return self.base_url

    async def _serve(self, listener: socket.socket, started: threading.Event) -> None:
        server = _Server(self.app, started.set)
        loop = asyncio.get_running_loop()

        def stop() -> None:
            loop.call_soon_threadsafe(server.stopping.set)

        self._stop = stop
        self._count_connections = lambda: len(server.server_state.connections)
        with listener:
            await server.serve([listener])

    def stop(self) -> None:
        """Close every connection and end the thread; does nothing when it does not run."""
        thread, self._thread = self._thread, None
        if thread is not None and thread.is_alive():
            self._stop()
            thread.join(START_PATIENCE)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(options: SimulatorOptions, announce: Callable[[str], None]) -> None:
    """Serve in the foreground until SIGINT or SIGTERM; `announce` is told the address once it answers.

    Raises:
        OSError: The port is taken.
    """
    listener = _listen(options.port)
    asyncio.run(_serve_until_signal(make_app(options), listener, announce))


async def _serve_until_signal(app: SimulatorApp, listener: socket.socket, announce: Callable[[str], None]) -> None:
    server = _Server(app, lambda: announce(f"CAMB.AI simulator at {_base_url(listener)}"))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stopping.set)
    with listener:
        await server.serve([listener])
