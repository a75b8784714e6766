"""Results: what a run gives back, by its shape, alone or several at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from starlette.responses import Response, StreamingResponse

from camb_tui.domain.kinds import ResultShape, find_language, language_tag
from camb_tui.simulator.answers import Invalid, Refusal, answer, fault
from camb_tui.simulator.audio import find_format, slots_of
from camb_tui.simulator.audio.syllables import voice_of
from camb_tui.simulator.files import RATE, FileShelf, segments_of, speech_of
from camb_tui.simulator.options import SimulatorOptions
from camb_tui.simulator.scripts import EXPORTS, export
from camb_tui.simulator.translating import translate
from camb_tui.simulator.validation import targets_of
from camb_tui.simulator.world import SimulatedTask

AUDIO_SUFFIXES = (".mp3", ".wav", ".flac", ".aac")
DATA_TYPES = ("raw_data", "file")
OUTPUT_TYPES = ("raw_bytes", "file_url")
Query = Mapping[str, str]


def _choice(query: Query, name: str, choices: tuple[str, ...], default: str) -> str:
    value = query.get(name, default)
    if value not in choices:
        given = " or ".join(f"'{choice}'" for choice in choices)
        raise Invalid([fault(("query", name), f"Input should be {given}", "enum", value)])
    return value


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
        """The transcript of a dub in one of its languages, as text.

        Raises:
            Refusal: The run has no such language.
        """
        wanted = language_tag(language)
        own = [task.request.get("source_language", ""), *targets_of(task.request)]
        if wanted not in map(language_tag, own):
            raise Refusal(404, f"Run {task.run_id} has no transcript in {wanted[:40]}")
        return self._export(task, wanted, query, origin)

    def _raw_audio(self, task: SimulatedTask) -> Response:
        form = find_format(self._options.tts_format)
        assert form is not None
        text, voice = speech_of(task, "")
        chunks = form.encode(slots_of(text), voice_of(voice), RATE)

        async def send() -> AsyncIterator[bytes]:
            for chunk in chunks:
                yield chunk

        return StreamingResponse(send(), media_type=form.media_type)

    def _audio(self, task: SimulatedTask, query: Query, origin: str) -> dict[str, Any]:
        return {"output_url": self._shelf.link(origin, task, f"speech.{self._options.tts_format}")}

    def _texts(self, task: SimulatedTask, query: Query, origin: str) -> dict[str, Any]:
        target = task.request.get("target_language", "en-us")
        return {"texts": [translate(text, target) for text in task.request.get("texts", ())]}

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
        source = str(task.request.get("video_url", "")).partition("?")[0].lower()
        film = None if source.endswith(AUDIO_SUFFIXES) else self._shelf.link(origin, task, f"dub.{tag}.mp4")
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
