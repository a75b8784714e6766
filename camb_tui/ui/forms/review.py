"""The two lines at the bottom of the form: what would be sent, and the keys.

Asks for sending in one line rather than a dialog. Enter means send only here, not in its first 300 ms, in which a
press may still belong to what was on the screen before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from camb_tui.domain.kinds import KINDS, FieldType, form_of, language_tag
from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import Task
from camb_tui.domain.text import cell_width, one_line
from camb_tui.ui.retrying import twin_words
from camb_tui.ui.words import count_text, size_text

DEAF = 0.3
"""Seconds after the question was painted in which no key answers it."""
MOST_LANGUAGES = 8


def summary_text(submissions: Sequence[Submission]) -> str:
    """What would be sent, in one line: how many tasks, how much, which languages."""
    first = submissions[0]
    parts = [count_text(len(submissions), f"{first.kind} {'stream' if first.streamed else 'task'}")]
    each = _characters(first)
    if each:
        total = sum(map(_characters, submissions))
        parts.append(count_text(total, "character") + (" in all" if len(submissions) > 1 else ""))
    parts += [f"{PurePath(one.path).name} ({size_text(one.size)})" for one in first.uploads]
    parts += [one_line(str(first.request[name]), 40) for name in ("media_url", "video_url") if first.request.get(name)]
    languages = list(dict.fromkeys(tag for one in submissions for tag in _languages(one)))
    if languages:
        more = f" and {len(languages) - MOST_LANGUAGES} more" if len(languages) > MOST_LANGUAGES else ""
        parts.append(", ".join(languages[:MOST_LANGUAGES]) + more)
    return "; ".join(one_line(part, 200) for part in parts)


def same_text(twins: Sequence[Task], among: int, *, now: float) -> str:
    """That some of it was sent before; empty where none was."""
    if not twins:
        return ""
    twin = max(twins, key=lambda task: task.submitted_at or task.created_at)
    words = twin_words(twin, now=now)
    return (
        words
        if among == 1
        else f"{len(twins)} of {among} same as earlier ones, such as " + words.removeprefix("same as ")
    )


def _characters(submission: Submission) -> int:
    kind = form_of(submission.kind, streamed=submission.streamed) or KINDS[submission.kind]
    sizes = []
    for one in kind.fields:
        value = submission.request.get(one.name)
        if one.type is FieldType.TEXT and isinstance(value, str):
            sizes.append(len(value))
        elif one.type is FieldType.TEXTS and isinstance(value, list):
            sizes.append(sum(len(str(text)) for text in value))
    return sum(sizes)


def _languages(submission: Submission) -> list[str]:
    request = submission.request
    for name in ("target_languages", "target_language", "language", "source_language"):
        if request.get(name):
            found = request[name]
            return [language_tag(one) for one in (found if isinstance(found, list) else [found])]
    return []


class ReviewLine(Static, can_focus=False):
    """Says what would be sent and takes the answer; says what goes on, or what is wrong, the rest of the time."""

    DEFAULT_CSS = """
    ReviewLine {
        height: auto;
        min-height: 1;
        max-height: 4;
        padding: 0 1;
        color: $text-muted;
        &.-fault { color: $text-error; }
        &.-asking { background: $block-cursor-background; color: $block-cursor-foreground; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "confirm", "send", id="form.send"),
        Binding("escape", "refuse", "back", id="form.back"),
    ]

    class Confirmed(Message):
        """Send it."""

    class Refused(Message):
        """Do not send; back to the form."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        super().__init__("", markup=False)
        self._clock = clock
        self._heard_from: float | None = None
        self.is_asking = False

    def ask(self, summary: str, warning: str) -> None:
        """Ask whether to send; the answer comes as a message."""
        parts: list[tuple[str, str]] = [(f"Send {summary}?", "bold")]
        if warning:
            parts.append((f"\n! {warning}", "bold"))
        self.is_asking = True
        self._heard_from = None
        self.can_focus = True
        self.remove_class("-fault")
        self.add_class("-asking")
        self.update(Content.assemble(*parts))
        self.focus()
        self.call_after_refresh(self._listen)

    def _listen(self) -> None:
        self._heard_from = self._clock() + DEAF

    def say(self, text: str, *, is_fault: bool = False) -> None:
        """Say something that asks nothing; a question that stood there is withdrawn."""
        self.is_asking = False
        self.can_focus = False
        self.remove_class("-asking")
        self.set_class(is_fault, "-fault")
        self.update(text)

    def action_confirm(self) -> None:
        """Send, unless the key came too soon to be an answer."""
        if self.is_asking and self._heard_from is not None and self._clock() >= self._heard_from:
            self.post_message(self.Confirmed())

    def action_refuse(self) -> None:
        """Back to the form."""
        self.post_message(self.Refused())


@dataclass(frozen=True)
class Hint:
    """Keys and what they do, for the line of keys."""

    binding_ids: tuple[str, ...]
    word: str


class _Shown(NamedTuple):
    binding_id: str
    keys: str
    word: str

    @property
    def width(self) -> int:
        return cell_width(f"{self.keys} {self.word}{GAP}")


GAP = "   "
_PLAIN_KEYS = {"↑": "up", "↓": "down", "←": "left", "→": "right"}


class KeysLine(Widget):
    """The keys that act now, as they are bound; a click does the same."""

    DEFAULT_CSS = """
    KeysLine { height: 1; padding: 0 1; color: $text-muted; }
    """

    @dataclass
    class Pressed(Message):
        """A key's words were clicked."""

        binding_id: str

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__()
        self._ascii = ascii_only
        self._shown: tuple[_Shown, ...] = ()

    def show(self, hints: Sequence[Hint]) -> None:
        """Show these where they are bound."""
        bound: dict[str, str] = {}
        for active in self.screen.active_bindings.values():
            if active.binding.id is not None:
                bound.setdefault(active.binding.id, self._key_text(active.binding))
        shown = tuple(
            _Shown(hint.binding_ids[-1], " ".join(bound[one] for one in hint.binding_ids), hint.word)
            for hint in hints
            if all(one in bound for one in hint.binding_ids)
        )
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def _key_text(self, binding: Binding) -> str:
        text = self.app.get_key_display(binding).replace("⏎", "enter")
        if self._ascii:
            for sign, word in _PLAIN_KEYS.items():
                text = text.replace(sign, word)
        return text

    def render(self) -> RenderResult:
        parts: list[tuple[str, str]] = []
        for one in self._shown:
            parts += [(one.keys, "bold $text-primary"), (f" {one.word}{GAP}", "")]
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        at = event.x - 1
        for one in self._shown:
            at -= one.width
            if at < 0:
                self.post_message(self.Pressed(one.binding_id))
                return
