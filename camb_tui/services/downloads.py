"""Downloads: results saved to disk under safe names, written beside and renamed, never over a file that is there.

What an earlier save brought is not fetched again where its size still is the link's, nor kept twice where its bytes
are the same.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple, Protocol

from camb_tui.domain.errors import RejectedError, UsageError
from camb_tui.domain.kinds import KINDS, ResultShape, language_tag
from camb_tui.domain.results import Result, Script, Segment
from camb_tui.domain.submissions import task_languages
from camb_tui.domain.subtitles import DEFAULT_FORMATS, FORMATS
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.joining import join_audio
from camb_tui.services.result_folder import without_links
from camb_tui.services.results import ResultKeeper, chunks, is_bulk
from camb_tui.services.standing import files_of, of_size, same_file

AT_ONCE = 4
LINKED = (
    ResultShape.AUDIO, ResultShape.DUB, ResultShape.STORY, ResultShape.FILE, ResultShape.PREVIEWS,
    ResultShape.SEPARATION, ResultShape.SUBTITLES,
)  # fmt: skip
SPOKEN = (ResultShape.AUDIO, ResultShape.SPEECH_AND_TEXTS)
"""What gives the run's own sound without a link."""
DEAD = (403, 404, 410)
"""What a link that died is answered with; the run id brings a fresh one."""
LONGEST_NAME = 120
Progress = Callable[[int, int], None]
Done = Callable[[str, bool], None]
"""Told the path of each file that is there, and whether it is new rather than there already."""


class Downloaded(Protocol):
    """What the client says of a finished download."""

    @property
    def suffix(self) -> str: ...


class FileSource(Protocol):
    """What this needs of the client."""

    async def download(
        self, url: str, part: Path, *, on_progress: Progress | None = None, about: str | None = None
    ) -> Downloaded: ...

    async def file_size(self, url: str, *, about: str | None = None) -> int | None: ...

    async def audio(
        self, kind: str, run_id: int, part: Path, *, on_progress: Progress | None = None, about: str | None = None
    ) -> Downloaded: ...


class Piece(NamedTuple):
    """One file of a result: a text that is there, or a link to be fetched; with neither, the run's own sound."""

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


def pieces(result: Result, formats: Sequence[str] = DEFAULT_FORMATS) -> list[Piece]:
    """The files a result is saved as; `formats` are those of transcripts."""
    found: list[Piece]
    match result.shape:
        case ResultShape.TEXTS:
            return [Piece("", ".txt", text="\n".join(result.texts) + "\n")]
        case ResultShape.TRANSCRIPT:
            whole = {".json": _json(result)}  # as it came, with what segments do not hold
            found = _transcript("", result.segments, formats)
            return [piece._replace(text=whole.get(piece.suffix, piece.text)) for piece in found]
        case ResultShape.DUB:
            found = []
            for dub in result.dubs:
                tag = language_tag(dub.language) if dub.language else ""
                found += [Piece(tag, ".mp4", url=dub.video_url)] if dub.video_url else []
                found += [Piece(tag, ".flac", url=dub.audio_url)] if dub.audio_url else []
                found += _transcript(tag, dub.transcript, formats)
            return found
        case ResultShape.STORY:
            found = [Piece("", ".flac", url=result.audio_url)] if result.audio_url else []
            found += [Piece("dialogue", ".flac", url=result.dialogue_url)] if result.dialogue_url else []
            return found + _transcript("", result.segments, formats)
        case ResultShape.AUDIO:
            return [Piece("", ".flac", url=result.audio_url)]
        case ResultShape.SPEECH_AND_TEXTS:
            return [Piece("", ".flac"), Piece("", ".txt", text="\n".join(result.texts) + "\n")]
        case ResultShape.SUBTITLES:
            return [piece for script in result.scripts for piece in _script(script, formats)]
        case ResultShape.PROJECT:
            return [Piece("", ".json", text=_json(result))]
        case ResultShape.FILE | ResultShape.PREVIEWS | ResultShape.SEPARATION:
            several = len(result.files) > 1
            names = [file.name.replace(" ", "-") if several else "" for file in result.files]
            return [
                Piece(name, _suffix(file.url), url=file.url) for name, file in zip(names, result.files, strict=True)
            ]


def saved_together(tasks: Sequence[Task]) -> list[list[Task]]:
    """The tasks in groups: in one with several, one request brings the links of all."""
    alone: list[list[Task]] = []
    linked: dict[str, dict[int, Task]] = {}
    for task in tasks:
        is_linked = is_bulk(task) and KINDS[task.kind].result in LINKED
        if is_linked and task.run_id is not None and task.run_id not in linked.setdefault(task.kind, {}):
            linked[task.kind][task.run_id] = task
        else:
            alone.append([task])
    return [*(list(group.values()) for _, group in chunks(linked)), *alone]


def _script(script: Script, formats: Sequence[str]) -> list[Piece]:
    """The files of the subtitles in one language."""
    tag = language_tag(script.language) if script.language else ""
    if script.segments:
        return _transcript(tag, script.segments, formats)
    if script.url is not None:
        return [Piece(tag, ".txt", url=script.url)]
    return [Piece(tag, ".srt" if "-->" in script.text else ".txt", text=script.text)] if script.text else []


def _suffix(url: str) -> str:
    """The ending of the file a link leads to, where it is a plain one."""
    found = PurePosixPath(url.partition("?")[0]).suffix
    return found if found[1:].isalnum() and len(found) < 6 else ".bin"


def _transcript(part: str, segments: tuple[Segment, ...], formats: Sequence[str]) -> list[Piece]:
    if not segments:
        return []
    return [Piece(part, f".{form}", text=FORMATS[form](segments)) for form in formats]


def _json(result: Result) -> str:
    return json.dumps(without_links(result.raw), ensure_ascii=False, indent=1) + "\n"


def _renewed(old: list[Piece], fresh: list[Piece]) -> list[Piece]:
    """The pieces with the links of the fresh ones."""
    links = {(piece.part, piece.suffix): piece.url for piece in fresh if piece.url is not None}
    return [piece._replace(url=links.get((piece.part, piece.suffix), piece.url)) for piece in old]


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


def _keep_once(part: Path, folder: Path, stem: str, suffix: str) -> tuple[Path, bool]:
    """Give a finished file its final name, unless one with the same bytes has it; which it is, and if it is new."""
    there = same_file(part, folder, stem, suffix)
    if there is None:
        return put_in_place(part, folder, stem, suffix), True
    part.unlink()
    return there, False


def file_stem(template: str, task: Task, part: str) -> str:
    """The name of a task's file without its suffix.

    Raises:
        UsageError: The template is none.
    """
    words = {
        "key": task.key,
        "kind": task.kind,
        "language": task_languages(task),
        "task_id": task.task_id or "",
        "run_id": str(task.run_id or ""),
        "part": f"-{part}" if part else "",
    }
    label = safe_name(task.label[:80]) if task.label else task.kind
    try:
        # a long label gives way, not the words that tell the files apart
        while len((name := template.format_map(words | {"label": label})).encode()) > LONGEST_NAME and len(label) > 1:
            label = label[:-1].rstrip()
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        raise UsageError(f"download_name {template!r} in the settings: {error}") from error
    return safe_name(name)


class Downloads:
    """Saves results, a few at a time."""

    def __init__(
        self,
        source: Callable[[], Awaitable[FileSource]],
        keeper: ResultKeeper,
        *,
        template: str,
        formats: Sequence[str] = DEFAULT_FORMATS,
        progress: Callable[[str, str], None] = lambda key, text: None,
    ) -> None:
        self._source, self._keeper, self._template, self._progress = source, keeper, template, progress
        self._formats = formats
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[str] = set()

    async def save(
        self,
        task: Task,
        folder: Path,
        *,
        formats: Sequence[str] | None = None,
        done: Done = lambda path, is_new: None,
        fresh: Result | None = None,
    ) -> list[str]:
        """Save all files of a task's result into `folder`; their paths, each also told to `done` as it is there.

        A file that an earlier save brought, and that is still the same, stays the only one.

        A part that did not come whole stays beside them, hidden, and the next save goes on from it.

        `fresh` is the result where it was just asked for, with its links.

        Raises:
            CambError: There is no result, or it could not be fetched.
            UsageError: The folder cannot be written.
        """
        if task.key in self._under_way:
            raise UsageError(f"{task.label} is being saved already")
        self._under_way.add(task.key)
        try:
            async with self._slots:
                self._progress(task.key, "saving")
                folder.mkdir(parents=True, exist_ok=True)
                return await self._save(task, folder, self._formats if formats is None else formats, done, fresh)
        except OSError as error:
            raise UsageError(f"{task.label}: cannot save into {folder}: {error.strerror or error}") from error
        finally:
            self._under_way.discard(task.key)
            self._progress(task.key, "")

    async def save_texts(
        self, task: Task, folder: Path, texts: Sequence[Piece], done: Done = lambda path, is_new: None
    ) -> list[str]:
        """Save texts that are there, under the names a result's files have; their paths, each also told to `done`.

        Raises:
            UsageError: The folder cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            saved: list[str] = []
            for text in texts:
                path, is_new = await self._fetch(task, folder, text)
                saved.append(str(path))
                done(saved[-1], is_new)
            return saved
        except OSError as error:
            raise UsageError(f"{task.label}: cannot save into {folder}: {error.strerror or error}") from error

    async def _save(
        self, task: Task, folder: Path, formats: Sequence[str], done: Done, fresh: Result | None
    ) -> list[str]:
        kind = KINDS.get(task.kind)
        if kind is not None and kind.result is ResultShape.AUDIO and task.parts and task.status is TaskStatus.SUCCESS:
            joined, is_new = await self._fetch_joined(task, folder)
            done(str(joined), is_new)
            return [str(joined)]
        if fresh is None:
            fresh = await self._keeper.open(task, links=kind is not None and kind.result in LINKED)
        found = pieces(fresh, formats)
        if not found:
            raise UsageError(f"{task.label}: the result holds nothing to save")
        saved: list[str] = []
        is_renewed = False
        for place, piece in enumerate(found):
            try:
                path, is_new = await self._fetch(task, folder, found[place])
            except RejectedError as error:
                if piece.url is None or error.code not in DEAD:
                    raise
                if not is_renewed:
                    is_renewed = True
                    found = _renewed(found, pieces(await self._keeper.open(task, links=True), formats))
                    path, is_new = await self._fetch_again(task, folder, found[place])
                else:
                    path, is_new = await self._fetch_bare(task, folder, piece, error)
            saved.append(str(path))
            done(saved[-1], is_new)
        return saved

    async def _fetch_again(self, task: Task, folder: Path, piece: Piece) -> tuple[Path, bool]:
        try:
            return await self._fetch(task, folder, piece)
        except RejectedError as error:
            return await self._fetch_bare(task, folder, piece, error)

    async def _fetch_bare(self, task: Task, folder: Path, piece: Piece, error: RejectedError) -> tuple[Path, bool]:
        """The sound of a speech run itself, where its link is dead: it cannot be resumed, but needs no link."""
        kind = KINDS.get(task.kind)
        if kind is None or kind.result not in SPOKEN or task.run_id is None:
            raise error
        return await self._fetch(task, folder, piece._replace(url=None))

    async def _fetch(self, task: Task, folder: Path, piece: Piece) -> tuple[Path, bool]:
        """The file of a piece, and whether it is new."""
        stem = file_stem(self._template, task, piece.part)
        bare = "" if piece.url or piece.text is not None else "-bare"  # other bytes than the link's, so another part
        part = folder / f".{safe_name(task.key + piece.part + bare + piece.suffix)}.part"
        suffix = piece.suffix
        if piece.text is not None:
            text = piece.text.encode("utf-8", "replace").decode()
            await asyncio.to_thread(part.write_text, text, "utf-8")
        else:
            source = await self._source()
            stands = await self._standing(source, task, folder, stem, piece.url)
            if stands is not None:
                return stands, False

            def show(done: int, total: int) -> None:
                share = f" {100 * done // total} %" if total else ""
                self._progress(task.key, f"saving {done / 1e6:.1f} MB{share}")

            if piece.url is None:
                assert task.run_id is not None
                fetched = await source.audio(task.kind, task.run_id, part, on_progress=show, about=task.key)
            else:
                fetched = await source.download(piece.url, part, on_progress=show, about=task.key)
            suffix = fetched.suffix or suffix
        return await asyncio.to_thread(_keep_once, part, folder, stem, suffix)

    async def _standing(self, source: FileSource, task: Task, folder: Path, stem: str, url: str | None) -> Path | None:
        """What an earlier save of this task brought of this link, if it is there and of the size the link's file has.

        Only files of this task's are asked about: others may be of the same size and yet other sound.
        """
        found = await asyncio.to_thread(files_of, task.saved, folder, stem) if url is not None else []
        if url is None or not found or file_stem(self._template, task, "a") == file_stem(self._template, task, "b"):
            return None  # the last: names that tell no parts apart, so a size is all there would be
        return await asyncio.to_thread(of_size, found, await source.file_size(url, about=task.key))

    async def _fetch_joined(self, task: Task, folder: Path) -> tuple[Path, bool]:
        """The sound of a split task's parts as one file, and whether it is new."""
        source, parts = await self._source(), self._keeper.leaves(task)
        names = [folder / f".{safe_name(f'{task.key}-{place}-{part.key}')}.part" for place, part in enumerate(parts)]
        joined = folder / f".{safe_name(task.key + '-joined')}.part"
        for place, (part, name) in enumerate(zip(parts, names, strict=True)):
            if part.run_id is None:
                raise UsageError(f"{part.label} has no result: it is {part.shown_status}")
            self._progress(task.key, f"saving part {place + 1} of {len(parts)}")
            await source.audio(part.kind, part.run_id, name, about=part.key)
        self._progress(task.key, "joining the parts")
        suffix = await asyncio.to_thread(join_audio, names, joined)
        target = await asyncio.to_thread(_keep_once, joined, folder, file_stem(self._template, task, ""), suffix)
        for name in names:
            name.unlink(missing_ok=True)
        return target
