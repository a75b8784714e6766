"""What a partial update makes and writes, and that Textual still has what `sending` is built on.

Where one of these fails after an update of Textual, `ui/sending.py` says what it took for granted.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest
from rich.console import Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate, Compositor, CompositorUpdate
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from camb_tui.ui.sending import LinesCompositor, PromptScreen, SpansUpdate
from tests.benchmarks.emulator import Emulator
from tests.ui.fake_engine import make_app, some_tasks

WIDTH, HEIGHT = 60, 12


class Lines(Widget):
    """Numbered lines that can be told to read otherwise; notes which of them it was asked for."""

    DEFAULT_CSS = "Lines { width: 1fr; height: 1fr; color: white; background: blue; } Lines.-low { height: 2; }"

    def __init__(self, name: str, *, classes: str = "") -> None:
        super().__init__(id=name, classes=classes)
        self.versions: dict[int, int] = {}
        self.asked: list[int] = []

    def change(self, *lines: int) -> None:
        """These lines read otherwise now."""
        for line in lines:
            self.versions[line] = self.versions.get(line, 0) + 1
        self.refresh(*(Region(0, line, 20, 1) for line in lines))

    def render_lines(self, crop: Region) -> list[Strip]:
        self.asked += crop.line_range
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        text = f"{self.id} {y} version {self.versions.get(y, 0)}"
        return Strip([Segment(text.ljust(self.size.width)[: self.size.width], self.rich_style)], self.size.width)


class LinesScreen(PromptScreen[None]):
    """Two widgets side by side and one below."""

    def __init__(self, compositor: Compositor) -> None:
        super().__init__()
        self._compositor = compositor
        self.left, self.right, self.low = Lines("left"), Lines("right"), Lines("low", classes="-low")

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self.left
            yield self.right
        yield self.low

    def forget(self) -> None:
        """Note afresh what is asked for."""
        for widget in (self.left, self.right, self.low):
            widget.asked.clear()


class DrawingApp(App[None]):
    """Keeps what its screen hands over to be written, and a terminal that shows it."""

    def __init__(self, compositor: Compositor) -> None:
        super().__init__()
        self.shown = LinesScreen(compositor)
        self.updates: list[Any] = []
        self.terminal = Emulator(WIDTH, HEIGHT)

    def get_default_screen(self) -> Screen[Any]:
        return self.shown

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        if isinstance(renderable, CompositorUpdate):
            self.updates.append(renderable)
            frugal = SpansUpdate.of(renderable) if type(renderable) is ChopsUpdate else renderable
            self.terminal.feed(frugal.render_segments(self.console).encode())
        super()._display(screen, renderable)


async def test_a_changed_line_has_only_itself_made() -> None:
    """Every line of every widget is what Textual's own compositor makes; it is most of a key's time."""
    app = DrawingApp(LinesCompositor())
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.pause()
        app.shown.forget()
        app.shown.left.change(3)
        await pilot.pause()
        assert app.shown.left.asked == [3]
        assert app.shown.right.asked == [3], "the other half of the line"
        assert app.shown.low.asked == []


async def test_lines_far_apart_do_not_have_those_between_them_made() -> None:
    app = DrawingApp(LinesCompositor())
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.pause()
        app.shown.forget()
        app.shown.left.change(0)
        app.shown.low.change(1)
        await pilot.pause()
        assert (app.shown.left.asked, app.shown.low.asked) == ([0], [1])


_CHANGES: tuple[tuple[list[int], list[int], list[int]], ...] = (
    ([1], [], []),
    ([0, 9], [4], []),
    ([2], [2], [0, 1]),
    ([], [], [1]),
    ([5, 6], [6], []),
)
"""Which lines of left, right and low change, paint by paint."""


async def _after_changes(compositor: Compositor) -> Emulator:
    app = DrawingApp(compositor)
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.pause()
        for left, right, low in _CHANGES:
            for widget, lines in (app.shown.left, left), (app.shown.right, right), (app.shown.low, low):
                if lines:
                    widget.change(*lines)
            await pilot.pause()
        assert [type(update) for update in app.updates[-len(_CHANGES) :]] == [ChopsUpdate] * len(_CHANGES)
    return app.terminal


async def test_many_updates_leave_the_screen_that_textual_leaves() -> None:
    """Lines that were not made must be those that did not change."""
    ours, theirs = await _after_changes(LinesCompositor()), await _after_changes(Compositor())
    assert "left 9 version 1" in ours.text()
    assert "low 1 version 2" in ours.text()
    assert (ours.cells, ours.styles) == (theirs.cells, theirs.styles)


async def test_a_partial_update_has_the_parts_that_are_cut_by_us() -> None:
    """Each line's strips by their first cell, where each ends, and the spans that changed."""
    app = DrawingApp(Compositor())
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.pause()
        app.shown.right.change(4)
        await pilot.pause()
        update = app.updates[-1]
        assert type(update) is ChopsUpdate
        assert [tuple(span) for span in update.spans] == [(4, 30, 50)]
        assert [*update.chops[4]] == [0, 30]
        assert [*update.chop_ends[4]] == [30, 60]
        written = SpansUpdate.of(update).render_segments(Console())
        assert written.startswith("\x1b[5;31H")
        assert "right 4 version 1" in written
        assert "left" not in written


async def test_the_main_screen_draws_by_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual hands partial updates to `App._display`, and a screen's `_compositor` makes them."""
    app = make_app()
    handed: list[Any] = []
    async with app.run_test() as pilot:
        await pilot.pause()
        assert type(app.monitor._compositor) is LinesCompositor
        monkeypatch.setattr(App, "_display", lambda self, screen, update: handed.append(update))
        app.monitor.strip.say("something new")
        await pilot.pause()
    assert SpansUpdate in map(type, handed)
    assert ChopsUpdate not in map(type, handed)


async def _turns(many: int = 50) -> None:
    """Let messages be heard without the pilot, whose pauses paint."""
    for _ in range(many):
        await asyncio.sleep(0)


async def test_what_a_key_did_is_painted_before_the_next_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    """The beat after a repaint can be 33 ms away, and every tenth cursor key would wait for it."""
    monkeypatch.setattr("textual.screen.UPDATE_PERIOD", 3600.0)
    app = DrawingApp(LinesCompositor())
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.pause()
        app.shown.left.change(3)
        await _turns()
        assert "left 3 version 1" not in app.terminal.text(), "Textual paints at a beat"
        app.shown.be_prompt()
        app.shown.left.change(3)
        await _turns()
        assert "left 3 version 2" in app.terminal.text()


async def test_a_cursor_key_is_painted_before_the_next_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual.screen.UPDATE_PERIOD", 3600.0)
    app = make_app(some_tasks())
    handed: list[Any] = []
    async with app.run_test() as pilot:
        await pilot.pause()
        monkeypatch.setattr(App, "_display", lambda self, screen, update: handed.append(update))
        app.simulate_key("j")
        await _turns()
        assert SpansUpdate in map(type, handed)


def test_what_is_overridden_is_there_and_is_called_as_before() -> None:
    """A renamed method of Textual would leave ours uncalled, and all would look well but slow."""
    assert [*inspect.signature(Compositor._get_renders).parameters] == ["self", "crop"]
    assert [*inspect.signature(Compositor._render_chops).parameters] == ["self", "crop", "is_rendered_line"]
    assert [*inspect.signature(Screen._on_timer_update).parameters] == ["self"]
    assert [*inspect.signature(App._display).parameters] == ["self", "screen", "renderable"]
    assert [*inspect.signature(ChopsUpdate.render_segments).parameters] == ["self", "console"]
