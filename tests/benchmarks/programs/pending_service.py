"""A loopback service whose every task is PENDING for ever. Prints its port, and serves until it is killed."""

from __future__ import annotations

import asyncio

_BODIES = {b"/list-voices": b"[]", b"/source-languages": b"[]", b"/target-languages": b"[]"}
_PENDING = b'{"status": "PENDING", "run_id": null, "exception_reason": null, "message": null}'


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].partition(b"?")[0].removeprefix(b"/apis")
            body = _BODIES.get(path, _PENDING)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
            writer.write(b"content-length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
