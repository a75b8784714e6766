"""Wrapping: safe text cut into lines of so many cells, wide characters and combining marks respected."""

from __future__ import annotations

from rich.cells import get_character_cell_size

GLUE = "\u00a0"
"""A blank at which no line is broken; shown as a plain one."""
TAB = 4


def glued(text: str) -> str:
    """The text as one piece that is broken only where it must be."""
    return text.replace(" ", GLUE)


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken at blanks and around wide characters.

    What a paragraph is indented by, its further lines are indented by as well. Words longer than a line are cut.
    Variation selectors are dropped: terminals do not agree on how wide they make a character.
    """
    width = max(1, width)
    lines: list[str] = []
    for paragraph in text.replace("\ufe0f", "").split("\n"):
        line = paragraph.expandtabs(TAB) if "\t" in paragraph else paragraph
        if line.isascii() and len(line) <= width:
            lines.append(line)
            continue
        body = line.lstrip(" ")
        indent = min(len(line) - len(body), width // 2)
        room = width - indent
        pieces = _wrap_ascii(body, room) if body.isascii() else _wrap_wide(body, room)
        lines += [" " * indent + piece for piece in pieces]
    return [line.replace(GLUE, " ") for line in lines] if GLUE in text else lines


def _wrap_ascii(text: str, width: int) -> list[str]:
    lines = []
    start = 0
    while len(text) - start > width:
        cut = text.rfind(" ", start + 1, start + width + 1)
        if cut < 0:
            lines.append(text[start : start + width])
            start += width
            continue
        lines.append(text[start:cut].rstrip(" "))
        start = cut + 1
        while text[start : start + 1] == " ":
            start += 1
    lines.append(text[start:].rstrip(" "))
    return lines


def _wrap_wide(text: str, width: int) -> list[str]:
    sizes = [get_character_cell_size(character) for character in text]
    marks = sizes.count(0)
    if marks > 2 * (len(text) - marks):  # no script needs more; a line of nothing but marks would never end
        text = "".join(character for character, size in zip(text, sizes, strict=True) if size)
        sizes = [size for size in sizes if size]
    lines = []
    start = used = 0
    cut = -1  # where the present line may end
    for place, size in enumerate(sizes):
        blank = text[place] == " "
        if size == 0:
            cut = place + 1 if cut == place else cut
            continue
        while used + size > width and place > start and not blank:
            end = cut if cut > start else place
            lines.append(text[start:end].rstrip(" "))
            start, cut = end, -1
            used = sum(sizes[start:place])
        used += size
        if blank or size == 2:
            cut = place + 1
    lines.append(text[start:].rstrip(" "))
    return lines
