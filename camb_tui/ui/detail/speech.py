"""Speech in the Result tab: transcripts, dubs and stories, whose segments are drawn only where one looks."""

from __future__ import annotations

import math
from collections.abc import Sequence

from camb_tui.domain.kinds import find_language
from camb_tui.domain.results import Result, Segment
from camb_tui.domain.text import cell_width, fit, one_line
from camb_tui.ui.detail.links import link_row
from camb_tui.ui.detail.parts import BLANK, Block, Line, Part, Row, Span, heading, text_rows
from camb_tui.ui.words import count_text

SPEAKER = 12
"""Most cells of the column of speakers."""
LONGEST = 10_000 * 3600.0


class Transcript:
    """Segments of speech, a row each: time, speaker, text."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.segments = segments
        self.length = max((segment.end for segment in segments), default=0.0)
        self.hours = self.length >= 3600
        names = {segment.speaker for segment in segments}
        shown = {name: one_line(name, 60) for name in names}
        self.column = min(SPEAKER, max((cell_width(name) for name in shown.values()), default=0))
        self.speakers = {name: fit(text, self.column) + "  " if self.column else "" for name, text in shown.items()}
        times = 8 if self.hours else 7
        self.lead_width = times + 2 + (self.column + 2 if self.column else 0)

    def __len__(self) -> int:
        return len(self.segments)

    def height(self, place: int, width: int) -> int:
        text = self.segments[place].text
        if text.isascii() and len(text) <= width - self.lead_width:
            return 1  # blanks and control characters only ever make it shorter, never longer
        return len(self.draw(place, width))

    def draw(self, place: int, width: int) -> list[Line]:
        segment = self.segments[place]
        lead: Line = (Span(time_text(segment.start, hours=self.hours) + "  ", "dim"),)
        if self.column:
            lead = (*lead, Span(self.speakers[segment.speaker], "secondary"))
        return Row(one_line(segment.text, 20_000), "", lead).draw(width)

    def row_text(self, place: int) -> str:
        """What a search looks at."""
        return f"{self.segments[place].speaker} {self.segments[place].text}"

    def summary(self) -> str:
        """How many, how long, by how many voices."""
        speakers = len({segment.speaker for segment in self.segments if segment.speaker})
        said = [count_text(len(self.segments), "segment"), time_text(self.length, hours=self.hours).strip()]
        return ", ".join([*said, count_text(speakers, "speaker")] if speakers else said)


def time_text(seconds: float, *, hours: bool) -> str:
    """A place in a recording, in a column's width: "  1:02.4", with hours " 1:01:02"; "?" for what is no time."""
    if not math.isfinite(seconds) or not 0 <= seconds < LONGEST:
        return f"{'?':>8}" if hours else f"{'?':>7}"
    if hours:
        whole = int(seconds)
        return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}".rjust(8)
    tenths = int(seconds * 10 + 0.5)
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}".rjust(7)


def transcript_parts(segments: Sequence[Segment]) -> list[Part]:
    """A transcript with a line that sums it up."""
    if not segments:
        return [Block([Row("There is no speech in it.", "dim")])]
    transcript = Transcript(segments)
    return [Block([Row(transcript.summary(), "dim"), BLANK]), transcript]


def dub_parts(result: Result) -> list[Part]:
    """Each language of a dub: links, then its transcript."""
    parts: list[Part] = []
    for dub in result.dubs:
        rows = [BLANK] if parts else []
        if dub.language or len(result.dubs) > 1:
            rows.append(heading(language_name(dub.language)))
        rows += [link_row(name, url) for name, url in (("Video", dub.video_url), ("Audio", dub.audio_url)) if url]
        if not dub.video_url:
            rows.append(Row("No video: the source had sound only.", "dim"))
        parts.append(Block([*rows, BLANK]))
        if dub.transcript:
            parts += transcript_parts(dub.transcript)
    return parts


def language_name(key: str) -> str:
    """The language in words with its tag, or the service's key as it came."""
    key = one_line(key, 60)
    found = find_language(key)
    if found is None:
        return key or "One language"
    return f"{found.name} ({found.tag})" if found.name else found.tag


def subtitle_parts(result: Result) -> list[Part]:
    """The subtitles in each language, in whichever form the service gave them."""
    parts: list[Part] = []
    for script in result.scripts:
        rows = [BLANK] if parts else []
        if script.language or len(result.scripts) > 1:
            rows.append(heading(language_name(script.language)))
        rows += [link_row("Subtitles", script.url)] if script.url else []
        rows += text_rows(script.text, limit=200_000) if script.text else []
        parts += [Block(rows)] if rows else []
        if script.segments or not (script.url or script.text):
            parts += transcript_parts(script.segments)
    return parts


def story_parts(result: Result) -> list[Part]:
    """A story's links and, where it came, its transcript."""
    rows = [
        link_row(name, url) for name, url in (("Audio", result.audio_url), ("Dialogue", result.dialogue_url)) if url
    ]
    parts: list[Part] = [Block([*rows, BLANK])]
    return parts + transcript_parts(result.segments) if result.segments else parts
