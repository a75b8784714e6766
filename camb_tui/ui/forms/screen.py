"""The screen of the submission form: kinds at the left, fields at the right, review and keys at the bottom.

It gives back a `Submit` command or nothing, and sends nothing itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from textual import events, on, work
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from camb_tui.domain.errors import CambError, UsageError
from camb_tui.domain.kinds import KINDS, Fault, Kind, form_of
from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import Task
from camb_tui.domain.text import one_line
from camb_tui.services.changes import Catalogues, Submit
from camb_tui.ui.forms.draft import Draft
from camb_tui.ui.forms.editor import edit_text
from camb_tui.ui.forms.kind_form import KindForm
from camb_tui.ui.forms.kinds_list import KindsList
from camb_tui.ui.forms.lookup import Lookup
from camb_tui.ui.forms.reading import STREAM, Filled, editable, fill_from, read_form, turned
from camb_tui.ui.forms.review import Hint, KeysLine, ReviewLine, same_text, summary_text
from camb_tui.ui.forms.rows import FieldRow
from camb_tui.ui.words import count_text

ASKING = (Hint(("form.send",), "send"), Hint(("form.back",), "back to the form"))
FILLING = (
    Hint(("form.review",), "review"),
    Hint(("form.close",), "close"),
    Hint(("form.kind-previous", "form.kind-next"), "kind"),
    Hint(("form.more",), "more"),
    Hint(("form.editor",), "editor"),
)


class NewTaskScreen(Screen[Submit | None]):
    """Fills in, checks and reviews one submission or one batch."""

    CSS_PATH = "screen.tcss"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 as Textual declares it
        (0, "-narrow"),
        (76, "-wide"),
        (110, "-roomy"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-high")]  # noqa: RUF012
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "review", "Review", id="form.review", priority=True),
        Binding("escape", "close", "Close", id="form.close"),
        Binding("ctrl+up", "kind(-1)", "Kind before", id="form.kind-previous", priority=True),
        Binding("ctrl+down", "kind(1)", "Next kind", id="form.kind-next", priority=True),
        Binding("f2", "more", "More fields", id="form.more"),
        Binding("f4", "editor", "Editor", id="form.editor"),
    ]

    def __init__(
        self,
        *,
        catalogues: Catalogues | None,
        draft: Draft | None = None,
        prefill: Task | None = None,
        same_as: Callable[[Submission], Task | None] = lambda _: None,
        ascii: bool = False,  # noqa: A002 the option's own name
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        """A form for any kind, or, with `prefill`, for that task's request.

        Raises:
            UsageError: `prefill` is of a kind this version has no form for.
        """
        super().__init__()
        self._lookup = Lookup(catalogues)
        self._draft = draft if draft is not None else Draft()
        self._prefill = prefill
        self._same_as = same_as
        self._ascii = ascii
        self._now = now
        self._forms: dict[str, KindForm] = {}
        self._aside: dict[str, dict[str, str]] = {}
        """Texts of fields that a form lacks since it was turned into a stream or back, by kind."""
        self._prepared: tuple[Submission, ...] = ()
        self._asked_from: Widget | None = None
        self._kinds = self._list_of_kinds()
        chosen = self._draft.kind if prefill is None and self._draft.kind in KINDS else self._kinds[0].name
        self._list = KindsList(self._kinds, chosen, ascii_only=ascii)
        self._line = ReviewLine(clock=clock)
        self._keys = KeysLine(ascii_only=ascii)
        self.set_class(ascii, "-ascii")

    def _list_of_kinds(self) -> list[Kind]:
        if self._prefill is None:
            return list(KINDS.values())
        if self._prefill.kind not in KINDS:
            raise UsageError(f"there is no form for tasks of kind {one_line(self._prefill.kind, 40)}")
        return [KINDS[self._prefill.kind]]

    def compose(self) -> ComposeResult:
        yield Static(id="title", markup=False)
        with Horizontal(id="body"):
            yield self._list
            with Container(id="forms"):
                yield self._form(self._list.chosen)
        yield self._line
        yield self._keys

    def on_mount(self) -> None:
        self._show_title()
        self.bindings_updated_signal.subscribe(self, lambda _: self._show_keys())
        self.form.focus_first()
        if self._prefill is not None and self._prefill.faults:
            faults = [Fault(name, one_line(message, 200)) for name, message in self._prefill.faults]
            elsewhere = self.form.show_faults(faults)
            self.form.focus_first()
            if elsewhere:
                self._line.say("The service said: " + "; ".join(fault.message for fault in elsewhere), is_fault=True)

    # ------------------------------------------------------------------ kinds

    @property
    def form(self) -> KindForm:
        """The form of the chosen kind."""
        return self._form(self._list.chosen)

    def _form(self, kind: Kind) -> KindForm:
        if kind.name not in self._forms:
            self._forms[kind.name] = KindForm(self._filled(kind), self._lookup, ascii_only=self._ascii)
        return self._forms[kind.name]

    def _filled(self, kind: Kind) -> Filled:
        kept = self._draft.of(kind.name, self._prefill.key if self._prefill is not None else "")
        streamed = kept[STREAM.name] == "yes" if STREAM.name in kept else not kept and self._is_stream_edited
        form = form_of(kind.name, streamed=streamed) or kind
        if self._prefill is None:
            return Filled(form, kept)
        start = fill_from(self._prefill, form)
        if streamed != self._prefill.streamed:
            return Filled(form, kept or start.texts)
        return replace(start, texts=kept or start.texts)

    @property
    def _is_stream_edited(self) -> bool:
        return self._prefill is not None and self._prefill.streamed

    @on(KindForm.StreamTurned)
    async def turn_stream(self, event: KindForm.StreamTurned) -> None:
        """The other form of the kind takes this one's place; what it has no field for is kept until it is back."""
        event.stop()
        old = event.form
        name = old.filled.kind.name
        if self._forms.get(name) is not old:
            return
        aside = self._aside[name] = {**self._aside.get(name, {}), **old.filled.texts}
        form = KindForm(turned(old.filled, streamed=event.streamed, aside=aside), self._lookup, ascii_only=self._ascii)
        self._forms[name] = form
        self._withdraw()
        self._line.say("")
        with self.app.batch_update():
            await self.query_one("#forms").mount(form)
            await old.remove()
        form.focus_stream()

    def _show_title(self) -> None:
        kind = self._list.chosen
        edited = f"Edit {self._prefill.key}" if self._prefill is not None else "New task"
        rest = "It is sent as a new task." if self._prefill is not None else kind.help
        self.query_one("#title", Static).update(
            Content.assemble((edited, "bold $text-primary"), "  ", (kind.title, "bold $foreground"), "  ", rest)
        )

    @on(KindsList.Chosen)
    async def show_kind(self) -> None:
        """Another kind was chosen: its form takes the other's place, which keeps what is in it."""
        self._withdraw()
        self._line.say("")
        self._keep()
        from_list = self._list.has_focus
        form = self.form
        if form.parent is None:
            await self.query_one("#forms").mount(form)
        for other in self._forms.values():
            other.display = other is form
        self._show_title()
        if not from_list:
            form.focus_first()

    def action_kind(self, step: int) -> None:
        """Go on to the next kind, wherever the cursor is."""
        self._list.action_step(step)

    def action_more(self) -> None:
        """Open or close the fields under "More"."""
        self.form.toggle_fold()

    def take_catalogues(self, catalogues: Catalogues) -> None:
        """Voices and languages arrived, or arrived anew."""
        self._lookup = Lookup(catalogues)
        for form in self._forms.values():
            form.take_lookup(self._lookup)

    # ----------------------------------------------------------------- review

    def action_review(self) -> None:
        """Check everything, then ask; pressed again, it does not answer its own question."""
        if self._line.is_asking:
            return
        self._line.say("Checking, reading files...")
        self.read(self.form)

    @work(exclusive=True, group="review", exit_on_error=False)
    async def read(self, form: KindForm) -> None:
        """Read and measure what the form names, in a thread; then show its faults or ask."""
        filled = form.filled
        prepared = await asyncio.to_thread(read_form, filled, self._lookup)
        if form is not self.form or form.filled != filled:
            self._line.say("Changed meanwhile; review it again.")
            return
        elsewhere = form.show_faults(prepared.faults)
        if prepared.faults:
            said = f"{count_text(len(prepared.faults), 'thing')} to put right; nothing was sent."
            self._line.say(" ".join([said, *(fault.message for fault in elsewhere)]), is_fault=True)
            form.focus_first()
            return
        self._prepared = prepared.submissions
        self._asked_from = self.focused
        twins = [twin for one in prepared.submissions if (twin := self._same_as(one)) is not None]
        warning = same_text(twins, len(prepared.submissions), now=self._now())
        self._line.ask(summary_text(prepared.submissions), warning)

    @on(Worker.StateChanged)
    def report_dead_worker(self, event: Worker.StateChanged) -> None:
        """Nothing was sent, and the user is told why."""
        if event.state is WorkerState.ERROR:
            self._line.say(f"It could not be reviewed: {one_line(str(event.worker.error))}", is_fault=True)

    @on(ReviewLine.Confirmed)
    def send(self) -> None:
        """The user said yes to what stands in the review line."""
        if not self._prepared or not self._line.is_asking:
            return
        self._keep()
        self._draft.forget(self._list.chosen.name, self._prefill.key if self._prefill is not None else "")
        self.dismiss(Submit(self._prepared))

    @on(ReviewLine.Refused)
    def go_back(self) -> None:
        """Not now: back to where the cursor was."""
        back = self._asked_from
        self._withdraw()
        if back is not None and back.is_attached:
            back.focus()
        else:
            self.form.focus_first()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The cursor went elsewhere: what was asked no longer stands."""
        if self._line.is_asking and event.widget is not self._line:
            self._withdraw()

    @on(KindForm.Edited)
    def forget_review(self) -> None:
        if self._line.is_asking:
            self._withdraw()

    def _withdraw(self) -> None:
        self._prepared = ()
        if self._line.is_asking:
            self._line.say("")

    # ------------------------------------------------------- leaving and keys

    def _keep(self) -> None:
        if self._prefill is None:
            self._draft.kind = self._list.chosen.name
        for name, form in self._forms.items():
            if form.is_mounted:
                self._draft.keep(name, form.filled.texts, self._prefill.key if self._prefill is not None else "")

    def action_close(self) -> None:
        """Close what is innermost: a list of matches, else the form, whose texts are kept."""
        if self.form.close_matches():
            return
        self._keep()
        self.dismiss(None)

    def action_editor(self) -> None:
        """Open the text with the cursor in it in the user's editor."""
        box = self.form.focused_box
        if box is None:
            self._line.say("The editor opens on a field of many lines; go to one first.")
            return
        try:
            with self.app.suspend():
                text = edit_text(box.text)
        except SuspendNotSupported:
            self._line.say("This terminal cannot be handed to an editor.")
        except CambError as error:
            self._line.say(one_line(str(error)), is_fault=True)
        else:
            box.load_text(editable(text))

    def scroll_to_center(self, widget: Widget, animate: bool = False, **_: Any) -> None:  # Textual's many options
        """Bring a focused field in with what stands under it, by as little scrolling as that takes."""
        row = next((one for one in widget.ancestors_with_self if isinstance(one, FieldRow)), widget)
        self.scroll_to_widget(row, animate=animate)

    def _show_keys(self) -> None:
        if self._line.is_asking:
            self._keys.show(ASKING)
        else:
            self._keys.show(FILLING if self.form.focused_box is not None else FILLING[:-1])

    @on(KeysLine.Pressed)
    async def press(self, event: KeysLine.Pressed) -> None:
        """A key's words were clicked: do what the key does."""
        for active in self.active_bindings.values():
            if active.binding.id == event.binding_id:
                await self.app.run_action(active.binding.action, active.node)
                return
