"""MP3: tones written straight into Layer III frames.

There is no filter bank here: a syllable's harmonics are set as spectral lines of the frame, each one step loud, and
the global gain sets how loud a step is. So the file is a true MPEG-1 Layer III stream with an audible tune, a buzzing
one. Every frame stands alone (no bit reservoir), which makes pieces freely joinable. Source: ISO/IEC 11172-3.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence

from camb_tui.simulator.audio.syllables import HARMONICS, REST, SLOT_SECONDS, loudness_of, pitch_of

RATES = {48000: 0b01, 32000: 0b10}
"""Sample rates whose frames at 64 kbit/s are whole bytes, and their codes."""
FRAME_SAMPLES = 1152
SIDE_BYTES = 17
PAIRS = ("1", "001", "01", "000")
"""Huffman table 1: the code of (x, y) at index 2x + y."""
GAIN = 192
"""Global gain of a sounding granule; 210 would make a step the full scale."""


def nearest_rate(rate: int) -> int:
    """The rate of ours that is nearest."""
    return min(RATES, key=lambda candidate: abs(candidate - rate))


def _lines(slot: int, voice: int, rate: int) -> list[int]:
    """The spectral lines that sound: the strongest harmonics of the syllable."""
    width = rate / FRAME_SAMPLES
    pitch = pitch_of(slot, voice)
    harmonics = sorted(range(1, HARMONICS + 1), key=lambda number: -loudness_of(slot, number * pitch))[:5]
    return sorted({int(number * pitch / width) for number in harmonics})


def _sign(line: int, granule: int) -> str:
    """The sign with which a line goes on in phase: a quarter turn a granule, forward or back by the line's parity."""
    return str((granule + (line % 2 == 0)) // 2 % 2)


def _granule(lines: Sequence[int], granule: int) -> tuple[str, str]:
    """Side information and main data of one granule, as texts of bits."""
    loud = set(lines)
    pairs = (max(lines) // 2 + 1) if lines else 0
    data = []
    for pair in range(pairs):
        sounding = [line for line in (2 * pair, 2 * pair + 1) if line in loud]
        code = PAIRS[2 * (2 * pair in loud) + (2 * pair + 1 in loud)]
        data.append(code + "".join(_sign(line, granule) for line in sounding))
    main = "".join(data)
    side = f"{len(main):012b}{pairs:09b}{GAIN:08b}0000" + "0" + "00001" * 3 + "0000" + "000" + "000"
    return side, main


def _frame(lines: Sequence[int], rate: int, number: int) -> bytes:
    size = 144 * 64000 // rate
    sides, mains = zip(*(_granule(lines, 2 * number + half) for half in range(2)), strict=True)
    side = "0" * 18 + "".join(sides)
    body = side + "".join(mains)
    body += "0" * (-len(body) % 8)
    head = bytes((0xFF, 0xFB, 0b0101 << 4 | RATES[rate] << 2, 0b11 << 6))  # no checksum, 64 kbit/s, one channel
    return (head + int(body, 2).to_bytes(len(body) // 8, "big")).ljust(size, b"\0")


@functools.lru_cache(maxsize=512)
def _syllable(slot: int, voice: int, rate: int) -> bytes:
    count = math.ceil(SLOT_SECONDS * rate / FRAME_SAMPLES)
    lines = [] if slot == REST else _lines(slot, voice, rate)
    # The last frame is silent: a syllable must end to be heard as one.
    return b"".join(_frame(lines if number < count - 1 else [], rate, number) for number in range(count))


def encode(slots: Sequence[int], voice: int, rate: int) -> Iterator[bytes]:
    """The file, a few frames a slot, at the rate of ours nearest to the one asked for."""
    near = nearest_rate(rate)
    for slot in slots:
        yield _syllable(slot, voice, near)
