"""Results that are nowhere to be had: asked for once, noted, and left alone by every later start."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from camb_tui.domain.errors import CambError, NoAnswerError, RejectedError, ServerTroubleError
from camb_tui.domain.tasks import Task, TaskStatus, account_fingerprint
from camb_tui.services.changes import OpenResult
from camb_tui.services.leftovers import PAUSE, Leftovers
from camb_tui.services.results import AGAIN_AFTER
from camb_tui.services.session import SessionFile
from camb_tui.services.settings import PollSettings
from tests.services.fakes import a_task
from tests.services.live import KEY, live
from tests.support import StartSimulator

HOUR = 3600.0
FAST = {"poll": PollSettings(rate=1000.0)}


def done(number: int, *, ago: float, server: str = "", account: str = "") -> Task:
    settled = time.time() - ago
    return Task(
        key=f"key{number:07d}",
        kind="translation",
        status=TaskStatus.SUCCESS,
        created_at=settled - 60.0,
        settled_at=settled,
        task_id=f"task-{number}",
        run_id=900_000 + number,
        server=server,
        account=account,
        request={"texts": ["Hello."], "source_language": 1, "target_language": 54},
    )


def write(path: Path, tasks: list[Task]) -> None:
    session = SessionFile(path)
    session.lock()
    session.append(tasks, sync=False)
    session.release()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pauses: what is counted are requests."""
    monkeypatch.setattr("camb_tui.services.leftovers.PAUSE", 0.0)
    monkeypatch.setattr("camb_tui.services.results.GATHER", 0.0)
    monkeypatch.setattr("camb_tui.services.results.LAG_PAUSES", (0.0, 0.0, 0.0))
    monkeypatch.setattr("camb_tui.services.results.AGAIN_AFTER", (0.0,) * len(AGAIN_AFTER))


@pytest.mark.usefixtures("hasty")
async def test_a_second_start_does_not_ask_for_what_the_service_does_not_have(
    tmp_path: Path, simulator: StartSimulator
) -> None:
    """200 of them were asked for up to eight times each, at every start."""
    server = simulator()
    path, counts = tmp_path / "session.toml", server.world.counts
    account = account_fingerprint(KEY)
    write(path, [done(number, ago=HOUR, server=server.base_url, account=account) for number in range(12)])
    async with live(path, server.base_url, **FAST) as bench:
        await bench.until(lambda: all(task.result_missing_at is not None for task in bench.tasks.values()))
    assert counts["POST /translation-results"] == 3, "five at a time"
    asked = counts["GET /translation-result/{run_id}"]
    assert asked == 12, "and each by itself, once"
    async with live(path, server.base_url, **FAST) as bench:
        bench.ask(OpenResult(key := "key0000003"))
        await bench.until(lambda: key in bench.results)
        assert isinstance(bench.results[key], str), "opening still asks"
    assert counts["POST /translation-results"] == 3
    assert asked < counts["GET /translation-result/{run_id}"] <= asked + 4


@pytest.mark.usefixtures("hasty")
async def test_a_fresh_success_keeps_its_tries(tmp_path: Path, simulator: StartSimulator) -> None:
    """A result can lag; it is not believed to be missing before that is over."""
    server = simulator()
    path = tmp_path / "session.toml"
    write(path, [done(1, ago=5.0, server=server.base_url)])
    async with live(path, server.base_url, **FAST) as bench:
        await bench.until(lambda: any("could not be fetched" in text for text in bench.said))
        (task,) = bench.tasks.values()
    assert task.result_missing_at is None
    assert server.world.counts["GET /translation-result/{run_id}"] == 1 + len(AGAIN_AFTER)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("other", [{"server": "http://127.0.0.1:1/apis"}, {"account": "another key's"}])
async def test_who_never_had_the_task_is_not_believed(
    tmp_path: Path, simulator: StartSimulator, other: Mapping[str, str]
) -> None:
    """A mistyped address or another account answers 404 to everything."""
    server = simulator()
    path = tmp_path / "session.toml"
    write(path, [done(1, ago=HOUR, **other), done(2, ago=HOUR + 1)])  # the newest comes last, and is asked for last
    async with live(path, server.base_url, **FAST) as bench:
        await bench.until(lambda: bench.tasks["key0000002"].result_missing_at is not None)
        assert bench.tasks["key0000001"].result_missing_at is None
    assert server.world.counts["GET /translation-result/{run_id}"] == 2


class Bench:
    """Leftovers over a scripted service."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.pauses: list[float] = []
        self.answers: list[Mapping[int, CambError] | CambError] = []
        self.missing: list[str] = []
        self.leftovers = Leftovers(self.ask, missing=lambda task: self.missing.append(task.key))

    async def ask(self, name: str, chunk: Mapping[int, Task]) -> Mapping[int, CambError]:
        self.asked.append(list(chunk))
        answer = self.answers.pop(0)
        return dict.fromkeys(chunk, answer) if isinstance(answer, CambError) else answer

    async def work(self) -> None:
        """Until nothing waits any more."""
        while self.leftovers.is_waiting:
            self.pauses.append(self.leftovers.pause)
            await self.leftovers.ask_some()


def old(number: int) -> Task:
    return a_task(f"key{number}", TaskStatus.SUCCESS, kind="translation", run_id=number)


async def test_each_is_asked_for_once_whatever_came() -> None:
    """What is in trouble there is for the next start to ask."""
    bench = Bench()
    for number in range(7):
        bench.leftovers.add(old(number))
    bench.answers = [{0: RejectedError("no", code=404), 1: ServerTroubleError("?", code=500)}, {}]
    await bench.work()
    assert bench.asked == [[0, 1, 2, 3, 4], [5, 6]]
    assert bench.missing == ["key0"]
    assert bench.pauses == [PAUSE, PAUSE]


async def test_a_service_that_is_away_says_nothing_about_results() -> None:
    """They are asked for when it is back, and left to the next start when that takes long."""
    bench = Bench()
    bench.leftovers.add(old(1))
    bench.answers = [NoAnswerError("away"), NoAnswerError("away"), RejectedError("no", code=400)]
    await bench.work()
    assert bench.pauses == [PAUSE, *AGAIN_AFTER[:2]]
    assert bench.missing == ["key1"]
    bench.leftovers.add(old(2))
    bench.answers = [NoAnswerError("away")] * 20
    await bench.work()
    assert len(bench.asked) == 3 + 1 + len(AGAIN_AFTER)
    assert bench.missing == ["key1"]
