"""Downloads: results saved to disk under safe names, written beside and renamed, never over a file that is there."""

from __future__ import annotations

import asyncio
import json
import os
import re
import unicodedata
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from camb_tui.domain.errors import UsageError
from camb_tui.domain.kinds import KINDS, ResultShape, language_tag
from camb_tui.domain.results import Result, Segment
from camb_tui.domain.submissions import task_languages
from camb_tui.domain.subtitles import to_srt, to_text
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.joining import join_audio
from camb_tui.services.results import ResultKeeper, without_links

AT_ONCE = 4
LINKED = (ResultShape.DUB, ResultShape.STORY)
LONGEST_NAME = 120
Progress = Callable[[int, int], None]


class Downloaded(Protocol):
    """What the client says of a finished download."""

    @property
    def suffix(self) -> str: ...


class FileSource(Protocol):
    """What this needs of the client."""

    async def download(self, url: str, part: Path, *, on_progress: Progress | None = None) -> Downloaded: ...

    async def audio(self, run_id: int, part: Path, *, on_progress: Progress | None = None) -> Downloaded: ...


class Piece(NamedTuple):
    """One file of a result: a text that is there, or a link to be fetched."""

    part: str
    """What tells it from the task's other files, empty for the only one."""
    suffix: str
    text: str | None = None
    url: str | None = None


def safe_name(name: str) -> str:
    """A file name made of what a label holds: no folder, no control character, no leading dot, not too long."""
    flat = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    flat = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in flat)
    flat = re.sub(r'[/\\:*?"<>|]+', "-", flat)
    flat = re.sub(r"\s+", " ", flat).strip(" .-")
    while len(flat.encode()) > LONGEST_NAME:
        flat = flat[:-1]
    return flat.rstrip(" .-") or "result"


def pieces(task: Task, result: Result) -> list[Piece]:
    """The files a result is saved as."""
    match result.shape:
        case ResultShape.TEXTS:
            return [Piece("", ".txt", text="\n".join(result.texts) + "\n")]
        case ResultShape.TRANSCRIPT:
            return [*_transcript("", result.segments), Piece("", ".json", text=_json(result))]
        case ResultShape.DUB:
            found: list[Piece] = []
            for dub in result.dubs:
                tag = language_tag(dub.language) if dub.language else ""
                found += [Piece(tag, ".mp4", url=dub.video_url)] if dub.video_url else []
                found += [Piece(tag, ".flac", url=dub.audio_url)] if dub.audio_url else []
                found += _transcript(tag, dub.transcript)[:1]
            return found
        case ResultShape.STORY:
            found = [Piece("", ".flac", url=result.audio_url)] if result.audio_url else []
            found += [Piece("dialogue", ".flac", url=result.dialogue_url)] if result.dialogue_url else []
            return found + _transcript("", result.segments)
        case ResultShape.AUDIO:
            return [Piece("", ".flac", url=result.audio_url)]


def _transcript(part: str, segments: tuple[Segment, ...]) -> list[Piece]:
    if not segments:
        return []
    return [Piece(part, ".srt", text=to_srt(segments)), Piece(part, ".txt", text=to_text(segments))]


def _json(result: Result) -> str:
    return json.dumps(without_links(result.raw), ensure_ascii=False, indent=1) + "\n"


def put_in_place(part: Path, folder: Path, stem: str, suffix: str) -> Path:
    """Give a finished file its final name, the first of `stem`, `stem-2`, ... that is free."""
    for number in range(1, 10_000):
        target = folder / f"{stem}{f'-{number}' if number > 1 else ''}{suffix}"
        try:
            os.link(part, target)
        except FileExistsError:
            continue
        except OSError:  # a file system without hard links
            if target.exists():
                continue
            part.rename(target)
            return target
        part.unlink()
        return target
    raise UsageError(f"{folder} holds ten thousand files called {stem}")


class Downloads:
    """Saves results, a few at a time."""

    def __init__(
        self,
        source: Callable[[], Awaitable[FileSource]],
        keeper: ResultKeeper,
        *,
        template: str,
        progress: Callable[[str, str], None] = lambda key, text: None,
    ) -> None:
        self._source, self._keeper, self._template, self._progress = source, keeper, template, progress
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def save(self, task: Task, folder: Path) -> list[str]:
        """Save all files of a task's result into `folder`; their paths.

        Raises:
            CambError: There is no result, or it could not be fetched.
            UsageError: The folder cannot be written.
        """
        async with self._slots:
            self._progress(task.key, "saving")
            try:
                folder.mkdir(parents=True, exist_ok=True)
                return await self._save(task, folder)
            except OSError as error:
                raise UsageError(f"{task.label}: cannot save into {folder}: {error.strerror or error}") from error
            finally:
                self._progress(task.key, "")

    async def _save(self, task: Task, folder: Path) -> list[str]:
        kind = KINDS.get(task.kind)
        if kind is not None and kind.result is ResultShape.AUDIO and task.parts and task.status is TaskStatus.SUCCESS:
            return [str(await self._fetch_joined(task, folder))]
        if kind is not None and kind.result is ResultShape.AUDIO and task.run_id is not None:
            return [str(await self._fetch(task, folder, Piece("", ".flac")))]
        result = await self._keeper.open(task, links=kind is not None and kind.result in LINKED)
        found = pieces(task, result)
        if not found:
            raise UsageError(f"{task.label}: the result holds nothing to save")
        return [str(await self._fetch(task, folder, piece)) for piece in found]

    async def _fetch(self, task: Task, folder: Path, piece: Piece) -> Path:
        stem = self._stem(task, piece.part)
        part = folder / f".{safe_name(task.key + piece.part + piece.suffix)}.part"
        suffix = piece.suffix
        if piece.text is not None:
            part.write_text(piece.text.encode("utf-8", "replace").decode(), "utf-8")
        else:
            source = await self._source()

            def show(done: int, total: int) -> None:
                share = f" {100 * done // total} %" if total else ""
                self._progress(task.key, f"saving {done / 1e6:.1f} MB{share}")

            if piece.url is None:
                assert task.run_id is not None
                done = await source.audio(task.run_id, part, on_progress=show)
            else:
                done = await source.download(piece.url, part, on_progress=show)
            suffix = done.suffix or suffix
        return put_in_place(part, folder, stem, suffix)

    async def _fetch_joined(self, task: Task, folder: Path) -> Path:
        """The sound of a split task's parts as one file."""
        source, parts = await self._source(), self._keeper.leaves(task)
        names = [folder / f".{safe_name(f'{task.key}-{place}-{part.key}')}.part" for place, part in enumerate(parts)]
        joined = folder / f".{safe_name(task.key + '-joined')}.part"
        for place, (part, name) in enumerate(zip(parts, names, strict=True)):
            if part.run_id is None:
                raise UsageError(f"{part.label} has no result: it is {part.shown_status}")
            self._progress(task.key, f"saving part {place + 1} of {len(parts)}")
            await source.audio(part.run_id, name)
        self._progress(task.key, "joining the parts")
        suffix = await asyncio.to_thread(join_audio, names, joined)
        target = put_in_place(joined, folder, self._stem(task, ""), suffix)
        for name in names:
            name.unlink(missing_ok=True)
        return target

    def _stem(self, task: Task, part: str) -> str:
        words = {
            "label": task.label[:80] or task.kind,
            "key": task.key,
            "kind": task.kind,
            "language": task_languages(task),
            "task_id": task.task_id or "",
            "run_id": str(task.run_id or ""),
            "part": f"-{part}" if part else "",
        }
        try:
            return safe_name(self._template.format_map(words))
        except (KeyError, ValueError, IndexError, AttributeError) as error:
            raise UsageError(f"download_name {self._template!r} in the settings: {error}") from error
