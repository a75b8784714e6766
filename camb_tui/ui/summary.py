"""The summary line and the view tabs: how the account stands, in counts of what the user must do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from camb_tui.domain.text import fit, one_line
from camb_tui.services.changes import ApiState, Health, Outlook
from camb_tui.ui.line import Line, Part
from camb_tui.ui.tally import Counts
from camb_tui.ui.views import View
from camb_tui.ui.words import about_when, clock_text

_NO_OUTLOOK = Outlook()
TITLE_CELLS = 21
"""What tmux shows of a pane's title by default."""


def title_words(counts: Counts) -> str:
    """The terminal's title: the counts first, since much of it may be cut off."""
    signs = [(counts.live, ">"), (counts.failed, "!"), (counts.open, "?"), (counts.held, "=")]
    words = " ".join(f"{number}{sign}" for number, sign in signs if number)
    return f"{words} camb"[:TITLE_CELLS].strip()


def health_words(health: Health, *, now: float) -> tuple[str, str]:
    """How the service answers, in words and a colour's name; nothing in it counts down."""
    until = f" until {clock_text(health.until, now=now)[:5]}" if health.until is not None else ""
    since = f" since {clock_text(health.since, now=now)[:5]}" if health.since is not None else ""
    again = f", next try {clock_text(health.until, now=now)[:5]}" if health.until is not None else ""
    pace = f" {_coarse(health.seconds)}" if health.seconds is not None else ""
    match health.state:
        case ApiState.OK:
            return f"api ok{pace}", "$text-success"
        case ApiState.SLOW:
            return f"api slow{pace}", "$text-warning"
        case ApiState.LIMITED:
            return f"429{until}", "$text-warning"
        case ApiState.DOWN:
            return f"api down{since}{again}", "$text-error"
        case ApiState.REFUSED:
            return "api key refused  :key", "$text-error"
        case ApiState.NO_KEY:
            return "no api key  :key", "$text-warning"
        case ApiState.UNKNOWN:
            return "api not asked yet", "$text-muted"


def _coarse(seconds: float) -> str:
    """An answer time in steps coarse enough to stand still."""
    if seconds < 0.1:
        return f"{max(round(seconds * 100) * 10, 10)}ms"
    return f"{round(seconds * 10) * 100}ms" if seconds < 0.95 else f"{seconds:.0f}s"


_SOON = 45.0
"""Seconds below which the time when all are done is no time of day any more."""


def outlook_words(outlook: Outlook, *, now: float) -> str:
    """When all that is live will be done, as far as that can be told; empty where it cannot."""
    if outlook.all_done_at is None:
        return ""
    who = f"all but {outlook.left_out:,}" if outlook.left_out else "all"
    if outlook.all_done_at - now < _SOON:
        return f"{who} soon"
    return f"{who} by ~{about_when(outlook.all_done_at, now=now)}"


_KEPT = (
    (True, True, True), (False, True, True), (False, False, True), (True, True, False), (False, True, False),
)  # fmt: skip
"""Whether the program's name, the session's, and when all is done are shown; the first for which there is room."""


class Summary(Line):
    """Name, session, counts, when all is done, and how the service answers."""

    DEFAULT_CSS = """
    Summary { padding: 0 1; background: $panel; }
    """

    def __init__(self, session: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._session = one_line(session, 24)
        self._counts: list[tuple[int, str, str]] = []
        self._outlook = ""
        self._health = ("", "$text-muted")
        self._remarks: tuple[str, ...] = ()
        self._work = ""

    def show(
        self,
        counts: Counts,
        health: Health,
        remarks: Sequence[str],
        *,
        now: float,
        outlook: Outlook = _NO_OUTLOOK,
        work: str = "",
    ) -> None:
        """Show how things stand; `remarks` are short warnings such as "read-only", `work` is how far long work is."""
        self._counts = [
            (counts.live, "live", "$text-primary"),
            (counts.failed, "failed", "$text-error"),
            (counts.open, "to decide", "$text-warning"),
            (counts.held, "held", "$text-warning"),
            (counts.done, "done", "$text-success"),
        ]
        self._outlook = outlook_words(outlook, now=now) if counts.live else ""
        self._health = health_words(health, now=now)
        self._remarks = tuple(remarks)
        self._work = work
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _words(self, name: bool, session: bool, outlook: bool) -> tuple[list[Part], list[Part], int]:
        """What stands at the left, the counts, and the cells both take, with or without what can be spared."""
        left: list[tuple[str, str]] = [("camb-tui", "bold $text-primary")] if name else []
        left += [(f"  {self._session}", "$text-muted")] if session else []
        left += [(f"  {remark}", "$text-warning") for remark in self._remarks]
        left += [(f"  {self._work}", "$text-primary")] if self._work else []
        counts: list[tuple[str, str]] = []
        for number, word, colour in self._counts:
            if number:
                counts += [(f"{number:,}", f"bold {colour}"), (f" {word}  ", "$text-muted")]
        if outlook and self._outlook:
            counts.insert(2, (f"{self._outlook}  ", "$text-muted"))  # after what is live, which comes first
        if not counts:
            counts = [("no tasks yet  ", "$text-muted")]
        return [*left], [*counts], sum(len(text) for text, _ in (*left, *counts))

    def _draw(self) -> None:
        width = self.size.width or 78
        health, colour = self._health
        choices = (self._words(*kept) for kept in _KEPT)
        left, counts, used = next(
            (words for words in choices if words[2] + len(health) <= width), self._words(*_KEPT[-1])
        )
        room = width - used - len(health)
        if room < 1:
            health = fit(health, max(width - used - 1, 0)).rstrip()
            room = max(width - used - len(health), 1)
        before = min(room // 2, 12) if room > 4 else min(room, 2)
        parts: list[Part] = [*left, " " * before, *counts, " " * max(room - before, 0), (health, colour)]
        self.put(parts)


class ViewTabs(Line):
    """The views with their live counts; a click chooses one."""

    DEFAULT_CSS = """
    ViewTabs { padding: 0 1; }
    """

    @dataclass
    class Chosen(Message):
        """The user clicked a view."""

        number: int

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._views: list[tuple[View, str]] = []
        self._current = 0
        self._spans: list[tuple[int, int]] = []

    def show(self, views: Sequence[View], counts: Counts, current: int) -> None:
        """Show the views, the current one standing out, and what alarms where there is something of it.

        Where what alarms is failed and to decide, it is counted as in the summary: "5+3".
        """
        parted = f"{counts.failed:,}+{counts.open:,}" if counts.open else ""
        self._views = [
            (view, parted if parted and view.alarms and number == counts.failed + counts.open else f"{number:,}")
            for view, number in zip(views, counts.views, strict=True)
        ]
        self._current = current
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def on_click(self, event: events.Click) -> None:
        column = event.get_content_offset(self)
        if column is None:
            return
        for number, (start, end) in enumerate(self._spans):
            if start <= column.x < end:
                self.post_message(self.Chosen(number))

    def _draw(self) -> None:
        parts: list[Part] = []
        column, self._spans = 0, []
        gap = "   " if sum(len(view.name) + 9 for view, _ in self._views) <= (self.size.width or 78) else " "
        for number, (view, count) in enumerate(self._views):
            is_current = number == self._current
            name_style = "bold $text-primary underline" if is_current else "$foreground"
            count_style = "bold $text-error" if view.alarms and count != "0" else "$text-muted"
            words = f"{number + 1} {view.name}"
            parts += [(words, name_style), (f" {count}", count_style), gap]
            end = column + len(words) + 1 + len(count)
            self._spans.append((column, end))
            column = end + len(gap)
        self.put(parts)
