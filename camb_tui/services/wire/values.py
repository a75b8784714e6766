"""The values the client takes and gives, importable without paying for httpx."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import NamedTuple

Progress = Callable[[int, int], None]
"""Told (bytes done, bytes in all); the latter is 0 where nobody knows."""


class RoutesChoice(enum.StrEnum):
    """Which set of paths to use; AUTO begins with the reference's and learns what answers."""

    AUTO = "auto"
    REFERENCE = "reference"
    GUIDE = "guide"


class Accepted(NamedTuple):
    """The service took a task and gave it this id."""

    task_id: str
    """Empty where it answered with the result at once, as the create of some kinds may."""


class Download(NamedTuple):
    """A file that came whole."""

    size: int
    content_type: str
    suffix: str
    """With its dot, by the file's first bytes where they tell."""
