"""FLAC: a small encoder for one channel of 16 bits, one syllable a frame.

Sound uses the second-order fixed predictor with one Rice partition, silence a constant subframe. A frame differs from
its twin elsewhere in the file only by its number, so bodies are encoded once and only headers and checksums are made
anew. Source: RFC 9639.
"""

from __future__ import annotations

import functools
import hashlib
from array import array
from collections.abc import Iterator, Sequence

from camb_tui.simulator.audio.syllables import little_endian, samples_of


def _table(polynomial: int, width: int) -> tuple[int, ...]:
    top, mask = 1 << (width - 1), (1 << width) - 1
    rows = []
    for byte in range(256):
        row = byte << (width - 8)
        for _ in range(8):
            row = ((row << 1) ^ polynomial if row & top else row << 1) & mask
        rows.append(row)
    return tuple(rows)


CRC8 = _table(0x07, 8)
CRC16 = _table(0x8005, 16)


def crc8(data: bytes) -> int:
    """Checksum of a frame's header."""
    crc = 0
    for byte in data:
        crc = CRC8[crc ^ byte]
    return crc


def crc16(data: bytes, crc: int = 0) -> int:
    """Checksum of a whole frame, or its continuation from `crc`."""
    for byte in data:
        crc = ((crc << 8) & 0xFFFF) ^ CRC16[(crc >> 8) ^ byte]
    return crc


@functools.lru_cache(maxsize=512)
def _shift(length: int) -> tuple[int, ...]:
    """What `length` bytes make of each single bit of an earlier checksum: CRCs are linear."""
    zeros = bytes(length)
    return tuple(crc16(zeros, 1 << bit) for bit in range(16))


def _joined_crc(head_crc: int, body_crc: int, length: int) -> int:
    joined = body_crc
    for bit, image in enumerate(_shift(length)):
        if head_crc >> bit & 1:
            joined ^= image
    return joined


class _Bits:
    """Bits, most significant first."""

    def __init__(self) -> None:
        self._done = bytearray()
        self._held = 0
        self._count = 0

    def put(self, value: int, width: int) -> None:
        self._held = self._held << width | value
        self._count += width
        if self._count >= 64:
            spare = self._count % 8
            self._done += (self._held >> spare).to_bytes((self._count - spare) // 8, "big")
            self._held &= (1 << spare) - 1
            self._count = spare

    def padded(self) -> bytes:
        self.put(0, -self._count % 8)
        return bytes(self._done) + self._held.to_bytes(self._count // 8, "big")


def _subframe(samples: array[int]) -> bytes:
    bits = _Bits()
    if not any(samples):
        bits.put(0, 8)  # constant
        bits.put(0, 16)
        return bits.padded()
    bits.put(0b001010 << 1, 8)  # fixed predictor, order 2
    for sample in samples[:2]:
        bits.put(sample & 0xFFFF, 16)
    residuals = [
        now - 2 * before + earlier
        for now, before, earlier in zip(samples[2:], samples[1:], samples, strict=False)  # the last two are one shorter
    ]
    folded = [2 * value if value >= 0 else -2 * value - 1 for value in residuals]
    parameter = min(14, max(0, (sum(folded) // len(folded)).bit_length() - 1))
    bits.put(parameter, 10)  # Rice coding with four-bit parameters, one partition
    for value in folded:
        bits.put(1, (value >> parameter) + 1)
        bits.put(value & ((1 << parameter) - 1), parameter)
    return bits.padded()


@functools.lru_cache(maxsize=512)
def _body(slot: int, voice: int, rate: int) -> tuple[bytes, int]:
    body = _subframe(samples_of(slot, voice, rate))
    return body, crc16(body)


def _coded_number(number: int) -> bytes:
    """A frame's number, in the way of UTF-8."""
    return chr(number).encode("utf-8", "surrogatepass")


def _frame(number: int, slot: int, voice: int, rate: int) -> bytes:
    body, body_crc = _body(slot, voice, rate)
    length = len(samples_of(slot, voice, rate))
    # Sync and fixed block size; block size follows, rate as in STREAMINFO; mono, 16 bits.
    head = bytes((0xFF, 0xF8, 0x70, 0x08)) + _coded_number(number) + (length - 1).to_bytes(2, "big")
    head += bytes((crc8(head),))
    return head + body + _joined_crc(crc16(head), body_crc, len(body)).to_bytes(2, "big")


def encode(slots: Sequence[int], voice: int, rate: int) -> Iterator[bytes]:
    """The file, piece by piece: the head, then a frame a slot."""
    length = len(samples_of(0, voice, rate))
    digest = hashlib.md5(usedforsecurity=False)
    for slot in slots:
        digest.update(little_endian(slot, voice, rate))
    info = length.to_bytes(2, "big") * 2 + bytes(6)  # block sizes; frame sizes unknown
    info += (rate << 44 | 0 << 41 | 15 << 36 | length * len(slots)).to_bytes(8, "big")
    info += digest.digest()
    yield b"fLaC" + bytes((0x80,)) + len(info).to_bytes(3, "big") + info
    for number, slot in enumerate(slots):
        yield _frame(number, slot, voice, rate)
