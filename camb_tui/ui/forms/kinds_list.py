"""The kinds at the left of the form: short name and title, one of them chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from camb_tui.domain.kinds import Kind
from camb_tui.domain.text import fit


class KindsList(Widget, can_focus=True):
    """Chooses a kind."""

    DEFAULT_CSS = """
    KindsList { width: 28; height: 100%; padding: 0 2 0 1; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "Kind before", show=False, id="form.list-up"),
        Binding("down,j", "step(1)", "Next kind", show=False, id="form.list-down"),
        Binding("enter,right", "app.focus_next", "To its fields", show=False, id="form.list-enter"),
    ]

    @dataclass
    class Chosen(Message):
        """Another kind was chosen."""

        name: str

    place: reactive[int] = reactive(0)

    def __init__(self, kinds: Sequence[Kind], chosen: str, *, ascii_only: bool) -> None:
        super().__init__()
        self.kinds = list(kinds)
        self._mark = ">" if ascii_only else "▸"
        self.set_reactive(KindsList.place, [kind.name for kind in self.kinds].index(chosen))

    @property
    def chosen(self) -> Kind:
        """The chosen kind."""
        return self.kinds[self.place]

    def choose(self, place: int) -> None:
        """Choose by place; nothing happens where there is none, or where it is chosen already."""
        if 0 <= place < len(self.kinds) and place != self.place:
            self.place = place
            self.post_message(self.Chosen(self.chosen.name))

    def action_step(self, step: int) -> None:
        """Choose the next kind, or the one before."""
        self.choose((self.place + step) % len(self.kinds))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.choose(event.y)

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self.refresh()

    def render(self) -> RenderResult:
        width = self.content_size.width
        lines = []
        for place, kind in enumerate(self.kinds):
            is_chosen = place == self.place
            mark, short = f"{self._mark if is_chosen else ' '} ", f"{kind.short:<6}"
            title = fit(kind.title, width - 8)
            style = "bold $text-primary" if is_chosen else ""
            if is_chosen and self.has_focus:
                style = "bold $block-cursor-foreground on $block-cursor-background"
            lines.append(Content.assemble((mark + short, style), (title, style)))
        return Content("\n").join(lines)
