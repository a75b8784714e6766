"""Formats: every format audio is asked for in, by the service's own name.

`adts` is missing: AAC is not made here, and the simulator says so with a 422 instead of sending something else.
"""

from __future__ import annotations

import functools
import sys
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from camb_tui.simulator.audio import flac, mp3
from camb_tui.simulator.audio.syllables import little_endian, samples_of

Encoder = Callable[[Sequence[int], int, int], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """One format: its name in the API, its media type, its file ending, and how slots become bytes."""

    name: str
    media_type: str
    suffix: str
    encode: Encoder
    """Takes slots, voice and sample rate; gives the file piece by piece."""

    def file(self, slots: Sequence[int], voice: int, rate: int) -> bytes:
        """The whole file."""
        return b"".join(self.encode(slots, voice, rate))


def _wav(slots: Sequence[int], voice: int, rate: int) -> Iterator[bytes]:
    size = len(slots) * len(little_endian(0, voice, rate))
    layout = b"".join(
        number.to_bytes(width, "little")
        for number, width in ((16, 4), (1, 2), (1, 2), (rate, 4), (2 * rate, 4), (2, 2), (16, 2))
    )
    yield b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt " + layout + b"data" + size.to_bytes(4, "little")
    for slot in slots:
        yield little_endian(slot, voice, rate)


@functools.lru_cache(maxsize=512)
def _raw(code: str, scale: float, big: bool, slot: int, voice: int, rate: int) -> bytes:
    samples = samples_of(slot, voice, rate)
    values = array(
        code, (sample * scale for sample in samples) if code == "f" else (sample * int(scale) for sample in samples)
    )
    if big != (sys.byteorder == "big"):
        values.byteswap()
    return values.tobytes()


def _pcm(code: str, scale: float, *, big: bool) -> Encoder:
    def encode(slots: Sequence[int], voice: int, rate: int) -> Iterator[bytes]:
        for slot in slots:
            yield _raw(code, scale, big, slot, voice, rate)

    return encode


def _pcm_format(name: str, code: str, scale: float) -> AudioFormat:
    return AudioFormat(name, "audio/pcm", "pcm", _pcm(code, scale, big=name.endswith("be")))


FORMATS: Mapping[str, AudioFormat] = {
    each.name: each
    for each in (
        AudioFormat("mp3", "audio/mpeg", "mp3", mp3.encode),
        AudioFormat("flac", "audio/flac", "flac", flac.encode),
        AudioFormat("wav", "audio/wav", "wav", _wav),
        _pcm_format("pcm_s16le", "h", 1),
        _pcm_format("pcm_s16be", "h", 1),
        _pcm_format("pcm_s32le", "i", 65536),
        _pcm_format("pcm_s32be", "i", 65536),
        _pcm_format("pcm_f32le", "f", 1 / 32768),
        _pcm_format("pcm_f32be", "f", 1 / 32768),
    )
}


def find_format(name: str) -> AudioFormat | None:
    """The format of that name or file ending."""
    return FORMATS.get(name)
