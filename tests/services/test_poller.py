"""The poller: which task is asked when, what an answer makes of it, and that nothing ends it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from camb_tui.domain.errors import (
    CambError,
    KeyRefusedError,
    NoAnswerError,
    RateLimitedError,
    RejectedError,
    ServerTroubleError,
    UnreadableAnswerError,
)
from camb_tui.domain.life import StatusAnswer
from camb_tui.domain.schedule import Observation
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.changes import ApiState
from camb_tui.services.durations import Durations
from camb_tui.services.health import Breaker
from camb_tui.services.pace import Pace
from camb_tui.services.poller import Poller
from camb_tui.services.store import Store
from camb_tui.services.timing import Adaptive, Backoff, Timing
from tests.services.fakes import Clock, ScriptedClient, a_task

PENDING = StatusAnswer("PENDING")


class Bench:
    """A poller over some tasks, all due at once."""

    def __init__(
        self,
        *tasks: Task,
        script: Sequence[StatusAnswer | CambError] = (PENDING,),
        rate: float = 1e6,
        timing: Timing | None = None,
    ) -> None:
        self.clock, self.client = Clock(), ScriptedClient()
        self.client.status_script = list(script)
        self.store = Store({task.key: task for task in tasks})
        self.breaker = Breaker(clock=self.clock, draw=lambda: 0.5)
        self.breaker.key_changed(has_key=True)
        self.pace = Pace(rate, clock=self.clock, sleep=self.clock.sleep)
        self.settled: list[Task] = []
        self.refused: list[CambError] = []
        self.poller = Poller(
            self.store,
            self.ask,
            timing=timing or Backoff(Durations(None)),
            pace=self.pace,
            breaker=self.breaker,
            in_flight=8,
            clock=self.clock,
            draw=lambda: 0.5,
            settled=self.settled.append,
            refused=self.refused.append,
        )
        for task in tasks:
            self.poller.watch(task, soon=True)

    async def ask(self, task: Task) -> StatusAnswer:
        assert task.task_id is not None
        return await self.client.status(task.kind, task.task_id)

    async def sweep(self, seconds: float = 0.0) -> float | None:
        self.clock.pass_time(seconds)
        return await self.poller.sweep()

    @property
    def task(self) -> Task:
        return next(iter(self.store.values()))


async def test_success_brings_the_run_id_and_ends_the_polls() -> None:
    """A settled task must cost no further request."""
    bench = Bench(a_task(), script=[StatusAnswer("success", 42)])
    assert await bench.sweep() is None
    assert (bench.task.status, bench.task.run_id, bench.task.settled_at) == (TaskStatus.SUCCESS, 42, bench.clock.now)
    assert bench.settled == [bench.task]
    await bench.sweep(1000.0)
    assert len(bench.client.polls) == 1


async def test_polls_start_at_the_kinds_interval_and_grow_to_its_cap() -> None:
    """The guide's advice: 2 to 5 s at first, then less often."""
    bench = Bench(a_task(submitted_at=1_000_000.0))
    gaps = []
    for _ in range(12):
        pause = await bench.sweep()
        assert pause is not None
        gaps.append(round(pause, 2))
        bench.clock.pass_time(pause)
    assert gaps[0] == 2.0
    assert gaps == sorted(gaps)
    assert gaps[-1] == 15.0


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (StatusAnswer("ERROR", None, "SOURCE_TOO_LONG", "too long"), TaskStatus.ERROR),
        (StatusAnswer("FAILED"), TaskStatus.ERROR),
        (StatusAnswer("TIMEOUT"), TaskStatus.TIMEOUT),
        (StatusAnswer("PAYMENT_REQUIRED"), TaskStatus.PAYMENT_REQUIRED),
        (StatusAnswer("ERROR", None, "PAYMENT_REQUIRED"), TaskStatus.PAYMENT_REQUIRED),
    ],
)
async def test_each_final_word_settles(answer: StatusAnswer, status: TaskStatus) -> None:
    """Clients that wait for SUCCESS alone loop for ever."""
    bench = Bench(a_task(), script=[answer])
    assert await bench.sweep() is None
    assert bench.task.status is status
    assert bench.task.exception_reason == answer.exception_reason


async def test_a_word_nobody_knows_keeps_its_row_and_is_polled_on() -> None:
    """The service may coin words tomorrow."""
    bench = Bench(a_task(), script=[StatusAnswer("TRANSMOGRIFYING"), StatusAnswer("SUCCESS", 1)])
    pause = await bench.sweep()
    assert (bench.task.status, bench.task.shown_status) == (TaskStatus.UNKNOWN, "TRANSMOGRIFYING")
    assert pause is not None
    await bench.sweep(pause)
    assert bench.task.status is TaskStatus.SUCCESS
    assert bench.task.word == ""


@pytest.mark.parametrize(
    "error",
    [NoAnswerError("reset"), UnreadableAnswerError("<html>"), ServerTroubleError("oops", code=500), ValueError("bug")],
)
async def test_a_failed_poll_makes_the_row_stale_and_goes_on(error: Exception) -> None:
    """A failed poll is never a failed task, whatever failed."""
    bench = Bench(a_task(), script=[StatusAnswer("SUCCESS", 1)])

    async def broken(task: Task) -> StatusAnswer:
        raise error

    good, bench.poller._ask = bench.poller._ask, broken
    pause = await bench.sweep()
    assert (bench.task.status, bench.task.stale) == (TaskStatus.PENDING, True)
    bench.poller._ask = good
    assert pause is not None
    await bench.sweep(pause)
    assert (bench.task.status, bench.task.stale) == (TaskStatus.SUCCESS, False)


async def test_three_404s_in_a_row_make_a_task_missing() -> None:
    """One 404 may be a hiccup of the service; three are an answer."""
    gone = RejectedError("not found", code=404)
    bench = Bench(a_task(), script=[gone, PENDING, gone, gone, gone])
    for _ in range(4):
        pause = await bench.sweep()
        assert pause is not None
        assert bench.task.status is TaskStatus.PENDING
        bench.clock.pass_time(pause)
    assert await bench.sweep() is None
    assert bench.task.status is TaskStatus.MISSING


async def test_a_task_past_its_maximum_wait_is_overdue_and_a_look_only_tells() -> None:
    """It is left alone, but `R` still finds out that it ended after all."""
    bench = Bench(a_task(submitted_at=1_000_000.0 - 3600), script=[PENDING, PENDING, StatusAnswer("SUCCESS", 5)])
    assert await bench.sweep() is None
    assert bench.task.status is TaskStatus.OVERDUE
    bench.poller.look([bench.task.key])
    assert await bench.sweep() is None
    assert bench.task.status is TaskStatus.OVERDUE
    bench.poller.look([bench.task.key])
    await bench.sweep()
    assert bench.task.run_id == 5


async def test_retry_after_stops_all_polls_and_halves_the_rate() -> None:
    """429 speaks for the account, not for one task."""
    tasks = [a_task(f"key{number:07}") for number in range(2)]
    bench = Bench(tasks[0], script=[RateLimitedError("slow", retry_after=60.0), PENDING])
    bench.store.put(tasks[1])
    before = bench.pace.rate
    await bench.sweep()
    assert bench.pace.rate < before
    assert bench.breaker.health().state is ApiState.LIMITED
    began, asked = bench.clock.now, len(bench.client.polls)
    bench.poller.look([tasks[1].key])
    await bench.sweep()
    assert bench.client.polls[asked] == tasks[1].task_id
    assert bench.clock.now - began >= 59.0, "the turn itself waits"


async def test_a_refused_key_stops_polls_until_it_changes() -> None:
    """Said once, and no request more."""
    tasks = [a_task(f"key{number:07}") for number in range(9)]
    bench = Bench(*tasks, script=[KeyRefusedError("no", code=401)])
    await bench.sweep()
    asked = len(bench.client.polls)
    assert asked <= 8, "those in flight at once"
    for _ in range(5):
        await bench.sweep(60.0)
    assert len(bench.client.polls) == asked
    bench.breaker.key_changed(has_key=True)
    bench.client.status_script = [PENDING]
    await bench.sweep(60.0)
    assert len(bench.client.polls) > asked


async def test_the_breaker_opens_after_five_failures_and_lets_one_try() -> None:
    """Two hundred rows must not hammer a service that is down."""
    tasks = [a_task(f"key{number:07}") for number in range(200)]
    bench = Bench(*tasks, script=[NoAnswerError("down")])
    await bench.sweep()
    asked = len(bench.client.polls)
    assert asked <= 12
    assert all(task.stale for task in bench.store.values())
    assert bench.breaker.health().state is ApiState.DOWN
    await bench.sweep(13.0)
    assert len(bench.client.polls) == asked + 1, "half open: one request"
    bench.client.status_script = [PENDING]
    await bench.sweep(30.0)
    await bench.sweep(5.0)
    await bench.sweep(5.0)
    assert not any(task.stale for task in bench.store.values())


async def test_the_rate_holds_for_all_tasks_together() -> None:
    """Ten requests a second for the account, however many rows."""
    tasks = [a_task(f"key{number:07}") for number in range(100)]
    bench = Bench(*tasks, script=[StatusAnswer("SUCCESS", 1)], rate=10.0)
    began = bench.clock.now
    await bench.sweep()
    assert len(bench.client.polls) == 100
    assert bench.clock.now - began >= (100 - 4) / 10.0 - 0.001


async def test_a_forgotten_task_is_not_asked_about() -> None:
    """The user stopped watching it."""
    bench = Bench(a_task())
    bench.poller.forget(bench.task.key)
    assert await bench.sweep(100.0) is None
    assert bench.client.polls == []


async def test_what_was_learnt_decides_when_to_ask_and_what_is_expected() -> None:
    """Tasks that took a minute each are not asked about every two seconds, and the row says what is left."""
    durations = Durations(None)
    for number in range(30):
        durations.note("tts", Observation(58.0 + number / 10, 60.0 + number / 10))
    bench = Bench(a_task(), timing=Adaptive(durations, delay_price=1.0))
    pause = await bench.sweep()
    assert pause is not None
    assert pause > 30.0
    assert bench.task.expected_at is not None
    assert 50.0 < bench.task.expected_at - bench.clock.now < 65.0
    assert not bench.task.stuck
    await bench.sweep(pause)
    await bench.sweep(120.0)
    assert bench.task.stuck, "longer than nearly all before it"


async def test_a_settled_task_teaches_the_interval_its_end_lies_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the last poll that saw it live and the one that saw it done."""
    durations = Durations(None)
    noted: list[tuple[str, Observation]] = []
    monkeypatch.setattr(durations, "note", lambda kind, seen: noted.append((kind, seen)))
    bench = Bench(a_task(), a_task("adopted000", adopted=True), script=[PENDING, PENDING, StatusAnswer("SUCCESS", 1)])
    bench.poller._timing = Backoff(durations)
    pause = await bench.sweep(4.0)
    assert pause is not None
    await bench.sweep(pause)
    ((kind, (live, done, size)),) = noted  # when the adopted one began nobody knows
    assert (kind, live, size) == ("tts", 4.0, 11.0)
    assert done == pytest.approx(4.0 + pause)


async def test_without_history_the_adaptive_strategy_is_the_backoff() -> None:
    """The first day must not be worse than the guide's advice."""
    gaps: list[float] = []
    strategies: tuple[Timing, ...] = (Backoff(Durations(None)), Adaptive(Durations(None), delay_price=1.0))
    for timing in strategies:
        bench = Bench(a_task(), timing=timing)
        for _ in range(8):
            pause = await bench.sweep()
            assert pause is not None
            gaps.append(pause)
            bench.clock.pass_time(pause)
    assert gaps[:8] == gaps[8:]
