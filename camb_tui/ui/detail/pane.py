"""The detail pane: which task and which tab are shown; asks for what it lacks by message.

Owns the title line, the page below it and what it was told about tasks (results, progress, exchanges); leaves what
the tabs say to their modules, each loaded when it is first looked at, and scrolling to the page.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from textual import on
from textual.app import ComposeResult
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from camb_tui.domain.results import Result
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.changes import AudioFacts, Exchange, StreamView
from camb_tui.ui.detail.page import Page
from camb_tui.ui.detail.parts import Block, Part, Row
from camb_tui.ui.detail.title import TitleLine

TABS = ("Overview", "Result", "Request", "History", "Raw")
REMEMBERED = 50
"""Tasks whose results are kept, so that going back to one asks nobody."""
LINKS_LIVE = 600.0
"""Seconds after which a result with links is fetched again when its tab is opened: links die."""
SETTLE = 0.15
"""Seconds the cursor must rest before a result is asked for: it may cost a request."""


class DetailPane(Widget):
    """Everything about one task, a tab at a time."""

    DEFAULT_CSS = """
    DetailPane { layout: vertical; height: 1fr; }
    DetailPane:focus-within TitleLine > .title--rule { color: $text-accent; }
    DetailPane:focus-within TitleLine > .title--name { color: $text-accent; }
    DetailPane:focus-within TitleLine > .title--present { color: $text-accent; }
    """

    @dataclass
    class ResultWanted(Message):
        """The result of a task that succeeded is looked at and not known here."""

        pane: DetailPane
        key: str

        @property
        def control(self) -> DetailPane:
            return self.pane

    @dataclass
    class ExchangesWanted(Message):
        """The HTTP exchanges of a task are looked at."""

        pane: DetailPane
        key: str

        @property
        def control(self) -> DetailPane:
            return self.pane

    @dataclass
    class SoundsWanted(Message):
        """The files of sound saved for a task are looked at and not known here."""

        pane: DetailPane
        key: str

        @property
        def control(self) -> DetailPane:
            return self.pane

    @dataclass
    class FindAsked(Message):
        """The user wants to look for a word in what is shown."""

        pane: DetailPane
        tab: str

        @property
        def control(self) -> DetailPane:
            return self.pane

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - as in the settings
        clock: Callable[[], float],
        settle: float = SETTLE,
        read_only: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's word
    ) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._settle = settle
        self._ascii, self._read_only = ascii, read_only
        self._title = TitleLine(TABS, ascii=ascii)
        self._page = Page(ascii=ascii)
        self._tab = TABS[0]
        self._shown: Task | None = None
        self._history: tuple[Task, ...] = ()
        self._batch: tuple[Task, ...] = ()
        self._results: OrderedDict[str, tuple[Result | str, float]] = OrderedDict()
        """Results by key, with when each came."""
        self._made: tuple[Result, tuple[object, ...], list[Part]] | None = None
        """The last result drawn, with what else its parts were made of."""
        self._asked: set[str] = set()
        self._asking: Timer | None = None
        self._progress: dict[str, str] = {}
        self._streams: dict[str, StreamView] = {}
        self._sounds: dict[str, tuple[tuple[str, ...], tuple[AudioFacts, ...] | None]] = {}
        """What a task's saved files were when they were asked for, and what they are; None until that is known."""
        self._exchanges: tuple[str, Sequence[Exchange]] | None = None
        self._drawn: tuple[str | None, str] = (None, "")
        """Task and tab that stand on the page."""

    def compose(self) -> ComposeResult:
        yield self._title
        yield self._page

    def on_mount(self) -> None:
        self._draw()

    def on_show(self) -> None:
        """Back on the screen: what was not asked for while nobody looked is asked for now."""
        self._want(anew=True)

    # ------------------------------------------------------- what is shown

    @property
    def task_key(self) -> str | None:
        """Key of the task shown."""
        return self._shown.key if self._shown is not None else None

    @property
    def tab(self) -> str:
        """The tab shown, one of `TABS`."""
        return self._tab

    @tab.setter
    def tab(self, name: str) -> None:
        if name not in TABS:
            raise ValueError(f"no tab {name!r}")
        if name != self._tab:
            self._tab = name
            self._draw()
            self._want(anew=True)

    @property
    def watched_stream(self) -> Task | None:
        """The task whose stream is under way on the page: shown, and in the tab that shows what comes."""
        task = self._shown
        return task if task is not None and task.is_streaming and self._tab == "Result" else None

    @property
    def text(self) -> str:
        """What stands on the page now."""
        return self._page.visible_text()

    def next_tab(self) -> None:
        """Show the tab to the right, after the last the first."""
        self.tab = TABS[(TABS.index(self._tab) + 1) % len(TABS)]

    def previous_tab(self) -> None:
        """Show the tab to the left, before the first the last."""
        self.tab = TABS[(TABS.index(self._tab) - 1) % len(TABS)]

    def show(self, task: Task | None, *, history: Sequence[Task] = (), batch: Sequence[Task] = ()) -> None:
        """Show a task, or the same one as it is now; tab and, for the same task, place stay."""
        history, batch = tuple(history), tuple(batch)
        changed = (task, history, batch) != (self._shown, self._history, self._batch)
        if not changed and self._drawn[0] == (task.key if task is not None else None):
            return
        anew = task is None or task.key != self.task_key
        self._shown, self._history, self._batch = task, history, batch
        self._draw()
        self._want(anew=anew)

    def focus(self, scroll_visible: bool = True) -> Self:
        """Give the keys to the page."""
        self._page.focus(scroll_visible)
        return self

    # --------------------------------------------------- what it was told

    def show_result(self, key: str, found: Result | str) -> None:
        """Remember a task's result, or the text that says why there is none, and show it if it is looked at."""
        self._asked.discard(key)
        self._results[key] = found, self._clock()
        self._results.move_to_end(key)
        while len(self._results) > REMEMBERED:
            self._results.popitem(last=False)
        self._draw_if(key, "Result")

    def result_of(self, key: str) -> Result | None:
        """The result of a task, if it is remembered here."""
        found = self._results[key][0] if key in self._results else None
        return found if isinstance(found, Result) else None

    def show_exchanges(self, key: str, exchanges: Sequence[Exchange]) -> None:
        """Take the HTTP exchanges of a task, oldest first."""
        if key == self.task_key:
            self._exchanges = (key, exchanges)
            self._draw_if(key, "Raw")

    def show_progress(self, key: str, text: str) -> None:
        """Say what goes on with a task right now; an empty text says that it is over."""
        if text:
            self._progress[key] = text
        else:
            self._progress.pop(key, None)
        self._draw_if(key, "Overview")

    def show_stream(self, key: str, view: StreamView) -> None:
        """Take what has come of a stream; the text of one that is over comes as its result."""
        if view.is_over:
            self._streams.pop(key, None)
        else:
            self._streams[key] = view
        self._draw_if(key, self._tab if self._tab in ("Overview", "Result") else "")

    def show_sounds(self, key: str, sounds: tuple[AudioFacts, ...]) -> None:
        """Take what a task's saved files of sound are."""
        if len(self._sounds) > REMEMBERED:
            self._sounds = {known: self._sounds[known] for known in (self.task_key or "",) if known in self._sounds}
        asked = self._sounds.get(key, ((), None))[0]
        self._sounds[key] = asked, sounds
        self._made = None
        self._draw_if(key, "Result")

    def set_read_only(self, read_only: bool) -> None:
        """Offer no step that sends, or all again."""
        self._read_only = read_only
        self._draw_if(self.task_key or "", "Overview")

    # -------------------------------------------------------------- finding

    def find(self, word: str) -> str:
        """Look for a word in what is shown; how often it is there, in words."""
        return self._page.find(word)

    def find_next(self, step: int) -> str:
        """Go to the next place with the word, or the one before; which it is, in words."""
        return self._page.find_next(step)

    @on(Page.FindAsked)
    def _ask_for_word(self, message: Page.FindAsked) -> None:
        message.stop()
        self.post_message(self.FindAsked(self, self._tab))

    # ------------------------------------------------------------- drawing

    def _draw_if(self, key: str, tab: str) -> None:
        if key == self.task_key and tab == self._tab:
            self._draw()

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        now = (self.task_key, self._tab)
        task = self._shown
        self._title.show(task.label or task.key if task is not None else "", self._tab)
        self._page.show(self._parts(), keep_place=now == self._drawn)
        self._drawn = now

    def _parts(self) -> list[Part]:
        task, now = self._shown, self._clock()
        if task is None:
            return [Block([Row("No task is selected.", "dim")])]
        match self._tab:
            case "Overview":
                from camb_tui.ui.detail.overview import overview

                words = self._now(task.key)
                return overview(task, now=now, ascii=self._ascii, progress=words, read_only=self._read_only)
            case "Result":
                return self._result_parts(task)
            case "Request":
                from camb_tui.ui.detail.request import request

                return request(task)
            case "History":
                from camb_tui.ui.detail.history import history as history_parts

                return history_parts(task, self._history, self._batch, now=now, ascii=self._ascii)
            case _:
                from camb_tui.ui.detail.raw import raw

                known = self._exchanges
                return raw(known[1] if known is not None and known[0] == task.key else None, now=now)

    def _now(self, key: str) -> str:
        view = self._streams.get(key)
        if key in self._progress or view is None:
            return self._progress.get(key, "")
        from camb_tui.ui.detail.sound import stream_words

        return stream_words(view)

    def _result_parts(self, task: Task) -> list[Part]:
        """The Result tab; the same parts for the same result, so that a long one is not measured again."""
        from camb_tui.ui.detail.result import result

        found = self._results[task.key][0] if task.key in self._results else None
        sounds = self._sounds[task.key][1] if task.key in self._sounds else None
        if not isinstance(found, Result):
            return result(task, found, ascii=self._ascii, sounds=sounds, stream=self._streams.get(task.key))
        made = self._made
        if made is None or made[0] is not found or made[1] != (task.saved, task.request):
            self._made = made = (
                found,
                (task.saved, task.request),
                (result(task, found, ascii=self._ascii, sounds=sounds)),
            )
        return made[2]

    # -------------------------------------------------------------- asking

    def _want(self, *, anew: bool) -> None:
        """Ask for what the tab lacks: exchanges at once, a result when the cursor has come to rest.

        A result that could not be had, or has grown old, is asked for again only when task or tab were chosen `anew`:
        the failure may itself be a change of the task.
        """
        if self._asking is not None:
            self._asking.stop()
            self._asking = None
        task = self._shown
        if task is None or not self.display:
            return
        if self._tab == "Result" and task.saved and self._sounds.get(task.key, ((), None))[0] != task.saved:
            self._sounds[task.key] = task.saved, None
            self.post_message(self.SoundsWanted(self, task.key))
        if self._tab == "Raw":
            self.post_message(self.ExchangesWanted(self, task.key))
        elif self._tab == "Result" and self._lacks_result(task) and (anew or task.key not in self._results):
            if self._settle > 0:
                self._asking = self.set_timer(self._settle, self._ask_result)
            else:
                self._ask_result()

    def _lacks_result(self, task: Task) -> bool:
        if task.status is not TaskStatus.SUCCESS or task.key in self._asked or (task.streamed and task.saved):
            return False
        found, came = self._results.get(task.key, (None, 0.0))
        if isinstance(found, Result):
            return bool(found.links()) and self._clock() - came > LINKS_LIVE
        return True

    def _ask_result(self) -> None:
        self._asking = None
        if self._shown is not None and self._tab == "Result" and self._lacks_result(self._shown):
            self._asked.add(self._shown.key)
            self.post_message(self.ResultWanted(self, self._shown.key))

    @on(TitleLine.TabPicked)
    def show_picked(self, message: TitleLine.TabPicked) -> None:
        """A click on a tab shows it."""
        message.stop()
        self.tab = message.tab
