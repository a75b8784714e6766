"""Borders: the places where a text may be cut, and how well each reads; from blank lines down to single characters.

Sentences end at the terminators of all scripts, whether a space follows or not; a full stop after an initial, a title
or a short number, or before a small letter, ends none. Where a script writes no spaces (Chinese, Japanese, Thai) and no
punctuation is near, the weakest borders may fall inside a word, since only a dictionary knows better; never inside a
grapheme. Pure; which places lie between graphemes is told by the caller.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

Graphemes = Callable[[str], Collection[int]]
"""Gives the places of a text that lie between two graphemes, and may leave out its two ends."""


class Rank(enum.IntEnum):
    """How well a text can be cut there, best first."""

    ITEM = 0
    PARAGRAPH = 1
    LINE = 2
    SENTENCE = 3
    CLAUSE = 4
    WORD = 5
    IDEOGRAPH = 6
    GRAPHEME = 7


class Border(NamedTuple):
    """One place: what stands before ends at `left`, what follows begins at `right`; between are blanks or nothing."""

    left: int
    right: int
    rank: Rank


_BLANKS = re.compile(r"(?:[^\S\u00a0\u2007\u202f]|\u200b)+")  # a blank that must not break is none
_LINE_END = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028]")
_CLOSING = "\"'”’»›)\\]}】」』）〉》〕］｝"
_ENDS = ".!?‼⁇⁈⁉…؟۔։।॥။។៕።፧᠃᠉。！？｡．"
_STOPS = ",;:،؛፣፤၊、，；：､–—―"
_ENDS_SENTENCE = re.compile(rf"([{_ENDS}]+)[{_CLOSING}]*$")
_ENDS_CLAUSE = re.compile(rf"[{_STOPS}][{_CLOSING}]*$")
_NO_BLANK_NEEDED = re.compile(
    rf"(?P<sentence>[‼⁇⁈⁉؟۔։।॥။។៕።፧᠃᠉。！？｡．]+[{_CLOSING}]*)|(?P<clause>(?:[،؛፣፤၊、，；：､―—]|…+)[{_CLOSING}]*)"
)
_LAST_WORD = re.compile(r"([^\W_]+)\.$")
_ABBREVIATIONS = frozenset(
    re.findall(
        r"\w+",
        "adv al approx apr art asst aug ave bd blvd bros bzw ca capt cf chap co col corp dec dr dra ed eds "
        "esp est etc feb fig figs fr gen gov hr hrsg inc jan jr jul jun lt ltd maj max med messrs mgr min "
        "mlle mme mr mrs ms mt nos nov nr oct op pp prof rd ref rep rev sen sep sept sgt sr sra srta st ste "
        "str tel usw vgl vol vols vs ",
    )
)
_TAIL = 60
"""Characters before a blank that are looked at; quotes and brackets behind a full stop are fewer."""
_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff"
_PHRASE_SPACES = re.compile(rf"[{_SPACELESS}]")
_IDEOGRAPHS = (
    "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_IDEOGRAPH = re.compile(rf"[{_IDEOGRAPHS}]")
_NOT_FIRST = frozenset(
    "々〻ーゝゞヽヾぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ・" + _ENDS + _STOPS + "\"'”’»›)]}】」』）〉》〕］｝"
)
_NOT_LAST = frozenset("“‘«‹([{【「『（〈《〔［｛")


def blank_borders(text: str) -> Iterator[Border]:
    """The border at each run of blanks, and behind punctuation that needs no blank after it, in order."""
    places: dict[int, Border] = {}
    for found in _BLANKS.finditer(text):
        if found.start() > 0 and found.end() < len(text):
            places[found.start()] = Border(found.start(), found.end(), _rank_of_blanks(text, *found.span()))
    for found in _NO_BLANK_NEEDED.finditer(text):
        at = found.end()
        if 0 < at < len(text) and at not in places and not _BLANKS.match(text, at) and text[at] not in _NOT_FIRST:
            rank = Rank.SENTENCE if found["sentence"] and not text[at].islower() else Rank.CLAUSE
            places[at] = Border(at, at, rank)
    return (places[at] for at in sorted(places))


def _rank_of_blanks(text: str, start: int, end: int) -> Rank:
    blanks = text[start:end]
    lines = len(_LINE_END.findall(blanks))
    if lines > 1 or "\u2029" in blanks:
        return Rank.PARAGRAPH
    if lines:
        return Rank.LINE
    before = text[max(0, start - _TAIL) : start]
    if (found := _ENDS_SENTENCE.search(before)) is not None:
        return _rank_of_end(before[: found.end(1)], found[1], text[end])
    if _ENDS_CLAUSE.search(before):
        return Rank.CLAUSE
    if _PHRASE_SPACES.match(before[-1]) and _PHRASE_SPACES.match(text[end]):
        return Rank.CLAUSE  # such scripts put a blank between phrases, not between words
    return Rank.WORD


def _rank_of_end(before: str, mark: str, following: str) -> Rank:
    """A terminator with a blank behind it: the end of a sentence, or an abbreviation, a number, speech within one."""
    if following.islower():
        return Rank.WORD if mark == "." else Rank.CLAUSE
    if mark == "." and (word := _LAST_WORD.search(before)) is not None:
        if word[1].isdecimal():
            return Rank.CLAUSE if len(word[1]) < 3 else Rank.SENTENCE  # "on the 3. of May" is no end, "in 1912." is one
        if len(word[1]) == 1 or word[1].lower() in _ABBREVIATIONS:
            return Rank.WORD
    return Rank.SENTENCE


def ideograph_borders(text: str, start: int, end: int) -> Iterator[Border]:
    """Borders beside ideographs and kana in a stretch, but for those no printer would break a line at."""
    for at in range(start + 1, end):
        before, after = text[at - 1], text[at]
        if (
            (_IDEOGRAPH.match(before) or _IDEOGRAPH.match(after))
            and after not in _NOT_FIRST
            and before not in _NOT_LAST
        ):
            yield Border(at, at, Rank.IDEOGRAPH)


def find_borders(text: str, fixed: Iterable[Border], *, limit: int, graphemes: Graphemes) -> list[Border]:
    """The borders worth looking at, in order: in each stretch only the best that leave pieces small enough to balance.

    Args:
        text: What is to be cut.
        fixed: Borders the caller knows of, such as those between the items of a list.
        limit: Most characters of a part; stretches longer than that get weaker borders until none is left.
        graphemes: Tells which places lie between graphemes.
    """
    between = None if text.isascii() else frozenset(graphemes(text))  # of ASCII only \r\n is one, and all blank

    def may(border: Border) -> bool:
        return between is None or (border.left in between and border.right in between)

    known = list(fixed)
    taken = {border.left for border in known} | {border.right for border in known}
    found = [one for one in blank_borders(text) if may(one) and not taken.intersection(range(one.left, one.right + 1))]
    chosen = sorted(known)
    for rank in (Rank.PARAGRAPH, Rank.LINE, Rank.SENTENCE, Rank.CLAUSE, Rank.WORD):
        room = limit if rank is Rank.WORD else limit // 4
        chosen = _refine(text, chosen, [one for one in found if one.rank is rank], room)
    for start, end in _stretches(text, chosen, limit):
        chosen += filter(may, ideograph_borders(text, start, end))
    chosen.sort()
    for start, end in _stretches(text, chosen, limit):
        places = range(start + 1, end) if between is None else [at for at in range(start + 1, end) if at in between]
        chosen += [Border(at, at, Rank.GRAPHEME) for at in places]
    return sorted(chosen)


def _stretches(text: str, borders: list[Border], room: int) -> list[tuple[int, int]]:
    """The stretches between neighbouring borders that are longer than `room`."""
    starts = [0, *(border.right for border in borders)]
    ends = [*(border.left for border in borders), len(text)]
    return [(start, end) for start, end in zip(starts, ends, strict=True) if end - start > room]


def _refine(text: str, chosen: list[Border], more: list[Border], room: int) -> list[Border]:
    """The chosen borders with those of `more` that lie in stretches longer than `room`."""
    wanted = iter(_stretches(text, chosen, room))
    stretch = next(wanted, None)
    added = []
    for border in more:
        while stretch is not None and stretch[1] <= border.left:
            stretch = next(wanted, None)
        if stretch is not None and stretch[0] < border.left and border.right < stretch[1]:
            added.append(border)
    return sorted([*chosen, *added])
