"""What a partial update writes to the terminal: the cells that changed, and not also all cells left of them.

Textual knows which spans of a line changed but writes each from the start of its widget
(`ChopsUpdate.render_segments` crops on the right only), which on a long line is most of the bytes.
"""

from __future__ import annotations

from rich.console import Console
from textual._compositor import ChopsUpdate  # no public name for what a screen hands to its app


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
