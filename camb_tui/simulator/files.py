"""Result files: what links lead to, made when they are asked for.

A link bears its end and a signature, as those of object stores do, so nothing is kept per link. Files need no key.
Ranges are served, so that a broken download can go on where it stopped.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.responses import Response, StreamingResponse
from starlette.types import Scope

from camb_tui.domain.kinds import FieldType, ResultShape, language_tag
from camb_tui.simulator.audio import find_format, slots_of
from camb_tui.simulator.audio.syllables import SLOT_SECONDS, voice_of
from camb_tui.simulator.containers import CONTAINERS
from camb_tui.simulator.scripts import EXPORTS, Segment, dubbed, export, film_segments, media_seconds, story_segments
from camb_tui.simulator.translating import translate
from camb_tui.simulator.validation import targets_of
from camb_tui.simulator.world import SimulatedTask, World

RATE = 24_000
PREVIEWS = (1, 2, 3)
"""Numbers of the voices a description is answered with."""
MUSIC_SECONDS = 20.0
BACKGROUND = "♪ ♫ ♩ ♬"
"""What is heard behind the speech: a few tones, over and over."""
PIECE = 64 * 1024
MOST_KEPT = 6
RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
GONE = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>{}</Message></Error>'
TEXT_TYPES = {"srt": "application/x-subrip", "vtt": "text/vtt; charset=utf-8", "txt": "text/plain; charset=utf-8"}


def origin_of(scope: Scope) -> str:
    """Scheme, host and port as the client reached us, so that links work through a forwarded port too."""
    host = next((value for name, value in scope["headers"] if name == b"host"), None)
    if host is None:
        address, port = scope["server"]
        return f"{scope['scheme']}://{address}:{port}"
    return f"{scope['scheme']}://{host.decode('latin-1')}"


def segments_of(task: SimulatedTask, language: int | str | None = None) -> list[Segment]:
    """The transcript of a task that has one: of its source, or in one of its targets."""
    if task.kind.result is ResultShape.STORY:
        told = story_segments(task.source or task)
        return told if task.kind.follows is None else dubbed(told, task.request["target_language"])
    request = task.request
    source = request.get("source_language", request.get("language", "en-us"))
    media = request.get("media_file") or request.get("media_url") or request.get("video_url")
    options = {name.partition(".")[2]: value for name, value in request.items() if "." in name}
    segments = film_segments(source, media_seconds(media), options)
    return segments if language is None or language == source else dubbed(segments, language)


def speech_of(task: SimulatedTask, name: str) -> tuple[str, int]:
    """What an audio file of a task says, and the id of the voice that says it."""
    request = task.request
    if task.kind.result is ResultShape.DUB:
        tag = name.split(".")[1]
        return _spoken(segments_of(task, tag)), sum(map(ord, tag))
    if task.kind.result is ResultShape.STORY:
        segments = segments_of(task)
        if name.startswith("dialogue"):
            segments = [segment for segment in segments if segment["speaker"] != "Narrator"] or segments[:1]
        return _spoken(segments), int((task.source or task).request.get("narrator_voice_id") or 0)
    if task.kind.result is ResultShape.SEPARATION:
        return (_spoken(segments_of(task)), 0) if name.startswith("foreground") else (BACKGROUND, 1)
    if task.kind.result is ResultShape.PREVIEWS:
        return str(request.get("text", "")), int(name.partition(".")[0].rpartition("-")[2])
    texts = [request.get(field.name) for field in task.kind.fields if field.type is FieldType.TEXT]
    text = str(next(filter(None, texts), ""))
    if task.kind.result is ResultShape.SPEECH_AND_TEXTS:
        text = translate(text, request["target_language"])
    return text, int(request.get("voice_id") or 0)


def sound_of(task: SimulatedTask, name: str) -> tuple[Sequence[int], int]:
    """The slots and the voice of an audio file of a task; what has a length of its own fills it."""
    text, voice = speech_of(task, name)
    slots, request = slots_of(text), task.request
    if "prompt" in request:
        seconds = MUSIC_SECONDS if request.get("audio_type") == "music" else float(request.get("duration") or 8.0)
    elif task.kind.result is ResultShape.SEPARATION:
        seconds = media_seconds(request.get("media_file"))
    else:
        return slots, voice_of(voice)
    count = max(1, round(seconds / SLOT_SECONDS))
    return list(itertools.islice(itertools.cycle(slots), count)), voice_of(voice)


def _spoken(segments: Sequence[Segment]) -> str:
    return " ".join(segment["text"] for segment in segments)


def _language_of(task: SimulatedTask, name: str) -> str | None:
    """The tag in a file's name, or None where it has none; only the task's own languages count."""
    middle = name.split(".")[1:-1]
    return middle[0] if middle and middle[0] in map(language_tag, targets_of(task.request)) else None


def _make(task: SimulatedTask, name: str) -> tuple[bytes, str] | None:
    suffix = name.rpartition(".")[2]
    if suffix in EXPORTS:
        return export(segments_of(task, _language_of(task, name)), suffix).encode("utf-8", "replace"), TEXT_TYPES[
            suffix
        ]
    container = CONTAINERS.get(suffix)
    if container is not None:
        return container.make(media_seconds(task.request.get("video_url"))), container.media_type
    form = find_format(suffix)
    if form is None:
        return None
    slots, voice = sound_of(task, name)
    return form.file(slots, voice, RATE), form.media_type


class FileShelf:
    """Makes links and answers those who follow them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: OrderedDict[tuple[int, str], tuple[bytes, str]] = OrderedDict()

    def link(self, origin: str, task: SimulatedTask, name: str) -> str:
        """An address that gives this file of a task for a while."""
        expires = int(self._world.now() + self._world.options.link_seconds)
        signature = self._sign(task.run_id, name, expires)
        return f"{origin}/files/{task.run_id}/{quote(name)}?expires={expires}&signature={signature}"

    def _sign(self, run_id: int, name: str, expires: int) -> str:
        message = f"{run_id}/{name}/{expires}".encode("utf-8", "replace")
        return hmac.new(self._world.secret, message, hashlib.sha256).hexdigest()[:32]

    def respond(self, scope: Scope, run: str, name: str) -> Response:
        """The answer to a request for a file."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        expires = query.get("expires", [""])[0]
        if not run.isdecimal() or not expires.isdecimal():
            return self._refuse("Access Denied")
        signature = self._sign(int(run), name, int(expires))
        if not hmac.compare_digest(signature.encode(), query.get("signature", [""])[0].encode()):
            return self._refuse("Access Denied")
        if self._world.now() >= int(expires):
            return self._refuse("Request has expired")
        task = self._world.run(int(run))
        made = self._fetch(task, name) if task is not None else None
        if made is None:
            return Response(GONE.format("The specified key does not exist."), 404, None, "application/xml")
        return ranged(scope, *made)

    def _refuse(self, message: str) -> Response:
        return Response(GONE.format(message), 403, None, "application/xml")

    def _fetch(self, task: SimulatedTask, name: str) -> tuple[bytes, str] | None:
        key = (task.run_id, name)
        if key not in self._kept:
            made = _make(task, name)
            if made is None:
                return None
            self._kept[key] = made
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def ranged(scope: Scope, data: bytes, media_type: str) -> Response:
    """A file as a whole, or the part of it that was asked for."""
    given = {name: value.decode("latin-1") for name, value in scope["headers"] if name in (b"range", b"if-range")}
    tag = f'"{hashlib.sha256(data).hexdigest()[:24]}"'
    headers = {"accept-ranges": "bytes", "etag": tag}
    found = RANGE.match(given.get(b"range", "").replace(" ", ""))
    if found is None or found.groups() == ("", "") or given.get(b"if-range", tag) != tag:
        headers["content-length"] = str(len(data))
        return StreamingResponse(_pieces(data), 200, headers, media_type)
    first, last = found.groups()
    start = int(first) if first else max(0, len(data) - int(last))
    end = min(int(last), len(data) - 1) if first and last else len(data) - 1
    if start > end or start >= len(data):
        return Response(b"", 416, {**headers, "content-range": f"bytes */{len(data)}"}, media_type)
    headers |= {"content-range": f"bytes {start}-{end}/{len(data)}", "content-length": str(end - start + 1)}
    return StreamingResponse(_pieces(data[start : end + 1]), 206, headers, media_type)


async def _pieces(data: bytes) -> AsyncIterator[Any]:
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]
