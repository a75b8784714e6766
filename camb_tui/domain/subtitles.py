"""Transcripts as files: SRT, WebVTT and plain text from segments."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from camb_tui.domain.results import Segment


def timestamp(seconds: float, mark: str = ",") -> str:
    """Hours, minutes, seconds and milliseconds as SRT (`mark` ",") or WebVTT (".") write them."""
    whole = max(0, round(seconds * 1000))
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}{mark}{whole % 1000:03}"


def to_srt(segments: Iterable[Segment]) -> str:
    """SubRip text; speakers are left out, as players would show them."""
    return "".join(
        f"{number}\n{timestamp(segment.start)} --> {timestamp(segment.end)}\n{_cue(segment.text)}\n\n"
        for number, segment in enumerate(segments, 1)
    )


def to_vtt(segments: Iterable[Segment]) -> str:
    """WebVTT text; speakers become voice tags."""
    cues = []
    for segment in segments:
        voice = f"<v {segment.speaker}>" if segment.speaker else ""
        text = _cue(segment.text).replace("&", "&amp;").replace("<", "&lt;")
        cues.append(f"{timestamp(segment.start, '.')} --> {timestamp(segment.end, '.')}\n{voice}{text}\n\n")
    return "WEBVTT\n\n" + "".join(cues)


def to_text(segments: Iterable[Segment]) -> str:
    """Plain text, a line a segment, with the speaker where there is one."""
    return "".join(
        f"{segment.speaker}: {segment.text}\n" if segment.speaker else f"{segment.text}\n" for segment in segments
    )


def to_json(segments: Iterable[Segment]) -> str:
    """The segments as the service's own JSON has them."""
    return json.dumps({"transcript": [segment._asdict() for segment in segments]}, ensure_ascii=False, indent=1) + "\n"


FORMATS: Mapping[str, Callable[[Iterable[Segment]], str]] = {
    "srt": to_srt,
    "vtt": to_vtt,
    "txt": to_text,
    "json": to_json,
}
"""What a transcript can be saved as, by file ending."""
DEFAULT_FORMATS = ("srt", "txt", "json")


def _cue(text: str) -> str:
    """A cue's text without the blank lines and arrows that would end it."""
    return "\n".join(line for line in text.splitlines() if line.strip()).replace("-->", "->")
