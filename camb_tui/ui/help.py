"""The help screen: every key from the registry, the signs, and the filter in short. One read-only page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from camb_tui.domain.tasks import TaskStatus
from camb_tui.ui.keys import Action, Keys, key_name, offered
from camb_tui.ui.line import Part
from camb_tui.ui.words import LOOKS

_FILTER = (
    ("chapter", "a word: searches name, ids, tags and text"),
    ("is:failed -reason:PAYMENT_REQUIRED", "failed, but not for want of credits"),
    ("kind:tts status:error,timeout", "a comma is any of them"),
    ("age>30m (lang:fr | lang:de)", "comparing, grouping, or"),
    ("name~/ch(apter)? 1[0-9]/", "a regular expression"),
    ("sort:-dur limit:20", "longest first, twenty of them"),
    (
        "is:...",
        "live settled done failed unconfirmed held stale stuck retryable permanent marked pinned archived "
        "saved unsaved new",
    ),
)
_KEY_CELLS = 16
_EXAMPLE_CELLS = 38


class HelpScreen(Screen[None]):
    """Keys and words, all of them."""

    DEFAULT_CSS = """
    HelpScreen { background: $background; color: $foreground; }
    HelpScreen > #help-title { height: 1; padding: 0 1; background: $panel; }
    HelpScreen > VerticalScroll { padding: 1 2; scrollbar-size-vertical: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "close", "Back", id="help.close"),
        Binding("j,down", "scroll_page(1)", show=False),
        Binding("k,up", "scroll_page(-1)", show=False),
    ]

    def __init__(self, keys: Keys, *, read_only: bool = False, ascii: bool = False) -> None:  # noqa: A002
        super().__init__()
        self._keys, self._read_only, self._ascii = keys, read_only, ascii

    def compose(self) -> ComposeResult:
        title = Content.assemble(("Help", "bold $text-primary"), ("   j k scroll   q back", "$text-muted"))
        yield Static(title, id="help-title")
        with VerticalScroll():
            yield Static(id="help-text")

    def on_resize(self, event: events.Resize) -> None:
        self.query_one("#help-text", Static).update(Content.assemble(*self._parts(max(event.size.width - 5, 20))))

    def action_close(self) -> None:
        self.dismiss(None)

    def action_scroll_page(self, direction: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=direction * 3, animate=False)

    def _parts(self, width: int) -> Iterator[Part]:
        section = ""
        for action in offered(read_only=self._read_only, hidden=self._keys.hidden):
            if action.id.startswith("view.") and action.id[5:] not in ("1", "filter", "sort"):
                continue  # one line stands for all nine views
            if action.section != section:
                yield ("\n" if section else "") + f"{action.section}\n", "bold $text-primary"
                section = action.section
            yield f"  {self._shown(action):<{_KEY_CELLS}}", "bold"
            yield _beside(_KEY_CELLS, "Show that view." if action.id == "view.1" else action.help, width)
        yield "\nSigns\n", "bold $text-primary"
        for status in TaskStatus:
            look = LOOKS[status]
            yield f"  {look.ascii if self._ascii else look.sign} ", f"${look.colour}"
            yield f"{look.word or 'any other word':<{_KEY_CELLS - 2}}", "bold"
            yield _beside(_KEY_CELLS, _MEANINGS[status], width)
        yield f"  ~ {'before a word':<{_KEY_CELLS - 2}}"
        yield _beside(_KEY_CELLS, "The last look failed, so the status shown is old.", width)
        yield "\nThe filter\n", "bold $text-primary"
        for example, meaning in _FILTER:
            yield f"  {example:<{_EXAMPLE_CELLS}}", "bold"
            yield _beside(_EXAMPLE_CELLS, meaning, width)
        yield "\nCommand line: ", "bold $text-primary"
        yield f"{self._keys.shown('app.command')} and a word: "
        yield ", ".join(
            a.command
            for a in offered(read_only=self._read_only, hidden=self._keys.hidden)
            if not a.by_table and not _is_digit(a)
        )

    def _shown(self, action: Action) -> str:
        if action.id == "view.1":
            return "1..9"
        keys = self._keys.of(action.id)
        return " ".join(key_name(key) for key in keys) if keys else f":{action.command}"


def _beside(cells: int, text: str, width: int) -> str:
    """The text to the right of so many cells, which its further lines leave blank."""
    indent = cells + 2
    return textwrap.fill(text, max(width - indent, 20)).replace("\n", "\n" + " " * indent) + "\n"


def _is_digit(action: Action) -> bool:
    return action.command.isdigit()


_MEANINGS = {
    TaskStatus.HELD: "Written down, not sent: it waits for undo, credits, the key or your word.",
    TaskStatus.QUEUED: "Waits for its turn to be sent.",
    TaskStatus.SENDING: "Being sent.",
    TaskStatus.UNCONFIRMED: "No answer came: it may or may not exist. a gives it an id, r sends it again.",
    TaskStatus.REJECTED: "The service took nothing; edit it and send it again.",
    TaskStatus.OVERDUE: "Our longest wait is over; R looks once, w watches it again.",
    TaskStatus.MISSING: "The service does not know its id.",
    TaskStatus.SPLIT: "Sent in smaller requests, the rows below it; it is SUCCESS once all of them are.",
    TaskStatus.PENDING: "The service works on it.",
    TaskStatus.SUCCESS: "Done; ] shows its result, s saves it.",
    TaskStatus.ERROR: "The service failed; the detail says why and what to do.",
    TaskStatus.TIMEOUT: "The service gave up; smaller requests may pass.",
    TaskStatus.PAYMENT_REQUIRED: "The account is out of credits.",
    TaskStatus.UNKNOWN: "A word of the service's that we do not know; still watched.",
}
