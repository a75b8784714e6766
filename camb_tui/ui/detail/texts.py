"""Translations in the Result tab: source and target side by side where there is room, else one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.cells import cell_len

from camb_tui.domain.kinds import language_tag
from camb_tui.domain.results import Result
from camb_tui.domain.submissions import task_languages
from camb_tui.domain.tasks import Task
from camb_tui.domain.text import one_line, safe
from camb_tui.ui.detail.parts import BLANK, Block, Line, Part, Row, Span
from camb_tui.ui.detail.wrapping import wrap
from camb_tui.ui.words import count_text

WIDE = 70
"""Cells from which two columns read better than one."""
LIMIT = 200_000
"""Most characters of one text; more than a novel's chapter."""


class Pairs:
    """Texts with their translations, numbered, a row each."""

    def __init__(self, sources: Sequence[str], targets: Sequence[str]) -> None:
        self.sources = sources
        self.targets = targets
        self.digits = len(str(len(self)))

    def __len__(self) -> int:
        return max(len(self.sources), len(self.targets))

    def row_text(self, place: int) -> str:
        """What a search looks at."""
        return f"{_at(self.sources, place)}\n{_at(self.targets, place)}"

    def height(self, place: int, width: int) -> int:
        return len(self.draw(place, width))

    def draw(self, place: int, width: int) -> list[Line]:
        source, target = _at(self.sources, place), _at(self.targets, place)
        number = f"{place + 1:>{self.digits}}  "
        indent = len(number)
        if width < WIDE:
            lines = _stacked(source, target, number, width - indent)
        else:
            column = (width - indent - 2) // 2
            lines = _beside(wrap(source, column), wrap(target, column), number, column)
        return [*lines, ()] if len(lines) > 1 and place < len(self) - 1 else lines


def _at(texts: Sequence[str], place: int) -> str:
    return safe(texts[place], LIMIT).strip("\n") if place < len(texts) else ""


def _stacked(source: str, target: str, number: str, width: int) -> list[Line]:
    lead, pad = Span(number, "label"), Span(" " * len(number))
    dim = [Span(line, "dim") for line in wrap(source, width)] if source else []
    texts = dim + [Span(line) for line in wrap(target, width)]
    return [(pad if place else lead, text) for place, text in enumerate(texts)]


def _beside(sources: list[str], targets: list[str], number: str, column: int) -> list[Line]:
    lines: list[Line] = []
    for source, target in zip_longest(sources, targets, fillvalue=""):
        lead = Span(" " * len(number)) if lines else Span(number, "label")
        gap = Span(" " * (column + 2 - cell_len(source)))
        lines.append((lead, Span(source, "dim"), gap, Span(target)))
    return lines


def translation_parts(task: Task, result: Result) -> list[Part]:
    """A translation with what was sent beside it."""
    sent = task.request.get("texts") or task.request.get("text") or []
    sources = [str(text) for text in sent] if isinstance(sent, list) else [str(sent)]
    source_language = task.request.get("source_language")
    tags = [language_tag(source_language) if source_language is not None else "", task_languages(task)]
    into = " to ".join(one_line(tag, 60) for tag in tags if tag)
    summary = [Row(", ".join(filter(None, [count_text(len(result.texts), "text"), into])), "dim")]
    if sources and len(sources) != len(result.texts):
        summary.append(Row(f"Sent were {len(sources):,}: the numbers differ.", "warning"))
    return [Block([*summary, BLANK]), Pairs(sources, result.texts)]
