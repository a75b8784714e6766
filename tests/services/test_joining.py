"""Joining: sound without a sample lost or added, texts in order, and what cannot be joined is said."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from camb_tui.domain.errors import UsageError
from camb_tui.domain.kinds import ResultShape
from camb_tui.domain.results import Result
from camb_tui.services.flac import _coded, _read_coded
from camb_tui.services.joining import join_audio, join_results, text_joint
from camb_tui.simulator.audio.formats import FORMATS
from tests.services.fakes import a_task

RATE = 24_000
miniaudio = pytest.importorskip("miniaudio", reason="it has no wheel for this machine")


def sound(folder: Path, name: str, form: str, slots: Sequence[int], rate: int = RATE) -> Path:
    path = folder / name
    path.write_bytes(FORMATS[form].file(slots, 1, rate))
    return path


def decoded(path: Path) -> bytes:
    """The samples as an independent decoder reads them."""
    found = miniaudio.decode_file(str(path), nchannels=1, sample_rate=RATE)
    return bytes(found.samples)


@pytest.mark.parametrize("form", ["flac", "wav"])
@pytest.mark.parametrize("parts", [[[0, 1, 2] * 60, [3, 4], [5] * 70], [[1]], [[2] * 300, [0]]])
def test_joined_sound_is_the_parts_sound_to_the_sample(tmp_path: Path, form: str, parts: list[list[int]]) -> None:
    """One hundred and twenty-eight frames is where numbers take two bytes, which moves all that follows."""
    paths = [sound(tmp_path, f"{place}.part", form, slots) for place, slots in enumerate(parts)]
    joined = tmp_path / "joined.part"
    assert join_audio(paths, joined) == f".{form}"
    assert decoded(joined) == b"".join(map(decoded, paths))
    info = {"flac": miniaudio.flac_get_file_info, "wav": miniaudio.wav_get_file_info}[form](str(joined))
    assert info.num_frames * 2 == len(decoded(joined)), "the head says how much there is"


def test_frames_of_several_lengths_are_joined_again(tmp_path: Path) -> None:
    """A joined file is numbered by samples instead of frames; it may be a part itself, of a part split again."""
    first = [sound(tmp_path, "a", "flac", [0, 1]), sound(tmp_path, "b", "flac", [2])]
    once, twice = tmp_path / "once", tmp_path / "twice"
    join_audio(first, once)
    join_audio([once, first[0]], twice)
    assert decoded(twice) == decoded(once) + decoded(first[0])


@pytest.mark.parametrize(
    "number", [0, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x1FFFFF, 1 << 26, 1 << 31, (1 << 36) - 1]
)
def test_frame_numbers_are_coded_as_they_are_read(number: int) -> None:
    coded = _coded(number)
    assert _read_coded(coded) == (number, len(coded))
    if number < 0x11_0000 and not 0xD800 <= number < 0xE000:
        assert coded == chr(number).encode()


Spoil = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-40],
        lambda data: data[:20],
        lambda data: data[:42] + bytes(8) + data[50:],
        lambda data: data[:-1] + bytes((data[-1] ^ 1,)),
    ],
    ids=["cut off", "head alone", "first frame gone", "last checksum wrong"],
)
def test_a_damaged_part_is_noticed(tmp_path: Path, spoil: Spoil) -> None:
    """A gap in the middle of an audiobook would be found by its listeners."""
    whole, broken = sound(tmp_path, "a", "flac", [0, 1, 2]), sound(tmp_path, "b", "flac", [0, 1, 2])
    broken.write_bytes(spoil(broken.read_bytes()))
    with pytest.raises(UsageError, match="cannot be joined"):
        join_audio([whole, broken], tmp_path / "joined")


@pytest.mark.parametrize(
    ("forms", "rates", "why"),
    [
        (("flac", "wav"), (RATE, RATE), "different formats"),
        (("mp3", "mp3"), (RATE, RATE), "cannot be joined"),
        (("flac", "flac"), (RATE, 48_000), "differ"),
        (("wav", "wav"), (RATE, 48_000), "differ"),
    ],
)
def test_what_cannot_be_joined_says_why(
    tmp_path: Path, forms: tuple[str, str], rates: tuple[int, int], why: str
) -> None:
    paths = [
        sound(tmp_path, str(place), form, [0, 1], rate)
        for place, (form, rate) in enumerate(zip(forms, rates, strict=True))
    ]
    with pytest.raises(UsageError, match=why):
        join_audio(paths, tmp_path / "joined")


def test_a_streamed_wav_without_its_size_and_with_other_chunks_is_read(tmp_path: Path) -> None:
    """A service that streams does not know the size when it writes the head."""
    plain = sound(tmp_path, "a", "wav", [0, 1])
    data = plain.read_bytes()
    odd = tmp_path / "b"
    odd.write_bytes(data[:36] + b"LIST" + struct.pack("<I", 3) + b"abc\0" + b"data" + b"\xff" * 4 + data[44:] + b"\0")
    join_audio([plain, odd], tmp_path / "joined")
    assert decoded(tmp_path / "joined") == decoded(plain) * 2


def test_no_wav_is_said(tmp_path: Path) -> None:
    broken = tmp_path / "a"
    broken.write_bytes(b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0")
    with pytest.raises(UsageError, match="no whole WAV"):
        join_audio([broken], tmp_path / "joined")


def a_part(texts: list[str], joint: str | None) -> Any:
    return a_task(kind="translation", request={"texts": texts}, joint=joint)


def a_result(*texts: str) -> Result:
    return Result(shape=ResultShape.TEXTS, texts=texts)


def test_texts_are_joined_in_order_with_what_stood_between() -> None:
    whole = a_task(kind="translation", request={"texts": ["x"], "target_language": "es-es"})
    parts = [a_part(["a"], None), a_part(["b"], "\n\n"), a_part(["c", "d"], None)]
    found = join_results(whole, parts, [a_result("A"), a_result("B"), a_result("C", "D")], ResultShape.TEXTS)
    assert found.texts == ("A\n\nB", "C", "D")


def test_a_part_with_too_few_texts_is_not_joined() -> None:
    """The texts after it would stand beside the wrong sources."""
    whole = a_task(kind="translation", request={"texts": ["x"], "target_language": "es-es"})
    with pytest.raises(UsageError, match="cannot be joined"):
        join_results(whole, [a_part(["a", "b"], None)], [a_result("A")], ResultShape.TEXTS)


@pytest.mark.parametrize(
    ("joint", "target", "stands"),
    [
        (" ", "es-es", " "),
        ("", "en-us", " "),
        (" ", "zh-cn", ""),
        ("", "ja-jp", ""),
        ("\n\n", "zh-cn", "\n\n"),
        (None, "en-us", None),
        (" ", "1", " "),
    ],
)
def test_blanks_between_sentences_are_those_of_the_target(joint: str | None, target: str, stands: str | None) -> None:
    assert text_joint(joint, target) == stands
