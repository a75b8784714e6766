"""Saved files that stand already: which of them a piece of a result is, so that it is neither fetched nor kept twice.

Looks at names, sizes and bytes; fetches nothing and writes nothing.
"""

from __future__ import annotations

import filecmp
import re
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

NAMES_TOLD = 3


def files_of(saved: Collection[str], folder: Path, stem: str) -> list[Path]:
    """Those of a task's saved files that are still there and have the name of one piece: `stem`, `stem-2`, ..."""
    name = re.compile(re.escape(stem) + r"(-\d+)?")
    paths = [path for path in map(Path, saved) if path.parent == folder and name.fullmatch(path.stem)]
    return [path for path in paths if path.is_file()]


def of_size(paths: Sequence[Path], size: int | None) -> Path | None:
    """The first of these files that has so many bytes."""
    return next((path for path in paths if path.stat().st_size == size), None)


def same_file(part: Path, folder: Path, stem: str, suffix: str) -> Path | None:
    """The file under the name `part` is to have, `stem`, `stem-2`, ..., that holds the very same bytes."""
    number = 1
    while (path := folder / f"{stem}{f'-{number}' if number > 1 else ''}{suffix}").exists():
        if path.is_file() and filecmp.cmp(part, path, shallow=False):
            return path
        number += 1
    return None


def saved_words(paths: Sequence[str], folder: Path, there: Sequence[str] = ()) -> str:
    """What was saved where and what stood there already, in a sentence: every name where there are few, else how many.

    Args:
        paths: The files that are new.
        folder: Where they are.
        there: The files that were there already.
    """
    if not there:
        return _saved(paths, folder)
    names = _names(there)
    found = f"there already: {_listed(names)}" if len(names) <= NAMES_TOLD else f"{len(names)} files were there already"
    return f"{_saved(paths, folder)}; {found}" if paths else f"nothing new in {folder}; {found}"


def _saved(paths: Sequence[str], folder: Path) -> str:
    names = _names(paths)
    if len(names) <= NAMES_TOLD:
        return f"saved {_listed(names)} in {folder}"
    sorts = Counter(name.rpartition(".")[2] for name in names)
    return f"{len(names)} files saved in {folder}: {', '.join(f'{count} {sort}' for sort, count in sorts.items())}"


def _listed(names: Sequence[str]) -> str:
    """The names; of files that differ in their endings alone the shared part once, for a line is short."""
    stems = {name.rpartition(".")[0] for name in names}
    if len(stems) > 1 or "" in stems:
        return ", ".join(names)
    return ", ".join([names[0], *(f".{name.rpartition('.')[2]}" for name in names[1:])])


def _names(paths: Sequence[str]) -> list[str]:
    return [path.rpartition("/")[2] for path in paths]
