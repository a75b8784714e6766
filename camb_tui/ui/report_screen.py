"""The screen of a retry's report: one line a task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from camb_tui.domain.text import fit
from camb_tui.ui.line import Part
from camb_tui.ui.reporting import RetryReport

MOST_LISTED = 500
_NAME_CELLS = 34


class ReportScreen(Screen[None]):
    """The report, task by task."""

    DEFAULT_CSS = """
    ReportScreen { background: $background; color: $text; }
    ReportScreen > #report-title { height: 1; padding: 0 1; background: $panel; }
    ReportScreen > VerticalScroll { padding: 1 2; scrollbar-size-vertical: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", "Back", id="report.close"),
        Binding("j,down", "scroll_page(1)", show=False),
        Binding("k,up", "scroll_page(-1)", show=False),
    ]

    def __init__(self, report: RetryReport) -> None:
        super().__init__()
        self._report = report

    def compose(self) -> ComposeResult:
        title = Content.assemble(
            ("Report", "bold $text-primary"),
            f"  {self._report.summary().partition(';')[0]}",
            ("   q back", "$text-muted"),
        )
        yield Static(title, id="report-title")
        with VerticalScroll():
            yield Static(Content.assemble(*self._parts()))

    def action_close(self) -> None:
        self.dismiss(None)

    def action_scroll_page(self, direction: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=direction * 3, animate=False)

    def _parts(self) -> Iterator[Part]:
        lines = list(self._report.lines())
        for name, words, colour in lines[:MOST_LISTED]:
            yield fit(name, _NAME_CELLS) + "  "
            yield f"{words}\n", colour
        if len(lines) > MOST_LISTED:
            yield f"and {len(lines) - MOST_LISTED:,} more\n", "$text-muted"
        yield "\nis:failed try>1 filters the list to what failed again.", "$text-muted"
