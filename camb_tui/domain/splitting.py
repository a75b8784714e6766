"""Splitting: one request broken into smaller ones, at paragraphs first, then sentences, then clauses.

Nothing is lost: a cut keeps what stood between its parts, so that joining them gives back the text to the character.
Only texts can be split here: a text to speak, and the texts of a translation (by items first, then inside one). Media
and documents cannot: a story is one upload, and cutting sound takes another program. Pure; `borders` owns where a text
may be cut.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from camb_tui.domain.borders import Border, Graphemes, Rank, find_borders
from camb_tui.domain.kinds import Kind
from camb_tui.domain.parts import text_field
from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import Task

_SHARE = 0.6
"""Where no limit is known, the most of the whole that one of two parts may have: room to find a good border."""
_PENALTY = {
    Rank.ITEM: 0.0,
    Rank.PARAGRAPH: 0.0,
    Rank.LINE: 0.1,
    Rank.SENTENCE: 0.25,
    Rank.CLAUSE: 1.0,
    Rank.WORD: 3.0,
    Rank.IDEOGRAPH: 6.0,
    Rank.GRAPHEME: 20.0,
}
"""What a cut of each rank costs; a part a quarter off the even size costs 0.06, one half off 0.25."""
_PART_COSTS = 0.5
_USELESS = 1_000.0
"""Cost of a part too short for its kind, or without a letter or digit: only where there is no other way."""


class Cut(NamedTuple):
    """A text in parts: `joints[n]` stood before part n, the last one behind the last part."""

    parts: tuple[str, ...]
    joints: tuple[str, ...]

    @property
    def whole(self) -> str:
        """The text that was cut."""
        return "".join(joint + part for joint, part in zip(self.joints, self.parts, strict=False)) + self.joints[-1]


class Part(NamedTuple):
    """One of the smaller requests; `joint` stood between the text before and this one, None where a text begins."""

    request: dict[str, Any]  # JSON values by field name
    joint: str | None
    size: int
    """Characters."""


def split_text(text: str, limit: int, *, minimum: int = 1, graphemes: Graphemes) -> Cut:
    """The text in as few parts of at most `limit` characters as read well, about equal in size.

    Blanks at the cuts belong to no part. A single grapheme longer than the limit stays whole, and a part is shorter
    than `minimum` only where every way to cut leaves one.

    Raises:
        ValueError: The limit is below 1.
    """
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if start >= end:
        return Cut(("",), (text, ""))
    if start and unicodedata.category(text[start])[0] in "MC":
        start -= 1  # a mark or joiner belongs to the blank before it
    inner = text[start:end]
    spans, joints = _cut(inner, (), limit, minimum, graphemes)
    return Cut(tuple(inner[a:b] for a, b in spans), (text[:start], *joints, text[end:]))


def split_texts(texts: Sequence[str], limit: int, *, graphemes: Graphemes) -> list[tuple[tuple[str, ...], str | None]]:
    """A list of texts in groups of at most `limit` characters.

    A group whose first text goes on where the group before broke off has the joint between them, the others None.
    """
    if not texts:
        return []
    starts, at = [], 0
    for text in texts:
        starts.append(at)
        at += len(text) + 1
    flat = "\n".join(texts)
    fixed = [Border(start - 1, start, Rank.ITEM) for start in starts[1:]]
    begins = set(starts)
    groups: list[tuple[tuple[str, ...], str | None]] = []
    spans, joints = _cut(flat, fixed, limit, 1, graphemes)
    for place, (first, last) in enumerate(spans):
        cuts = [start for start in starts if first < start <= last]
        pieces = [flat[a : b - 1] for a, b in zip([first, *cuts], [*cuts, last + 1], strict=True)]
        groups.append((tuple(pieces), None if first in begins else joints[place - 1]))
    return groups


def _cut(
    text: str, fixed: Sequence[Border], limit: int, minimum: int, graphemes: Graphemes
) -> tuple[list[tuple[int, int]], list[str]]:
    """Start and end of each part, and what stands between them, at the least cost over all ways to cut."""
    if limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    if len(text) <= limit:
        return [(0, len(text))], []
    even = len(text) / -(-len(text) // limit)
    edge = Border(len(text), len(text), Rank.ITEM)
    borders = [Border(0, 0, Rank.ITEM), *find_borders(text, fixed, limit=limit, graphemes=graphemes), edge]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for place in range(1, len(borders)):
        best.append(_best_before(text, borders, best, place, limit=limit, minimum=minimum, even=even))
    chosen, place = [edge], len(borders) - 1
    while place > 0:
        place = best[place][1]
        chosen.append(borders[place])
    chosen.reverse()
    spans = [(before.right, after.left) for before, after in pairwise(chosen)]
    return spans, [text[border.left : border.right] for border in chosen[1:-1]]


def _best_before(
    text: str,
    borders: Sequence[Border],
    best: Sequence[tuple[float, int]],
    place: int,
    *,
    limit: int,
    minimum: int,
    even: float,
) -> tuple[float, int]:
    """The least cost of all up to this border, and the border before it that gives that cost."""
    here = borders[place]
    least: tuple[float, int] | None = None
    for before in range(place - 1, -1, -1):
        start = borders[before].right
        size = here.left - start
        if size > limit and least is not None:
            break
        cost = best[before][0] + _PART_COSTS + _PENALTY[here.rank] + (size / even - 1) ** 2
        if size < minimum or not any(map(str.isalnum, text[start : here.left])):
            cost += _USELESS
        if least is None or cost < least[0]:
            least = (cost, before)
        if size > limit:
            break  # one unbreakable piece, longer than the limit
    assert least is not None
    return least


# ------------------------------------------------------------------ requests


def split_request(
    kind: Kind,
    request: Mapping[str, Any],  # JSON values by field name
    *,
    graphemes: Graphemes,
) -> list[Part]:
    """The request in smaller ones: under the kind's limit where it is over that, else in two halves.

    One part means that it cannot be split further.
    """
    field = text_field(kind)
    value = request.get(field.name) if field is not None else None
    if field is None or not value:
        return [Part(dict(request), None, 0)]
    if isinstance(value, list):
        texts = [str(text) for text in value]
        groups = split_texts(texts, _limit(None, sum(map(len, texts)) + len(texts) - 1), graphemes=graphemes)
        return [Part({**request, field.name: list(some)}, joint, sum(map(len, some))) for some, joint in groups]
    text = str(value)
    least = int(field.minimum or 1)
    cut = split_text(text, _limit(field.maximum, len(text.strip())), minimum=least, graphemes=graphemes)
    if any(len(part) < least for part in cut.parts):
        return [Part(dict(request), None, len(text))]
    parts = enumerate(cut.parts)
    return [Part({**request, field.name: part}, cut.joints[n] if n else None, len(part)) for n, part in parts]


def _limit(maximum: float | None, size: int) -> int:
    if maximum is not None and size > maximum:
        return int(maximum)
    return max(1, int(size * _SHARE))


def part_submissions(task: Task, parts: Sequence[Part]) -> list[Submission]:
    """What is to be sent in a task's place: named after it, with its tags."""
    name = task.label or task.kind
    return [
        Submission(
            task.kind,
            part.request,
            f"{name} ({number}/{len(parts)})",
            task.tags,
            part_of=task.key,
            joint=part.joint,
        )
        for number, part in enumerate(parts, 1)
    ]
