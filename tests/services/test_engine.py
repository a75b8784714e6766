"""The engine whole, with a scripted client and a real session file: commands in, changes out, restarts in between."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from camb_tui.domain.errors import KeyRefusedError, NoAnswerError, PaymentRequiredError
from camb_tui.domain.kinds import ResultShape
from camb_tui.domain.life import StatusAnswer
from camb_tui.domain.results import Result, read_result
from camb_tui.domain.tasks import Hold, Task, TaskStatus
from camb_tui.services.changes import (
    Adopt,
    ApiState,
    Change,
    Command,
    FetchCatalogues,
    Health,
    Look,
    Mark,
    OpenResult,
    Question,
    Release,
    Retry,
    Save,
    Stop,
    Submit,
    Undo,
    UseKey,
    Watch,
)
from camb_tui.services.client import CambClient
from camb_tui.services.engine import Engine
from camb_tui.services.session import SessionFile, load_session
from camb_tui.services.settings import Settings
from tests.services.fakes import ScriptedClient, a_submission, a_task
from tests.services.live import keep

PATIENCE = 20.0
"""Seconds after which a test gives up; none waits that long when all is well."""


class Running:
    """An engine at work, with what it published."""

    def __init__(self, path: Path, client: ScriptedClient, **settings: Any) -> None:
        self.client = client
        self.path = path
        loaded = load_session(path, now=time.time())
        self.tasks: dict[str, Task] = {task.key: task for task in loaded.tasks.values()}
        self.said: list[str] = []
        self.results: dict[str, Result | str] = {}
        self.health: Health | None = None
        self.catalogues: Any = None
        self.read_only: bool | None = None
        self.questions: list[Question] = []
        self.account: str | None = None
        self.may_take_over: bool | None = None
        self.sending_held: str | None = None
        self._news = asyncio.Event()
        self.engine = Engine(
            session=SessionFile(path),
            loaded=loaded,
            settings=Settings(base_url="http://127.0.0.1:1/apis", **settings),
            api_key="secret-key",
            results_folder=path.parent / "results",
            make_client=lambda engine: client,  # type: ignore[arg-type, return-value]  # the script stands for a client
        )

    def take(self, change: Change) -> None:
        self.tasks |= {task.key: task for task in change.tasks}
        self.said += [notice.text for notice in change.notices]
        self.results |= change.results
        self.health = change.health or self.health
        self.catalogues = change.catalogues or self.catalogues
        self.sending_held = self.sending_held if change.sending_held is None else change.sending_held
        self.read_only = self.read_only if change.read_only is None else change.read_only
        self.questions += change.questions
        self.account = self.account if change.account is None else change.account
        self.may_take_over = self.may_take_over if change.may_take_over is None else change.may_take_over
        self._news.set()

    def ask(self, command: Command) -> None:
        self.engine.send(command)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._news.clear()
                await self._news.wait()

    @property
    def only(self) -> Task:
        (task,) = self.tasks.values()
        return task

    def hears(self, words: str) -> Callable[[], bool]:
        return lambda: any(words in text for text in self.said)


@asynccontextmanager
async def running(path: Path, client: ScriptedClient | None = None, **settings: Any) -> AsyncIterator[Running]:
    """An engine that works while the block runs, and is stopped properly after it."""
    bench = Running(path, client or ScriptedClient(), **settings)
    work = asyncio.create_task(bench.engine.run(bench.take))
    try:
        yield bench
    finally:
        bench.ask(Stop())
        async with asyncio.timeout(PATIENCE):
            await work


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.toml"


def kept(path: Path) -> dict[str, Task]:
    return dict(load_session(path, now=time.time()).tasks)


async def test_a_submission_comes_back_with_both_ids_after_a_restart(path: Path) -> None:
    """The point of it all."""
    async with running(path) as bench:
        bench.ask(Submit((a_submission(),), window=0))
        await bench.until(lambda: bool(bench.tasks) and bench.only.status is TaskStatus.PENDING)
        bench.ask(Look((bench.only.key,)))
        await bench.until(lambda: bench.only.status is TaskStatus.SUCCESS)
    (task,) = kept(path).values()
    assert (task.task_id, task.run_id) == ("task-1", 7)
    text = path.read_text()
    assert "secret-key" not in text
    assert len(bench.client.creates) == 1


async def test_the_client_is_made_before_the_mark_that_something_may_have_been_sent(path: Path) -> None:
    """Its libraries load for a tenth of a second; a kill in it must not leave the first task unconfirmed."""
    marks: list[bool] = []
    async with running(path) as bench:
        client = bench.engine._make_client(bench.engine)

        def make(engine: Engine) -> CambClient:
            marks.append(TaskStatus.SENDING in {task.status for task in kept(path).values()})
            return client

        bench.engine._make_client = make
        bench.ask(Submit((a_submission(),), window=0.0))
        await bench.until(lambda: any(task.task_id for task in bench.tasks.values()))
    assert marks == [False]


async def test_a_restart_sends_nothing_and_calls_what_was_half_sent_unconfirmed(path: Path) -> None:
    """Killed in between: the user decides what is sent again."""
    statuses = (TaskStatus.HELD, TaskStatus.QUEUED, TaskStatus.SENDING, TaskStatus.PENDING)
    keep(path, *(a_task(f"key{number:07}", status, task_id=None) for number, status in enumerate(statuses)))
    client = ScriptedClient()
    async with running(path, client) as bench:
        await bench.until(lambda: bench.tasks["key0000002"].status is TaskStatus.UNCONFIRMED)
        found = {key: task.status for key, task in bench.tasks.items()}
        assert found["key0000000"] is found["key0000001"] is TaskStatus.HELD
        assert found["key0000002"] is TaskStatus.UNCONFIRMED
        assert client.creates == []
        bench.ask(Release())
        await bench.until(lambda: len(client.creates) == 2)
    assert sorted(client.creates) == ["key0000000", "key0000001"]


async def test_what_was_held_before_does_not_hold_what_is_submitted_now(path: Path) -> None:
    """A new submission is the user's word; the old ones still wait for it."""
    keep(path, a_task("old0000000", TaskStatus.HELD))
    async with running(path) as bench:
        bench.ask(Submit((a_submission("new"),), window=0))
        await bench.until(lambda: any(task.status is TaskStatus.PENDING for task in bench.tasks.values()))
        assert bench.tasks["old0000000"].status is TaskStatus.HELD
        assert bench.client.creates != ["old0000000"]


async def test_a_payment_hold_outlasts_a_restart(path: Path) -> None:
    """The account is as empty as before, and its release still sends one first."""
    keep(path, *(a_task(f"key{number:07}", TaskStatus.HELD, hold=Hold.PAYMENT.value) for number in range(3)))
    async with running(path) as bench:
        await bench.until(lambda: bool(bench.sending_held))
        bench.ask(Submit((a_submission("new"),), window=0))
        await bench.until(lambda: len(bench.tasks) == 4)
        bench.client.create_script = [PaymentRequiredError("still none", code=402)]
        bench.ask(Release())
        await bench.until(lambda: len(bench.client.creates) == 1)
        await bench.until(bench.hears("credits"))
        assert len(bench.client.creates) == 1


async def test_what_waits_in_its_window_when_we_leave_is_held_at_the_next_start(path: Path) -> None:
    """ctrl+q within the five seconds must neither send nor forget it."""
    client = ScriptedClient()
    async with running(path, client) as bench:
        bench.ask(Submit((a_submission(),), window=60))
        await bench.until(lambda: bool(bench.tasks))
    async with running(path, client) as bench:
        await bench.until(lambda: bench.only.hold == Hold.PAUSE)
    assert client.creates == []


async def test_retry_and_undo_go_through_the_engine(path: Path) -> None:
    """`r` then `z`: the failed row is back and nothing was sent."""
    keep(path, a_task("failed0000", TaskStatus.ERROR))
    async with running(path) as bench:
        bench.ask(Retry(("failed0000",), window=60))
        await bench.until(lambda: len(bench.tasks) == 2)
        assert bench.tasks["failed0000"].superseded_by is not None
        bench.ask(Undo())
        await bench.until(bench.hears("taken back"))
        assert bench.tasks["failed0000"].superseded_by is None
        assert bench.client.creates == []


async def test_undo_says_what_was_too_late(path: Path) -> None:
    """Who reads "nothing was sent" does not look for what is paid for."""
    keep(path, a_task("failed0000", TaskStatus.ERROR))
    async with running(path) as bench:
        bench.ask(Retry(("failed0000",), window=60))
        await bench.until(lambda: len(bench.tasks) == 2)
        new = next(key for key in bench.tasks if key != "failed0000")
        bench.ask(Undo((new, "failed0000")))
        await bench.until(bench.hears("1 taken back; 1 too late: sent"))


async def test_a_retried_task_cannot_be_retried_twice(path: Path) -> None:
    """A double press must not buy two."""
    keep(path, a_task("failed0000", TaskStatus.ERROR))
    async with running(path) as bench:
        bench.ask(Retry(("failed0000",), window=0))
        bench.ask(Retry(("failed0000",), window=0))
        await bench.until(bench.hears("left out"))
        await bench.until(lambda: len(bench.client.creates) == 1)
    assert len(kept(path)) == 2


async def test_an_adopted_id_is_watched_and_only_once(path: Path) -> None:
    """Pasted twice, it is still one task."""
    async with running(path) as bench:
        bench.ask(Adopt("dubbing", " abc-123 "))
        await bench.until(lambda: bool(bench.tasks) and bench.only.status is TaskStatus.SUCCESS)
        bench.ask(Adopt("dubbing", "abc-123"))
        await bench.until(bench.hears("already"))
        bench.ask(Adopt("tts", "two words"))
        await bench.until(bench.hears("one word"))
        bench.ask(Adopt("opera", "abc-124"))
        await bench.until(bench.hears("no kind"))
    (task,) = kept(path).values()
    assert (task.task_id, task.adopted, task.kind) == ("abc-123", True, "dubbing")


async def test_an_unconfirmed_task_takes_the_id_found_elsewhere(path: Path) -> None:
    """The way out that costs nothing."""
    keep(path, a_task("unsure0000", TaskStatus.UNCONFIRMED))
    async with running(path) as bench:
        bench.ask(Adopt("tts", "found-it", key="unsure0000"))
        await bench.until(lambda: bench.only.status is TaskStatus.SUCCESS)
        assert bench.only.task_id == "found-it"


async def test_a_second_engine_on_one_session_reads_along(path: Path) -> None:
    """Two writers would lose each other's ids."""
    async with running(path) as writer, running(path) as reader:
        await reader.until(lambda: reader.read_only is True)
        reader.ask(Submit((a_submission(),), window=0))
        await reader.until(reader.hears("read-only"))
        writer.ask(Submit((a_submission(),), window=0))
        await reader.until(lambda: bool(reader.tasks) and reader.only.status is TaskStatus.PENDING)
        assert reader.client.creates == []
        assert reader.client.polls == []


async def test_a_refused_key_is_said_once_and_another_one_goes_on(path: Path) -> None:
    """Two hundred rows, one sentence."""
    keep(path, *(a_task(f"key{number:07}") for number in range(5)))
    client = ScriptedClient()
    client.status_script = [KeyRefusedError("the key was refused (401).", code=401)]
    async with running(path, client) as bench:
        bench.ask(Look(tuple(bench.tasks)))
        await bench.until(lambda: bench.health is not None and bench.health.state is ApiState.REFUSED)
        assert sum("refused" in text for text in bench.said) == 1
        client.status_script = [StatusAnswer("SUCCESS", 3)]
        bench.ask(UseKey("another"))
        bench.ask(Look(tuple(bench.tasks)))
        await bench.until(lambda: all(task.status is TaskStatus.SUCCESS for task in bench.tasks.values()))
        assert client.api_key == "another"


async def test_a_service_that_is_down_leaves_the_rows_stale_and_says_so(path: Path) -> None:
    """What is shown is true: old, and called old."""
    keep(path, *(a_task(f"key{number:07}") for number in range(8)))
    client = ScriptedClient()
    client.status_script = [NoAnswerError("no answer")]
    async with running(path, client) as bench:
        bench.ask(Look(tuple(bench.tasks)))
        await bench.until(lambda: bench.health is not None and bench.health.state is ApiState.DOWN)
        await bench.until(lambda: all(task.stale for task in bench.tasks.values()))


async def test_marks_watching_results_saving_and_catalogues(path: Path, tmp_path: Path) -> None:
    """Each command has its answer."""
    keep(
        path,
        a_task("live000000"),
        a_task("late000000", TaskStatus.OVERDUE),
        a_task("done000000", TaskStatus.SUCCESS, kind="translation", run_id=9),
        a_task("fail000000", TaskStatus.ERROR),
    )
    client = ScriptedClient()
    client.status_script = [StatusAnswer("PENDING")]
    client.result_script = [read_result(ResultShape.TEXTS, {"texts": ["Bonjour"]})]
    async with running(path, client) as bench:
        bench.ask(Mark(("live000000", "fail000000"), archived=True))
        await bench.until(lambda: bench.tasks["fail000000"].archived)
        assert not bench.tasks["live000000"].archived, "what is under way stays in sight"
        bench.ask(Watch(("late000000",)))
        await bench.until(lambda: bench.tasks["late000000"].status is TaskStatus.PENDING)
        bench.ask(Watch(("late000000",), on=False))
        await bench.until(lambda: bench.tasks["late000000"].status is TaskStatus.OVERDUE)
        bench.ask(OpenResult("done000000"))
        bench.ask(OpenResult("fail000000"))
        await bench.until(lambda: len(bench.results) == 2)
        assert isinstance(bench.results["fail000000"], str)
        bench.ask(Save(("done000000",), str(tmp_path / "out")))
        await bench.until(lambda: bool(bench.tasks["done000000"].saved))
        bench.ask(FetchCatalogues())
        await bench.until(lambda: bench.catalogues is not None)
    assert [file.read_text() for file in (tmp_path / "out").iterdir()] == ["Bonjour\n"]
    assert kept(path)["done000000"].saved == bench.tasks["done000000"].saved


async def test_a_crash_after_sending_keeps_the_intent(path: Path) -> None:
    """The file alone tells the next start what happened, without a clean end."""
    client = ScriptedClient()
    never = asyncio.Event()

    async def hang(*_: Any, **__: Any) -> Any:
        client.creates.append("x")
        await never.wait()

    client.create = hang  # type: ignore[method-assign]
    bench = Running(path, client)
    work = asyncio.create_task(bench.engine.run(bench.take))
    bench.ask(Submit((a_submission(),), window=0))
    await bench.until(lambda: bool(bench.tasks) and bench.only.status is TaskStatus.SENDING)
    (task,) = kept(path).values()
    assert task.status is TaskStatus.SENDING
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


def test_the_engine_takes_commands_from_another_thread(path: Path) -> None:
    """The screen's thread sends, the engine's obeys, neither waits for the other."""
    bench = Running(path, ScriptedClient())
    seen = threading.Event()

    def publish(change: Change) -> None:
        if any(task.status is TaskStatus.PENDING for task in change.tasks):
            seen.set()

    thread = threading.Thread(target=lambda: asyncio.run(bench.engine.run(publish)))
    thread.start()
    bench.ask(Submit((a_submission(),), window=0))
    assert seen.wait(PATIENCE)
    bench.ask(Stop())
    thread.join(PATIENCE)
    assert not thread.is_alive()
