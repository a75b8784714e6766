"""Headless runs: when they are over, what they say of each task, and with which exit code they end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from camb_tui import headless
from camb_tui.domain.kinds import ResultShape
from camb_tui.domain.results import Result
from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import Hold, Task, TaskStatus
from camb_tui.exits import Exit
from camb_tui.headless import Goal, Run
from camb_tui.services.changes import (
    ApiState,
    Change,
    Command,
    Health,
    Notice,
    OpenResult,
    Release,
    Save,
    Severity,
    Submit,
)
from tests.entry.fakes import Answer, FakeEngine, made

OK = Change(health=Health(ApiState.OK))
SUBMIT = Submit((Submission("tts", {"text": "one"}), Submission("tts", {"text": "two"})), window=0.0)


def task(key: str = "old", status: TaskStatus = TaskStatus.PENDING, **changes: Any) -> Task:  # fields of Task
    return Task(key=key, kind="tts", status=status, created_at=1.0, task_id=f"id-{key}", label=key).but(**changes)


class Ran:
    """What a run did."""

    def __init__(self, answer: Answer, goal: Goal, asked: Sequence[Task] = (), first: Change = OK) -> None:
        self.engine = FakeEngine(answer, first)
        self.reports: list[tuple[str, str, Result | None]] = []
        self.said: list[str] = []
        tasks: Mapping[str, Task] = {one.key: one for one in asked}

        def report(one: Task, result: Result | None) -> None:
            self.reports.append((one.key, one.shown_status, result))

        async def finish() -> int:
            run = Run(self.engine, goal, tasks, before=set(tasks), report=report, say=self.said.append)
            return await run.finish()

        self.code = asyncio.run(finish())


def submitting(**changes: Any) -> Answer:  # fields of Task
    def answer(command: Command) -> Sequence[Change]:
        return [Change(tasks=made(command, **changes))] if isinstance(command, Submit) else []

    return answer


def test_a_submit_is_over_as_soon_as_the_service_has_every_task() -> None:
    ran = Ran(
        submitting(status=TaskStatus.PENDING, task_id="t"),
        Goal(commands=(SUBMIT,), expected=2, sends=True, until_settled=False),
    )
    assert ran.code == Exit.SUCCESS
    assert [(key, status) for key, status, _ in ran.reports] == [("key0", "PENDING"), ("key1", "PENDING")]
    assert ran.engine.stopped


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": TaskStatus.UNCONFIRMED}, Exit.UNCONFIRMED),
        ({"status": TaskStatus.REJECTED}, Exit.FAILED),
        ({"status": TaskStatus.HELD, "hold": Hold.PAYMENT.value}, Exit.FAILED),
        ({"status": TaskStatus.HELD, "hold": Hold.KEY.value}, Exit.KEY),
        ({"status": TaskStatus.SUCCESS}, Exit.SUCCESS),
        ({"status": TaskStatus.ERROR}, Exit.FAILED),
        ({"status": TaskStatus.TIMEOUT}, Exit.FAILED),
        ({"status": TaskStatus.OVERDUE}, Exit.FAILED),
    ],
)
def test_the_exit_code_says_what_became_of_the_tasks(changes: dict[str, Any], code: Exit) -> None:
    assert Ran(submitting(**changes), Goal(commands=(SUBMIT,), expected=2, sends=True)).code == code


def test_a_task_that_older_held_ones_keep_back_is_released_once() -> None:
    """The command is the word to send what it names; what was held before it stays held."""

    def answer(command: Command) -> Sequence[Change]:
        if isinstance(command, Submit):
            return [Change(tasks=made(command, status=TaskStatus.HELD, hold=Hold.PAUSE.value))]
        if isinstance(command, Release):
            (key,) = command.keys
            return [Change(tasks=(task(key, TaskStatus.HELD, hold=Hold.PAUSE.value, message="not written"),))]
        return []

    ran = Ran(answer, Goal(commands=(SUBMIT,), expected=2, sends=True, until_settled=False))
    assert [command for command in ran.engine.commands if isinstance(command, Release)] == [
        Release(("key0",)), Release(("key1",))
    ]  # fmt: skip
    assert ran.code == Exit.FAILED


def test_a_wait_releases_nothing() -> None:
    """Waiting is no word to send."""
    held = task(status=TaskStatus.HELD, hold=Hold.PAUSE.value)
    ran = Ran(lambda command: [], Goal(), [held])
    assert not any(isinstance(command, Release) for command in ran.engine.commands)
    assert ran.code != Exit.SUCCESS


def test_a_success_is_told_with_its_result() -> None:
    result = Result(shape=ResultShape.TEXTS, texts=("hola",), raw={"texts": ["hola"]})

    def answer(command: Command) -> Sequence[Change]:
        return [Change(results={command.key: result})] if isinstance(command, OpenResult) else []

    ran = Ran(answer, Goal(results=True), [task(status=TaskStatus.SUCCESS)])
    assert ran.reports == [("old", "SUCCESS", result)]


def test_a_result_that_cannot_be_had_does_not_hold_up_the_wait() -> None:
    def answer(command: Command) -> Sequence[Change]:
        return [Change(results={command.key: "it is gone"})] if isinstance(command, OpenResult) else []

    ran = Ran(answer, Goal(results=True), [task(status=TaskStatus.SUCCESS)])
    assert ran.reports == [("old", "SUCCESS", None)]
    assert ran.said == ["old: it is gone"]


def test_results_are_waited_for_as_long_as_some_come() -> None:
    """Those of thousands keep to the account's rate; the last must not be given up while the others arrive."""
    told: list[str] = []
    asked = {key: task(key, TaskStatus.SUCCESS) for key in "ab"}
    run = Run(
        FakeEngine(lambda command: [], OK), Goal(results=True), asked, before=asked,
        report=lambda one, result: told.append(one.key), say=lambda text: None,
    )  # fmt: skip
    run._silent_since = None
    run._opening = dict.fromkeys(asked, 0.0)
    run._came_at = headless.RESULT_WAIT - 1.0
    assert run._judge(headless.RESULT_WAIT + 1.0, 0.0) == (None, headless.RESULT_WAIT - 2.0)
    assert told == []
    assert run._judge(2.0 * headless.RESULT_WAIT, 0.0) == (Exit.SUCCESS, None)
    assert told == ["a", "b"], "at last without"


def test_other_tasks_of_the_session_are_not_told() -> None:
    first = Change(tasks=(task("other", TaskStatus.ERROR), task("old", TaskStatus.SUCCESS)), health=Health(ApiState.OK))
    ran = Ran(lambda command: [], Goal(), [task()], first)
    assert [key for key, _, _ in ran.reports] == ["old"]
    assert ran.code == Exit.SUCCESS


def test_a_refused_key_ends_the_wait() -> None:
    ran = Ran(lambda command: [], Goal(), [task()], Change(health=Health(ApiState.REFUSED)))
    assert ran.code == Exit.KEY


def test_a_wait_ends_when_its_time_is_up() -> None:
    assert Ran(lambda command: [], Goal(timeout=0.0), [task()]).code == Exit.WAITED


def test_a_service_that_never_answers_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headless, "FIRST_ANSWER", 0.0)
    assert Ran(lambda command: [], Goal(), [task()], Change(health=Health(ApiState.DOWN))).code == Exit.UNREACHABLE


def test_an_outage_is_waited_out_once_the_service_has_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed poll is never a failed task; a bad minute of the network must not end an hour's wait."""
    monkeypatch.setattr(headless, "FIRST_ANSWER", 0.02)
    down = Change(health=Health(ApiState.DOWN))
    goal = Goal(commands=(Submit(()),), timeout=0.1)
    assert Ran(lambda command: [down], goal, [task()], OK).code == Exit.WAITED


def test_a_save_that_fails_is_a_failure_and_does_not_hold_up_the_others() -> None:
    def answer(command: Command) -> Sequence[Change]:
        if not isinstance(command, Save):
            return []
        saved = task("good", TaskStatus.SUCCESS, saved=("/x/good.txt",))
        gone = Notice("bad: it is gone", Severity.WARNING, "bad")
        return [
            Change(progress={"good": "saving", "bad": "saving"}),
            Change(tasks=(saved,), progress={"good": ""}),
            Change(notices=(gone,), progress={"bad": ""}),
        ]

    asked = [task("good", TaskStatus.SUCCESS), task("bad", TaskStatus.SUCCESS)]
    ran = Ran(answer, Goal(commands=(Save(("good", "bad")),), saves=True), asked)
    assert [key for key, _, _ in ran.reports] == ["good", "bad"]
    assert ran.code == Exit.FAILED


def test_a_signal_saves_and_ends() -> None:
    """Scripts are stopped by SIGTERM; the engine must get its chance to save."""

    def answer(command: Command) -> Sequence[Change]:
        os.kill(os.getpid(), signal.SIGTERM)
        return []

    ran = Ran(answer, Goal(commands=(Submit(()),)), [task()])
    assert ran.code == 128 + signal.SIGTERM
    assert ran.engine.stopped


def test_an_output_nobody_reads_saves_and_ends() -> None:
    engine = FakeEngine(lambda command: [], OK)

    def report(one: Task, result: Result | None) -> None:
        raise BrokenPipeError

    async def finish() -> int:
        done = task(status=TaskStatus.SUCCESS)
        return await Run(engine, Goal(), {"old": done}, before=(), report=report, say=lambda text: None).finish()

    with pytest.raises(BrokenPipeError):
        asyncio.run(finish())
    assert engine.stopped
