"""What the client's tests talk to: a scripted transport, and a raw loopback server for what only sockets can show."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx

from camb_tui.services.client import CambClient

BASE = "https://api.example/apis"
KEY = "sk-secret-0123456789"
Handler = Callable[[httpx.Request], httpx.Response | Exception | Awaitable[httpx.Response | Exception]]


class Script:
    """Answers by `METHOD /path` (below the base), in order; the last answer of a route repeats. 404 for the rest."""

    def __init__(self, **_: Any) -> None:
        self.routes: dict[str, list[httpx.Response | Exception | Handler]] = {}
        self.seen: list[httpx.Request] = []

    def on(self, route: str, *replies: httpx.Response | Exception | Handler) -> Script:
        self.routes[route] = list(replies)
        return self

    def asked(self) -> list[str]:
        return [self._route(request) for request in self.seen]

    def posts(self) -> int:
        return sum(request.method == "POST" for request in self.seen)

    @staticmethod
    def _route(request: httpx.Request) -> str:
        path = request.url.raw_path.decode().partition("?")[0]
        if request.url.host != "api.example":
            path = request.url.host + path
        return f"{request.method} {path.removeprefix('/apis')}"

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        replies = self.routes.get(self._route(request))
        if replies is None:
            return httpx.Response(404, json={"detail": "Not Found"})
        reply: Any = replies.pop(0) if len(replies) > 1 else replies[0]
        if not isinstance(reply, httpx.Response | Exception):
            reply = reply(request)
            reply = await reply if inspect.isawaitable(reply) else reply
        if isinstance(reply, Exception):
            raise reply
        assert isinstance(reply, httpx.Response)
        # the same answer may be given twice, and its stream can be read once only
        headers = [(name, value) for name, value in reply.headers.multi_items() if name != "transfer-encoding"]
        return httpx.Response(reply.status_code, headers=headers, content=reply.content)


class Naps:
    """A sleep that only remembers."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


@contextlib.asynccontextmanager
async def client_of(script: Script, **options: Any) -> AsyncIterator[CambClient]:
    """A client whose network is the script, whose clock stands and whose naps take no time."""
    settings: dict[str, Any] = {"clock": lambda: 1_700_000_000.0, "sleep": Naps(), "draw": lambda: 1.0} | options
    client = CambClient(
        settings.pop("base_url", BASE), settings.pop("api_key", KEY), transport=httpx.MockTransport(script), **settings
    )
    try:
        yield client
    finally:
        await client.aclose()


Talk = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class RawServer:
    """A loopback server that does as told with each connection, and remembers every request's first lines."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self.heads: list[bytes] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                await self._talk(head, reader, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def raw_server(talk: Talk) -> AsyncIterator[RawServer]:
    """A raw server for as long as it lasts."""
    raw = RawServer(talk)
    server = await asyncio.start_server(raw.handle, "127.0.0.1", 0)
    raw.port = server.sockets[0].getsockname()[1]
    async with server:
        yield raw


def plain(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An HTTP/1.1 answer."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body
