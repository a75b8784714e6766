"""The audio must be what its format says, for any decoder: miniaudio is the witness."""

from __future__ import annotations

from typing import Any

import pytest

from camb_tui.simulator.audio import FORMATS, SLOT_SECONDS, slots_of
from camb_tui.simulator.audio.mp3 import RATES, nearest_rate
from camb_tui.simulator.audio.syllables import MOST_SLOTS, REST, little_endian

miniaudio = pytest.importorskip("miniaudio", reason="not installed where it must be compiled")

TEXT = "The stairs are steep, so take your time. " * 30
AUDIBLE = 2000


def decode(data: bytes, rate: int) -> Any:  # miniaudio ships no types
    return miniaudio.decode(data, output_format=miniaudio.SampleFormat.SIGNED16, nchannels=1, sample_rate=rate)


@pytest.mark.parametrize("rate", [22_050, 24_000, 48_000])
@pytest.mark.parametrize("name", ["wav", "flac"])
def test_lossless_formats_decode_to_the_very_samples(name: str, rate: int) -> None:
    """A frame number, a checksum or a residual that is off would show as other or fewer samples."""
    slots = slots_of(TEXT)
    decoded = decode(FORMATS[name].file(slots, 1, rate), rate)
    assert decoded.sample_rate == rate
    assert decoded.samples.tobytes() == b"".join(little_endian(slot, 1, rate) for slot in slots)


def test_flac_survives_more_frames_than_one_byte_numbers() -> None:
    """Frame numbers are coded in one byte up to 127, in two up to 2047."""
    slots = slots_of("harbour " * 400)
    assert len(slots) > 128
    decoded = decode(FORMATS["flac"].file(slots, 0, 22_050), 22_050)
    assert decoded.num_frames == len(slots) * len(little_endian(REST, 0, 22_050)) // 2


@pytest.mark.parametrize("rate", sorted(RATES))
def test_mp3_decodes_to_audible_sound_of_the_right_length(rate: int) -> None:
    slots = slots_of(TEXT)
    decoded = decode(FORMATS["mp3"].file(slots, 1, rate), rate)
    assert max(map(abs, decoded.samples)) > AUDIBLE
    assert decoded.duration == pytest.approx(len(slots) * SLOT_SECONDS, rel=0.15)


def test_mp3_takes_the_nearest_rate_it_has() -> None:
    assert nearest_rate(22_050) == 32_000
    assert nearest_rate(44_100) == 48_000


def test_speech_is_audible_and_grows_with_its_text() -> None:
    short, long = slots_of("Good morning."), slots_of(TEXT)
    assert len(long) > 20 * len(short)
    assert max(map(abs, decode(FORMATS["wav"].file(short, 0, 24_000), 24_000).samples)) > AUDIBLE


def test_slots_are_bounded_and_never_empty() -> None:
    assert len(slots_of("word " * 100_000)) == MOST_SLOTS
    assert len(slots_of("")) == 1
    assert len(slots_of("今日は古い灯台を訪ねます。")) >= 12


@pytest.mark.parametrize(("name", "width"), [("pcm_s16le", 2), ("pcm_s16be", 2), ("pcm_s32le", 4), ("pcm_f32be", 4)])
def test_raw_formats_have_their_width(name: str, width: int) -> None:
    slots = slots_of("Good morning.")
    assert len(FORMATS[name].file(slots, 0, 24_000)) == width * len(slots) * round(24_000 * SLOT_SECONDS)


def test_byte_orders_differ() -> None:
    slots = slots_of("Good morning.")
    little, big = FORMATS["pcm_s16le"].file(slots, 0, 24_000), FORMATS["pcm_s16be"].file(slots, 0, 24_000)
    assert little[0::2] == big[1::2]
    assert little[1::2] == big[0::2]
