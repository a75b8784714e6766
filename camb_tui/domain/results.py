"""Results: what a run gave back, as values, read from the service's JSON in all the shapes it is known to take.

Links in a result die; they are here to be opened at once and never kept as truth.
"""

from __future__ import annotations

from collections.abc import Mapping
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


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a run gave back; which fields are filled depends on `shape`."""

    shape: ResultShape
    texts: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
    dubs: tuple[Dub, ...] = ()
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
    match shape:
        case ResultShape.AUDIO:
            url = body if isinstance(body, str) else _text(body, "output_url") or _text(body, "audio_url")
            if not url:
                raise MisshapenError("an audio result without output_url")
            return Result(shape=shape, audio_url=url, raw=body)
        case ResultShape.TEXTS:
            texts = body.get("texts") if isinstance(body, Mapping) else None
            if not isinstance(texts, list):
                raise MisshapenError("a translation without texts")
            return Result(shape=shape, texts=tuple(str(text) for text in texts), raw=body)
        case ResultShape.TRANSCRIPT:
            found = body.get("transcript") if isinstance(body, Mapping) else body
            return Result(shape=shape, segments=_segments(found), raw=body)
        case ResultShape.DUB:
            return Result(shape=shape, dubs=_dubs(body), raw=body)
        case ResultShape.STORY:
            if not isinstance(body, Mapping):
                raise MisshapenError("a story that is no object")
            return Result(
                shape=shape,
                audio_url=_text(body, "audio_url"),
                dialogue_url=_text(body, "dialogue_url"),
                segments=_segments(body.get("transcript") or []),
                raw=body,
            )


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
