"""When all live tasks will have ended: against one task's own estimate, against chance itself, and its cost."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camb_tui.domain import estimates
from camb_tui.domain.estimates import Awaited, all_done
from camb_tui.domain.schedule import Expectation, KindPrior, Observation, learn, left
from tests.benchmarks.polling_truths import exactly

PRIOR = KindPrior(20.0, 0.6)


def minutes(count: int = 200, *, median: float = 60.0, sizes: bool = False) -> Expectation:
    """What is learned from so many durations about a minute long, or as long as their size has it."""
    rng = random.Random(3)
    drawn = [(rng.lognormvariate(0.0, 1.0), rng.lognormvariate(math.log(median), 0.4)) for _ in range(count)]
    if not sizes:
        return learn(exactly([seconds for _, seconds in drawn]), PRIOR)
    return learn([Observation(seconds * size, seconds * size, 100.0 * size) for size, seconds in drawn], PRIOR)


def test_of_one_task_it_is_the_tasks_own_estimate() -> None:
    """A row and the summary above it must not contradict each other."""
    known = minutes()
    assert all_done([Awaited(known, 1000.0, 30.0)]) == pytest.approx(1030.0 + left(known, 30.0), abs=0.2)


def test_of_none_there_is_nothing_to_say() -> None:
    assert all_done([]) is None


def test_of_many_it_is_later_than_the_latest_of_their_estimates() -> None:
    """Of thirty tasks that each have ended by then with even odds, some have not."""
    known = minutes()
    many = all_done([Awaited(known, 0.0) for _ in range(30)])
    assert many is not None
    rng = random.Random(4)
    ends = [max(rng.lognormvariate(math.log(60.0), 0.4) for _ in range(30)) for _ in range(2_000)]
    assert sum(end <= many for end in ends) / len(ends) == pytest.approx(0.5, abs=0.15)
    assert many > left(known, 0.0) * 1.5


def test_little_knowledge_is_a_doubt_that_tasks_share() -> None:
    """If one takes longer than all before it, others will too; each on its own would put the end far too late."""
    known = minutes(50)
    apart = [Awaited(minutes(50), 0.0) for _ in range(100)]  # as if of a hundred kinds
    together, separate = all_done([Awaited(known, 0.0) for _ in range(100)]), all_done(apart)
    assert together is not None
    assert separate is not None
    assert together < separate * 0.95


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-500.0, 0.0), st.floats(0.0, 1.0)), min_size=1, max_size=20))
def test_one_more_to_wait_for_never_makes_it_earlier(tasks: list[tuple[float, float]]) -> None:
    known = minutes()
    awaited = [Awaited(known, begin, -begin * share) for begin, share in tasks]
    some, more = all_done(awaited), all_done([*awaited, Awaited(known, 0.0)])
    assert some is not None
    assert more is not None
    assert more >= some - 0.01 * (some + 500.0)


def test_in_groups_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands are grouped, for time's sake alone."""
    rng = random.Random(6)
    kinds = [minutes(), minutes(median=5.0), minutes(sizes=True)]
    awaited = []
    for _ in range(600):
        begin = rng.uniform(-60.0, 0.0)
        awaited.append(Awaited(rng.choice(kinds), begin, -begin * rng.random(), rng.lognormvariate(4.6, 1.0)))
    grouped = all_done(awaited)
    monkeypatch.setattr(estimates, "_FEW", len(awaited))
    assert grouped == pytest.approx(all_done(awaited), rel=0.01)


def test_ten_thousand_alike_are_few_groups() -> None:
    """What it costs is the number of groups, and this runs beside a screen."""
    known, rng = minutes(), random.Random(7)
    awaited = [Awaited(known, rng.uniform(-100.0, 0.0), rng.uniform(0.0, 60.0)) for _ in range(10_000)]
    assert len(list(estimates._grouped(awaited))) < 100
    assert all_done(awaited) is not None


def test_a_task_last_seen_past_everything_known_gives_a_time_still() -> None:
    """Whoever calls may leave such tasks out; none may break it."""
    found = all_done([Awaited(minutes(), 0.0, 1e7), Awaited(minutes(), 0.0)])
    assert found is not None
    assert math.isfinite(found)
