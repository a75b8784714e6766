"""Files fetched to disk: streamed, resumed where a part is there, never joined with the bytes of another file.

Beside a part stands a mark with the strong ETag of the file it is a part of, so that another start of the program can
go on from it too. A part without a mark may be a part of anything, and is begun anew.
"""

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
_LONGEST_ETAG = 200


class Fetcher:
    """Fetches files over a wire; remembers on disk what a part is a part of."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def fetch(self, call: Call, part: Path, *, on_progress: Progress | None, resume: bool) -> Download:
        """The file of a GET, in `part`; one attempt. Where the call is no link but a route, JSON is no file.

        Raises:
            UsageError: The part cannot be written.
            ServiceError: The file did not come whole; what came is in the part.
        """
        etag = await asyncio.to_thread(_marked, part) if resume else ""
        have = _size(part) if etag else 0
        if have:
            found = await self._attempt(call, part, have, on_progress, etag)
            if found is not None:
                return found
        found = await self._attempt(call, part, 0, on_progress)
        assert found is not None  # only a range can be refused
        return found

    async def measure(self, call: Call) -> int | None:
        """How many bytes the file of a GET has, at the price of one of them; None where it is not said.

        A HEAD would be cheaper still, but a signed link is good for the one method it was signed for.
        """
        headers = {**call.headers, "accept-encoding": "identity", "range": "bytes=0-0"}
        async with self._wire.open(replace(call, headers=headers)) as reply:
            if reply.code == 416:
                return _range(reply.headers)[1]
            if not 200 <= reply.code < 300:
                raise refusal(await reply.read(), self._wire.masker, now=self._wire.clock())
            if reply.code == 206:
                return _range(reply.headers)[1]
            if "content-encoding" in reply.headers:
                return None
            return whole_number(reply.headers.get("content-length"))

    async def _attempt(
        self, call: Call, part: Path, have: int, on_progress: Progress | None, etag: str = ""
    ) -> Download | None:
        """None where the service will not go on from where the part ends."""
        headers = {**call.headers, "accept-encoding": "identity"}
        if have:
            headers |= {"range": f"bytes={have}-", "if-range": etag}
        async with self._wire.open(replace(call, headers=headers)) as reply:
            start, total = _range(reply.headers)
            content_type = reply.headers.get("content-type", "")
            if have and reply.code == 416:
                return await self._whole(part, content_type) if total == have and not _is_other(reply, etag) else None
            if have and reply.code == 206 and (start != have or _is_other(reply, etag)):
                return None
            if not 200 <= reply.code < 300 or (reply.code == 206 and not have):
                raise refusal(await reply.read(), self._wire.masker, now=self._wire.clock())
            if not call.link and content_type.startswith(("application/json", "text/")):
                raise unreadable(await reply.read(), self._wire.masker, "is no audio")
            if reply.code != 206:
                have = 0
                await asyncio.to_thread(_begin, part, reply.headers.get("etag", ""))
            size = await self._store(reply, part, on_progress, have)
        if total is not None and reply.code == 206 and size != total:
            raise NoAnswerError(f"{call.what} ended after {size:,} of {total:,} bytes")
        return await self._whole(part, content_type)

    @staticmethod
    async def _whole(part: Path, content_type: str) -> Download:
        """The part is the whole file now, and nobody goes on from it."""
        found = await _done(part, content_type)
        await asyncio.to_thread(mark_of(part).unlink, missing_ok=True)
        return found

    async def _store(self, reply: Reply, part: Path, on_progress: Progress | None, have: int) -> int:
        length = whole_number(reply.headers.get("content-length"))
        total = have + length if length is not None and "content-encoding" not in reply.headers else 0
        waiting = bytearray()
        done = have
        try:
            with part.open("ab") as file:
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


def mark_of(part: Path) -> Path:
    """Where the ETag of the file stands of which this is a part."""
    return part.with_name(f"{part.name}.etag")


def _marked(part: Path) -> str:
    """The ETag a part was begun under, empty where that is not known."""
    try:
        with mark_of(part).open(encoding="ascii") as file:
            etag = file.read(_LONGEST_ETAG + 1)
    except (OSError, ValueError):
        return ""
    return etag if _is_strong(etag) else ""


def _is_strong(etag: str) -> bool:
    """Whether it stands for the very bytes of a file, and can go into a header again; a weak one proves nothing."""
    return _LONGEST_ETAG >= len(etag) > 2 and etag[0] == etag[-1] == '"' and etag.isascii() and etag.isprintable()


def _begin(part: Path, etag: str) -> None:
    """Empty the part, then mark it; in this order, lest a crash between leaves old bytes under a new mark."""
    try:
        mark_of(part).unlink(missing_ok=True)
        part.write_bytes(b"")
        if _is_strong(etag):
            mark_of(part).write_text(etag, encoding="ascii")
    except OSError as error:
        raise UsageError(f"cannot write {part}: {error.strerror or error}") from error


def _is_other(reply: Reply, etag: str) -> bool:
    """Whether a partial answer is of other bytes than those that are there, whatever `If-Range` asked."""
    return "content-encoding" in reply.headers or reply.headers.get("etag", etag) != etag


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
