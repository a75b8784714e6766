"""Audio: what a file of sound is (format, length, loudness over time), read from its bytes without playing it.

WAV is read by the standard library, the headers of FLAC and MP3 here; their waveform needs miniaudio, the extra
`audio`.
"""

from __future__ import annotations

import array
import importlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from camb_tui.services.changes import AudioFacts

if TYPE_CHECKING:
    from wave import Wave_read

PEAKS = 240
"""Most columns of a waveform."""
SAMPLES_A_PEAK = 200
"""Samples looked at for one column: enough for a picture, few enough for an hour of sound."""
HEAD = 64 * 1024
SUFFIXES = frozenset({".wav", ".flac", ".mp3", ".ogg", ".aac", ".m4a", ".pcm"})
REMEMBERED = 200
"""Files whose facts are kept."""
_PCM = re.compile(r"pcm_[sf](16|32)(?:le|be)")
_BIT_RATES = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Kilobits a second of MP3's layer III, by MPEG version (2 stands for 2.5 as well)."""
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


class _Sound(NamedTuple):
    format: str
    rate: int
    channels: int
    bytes_a_second: float
    start: int = 0
    """Bytes before the first sound."""
    seconds: float | None = None


def heard_seconds(head: bytes, size: int, *, asked: Mapping[str, Any], native_rate: int) -> float | None:
    """Seconds of sound in the first `size` bytes of a stream that began with `head`; None where nobody can tell.

    Args:
        head: Its first bytes, some thousands of them where there are as many.
        size: Bytes so far.
        asked: The request; bare PCM says nothing of itself, so what was asked for counts.
        native_rate: Hertz of the model where the request names none.
    """
    sound = _sound(head)
    if sound is None:
        name = asked.get("output_configuration.format")
        found = _PCM.fullmatch(name) if isinstance(name, str) else None
        if found is None:
            return None
        rate = asked.get("output_configuration.sample_rate") or native_rate
        sound = _Sound("PCM", int(rate), 1, int(rate) * int(found[1]) / 8)
    if not sound.bytes_a_second:
        return None
    return max(0.0, (size - sound.start) / sound.bytes_a_second)


def read_facts(path: Path) -> AudioFacts:
    """What the file is; waits for the disk and may take a second, so it belongs into a thread.

    Raises:
        OSError: It cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD)
    sound = _sound(head)
    if sound is None:
        suffix = path.suffix.removeprefix(".").upper() or "unknown"
        return AudioFacts(str(path), suffix, size, remark="this format tells nothing of itself")
    seconds = sound.seconds
    if seconds is None and sound.bytes_a_second:
        seconds = max(0.0, (size - sound.start) / sound.bytes_a_second)
    peaks, remark = _peaks(path, sound, size)
    return AudioFacts(str(path), sound.format, size, seconds, sound.rate, sound.channels, peaks, remark)


def _sound(head: bytes) -> _Sound | None:
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return _wav(head)
    if head.startswith(b"fLaC"):
        return _flac(head)
    return _mp3(head)


def _wav(head: bytes) -> _Sound | None:
    """The format chunk of a WAV; its length is not believed, for a stream's header cannot know it."""
    place, found = 12, None
    while place + 8 <= len(head):
        name, length = head[place : place + 4], int.from_bytes(head[place + 4 : place + 8], "little")
        if name == b"fmt " and place + 24 <= len(head):
            channels = int.from_bytes(head[place + 10 : place + 12], "little")
            rate = int.from_bytes(head[place + 12 : place + 16], "little")
            bits = int.from_bytes(head[place + 22 : place + 24], "little")
            found = _Sound(f"WAV, {bits} bit", rate, channels, rate * channels * bits / 8)
        if name == b"data":
            return found._replace(start=place + 8) if found is not None else None
        place += 8 + length + length % 2
    return found


def _flac(head: bytes) -> _Sound | None:
    if len(head) < 26 or head[4] & 0x7F:
        return None
    packed = int.from_bytes(head[18:26], "big")
    rate, channels, bits = packed >> 44, (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1
    samples = packed & (1 << 36) - 1
    seconds = samples / rate if samples and rate else None
    return _Sound(f"FLAC, {bits} bit", rate, channels, 0.0, seconds=seconds)


def _mp3(head: bytes) -> _Sound | None:
    """The first frame's header; the length is exact for a constant bit rate, an estimate for another."""
    start = 0
    if head.startswith(b"ID3") and len(head) > 10:
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    if len(head) < start + 4 or head[start] != 0xFF or head[start + 1] & 0xE6 != 0xE2:
        return None
    version, flags = head[start + 1] >> 3 & 3, head[start + 2]
    rates, index = _RATES.get(version), flags >> 4
    if rates is None or flags >> 2 & 3 == 3 or index in (0, 15):
        return None
    kilobits = _BIT_RATES[1 if version == 3 else 2][index]
    channels = 1 if head[start + 3] >> 6 == 3 else 2
    return _Sound(f"MP3, {kilobits} kbit/s", rates[flags >> 2 & 3], channels, kilobits * 125.0, start)


def _peaks(path: Path, sound: _Sound, size: int) -> tuple[tuple[float, ...], str]:
    if sound.format.startswith("WAV"):
        import wave  # not needed before there is such a file

        try:
            with wave.open(str(path), "rb") as file:
                return _wav_peaks(file, size - sound.start), ""
        except (wave.Error, EOFError, ValueError) as error:
            return (), f"this WAV is not drawn: {error}"
    try:
        miniaudio = importlib.import_module("miniaudio")  # by name: types are checked without the extra
    except ImportError:
        return (), "the waveform needs miniaudio: pip install 'camb-tui[audio]'"
    try:
        return _decoded_peaks(miniaudio, path), ""
    except Exception as error:  # a foreign decoder over a foreign file; the facts stand without its picture
        return (), f"the waveform could not be read: {type(error).__name__}"


def _wav_peaks(file: Wave_read, size: int) -> tuple[float, ...]:
    width, step = file.getsampwidth(), file.getsampwidth() * file.getnchannels()
    frames = min(file.getnframes(), size // step)
    columns = min(PEAKS, frames)
    peaks = []
    for column in range(columns):
        first, last = frames * column // columns, frames * (column + 1) // columns
        file.setpos(first)
        data = file.readframes(min(last - first, SAMPLES_A_PEAK * 8))
        peaks.append(_loudest(data, width, step))
    return tuple(peaks)


def _loudest(data: bytes, width: int, step: int) -> float:
    stride = max(1, len(data) // step // SAMPLES_A_PEAK) * step
    if width == 1:  # the only unsigned one
        return max((abs(data[place] - 128) for place in range(0, len(data), stride)), default=0) / 128
    top = 1 << 8 * width - 1
    samples = (
        abs(int.from_bytes(data[place : place + width], "little", signed=True))
        for place in range(0, len(data) - width + 1, stride)
    )
    return min(1.0, max(samples, default=0) / top)


def _decoded_peaks(miniaudio: Any, path: Path) -> tuple[float, ...]:  # an optional library without types
    chunks: list[float] = []
    stream = miniaudio.stream_file(
        str(path), output_format=miniaudio.SampleFormat.SIGNED16, nchannels=1, sample_rate=8000, frames_to_read=400
    )
    for chunk in stream:
        samples = array.array("h", chunk)
        chunks.append(max(map(abs, samples), default=0) / 32768)
    columns = min(PEAKS, len(chunks))
    return tuple(
        max(chunks[len(chunks) * column // columns : len(chunks) * (column + 1) // columns])
        for column in range(columns)
    )


class Sounds:
    """Facts of files, each read once as long as the file stays as it is."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[int, int], AudioFacts]] = {}

    def read(self, paths: Sequence[str]) -> tuple[AudioFacts, ...]:
        """Facts of those that are files of sound; waits for the disk."""
        found = []
        for path in paths:
            if Path(path).suffix.lower() not in SUFFIXES:
                continue
            try:
                found.append(self._facts(path))
            except OSError as error:
                found.append(AudioFacts(path, "", 0, remark=f"it cannot be read: {error.strerror or error}"))
        return tuple(found)

    def _facts(self, path: str) -> AudioFacts:
        state = Path(path).stat()
        version = (state.st_mtime_ns, state.st_size)
        known = self._known.get(path)
        if known is not None and known[0] == version:
            return known[1]
        facts = read_facts(Path(path))
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[path] = version, facts
        return facts
