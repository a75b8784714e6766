"""Effects: carrying out what a fault rule says, down to the connection itself.

Closing a connection is beyond ASGI, so the server puts each connection's transport into the scope's state. Without
one (an app driven in-process) a close is raised as `ConnectionResetError`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import NoReturn, Protocol, cast

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from camb_tui.simulator.answers import answer
from camb_tui.simulator.rules import FaultRule

TRANSPORT = "simulator_connection"
"""Key of the connection in the scope's state."""
STALLED_LENGTH = 64
GARBAGE = b'{"task_id": \x00\xff\xfe <<< not JSON'
HTML = """<!DOCTYPE html>
<html><head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>gateway</center></body></html>
"""
Work = Callable[[], Awaitable[Response]]


class Connection(Protocol):
    """What a connection must offer, to be closed from within."""

    transport: asyncio.Transport


async def carry_out(rule: FaultRule, work: Work, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer, or fail to answer, as the rule says; `work` does what the request asked for."""
    if rule.effect == "refuse" and not rule.accepted:
        await _close(scope, receive, at_once=True)
        return
    if rule.effect == "delay" and not rule.accepted:
        await asyncio.sleep(rule.seconds)
    is_done = rule.accepted or rule.effect in ("delay", "swallow") or (rule.effect == "cut" and _is_question(scope))
    response = await work() if is_done else None
    match rule.effect:
        case "refuse" | "swallow":
            await _close(scope, receive, at_once=True)
        case "delay":
            assert response is not None
            if rule.accepted:
                await asyncio.sleep(rule.seconds)
            await response(scope, receive, send)
        case "cut":
            if response is None:
                await _read_request(receive)  # what is left unread would turn the end into a reset
            await _cut(response or answer({"task_id": "00000000-0000-4000-8000-000000000000"}), scope, receive, send)
        case "stall":
            await _stall(scope, receive, send)
        case _:
            await _substitute(rule)(scope, receive, send)


def _is_question(scope: Scope) -> bool:
    """Whether the request changes nothing, so that a cut may show half of the true answer."""
    return scope["method"] in ("GET", "HEAD")


def _substitute(rule: FaultRule) -> Response:
    headers = dict(rule.headers)
    if rule.retry_after is not None:
        headers["retry-after"] = rule.retry_after
    if rule.effect == "garbage":
        return Response(GARBAGE, rule.code or 200, headers, "application/json")
    if rule.effect == "html":
        return Response(HTML if rule.body is None else str(rule.body), rule.code or 502, headers, "text/html")
    if rule.effect == "redirect":
        return Response(b"", rule.code or 307, {**headers, "location": rule.to})
    code = rule.code or 500
    if isinstance(rule.body, str):
        return Response(rule.body, code, headers, "text/plain")
    return answer({"detail": _phrase(code)} if rule.body is None else rule.body, code, headers)


def _phrase(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return "Error"


async def _cut(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """The right headers with the full length, half of the body, and the end."""
    start: Message = {}
    body = bytearray()

    async def capture(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            body.extend(message.get("body", b""))

    await response(scope, _never, capture)
    headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    start["headers"] = [*headers, (b"content-length", str(len(body)).encode())]
    await send(start)
    await send({"type": "http.response.body", "body": bytes(body[: len(body) // 2]), "more_body": True})
    await _close(scope, receive, at_once=False)


async def _stall(scope: Scope, receive: Receive, send: Send) -> None:
    """Headers, then nothing until the client has had enough."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(STALLED_LENGTH).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await _gone(receive)


async def _close(scope: Scope, receive: Receive, *, at_once: bool) -> None:
    """End the connection: at once, or after what was written has left."""
    connection = cast("Connection | None", scope.get("state", {}).get(TRANSPORT))
    if connection is None:
        raise ConnectionResetError("closed by a fault rule")
    if at_once:
        connection.transport.abort()
    else:
        connection.transport.close()
    await _gone(receive)


async def _read_request(receive: Receive) -> None:
    while (message := await receive())["type"] == "http.request" and message.get("more_body", False):
        pass


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _never() -> NoReturn:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets this event")
