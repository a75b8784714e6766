"""Results: what a run gives back, by its shape, alone or several at once."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from starlette.responses import Response, StreamingResponse

from camb_tui.domain.kinds import FieldType, ResultShape, find_language, language_tag
from camb_tui.simulator.answers import Invalid, Refusal, answer, fault
from camb_tui.simulator.audio import find_format
from camb_tui.simulator.files import PREVIEWS, RATE, FileShelf, segments_of, sound_of
from camb_tui.simulator.options import SimulatorOptions
from camb_tui.simulator.scripts import EXPORTS, export, media_seconds
from camb_tui.simulator.translating import translate
from camb_tui.simulator.validation import targets_of
from camb_tui.simulator.world import SimulatedTask

AUDIO_SUFFIXES = (".mp3", ".wav", ".flac", ".aac")
DETECTED = 1
"""The language that is heard where it was to be detected: English."""
FILM_SUFFIXES = ("mkv", "mp4", "mov", "mxf")
DATA_TYPES = ("raw_data", "file")
OUTPUT_TYPES = ("raw_bytes", "file_url")
Query = Mapping[str, str]


def _choice(query: Query, name: str, choices: tuple[str, ...], default: str) -> str:
    value = query.get(name, default)
    if value not in choices:
        given = " or ".join(f"'{choice}'" for choice in choices)
        raise Invalid([fault(("query", name), f"Input should be {given}", "enum", value)])
    return value


def _is_film(dub: SimulatedTask) -> bool:
    return not str(dub.request.get("video_url", "")).partition("?")[0].lower().endswith(AUDIO_SUFFIXES)


class Results:
    """Gives the results of runs; `origin` is where the client reaches the simulator."""

    def __init__(self, options: SimulatorOptions, shelf: FileShelf) -> None:
        self._options = options
        self._shelf = shelf
        self._documents: dict[ResultShape, Callable[[SimulatedTask, Query, str], dict[str, Any]]] = {
            ResultShape.AUDIO: self._audio,
            ResultShape.TEXTS: self._texts,
            ResultShape.TRANSCRIPT: self._transcript,
            ResultShape.DUB: self._dub,
            ResultShape.STORY: self._story,
            ResultShape.PREVIEWS: self._previews,
            ResultShape.SEPARATION: self._separation,
            ResultShape.SUBTITLES: self._subtitles,
            ResultShape.PROJECT: self._project,
        }

    def respond(self, shape: ResultShape, task: SimulatedTask, query: Query, origin: str) -> Response:
        """The answer of a result route."""
        if shape is ResultShape.AUDIO and _choice(query, "output_type", OUTPUT_TYPES, "raw_bytes") == "raw_bytes":
            return self._raw_audio(task)
        return answer(self.document(shape, task, query, origin))

    def document(self, shape: ResultShape, task: SimulatedTask, query: Query, origin: str) -> dict[str, Any]:
        """A result as JSON, as the bulk routes give it too."""
        return self._documents[shape](task, query, origin)

    def transcript(self, task: SimulatedTask, language: str, query: Query, origin: str) -> dict[str, Any]:
        """The transcript of a run in one of its languages, as text; of subtitles also as segments.

        Raises:
            Refusal: The run has no such language.
        """
        wanted = self._language(task, language)
        if task.kind.result is not ResultShape.SUBTITLES:
            return self._export(task, wanted, query, origin)
        return self._script(task, wanted, query, origin)

    def other_format(self, dub: SimulatedTask, request: Mapping[str, Any], origin: str) -> dict[str, Any]:
        """One language of a dub in another format.

        Raises:
            Refusal: The dub has no such language, or no picture.
        """
        wanted, form = self._language(dub, str(request["language"]), targets_only=True), request["output_format"]
        if form in FILM_SUFFIXES and not _is_film(dub):
            raise Refusal(400, f"Run {dub.run_id} has no video")
        return {"output_url": self._shelf.link(origin, dub, f"dub.{wanted}.{form}")}

    def _language(self, task: SimulatedTask, language: str, *, targets_only: bool = False) -> str:
        """The tag of one of a run's languages."""
        wanted = language_tag(language)
        own = [*targets_of(task.request), *([] if targets_only else [task.request.get("source_language", "")])]
        if wanted not in map(language_tag, own):
            raise Refusal(404, f"Run {task.run_id} has nothing in {wanted[:40]}")
        return wanted

    def _format(self, task: SimulatedTask) -> str:
        has_voice = any(field.type is FieldType.VOICE for field in task.kind.fields)
        return self._options.tts_format if has_voice else self._options.sound_format

    def _raw_audio(self, task: SimulatedTask) -> Response:
        form = find_format(self._format(task))
        assert form is not None
        slots, voice = sound_of(task, "")
        chunks = form.encode(slots, voice, RATE)

        async def send() -> AsyncIterator[bytes]:
            for chunk in chunks:
                yield chunk

        return StreamingResponse(send(), media_type=form.media_type)

    def _audio(self, task: SimulatedTask, query: Query, origin: str) -> dict[str, Any]:
        return {"output_url": self._shelf.link(origin, task, f"speech.{self._format(task)}")}

    def _texts(self, task: SimulatedTask, query: Query, origin: str) -> dict[str, Any]:
        target = task.request.get("target_language", "en-us")
        texts = task.request.get("texts") or [task.request.get("text", "")]
        return {"texts": [translate(text, target) for text in texts]}

    def _transcript(self, task: SimulatedTask, query: Query, origin: str) -> dict[str, Any]:
        if "format_type" in query or "data_type" in query:
            return self._export(task, None, query, origin, default_data="file")
        return {"transcript": segments_of(task)}

    def _export(
        self, task: SimulatedTask, language: str | None, query: Query, origin: str, default_data: str = "raw_data"
    ) -> dict[str, Any]:
        form = _choice(query, "format_type", EXPORTS, "txt")
        if _choice(query, "data_type", DATA_TYPES, default_data) == "raw_data":
            return {"transcript": export(segments_of(task, language), form)}
        name = f"transcript.{form}" if language is None else f"transcript.{language}.{form}"
        return {"transcript": self._shelf.link(origin, task, name)}

    def _dub(self, task: SimulatedTask, query: Query, origin: str) -> dict[str, Any]:
        targets = targets_of(task.request)
        if len(targets) == 1:
            return self._dub_into(task, targets[0], origin)
        return {self._key(target): self._dub_into(task, target, origin) for target in targets}

    def _key(self, target: int | str) -> str:
        language = find_language(target)
        if language is None:
            return str(target)
        return language.tag if self._options.dub_keys == "tag" or language.id is None else str(language.id)

    def _dub_into(self, task: SimulatedTask, target: int | str, origin: str) -> dict[str, Any]:
        tag = language_tag(target)
        film = self._shelf.link(origin, task, f"dub.{tag}.mp4") if _is_film(task) else None
        audio = self._shelf.link(origin, task, f"dub.{tag}.flac")
        return {"audio_url": audio, "transcript": segments_of(task, tag), "video_url": film}

    def _story(self, task: SimulatedTask, query: Query, origin: str) -> dict[str, Any]:
        result: dict[str, Any] = {
            "audio_url": self._shelf.link(origin, task, "story.mp3"),
            "dialogue_url": self._shelf.link(origin, task, "dialogue.mp3"),
        }
        if query.get("include_transcript", "").lower() in ("true", "1", "yes", "on"):
            result["transcript"] = segments_of(task)
        return result

    def _previews(self, task: SimulatedTask, query: Query, origin: str) -> dict[str, Any]:
        return {"previews": [self._shelf.link(origin, task, f"preview-{number}.flac") for number in PREVIEWS]}

    def _separation(self, task: SimulatedTask, query: Query, origin: str) -> dict[str, Any]:
        parts = ("foreground", "background")
        return {f"{part}_audio_url": self._shelf.link(origin, task, f"{part}.flac") for part in parts}

    def _subtitles(self, task: SimulatedTask, query: Query, origin: str) -> dict[str, Any]:
        targets = targets_of(task.request)
        if len(targets) == 1:
            return self._script(task, language_tag(targets[0]), query, origin)
        return {self._key(target): self._script(task, language_tag(target), query, origin) for target in targets}

    def _script(self, task: SimulatedTask, language: str, query: Query, origin: str) -> dict[str, Any]:
        if "format_type" in query or "data_type" in query:
            return self._export(task, language, query, origin, default_data="file")
        return {"transcript": segments_of(task, language)}

    def _project(self, task: SimulatedTask, query: Query, origin: str) -> dict[str, Any]:
        request = task.request
        source = find_language(request.get("source_language", ""))
        details = {
            "project_name": request.get("project_name") or f"Project {task.run_id}",
            "project_description": request.get("project_description"),
            "created_at": datetime.datetime.fromtimestamp(task.ends_at, datetime.UTC).isoformat(timespec="seconds"),
            "source_language": source.id if source is not None and source.id is not None else DETECTED,
            "target_languages": [
                found.id for target in targets_of(request) if (found := find_language(target)) and found.id is not None
            ],
            "duration": media_seconds(request.get("media_url")),
            "folder_id": request.get("folder_id"),
            "studio_url": f"https://studio.example/projects/{task.run_id}",
        }
        return {"run_id": task.run_id, "project_details": details}
