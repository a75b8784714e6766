"""The controls a field can have: a line, a line with matches, a box of text, a choice. None blinks, none is animated.

A control knows its text and nothing of fields, kinds or faults; its row does.
"""

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
from textual.widgets import Input, TextArea

from camb_tui.domain.text import cell_width, fit
from camb_tui.ui.forms.lookup import Match


class TextLine(Input):
    """One line of text; up, down and enter go to the neighbouring field."""

    DEFAULT_CSS = """
    TextLine {
        &.-textual-compact { border-left: solid $border !important; padding: 0 1; }
        &.-textual-compact:focus { border-left: thick $primary !important; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "before", "Previous field", show=False, id="form.field-previous"),
        Binding("down,enter", "after", "Next field", show=False, id="form.field-next"),
    ]

    def __init__(self, text: str = "", *, placeholder: str = "") -> None:
        super().__init__(text, placeholder=placeholder, compact=True, select_on_focus=False)
        self.cursor_blink = False

    def action_before(self) -> None:
        """Go to the field above."""
        self.screen.focus_previous()

    def action_after(self) -> None:
        """Go to the field below."""
        self.screen.focus_next()


class Matches(Widget):
    """What the typed text may mean: a few lines over whatever stands below the field, one of them chosen or none."""

    DEFAULT_CSS = """
    Matches {
        display: none;
        width: 1fr;
        height: auto;
        overlay: screen;
        constrain: inside inflect;
        background: $panel;
        color: $text-muted;
        border-left: thick $primary;
    }
    """

    @dataclass
    class Picked(Message):
        """A line was clicked."""

        match: Match

    found: reactive[tuple[Match, ...]] = reactive((), layout=True)
    chosen: reactive[int | None] = reactive(None)

    def show(self, found: Sequence[Match], chosen: int | None = None) -> None:
        """Show these; nothing to show hides the list."""
        self.found = tuple(found)
        self.chosen = chosen if found else None
        self.display = bool(found)

    @property
    def is_open(self) -> bool:
        return bool(self.found) and bool(self.display)

    @property
    def pick(self) -> Match | None:
        """The chosen line."""
        return self.found[self.chosen] if self.is_open and self.chosen is not None else None

    def move(self, step: int) -> None:
        """Choose the next line, or the one before; past either end none is chosen."""
        places = [None, *range(len(self.found))]
        self.chosen = places[(places.index(self.chosen) + step) % len(places)]

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self.found)

    def render(self) -> RenderResult:
        width = self.content_size.width
        lead = max((cell_width(match.lead) for match in self.found), default=0)
        lines = []
        for place, match in enumerate(self.found):
            is_chosen = place == self.chosen
            head = fit(f" {match.lead}", min(lead + 3, width))
            rest = fit(match.rest, max(0, width - cell_width(head)))
            style = "bold $block-cursor-foreground on $block-cursor-background" if is_chosen else ""
            lines.append(Content.assemble((head, style or "$foreground"), (rest, style)))
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if 0 <= event.y < len(self.found):
            self.post_message(self.Picked(self.found[event.y]))


class SearchLine(TextLine):
    """A line whose text is searched as one types; its row fills `matches`, keys here choose among them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "match_next", "Next match", show=False, id="form.match-next"),
        Binding("up", "match_previous", "Previous match", show=False, id="form.match-previous"),
        Binding("enter", "match_pick", "Take the match", show=False, id="form.match-pick"),
        Binding("tab", "match_leave", "Take the match, next field", show=False, id="form.match-leave"),
    ]

    def __init__(self, text: str, *, matches: Matches, completes: bool = False, placeholder: str = "") -> None:
        """`completes`: tab steps into an open list even when none of it is chosen, as a shell completes a path."""
        super().__init__(text, placeholder=placeholder)
        self.matches = matches
        self.completes = completes

    def action_match_next(self) -> None:
        """Choose the next match; without any, go to the next field."""
        if self.matches.is_open:
            self.matches.move(1)
        else:
            self.action_after()

    def action_match_previous(self) -> None:
        """Choose the match before; without any, go to the field before."""
        if self.matches.is_open:
            self.matches.move(-1)
        else:
            self.action_before()

    def action_match_leave(self) -> None:
        """Take the chosen match and go to the next field; a path is completed first, as in a shell."""
        if self.completes and self.matches.is_open:
            if self.matches.pick is None:
                self.matches.move(1)
            self.action_match_pick()
            return
        if self.matches.pick is not None:
            self.post_message(Matches.Picked(self.matches.pick))
        self.action_after()

    def action_match_pick(self) -> None:
        """Take the chosen match; where none is chosen, go to the next field."""
        if self.completes and self.matches.is_open and self.matches.pick is None:
            self.matches.move(1)
        if self.matches.pick is not None:
            self.post_message(Matches.Picked(self.matches.pick))
        else:
            self.action_after()


class TextBox(TextArea):
    """Text of many lines; tab leaves it."""

    TAKES_LETTERS = True
    """For the app, which would have to load Textual's own class to tell."""

    DEFAULT_CSS = """
    TextBox {
        height: 6;
        &.-textual-compact { border-left: solid $border !important; padding: 0 0 0 1; }
        &.-textual-compact:focus { border-left: thick $primary !important; }
    }
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text, compact=True, tab_behavior="focus", show_line_numbers=False, highlight_cursor_line=False)
        self.cursor_blink = False


class Stepper(Widget, can_focus=True):
    """One of a few values on one line, stepped through with the arrow keys, its first letter or a click."""

    DEFAULT_CSS = """
    Stepper {
        height: 1;
        background: $surface;
        color: $text-muted;
        border-left: solid $border;
        padding: 0 1;
        &:focus { border-left: thick $primary; background-tint: $foreground 5%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Value before", show=False, id="form.value-previous"),
        Binding("right,space", "step(1)", "Next value", show=False, id="form.value-next"),
        Binding("up", "app.focus_previous", "Previous field", show=False, id="form.field-previous"),
        Binding("down,enter", "app.focus_next", "Next field", show=False, id="form.field-next"),
    ]

    @dataclass
    class Changed(Message):
        """Another value was chosen."""

        stepper: Stepper

        @property
        def control(self) -> Stepper:
            return self.stepper

    value: reactive[str] = reactive("")

    def __init__(self, options: Sequence[tuple[str, str]], value: str = "", *, ascii_only: bool = False) -> None:
        """`options` are values with the words shown for them; the first is what holds when nothing is chosen."""
        super().__init__()
        self.options = list(options)
        if value and value not in [option for option, _ in self.options]:
            self.options.append((value, value))  # an edited task's value stays, and the check says what is wrong
        self._arrows = "<>" if ascii_only else "◂▸"
        self.set_reactive(Stepper.value, value)

    def watch_value(self) -> None:
        self.post_message(self.Changed(self))

    def action_step(self, step: int) -> None:
        """Go on to the next value, round the end."""
        values = [value for value, _ in self.options]
        self.value = values[(values.index(self.value) + step) % len(values)]

    def on_key(self, event: events.Key) -> None:
        """Go to the next value that starts with the letter."""
        if event.character is None or not event.character.isalnum():
            return
        values = [value for value, _ in self.options]
        at = values.index(self.value)
        for value, word in self.options[at + 1 :] + self.options[: at + 1]:
            if word.lower().startswith(event.character.lower()):
                event.stop()
                self.value = value
                return

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.action_step(-1 if event.x <= 2 else 1)

    def render(self) -> RenderResult:
        word = dict(self.options).get(self.value, self.value)
        arrows = "bold $text-primary" if self.has_focus else ""
        return Content.assemble(
            (self._arrows[0], arrows), " ", (word, "$foreground" if self.value else ""), " ", (self._arrows[1], arrows)
        )

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self.refresh()


class Fold(Widget, can_focus=True):
    """The line that opens and closes the fields under "More"."""

    DEFAULT_CSS = """
    Fold {
        height: 1;
        color: $text-muted;
        &:focus { color: $text-primary; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "turn", "More fields", show=False, id="form.more-here"),
        Binding("up", "app.focus_previous", "Previous field", show=False, id="form.field-previous"),
        Binding("down", "app.focus_next", "Next field", show=False, id="form.field-next"),
    ]

    class Toggled(Message):
        """The user opened or closed it."""

    is_open: reactive[bool] = reactive(False)

    def __init__(self, names: Sequence[str], *, is_open: bool, ascii_only: bool) -> None:
        super().__init__()
        self._names = ", ".join(names)
        self._signs = ("+", "-") if ascii_only else ("▸", "▾")
        self.set_reactive(Fold.is_open, is_open)

    def action_turn(self) -> None:
        """Open or close."""
        self.is_open = not self.is_open
        self.post_message(self.Toggled())

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.action_turn()

    def render(self) -> RenderResult:
        said = f"{self._signs[1]} Less" if self.is_open else f"{self._signs[0]} More: {self._names}"
        return Content(fit(said, self.content_size.width))
