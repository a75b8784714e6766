"""How little a partial update costs: only lines that changed are made, and only cells that changed are written.

Textual knows which spans of a line changed but writes each from the start of its widget
(`ChopsUpdate.render_segments` crops on the right only), which on a long line is most of the bytes; and for one changed
line it has every widget of the screen make all its lines (`Compositor._get_renders` holds the changed lines against
what may clip a widget, not against the widget), which is most of the time between a key and its repaint.

All of it is Textual's own business and may change with it; the tests of this module say so when it does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from rich.console import Console
from textual._compositor import ChopsUpdate, Compositor  # no public names for what a screen hands to its app
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

PROMPT = 0.1
"""Seconds after a key in which what it changed is painted at once."""
_Result = TypeVar("_Result")


class PromptScreen(Screen[_Result]):
    """A screen that makes only what it needs of an update, and paints what a key did without waiting for a frame.

    Textual paints at the beats of a clock that it counts from its last paint, so a key that comes soon after another
    repaint (the detail that followed the cursor, a change of the engine's) waits up to two of them, 33 ms.
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._compositor = LinesCompositor()
        self._prompt_until = 0.0

    def be_prompt(self) -> None:
        """A key was pressed."""
        self._prompt_until = time.monotonic() + PROMPT

    def on_idle(self) -> None:
        """Nothing more waits to be heard: paint now what would be painted at the next beat."""
        if time.monotonic() < self._prompt_until:
            self._on_timer_update()


class SpansUpdate(ChopsUpdate):
    """The same update, cropped on both sides."""

    @classmethod
    def of(cls, update: ChopsUpdate) -> SpansUpdate:
        """What this update should have written."""
        return cls(update.chops, update.spans, update.chop_ends)

    def render_segments(self, console: Console) -> str:
        written = []
        for y, start, end in self.spans:
            for strip_end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                first, last = max(x, start), min(strip_end, end)
                if strip is None or first >= last:
                    continue
                part = strip if (first, last) == (x, strip_end) else strip.crop(first - x, last - x)
                written.append(f"\x1b[{y + 1};{first + 1}H{part.render(console)}")
        return "".join(written)


class LinesCompositor(Compositor):
    """The same screen, of which an update makes only the lines it needs, and of those nothing that stands behind."""

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Sequence[Mapping[int, Strip]]:
        self._is_needed = is_rendered_line
        return super()._render_chops(crop, is_rendered_line)

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """Region, clip and lines of what is visible in the crop, front to back."""
        if crop is None:
            yield from super()._get_renders()
            return
        for first, end in _runs(filter(self._is_needed, crop.line_range)):
            yield from self._make(Region(0, first, self.size.width, end - first))

    def _make(self, lines: Region) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """The same for some whole lines of the screen."""
        made = bytearray(lines.width)  # columns that have all their lines; whatever is behind them is not seen
        for widget, (region, clip) in self.visible_widgets.items():
            part = region.intersection(clip).intersection(lines)
            if not part:
                continue
            start, end = part.column_span
            if made.count(1, start, end) == part.width:
                continue
            yield part, clip, widget.render_lines(part.translate(-region.offset))
            if part.height == lines.height:
                made[start:end] = b"\1" * part.width


def _runs(lines: Iterable[int]) -> Iterable[tuple[int, int]]:
    """The runs of lines that follow each other, each as [first, end)."""
    first = end = -1
    for line in lines:
        if line != end:
            if end > first:
                yield first, end
            first = line
        end = line + 1
    if end > first:
        yield first, end
