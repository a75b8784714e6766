"""FLAC files joined frame by frame, without decoding: headers are renumbered, what they say of the sound stays.

A joined stream has frames of several lengths (each part's last is short), so all are numbered by their first sample,
and the blocking strategy bit says so. A header that changed changes two checksums. The one over the whole frame need
not be computed anew from the frame: CRCs are linear, so the old header's share is taken out of it and the new one's put
in, each moved by the length of the rest. Source: RFC 9639.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

_SMALLEST_BLOCK = 16
_LONGEST_HEADER = 16


class NoFlacError(Exception):
    """These files cannot be joined as FLAC; the text says why."""


class _Stream(NamedTuple):
    """What STREAMINFO says of a file, and where its frames begin."""

    rate: int
    channels: int
    bits: int
    samples: int
    """0 where it does not say."""
    largest_block: int
    start: int

    @property
    def layout(self) -> tuple[int, int, int]:
        return self.rate, self.channels, self.bits


class _Frame(NamedTuple):
    """One frame: where it begins, its header's length, and what the header says."""

    start: int
    header: int
    coded: int
    """Bytes the number takes."""
    block: int
    number: int
    variable: bool


def _table(polynomial: int, width: int) -> tuple[int, ...]:
    top, mask = 1 << (width - 1), (1 << width) - 1
    rows = []
    for byte in range(256):
        row = byte << (width - 8)
        for _ in range(8):
            row = ((row << 1) ^ polynomial if row & top else row << 1) & mask
        rows.append(row)
    return tuple(rows)


_CRC8 = _table(0x07, 8)
_CRC16 = _table(0x8005, 16)


def _crc8(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc = _CRC8[crc ^ byte]
    return crc


def _crc16(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc = ((crc << 8) & 0xFFFF) ^ _CRC16[(crc >> 8) ^ byte]
    return crc


_Matrix = tuple[int, ...]
"""What becomes of each single bit of a checksum."""


def _apply(matrix: _Matrix, crc: int) -> int:
    found = 0
    for bit, image in enumerate(matrix):
        if crc >> bit & 1:
            found ^= image
    return found


@lru_cache(maxsize=64)
def _by_power(power: int) -> _Matrix:
    """What 2 ** power zero bytes after it make of a checksum."""
    if power == 0:
        return tuple(((1 << bit << 8) & 0xFFFF) ^ _CRC16[1 << bit >> 8] for bit in range(16))
    half = _by_power(power - 1)
    return tuple(_apply(half, image) for image in half)


def _moved(crc: int, length: int) -> int:
    """The checksum after `length` more zero bytes."""
    power = 0
    while length:
        if length & 1:
            crc = _apply(_by_power(power), crc)
        length >>= 1
        power += 1
    return crc


def _coded(number: int) -> bytes:
    """A number in the way of UTF-8, up to 36 bits."""
    if number < 0x80:
        return bytes((number,))
    more = 1
    while number >> (6 * more + 6 - more) and more < 6:
        more += 1
    if number >> 36:
        raise NoFlacError("together it is too long")
    lead = (0xFF << (7 - more)) & 0xFF | number >> 6 * more
    return bytes((lead, *(0x80 | number >> 6 * (more - 1 - place) & 0x3F for place in range(more))))


def _read_coded(data: bytes) -> tuple[int, int] | None:
    """The number at the start, and how many bytes it takes."""
    lead = data[0]
    if lead < 0x80:
        return lead, 1
    more = 0
    while lead << (more + 1) & 0x80:
        more += 1
    if not 1 <= more <= 6 or len(data) <= more:
        return None
    number = lead & (0x3F >> more) if more < 6 else 0
    for byte in data[1 : more + 1]:
        if byte & 0xC0 != 0x80:
            return None
        number = number << 6 | byte & 0x3F
    return number, more + 1


def _read_frame(data: mmap.mmap, at: int) -> _Frame | None:
    """The frame whose header begins there, None where there is none: fields in range, and the header's CRC holds."""
    head = data[at : at + _LONGEST_HEADER]
    if len(head) < 6 or head[0] != 0xFF or head[1] & 0xFE != 0xF8:
        return None
    block_code, rate_code = head[2] >> 4, head[2] & 15
    if not block_code or rate_code == 15 or head[3] >> 4 > 10 or head[3] & 1 or head[3] >> 1 & 7 == 3:
        return None
    found = _read_coded(head[4:])
    if found is None:
        return None
    number, coded = found
    rest = 4 + coded
    block_bytes = {6: 1, 7: 2}.get(block_code, 0)
    rate_bytes = {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    length = rest + block_bytes + rate_bytes + 1
    if len(head) < length or _crc8(head[: length - 1]) != head[length - 1]:
        return None
    if block_bytes:
        block = int.from_bytes(head[rest : rest + block_bytes], "big") + 1
    else:
        block = 192 if block_code == 1 else 576 << (block_code - 2) if block_code < 6 else 256 << (block_code - 8)
    return _Frame(at, length, coded, block, number, bool(head[1] & 1))


def _read_stream(data: mmap.mmap, name: str) -> _Stream:
    if data[:4] != b"fLaC" or len(data) < 42 or data[4] & 0x7F:
        raise NoFlacError(f"{name} is no FLAC file")
    info = data[8:42]
    packed = int.from_bytes(info[10:18], "big")
    at, last = 4, False
    while not last:
        head = data[at : at + 4]
        if len(head) < 4:
            raise NoFlacError(f"{name} is cut off")
        last = bool(head[0] & 0x80)
        at += 4 + int.from_bytes(head[1:], "big")
    return _Stream(
        rate=packed >> 44,
        channels=(packed >> 41 & 7) + 1,
        bits=(packed >> 36 & 31) + 1,
        samples=packed & (1 << 36) - 1,
        largest_block=int.from_bytes(info[2:4], "big"),
        start=at,
    )


def _frames(data: mmap.mmap, stream: _Stream, name: str) -> Iterator[tuple[_Frame, int]]:
    """Each frame with its end. A frame begins where a whole header stands that counts on from the one before."""
    frame = _read_frame(data, stream.start)
    if frame is None:
        raise NoFlacError(f"{name} has no frame where the first should be")
    done, place = 0, 0
    while frame is not None:
        done += frame.block
        place += 1
        following, at = None, frame.start + frame.header + 2
        while following is None and (at := data.find(b"\xff", at)) >= 0:
            found = _read_frame(data, at)
            if found is not None and found.variable == frame.variable:
                expected = done if frame.variable else frame.number + 1
                following = found if found.number == expected else None
            at += 1
        end = following.start if following is not None else len(data)
        if following is None and _crc16(data[frame.start : end]):  # with its own checksum behind it a frame gives 0
            raise NoFlacError(f"{name} is cut off or damaged")
        yield frame, end
        frame = following
    if stream.samples and done != stream.samples:
        raise NoFlacError(f"{name} holds {done:,} samples and says {stream.samples:,}")


def _renumbered(data: mmap.mmap, frame: _Frame, end: int, first_sample: int) -> bytes:
    old = data[frame.start : frame.start + frame.header]
    body = data[frame.start + frame.header : end - 2]
    new = bytes((0xFF, 0xF9)) + old[2:4] + _coded(first_sample) + old[4 + frame.coded : -1]
    new += bytes((_crc8(new),))
    crc = int.from_bytes(data[end - 2 : end], "big") ^ _moved(_crc16(old), len(body)) ^ _moved(_crc16(new), len(body))
    return new + body + crc.to_bytes(2, "big")


def join_flac(paths: Sequence[Path], target: Path) -> int:
    """Write the frames of these files, in order, into one FLAC file; the number of its samples.

    Raises:
        NoFlacError: One is none or damaged, or they differ in sample rate, channels or width.
        OSError: A file cannot be read or written.
    """
    layout: tuple[int, int, int] | None = None
    done, blocks, sizes = 0, [], []
    with target.open("wb") as out:
        out.write(bytes(42))  # its length is known now, what it says at the end
        for path in paths:
            with path.open("rb") as file, _mapped(file, path) as data:
                stream = _read_stream(data, path.name)
                if layout is not None and stream.layout != layout:
                    raise NoFlacError("sample rate, channels or width differ")
                layout = stream.layout
                for frame, end in _frames(data, stream, path.name):
                    written = _renumbered(data, frame, end, done)
                    out.write(written)
                    done += frame.block
                    blocks.append(frame.block)
                    sizes.append(len(written))
        assert layout is not None, "at least one file is joined"
        out.seek(0)
        out.write(_stream_info(layout, done, blocks, sizes))
    return done


def _mapped(file: BinaryIO, path: Path) -> mmap.mmap:
    try:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError:
        raise NoFlacError(f"{path.name} is empty") from None


def _stream_info(layout: tuple[int, int, int], samples: int, blocks: Sequence[int], sizes: Sequence[int]) -> bytes:
    """The file's head; the digest of the sound is left open, since nothing was decoded."""
    rate, channels, bits = layout
    smallest = max(_SMALLEST_BLOCK, min(blocks[:-1], default=blocks[-1]))  # the last block does not count
    largest = max(smallest, *blocks)
    info = smallest.to_bytes(2, "big") + largest.to_bytes(2, "big")
    info += min(sizes).to_bytes(3, "big") + max(sizes).to_bytes(3, "big")
    info += (rate << 44 | channels - 1 << 41 | bits - 1 << 36 | samples & (1 << 36) - 1).to_bytes(8, "big")
    return b"fLaC" + bytes((0x80,)) + (34).to_bytes(3, "big") + info + bytes(16)
