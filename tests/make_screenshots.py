"""Makes the pictures in `screenshots/`: `python -m tests.make_screenshots`, from the top of the checkout.

They show the real app over the demo's tasks and the simulator's results. Clock, zone and engine stand still (see
`scenes`), so that a picture changes only where the program does.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from textual import events
from textual.pilot import Pilot

from camb_tui.demo_service import fill
from camb_tui.demo_tasks import SEED, demo_tasks, durations_before
from camb_tui.domain.kinds import KINDS, ResultShape
from camb_tui.domain.results import read_result
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.changes import Outlook
from camb_tui.services.durations import Durations
from camb_tui.services.forecast import EVERY, Forecast
from camb_tui.services.timing import Backoff, Timing
from camb_tui.simulator import SimulatorOptions, SimulatorServer
from camb_tui.simulator.files import FileShelf
from camb_tui.simulator.results import Results
from tests.scenes import NOW, Act, Answers, go_to, picture, press, scene_app, show_tab, utc

FOLDER = Path(__file__).parent.parent / "screenshots"
ORIGIN = "https://media.example"
LINE = "The harbour lay still under a sky of slate, and the last boat had not come home. "


class Picture(NamedTuple):
    """A file's name without its ending, and what it shows."""

    name: str
    size: tuple[int, int]
    act: Act
    theme: str = "dark"


async def _failure(pilot: Pilot[Any]) -> None:
    await go_to(pilot, "keynote.mp4")


async def _failed_view(pilot: Pilot[Any]) -> None:
    await press(pilot, "3")
    await go_to(pilot, "ch 8 narration")


async def _result(pilot: Pilot[Any]) -> None:
    await go_to(pilot, "interview.mp4")
    await show_tab(pilot, "Result", until="Bienvenue")


async def _history(pilot: Pilot[Any]) -> None:
    await go_to(pilot, "ch 7 narration")
    await show_tab(pilot, "History", until="Batch book")


async def _form(pilot: Pilot[Any]) -> None:
    await press(pilot, "n")
    pilot.app.post_message(events.Paste(LINE * 12))
    await pilot.pause()
    await press(pilot, "tab", *"147320", "tab", *"en-us", "tab", *"ch 16 narration")


PICTURES = (
    Picture("main-80x24", (80, 24), _failure),
    Picture("main-120x40", (120, 40), _failure),
    Picture("main-160x48", (160, 48), _failure),
    Picture("failed", (80, 24), _failed_view),
    Picture("result", (120, 40), _result),
    Picture("history", (120, 40), _history),
    Picture("form", (100, 30), _form),
    Picture("light", (120, 40), _failure, "light"),
    Picture("high-contrast", (120, 40), _failure, "high-contrast"),
)

SEVERAL_ROUTES = {ResultShape.SPEECH_AND_TEXTS: (ResultShape.AUDIO, ResultShape.TEXTS)}
"""Results that are told by the routes of other kinds together."""


class Sample(NamedTuple):
    """What an engine over the demo's tasks would have to show."""

    tasks: tuple[Task, ...]
    outlook: Outlook


@cache
def sample() -> Sample:
    """The demo's tasks at `NOW`, the live ones polled a moment ago by a poller that has seen the others settle."""
    durations = Durations(None)
    for kind, seen in durations_before():
        durations.note(kind, seen)
    timing = Backoff(durations)
    tasks = [one.task for one in demo_tasks(NOW)]
    for task in tasks:
        if task.is_settled and task.submitted_at is not None and task.settled_at is not None:
            took = task.settled_at - task.submitted_at
            timing.settled(task, pending_until=0.0, settled_by=took, first_asked=min(took, 2.0))
    polled = tuple(_polled(task, timing) for task in tasks)
    times = iter((NOW - EVERY, NOW))
    forecast = Forecast(durations, clock=lambda: next(times), rate=10.0)
    forecast.take(polled)
    return Sample(polled, forecast.outlook())


def _polled(task: Task, timing: Timing) -> Task:
    if not task.is_polled:
        return task
    age = NOW - task.created_at
    pace = timing.interval(task, age)
    every = next((step for step in (2.0, 3.0, 5.0, 10.0, 15.0) if pace <= step), 30.0)
    return timing.estimated(task.but(every=every, polled_at=NOW - 1))


@cache
def sample_answers() -> Answers:
    """What the simulator gives as the results of the demo's tasks; nothing is served for it."""
    server = SimulatorServer(SimulatorOptions(seed=SEED))
    fill(server)
    shelf = Results(server.options, FileShelf(server.world))
    found = {}
    for one in demo_tasks(NOW):
        run = server.world.run(one.run_id)
        if one.task.status is TaskStatus.SUCCESS and run is not None:
            shape = KINDS[one.task.kind].result
            document: dict[str, Any] = {}
            for part in SEVERAL_ROUTES.get(shape, (shape,)):
                document |= shelf.document(part, run, {}, ORIGIN)
            found[one.task.key] = read_result(shape, _unsigned(document))
    return Answers(outlook=sample().outlook, results=found)


def _unsigned(document: dict[str, Any]) -> Any:  # JSON
    """A result whose links lack their signatures, which are others each time."""
    return json.loads(re.sub(r'\?expires=[^"]*', "", json.dumps(document)))


async def draw(one: Picture) -> str:
    """The picture as SVG."""
    app = scene_app(sample().tasks, sample_answers(), name="demo", theme=one.theme)
    svg = await picture(app, one.size, one.act)
    return svg.replace("<svg ", '<svg xml:space="preserve" ', 1)  # some renderers drop blanks at a run's start


async def make_all(folder: Path) -> None:
    """Write every picture."""
    folder.mkdir(exist_ok=True)
    for one in PICTURES:
        path = folder / f"{one.name}.svg"
        path.write_text(await draw(one), encoding="utf-8")
        print(path)


def referenced(text: str) -> Iterator[str]:
    """The paths of the pictures that a Markdown text shows or leads to."""
    yield from re.findall(r"\[[^\]]*\]\(([^)\s]+\.svg)\)", text)


if __name__ == "__main__":
    with utc():
        asyncio.run(make_all(FOLDER))
