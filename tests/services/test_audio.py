"""What sound is, read from its bytes: lengths of every format, hostile headers, peaks, and playing."""

from __future__ import annotations

import importlib.util
import sys
import types
import wave
from pathlib import Path
from typing import Any

import pytest

from camb_tui.domain.errors import UsageError
from camb_tui.services.audio import Sounds, heard_seconds, read_facts
from camb_tui.services.changes import AudioFacts
from camb_tui.services.playing import Player, can_play
from camb_tui.simulator.audio import find_format, slots_of
from camb_tui.simulator.audio.syllables import voice_of

RATE = 24_000


def sound(name: str) -> bytes:
    """Some seconds of the simulator's speech."""
    form = find_format(name)
    assert form is not None
    return b"".join(form.encode(slots_of("It was a dark and stormy night."), voice_of(20303), RATE))


@pytest.fixture
def seconds(tmp_path: Path) -> float:
    """How long that speech is."""
    path = tmp_path / "reference.wav"
    path.write_bytes(sound("wav"))
    facts = read_facts(path)
    assert facts.seconds is not None
    return facts.seconds


@pytest.mark.parametrize("name", ["wav", "mp3", "pcm_s16le", "pcm_f32be"])
def test_the_length_of_a_stream_is_told_from_what_came(name: str, seconds: float) -> None:
    """Before it is whole, and without decoding it."""
    data = sound(name)
    asked = {"output_configuration.format": name, "output_configuration.sample_rate": RATE}
    told = heard_seconds(data[:4096], len(data), asked=asked, native_rate=48_000)
    assert told == pytest.approx(seconds, rel=0.2), "an MP3 is padded to whole frames"
    half = heard_seconds(data[:4096], len(data) // 2, asked=asked, native_rate=48_000)
    assert half == pytest.approx((told or 0) / 2, rel=0.1)


def test_a_flac_stream_does_not_tell_and_bare_samples_go_by_the_models_rate() -> None:
    assert heard_seconds(sound("flac")[:4096], 10_000, asked={}, native_rate=48_000) is None
    assert (
        heard_seconds(b"\0" * 96, 96_000, asked={"output_configuration.format": "pcm_s16le"}, native_rate=48_000) == 1
    )


@pytest.mark.parametrize("name", ["wav", "flac", "mp3"])
def test_facts_and_waveform_of_a_saved_file(tmp_path: Path, name: str, seconds: float) -> None:
    path = tmp_path / f"a.{name}"
    path.write_bytes(sound(name))
    facts = read_facts(path)
    assert facts.format.startswith(name.upper())
    assert (facts.rate, facts.channels) == (32_000 if name == "mp3" else RATE, 1), "MP3 has no 24 kHz in version 1"
    if name != "flac" or facts.seconds is not None:
        assert facts.seconds == pytest.approx(seconds, rel=0.2)
    if name == "wav" or importlib.util.find_spec("miniaudio") is not None:
        assert 0.1 < max(facts.peaks) <= 1.0
        assert min(facts.peaks) < 0.1, "there are pauses between the words"


def test_without_miniaudio_the_facts_stand_and_say_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "miniaudio", None)
    path = tmp_path / "a.mp3"
    path.write_bytes(sound("mp3"))
    facts = read_facts(path)
    assert facts.seconds is not None
    assert facts.peaks == ()
    assert "camb-tui[audio]" in facts.remark


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_samples_of_every_width_are_drawn(tmp_path: Path, bits: int) -> None:
    path = tmp_path / "a.wav"
    loud = bytes([255]) if bits == 8 else (2 ** (bits - 1) - 1).to_bytes(bits // 8, "little", signed=True)
    quiet = bytes([128]) if bits == 8 else bytes(bits // 8)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(bits // 8)
        file.setframerate(8000)
        file.writeframes(quiet * 4000 + loud * 4000)
    peaks = read_facts(path).peaks
    assert peaks[0] == 0
    assert peaks[-1] == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        b"RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff",
        b"RIFF\0\0\0\0WAVEdata\xff\xff\xff\xff",
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0data\0\0\0\0",
        b"fLaC" + b"\xff" * 40,
        b"fLaC\0\0\0\x22" + b"\0" * 40,
        b"ID3" + b"\x7f" * 20,
        b"\xff\xfb" + b"\xff" * 20,
        b"\xff\xfb\x00\x00" * 5,
    ],
)
def test_headers_of_nonsense_are_no_reason_to_stop(tmp_path: Path, data: bytes) -> None:
    """The service's bytes are read before anything is known of them."""
    heard_seconds(data, len(data), asked={}, native_rate=48_000)
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    assert read_facts(path).size == len(data)


def test_a_file_is_read_once_as_long_as_it_stays_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.wav"
    reads: list[Path] = []
    path.write_bytes(sound("wav"))
    real = read_facts

    def count(one: Path) -> AudioFacts:
        reads.append(one)
        return real(one)

    monkeypatch.setattr("camb_tui.services.audio.read_facts", count)
    sounds = Sounds()
    assert sounds.read([str(path), str(tmp_path / "a.srt")]) == sounds.read([str(path)])
    assert len(reads) == 1
    path.write_bytes(sound("wav") + b"\0\0")
    sounds.read([str(path)])
    assert len(reads) == 2
    path.unlink()
    assert "cannot be read" in sounds.read([str(path)])[0].remark


def test_sound_is_not_played_where_nobody_would_hear_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setattr("sys.platform", "linux")
    (tmp_path / "pcmC0D0p").touch()
    assert can_play({}, cards=tmp_path)
    assert not can_play({"SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}, cards=tmp_path)
    assert not can_play({}, cards=tmp_path / "none")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not can_play({}, cards=tmp_path)


def test_playing_is_turned_on_and_off_by_the_same_word(monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[str] = []

    class Device:
        def start(self, stream: Any) -> None:
            played.append(stream)

        def close(self) -> None:
            played.append("closed")

    fake = types.SimpleNamespace(stream_file=lambda path: path, PlaybackDevice=Device)
    monkeypatch.setitem(sys.modules, "miniaudio", fake)
    player = Player()
    assert "playing a.wav" in player.turn(("/x.srt", "/a.wav"))
    assert player.turn(("/a.wav",)) == "stopped"
    assert played == ["/a.wav", "closed"]
    with pytest.raises(UsageError, match="no saved sound"):
        player.turn(("/x.srt",))
