"""`python -m tests.comparison`: the same ten submissions by the official SDK and by us, where answers get lost.

Each client sends the same texts to a simulator of its own that takes a request and then answers 502, as a gateway does
when the service behind it was too slow. Counted is what the service made, hence what is paid for. The SDK has its
default settings; only its pauses between tries are skipped and those of ours shortened, which changes no count.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple
from unittest import mock

import httpx
from camb.client import CambAI
from camb.core import http_client
from camb.core.api_error import ApiError

from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import Hold, Task, TaskStatus
from camb_tui.services.changes import Change, Stop, Submit
from camb_tui.services.engine import Engine
from camb_tui.services.session import SessionFile, load_session
from camb_tui.services.settings import PollSettings, Settings
from camb_tui.simulator import SimulatorOptions, SimulatorServer

COUNT = 10
PATIENCE = 60.0
HURRY = 50.0
LOST_ANSWER = {"method": "POST", "path": "/tts", "effect": "status", "code": 502, "accepted": True}
Prepare = Callable[[int], int | None]
"""How many answers to the submission of this number are lost; None for all of them."""


class Count(NamedTuple):
    """What one client did with the submissions."""

    made: int
    """Tasks the service made."""
    known: int
    """Task ids the client gave to its user."""
    in_doubt: int = 0
    """Submissions of which it said that they may have been taken."""


def every_fifth(number: int) -> int:
    """One answer in five."""
    return int(random.Random(f"lost {number // 5}").randrange(5) == number % 5)


SCENES: dict[str, Prepare] = {
    "no answer is lost": lambda number: 0,
    "one answer in five is lost": every_fifth,
    "the first answer to each is lost": lambda number: 1,
    "every answer is lost": lambda number: None,
}


def lose_answers(server: SimulatorServer, times: int | None) -> None:
    """Lose so many answers from now on."""
    server.world.rules.add_faults({"rules": []})
    server.world.rules.add_faults({"rules": [{**LOST_ANSWER, "times": times}]})


def text_of(number: int) -> str:
    return f"Sentence number {number} of the book."


def by_sdk(server: SimulatorServer, scene: Prepare, *, tries: int) -> Count:
    """Each submission by `create_tts`, tried so often before it is given up."""
    known = 0
    hurried = SimpleNamespace(sleep=lambda seconds: None, time=time.time)
    with mock.patch.object(http_client, "time", hurried), httpx.Client(timeout=PATIENCE) as http:
        sdk = CambAI(api_key="any", base_url=server.base_url, httpx_client=http)
        for number in range(COUNT):
            lose_answers(server, scene(number))
            for _ in range(tries):
                try:
                    sdk.text_to_speech.create_tts(text=text_of(number), voice_id=1, language=1)
                except ApiError:
                    continue
                known += 1
                break
    return Count(server.world.made, known)


def by_us(server: SimulatorServer, scene: Prepare) -> Count:
    """Each submission through our engine, on a session of its own."""
    with tempfile.TemporaryDirectory(prefix="camb-tui-comparison-") as folder:
        tasks = asyncio.run(_send_all(server, scene, Path(folder) / "session.toml"))
    known = sum(task.task_id is not None for task in tasks.values())
    return Count(server.world.made, known, sum(task.status is TaskStatus.UNCONFIRMED for task in tasks.values()))


async def _send_all(server: SimulatorServer, scene: Prepare, path: Path) -> dict[str, Task]:
    tasks: dict[str, Task] = {}
    news = asyncio.Event()

    def take(change: Change) -> None:
        tasks.update({task.key: task for task in change.tasks})
        news.set()

    engine = Engine(
        session=SessionFile(path),
        loaded=load_session(path, now=time.time()),
        settings=Settings(base_url=server.base_url, poll=PollSettings(rate=400.0)),
        api_key="any",
        results_folder=path.with_suffix(".results"),
        clock=lambda: HURRY * time.time(),  # ours asks a service that seems down only after ten seconds whether it is
    )
    work = asyncio.create_task(engine.run(take))
    for number in range(COUNT):
        lose_answers(server, scene(number))
        engine.send(Submit((Submission("tts", {"text": text_of(number), "voice_id": 1, "language": 1}),), window=0.0))
        async with asyncio.timeout(PATIENCE):
            while len(tasks) <= number or any(map(_is_on_its_way, tasks.values())):
                news.clear()
                await news.wait()
    engine.send(Stop())
    await work
    return tasks


def _is_on_its_way(task: Task) -> bool:
    return task.status in (TaskStatus.QUEUED, TaskStatus.SENDING) or task.hold == Hold.UNDO


CLIENTS: dict[str, Callable[[SimulatorServer, Prepare], Count]] = {
    "camb-sdk": lambda server, scene: by_sdk(server, scene, tries=1),
    "camb-sdk, tried three times": lambda server, scene: by_sdk(server, scene, tries=3),
    "camb-tui": by_us,
}


def compare() -> dict[str, dict[str, Count]]:
    """What each client did in each scene."""
    found: dict[str, dict[str, Count]] = {}
    for name, scene in SCENES.items():
        found[name] = {}
        for client, send in CLIENTS.items():
            with SimulatorServer(SimulatorOptions(seed=1)) as server:
                found[name][client] = send(server, scene)
    return found


def table(found: dict[str, dict[str, Count]]) -> str:
    """The counts as a table of Markdown."""
    heads = ["", *CLIENTS]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for name, counts in found.items():
        cells = [
            f"{one.made} tasks, {one.known} ids" + (f", {one.in_doubt} unconfirmed" if one.in_doubt else "")
            for one in counts.values()
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(f"{COUNT} submissions; tasks the service made of them, and task ids their sender knows\n")
    print(table(compare()))
