"""Views, which are saved filters with a name, and what the board says of a change to what they show."""

from __future__ import annotations

from typing import NamedTuple


class View(NamedTuple):
    """A saved filter with a name."""

    name: str
    query: str
    alarms: bool = False
    """Whether what is in it should be seen first."""


VIEWS = (
    View("All", ""),
    View("Active", "is:live -is:held"),
    View("Failed", "is:failed,unconfirmed,overdue,missing", alarms=True),
    View("Held", "is:held"),
    View("Unsaved", "is:unsaved"),
)


class BoardChange(NamedTuple):
    """What the table and its surroundings have to draw anew."""

    changed: frozenset[str] = frozenset()
    """Keys of the rows that read differently."""
    moved: bool = False
    """Rows came, went or changed places."""
    counts: bool = False
    """Some number of `counts()` is another."""

    def __or__(self, other: object) -> BoardChange:
        if not isinstance(other, BoardChange):
            return NotImplemented
        return BoardChange(self.changed | other.changed, self.moved or other.moved, self.counts or other.counts)
