"""The left column of a wide screen: batches with a bar each, today's figures, how long each kind usually takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from camb_tui.domain.kinds import KINDS
from camb_tui.domain.text import fit, one_line
from camb_tui.services.changes import Usual
from camb_tui.ui.figures import BatchFigures, Figures
from camb_tui.ui.line import Line, Part
from camb_tui.ui.words import duration_text

_BAR = 8
_MOST_BATCHES = 12
# Braille cells are one cell wide in every terminal; block elements are of ambiguous width.
_FULL, _EMPTY = "⣿", "⣀"


class Sidebar(Line):
    """Figures as text."""

    DEFAULT_CSS = """
    Sidebar { width: 32; height: 1fr; padding: 0 1; border-right: vkey $border; }
    """

    def __init__(self, *, ascii: bool = False, id: str | None = None) -> None:  # noqa: A002 - the option's name
        super().__init__(id=id)
        self._full, self._empty = ("#", ".") if ascii else (_FULL, _EMPTY)

    def show(self, figures: Figures, usual: Sequence[Usual] = ()) -> None:
        """Show these figures, and what was learned of the kinds, also in other sessions."""
        parts: list[Part] = [("Today\n", "bold")]
        for number, words, colour in (
            (figures.sent_today, "sent", "$foreground"),
            (figures.done_today, "done", "$foreground"),
            (figures.failed_today, "failed", "$text-error" if figures.failed_today else "$foreground"),
        ):
            parts += [(f"{number:>6,}", colour), (f" {words}\n", "$text-muted")]
        parts += self._usual(usual) + self._batches(figures.batches)
        self.put(parts)

    @staticmethod
    def _usual(usual: Sequence[Usual]) -> list[Part]:
        if not usual:
            return []
        parts: list[Part] = [("\nUsually takes", "bold"), ("   p50     p95\n", "$text-muted")]
        for kind, p50, p95, _ in usual:
            short = KINDS[kind].short if kind in KINDS else one_line(kind, 20)
            parts += [(fit(short, 12), "$text-muted"), f"{duration_text(p50):>8}{duration_text(p95):>8}\n"]
        return parts

    def _batches(self, batches: Mapping[str, BatchFigures]) -> list[Part]:
        if not batches:
            return []
        parts: list[Part] = [("\nBatches\n", "bold")]
        for name, batch in list(batches.items())[-1 : -_MOST_BATCHES - 1 : -1]:
            if batch.total <= 0:
                continue
            full = batch.done * _BAR // batch.total
            parts += [
                fit(one_line(name, 40), 9, middle=True) + " ",
                (self._full * full, "$text-success"),
                (self._empty * (_BAR - full), "$text-muted"),
                (f" {batch.done}/{batch.total}", "$foreground"),
                (f" {batch.failed}!" if batch.failed else "", "$text-error"),
                "\n",
            ]
        return parts
