"""Segmenting: which places of a text lie between graphemes, and a task's request split with that knowledge.

Graphemes come from wcwidth, which follows Unicode's rules (UAX 29) with conjuncts, emoji sequences and flags. Sentences
and clauses are the domain's: of the packages that know them, none has wheels for every platform this runs on, or is
right about titles and quotes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from camb_tui.domain.errors import UsageError
from camb_tui.domain.kinds import KINDS
from camb_tui.domain.parts import obstacle
from camb_tui.domain.splitting import Part, split_request
from camb_tui.domain.tasks import Task
from camb_tui.domain.text import one_line


def grapheme_starts(text: str) -> frozenset[int]:
    """Where each grapheme of a text begins, and where the last one ends."""
    from wcwidth import iter_graphemes  # its tables take a moment to load, and only a split needs them

    at, found = 0, [0]
    for grapheme in iter_graphemes(text):
        at += len(grapheme)
        found.append(at)
    return frozenset(found)


def split_fields(kind: str, request: Mapping[str, Any]) -> list[Part]:  # JSON values by field name
    """A request of a kind in smaller ones; a single one where it cannot be split."""
    return split_request(KINDS[kind], request, graphemes=grapheme_starts)


def split_task(task: Task) -> list[Part]:
    """A task's request in smaller ones, two or more.

    Raises:
        UsageError: It cannot be split; the text says why.
    """
    name = one_line(task.label or task.kind, 40)
    if why := obstacle(task):
        raise UsageError(f"{name}: cannot be split: {why}")
    parts = split_fields(task.kind, task.request)
    if len(parts) < 2:
        raise UsageError(f"{name}: cannot be split: its text is too short to be cut")
    return parts
