"""Streams: speech into a file and translations into a text as they come, one POST each, never asked again by itself.

Owns what goes on between the POST and the stream's end: the part on disk, what is shown of it, how it is cancelled.
The outbox decides when it is sent and keeps its outcome; the client decides what was an error.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from camb_tui.domain import life
from camb_tui.domain.advice import CANCELLED
from camb_tui.domain.errors import NoAnswerError, ServiceError, StreamEndedError, UsageError
from camb_tui.domain.kinds import ResultShape, form_of
from camb_tui.domain.kinds.streaming import SPEECH_MODELS
from camb_tui.domain.results import Result, read_result
from camb_tui.domain.tasks import Task
from camb_tui.services.audio import heard_seconds
from camb_tui.services.changes import StreamView
from camb_tui.services.downloads import file_stem, put_in_place
from camb_tui.services.wire.suffixes import sniff_suffix

SHOW_EVERY = 0.25
"""Seconds between two looks of the screen at a stream, and between two writes of a slow one."""
WRITE_AT = 64 * 1024
HEAD = 4096
LONGEST_TEXT = 8_000_000
SHOWN_TEXT = 100_000
_SUFFIXES = {"mp3": ".mp3", "wav": ".wav", "flac": ".flac", "adts": ".aac"}


class Spoken(Protocol):
    """What the client says of a stream before its first byte; iterating gives what comes."""

    content_type: str
    credits: str | None


class Bytes(Spoken, AsyncIterable[bytes], Protocol):
    """Speech."""


class Texts(Spoken, AsyncIterable[str], Protocol):
    """A translation."""


class StreamSource(Protocol):
    """What this needs of the client."""

    def stream_tts(
        self, request: Mapping[str, Any], *, about: str | None = None
    ) -> AbstractAsyncContextManager[Bytes]: ...

    def stream_translation(
        self, request: Mapping[str, Any], *, about: str | None = None
    ) -> AbstractAsyncContextManager[Texts]: ...


class Streamed(NamedTuple):
    """A stream that the service took and that is over."""

    words: str
    """What came, in words."""
    saved: tuple[str, ...] = ()
    whole: bool = True


def taken(task: Task, answer: str | Streamed, *, now: float) -> Task:
    """What the answer to a create makes of its task: with its id, or, of one that is streamed, with what came."""
    if isinstance(answer, Streamed):
        return life.streamed(task, answer.words, whole=answer.whole, saved=answer.saved, now=now)
    return life.taken(task, answer, now=now)


class _Live:
    """One stream under way: what has come, and when the screen last heard of it."""

    def __init__(self, task: Task, show: Callable[[str, StreamView], None], clock: Callable[[], float]) -> None:
        self.task, self._show, self._clock = task, show, clock
        self.began = self._shown = clock()
        self.first: float | None = None
        self.credits: str | None = None
        self.size = self.characters = 0
        self.is_taken = False
        self.head = b""
        self.texts: list[str] = []

    def begin(self, stream: Spoken) -> None:
        """The service took it."""
        self.is_taken = True
        self.credits = stream.credits
        self.show()

    def came(self, size: int) -> bool:
        """So many bytes came; whether it is time to write and to show."""
        if self.first is None:
            self.first = self._clock() - self.began
            self.size += size
            self.show()
            return True
        self.size += size
        is_due = self._clock() - self._shown >= SHOW_EVERY
        if is_due:
            self.show()
        return is_due

    def show(self, *, is_over: bool = False) -> None:
        self._shown = self._clock()
        self._show(self.task.key, self.view(is_over=is_over))

    def view(self, *, is_over: bool) -> StreamView:
        return StreamView(
            size=self.size,
            first_byte=self.first,
            seconds=self.seconds,
            credits=self.credits,
            text="".join(self.texts)[:SHOWN_TEXT],
            is_over=is_over,
        )

    @property
    def seconds(self) -> float | None:
        """Seconds of sound so far."""
        if not self.head:
            return None
        model = self.task.request.get("speech_model")
        native = SPEECH_MODELS.get(str(model), next(iter(SPEECH_MODELS.values())))
        return heard_seconds(self.head, self.size, asked=self.task.request, native_rate=native)

    def words(self) -> str:
        """What came, in words."""
        much = f"{self.characters:,} characters" if self.texts else size_words(self.size)
        said = [much, f"{self.seconds:,.1f} s of audio" if self.seconds is not None else ""]
        said.append(f"first byte after {self.first:.1f} s" if self.first is not None else "")
        said.append(f"{self.credits} credits" if self.credits else "")
        return ", ".join(filter(None, said))


class Streams:
    """Runs streams; what several need is here, what one needs in `_Live`."""

    def __init__(
        self,
        source: Callable[[], Awaitable[StreamSource]],
        *,
        folder: str,
        template: str,
        show: Callable[[str, StreamView], None],
        keep: Callable[[str, Result], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args:
        source: Gives the client.
        folder: Where files go whose task names no folder; empty for the current one.
        template: Of a file's name.
        show: Told what has come, now and then.
        keep: Keeps a text beside the session.
        clock: Seconds that only grow.
        """
        self._source, self._folder, self._template = source, folder, template
        self._show, self._keep, self._clock = show, keep, clock
        self._running: dict[str, asyncio.Timeout] = {}

    def cancel(self, keys: Sequence[str] | None = None) -> int:
        """End these streams, or all; how many were under way."""
        found = [key for key in (self._running if keys is None else keys) if key in self._running]
        for key in found:
            self._running[key].reschedule(asyncio.get_running_loop().time())
        return len(found)

    async def run(self, task: Task) -> Streamed:
        """Send a task's stream and take it in to its end.

        Raises:
            StreamEndedError: The service took it, and it did not come whole.
            ServiceError: By its class it says whether the service may have taken it.
            UsageError: Nothing was sent: its file could not be made.
        """
        live = _Live(task, self._show, self._clock)
        scope = asyncio.timeout(None)
        try:
            async with scope:
                self._running[task.key] = scope
                source = await self._source()
                if form_is_speech(task):
                    return await self._speech(source, live)
                return await self._text(source, live)
        except TimeoutError:
            if not scope.expired():
                raise
            raise self._cancelled(live) from None
        finally:
            self._running.pop(task.key, None)
            live.show(is_over=True)

    @staticmethod
    def _cancelled(live: _Live) -> ServiceError:
        if not live.is_taken:
            return NoAnswerError(f"{CANCELLED} before the service answered; it may be charged all the same")
        came = size_words(live.size)
        return StreamEndedError(
            f"{CANCELLED} after {came}, which were thrown away; it may be charged all the same",
            size=live.size,
            cancelled=True,
        )

    # ------------------------------------------------------------ speech

    async def _speech(self, source: StreamSource, live: _Live) -> Streamed:
        task = live.task
        folder, stem = self._place(task)
        part = folder / f".{stem[:80]}-{task.key}.stream.part"
        file = _open(part)
        is_kept = False
        try:
            async with source.stream_tts(task.request, about=task.key) as stream:
                live.begin(stream)
                try:
                    await self._take_in(stream, file, live)
                except NoAnswerError as error:
                    is_kept = live.size > 0
                    raise StreamEndedError(_broke(live, str(error), part), size=live.size) from error
                except OSError as error:
                    words = f"{part} could not be written: {error.strerror or error}"
                    raise StreamEndedError(_broke(live, words, None), size=live.size) from error
            file.close()
            suffix = self._suffix(live, stream.content_type)
            try:
                saved = await asyncio.to_thread(put_in_place, part, folder, stem, suffix)
            except OSError as error:
                is_kept = True
                words = f"it came whole and is in {part}, which could not be renamed: {error.strerror or error}"
                raise StreamEndedError(words, size=live.size) from error
            return Streamed(live.words(), (str(saved),))
        finally:
            file.close()
            if not is_kept:
                part.unlink(missing_ok=True)

    async def _take_in(self, stream: Bytes, file: BinaryIO, live: _Live) -> None:
        waiting = bytearray()
        try:
            async for chunk in stream:
                if len(live.head) < HEAD:
                    live.head += chunk[:HEAD]
                waiting += chunk
                if live.came(len(chunk)) or len(waiting) >= WRITE_AT:
                    full, waiting = waiting, bytearray()
                    await asyncio.to_thread(file.write, full)
        finally:
            file.write(waiting)
        if not live.size:
            raise NoAnswerError("the stream ended without a byte")

    @staticmethod
    def _suffix(live: _Live, content_type: str) -> str:
        asked = str(live.task.request.get("output_configuration.format") or "mp3")
        if asked.startswith("pcm"):
            return ".pcm"  # bare samples, which may begin with anything
        found = sniff_suffix(live.head, content_type)
        return _SUFFIXES.get(asked, found) if found == ".bin" else found

    # -------------------------------------------------------------- text

    async def _text(self, source: StreamSource, live: _Live) -> Streamed:
        task = live.task
        place = self._place(task) if task.folder else None
        async with source.stream_translation(task.request, about=task.key) as stream:
            live.begin(stream)
            try:
                async for piece in stream:
                    live.texts.append(piece)
                    live.characters += len(piece)
                    live.came(len(piece.encode("utf-8", "replace")))
                    if live.characters > LONGEST_TEXT:
                        raise NoAnswerError(f"it is longer than {LONGEST_TEXT:,} characters")
            except NoAnswerError as error:
                self._keep_text(live)
                raise StreamEndedError(_broke(live, str(error), None), size=live.size) from error
        if not live.characters:
            raise StreamEndedError("the stream ended without a word; it may be charged all the same", size=0)
        self._keep_text(live)
        saved = await asyncio.to_thread(_write_text, *place, task, "".join(live.texts)) if place is not None else ()
        return Streamed(live.words(), saved)

    def _keep_text(self, live: _Live) -> None:
        if live.characters:
            self._keep(live.task.key, read_result(ResultShape.TEXTS, {"texts": ["".join(live.texts)]}))

    def _place(self, task: Task) -> tuple[Path, str]:
        folder = Path(task.folder or self._folder or ".").expanduser().absolute()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{task.label}: cannot save into {folder}: {error.strerror or error}") from error
        return folder, file_stem(self._template, task, "")


def form_is_speech(task: Task) -> bool:
    """Whether the stream is sound rather than text."""
    form = form_of(task.kind, streamed=True)
    if form is None:
        raise UsageError(f"{task.kind} has no streaming route")
    return form.result is ResultShape.AUDIO


def size_words(size: int) -> str:
    """Bytes, in words."""
    return f"{size:,} bytes" if size < 10_000 else f"{size / 1000:,.1f} KB" if size < 1e6 else f"{size / 1e6:,.1f} MB"


def _broke(live: _Live, why: str, part: Path | None) -> str:
    kept = f"; what came is in {part}" if part is not None and live.size else ""
    return f"{size_words(live.size)} came, then it broke: {why}{kept}; it may be charged all the same"


def _open(part: Path) -> BinaryIO:
    try:
        return part.open("wb")
    except OSError as error:
        raise UsageError(f"cannot write {part}: {error.strerror or error}") from error


def _write_text(folder: Path, stem: str, task: Task, text: str) -> tuple[str, ...]:
    part = folder / f".{stem[:80]}-{task.key}.stream.part"
    try:
        part.write_text(text.encode("utf-8", "replace").decode() + "\n", "utf-8")
        return (str(put_in_place(part, folder, stem, ".txt")),)
    except OSError as error:
        message = f"it came whole and is kept beside the session, but {folder} cannot be written: {error}"
        raise StreamEndedError(message, size=len(text)) from error
