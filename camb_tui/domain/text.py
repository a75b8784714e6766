"""Text from elsewhere made safe to show: no control characters, no direction marks, no more than was asked for."""

from __future__ import annotations

import re
import unicodedata

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)
_BLANKS = re.compile(r"\s+")
ELLIPSIS = "…"


def safe(text: str, limit: int = 20_000) -> str:
    """The text with all that could move a cursor, colour a cell or turn the line's direction made visible as `·`.

    Tabs and line breaks stay; of a longer text the first `limit` characters stay, and a line says how many are missing.
    """
    cut = text[:limit].replace("\r\n", "\n").replace("\r", "\n")
    cut = _UNSAFE.sub("·", cut)
    if len(text) > limit:
        cut += f"\n[{len(text) - limit:,} more characters not shown]"
    return cut


def one_line(text: str, limit: int = 500) -> str:
    """The text as one safe line of at most `limit` characters."""
    line = _BLANKS.sub(" ", _UNSAFE.sub("·", text[: limit * 4])).strip()
    return line if len(line) <= limit else line[: limit - 1] + ELLIPSIS


def cell_width(text: str) -> int:
    """Cells the text takes in a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    width = 0
    for character in text:
        if unicodedata.combining(character) or character in "\ufe0e\ufe0f":
            continue
        width += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return width


def fit(text: str, width: int, *, middle: bool = False) -> str:
    """The line cut and padded to exactly `width` cells; `middle` cuts in the middle, which keeps both ends readable."""
    if width <= 0:
        return ""
    size = cell_width(text)
    if size <= width:
        return text + " " * (width - size)
    if width == 1:
        return ELLIPSIS
    keep_end = (width - 1) // 2 if middle else 0
    head = _take(text, width - 1 - keep_end)
    tail = _take(text[::-1], keep_end)[::-1] if keep_end else ""
    return fit(head + ELLIPSIS + tail, width) if cell_width(head + tail) < width else head


def _take(text: str, width: int) -> str:
    taken = 0
    for place, character in enumerate(text):
        taken += cell_width(character)
        if taken > width:
            return text[:place]
    return text
