"""MP4: the smallest container that is one, for links that promise a video.

It holds the headers of a film of the right length and no picture: tools recognise it, players show nothing.
"""

from __future__ import annotations

TIMESCALE = 1000
UNITY = b"".join(number.to_bytes(4, "big") for number in (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000))


def _box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return (8 + len(body)).to_bytes(4, "big") + name + body


def _words(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "big") for number in numbers)


def empty_film(seconds: float) -> bytes:
    """A film of that length without tracks: `ftyp`, `moov` with its `mvhd`, and an empty `mdat`."""
    header = _words(0, 0, 0, TIMESCALE, round(seconds * TIMESCALE), 0x10000) + b"\x01\x00" + bytes(10)
    header += UNITY + bytes(24) + _words(1)  # the next track would be the first
    return _box(b"ftyp", b"isom", _words(0x200), b"isomiso2mp41") + _box(b"moov", _box(b"mvhd", header)) + _box(b"mdat")
