"""Joining: the results of a split task's parts made one: texts in order, sound without a sample lost or added.

WAV and FLAC are joined as they are, never decoded; `flac` owns how FLAC frames are renumbered. Anything else, or parts
that differ in rate, channels or width, cannot be joined, and that is said.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from camb_tui.domain.errors import UsageError
from camb_tui.domain.kinds import ResultShape, find_language
from camb_tui.domain.parts import join_texts
from camb_tui.domain.results import Result
from camb_tui.domain.tasks import Task

WITHOUT_SPACES = frozenset({"zh", "ja", "yue", "wuu"})
_LARGEST_WAV = 0xFFFF_FFFF - 4096
_AT_ONCE = 1 << 20


class _Wav(NamedTuple):
    path: Path
    format: bytes
    """The whole `fmt ` chunk's content."""
    start: int
    size: int


def join_audio(paths: Sequence[Path], target: Path) -> str:
    """Write the sound of these files, in order, into `target`; the ending its name should have.

    Raises:
        UsageError: They are of no format that can be joined, or not all of one.
        OSError: A file cannot be read or written.
    """
    heads = {_head(path) for path in paths}
    if heads == {b"fLaC"}:
        from camb_tui.services.flac import NoFlacError, join_flac  # most sessions never join anything

        try:
            join_flac(paths, target)
        except NoFlacError as error:
            raise UsageError(f"the parts' sound cannot be joined: {error}") from error
        return ".flac"
    if heads == {b"RIFF"}:
        _join_wav(paths, target)
        return ".wav"
    if len(heads) > 1:
        raise UsageError("the parts' sound cannot be joined: they came in different formats")
    raise UsageError("the parts' sound cannot be joined: it is neither FLAC nor WAV")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _join_wav(paths: Sequence[Path], target: Path) -> None:
    parts = [_read_wav(path) for path in paths]
    first = parts[0].format
    if any(part.format != first for part in parts):
        raise UsageError("the parts' sound cannot be joined: sample rate, channels or width differ")
    size = sum(part.size for part in parts)
    if size > _LARGEST_WAV:
        raise UsageError("the parts' sound cannot be joined: together it is too large for a WAV file")
    with target.open("wb") as out:
        padded = first + b"\0" * (len(first) % 2)
        head = b"WAVEfmt " + struct.pack("<I", len(first)) + padded + b"data" + struct.pack("<I", size)
        out.write(b"RIFF" + struct.pack("<I", len(head) + size + size % 2) + head)
        for part in parts:
            with part.path.open("rb") as file:
                file.seek(part.start)
                _copy(file, out, part.size)
        out.write(b"\0" * (size % 2))


def _copy(file: BinaryIO, out: BinaryIO, size: int) -> None:
    while size > 0 and (piece := file.read(min(size, _AT_ONCE))):
        out.write(piece)
        size -= len(piece)


def _read_wav(path: Path) -> _Wav:
    """Where the samples lie; a size of a file that was streamed (0 or the largest) means up to the end."""
    length = path.stat().st_size
    with path.open("rb") as file:
        if file.read(12)[8:] != b"WAVE":
            raise UsageError(f"the parts' sound cannot be joined: {path.name} is no WAV file")
        form = b""
        while len(chunk := file.read(8)) == 8:
            name, size = chunk[:4], struct.unpack("<I", chunk[4:])[0]
            if name == b"fmt ":
                form = file.read(size)
                file.seek(size % 2, 1)
            elif name == b"data":
                if len(form) < 16:
                    break
                start = file.tell()
                rest = length - start
                size = rest if size in (0, 0xFFFF_FFFF) or size > rest else size
                block = struct.unpack("<H", form[12:14])[0] or 1
                return _Wav(path, form, start, size - size % block)
            else:
                file.seek(size + size % 2, 1)
    raise UsageError(f"the parts' sound cannot be joined: {path.name} is no whole WAV file")


def join_results(task: Task, leaves: Sequence[Task], results: Sequence[Result], shape: ResultShape) -> Result:
    """The results of a split task's parts as one.

    Raises:
        UsageError: A part gave back another number of texts than it was sent.
    """
    if shape is ResultShape.AUDIO:
        links = [result.audio_url or "" for result in results]
        return Result(shape=shape, part_urls=tuple(links), raw={"output_urls": links})
    target = task.request.get("target_language")
    groups = []
    for leaf, result in zip(leaves, results, strict=True):
        if len(result.texts) != len(leaf.request.get("texts") or ()):
            raise UsageError(f"{leaf.label}: as many texts came back as were not sent; the parts cannot be joined")
        groups.append((result.texts, text_joint(leaf.joint, str(target))))
    texts = join_texts(groups)
    return Result(shape=shape, texts=tuple(texts), raw={"texts": texts})


def text_joint(joint: str | None, target: str) -> str | None:
    """What stands between two translated parts: as in the source, but for blanks that only one language uses."""
    if joint not in ("", " "):
        return joint
    language = find_language(target)
    tag = (language.tag if language is not None else target).partition("-")[0]
    return "" if tag in WITHOUT_SPACES else " "
