"""The fields of one kind: which stand open, which are folded, what is in them and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message

from camb_tui.domain.kinds import Fault
from camb_tui.ui.forms.controls import Fold, Matches, TextBox
from camb_tui.ui.forms.lookup import Lookup
from camb_tui.ui.forms.reading import OWN_FIELDS, STREAM, Filled, field_fault, takes_several
from camb_tui.ui.forms.rows import FieldRow


class KindForm(VerticalScroll, can_focus=False):
    """One kind's form."""

    DEFAULT_CSS = """
    KindForm {
        padding: 0 1 0 0;
        scrollbar-size-vertical: 1;
        scrollbar-color: $panel-lighten-1;
        scrollbar-background: $background;
        & #folded { height: auto; display: none; }
        &.-unfolded #folded { display: block; }
        & Fold { margin: 0 0 1 0; }
    }
    """

    @dataclass
    class Edited(Message):
        """Something in it changed, so what was reviewed is no longer what it says."""

        form: KindForm

    @dataclass
    class StreamTurned(Message):
        """The user wants it streamed, or not streamed any more: another form of the same kind."""

        form: KindForm
        streamed: bool

    def __init__(self, filled: Filled, lookup: Lookup, *, ascii_only: bool) -> None:
        super().__init__()
        self._start = filled
        self._lookup = lookup
        self._rows: dict[str, FieldRow] = {}
        fields = sorted(filled.kind.fields, key=lambda one: not (one.required or one.one_of is not None))
        self._main = [one for one in fields if one.is_main]
        self._folded = [one for one in filled.kind.fields if not one.is_main]
        self._own = [one for one in OWN_FIELDS if one is not STREAM or filled.kind.stream is not None]
        for one in (*self._main, *self._own, *self._folded):
            several = one not in OWN_FIELDS and takes_several(filled.kind, one)
            self._rows[one.name] = FieldRow(
                one, filled.texts.get(one.name, ""), lookup, several=several, ascii_only=ascii_only
            )
        filled_under_more = any(filled.texts.get(one.name) for one in self._folded)
        self._fold = Fold([one.label for one in self._folded], is_open=filled_under_more, ascii_only=ascii_only)
        self.set_class(filled_under_more, "-unfolded")

    def compose(self) -> ComposeResult:
        for one in (*self._main, *self._own):
            yield self._rows[one.name]
        if self._folded:
            yield self._fold
            with Vertical(id="folded"):
                for one in self._folded:
                    yield self._rows[one.name]

    @property
    def filled(self) -> Filled:
        """What stands in it now."""
        return replace(self._start, texts={name: row.text for name, row in self._rows.items()})

    @property
    def focused_box(self) -> TextBox | None:
        """The text area with the cursor in it."""
        return next((box for box in self.query(TextBox) if box.has_focus), None)

    def focus_first(self) -> None:
        """Put the cursor into the first field with a fault, else into the first needed one that is empty."""
        rows = list(self._rows.values())
        wanted = [row for row in rows if row.fault] or [row for row in rows if row.field.required and not row.text]
        (wanted or rows)[0].focus_control()

    def focus_stream(self) -> None:
        """Put the cursor on the choice whether to stream."""
        self._rows[STREAM.name].focus_control()

    def take_lookup(self, lookup: Lookup) -> None:
        """Voices and languages arrived."""
        self._lookup = lookup
        for row in self._rows.values():
            row.take_lookup(lookup)

    def show_faults(self, faults: Sequence[Fault]) -> list[Fault]:
        """Say under each field what is wrong with it; gives back those that belong to no field of this form."""
        by_name: dict[str, list[str]] = {}
        for fault in faults:
            by_name.setdefault(fault.field, []).append(self._in_labels(fault.message))
        for name, row in self._rows.items():
            row.show_fault("; ".join(by_name.get(name, [])))
        if any(one.name in by_name for one in self._folded):
            self.unfold()
        return [fault for fault in faults if fault.field not in self._rows]

    def _in_labels(self, message: str) -> str:
        """The names of fields that stand for each other, which commands and files use, as the form calls them."""
        for field in self._start.kind.fields:
            if field.one_of is not None:
                message = re.sub(rf"\b{re.escape(field.name)}\b", f'"{field.label}"', message)
        return message

    def close_matches(self) -> bool:
        """Close an open list of matches; tells whether there was one."""
        was_open = [matches for matches in self.query(Matches) if matches.is_open]
        for matches in was_open:
            matches.show(())
        return bool(was_open)

    def unfold(self) -> None:
        """Open the fields under "More"."""
        self._fold.is_open = True
        self.add_class("-unfolded")

    def toggle_fold(self) -> None:
        """Open the fields under "More" and go to the first, or close them."""
        if self._folded:
            self._fold.action_turn()
            if self._fold.is_open:
                self._rows[self._folded[0].name].focus_control()

    @on(Fold.Toggled)
    def follow_fold(self, event: Fold.Toggled) -> None:
        event.stop()
        if not self._fold.is_open and any(self._rows[one.name].has_focus_within for one in self._folded):
            self._fold.focus()
        self.set_class(self._fold.is_open, "-unfolded")
        if self._fold.is_open and self._fold.has_focus:
            self.call_after_refresh(self._fold.scroll_visible, top=True, animate=False)

    @on(FieldRow.Left)
    def check(self, event: FieldRow.Left) -> None:
        """A field was left: say what is wrong with it now rather than at the end."""
        event.stop()
        row = event.row
        row.show_fault(field_fault(self.filled, row.field.name, self._lookup) or "")
        self.call_after_refresh(self._keep_in_view)  # a fault above takes a line, and pushes the field with the cursor

    def _keep_in_view(self) -> None:
        if not self.is_attached:  # another form took its place meanwhile
            return
        focused = self.screen.focused
        if focused is not None and self in focused.ancestors:
            self.screen.scroll_to_center(focused)

    @on(FieldRow.Edited)
    def forward_edit(self, event: FieldRow.Edited) -> None:
        event.stop()
        self.post_message(self.Edited(self))
        streamed = event.row.text == "yes"
        if event.row.field is STREAM and streamed != self._start.kind.streamed:
            self.post_message(self.StreamTurned(self, streamed))
