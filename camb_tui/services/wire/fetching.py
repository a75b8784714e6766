"""Files fetched to disk: streamed, resumed where a part is there, never joined with the bytes of another file."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from camb_tui.domain.errors import NoAnswerError, UsageError
from camb_tui.services.wire.answers import refusal, unreadable, whole_number
from camb_tui.services.wire.bodies import tell
from camb_tui.services.wire.suffixes import sniff_suffix
from camb_tui.services.wire.transport import Call, Reply, Wire
from camb_tui.services.wire.values import Download, Progress

_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")
WRITE_AT_ONCE = 512 * 1024
_HEAD = 64


class Fetcher:
    """Fetches files over a wire; remembers what a part on disk is a part of, for as long as the program runs."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._etags: dict[Path, str] = {}

    async def fetch(self, call: Call, part: Path, *, on_progress: Progress | None, resume: bool) -> Download:
        """The file of a GET, in `part`; one attempt. Where the call is no link but a route, JSON is no file.

        Raises:
            UsageError: The part cannot be written.
            ServiceError: The file did not come whole; what came is in the part.
        """
        have = _size(part) if resume else 0
        if have:
            found = await self._attempt(call, part, have, on_progress)
            if found is not None:
                return found
        found = await self._attempt(call, part, 0, on_progress)
        assert found is not None  # only a range can be refused
        return found

    async def _attempt(self, call: Call, part: Path, have: int, on_progress: Progress | None) -> Download | None:
        """None where the service will not go on from where the part ends."""
        headers = {**call.headers, "accept-encoding": "identity"}
        if have:
            headers["range"] = f"bytes={have}-"
            if (etag := self._etags.get(part)) is not None:
                headers["if-range"] = etag
        async with self._wire.open(replace(call, headers=headers)) as reply:
            start, total = _range(reply.headers)
            content_type = reply.headers.get("content-type", "")
            if have and reply.code == 416:
                return await _done(part, content_type) if total == have else None
            if have and reply.code == 206 and (start != have or "content-encoding" in reply.headers):
                return None
            if not 200 <= reply.code < 300 or (reply.code == 206 and not have):
                raise refusal(await reply.read(), self._wire.masker, now=self._wire.clock())
            if not call.link and content_type.startswith(("application/json", "text/")):
                raise unreadable(await reply.read(), self._wire.masker, "is no audio")
            if reply.code != 206:
                have = 0
            self._remember(part, reply)
            size = await self._store(reply, part, have, on_progress)
        if total is not None and reply.code == 206 and size != total:
            raise NoAnswerError(f"{call.what} ended after {size:,} of {total:,} bytes")
        self._etags.pop(part, None)
        return await _done(part, content_type)

    def _remember(self, part: Path, reply: Reply) -> None:
        etag = reply.headers.get("etag", "")
        if etag.startswith('"'):
            self._etags[part] = etag
        else:
            self._etags.pop(part, None)  # a weak one proves nothing about bytes

    async def _store(self, reply: Reply, part: Path, have: int, on_progress: Progress | None) -> int:
        length = whole_number(reply.headers.get("content-length"))
        total = have + length if length is not None and "content-encoding" not in reply.headers else 0
        waiting = bytearray()
        done = have
        try:
            with part.open("ab" if have else "wb") as file:
                try:
                    async for chunk in reply.chunks():
                        waiting += chunk
                        done += len(chunk)
                        if len(waiting) >= WRITE_AT_ONCE:
                            full, waiting = waiting, bytearray()  # if we are cancelled, a thread still writes `full`
                            await asyncio.to_thread(file.write, full)
                        tell(on_progress, done, total)
                finally:  # also when the line breaks: what came need not come again
                    file.write(waiting)
        except OSError as error:
            raise UsageError(f"cannot write {part}: {error.strerror or error}") from error
        return done


def _size(part: Path) -> int:
    try:
        return part.stat().st_size
    except OSError:
        return 0


async def _done(part: Path, content_type: str) -> Download:
    def look() -> tuple[int, bytes]:
        with part.open("rb") as file:
            return part.stat().st_size, file.read(_HEAD)

    try:
        size, head = await asyncio.to_thread(look)
    except OSError as error:
        raise UsageError(f"cannot read {part}: {error.strerror or error}") from error
    return Download(size, content_type, sniff_suffix(head, content_type))


def _range(headers: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Where a partial answer starts and how large the whole is, each None where it is not said."""
    found = _RANGE.match(headers.get("content-range", ""))
    if found is None:
        return None, None
    return (int(found[1]) if found[1] else None), (int(found[2]) if found[2] != "*" else None)
