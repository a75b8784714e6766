"""The poller: which task is asked when, what an answer makes of it, and that nothing ends it."""

from __future__ import annotations

import asyncio
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
from camb_tui.domain.life import StatusAnswer, watched_again
from camb_tui.domain.schedule import Observation, left
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


async def test_when_not_all_can_be_asked_those_most_likely_done_go_first() -> None:
    """Of tasks of one kind, the one whose time has come before the one just begun."""
    now = Clock().now
    ages = {"key0000001": 8.0, "key0000002": 60.0, "key0000003": 25.0}
    tasks = [a_task(key, submitted_at=now - age, task_id=key) for key, age in ages.items()]
    durations = Durations(None)
    for number in range(30):
        durations.note("tts", Observation(20.0 + number / 2, 21.0 + number / 2))
    bench = Bench(*tasks, rate=1.0, timing=Adaptive(durations, delay_price=1.0))
    await bench.sweep()
    assert bench.client.polls == ["key0000002", "key0000003", "key0000001"]


async def test_the_row_in_focus_is_asked_before_others_and_twice_as_often() -> None:
    """The user looks at it."""
    tasks = [a_task(f"key{number:07}", task_id=f"id{number}") for number in range(20)]
    bench = Bench(*tasks, rate=1.0)
    bench.poller.focus(tasks[-1].key)
    await bench.sweep()
    assert bench.client.polls[0] == "id19"
    bench.clock.pass_time(100.0)
    await bench.sweep()
    planned = dict(bench.poller._due)
    assert planned[tasks[-1].key] - bench.clock.now < planned[tasks[3].key] - bench.clock.now
    bench.poller.focus(tasks[3].key)
    now, due = bench.clock.now, bench.poller._due[tasks[3].key]
    assert due == pytest.approx(now + (planned[tasks[3].key] - now) / 2), "it need not wait for its old turn"


async def test_going_through_the_rows_asks_nobody_more_often_than_the_floor() -> None:
    """Focus that comes and goes must not become a request a key press."""
    bench = Bench(a_task())
    await bench.sweep()
    asked_at = bench.clock.now
    for _ in range(20):
        bench.poller.focus(bench.task.key)
        bench.poller.focus(None)
    assert bench.poller._due[bench.task.key] >= asked_at + 2.0


async def test_the_cadence_shown_is_the_one_the_rate_allows() -> None:
    """A row that is asked every five minutes must not say every two seconds."""
    bench = Bench(a_task())
    await bench.sweep()
    assert bench.task.every == 2.0
    await bench.sweep(3.5)
    assert bench.task.every == 5.0, "no longer than by jitter"
    await bench.sweep(290.0)
    assert bench.task.every == 300.0


async def test_a_task_added_by_hand_is_asked_before_all_that_wait() -> None:
    """Whoever types an id wants to know what became of it."""
    tasks = [a_task(f"key{number:07}", task_id=f"id{number}") for number in range(20)]
    bench = Bench(*tasks, rate=1.0)
    adopted = a_task("adopted000", task_id="adopted", adopted=True)
    bench.store.put(adopted)
    bench.poller.watch(adopted, soon=True)
    await bench.sweep()
    assert bench.client.polls[0] == "adopted"


async def test_whoever_was_asked_too_late_teaches_nothing() -> None:
    """Hundreds that ended while the program was off must not drown what is known."""
    durations = Durations(None)
    for number in range(40):
        durations.note("tts", Observation(3.0 + number / 20, 3.2 + number / 20))
    known = durations.expectation("tts").known
    now = Clock().now
    tasks = [a_task(f"key{number:07}", submitted_at=now - 3000.0) for number in range(20)]
    bench = Bench(*tasks, script=[StatusAnswer("SUCCESS", 1)], timing=Adaptive(durations, delay_price=1.0))
    await bench.sweep()
    assert len(bench.settled) == 20
    assert durations.expectation("tts").known == known
    in_time = Bench(a_task(submitted_at=now - 4.0), script=[StatusAnswer("SUCCESS", 1)], timing=bench.poller._timing)
    await in_time.sweep()
    durations._learnt.clear()
    assert durations.expectation("tts").known == known + 1


async def test_no_two_polls_of_a_task_overlap() -> None:
    """Watched again while a look at it is under way: the look's answer is as good as another."""
    bench = Bench(a_task(status=TaskStatus.OVERDUE))
    asked: list[float] = []
    is_asked = asyncio.Event()
    answers: asyncio.Queue[StatusAnswer] = asyncio.Queue()

    async def ask(task: Task) -> StatusAnswer:
        asked.append(bench.clock.now)
        is_asked.set()
        return await answers.get()

    bench.poller._ask = ask
    bench.poller.look([bench.task.key])
    sweep = asyncio.create_task(bench.sweep())
    await is_asked.wait()
    again = watched_again(bench.task, now=bench.clock.now)
    bench.store.put(again)
    bench.poller.watch(again, soon=True)
    bench.poller._launch()
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(asked) == 1
    answers.put_nowait(PENDING)
    assert await sweep == pytest.approx(2.0)
    assert len(asked) == 1
    answers.put_nowait(PENDING)
    await bench.sweep(2.0)
    assert len(asked) == 2


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
    assert not bench.task.is_stuck(bench.clock.now)
    await bench.sweep(pause)
    await bench.sweep(120.0)
    assert bench.task.is_stuck(bench.clock.now), "longer than nearly all before it"


async def test_a_settled_task_teaches_the_interval_its_end_lies_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the last poll that saw it live and the one that saw it done."""
    durations = Durations(None)
    noted: list[tuple[str, Observation]] = []
    monkeypatch.setattr(durations, "note", lambda kind, seen, **of: noted.append((kind, seen)))
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


def minutes(*kinds: str) -> Durations:
    """Thirty tasks of each kind that took a minute, seen done within two seconds."""
    durations = Durations(None)
    for kind in kinds:
        for number in range(30):
            durations.note(kind, Observation(40.0 + number, 42.0 + number))
    return durations


async def test_what_a_row_expects_rests_on_when_it_was_last_seen_live() -> None:
    """The half of the time between two polls that has gone by must not be counted twice, nor left out."""
    durations = minutes("tts")
    bench = Bench(a_task(), timing=Adaptive(durations, delay_price=1.0))
    expectation = durations.expectation("tts")
    pause = 3.0
    for _ in range(4):
        pause = await bench.sweep(pause) or 0.0
        age = bench.clock.now - 1_000_000.0
        assert bench.task.expected_at == pytest.approx(bench.clock.now + left(expectation, age, 11))
        assert bench.task.polled_at == bench.clock.now


async def test_a_row_has_its_estimate_before_its_first_poll() -> None:
    """That poll may be minutes away."""
    bench = Bench(timing=Adaptive(minutes("tts"), delay_price=1.0))
    task = a_task()
    bench.store.put(task)
    bench.poller.watch(task)
    expected = bench.store[task.key].expected_at
    assert expected is not None
    assert 50.0 < expected - 1_000_000.0 < 62.0


async def test_a_failed_poll_changes_no_estimate() -> None:
    """It told nothing about the task."""
    bench = Bench(a_task(), script=[PENDING, NoAnswerError("reset")], timing=Adaptive(minutes("tts"), delay_price=1.0))
    pause = await bench.sweep(1.0)
    before = bench.task.expected_at
    assert pause is not None
    await bench.sweep(pause)
    assert bench.task.stale
    assert bench.task.expected_at == before


async def test_a_row_becomes_stuck_between_two_polls() -> None:
    """Past the time nearly all took it is long, whether or not a poll falls there."""
    bench = Bench(a_task(), timing=Adaptive(minutes("tts"), delay_price=1.0))
    await bench.sweep(1.0)
    assert not bench.task.is_stuck(1_000_060.0)
    assert bench.task.is_stuck(1_000_090.0)


async def test_of_an_adopted_task_only_stuck_is_known() -> None:
    """Nobody knows how old it was when its id was taken in; past p95 since then it is surely past it."""
    bench = Bench(a_task(adopted=True), timing=Adaptive(minutes("tts"), delay_price=1.0))
    await bench.sweep(1.0)
    assert bench.task.expected_at is None
    assert bench.task.is_stuck(1_000_090.0)


async def test_a_task_watched_again_keeps_its_age(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted from the second watch it would be expected too late and would teach that such tasks are quick."""
    durations = minutes("tts")
    noted: list[Observation] = []
    late = a_task(status=TaskStatus.OVERDUE, submitted_at=1_000_000.0 - 4000)
    bench = Bench(late, script=[PENDING, StatusAnswer("SUCCESS", 1)], timing=Backoff(durations))
    monkeypatch.setattr(durations, "note", lambda kind, seen, **of: noted.append(seen))
    again = watched_again(late, now=bench.clock.now)
    bench.store.put(again)
    bench.poller.watch(again, soon=True)
    pause = await bench.sweep(1.0)
    assert pause is not None
    assert bench.task.status is TaskStatus.PENDING, "its maximum wait begins anew"
    assert bench.task.is_stuck(bench.clock.now)
    await bench.sweep(pause)
    assert not [seen for seen in noted if seen.settled_by < 4000.0]
