"""Containers: for the links that promise a format nothing here encodes, the smallest file that is one.

Films hold the headers of one of the right length and no picture: tools recognise them, players show nothing. AAC is
made of frames of silence, as many as the length needs.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Callable, Mapping
from typing import NamedTuple

TIMESCALE = 1000
UNITY = b"".join(number.to_bytes(4, "big") for number in (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000))


def _box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return (8 + len(body)).to_bytes(4, "big") + name + body


def _words(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "big") for number in numbers)


def _iso_file(seconds: float, brand: bytes) -> bytes:
    """A film of that length without tracks: `ftyp`, `moov` with its `mvhd`, and an empty `mdat`."""
    header = _words(0, 0, 0, TIMESCALE, round(seconds * TIMESCALE), 0x10000) + b"\x01\x00" + bytes(10)
    header += UNITY + bytes(24) + _words(1)  # the next track would be the first
    return _box(b"ftyp", brand, _words(0x200), b"isomiso2mp41") + _box(b"moov", _box(b"mvhd", header)) + _box(b"mdat")


def _element(name: bytes, content: bytes) -> bytes:
    """An EBML element; eight bytes of size serve any."""
    return name + b"\x01" + len(content).to_bytes(7, "big") + content


def _matroska(seconds: float) -> bytes:
    """A Matroska file with its duration and no track."""
    header = _element(b"\x42\x82", b"matroska") + _element(b"\x42\x87", b"\x04") + _element(b"\x42\x85", b"\x02")
    duration = _element(b"\x44\x89", struct.pack(">d", seconds * 1000.0))  # in units of the scale
    scale = _element(b"\x2a\xd7\xb1", (1_000_000).to_bytes(3, "big"))  # a millisecond, in nanoseconds
    info = scale + duration + _element(b"\x4d\x80", b"camb-tui") + _element(b"\x57\x41", b"camb-tui")
    segment = _element(b"\x15\x49\xa9\x66", info)
    return _element(b"\x1a\x45\xdf\xa3", header) + _element(b"\x18\x53\x80\x67", segment)


def _mxf(seconds: float) -> bytes:
    """An MXF header partition, closed and complete, with no essence and so with no length."""
    key = bytes.fromhex("060e2b34020501010d01020101020400")
    pattern = bytes.fromhex("060e2b34040101010d01020101010900")  # OP1a
    pack = struct.pack(">HHIQQQQQIQI", 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0) + pattern + struct.pack(">II", 0, 16)
    return key + b"\x83" + len(pack).to_bytes(3, "big") + pack


def _adts(seconds: float) -> bytes:
    """AAC-LC of one channel at 44.1 kHz that is silent; 1,024 samples a frame."""
    silence = bytes.fromhex("00c800802380")
    size = 7 + len(silence)
    header = (0xFFF1 << 40) | (1 << 38) | (4 << 34) | (1 << 30) | (size << 13) | (0x7FF << 2)
    return (header.to_bytes(7, "big") + silence) * max(1, round(seconds * 44_100 / 1024))


class Container(NamedTuple):
    """One format: its media type, and how a file of so many seconds is made."""

    media_type: str
    make: Callable[[float], bytes]


CONTAINERS: Mapping[str, Container] = {
    "mp4": Container("video/mp4", functools.partial(_iso_file, brand=b"isom")),
    "mov": Container("video/quicktime", functools.partial(_iso_file, brand=b"qt  ")),
    "m4a": Container("audio/mp4", functools.partial(_iso_file, brand=b"M4A ")),
    "mkv": Container("video/x-matroska", _matroska),
    "mxf": Container("application/mxf", _mxf),
    "aac": Container("audio/aac", _adts),
}
"""By file ending."""
