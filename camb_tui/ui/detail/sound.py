"""Sound in the Result tab: what a saved file is, with its waveform drawn in the terminal, and streams under way."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import PurePath

from camb_tui.domain.tasks import Task
from camb_tui.domain.text import one_line
from camb_tui.services.changes import AudioFacts, StreamView
from camb_tui.ui.detail.parts import BLANK, Block, Line, Part, Row, Span, facts, labelled, text_rows
from camb_tui.ui.words import count_text, size_text

MOST_COLUMNS = 120
SILENCE = 0.02
"""What is nowhere louder is shown as the flat line it sounds like."""
LEVELS = " .:-=+*#"
"""Loudness in ASCII, from silence on."""
BRAILLE = 0x2800
_UPPER = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
"""Dots of a braille cell from the bottom up, left and right column: what rises above the middle line."""
_LOWER = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""From the top down: what hangs below it."""


class Waveform:
    """The loudness of a file over its length, as wide as there is room; braille, for it is one cell wide everywhere."""

    def __init__(self, peaks: Sequence[float], *, ascii: bool) -> None:  # noqa: A002 - as in the settings
        loudest = max(peaks, default=0.0)
        self.peaks = [peak / loudest for peak in peaks] if loudest > SILENCE else peaks
        """As high as there is room: a quiet recording would be a flat line otherwise."""
        self.ascii = ascii

    def __len__(self) -> int:
        return 1

    def height(self, place: int, width: int) -> int:
        return 1 if self.ascii else 2

    def draw(self, place: int, width: int) -> list[Line]:
        columns = max(1, min(width, MOST_COLUMNS))
        if self.ascii:
            shown = "".join(LEVELS[round(peak * (len(LEVELS) - 1))] for peak in spread(self.peaks, columns))
            return [(Span(shown, "primary"),)]
        halves = spread(self.peaks, columns * 2)
        pairs = list(zip_longest(halves[::2], halves[1::2], fillvalue=0.0))
        return [(Span("".join(_cell(pair, dots) for pair in pairs), "primary"),) for dots in (_UPPER, _LOWER)]


def _cell(pair: tuple[float, float], dots: tuple[tuple[int, ...], tuple[int, ...]]) -> str:
    cell = 0
    for peak, column in zip(pair, dots, strict=True):
        for dot in column[: max(1, round(peak * 4))]:
            cell |= dot
    return chr(BRAILLE | cell)


def spread(peaks: Sequence[float], columns: int) -> list[float]:
    """The peaks over so many columns: the loudest of each stretch, and between 0 and 1."""
    if not peaks:
        return [0.0] * columns
    many = len(peaks)
    found = []
    for column in range(columns):
        first, last = many * column // columns, max(many * column // columns + 1, many * (column + 1) // columns)
        found.append(min(1.0, max(0.0, max(peaks[first:last]))))
    return found


def _name(sound: AudioFacts, task_key: str) -> str:
    """What tells the file from the task's others: the end of its name, behind the task's key where that is in it."""
    name = PurePath(sound.path).name
    return name.rpartition(f"{task_key}-")[2] if task_key else name


def sound_parts(
    sounds: Sequence[AudioFacts] | None,
    *,
    ascii: bool,  # noqa: A002 - as in the settings
    task_key: str = "",
) -> list[Part]:
    """What the saved files of sound are, each with its waveform; nothing where none was saved or read yet."""
    parts: list[Part] = []
    for sound in sounds or ():
        if not sound.format:
            parts.append(Block([labelled("Sound", one_line(sound.remark, 300), "warning"), BLANK]))
            continue
        known = [
            _name(sound, task_key) if len(sounds or ()) > 1 else "",
            sound.format,
            f"{sound.seconds:,.1f} s" if sound.seconds is not None else "",
            f"{sound.rate:,} Hz" if sound.rate else "",
            {1: "mono", 2: "stereo"}.get(sound.channels or 0, f"{sound.channels} channels") if sound.channels else "",
            size_text(sound.size),
        ]
        parts.append(Block([facts("Sound", known)]))
        if sound.peaks:
            parts.append(Waveform(sound.peaks, ascii=ascii))
        elif sound.remark:
            parts.append(Block([Row(one_line(sound.remark, 300), "dim")]))
        parts.append(Block([BLANK]))
    return parts


def stream_words(view: StreamView) -> str:
    """How far a stream is, in one line."""
    if view.first_byte is None:
        return "streaming, nothing has come yet"
    seconds = f", {view.seconds:,.1f} s of audio" if view.seconds is not None else ""
    return f"streaming, {size_text(view.size)}{seconds}"


def stream_parts(task: Task, view: StreamView | None) -> list[Part]:
    """A stream under way: what has come so far, and the text itself where it is one."""
    if not task.is_streaming:
        return []
    keys = (Span("esc", "key"), Span(" or "), Span("X", "key"), Span(" "))
    ends = Row("ends it and throws away what came.", "", keys)
    if view is None:
        return [Block([labelled("Stream", "sent; no answer yet"), ends])]
    first = f"first byte after {view.first_byte:.1f} s" if view.first_byte is not None else "no byte yet"
    seconds = f"{view.seconds:,.1f} s of audio" if view.seconds is not None else ""
    rows = [
        facts("Stream", [size_text(view.size), seconds, first]),
        ends,
    ]
    if view.credits:
        rows.insert(1, labelled("Credits", one_line(view.credits, 60)))
    parts: list[Part] = [Block([*rows, BLANK])]
    if view.text:
        parts.append(Block([Row(count_text(len(view.text), "character"), "dim"), BLANK, *text_rows(view.text)]))
    return parts
