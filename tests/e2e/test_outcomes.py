"""Each class of outcome of a create, by real HTTP: the real engine and client against the simulator's faults.

The classes are those of the docstring of `domain.errors`. Every case counts the requests for a task that reached the
service, so that a second one of an intent that may have been taken cannot hide.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from camb_tui.domain.tasks import Hold, Task, TaskStatus
from camb_tui.services.changes import Change, Command, Release, Stop, Submit, UseKey
from camb_tui.services.client import CambClient
from camb_tui.services.engine import Engine
from camb_tui.services.session import SessionFile, load_session
from camb_tui.services.settings import PollSettings, SendSettings, Settings
from camb_tui.simulator import SimulatorOptions, SimulatorServer
from tests.services.fakes import a_submission
from tests.support import StartSimulator

PATIENCE = 30.0
HURRIED = 0.25
"""Seconds without a byte after which the client gives up, so that a stall need not be waited for."""


class Bench:
    """An engine at work on a new session, with what it showed."""

    def __init__(self, server: SimulatorServer, path: Path, base_url: str | None = None, **settings: Any) -> None:
        self.server, self.path = server, path
        self.tasks: dict[str, Task] = {}
        self._news = asyncio.Event()
        url = base_url or server.base_url
        self.engine = Engine(
            session=SessionFile(path),
            loaded=load_session(path, now=time.time()),
            settings=Settings(base_url=url, poll=PollSettings(rate=400.0), **settings),
            api_key="a-key",
            results_folder=path.parent / "results",
            make_client=lambda engine: CambClient(url, engine.api_key, timeout=HURRIED, create_timeout=HURRIED),
            draw=lambda: 0.01,
        )

    def take(self, change: Change) -> None:
        self.tasks |= {task.key: task for task in change.tasks}
        self._news.set()

    def ask(self, command: Command) -> None:
        self.engine.send(command)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def submit(self, count: int = 1) -> None:
        """Submit so many at once, and return when each has left the ways to the service."""
        before = len(self.tasks)
        self.ask(Submit(tuple(a_submission(f"text {number}") for number in range(count)), window=0.0))
        on_the_way = (TaskStatus.QUEUED, TaskStatus.SENDING)
        await self.until(
            lambda: (
                len(self.tasks) == count + before
                and all(task.status not in on_the_way and task.hold != Hold.UNDO for task in self.tasks.values())
            )
        )

    async def pass_time(self) -> None:
        """Send one more, or have it held: what would go again by itself would have gone before it."""
        await self.submit()

    @property
    def first(self) -> Task:
        return next(iter(self.tasks.values()))

    def posts(self) -> int:
        """Requests for the first task that reached the service."""
        return sum(seen.key == self.first.key for seen in self.server.world.creates)

    def made(self) -> int:
        """Tasks they made."""
        return sum(seen.key == self.first.key and seen.task_id is not None for seen in self.server.world.creates)

    def all_posts(self) -> int:
        return len(self.server.world.creates)


@contextlib.asynccontextmanager
async def bench_of(server: SimulatorServer, tmp_path: Path, **options: Any) -> AsyncIterator[Bench]:
    bench = Bench(server, tmp_path / "session.toml", **options)
    work = asyncio.create_task(bench.engine.run(bench.take))
    try:
        yield bench
    finally:
        bench.ask(Stop())
        async with asyncio.timeout(PATIENCE):
            await work


def fault(server: SimulatorServer, **rule: Any) -> None:
    server.world.rules.add_faults({"rules": [{"method": "POST", "path": "/tts", **rule}]})


OPEN = [
    *({"effect": "status", "code": code} for code in (408, 409, 418, 500, 502, 503, 504, 599)),
    {"effect": "status", "code": 503, "retry_after": 0},
    {"effect": "html"},
    {"effect": "html", "code": 200},
    {"effect": "garbage"},
    {"effect": "refuse"},
    {"effect": "swallow"},
    {"effect": "cut"},
    {"effect": "stall"},
    {"effect": "delay", "seconds": 2 * HURRIED},
    *({"effect": "redirect", "code": code, "to": "/apis/tts"} for code in (301, 302, 303, 307, 308)),
]


@pytest.mark.parametrize("accepted", [True, False], ids=["taken", "not taken"])
@pytest.mark.parametrize("rule", OPEN, ids=lambda rule: " ".join(str(value) for value in rule.values()))
async def test_what_may_have_been_taken_is_unconfirmed_and_never_sent_again(
    rule: dict[str, Any], accepted: bool, simulator: StartSimulator, tmp_path: Path
) -> None:
    """The client cannot tell the two apart, so one that would send again buys twice half of the time."""
    server = simulator()
    fault(server, **rule, accepted=accepted)
    async with bench_of(server, tmp_path) as bench:
        await bench.submit()
        assert bench.first.status is TaskStatus.UNCONFIRMED
        await bench.pass_time()
        assert (bench.first.status, bench.posts()) == (TaskStatus.UNCONFIRMED, 1)
        assert bench.made() <= 1
    assert load_session(bench.path, now=0.0).tasks[bench.first.key].status is TaskStatus.UNCONFIRMED


@pytest.mark.parametrize("code", [400, 413, 415, 422])
async def test_what_was_refused_is_rejected_and_sent_once(code: int, simulator: StartSimulator, tmp_path: Path) -> None:
    """The same request would be refused the same."""
    server = simulator()
    fault(server, effect="status", code=code)
    async with bench_of(server, tmp_path) as bench:
        await bench.submit()
        await bench.pass_time()
        assert (bench.first.status, bench.first.code, bench.posts()) == (TaskStatus.REJECTED, code, 1)


@pytest.mark.parametrize("code", [404, 405])
@pytest.mark.parametrize(("routes", "posts"), [("auto", 1), ("guide", 1)])
async def test_an_absent_route_made_nothing(
    code: int, routes: str, posts: int, simulator: StartSimulator, tmp_path: Path
) -> None:
    """Speech has one path in both dialects, so there is no other to try."""
    server = simulator()
    fault(server, effect="status", code=code)
    async with bench_of(server, tmp_path, routes=routes) as bench:
        await bench.submit()
        await bench.pass_time()
        assert (bench.first.status, bench.posts()) == (TaskStatus.REJECTED, posts)


@pytest.mark.parametrize("code", [401, 403])
async def test_a_refused_key_holds_everything_until_another_is_given(
    code: int, simulator: StartSimulator, tmp_path: Path
) -> None:
    """And another key alone sends nothing: that is the user's word."""
    server = simulator()
    fault(server, effect="status", code=code, times=1)
    async with bench_of(server, tmp_path, send=SendSettings(in_flight=1)) as bench:
        await bench.submit(5)
        assert {(task.status, task.hold) for task in bench.tasks.values()} == {(TaskStatus.HELD, Hold.KEY)}
        bench.ask(Release())
        await bench.pass_time()
        assert bench.all_posts() == 1
        bench.ask(UseKey("a-better-key"))
        bench.ask(Release())
        await bench.until(lambda: all(task.task_id for task in bench.tasks.values()))
        assert (bench.posts(), bench.all_posts(), server.world.made) == (2, 7, 6)


async def test_without_credits_everything_is_held_and_one_goes_first(simulator: StartSimulator, tmp_path: Path) -> None:
    """A person releases; one request finds out whether there are credits again, and the rest follows."""
    server = simulator()
    fault(server, effect="status", code=402, times=2)
    async with bench_of(server, tmp_path, send=SendSettings(in_flight=1)) as bench:
        await bench.submit(5)
        assert {(task.status, task.hold) for task in bench.tasks.values()} == {(TaskStatus.HELD, Hold.PAYMENT)}
        assert bench.all_posts() == 1
        bench.ask(Release())
        await bench.until(lambda: bench.all_posts() == 2 and all(task.hold for task in bench.tasks.values()))
        await bench.pass_time()
        assert (bench.all_posts(), server.world.made) == (2, 0)
        bench.ask(Release())
        await bench.until(lambda: all(task.task_id for task in bench.tasks.values()))
        assert (bench.all_posts(), server.world.made) == (8, 6)


async def test_too_many_requests_goes_again_under_the_same_intent(simulator: StartSimulator, tmp_path: Path) -> None:
    """By convention 429 took nothing."""
    server = simulator()
    fault(server, effect="status", code=429, retry_after=0, times=2)
    async with bench_of(server, tmp_path) as bench:
        await bench.submit()
        await bench.until(lambda: bench.first.task_id is not None)
        await bench.pass_time()
        assert (bench.posts(), bench.made()) == (3, 1)


async def test_a_careful_user_has_too_many_requests_count_as_unconfirmed(
    simulator: StartSimulator, tmp_path: Path
) -> None:
    """The setting for those who do not trust the convention."""
    server = simulator()
    fault(server, effect="status", code=429, retry_after=0, accepted=True)
    async with bench_of(server, tmp_path, send=SendSettings(treat_429_as="unknown")) as bench:
        await bench.submit()
        await bench.pass_time()
        assert (bench.first.status, bench.posts(), bench.made()) == (TaskStatus.UNCONFIRMED, 1, 1)


async def test_what_found_no_server_goes_by_itself_when_there_is_one(simulator: StartSimulator, tmp_path: Path) -> None:
    """Nothing left this machine, so the same intent may go again, and one task is made."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    later = SimulatorServer(SimulatorOptions(seed=1, port=port))
    async with bench_of(later, tmp_path, base_url=f"http://127.0.0.1:{port}/apis") as bench:
        bench.ask(Submit((a_submission(),), window=0.0))
        await bench.until(lambda: bool(bench.tasks) and "cannot reach" in (bench.first.message or ""))
        assert bench.first.status in (TaskStatus.QUEUED, TaskStatus.SENDING)
        later.start()
        try:
            await bench.until(lambda: bench.first.task_id is not None)
            assert (bench.posts(), later.world.made) == (1, 1)
        finally:
            later.stop()


async def test_taken_is_taken_once(simulator: StartSimulator, tmp_path: Path) -> None:
    """A slow answer that comes in time is an answer."""
    server = simulator()
    fault(server, effect="delay", seconds=HURRIED / 3)
    async with bench_of(server, tmp_path) as bench:
        await bench.submit()
        await bench.pass_time()
        assert bench.first.task_id == server.world.creates[0].task_id
        assert bench.posts() == 1
