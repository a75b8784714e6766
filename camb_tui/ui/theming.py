"""Colour themes: TOML files, the shipped ones and the user's own, read into Textual's themes.

A file has `name`, `dark`, perhaps `ansi` (only the terminal's own colours), a table `colours` of Textual's colour roles
and a table `variables` of its theme variables. A bad file is an error that names it; the caller goes on without it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import Theme

from camb_tui.domain.errors import SettingsError

DEFAULT = "dark"
FEW_COLOURS = "ansi"
_STATES = ("primary", "secondary", "warning", "error", "success", "accent")
_GROUNDS = ("foreground", "background", "surface", "panel", "boost")
_ROLES = frozenset((*_STATES, *_GROUNDS))
_ANSI_DEFAULTS = {"ansi-background": "ansi_black", "ansi-foreground": "ansi_white"}
"""Variables that Textual's own styles expect of an ansi theme and do not provide."""
_VARIABLE = re.compile(r"[a-z0-9-]+")
_VALUE = re.compile(r"[#\w %.()+,-]{1,80}")
_KNOWN = {"name", "dark", "ansi", "colours", "variables"}


def shipped_folder() -> Path:
    """Where our own themes are: in the package once installed, beside it in a source tree."""
    package = Path(__file__).parent.parent
    installed = package / "themes"
    return installed if installed.is_dir() else package.parent / "themes"


def read_theme(path: Path) -> Theme:
    """The theme in a file.

    Raises:
        SettingsError: It cannot be read, or is no theme; the words name the file and what is wrong.
    """
    try:
        with path.open("rb") as file:
            found = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"theme {path.name}: {error}") from error
    try:
        return _theme(found)
    except (ValueError, ColorParseError) as error:
        raise SettingsError(f"theme {path.name}: {error}") from error


def _theme(found: dict[str, Any]) -> Theme:
    if unknown := set(found) - _KNOWN:
        raise ValueError(f"unknown key {min(unknown)!r}")
    name, colours, variables = found.get("name"), found.get("colours", {}), found.get("variables", {})
    if not isinstance(name, str) or not re.fullmatch(r"[\w-]{1,40}", name):
        raise ValueError("name must be a word")
    if not isinstance(colours, dict) or not isinstance(variables, dict) or "primary" not in colours:
        raise ValueError("[colours] needs at least `primary`")
    if unknown := set(colours) - _ROLES:
        raise ValueError(f"unknown colour role {min(unknown)!r}")
    for role, colour in colours.items():
        if not isinstance(colour, str):
            raise ValueError(f"{role} must be a text")
        Color.parse(colour)
    for variable, value in variables.items():
        if not _VARIABLE.fullmatch(variable) or not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise ValueError(f"bad variable {variable!r}")
        if value[:1] == "#" or value.startswith("ansi_"):
            Color.parse(value)
    flags = {flag: found[flag] for flag in ("dark", "ansi") if flag in found}
    if not all(isinstance(flag, bool) for flag in flags.values()):
        raise ValueError("dark and ansi are true or false")
    assert set(flags) <= {field.name for field in fields(Theme)}
    if flags.get("ansi"):
        variables = _ANSI_DEFAULTS | variables
    return Theme(name=name, **colours, variables=variables, **flags)


def theme_files(*folders: Path | None) -> Iterator[Path]:
    """The theme files of some folders, by name; a folder that is not there holds none."""
    for folder in folders:
        if folder is not None and folder.is_dir():
            yield from sorted(folder.glob("*.toml"))


def find_theme(name: str, *folders: Path | None) -> Theme:
    """The theme called `name`; a file of that name is tried first, so that only one file is read as a rule.

    Raises:
        SettingsError: There is none, or its file is bad.
    """
    files = list(theme_files(*folders))
    for path in reversed(files):  # later folders are the user's own and come first
        if path.stem == name:
            return read_theme(path)
    for path in reversed(files):
        try:
            theme = read_theme(path)
        except SettingsError:
            continue  # another file's fault says nothing about the one that is looked for
        if theme.name == name:
            return theme
    raise SettingsError(f"there is no theme {name!r}; there are {', '.join(path.stem for path in files) or 'none'}")


def all_themes(*folders: Path | None) -> tuple[list[Theme], list[str]]:
    """Every theme that can be read, and what is wrong with the others."""
    themes, faults = [], []
    for path in theme_files(*folders):
        try:
            themes.append(read_theme(path))
        except SettingsError as error:
            faults.append(str(error))
    return themes, faults
