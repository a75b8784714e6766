"""Transcripts: who said what and when in media the simulator never heard.

Owns segments made from sample or uploaded text, and their export as SRT, VTT and plain text.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypedDict

from camb_tui.simulator.translating import SENTENCE, script, translate
from camb_tui.simulator.world import SimulatedTask, Upload

LETTERS_PER_SECOND = 15.0
GAP = 0.24
SHORTEST_MEDIA, LONGEST_MEDIA = 12.0, 180.0
BYTES_PER_SECOND = 16_000
"""Of an ordinary compressed recording."""
MOST_STORY_SEGMENTS = 400
QUOTED = re.compile(r"[\"“„«「].*[\"”“»」]?")
EXPORTS = ("srt", "vtt", "txt")


class Segment(TypedDict):
    """One line of a transcript; times in seconds."""

    start: float
    end: float
    text: str
    speaker: str


def media_seconds(source: object) -> float:
    """How long the simulator holds some media for: by the size of a file, by chance for an address."""
    if isinstance(source, Upload):
        seconds = source.size / BYTES_PER_SECOND
    else:
        seconds = 20.0 + hashlib.sha256(str(source).encode()).digest()[0] % 90
    return min(LONGEST_MEDIA, max(SHORTEST_MEDIA, seconds))


def _timed(lines: Iterable[tuple[str, str]], *, shortest: float = 1.0) -> Iterator[Segment]:
    """Speaker and text pairs, one after the other in time."""
    start = 0.4
    for speaker, text in lines:
        end = start + max(shortest, len(text) / LETTERS_PER_SECOND)
        yield Segment(start=round(start, 3), end=round(end, 3), text=text, speaker=speaker)
        start = end + GAP


def film_segments(language: int | str, seconds: float, options: Mapping[str, Any] | None = None) -> list[Segment]:
    """The sample film's dialogue for so many seconds, cut as formatting options ask."""
    options = options or {}
    width = int(options.get("max_characters_in_segment") or 42)
    longest = float(options.get("max_segment_duration_in_seconds") or 7)
    width = max(1, min(width, int(longest * LETTERS_PER_SECOND)))
    shortest = min(longest, float(options.get("min_segment_duration_in_seconds") or 1))
    lines = (
        (f"Speaker {1 + place // 2 % 3}", part)
        for place, sentence in enumerate(itertools.cycle(script(language)))
        for part in textwrap.wrap(sentence, width)
    )
    return list(itertools.takewhile(lambda segment: segment["end"] <= seconds, _timed(lines, shortest=shortest)))


def story_segments(task: SimulatedTask) -> list[Segment]:
    """A narrated story: its own text where it could be read, quoted sentences by other voices."""
    upload = task.request.get("file")
    text = upload.text if isinstance(upload, Upload) else ""
    sentences = [" ".join(sentence.split()) for sentence in SENTENCE.findall(text) if sentence.strip()]
    sentences = sentences or script(task.request.get("source_language", "en-us"))
    quotes = itertools.cycle(("Character 1", "Character 2"))
    lines = (
        (next(quotes) if QUOTED.match(sentence) else "Narrator", sentence)
        for sentence in sentences[:MOST_STORY_SEGMENTS]
    )
    return list(_timed(lines))


def dubbed(segments: Sequence[Segment], language: int | str) -> list[Segment]:
    """The same dialogue at the same times in another language."""
    return [Segment(**{**segment, "text": translate(segment["text"], language)}) for segment in segments]


def _clock(seconds: float, mark: str) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}{mark}{whole % 1000:03}"


def export(segments: Sequence[Segment], form: str) -> str:
    """A transcript as SRT, VTT or plain text."""
    if form == "txt":
        return "".join(f"{segment['speaker']}: {segment['text']}\n" for segment in segments)
    mark = "," if form == "srt" else "."
    cues = [
        f"{_clock(segment['start'], mark)} --> {_clock(segment['end'], mark)}\n{segment['text']}\n"
        for segment in segments
    ]
    if form == "vtt":
        return "WEBVTT\n\n" + "\n".join(cues)
    return "\n".join(f"{number}\n{cue}" for number, cue in enumerate(cues, 1))
