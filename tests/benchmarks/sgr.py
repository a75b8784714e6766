"""Colours and attributes of a terminal cell: what an SGR sequence makes of the style before it."""

from __future__ import annotations

from typing import NamedTuple

Colour = int | tuple[str, ...] | None
REVERSE, BOLD = 1, 2


class Style(NamedTuple):
    """How a cell looks, as far as the benchmarks tell cells apart."""

    fg: Colour = None
    bg: Colour = None
    flags: int = 0

    @property
    def ground(self) -> tuple[Colour, int]:
        """What the eye takes for the background."""
        return self.bg, self.flags & REVERSE


PLAIN = Style()
_FLAGS = {1: (0, BOLD), 7: (0, REVERSE), 22: (BOLD, 0), 27: (REVERSE, 0)}
"""Code -> (flag taken away, flag set)."""


def apply_sgr(style: Style, parameters: str) -> Style:
    """The style after `CSI parameters m`."""
    fg, bg, flags = style
    codes = (parameters or "0").split(";")
    at = 0
    while at < len(codes):
        parts = codes[at].split(":")
        code = int(parts[0]) if parts[0].isdigit() else 0
        if code in (38, 48, 58):
            colour, used = _extended(parts, codes[at + 1 :])
            at += used
            if code == 38:
                fg = colour
            elif code == 48:
                bg = colour
        elif code == 0:
            fg, bg, flags = PLAIN
        elif code in _FLAGS:
            gone, new = _FLAGS[code]
            flags = flags & ~gone | new
        elif code == 39 or 30 <= code <= 37 or 90 <= code <= 97:
            fg = None if code == 39 else code
        elif code == 49 or 40 <= code <= 47 or 100 <= code <= 107:
            bg = None if code == 49 else code
        at += 1
    return Style(fg, bg, flags)


def _extended(parts: list[str], rest: list[str]) -> tuple[Colour, int]:
    """A colour of 256 or of 24 bits, and how many further codes it took."""
    if len(parts) > 1:
        return tuple(parts[1:]), 0
    used = 2 if rest[:1] == ["5"] else 4
    return tuple(rest[:used]), used
