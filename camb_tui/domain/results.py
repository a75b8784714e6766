"""Results: what a run gave back, as values, read from the service's JSON in all the shapes it is known to take.

Links in a result die; they are here to be opened at once and never kept as truth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from camb_tui.domain.kinds import ResultShape


class Segment(NamedTuple):
    """One stretch of speech; seconds from the start."""

    start: float
    end: float
    text: str
    speaker: str


class Dub(NamedTuple):
    """One language of a dub; `language` is the service's key, empty where it gave none."""

    language: str
    audio_url: str | None
    video_url: str | None
    transcript: tuple[Segment, ...]


class File(NamedTuple):
    """A file behind a link, with the words that tell it from its fellows."""

    name: str
    url: str


class Script(NamedTuple):
    """The subtitles in one language: segments, or a text or a link where the service gave that instead."""

    language: str
    """The service's key, empty where it gave none."""
    segments: tuple[Segment, ...] = ()
    text: str = ""
    url: str | None = None


class Project(NamedTuple):
    """A project that was set up in the web app."""

    name: str
    description: str
    created_at: str
    source_language: str
    target_languages: tuple[str, ...]
    duration: float | None
    studio_url: str | None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a run gave back; which fields are filled depends on `shape`."""

    shape: ResultShape
    texts: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
    dubs: tuple[Dub, ...] = ()
    scripts: tuple[Script, ...] = ()
    files: tuple[File, ...] = ()
    project: Project | None = None
    audio_url: str | None = None
    dialogue_url: str | None = None
    part_urls: tuple[str, ...] = ()
    """Links to the audio of a split task's parts, in order."""
    raw: Any = None
    """The JSON as it came."""

    def links(self) -> list[tuple[str, str]]:
        """Every link with the words that name it."""
        found = [("audio", self.audio_url), ("dialogue", self.dialogue_url)]
        found += [(f"audio of part {number}", url) for number, url in enumerate(self.part_urls, 1)]
        for dub in self.dubs:
            found += [
                (f"audio {dub.language}".strip(), dub.audio_url),
                (f"video {dub.language}".strip(), dub.video_url),
            ]
        found += [(f"subtitles {script.language}".strip(), script.url) for script in self.scripts]
        found += self.files
        found += [("project", self.project.studio_url)] if self.project is not None else []
        return [(name, url) for name, url in found if url]


class MisshapenError(ValueError):
    """JSON that is no result of its kind."""


def read_result(shape: ResultShape, body: Any) -> Result:
    """The result behind the JSON of a result route, or of one entry of a bulk route.

    Raises:
        MisshapenError: It is none of the known shapes.
    """
    if isinstance(body, Mapping) and set(body) == {"payload"}:
        body = body["payload"]
    return _READERS[shape](shape, body)


def _audio(shape: ResultShape, body: Any) -> Result:
    return Result(shape=shape, audio_url=_output_url(body), raw=body)


def _texts(shape: ResultShape, body: Any) -> Result:
    return Result(shape=shape, texts=_text_list(body), raw=body)


def _speech_and_texts(shape: ResultShape, body: Any) -> Result:
    """The link is missing in what was kept of it."""
    url = _text(body, "output_url") or _text(body, "audio_url")
    return Result(shape=shape, audio_url=url, texts=_text_list(body), raw=body)


def _transcript(shape: ResultShape, body: Any) -> Result:
    found = body.get("transcript") if isinstance(body, Mapping) else body
    return Result(shape=shape, segments=_segments(found), raw=body)


def _dub_result(shape: ResultShape, body: Any) -> Result:
    return Result(shape=shape, dubs=_dubs(body), raw=body)


def _story(shape: ResultShape, body: Any) -> Result:
    if not isinstance(body, Mapping):
        raise MisshapenError("a story that is no object")
    return Result(
        shape=shape,
        audio_url=_text(body, "audio_url"),
        dialogue_url=_text(body, "dialogue_url"),
        segments=_segments(body.get("transcript") or []),
        raw=body,
    )


def _file(shape: ResultShape, body: Any) -> Result:
    return Result(shape=shape, files=(File("file", _output_url(body)),), raw=body)


def _previews(shape: ResultShape, body: Any) -> Result:
    links = body.get("previews") if isinstance(body, Mapping) else None
    if not isinstance(links, list) or not all(isinstance(link, str) and link for link in links):
        raise MisshapenError("voices without previews")
    files = tuple(File(f"preview {number}", link) for number, link in enumerate(links, 1))
    return Result(shape=shape, files=files, raw=body)


def _separation(shape: ResultShape, body: Any) -> Result:
    parts = [(name, _text(body, f"{name}_audio_url")) for name in ("foreground", "background")]
    files = tuple(File(name, url) for name, url in parts if url)
    if not files:
        raise MisshapenError("a separation without foreground_audio_url and background_audio_url")
    return Result(shape=shape, files=files, raw=body)


def _subtitles(shape: ResultShape, body: Any) -> Result:
    if isinstance(body, Mapping) and "transcript" not in body:
        if not body:
            raise MisshapenError("subtitles without a language")
        scripts = [_script(str(language), found) for language, found in body.items()]
    else:
        scripts = [_script("", body)]
    return Result(shape=shape, scripts=tuple(scripts), raw=body)


def _script(language: str, body: Any) -> Script:
    found = body.get("transcript") if isinstance(body, Mapping) else body
    if isinstance(found, str):
        return Script(language, url=found) if is_link(found) else Script(language, text=found)
    if found is None and isinstance(body, Mapping) and "transcript" in body:
        return Script(language)  # a link that was not kept
    return Script(language, _segments(found))


def _project(shape: ResultShape, body: Any) -> Result:
    if body is None:
        return Result(shape=shape, raw=body)
    if not isinstance(body, Mapping) or "project_details" not in body:
        raise MisshapenError("a project without project_details")
    details = body["project_details"]
    if not isinstance(details, Mapping):
        return Result(shape=shape, raw=body)
    targets, duration = details.get("target_languages"), details.get("duration")
    project = Project(
        name=str(details.get("project_name") or ""),
        description=str(details.get("project_description") or ""),
        created_at=str(details.get("created_at") or ""),
        source_language=str(details.get("source_language") or ""),
        target_languages=tuple(str(one) for one in targets) if isinstance(targets, list) else (),
        duration=_seconds(duration) if duration is not None else None,
        studio_url=_text(details, "studio_url"),
    )
    return Result(shape=shape, project=project, raw=body)


_READERS: Mapping[ResultShape, Callable[[ResultShape, Any], Result]] = {
    ResultShape.AUDIO: _audio,
    ResultShape.TEXTS: _texts,
    ResultShape.TRANSCRIPT: _transcript,
    ResultShape.DUB: _dub_result,
    ResultShape.STORY: _story,
    ResultShape.SPEECH_AND_TEXTS: _speech_and_texts,
    ResultShape.FILE: _file,
    ResultShape.PREVIEWS: _previews,
    ResultShape.SEPARATION: _separation,
    ResultShape.SUBTITLES: _subtitles,
    ResultShape.PROJECT: _project,
}


def is_link(text: str) -> bool:
    """Whether a text is nothing but a web address."""
    return text.startswith(("https://", "http://")) and not any(letter.isspace() for letter in text)


def _output_url(body: Any) -> str:
    url = (
        body
        if isinstance(body, str)
        else _text(body, "output_url") or _text(body, "audio_url") or _text(body, "file_url")
    )
    if not url:
        raise MisshapenError("a result without output_url")
    return url


def _text_list(body: Any) -> tuple[str, ...]:
    texts = body.get("texts") if isinstance(body, Mapping) else None
    if not isinstance(texts, list):
        raise MisshapenError("a translation without texts")
    return tuple(str(text) for text in texts)


def _text(body: Any, name: str) -> str | None:
    value = body.get(name) if isinstance(body, Mapping) else None
    return value if isinstance(value, str) and value else None


def _segments(found: Any) -> tuple[Segment, ...]:
    if not isinstance(found, list):
        raise MisshapenError("a transcript that is no list of segments")
    segments = []
    for item in found:
        if not isinstance(item, Mapping):
            raise MisshapenError("a transcript's segment that is no object")
        segments.append(
            Segment(
                _seconds(item.get("start")),
                _seconds(item.get("end")),
                str(item.get("text") or ""),
                str(item.get("speaker") or ""),
            )
        )
    return tuple(segments)


def _seconds(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _dubs(body: Any) -> tuple[Dub, ...]:
    if not isinstance(body, Mapping):
        raise MisshapenError("a dub that is no object")
    if any(name in body for name in ("audio_url", "output_audio_url", "video_url", "output_video_url")):
        return (_dub("", body),)
    if not body or not all(isinstance(value, Mapping) for value in body.values()):
        raise MisshapenError("a dub without audio_url")
    return tuple(_dub(str(language), value) for language, value in body.items())


def _dub(language: str, body: Mapping[str, Any]) -> Dub:
    return Dub(
        language,
        _text(body, "audio_url") or _text(body, "output_audio_url"),
        _text(body, "video_url") or _text(body, "output_video_url"),
        _segments(body.get("transcript") or []),
    )
