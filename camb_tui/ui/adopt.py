"""Adopting task ids: reading them out of what the user typed or pasted. Never interprets more than ids."""

from __future__ import annotations

import re
from typing import NamedTuple

from camb_tui.domain.kinds import KINDS, find_kind

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{2,127}")
_SEPARATORS = re.compile(r"[\s,;\"'\[\]()]+")
MOST_IDS = 500
KEYS = "12345"
AT_ONCE = len(KEYS)
MORE = "0"


class Pasted(NamedTuple):
    """What a text holds: a kind where it named one, the ids, and how many words were no id."""

    kind: str | None
    task_ids: tuple[str, ...]
    left_out: int


def read_ids(text: str) -> Pasted:
    """The task ids in a text, each once and in order; a first word that names a kind is taken as the kind.

    Ids are opaque, so a word alone is taken as one; among several words an id shows itself by a digit.
    """
    words = [word for word in _SEPARATORS.split(text[:100_000]) if word]
    kind = find_kind(words[0]) if words else None
    if kind is not None:
        words = words[1:]
    found = list(dict.fromkeys(word for word in words if _is_id(word, alone=len(words) == 1)))
    return Pasted(kind.name if kind else None, tuple(found[:MOST_IDS]), len(words) - len(found))


def _is_id(word: str, *, alone: bool) -> bool:
    return bool(_ID.fullmatch(word)) and (alone or any(character.isdigit() for character in word))


def kind_options(page: int = 0) -> list[tuple[str, str]]:
    """A page of the kinds as a menu that fits a line of 80 cells: keys and short names, the last leads on."""
    shown = list(KINDS.values())[page * AT_ONCE : (page + 1) * AT_ONCE]
    return [*((key, kind.short) for key, kind in zip(KEYS, shown, strict=False)), (MORE, "more")]


def kind_behind(key: str, page: int = 0) -> str:
    """The kind a menu's key stands for."""
    return list(KINDS)[page * AT_ONCE + KEYS.index(key)]


def page_after(page: int) -> int:
    """The page that follows, after the last the first."""
    return (page + 1) % -(-len(KINDS) // AT_ONCE)
