"""Syllables: a text becomes a melody of short vowel-like tones, one slot of a sixth of a second each.

There are few different syllables, and each is made once: a long text is then only a matter of putting cached pieces
in a row, which keeps the event loop free. The formats encode syllable by syllable for the same reason.
"""

from __future__ import annotations

import functools
import math
import sys
from array import array

SLOT_SECONDS = 0.16
REST = 0
"""The silent slot."""
VOWELS = ((730.0, 1090.0), (530.0, 1840.0), (300.0, 2250.0), (570.0, 840.0), (320.0, 870.0))
"""First and second formant of a, e, i, o and u, in hertz."""
STEPS = (1.0, 9 / 8, 5 / 4, 3 / 2, 5 / 3)
"""A pentatonic scale, so that any text gives a tune one can bear."""
VOICES = (110.0, 147.0, 196.0)
"""Lowest pitch of the low, the middle and the high voice, in hertz."""
HARMONICS = 14
LOUDEST = 9000
PAUSES = frozenset(".,;:!?…。、！？")
MOST_SLOTS = 1500
"""Four minutes: the longest text of /tts, spoken slowly."""


def slots_of(text: str, most: int = MOST_SLOTS) -> tuple[int, ...]:
    """The slots that speak a text: about three letters each, a rest after punctuation, at least one sound."""
    slots: list[int] = []
    for word in text.split():
        weight = sum(3 if ord(letter) > 0x2E7F else 1 for letter in word)  # a CJK sign is a syllable by itself
        seed = sum(place * ord(letter) for place, letter in enumerate(word, 1))
        sounds = max(1, math.ceil(weight / 3))
        slots += (1 + (seed + 7 * place) % (len(VOWELS) * len(STEPS)) for place in range(sounds))
        if word[-1] in PAUSES:
            slots.append(REST)
        if len(slots) >= most:
            break
    return tuple(slots[:most]) or (1,)


def voice_of(voice_id: int) -> int:
    """Which of the three voices an id speaks with."""
    return voice_id % len(VOICES)


def pitch_of(slot: int, voice: int) -> float:
    """Pitch of a sounding slot in hertz."""
    return VOICES[voice] * STEPS[(slot - 1) % len(STEPS)]


def loudness_of(slot: int, frequency: float) -> float:
    """How strong a vowel is at a frequency: two bumps, at its formants."""
    first, second = VOWELS[(slot - 1) // len(STEPS)]
    return (
        math.exp(-(((frequency - first) / 250.0) ** 2)) + 0.5 * math.exp(-(((frequency - second) / 350.0) ** 2)) + 0.04
    )


@functools.lru_cache(maxsize=512)
def samples_of(slot: int, voice: int, rate: int) -> array[int]:
    """The 16-bit samples of one slot, in this machine's byte order; always `SLOT_SECONDS` long."""
    length = round(rate * SLOT_SECONDS)
    if slot == REST:
        return array("h", bytes(2 * length))
    pitch = pitch_of(slot, voice)
    period = round(rate / pitch)
    overtones = [(number, loudness_of(slot, number * pitch)) for number in range(1, HARMONICS + 1)]
    overtones = [(number, weight) for number, weight in overtones if number * pitch < rate * 0.45]
    wave = [
        sum(weight * math.sin(math.tau * number * place / period) for number, weight in overtones)
        for place in range(period)
    ]
    scale = LOUDEST / max(map(abs, wave))
    edge = length // 6
    return array(
        "h",
        (
            round(scale * wave[place % period] * min(1.0, place / edge, (length - 1 - place) / edge))
            for place in range(length)
        ),
    )


@functools.lru_cache(maxsize=512)
def little_endian(slot: int, voice: int, rate: int) -> bytes:
    """The samples of one slot as WAV wants them, 16 bits little-endian."""
    samples = samples_of(slot, voice, rate)
    if sys.byteorder == "big":
        samples = array("h", samples)
        samples.byteswap()
    return samples.tobytes()
