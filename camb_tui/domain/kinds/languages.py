"""The languages the service knows: id, tag and name, and how one finds another.

The table is a snapshot for the first start and for the simulator; the live lists of the service take its place in
the form. Names are expansions of the tags, not the service's own words.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

AUTO = "auto"


class Language(NamedTuple):
    """One language: `id` is None where only tag routes know it, `tag` is lower case."""

    id: int | None
    tag: str
    name: str


@functools.cache
def languages() -> tuple[Language, ...]:
    """Every language of the snapshot, by id; rows without a tag are left out."""
    text = Path(__file__).with_name("languages.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(
        Language(int(row["id"]) if row["id"] else None, row["tag"].lower(), row["name"]) for row in rows if row["tag"]
    )


@functools.cache
def _index() -> dict[str, Language]:
    found: dict[str, Language] = {}
    for language in languages():
        found.setdefault(language.tag, language)
        if language.id is not None:
            found[str(language.id)] = language
    return found


def find_language(value: int | str) -> Language | None:
    """The language with this id or tag, whatever the tag's case; None for one we do not know."""
    return _find(str(value))


@functools.lru_cache(maxsize=1024)
def _find(text: str) -> Language | None:
    return _index().get(text.strip().lower().replace("_", "-"))


def language_tag(value: int | str) -> str:
    """The tag to show for an id or a tag; the value itself where we do not know it."""
    language = find_language(value)
    return language.tag if language is not None else str(value)


def search_languages(text: str, among: Iterable[Language] | None = None) -> list[Language]:
    """Languages whose tag, name or id match what was typed, best first: id, tag start, name start, anywhere."""
    wanted = text.strip().lower()
    ranked: list[tuple[int, int, Language]] = []
    for place, language in enumerate(languages() if among is None else among):
        name = language.name.lower()
        if str(language.id) == wanted or language.tag == wanted:
            rank = 0
        elif language.tag.startswith(wanted):
            rank = 1
        elif name.startswith(wanted):
            rank = 2
        elif wanted in name or wanted in language.tag:
            rank = 3
        else:
            continue
        ranked.append((rank, place, language))
    return [language for _, _, language in sorted(ranked)]
