"""The main screen: summary, views, filter, table, detail, bottom line, keys.

Takes the engine's changes at its own pace and hands them to the widgets; gives every action of the registry a method.
What the task keys do is the desk's, where things stand is `arrangement`'s. Long because every message of the screen's
widgets is answered here, each in a few lines.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from camb_tui.domain.query import QueryEnv
from camb_tui.domain.results import Result
from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import Task
from camb_tui.services.changes import (
    ApiState,
    Catalogues,
    Change,
    Command,
    EngineLink,
    Focus,
    Health,
    Listen,
    Notice,
    OpenResult,
    Outlook,
    Save,
    Severity,
)
from camb_tui.services.settings import Settings
from camb_tui.ui.acting import Acting
from camb_tui.ui.arrangement import Wishes, arrange
from camb_tui.ui.board import Board, BoardChange
from camb_tui.ui.detail import DetailPane
from camb_tui.ui.entry import Entry
from camb_tui.ui.filter_bar import FilterBar
from camb_tui.ui.footer import KeysLine
from camb_tui.ui.intake import Intake
from camb_tui.ui.keys import Keys
from camb_tui.ui.kin import Kin, away_words
from camb_tui.ui.saving import Saving
from camb_tui.ui.sidebar import Sidebar
from camb_tui.ui.strip import BottomLine
from camb_tui.ui.summary import Summary, ViewTabs, title_words
from camb_tui.ui.task_table import TaskTable
from camb_tui.ui.words import count_text, left_text

if TYPE_CHECKING:
    from camb_tui.ui.desk import Desk

PACE, PACE_REMOTE = 0.25, 1.0
"""Seconds for which changes are collected before they are drawn, here and over SSH."""
_SOON = 0.03
_HURRY = 1.0
"""Seconds after a command in which changes are drawn soon, because they are probably its effect."""
_COUNTS = 1.0
"""Least seconds between two drawings of the counts while changes pour in."""
_AGES = 30.0
"""Seconds between two looks at the ages."""
AWAY_SECONDS = 120.0
_FIRST_PAINT = 0.001
"""Seconds in which the first size, focus and layouts come in; each would paint the whole screen again."""


def _fails_again(task: Task) -> bool:
    from camb_tui.domain.retrying import fails_again  # only some filters ask

    return fails_again(task)


class MonitorScreen(Acting):
    """The tasks, live."""

    AUTO_FOCUS = "#tasks"

    class ChangesWait(Message):
        """The engine published something."""

    @dataclass
    class TitleChanged(Message):
        """The terminal's title should read so."""

        title: str

    @dataclass
    class HealthChanged(Message):
        """The service answers otherwise than before."""

        health: Health

    def __init__(
        self,
        shelf: Mapping[str, Task],
        link: EngineLink,
        *,
        settings: Settings,
        keys: Keys,
        session_name: str,
        notices: Sequence[str] = (),
        copy: Callable[[str], str],
        ascii: bool = False,  # noqa: A002 - as in the settings
        read_only: bool = False,
        pace: float = PACE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Args:
        shelf: The session's tasks by key, in submission order.
        link: The engine.
        settings: What the user chose.
        keys: The keys in force.
        session_name: Shown in the summary.
        notices: What happened at the start, one sentence each.
        copy: Puts a text on the clipboard and says which way it went.
        ascii: Signs and borders in ASCII.
        read_only: No key that sends or writes.
        pace: Seconds for which changes are collected.
        clock: Seconds since the epoch.
        """
        super().__init__(id="monitor")
        self.link, self.settings, self.keys = link, settings, keys
        self.ascii, self.read_only, self.clock = ascii, read_only, clock
        self._copy, self._pace = copy, pace
        self.kin = Kin(shelf)
        env = QueryEnv(
            clock(),
            new=self.kin.news.keys(),
            permanent=_fails_again,
            stuck=lambda task: task.is_stuck(clock()),
            left=lambda task: None if task.expected_at is None else max(0.0, task.expected_at - clock()),
        )
        self.board = Board(shelf, clock=clock, env=env)
        self.intake = Intake(self._wake)
        self.wishes = Wishes()
        self.catalogues: Catalogues | None = None
        self.health, self.outlook = Health(ApiState.UNKNOWN), Outlook()
        self.summary, self.tabs = Summary(session_name, id="summary"), ViewTabs(id="views")
        self.filter_bar = FilterBar(id="filter")
        self.table = TaskTable(
            self.board,
            ascii=ascii,
            left=lambda task: left_text(task, now=clock()),
            keys=keys,
            claims=self._claims,
            id="tasks",
        )
        self.detail = DetailPane(ascii=ascii, clock=clock, read_only=read_only, id="detail")
        self.keys_line = KeysLine(keys, read_only=read_only, id="keys")
        self.strip = BottomLine(id="strip", clock=clock, lend=self.keys_line.lend)
        self.sidebar: Sidebar | None = None
        self._body, self._panes = Container(id="body"), Container(id="panes")
        self.sending_held, self.saving = "", Saving()
        self._notices = tuple(notices)
        self._account = ""
        self.may_take_over = False
        self._title = ""
        self._counting: Timer | None = None
        self._counted_at = 0.0
        self._taking: Timer | None = None
        self._hurry_until = 0.0
        self._last_key = clock()

    def compose(self) -> ComposeResult:
        yield self.summary
        yield self.tabs
        yield self.filter_bar
        self._arrange()  # before the first paint, which would otherwise be made twice
        with self._body:
            if self.sidebar is not None:
                yield self.sidebar
            with self._panes:
                yield self.table
                yield self.detail
        yield self.strip
        yield self.keys_line

    def on_mount(self) -> None:
        settling = ExitStack()
        settling.enter_context(self.app.batch_update())
        self.set_timer(_FIRST_PAINT, lambda: self._paint_first(settling))
        self.detail.set_class(self.ascii, "-ascii")
        self._show_counts()
        for notice in self._notices:
            self.strip.say(notice, Severity.WARNING)
        self._greet()
        self.set_interval(_AGES, self._pass_time)

    def _paint_first(self, settling: ExitStack) -> None:
        """The list, and when it stands there the detail, whose tabs are loaded with it."""
        settling.close()
        self.call_after_refresh(self._follow_cursor)

    def _greet(self) -> None:
        """What waits for the user from before, and the key to it; failures may stand below the fold."""
        counts = self.board.counts()
        words = []
        for place, view in enumerate(self.board.views):
            if view.alarms and counts.views[place]:
                what = [f"{number:,} {word}" for number, word in ((counts.failed, "failed"), (counts.open, "to decide"))
                        if number]  # fmt: skip
                words.append(f"{', '.join(what)}; {place + 1} shows them")
        if counts.held:
            sends = "" if self.read_only else f"; {self.keys.shown('task.resume')} sends them"
            words.append(f"{counts.held:,} held from before{sends}")
        if words:
            self.strip.say(". ".join(words))

    @cached_property
    def desk(self) -> Desk:
        """What the task keys do; loaded when the first of them, or news of a task, wants it."""
        from camb_tui.ui.desk import Desk

        return Desk(self, self.strip, window=self.settings.send.undo_window, base_url=self.settings.base_url)

    # ------------------------------------------------------------- changes

    def publish(self, change: Change) -> None:
        """Take a change from the engine; safe from any thread, and draws nothing."""
        self.intake.publish(change)

    def _wake(self) -> None:
        self.post_message(self.ChangesWait())

    @on(ChangesWait)
    def _plan_taking(self, message: ChangesWait) -> None:
        """Draw what waits when enough time was given to collect more."""
        message.stop()
        soon = time.monotonic() < self._hurry_until
        if self._taking is None or soon:
            self._stop_taking()
            self._taking = self.set_timer(_SOON if soon else self._pace, self.take_changes)

    def _stop_taking(self) -> None:
        if self._taking is not None:
            self._taking.stop()
            self._taking = None

    def take_changes(self) -> None:
        """Hand what the engine published to the widgets."""
        self._taking = None
        change = self.intake.take()
        if change is None:
            return
        if change.tasks:
            self._take_tasks(change.tasks)
        if change.sending_held is not None:
            self.sending_held = change.sending_held
        if change.read_only is not None and change.read_only != self.read_only:
            self.read_only = change.read_only
            self.keys_line.set_read_only(change.read_only)
            self.detail.set_read_only(change.read_only)
            self.refresh_bindings()
        self._account = change.account if change.account is not None else self._account
        if change.may_take_over is not None:
            self.may_take_over = change.may_take_over
            if self.may_take_over:
                how = f"nobody writes this session any more; {self.keys.shown('app.take-over')} takes over here"
                self.strip.say(how, Severity.WARNING)
            self._show_counts()
        if change.health is not None:
            self.health = change.health
            self.post_message(self.HealthChanged(change.health))
        self.outlook = change.outlook if change.outlook is not None else self.outlook
        if change.catalogues is not None:
            self.catalogues = change.catalogues
            self.hand_catalogues(change.catalogues)
        self._take_words(change)
        self.desk.ask_user(change.questions)
        was_saved = self.saving.take(change.progress)
        if change.health is not None or change.sending_held is not None or change.read_only is not None:
            self._show_counts()
        elif change.tasks or change.outlook is not None or was_saved:
            self._count_soon()

    def _take_tasks(self, tasks: Sequence[Task]) -> None:
        was_empty = not self.board.rows
        change = self.board.apply(tasks)
        self.table.take(change)
        settled = self.kin.take(tasks)
        self.kin.note_settled(settled)
        self.desk.take(tasks)
        shown = self.detail.task_key
        if was_empty or shown is None or self.table.cursor_key != shown:
            self._follow_cursor()
        elif shown in change.changed:
            self._show_task(shown)
        self._show_rows()

    def _take_words(self, change: Change) -> None:
        for notice in change.notices:
            self._say(notice)
        for key, result in change.results.items():
            self.detail.show_result(key, result)
        for key, words in change.progress.items():
            self.detail.show_progress(key, words)
        for key, view in change.streams.items():
            self.detail.show_stream(key, view)
        for key, sounds in change.sounds.items():
            self.detail.show_sounds(key, sounds)

    def _say(self, notice: Notice) -> None:
        self.strip.say(notice.text, notice.severity)

    def _pass_time(self) -> None:
        """Ages and filters over ages move on; only what reads differently is drawn."""
        change = self.board.tick()
        self.table.take(change)
        self._show_counts()

    # ---------------------------------------------------------- the widgets

    def _count_soon(self) -> None:
        """Show the counts after a change, at most once a second: figures that run tell nobody anything."""
        if self._counting is None:
            wait = self._counted_at + _COUNTS - time.monotonic()
            self._counting = self.set_timer(max(0.0, wait), self._show_counts) if wait > 0 else None
            if self._counting is None:
                self._show_counts()

    def _show_counts(self) -> None:
        """Summary, view tabs and title; each draws only what is new."""
        self._counting, self._counted_at = None, time.monotonic()
        counts = self.board.counts()
        remarks = []
        if self.read_only:
            remarks.append(
                f"free: {self.keys.shown('app.take-over')} takes over" if self.may_take_over else "read-only"
            )
        if self.sending_held:
            remarks.append("sending held")
        now, work = self.clock(), self.saving.words
        self.summary.show(counts, self.health, remarks, now=now, outlook=self.outlook, work=work)
        self.tabs.show(self.board.views, counts, self.board.view_index)
        self._show_rows()
        title = title_words(counts)
        if title != self._title:
            self._title = title
            self.post_message(self.TitleChanged(title))
        if self.sidebar is not None and self.sidebar.display:
            self.sidebar.show(self.kin.figures(self.clock()), self.outlook.usual)

    def _show_rows(self) -> None:
        if not self.filter_bar.is_open:
            self.filter_bar.show(self.board.filter_text)
        in_view = self.board.counts().views[self.board.view_index]
        self.filter_bar.tell(len(self.board.rows), max(in_view, len(self.board.rows)))

    def _follow_cursor(self) -> None:
        """The detail shows the task under the cursor; the engine hears which one it is."""
        key = self.table.cursor_key
        self._show_task(key)
        self.link.send(Focus(key))

    def _show_task(self, key: str | None) -> None:
        if key is None or key not in self.board:
            self.detail.show(None)
            return
        task = self.board.task(key)
        self.detail.show(task, history=self.kin.tries_before(task), batch=self.kin.batch_of(task))

    @on(TaskTable.Highlighted)
    def _cursor_rests(self, message: TaskTable.Highlighted) -> None:
        message.stop()
        self._follow_cursor()

    @on(TaskTable.Opened)
    def _opened(self, message: TaskTable.Opened) -> None:
        message.stop()
        self.act("table.open")

    @on(TaskTable.MarksChanged)
    def _marks_changed(self, message: TaskTable.MarksChanged) -> None:
        message.stop()
        self._show_counts()

    @on(TaskTable.RangeMarked)
    def _range_marked(self, message: TaskTable.RangeMarked) -> None:
        """Only the first row shows that a range is open, and a key that acts would act on that row alone."""
        message.stop()
        key = self.keys.shown("table.mark-range")
        if message.begins:
            self.strip.say(f"a range begins here; {key} on its last task marks all between")
        else:
            self.strip.say(f"{count_text(len(self.board.marks), 'task')} marked")

    @on(TaskTable.Pasted)
    def _pasted(self, message: TaskTable.Pasted) -> None:
        message.stop()
        if self.may("task.adopt"):
            self.desk.adopt(message.text)

    @on(DetailPane.ResultWanted)
    def _bring_result(self, message: DetailPane.ResultWanted) -> None:
        message.stop()
        self.send(OpenResult(message.key))

    @on(DetailPane.SoundsWanted)
    def _bring_sounds(self, message: DetailPane.SoundsWanted) -> None:
        message.stop()
        self.send(Listen(message.key))

    @on(DetailPane.FindAsked)
    def _ask_for_word(self, message: DetailPane.FindAsked) -> None:
        """`/` looks for a word where a result is read, and filters the list everywhere else."""
        message.stop()
        if message.tab == "Result":
            self.open_command("find ")
        else:
            self.act("view.filter")

    @on(DetailPane.ExchangesWanted)
    def _bring_exchanges(self, message: DetailPane.ExchangesWanted) -> None:
        message.stop()
        self.detail.show_exchanges(message.key, self.link.exchanges(message.key))

    @on(ViewTabs.Chosen)
    def _view_clicked(self, message: ViewTabs.Chosen) -> None:
        message.stop()
        self.show_view(message.number)

    @on(KeysLine.Pressed)
    def _key_clicked(self, message: KeysLine.Pressed) -> None:
        message.stop()
        self.act(message.action_id)

    @on(Input.Changed, "#filter-entry")
    def _filter_typed(self, message: Input.Changed) -> None:
        message.stop()
        if self.filter_bar.is_open:
            self.be_prompt()
            self.filter_by(message.value)

    @on(Input.Submitted, "#filter-entry")
    @on(Entry.Left, "#filter-entry")
    def _filter_left(self, message: Message) -> None:
        message.stop()
        entry = self.filter_bar.entry
        fault = self.board.filter(entry.value) if entry is not None else None
        self.close_filter()
        if fault is not None:
            self.strip.say(f"that filter cannot be read ({fault}); the last one that could be stays", Severity.WARNING)

    @on(Entry.Cancelled, "#filter-entry")
    def _filter_cancelled(self, message: Entry.Cancelled) -> None:
        message.stop()
        self.filter_by("")
        self.close_filter()

    # ----------------------------------------------------------------- keys

    def on_key(self, event: events.Key) -> None:
        """An open question takes every key before any binding does."""
        if self._claims(event):
            event.stop()
            event.prevent_default()

    def _claims(self, event: events.Key) -> bool:
        """Whether an open question took the key; a key after a long pause gets the news first."""
        self.be_prompt()
        now = self.clock()
        away, self._last_key = now - self._last_key, now
        if self.kin.come_back(was_long=away >= AWAY_SECONDS):
            self.strip.say(away_words(self.kin.news.values(), since=now - away, now=now))
        if not self.strip.is_asking:
            self.strip.settle()
        if not self.strip.take_key(event.key, event.character):
            return False
        self.desk.ask_next()
        return True

    def on_resize(self, event: events.Resize) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Put the panes where the size and the user's wishes have them."""
        size = self.app.size
        now = arrange(size.width, size.height, self.wishes)
        for name, wanted in (("-beside", now.beside), ("-alone", self.wishes.alone)):
            for pane in (self._panes, self.detail):
                if pane.has_class(name) != wanted:
                    pane.set_class(wanted, name)
        if self.table.display != now.table:
            self.table.display = now.table
        if self.detail.display != now.detail:
            self.detail.display = now.detail
        width, height = (f"{now.share}%", "1fr") if now.beside else ("1fr", f"{now.share}%")
        if self.wishes.alone:
            width = height = "1fr"
        self.detail.styles.width, self.detail.styles.height = width, height
        self.strip.give_lines(now.notices)
        self._show_side(now.side)

    def _show_side(self, wanted: bool) -> None:
        if self.sidebar is None and wanted:
            self.sidebar = Sidebar(ascii=self.ascii, id="side")
            if self._body.is_attached:
                self._body.mount(self.sidebar, before=self._panes)
            self.call_after_refresh(self._show_counts)
        elif self.sidebar is not None and self.sidebar.display != wanted:
            self.sidebar.display = wanted

    def arrange_again(self) -> None:
        """The user's wishes changed."""
        self._arrange()

    # --------------------------------------------------- what the desk asks

    def chosen_tasks(self) -> list[Task]:
        """The marked tasks, or the one under the cursor."""
        return [self.board.task(key) for key in self.board.targets(self.table.cursor_key)]

    def held_tasks(self) -> list[Task]:
        """Every held task."""
        return self.kin.held() if self.board.counts().held else []

    def same_as(self, submission: Submission) -> Task | None:
        """An earlier task of the same request, recent enough to ask about."""
        return self.kin.twins(self._account, now=self.clock()).of(submission)

    def twin_finder(self) -> Callable[[Task], Task | None]:
        """Finds another task of the same request that is live or new."""
        return self.kin.twins(self._account, now=self.clock()).of

    def result_of(self, key: str) -> Result | None:
        """The result of a task, where it is known here."""
        return self.detail.result_of(key)

    def send(self, command: Command) -> None:
        """Hand a command to the engine and look for its effect soon."""
        self._hurry_until = time.monotonic() + _HURRY
        if isinstance(command, Save):
            self.saving.begin(command.keys)
            self._count_soon()
        self.link.send(command)

    def copy(self, text: str) -> None:
        """Put a text on the clipboard and say which way it went."""
        self.strip.say(self._copy(text))

    def refresh_board(self, change: BoardChange | None = None) -> None:
        """The board was told something by a key: draw it."""
        if change is None:
            self.table.reload()
        else:
            self.table.take(change)
        self._show_counts()
        self._follow_cursor()
