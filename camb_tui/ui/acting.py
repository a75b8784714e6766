"""The main screen's actions: every id of the registry has its method here, or on the desk where it concerns tasks.

A base of the main screen, which has the widgets. Owns what keys, clicks, palette and command line lead to.
Long because every action of the registry has its line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import structs
from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from camb_tui.domain.errors import UsageError
from camb_tui.domain.kinds import KINDS
from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import Task
from camb_tui.domain.text import one_line
from camb_tui.services.changes import Catalogues, Command, FetchCatalogues, Severity, Submit
from camb_tui.ui.arrangement import LOW, Wishes, arrange
from camb_tui.ui.board import Board, BoardChange
from camb_tui.ui.detail import DetailPane
from camb_tui.ui.entry import Entry
from camb_tui.ui.filter_bar import FilterBar
from camb_tui.ui.footer import ENTRY_HINTS, FILTER_HINTS, KeysLine
from camb_tui.ui.going_on import start_from
from camb_tui.ui.keys import ACTIONS, BY_ID, Keys, find_command, offered
from camb_tui.ui.sending import PromptScreen
from camb_tui.ui.sorting import SORTS, sorted_filter
from camb_tui.ui.strip import BottomLine, Option
from camb_tui.ui.task_table import TaskTable

if TYPE_CHECKING:
    from camb_tui.ui.desk import Desk


def action_bindings() -> list[BindingType]:
    """The registry as bindings; what the table binds itself is left to it."""
    bound: list[BindingType] = [
        Binding(action.keys, f"do('{action.id}')", action.word, show=False, id=action.id)
        for action in ACTIONS
        if action.keys and not action.by_table and action.id not in _OF_THE_APP
    ]
    return [*bound, Binding("enter", "do('table.open')", show=False)]


_OF_THE_APP = ("app.palette", "app.quit", "app.repaint", "app.suspend", "app.mouse")
"""Bound on the app, since they work on every screen."""
_SLICE, _BREATH = 0.006, 0.002
"""Seconds that the board gets ready for a filter, and then leaves to keys and paints."""


class Acting(PromptScreen[None]):
    """A screen whose actions are the registry's."""

    BINDINGS: ClassVar[list[BindingType]] = action_bindings()

    @dataclass
    class AppAction(Message):
        """An action of the app itself was asked for by click or command."""

        action_id: str
        argument: str = ""

    board: Board
    keys: Keys
    wishes: Wishes
    table: TaskTable
    detail: DetailPane
    strip: BottomLine
    keys_line: KeysLine
    filter_bar: FilterBar
    catalogues: Catalogues | None
    read_only: bool
    ascii: bool
    _draft: Any = None  # forms.Draft; the forms are imported when first opened
    _form: Any = None  # forms.NewTaskScreen, while one is open
    _command: Entry | None = None

    # --------------------------------------------- what the screen gives us

    @property
    def desk(self) -> Desk:
        raise NotImplementedError

    def send(self, command: Command) -> None:
        raise NotImplementedError

    def chosen_tasks(self) -> list[Task]:
        raise NotImplementedError

    def same_as(self, submission: Submission) -> Task | None:
        raise NotImplementedError

    def refresh_board(self, change: BoardChange | None = None) -> None:
        raise NotImplementedError

    def arrange_again(self) -> None:
        raise NotImplementedError

    # ------------------------------------------------------------- acting

    def action_do(self, action_id: str) -> None:
        self.act(action_id)

    def may(self, action_id: str) -> bool:
        """Whether the action is to be had here; says why where it is not."""
        if self.read_only and BY_ID[action_id].sends:
            self.strip.say(f"{BY_ID[action_id].word}: this session is open read-only", Severity.WARNING)
            return False
        if action_id in self.keys.hidden:
            self.strip.say(f"{BY_ID[action_id].word}: not on this machine (no sound, or over SSH)", Severity.WARNING)
            return False
        return True

    def act(self, action_id: str, argument: str = "") -> None:
        """Do an action of the registry, from a key, a click, the palette or the command line."""
        if not self.may(action_id):
            return
        if action_id.startswith("view.") and action_id[5:].isdigit():
            self.show_view(int(action_id[5:]) - 1)
        elif action_id in _OF_THE_APP or action_id in ("app.theme", "app.key"):
            self.post_message(self.AppAction(action_id, argument))
        elif action_id in ("task.adopt", "view.filter", "view.sort", "detail.find") and argument:
            self._act_with(action_id, argument)
        else:
            self._method(action_id)()

    def _act_with(self, action_id: str, argument: str) -> None:
        if action_id == "task.adopt":
            self.desk.adopt(argument)
        elif action_id == "view.filter":
            self.filter_by(argument)
        elif action_id == "detail.find":
            self.strip.say(self.detail.find(argument))
        else:
            self.filter_by(sorted_filter(self.board.filter_text, argument))

    def _method(self, action_id: str) -> Callable[[], None]:
        table, desk = self.table, self.desk
        methods: dict[str, Callable[[], None]] = {
            "table.down": table.action_cursor_down,
            "table.up": table.action_cursor_up,
            "table.first": table.action_first,
            "table.last": table.action_last,
            "table.half-down": lambda: table.action_page(0.5),
            "table.half-up": lambda: table.action_page(-0.5),
            "table.page-down": lambda: table.action_page(1),
            "table.page-up": lambda: table.action_page(-1),
            "table.open": self.open_alone,
            "table.mark": table.action_mark,
            "table.mark-range": table.action_mark_range,
            "table.mark-all": table.action_mark_all,
            "table.clear-marks": table.action_clear_marks,
            "task.retry": desk.retry,
            "task.edit": self.edit,
            "task.split": desk.split,
            "task.undo": desk.undo,
            "task.look": desk.look,
            "task.watch": desk.watch,
            "task.save": desk.save,
            "task.transcript": desk.transcript,
            "task.alt-format": lambda: self.go_on("dub-alt-format"),
            "task.translate": lambda: self.go_on("translated-story"),
            "task.copy": desk.copy_ids,
            "task.copy-more": desk.copy_more,
            "task.result": self.open_result,
            "task.play": desk.play,
            "task.stop": desk.stop_stream,
            "task.archive": desk.archive,
            "task.pin": desk.pin,
            "task.new": self.new,
            "task.adopt": lambda: self.open_command("adopt ", hint="a task id, after its kind or before it is asked"),
            "task.resume": desk.resume,
            "task.report": self.show_report,
            "app.take-over": lambda: desk.take_over(reads=self.read_only),
            "view.filter": self.open_filter,
            "view.sort": self.choose_sort,
            "detail.next-tab": self.detail.next_tab,
            "detail.previous-tab": self.detail.previous_tab,
            "detail.find": lambda: self.open_command("find "),
            "detail.find-next": lambda: self.strip.say(self.detail.find_next(1)),
            "detail.find-previous": lambda: self.strip.say(self.detail.find_next(-1)),
            "detail.toggle": self.toggle_detail,
            "detail.side": self.swap_sides,
            "detail.more": lambda: self.give_room(1),
            "detail.less": lambda: self.give_room(-1),
            "app.help": self.show_help,
            "app.command": self.open_command,
            "app.back": self.back,
            "app.cancel": self.cancel,
        }
        return methods[action_id]

    # -------------------------------------------------------- views, filter

    def show_view(self, number: int) -> None:
        """Show a view by its place, from 0."""
        if not 0 <= number < len(self.board.views):
            self.strip.say(f"there is no view {number + 1}", Severity.WARNING)
            return
        self.board.show_view(number)
        self.refresh_board()

    def filter_by(self, text: str) -> None:
        """Filter the view; a faulty filter leaves the list as it is and says what is wrong."""
        fault = self.board.filter(text)
        if fault is not None:
            self.filter_bar.tell(0, 0, str(fault))
        else:
            self.refresh_board()

    def open_filter(self) -> None:
        self.filter_bar.open(self.board.filter_text)
        self.keys_line.show_hints(FILTER_HINTS)
        self._prepare_filter()

    def _prepare_filter(self) -> None:
        """Gets the board ready for the keys that follow, between them and the paints, while the filter is typed."""
        if self.filter_bar.is_open and not self.board.prepare(_SLICE):
            self.set_timer(_BREATH, self._prepare_filter)

    def close_filter(self) -> None:
        """Back to the list, with the last filter that could be read."""
        self.filter_bar.close()
        self.board.rest()
        self.keys_line.show_hints(None)
        self.refresh_board()
        self._focus_list()

    def choose_sort(self) -> None:
        options = [Option(key, field) for key, field in SORTS.items()]
        self.strip.choose("sort by (again: the other way round):", options, self._sort)

    def _sort(self, key: str) -> None:
        self.filter_by(sorted_filter(self.board.filter_text, SORTS[key]))

    # --------------------------------------------------------------- detail

    def _focus_list(self) -> None:
        (self.detail if self.wishes.alone else self.table).focus()

    def open_alone(self) -> None:
        """The task under the cursor has the room for itself; again, and it has not."""
        if self.table.cursor_key is None and not self.wishes.alone:
            self.strip.say("there is no task here to open", Severity.WARNING)
            return
        self.wishes.alone = not self.wishes.alone
        self.arrange_again()
        self._focus_list()

    def open_result(self) -> None:
        """The result of the task under the cursor has the room for itself."""
        self.detail.tab = "Result"
        if not self.wishes.alone:
            self.open_alone()

    def toggle_detail(self) -> None:
        if self.wishes.alone:
            self.open_alone()
            return
        if self.app.size.height < LOW:
            self.strip.say(f"under {LOW} rows the detail has no room beside the list; enter opens it", Severity.WARNING)
            return
        self.wishes.detail = not self.wishes.detail
        self.arrange_again()
        self.table.focus()

    def swap_sides(self) -> None:
        size = self.app.size
        self.wishes.beside = not arrange(size.width, size.height, self.wishes).beside
        self.wishes.share = None
        self.arrange_again()

    def give_room(self, steps: int) -> None:
        """More room for the focused pane."""
        size = self.app.size
        if self.table.has_focus:
            steps = -steps
        self.wishes.more(steps, now=arrange(size.width, size.height, self.wishes).share)
        self.arrange_again()

    # ------------------------------------------------------- other screens

    def new(self) -> None:
        """Open the form."""
        self._open_form(None)

    def go_on(self, kind: str) -> None:
        """Open the form of a kind that works on a finished run, on the run under the cursor."""
        try:
            texts = start_from(kind, self.chosen_tasks())
        except UsageError as error:
            self.strip.say(str(error), Severity.WARNING)
            return
        from camb_tui.ui.forms import Draft

        if self._draft is None:
            self._draft = Draft()
        self._draft.kind = kind
        self._draft.keep(kind, texts)
        self._open_form(None)

    def edit(self) -> None:
        """Open the form on the task under the cursor."""
        tasks = self.chosen_tasks()
        if len(tasks) != 1:
            words = "one task at a time can be edited; U clears the marks" if tasks else "there is no task here"
            self.strip.say(words, Severity.WARNING)
        elif tasks[0].kind not in KINDS or not tasks[0].request:
            self.strip.say("its request is not known here, so there is nothing to edit", Severity.WARNING)
        else:
            self._open_form(tasks[0])

    def _open_form(self, prefill: Task | None) -> None:
        from camb_tui.ui.forms import Draft, NewTaskScreen  # the forms' widgets can wait until they are wanted

        if self.catalogues is None:
            self.send(FetchCatalogues())
        if self._draft is None:
            self._draft = Draft()
        try:
            screen = NewTaskScreen(
                catalogues=self.catalogues,
                draft=self._draft,
                prefill=prefill,
                same_as=self.same_as,
                ascii=self.ascii,
            )
        except UsageError as error:
            self.strip.say(str(error), Severity.WARNING)
            return
        self._form = screen
        self.app.push_screen(screen, lambda submit: self._form_closed(submit, prefill))

    def hand_catalogues(self, catalogues: Catalogues) -> None:
        """Voices and languages came: a form that is open searches them from now on."""
        if self._form is not None:
            self._form.take_catalogues(catalogues)

    def _form_closed(self, submit: Submit | None, edited: Task | None) -> None:
        self._form = None
        if submit is not None:
            self.desk.submit(submit if edited is None else structs.replace(submit, edits=edited.key))

    def show_help(self) -> None:
        from camb_tui.ui.help import HelpScreen  # not needed before it is asked for

        self.app.push_screen(HelpScreen(self.keys, read_only=self.read_only, ascii=self.ascii))

    def show_report(self) -> None:
        """What became of the last retry of many, task by task."""
        from camb_tui.ui.report_screen import ReportScreen

        if self.desk.report is None:
            self.strip.say("there is no report: it comes with a retry of more than one task", Severity.WARNING)
        else:
            self.app.push_screen(ReportScreen(self.desk.report))

    # --------------------------------------------------------- command line

    def open_command(self, text: str = "", *, hint: str = "") -> None:
        """Let the user type a command on the bottom line; `hint` says what is missing in `text`."""
        if self._command is None:
            from textual.suggester import SuggestFromList

            self._command = Entry(id="command")
            self._command.suggester = SuggestFromList(
                [action.command for action in offered(read_only=self.read_only, hidden=self.keys.hidden)],
                case_sensitive=True,
            )
            self.mount(self._command, after=self.strip)
        self.strip.cancel()
        self.strip.settle()
        self.strip.display, self._command.display = False, True
        self._command.placeholder = "a command, such as retry, filter, theme, adopt KIND ID; ? lists all"
        self._command.value = text
        self._command.cursor_position = len(text)
        self.keys_line.show_hints([*ENTRY_HINTS, ("", "", hint)] if hint else ENTRY_HINTS)
        self.set_focus(self._command)  # now, not soon: what is typed next is meant for it

    @on(Input.Submitted, "#command")
    def _command_given(self, message: Input.Submitted) -> None:
        message.stop()
        self._close_command()
        self.run_command(message.value)

    @on(Entry.Cancelled, "#command")
    @on(Entry.Left, "#command")
    def _command_left(self, message: Message) -> None:
        message.stop()
        self._close_command()

    def _close_command(self) -> None:
        if self._command is not None:
            self._command.display = False
        self.strip.display = True
        self.keys_line.show_hints(None)
        self._focus_list()

    def run_command(self, text: str) -> None:
        """Do what a line of the command line says."""
        word, _, argument = text.strip().lstrip(":").partition(" ")
        if not word:
            return
        action = find_command(word, read_only=self.read_only, hidden=self.keys.hidden)
        if action is None:
            begun = [one.command for one in offered(read_only=self.read_only, hidden=self.keys.hidden)
                     if one.command.startswith(word)]  # fmt: skip
            words = f"{word} may be {', '.join(begun)}" if begun else f"there is no command {one_line(word, 30)!r}"
            self.strip.say(f"{words}; ? lists them", Severity.WARNING)
        elif action.id == "detail.find" and not argument.strip():
            self.strip.say("find what? :find WORD", Severity.WARNING)
        elif action.id == "task.adopt" and not argument.strip():
            self.strip.say("adopt which? :adopt ID, or :adopt KIND ID", Severity.WARNING)
        else:
            self.act(action.id, argument.strip())

    # ------------------------------------------------------------- leaving

    def cancel(self) -> None:
        """End or close what is innermost: a stream that is watched, the opened task, the filter, a stream in the list.

        A stream that is watched says that this ends it. In the list it asks first: the cursor may be there by chance.
        """
        watched = self.detail.watched_stream
        if watched is not None and not self.read_only and (self.wishes.alone or not self.table.has_focus):
            self.desk.end_stream(watched)
        elif self.wishes.alone:
            self.open_alone()
        elif not self.table.has_focus:
            self.table.focus()
        elif self.board.filter_text:
            self.filter_by("")
        elif not self.read_only:
            self.desk.leave_stream(self.table.cursor_key)

    def back(self) -> None:
        """Close what is open; from the list itself, leave."""
        if self.wishes.alone:
            self.open_alone()
        elif not self.table.has_focus and self.table.display:
            self.table.focus()
        else:
            self.post_message(self.AppAction("app.quit"))
