"""When all is done, as the summary has it: what counts, what is left out, and that it stands still."""

from __future__ import annotations

import math
from typing import Any

import pytest

from camb_tui.domain.schedule import Observation, left, quantile
from camb_tui.domain.tasks import Hold, Task, TaskStatus
from camb_tui.services.changes import Outlook
from camb_tui.services.durations import Durations
from camb_tui.services.forecast import EVERY, Forecast
from camb_tui.services.timing import LEAST_KNOWN, Backoff
from tests.services.fakes import Clock, a_task


class Bench:
    """A forecast over tasks of a kind that takes a minute, with a clock that moves when told."""

    def __init__(self, known: int = 30) -> None:
        self.clock, self.durations = Clock(), Durations(None)
        for number in range(known):
            self.durations.note("tts", Observation(45.0 + number, 46.0 + number))
        self.timing = Backoff(self.durations)
        self.forecast = Forecast(self.durations, clock=self.clock, rate=10.0)

    def take(self, key: str = "aaaaaaaaaa", *, seen: float | None = 0.0, **fields: Any) -> Task:
        """A live task last polled at this age, with what a poll makes the row say."""
        polled_at = None if seen is None else 1_000_000.0 + seen
        task = self.timing.estimated(a_task(key, **{"polled_at": polled_at, **fields}))
        self.forecast.take([task])
        return task

    def look(self, seconds: float = EVERY) -> Outlook:
        self.clock.pass_time(seconds)
        return self.forecast.outlook()


def test_with_one_task_it_is_the_rows_own_time() -> None:
    bench = Bench()
    task = bench.take()
    found = bench.look()
    assert found.all_done_at == pytest.approx(task.expected_at, abs=0.5)
    assert found.left_out == 0


def test_nothing_is_said_where_nothing_is_known() -> None:
    """A guess would stand beside what was learned and look like it."""
    bench = Bench(known=LEAST_KNOWN - 1)
    bench.take()
    assert bench.look() == Outlook()


@pytest.mark.parametrize(
    "fields",
    [{"adopted": True}, {"kind": "dubbing"}, {"submitted_at": 1_000_000.0 - 500}],
    ids=["adopted", "of a kind not known", "stuck"],
)
def test_what_cannot_be_foretold_is_left_out_and_counted(fields: dict[str, Any]) -> None:
    """One that is stuck may take hours; the time of the others is worth knowing, if it is said whose it is."""
    bench = Bench()
    task = bench.take()
    bench.take("other00000", **fields)
    found = bench.look()
    assert found.left_out == 1
    assert found.all_done_at == pytest.approx(task.expected_at, abs=0.5)
    bench.take("third00000", **fields)
    assert bench.look().all_done_at is None, "most of them: it would say little"


@pytest.mark.parametrize(
    "fields",
    [
        {"status": TaskStatus.HELD, "hold": Hold.PAYMENT.value},
        {"status": TaskStatus.SPLIT},
        {"status": TaskStatus.SUCCESS},
        {"status": TaskStatus.MISSING},
        {"archived": True},
    ],
    ids=["held", "split", "done", "missing", "archived"],
)
def test_what_does_not_end_by_itself_is_no_part_of_it(fields: dict[str, Any]) -> None:
    bench = Bench()
    bench.take()
    before = bench.look()
    bench.take("other00000", **fields)
    assert bench.look() == before


def test_what_waits_to_be_sent_goes_at_the_rate() -> None:
    """Two hundred that wait need twenty seconds before the last is even sent."""
    bench = Bench()
    for number in range(200):
        bench.take(f"key{number:07}", status=TaskStatus.QUEUED)
    whole = bench.look().all_done_at
    one = Bench()
    one.take(status=TaskStatus.QUEUED)
    alone = one.look().all_done_at
    assert whole is not None
    assert alone is not None
    assert whole > alone + 15.0


def test_it_is_not_told_anew_for_a_little() -> None:
    """Each poll moves it; the line on the screen must not move with each."""
    bench = Bench()
    bench.take()
    told = bench.look()
    for seen in range(2, 30, 2):
        bench.take(seen=float(seen))
        assert bench.look() is told or bench.forecast.outlook() == told
    moved = bench.take(seen=75.0)
    now = bench.look(40.0)
    assert now != told
    assert now.all_done_at == pytest.approx(moved.expected_at, abs=0.5)


def test_how_many_are_left_out_does_not_flicker() -> None:
    """In a busy hour rows become stuck and end every few seconds."""
    bench = Bench()
    for number in range(9):
        bench.take(f"key{number:07}")
    bench.take("stuck00000", submitted_at=1_000_000.0 - 3_000)
    told = bench.look()
    assert told.left_out == 1
    bench.take("stuck00001", submitted_at=1_000_000.0 - 3_000)
    assert bench.look().left_out == 1
    bench.take("stuck00002", submitted_at=1_000_000.0 - 3_000)
    assert bench.look().left_out == 1
    assert bench.look(20.0).left_out == 3, "and what it kept back is said in the end"


def test_a_row_that_becomes_stuck_between_polls_leaves_it() -> None:
    """No poll need fall there, and the row says so itself."""
    bench = Bench()
    bench.take()
    stuck_at = bench.take("other00000", submitted_at=1_000_000.0 - 30).stuck_at
    assert bench.look().left_out == 0
    assert stuck_at is not None
    bench.look(stuck_at - bench.clock.now - 1.0)
    assert bench.look().left_out == 1


def test_it_is_worked_out_seldom_where_many_are_live(monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs beside the screen."""
    bench = Bench()
    looks: list[float] = []
    work = bench.forecast._all_done

    def spied(now: float) -> tuple[float | None, int]:
        looks.append(now)
        return work(now)

    monkeypatch.setattr(bench.forecast, "_all_done", spied)
    for number in range(2_000):
        bench.take(f"key{number:07}")
    for _ in range(20):
        bench.take("key0000000", seen=1.0)
        bench.look(1.0)
    assert 3 <= len(looks) <= 6


def test_usual_times_are_what_was_learned_of_kinds_that_are_known() -> None:
    """Also in other sessions; a prior is no experience."""
    bench = Bench()
    bench.durations.note("dubbing", Observation(300.0, 310.0))
    (usual,) = bench.look().usual
    expectation = bench.durations.expectation("tts")
    assert usual == ("tts", quantile(expectation, 0.5), quantile(expectation, 0.95), 30)
    assert usual.p50 == pytest.approx(left(expectation, 0.0))
    bench.durations.note("tts", Observation(60.0, 61.0))
    bench.take()
    assert bench.look().usual == (usual,), "one more that took the usual time changes nothing"


def test_what_is_learned_knows_of_the_live_ones() -> None:
    """Those whose age is known and who were asked about; once settled, each is one observation."""
    bench = Bench(known=20)
    bench.take("new0000000", seen=None)
    bench.take("adopted000", seen=5.0, adopted=True)
    task = bench.take("live000000", seen=50.0)
    (one,) = bench.durations.live("tts")
    assert one.observation == Observation(50.0, math.inf, 11)
    bench.timing.settled(task, pending_until=50.0, settled_by=70.0, first_asked=2.0)
    assert bench.durations.expectation("tts").known == 21
    bench.forecast.take([task.but(status=TaskStatus.SUCCESS)])
    assert list(bench.durations.live("tts")) == []


def test_a_live_task_first_asked_about_too_late_teaches_as_little_as_a_settled_one() -> None:
    """Left out when it settles, it must be left out before, else what is learned would be of the slow alone."""
    bench = Bench()
    Forecast(bench.durations, clock=bench.clock, rate=10.0, teaches=bench.timing.teaches).take(
        [a_task("early00000", polled_at=1_000_002.0), a_task("late000000", polled_at=1_000_050.0)]
    )
    (one,) = bench.durations.live("tts")
    assert one.observation.pending_until == 2.0
