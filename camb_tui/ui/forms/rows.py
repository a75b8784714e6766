"""A field's row: its label, its control, and a line under it: what it is for, how full it is, or what is wrong.

The row turns the control's keys into two messages, edited and left; the form around it decides what they mean.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static, TextArea
from textual.worker import Worker, WorkerState

from camb_tui.domain.errors import UsageError
from camb_tui.domain.kinds import Choice, Field, FieldType
from camb_tui.domain.text import cell_width, one_line
from camb_tui.services.uploads import check_file, complete_path
from camb_tui.ui.forms.controls import Matches, SearchLine, Stepper, TextBox, TextLine
from camb_tui.ui.forms.lookup import Lookup, Match
from camb_tui.ui.forms.reading import STREAM, names_file
from camb_tui.ui.words import count_text, size_text

BOXES = frozenset({FieldType.TEXT, FieldType.TEXTS, FieldType.SUBTITLE, FieldType.SUBTITLES})
SEARCHED = frozenset({FieldType.LANGUAGE, FieldType.LANGUAGES, FieldType.VOICE})
SHORT_BOXES = frozenset({FieldType.SUBTITLE, FieldType.SUBTITLES})


class FieldRow(Horizontal):
    """One field of a form."""

    DEFAULT_CSS = """
    FieldRow {
        height: auto;
        margin: 0 0 1 0;
        & > .label { width: 14; padding: 0 1 0 0; }
        & > Vertical { width: 1fr; height: auto; }
        & .note { color: $text-muted; padding: 0 0 0 2; max-height: 3; }
        & .note.-fault { color: $text-error; }
        & .-short { height: 3; }
        &.-here > .label { color: $text-primary; text-style: bold; }
    }
    """

    @dataclass
    class Edited(Message):
        """The field's text is another now."""

        row: FieldRow

    @dataclass
    class Left(Message):
        """The user went on to another field."""

        row: FieldRow

    def __init__(self, field: Field, text: str, lookup: Lookup, *, several: bool, ascii_only: bool) -> None:
        super().__init__()
        self.field = field
        self.lookup = lookup
        self.fault = ""
        self._said = ""
        self._several = several
        self._ascii = ascii_only
        self._matches = Matches() if field.type in SEARCHED or field.type is FieldType.FILE else None
        self.control = self._make_control(text)
        self._help = field.help
        if several and field.type is FieldType.LANGUAGE and "several" not in self._help.lower():
            self._help += " Several make a task each."
        self._note = Static("", classes="note", markup=False)

    def _make_control(self, text: str) -> TextLine | TextBox | Stepper:
        if self._matches is not None:
            return SearchLine(text, matches=self._matches, completes=self.field.type is FieldType.FILE)
        if self.field.type in BOXES:
            return TextBox(text)
        if self.field.type in (FieldType.BOOLEAN, FieldType.CHOICE):
            return Stepper(_options(self.field), text, ascii_only=self._ascii)
        return TextLine(text)

    def compose(self) -> ComposeResult:
        needed = self.field.required or self.field.one_of is not None
        yield Static(Content.assemble(self.field.label, (" *" if needed else "", "$text-primary")), classes="label")
        with Vertical():
            self.control.set_class(self.field.type in SHORT_BOXES, "-short")
            yield self.control
            if self._matches is not None:
                yield self._matches
            yield self._note

    def on_mount(self) -> None:
        self.refresh_note()

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self.control.text if isinstance(self.control, TextBox) else self.control.value

    def focus_control(self) -> None:
        """Put the cursor into the field."""
        self.control.focus()

    def set_text(self, text: str) -> None:
        """Put another text into a box, as the editor does."""
        if isinstance(self.control, TextBox):
            self.control.load_text(text)

    # ---------------------------------------------------------------- the note

    def show_fault(self, message: str) -> None:
        """Say what is wrong; an empty message says that nothing is."""
        if message != self.fault:
            self.fault = message
            self.refresh_note()

    def take_lookup(self, lookup: Lookup) -> None:
        """Voices and languages arrived."""
        self.lookup = lookup
        self.refresh_note()

    def refresh_note(self) -> None:
        """Write the line under the field anew: the fault, else what is in it, else what it is for."""
        if self.fault:
            said, is_fault = f"{'!' if self._ascii else '✗'} {one_line(self.fault, 300)}", True
        else:
            said, is_fault = self._about()
        old, self._said = self._said, said
        if said != old:
            room = self._note.content_size.width
            same_height = 0 < cell_width(said) <= room and 0 < cell_width(old) <= room
            self._note.update(said, layout=not same_height)
        self._note.set_class(is_fault, "-fault")

    def _about(self) -> tuple[str, bool]:
        """What is in the field, or what it is for; and whether that is a fault already."""
        text = self.text
        if text and names_file(self.field, text):
            return "The text of this file, read before it is sent.", False
        if text and self.field.type is FieldType.TEXT and self.field.maximum is not None:
            over = len(text) - int(self.field.maximum)
            said = f"{len(text):,} of {self.field.maximum:,.0f} characters"
            return (f"{said}: {over:,} too many", True) if over > 0 else (said, False)
        if text.strip() and self.field.type is FieldType.TEXTS:
            lines = [line for line in text.splitlines() if line.strip()]
            return f"{count_text(len(lines), 'text')}, {count_text(sum(map(len, lines)), 'character')}", False
        if self.field.type is FieldType.VOICE and not text:
            return self.lookup.voices_note() or self._help, False
        if text and self.field.type in SEARCHED:
            parts = [part.strip() for part in self._parts(text) if part.strip()]
            meanings = [self.lookup.describe(self.field, part) for part in parts]
            if any(meanings):
                shown = [meaning or one_line(part, 40) for meaning, part in zip(meanings, parts, strict=True)]
                return "; ".join(shown), False
        return self._help, False

    # ------------------------------------------------------------- the matches

    def _parts(self, text: str) -> list[str]:
        return text.split(",") if self._several else [text]

    @on(Input.Changed)
    def search(self, event: Input.Changed) -> None:
        """The line has another text: look for what it may mean."""
        event.stop()
        self._edited()
        if self._matches is None or not self.control.has_focus:
            return
        if self.field.type is FieldType.FILE:
            self.find_paths(event.value)
            return
        part = self._parts(event.value)[-1]
        found = self.lookup.search(self.field, part)
        is_exact = self.lookup.is_exact(self.field, part)
        if [match.value for match in found] == [part.strip().lower()]:
            found = []
        self._matches.show(found, None if is_exact else 0)

    @work(exclusive=True, group="paths", exit_on_error=False)
    async def find_paths(self, text: str) -> None:
        """Offer what is in the folder; a slow disk holds up nothing but this list."""
        found = await asyncio.to_thread(complete_path, text, self.field.suffixes) if text.strip() else []
        if self._matches is None or text != self.text or not self.control.has_focus:
            return
        matches = [
            Match(match.text, match.text.rstrip("/").rpartition("/")[2] + ("/" if match.size is None else ""),
                  "folder" if match.size is None else size_text(match.size))
            for match in found
        ]  # fmt: skip
        is_whole = [match.text for match in found] == [text]
        self._matches.show(() if is_whole else matches, None if text.endswith("/") else 0)

    @on(Matches.Picked)
    def take_match(self, event: Matches.Picked) -> None:
        """Write the chosen match into the line."""
        event.stop()
        if not isinstance(self.control, SearchLine) or self._matches is None:
            return
        before = ", ".join(part.strip() for part in self._parts(self.control.value)[:-1])
        with self.control.prevent(Input.Changed):
            self.control.value = f"{before}, {event.match.value}" if before else event.match.value
        self.control.cursor_position = len(self.control.value)
        self._matches.show(())
        self._edited()
        if self.field.type is FieldType.FILE and event.match.value.endswith("/"):
            self.find_paths(self.control.value)

    # ---------------------------------------------------------- edited and left

    @on(TextArea.Changed)
    @on(Stepper.Changed)
    def note_edit(self, event: TextArea.Changed | Stepper.Changed) -> None:
        event.stop()
        self._edited()

    def _edited(self) -> None:
        self.fault = ""
        self.refresh_note()
        self.post_message(self.Edited(self))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self.add_class("-here")  # a class, since Textual 8 draws no children anew for `:focus-within`

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        self.remove_class("-here")
        if self._matches is not None:
            self._matches.show(())
        self.post_message(self.Left(self))
        if self.field.type is FieldType.FILE and self.text.strip():
            self.look_at_file(self.text)

    @work(exclusive=True, group="file", exit_on_error=False)
    async def look_at_file(self, path: str) -> None:
        """Whether there is such a file, of a size that is taken."""
        try:
            await asyncio.to_thread(check_file, self.field, path)
        except UsageError as error:
            if path == self.text and not self.fault:
                self.show_fault(str(error))

    @on(Worker.StateChanged)
    def report_dead_worker(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR:
            self.show_fault(f"could not be looked up: {event.worker.error}")


def _options(field: Field) -> list[tuple[str, str]]:
    """Values of a choice with their words; the first stands for leaving it to the service."""
    if field is STREAM:
        return [("", "no"), ("yes", "yes")]
    choices = field.choices if field.type is FieldType.CHOICE else (Choice("yes", "yes"), Choice("no", "no"))
    words = {str(choice.value): choice.label for choice in choices}
    default = ("yes" if field.default else "no") if isinstance(field.default, bool) else field.default
    shown = (
        ("choose" if field.required else "default")
        if default is None
        else f"default ({words.get(str(default), default)})"
    )
    return [("", shown), *((str(choice.value), choice.label) for choice in choices)]
