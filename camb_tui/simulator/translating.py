"""Translating: sample phrases in nine languages, and an honest mark on everything else.

A text of known phrases comes out truly translated; any other sentence comes out as it was, with the target's tag
before it, as in `[nl-nl] Where is the harbour?`, so that nobody takes it for a translation.
"""

from __future__ import annotations

import csv
import functools
import re
from importlib import resources

from camb_tui.domain.kinds import language_tag

SENTENCE = re.compile(r"[^.!?。！？।؟]+[.!?。！？।؟]*\s*")
SCRIPT_STARTS = "Welcome to our channel."
"""The phrase with which the sample film begins; it goes on to the last phrase."""


@functools.cache
def _rows() -> tuple[dict[str, str], ...]:
    text = resources.files(__package__).joinpath("phrases.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _known(text: str) -> str:
    return " ".join(text.lower().strip().rstrip(".!?。！？।؟").split())


@functools.cache
def _phrases() -> dict[str, dict[str, str]]:
    """Every phrase of every language, by its bare words; what stands for two phrases is taken as the first."""
    found: dict[str, dict[str, str]] = {}
    for row in _rows():
        for phrase in row.values():
            found.setdefault(_known(phrase), row)
    return found


def base_of(language: int | str) -> str:
    """The language without its region, as in `fr` of 76 or fr-ca."""
    return language_tag(language).partition("-")[0]


def script(language: int | str) -> list[str]:
    """The sentences spoken in the sample film, in that language or else in English."""
    rows = _rows()
    start = next(place for place, row in enumerate(rows) if row["en"] == SCRIPT_STARTS)
    base = base_of(language)
    return [row.get(base) or row["en"] for row in rows[start:]]


def translate(text: str, target: int | str) -> str:
    """The text in the target language, as well as the simulator can."""
    if not text.strip():
        return text
    base = base_of(target)
    whole = _phrases().get(_known(text))
    if whole is not None and base in whole:
        return whole[base]
    rows = [_phrases().get(_known(sentence)) for sentence in SENTENCE.findall(text)]
    known = [row[base] for row in rows if row is not None and base in row]
    if rows and len(known) == len(rows):
        return ("" if base == "ja" else " ").join(known)
    return f"[{language_tag(target)}] {text}"
