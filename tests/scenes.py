"""Scenes: the real app with nothing in it that moves, for snapshots and for the README's pictures.

The clock stands still, the zone is UTC, and the engine answers from what it was given, so that the same scene is the
same picture on every machine.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from textual.pilot import Pilot

from camb_tui.domain.kinds import languages
from camb_tui.domain.results import Result
from camb_tui.domain.tasks import Task
from camb_tui.services.changes import (
    ApiState,
    Catalogues,
    Change,
    Command,
    Exchange,
    Health,
    OpenResult,
    Outlook,
    Voice,
)
from camb_tui.services.settings import Settings
from camb_tui.ui.app import CambApp
from camb_tui.ui.monitor import MonitorScreen
from tests.ui.fake_engine import FakeEngine

NOW = 1_790_000_000.0
"""A Monday, 14:13 UTC."""
MOST_LOOKS = 1_000
"""Turns of the loop after which a scene is given up."""
VOICES = (
    Voice(20303, "Warm narrator", "en-us", 1, 40, "low and slow"),
    Voice(147320, "Newsreader", "en-us", 2, 30, "quick"),
)
Act: TypeAlias = "Callable[[Pilot[Any]], Awaitable[None]]"  # an app of any result


@dataclass
class Answers:
    """What the engine of a scene knows, by task key where it is of one task."""

    outlook: Outlook = Outlook()  # noqa: RUF009 - a frozen value
    results: Mapping[str, Result] = field(default_factory=dict)
    exchanges: Mapping[str, tuple[Exchange, ...]] = field(default_factory=dict)


class SceneEngine(FakeEngine):
    """Answers at once what it is asked for, and says that the service is well."""

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self._answers = answers

    async def run(self, publish: Callable[[Change], None]) -> None:
        catalogues = Catalogues(VOICES, languages(), languages())
        publish(Change(health=Health(ApiState.OK, 0.04), outlook=self._answers.outlook, catalogues=catalogues))
        await super().run(publish)

    def send(self, command: Command) -> None:
        super().send(command)
        if self._publish is None:
            return
        if isinstance(command, OpenResult) and command.key in self._answers.results:
            self._publish(Change(results={command.key: self._answers.results[command.key]}))

    def exchanges(self, key: str) -> tuple[Exchange, ...]:
        return self._answers.exchanges.get(key, ())


def scene_app(tasks: Sequence[Task], answers: Answers | None = None, *, name: str, theme: str = "dark") -> CambApp:
    """The app over these tasks, at `NOW`."""
    return CambApp(
        board_tasks={task.key: task for task in tasks},
        engine=SceneEngine(answers or Answers()),
        settings=Settings(theme=theme),
        session_name=name,
        environ={"COLORTERM": "truecolor"},
        clock=lambda: NOW,
    )


@contextlib.contextmanager
def utc() -> Iterator[None]:
    """Local time is UTC, for as long as the block lasts."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


async def wait_for(pilot: Pilot[Any], there: Callable[[], bool]) -> None:
    """Go on when something is there; turns of the loop are counted, not seconds, since a machine may be slow.

    Raises:
        AssertionError: It does not come.
    """
    for _ in range(MOST_LOOKS):
        if there():
            return
        await pilot.pause(0.01)
    raise AssertionError("the scene never came to rest")


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one by one, each handled before the next."""
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


async def go_to(pilot: Pilot[Any], label: str) -> None:
    """Put the cursor on the newest task of that name, and wait until the detail shows it."""
    monitor = monitor_of(pilot)
    wanted = next(key for key in monitor.board.rows if monitor.board.task(key).label == label)
    while monitor.table.cursor_key != wanted:
        await pilot.press("j")
    await wait_for(pilot, lambda: monitor.detail.task_key == wanted)


async def show_tab(pilot: Pilot[Any], name: str, *, until: str) -> None:
    """Turn to a tab of the detail, and wait until that text stands in it."""
    monitor = monitor_of(pilot)
    while monitor.detail.tab != name:
        await pilot.press("right_square_bracket")
    await wait_for(pilot, lambda: until in monitor.detail.text)


def monitor_of(pilot: Pilot[Any]) -> MonitorScreen:
    """The main screen of a scene."""
    app = pilot.app
    assert isinstance(app, CambApp)
    return app.monitor


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until the first answers of the engine are on the screen and all handlers are done."""
    monitor = monitor_of(pilot)
    await wait_for(pilot, lambda: monitor.summary.text.rstrip().endswith("api ok 40ms"))
    await wait_for(pilot, lambda: monitor.detail.task_key == monitor.table.cursor_key)
    await pilot.pause()


async def picture(app: CambApp, size: tuple[int, int], act: Act) -> str:
    """What the app shows at that size after an act, as SVG."""
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await act(pilot)
        await pilot.pause()
        return app.export_screenshot(title=app.title, simplify=True)
