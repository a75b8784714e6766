"""What the terminal can do, read from the environment before the screen starts: refusal, ASCII, mouse, colours."""

from __future__ import annotations

import codecs
import enum
import os
import sys
from collections.abc import Mapping
from typing import TextIO


class Mouse(enum.StrEnum):
    """How much of the mouse we ask the terminal for."""

    OFF = "off"
    CLICKS = "clicks"
    FULL = "full"

    @property
    def next(self) -> Mouse:
        """The level after this one, round and round."""
        levels = list(Mouse)
        return levels[(levels.index(self) + 1) % len(levels)]


MOUSE_CODES = {
    Mouse.OFF: "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1015l\x1b[?1006l",
    Mouse.CLICKS: "\x1b[?1003l\x1b[?1000h\x1b[?1006h",
    Mouse.FULL: "\x1b[?1000h\x1b[?1003h\x1b[?1006h",
}
"""What to write to reach a level from any other."""


def terminal_refusal(
    environ: Mapping[str, str] = os.environ, *, stdin: TextIO | None = None, stderr: TextIO | None = None
) -> str | None:
    """Why the screen cannot be shown here, None where it can."""
    if environ.get("TERM", "") == "dumb":
        return "TERM=dumb: this terminal cannot show a screen"
    stdin, stderr = stdin or sys.__stdin__, stderr or sys.__stderr__
    for name, stream in (("input", stdin), ("error output", stderr)):
        if stream is None or stream.closed or not stream.isatty():
            return f"the standard {name} is not a terminal"
    return None


def wants_ascii(stderr: TextIO | None = None) -> bool:
    """Whether only ASCII signs are safe: what is written to the terminal is not encoded as UTF-8."""
    stream = stderr or sys.__stderr__
    encoding = getattr(stream, "encoding", None) or "ascii"
    try:
        return codecs.lookup(encoding).name != "utf-8"
    except LookupError:
        return True


def mouse_level(environ: Mapping[str, str] = os.environ) -> Mouse:
    """Full on a local terminal; off over SSH, where each motion would cost a repaint."""
    return Mouse.OFF if environ.get("SSH_CONNECTION") else Mouse.FULL


def is_remote(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a slow link may lie between us and the terminal."""
    return bool(environ.get("SSH_CONNECTION"))


def wants_no_color(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the user asked for no colour: NO_COLOR set and not empty, as no-color.org has it."""
    return bool(environ.get("NO_COLOR"))


def has_few_colours(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal has 16 colours or fewer, as far as the environment tells."""
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return False
    term = environ.get("TERM", "")
    return not any(mark in term for mark in ("256", "direct", "kitty", "alacritty", "ghostty", "wezterm", "foot"))
