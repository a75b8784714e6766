"""The app: wires screens, themes, the engine's thread and the ways out; decides nothing about tasks."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

from textual import events, on, work
from textual._compositor import ChopsUpdate
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.theme import Theme
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from camb_tui.domain.errors import SettingsError
from camb_tui.domain.tasks import Task
from camb_tui.domain.text import one_line
from camb_tui.services.changes import Change, EngineLink, FetchCatalogues, Severity, Stop, UseKey
from camb_tui.services.playing import can_play
from camb_tui.services.settings import Settings
from camb_tui.ui import theming
from camb_tui.ui.acting import Acting
from camb_tui.ui.clipboard import Clipboard
from camb_tui.ui.keys import offered, resolve
from camb_tui.ui.leaving import FLUSH_SECONDS, Leaving
from camb_tui.ui.monitor import PACE, PACE_REMOTE, MonitorScreen
from camb_tui.ui.sending import SpansUpdate
from camb_tui.ui.terminal import MOUSE_CODES, Mouse, has_few_colours, is_remote, mouse_level, wants_no_color
from camb_tui.ui.typing_ahead import TypingAhead

_LAST_MOMENT = 1.7
"""Seconds after which the ordinary way out is over, however it stands."""
SIMULATOR = "simulator"
"""What the app returns when the user chose the simulator; the caller starts it."""


class EngineRun(EngineLink, Protocol):
    """The engine as the app runs it."""

    async def run(self, publish: Callable[[Change], None]) -> None:
        """Work until a Stop; publishes every change."""
        ...


class CambApp(App[str]):
    """camb-tui's screen."""

    TITLE = "camb-tui"
    ENABLE_COMMAND_PALETTE = True
    CSS_PATH = "monitor.tcss"  # of the main screen: Textual does not load the CSS of an app's default screen
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "app_do('app.quit')", "Quit", show=False, priority=True, id="app.quit", system=True),
        Binding("ctrl+l", "app_do('app.repaint')", "Repaint", show=False, id="app.repaint"),
        Binding("ctrl+z", "app_do('app.suspend')", "Suspend", show=False, id="app.suspend"),
        Binding("M", "app_do('app.mouse')", "Mouse", show=False, id="app.mouse"),
    ]

    def __init__(
        self,
        *,
        board_tasks: Mapping[str, Task],
        engine: EngineRun,
        settings: Settings,
        notices: Sequence[str] = (),
        session_name: str = "default",
        needs_key: bool = False,
        keepers: Mapping[str, Callable[[str], str]] | None = None,
        can_simulate: bool = True,
        ascii: bool = False,  # noqa: A002 - the option's name
        read_only: bool = False,
        themes_folder: Path | None = None,
        copy_file: Path | None = None,
        environ: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Args:
        board_tasks: The session's tasks by key, in submission order; may decode them as they are asked for.
        engine: Runs in a thread of its own from the first paint on.
        settings: What the user chose.
        notices: What happened before the screen, one sentence each.
        session_name: Shown in the summary.
        needs_key: Begin with the screen that asks for a key.
        keepers: Where a key can be kept, by name; each keeps it and says so in a sentence.
        can_simulate: Whether the first screen offers the simulator.
        ascii: Signs and borders in ASCII.
        read_only: No key that sends or writes.
        themes_folder: The user's own themes.
        copy_file: Where a copy too long for the terminal is written as well.
        environ: The environment, for tests.
        clock: Seconds since the epoch.
        """
        environ = dict(os.environ if environ is None else environ)
        self._no_color = wants_no_color(environ)
        super().__init__()
        if self._no_color:
            os.environ["NO_COLOR"] = environ["NO_COLOR"]  # Textual takes it away; editors and pagers need it
        self.animation_level = "none"
        self.engine, self._needs_key, self._keepers, self._can_simulate = engine, needs_key, keepers, can_simulate
        self._themes_folder, self._copy_file = themes_folder, copy_file
        silent = frozenset() if can_play(environ) else frozenset({"task.play"})
        self._keys = resolve(settings.keys, hidden=silent)
        faults = [*notices, *self._keys.faults, *self._start_theme(settings.theme, environ)]
        self.clipboard_ladder = Clipboard(self._write, environ=environ, file=copy_file)
        self.mouse = mouse_level(environ)
        self.monitor = MonitorScreen(
            board_tasks,
            engine,
            settings=settings,
            keys=self._keys,
            session_name=session_name,
            notices=faults,
            copy=self._copy,
            ascii=ascii,
            read_only=read_only,
            pace=PACE_REMOTE if is_remote(environ) else PACE,
            clock=clock,
        )
        self.engine_ended = threading.Event()
        self.leaving = Leaving(self._save_and_wait)
        self._suspend_said = False
        self._is_leaving = False
        self.set_keymap(self._keys.keymap(settings.keys))
        self._typing = TypingAhead(self, super().on_event, stays=self._stays)

    async def on_event(self, event: events.Event) -> None:
        """Keys in their order; everything else as ever."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded and self._typing.must_wait(event):
            return
        await super().on_event(event)

    def _stays(self, event: events.Key) -> bool:
        """Letters in a field, and steps in the list."""
        if isinstance(self.focused, Input) or getattr(self.focused, "TAKES_LETTERS", False):
            return event.is_printable
        return self.focused is self.monitor.table and self.monitor.table.steps_by(event.key)

    def get_default_screen(self) -> Screen[Any]:
        return self.monitor

    def _start_theme(self, name: str, environ: Mapping[str, str]) -> list[str]:
        """Take the chosen theme, else the default; what is wrong with the chosen one comes back."""
        default = theming.FEW_COLOURS if self._no_color or has_few_colours(environ) else theming.DEFAULT
        faults = []
        for wanted in filter(None, (theming.FEW_COLOURS if self._no_color else name, default)):
            try:
                self._use_theme(theming.find_theme(wanted, theming.shipped_folder(), self._themes_folder))
            except SettingsError as error:
                faults.append(one_line(str(error)))
            else:
                break
        return faults

    def _use_theme(self, theme: Theme) -> None:
        self.register_theme(theme)
        self.theme = theme.name

    # --------------------------------------------------------------- engine

    def on_ready(self) -> None:
        """The first paint is out: now the engine, and what watches the terminal."""
        gc.freeze()  # what is here now stays; a full collection of it would hold up a key for tens of milliseconds
        gc.enable()
        if not self.is_headless:
            self.leaving.install(getattr(self._driver, "attrs_before", None))
            if self.mouse is Mouse.CLICKS:
                self._write(MOUSE_CODES[self.mouse])
        self.run_engine()
        if self._needs_key:
            self.ask_for_key()

    @work(thread=True, exclusive=True, group="engine", exit_on_error=False, name="engine")
    def run_engine(self) -> None:
        """Run the engine on a loop of its own: a terminal nobody reads stops ours, and must not stop the polls."""
        try:
            asyncio.run(self.engine.run(self.monitor.publish))
        finally:
            self.engine_ended.set()

    @on(Worker.StateChanged)
    def report_dead_worker(self, message: Worker.StateChanged) -> None:
        """`exit_on_error=False` owes the user a word: no worker dies in silence."""
        if message.state is WorkerState.ERROR:
            words = f"the {message.worker.name} stopped: {message.worker.error}; what is saved is safe, start again"
            self.monitor.strip.say(words, Severity.ERROR)
        elif message.worker.group == "engine" and message.state is WorkerState.SUCCESS and not self._is_leaving:
            self.monitor.strip.say("the engine ended: nothing is sent or watched any more", Severity.ERROR)

    # ------------------------------------------------------------------ key

    def ask_for_key(self) -> None:
        """Show the screen that asks for an API key."""
        from camb_tui.ui.first_run import FirstRunScreen  # seldom wanted

        self._first = FirstRunScreen(self._check_key, keepers=self._keepers, can_simulate=self._can_simulate)
        self.push_screen(self._first, self._begun)

    def _check_key(self, api_key: str) -> None:
        self.monitor.send(UseKey(api_key))
        self.monitor.send(FetchCatalogues())

    @on(MonitorScreen.HealthChanged)
    def _pass_health_on(self, message: MonitorScreen.HealthChanged) -> None:
        first = getattr(self, "_first", None)
        if first is not None and first.is_current:
            first.take_health(message.health)

    def _begun(self, begun: Any) -> None:
        from camb_tui.ui.first_run import Way

        if begun is None:
            return
        if begun.way is Way.SIMULATOR:
            self.leave(SIMULATOR)
        elif begun.way is Way.WITHOUT:
            self.monitor.strip.say("without a key nothing is sent or watched; :key enters one", Severity.WARNING)
        else:
            self.monitor.strip.say(begun.words or "the service took the key")

    # -------------------------------------------------------------- actions

    def action_app_do(self, action_id: str) -> None:
        self.act(action_id)

    @on(Acting.AppAction)
    def _asked_by_screen(self, message: Acting.AppAction) -> None:
        self.act(message.action_id, message.argument)

    def act(self, action_id: str, argument: str = "") -> None:
        """Do one of the app's own actions."""
        match action_id:
            case "app.quit":
                self.leave()
            case "app.palette":
                self.action_command_palette()
            case "app.repaint":
                self.screen.refresh(repaint=True, layout=True)
                self._write("\x1b[2J")
            case "app.suspend":
                self.suspend_after_warning()
            case "app.mouse":
                self.set_mouse(self.mouse.next)
            case "app.theme":
                self.choose_theme(argument)
            case "app.key":
                self.ask_for_key()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette offers: the registry, and the themes."""
        if screen is not self.monitor:
            return
        for action in offered(read_only=self.monitor.read_only, hidden=self._keys.hidden):
            if not action.by_table and action.id != "app.palette":
                words = f"{action.word}  ({self._keys.shown(action.id)})"
                yield SystemCommand(words, action.help, lambda action_id=action.id: self.monitor.act(action_id))
        for path in theming.theme_files(theming.shipped_folder(), self._themes_folder):
            yield SystemCommand(f"theme {path.stem}", "Use this theme.", lambda name=path.stem: self.choose_theme(name))

    def choose_theme(self, name: str) -> None:
        """Use a theme by its name, or list them."""
        folders = theming.shipped_folder(), self._themes_folder
        if not name:
            themes, faults = theming.all_themes(*folders)
            names = ", ".join(theme.name for theme in themes)
            self.monitor.strip.say(f"themes: {names}{'; bad: ' + '; '.join(faults) if faults else ''}")
            return
        try:
            self._use_theme(theming.find_theme(name, *folders))
        except SettingsError as error:
            self.monitor.strip.say(str(error), Severity.WARNING)

    def set_mouse(self, level: Mouse) -> None:
        """Ask the terminal for so much of the mouse."""
        self.mouse = level
        self._write(MOUSE_CODES[level])
        self.monitor.strip.say(f"mouse: {level.value}")

    def suspend_after_warning(self) -> None:
        """Put the program to sleep; the first time it says that nothing is watched meanwhile."""
        if self._suspend_said:
            self.action_suspend_process()
            return

        def answer(yes: bool) -> None:
            if yes:
                self._suspend_said = True
                self.action_suspend_process()

        self.monitor.strip.ask("Suspended, nothing is watched or sent until fg. Suspend?", answer, opened_by="ctrl+z")

    # ------------------------------------------------------------- terminal

    def _display(self, screen: Screen[Any], renderable: Any) -> None:  # Textual's own annotation is a union of privates
        """Write an update as frugally as it can be."""
        super()._display(screen, SpansUpdate.of(renderable) if type(renderable) is ChopsUpdate else renderable)

    def _write(self, sequence: str) -> None:
        """Write a control sequence, in order with what is drawn."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)
            self._driver.flush()

    def _copy(self, text: str) -> str:
        self._clipboard = text  # so that fields can paste it
        return self.clipboard_ladder.copy(text)

    @on(MonitorScreen.TitleChanged)
    def _show_title(self, message: MonitorScreen.TitleChanged) -> None:
        self._write(f"\x1b]2;{message.title}\x1b\\")

    # -------------------------------------------------------------- leaving

    def leave(self, result: str | None = None) -> None:
        """Save and leave, in time whatever happens."""
        if self._is_leaving:
            return
        self._is_leaving = True
        if not self.is_headless:
            self.leaving.soon(_LAST_MOMENT)
        self.engine.send(Stop())
        self.run_worker(self._leave_when_saved(result), name="leaving", group="leaving", exit_on_error=False)

    def on_unmount(self) -> None:
        """However the screen ended, the engine must too: its thread is waited for."""
        self._is_leaving = True
        self.engine.send(Stop())

    async def action_quit(self) -> None:
        self.leave()

    async def _leave_when_saved(self, result: str | None) -> None:
        await asyncio.to_thread(self.engine_ended.wait, FLUSH_SECONDS)
        self.exit(result)

    def _save_and_wait(self, seconds: float) -> None:
        self.engine.send(Stop())
        self.engine_ended.wait(seconds)

    def run_here(self) -> str | None:
        """Show the screen on this terminal until the user leaves; what `run` returns."""
        try:
            return self.run(mouse=self.mouse is Mouse.FULL)
        finally:
            self.leaving.over()
            if sys.__stderr__ is not None and sys.__stderr__.isatty():
                sys.__stderr__.write(MOUSE_CODES[Mouse.OFF] + "\x1b]2;\x1b\\")
                sys.__stderr__.flush()
