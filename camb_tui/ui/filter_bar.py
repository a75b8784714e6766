"""The filter bar: the filter of this view, how many rows it leaves, and what is wrong with it while it is typed."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widget import Widget

from camb_tui.domain.text import one_line
from camb_tui.ui.entry import Entry
from camb_tui.ui.line import Line

_INFO_CELLS = 16


class FilterBar(Widget):
    """One line; the input in it is made when it is first opened."""

    DEFAULT_CSS = """
    FilterBar { layout: horizontal; height: 1; padding: 0 1; }
    FilterBar > #filter-sign { width: 1fr; }
    FilterBar.-open > #filter-sign { width: 2; }
    FilterBar > #filter-info { width: 16; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._sign, self._info = Line(id="filter-sign"), Line(id="filter-info")
        self._entry: Entry | None = None
        self._text = ""
        self._width = _INFO_CELLS

    def compose(self) -> ComposeResult:
        yield self._sign
        yield self._info

    @property
    def is_open(self) -> bool:
        """Whether the filter is being typed."""
        return self.has_class("-open")

    @property
    def entry(self) -> Entry | None:
        """The input, once there is one."""
        return self._entry

    def open(self, text: str) -> None:
        """Let the user type the filter."""
        if self._entry is None:
            self._entry = Entry(id="filter-entry")
            self.mount(self._entry, after=self._sign)
        self.add_class("-open")
        self._entry.display = True
        self._entry.value = text
        self._entry.cursor_position = len(text)
        self._sign.put([("/ ", "bold $text-primary")])
        self.screen.set_focus(self._entry)  # now, not soon: what is typed next is meant for it

    def close(self) -> None:
        """The list has the keys again."""
        self.remove_class("-open")
        if self._entry is not None:
            self._entry.display = False
        self.show(self._text)

    def show(self, text: str) -> None:
        """The filter in force."""
        self._text = text
        if not self.is_open:
            self._sign.put([("/ ", "$text-muted"), (one_line(text) if text else "", "$text-primary")])

    def tell(self, shown: int, total: int, fault: str = "") -> None:
        """How many rows are shown of how many, or what is wrong."""
        if fault:
            self._set_info(one_line(fault, 60), "$text-error")
        else:
            self._set_info(f"{shown:,} of {total:,}" if shown != total else f"{total:,}", "$text-muted")

    def _set_info(self, words: str, style: str) -> None:
        """Give the words their room; only a new width lays the line out again."""
        width = max(len(words), _INFO_CELLS)
        if width != self._width:
            self._width = width
            self._info.styles.width = width
        self._info.put([(words.rjust(width), style)])
