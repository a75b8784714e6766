"""Where things stand on the main screen, decided from the terminal's size and what the user asked for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

BESIDE_FROM = 120
SIDE_FROM = 160
LOW = 20
"""Rows below which the detail is shown only alone."""
LOG_ROWS = 32
"""Rows from which the last notices get three lines."""
_STEP = 5
_LEAST, _MOST = 20, 80


@dataclass
class Wishes:
    """What the user asked for; None leaves it to the size."""

    detail: bool = True
    beside: bool | None = None
    share: int | None = None
    """The detail's part of the room, in percent."""
    alone: bool = False
    """The opened task has the room for itself."""

    def more(self, steps: int, *, now: int) -> None:
        """Give the detail more room, or less."""
        self.share = min(max(now + steps * _STEP, _LEAST), _MOST)


class Arrangement(NamedTuple):
    """What is shown where."""

    table: bool
    detail: bool
    beside: bool
    side: bool
    share: int
    """The detail's part of the room, in percent."""
    notices: int
    """Lines of notices."""


def arrange(width: int, height: int, wishes: Wishes) -> Arrangement:
    """The arrangement for a terminal of that size."""
    beside = wishes.beside if wishes.beside is not None else width >= BESIDE_FROM
    detail = wishes.alone or (wishes.detail and height >= LOW)
    share = wishes.share if wishes.share is not None else 45 if beside else 40
    return Arrangement(
        table=not wishes.alone,
        detail=detail,
        beside=beside,
        side=width >= SIDE_FROM and not wishes.alone,
        share=100 if wishes.alone else share,
        notices=3 if height >= LOG_ROWS and width >= BESIDE_FROM else 1,
    )
