"""The adaptive schedule: its bounds for any expectation, and its estimates."""

from __future__ import annotations

import math
import random
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camb_tui.domain.schedule import (
    CAP,
    Expectation,
    KindPrior,
    Observation,
    learn,
    left,
    next_poll,
    priority,
    quantile,
)
from tests.benchmarks.polling_truths import adaptive, exactly, guide_backoff

PRIOR = KindPrior(20.0, 0.6)
seconds = st.floats(0.0, 1e6, allow_nan=False)
observations = st.lists(
    st.builds(
        lambda begin, gap, size: Observation(begin, begin + gap, size),
        seconds,
        seconds,
        st.none() | st.floats(0.1, 1e7),
    ),
    max_size=25,
)
prices = st.floats(1e-3, 1e3)


def log_normal(median: float, sigma: float, count: int, seed: int = 1) -> Expectation:
    """What is learned from so many exact durations."""
    rng = random.Random(seed)
    return learn(exactly([rng.lognormvariate(math.log(median), sigma) for _ in range(count)]), PRIOR)


@settings(max_examples=60, deadline=None)
@given(observations, seconds, prices, st.none() | st.floats(0.1, 1e7))
def test_next_poll_keeps_floor_and_cap_whatever_was_seen(
    seen: list[Observation], elapsed: float, price: float, size: float | None
) -> None:
    """Durations come from a service and a disk; neither may make us ask too often, or never again."""
    at = next_poll(learn(seen, PRIOR), elapsed, size=size, delay_price=price, floor=2.0, cap=300.0)
    assert elapsed + 2.0 <= at <= elapsed + 300.0


@settings(max_examples=60, deadline=None)
@given(observations, seconds, prices, st.floats(1.0, 100.0))
def test_a_higher_price_of_delay_never_asks_later(
    seen: list[Observation], elapsed: float, price: float, times: float
) -> None:
    """The price is the user's: more of it must mean less waiting."""
    expectation = learn(seen, PRIOR)
    cheap, dear = (next_poll(expectation, elapsed, delay_price=at) for at in (price, price * times))
    assert dear <= cheap * (1.0 + 1e-9)


def test_without_history_it_is_the_backoff_of_the_guide() -> None:
    """Nobody may be worse off than by the service's own advice."""
    polls = islice(adaptive(learn([], PRIOR), 1.7)(), 12)
    assert list(polls) == pytest.approx(list(islice(guide_backoff(), 12)))


def test_tasks_that_are_still_live_are_no_history() -> None:
    """From them alone nothing is known of an end."""
    assert learn([Observation(5.0, math.inf)] * 3, PRIOR).known == 0


@pytest.mark.parametrize(
    "broken",
    [
        Observation(math.nan, 5.0),
        Observation(1.0, math.nan),
        Observation(0.0, 0.0),
        Observation(3.0, -1.0),
        Observation(0.0, math.inf),
        Observation(1.0, 1e300),
    ],
)
def test_observations_that_make_no_sense_are_passed_over(broken: Observation) -> None:
    """A clock that jumped must not spoil what is known."""
    good = exactly([30.0, 40.0, 50.0])
    assert learn([*good, broken], PRIOR) == learn(good, PRIOR)


def test_time_goes_on_even_without_a_floor() -> None:
    """A schedule that stood still would ask for ever."""
    polls = list(islice(adaptive(log_normal(4.0, 0.01, 50), 1e6, floor=0.0)(), 50))
    assert all(then > at for at, then in pairwise(polls))


def test_nothing_but_the_cap_makes_us_ask_when_delay_costs_nothing() -> None:
    """A price of 0 is a valid wish."""
    assert next_poll(log_normal(40.0, 0.5, 50), 10.0, delay_price=0.0) == 10.0 + CAP


def test_it_does_not_ask_before_anything_can_have_ended_and_asks_often_when_much_may_have() -> None:
    """This is what is gained over the backoff."""
    polls = list(islice(adaptive(log_normal(300.0, 0.2, 100), 1.0)(), 5))
    gaps = [then - at for at, then in pairwise(polls)]
    assert 150.0 < polls[0] < 300.0
    assert max(gaps) < polls[0] / 4.0


def test_between_two_humps_it_waits() -> None:
    """After the short ones are done there is nothing to ask for until the long ones may be."""
    rng = random.Random(5)
    durations = [rng.lognormvariate(math.log(median), 0.2) for median in (10.0, 200.0) for _ in range(60)]
    polls = list(islice(adaptive(learn(exactly(durations), PRIOR), 1.0)(), 12))
    assert not [at for at in polls if 25.0 < at < 80.0]
    assert [at for at in polls if at < 12.0]


def test_priority_is_one_when_the_forgiving_rule_would_ask() -> None:
    """One measure for one task's schedule and for whom to ask first."""
    expectation = log_normal(40.0, 0.5, 100)
    due = next(at / 10.0 for at in range(1, 2_000) if priority(expectation, 0.0, at / 10.0, delay_price=1.0) >= 1.0)
    assert next_poll(expectation, 0.0, delay_price=1.0) == pytest.approx(due, rel=0.25)
    assert priority(expectation, 30.0, 30.0) == 0.0
    assert priority(expectation, 20.0, 40.0) < priority(expectation, 20.0, 50.0)


def test_priority_without_history_is_one_when_the_backoff_would_ask() -> None:
    """So kinds with and without history can share one budget."""
    assert priority(learn([], PRIOR), 2.0, 5.0) == pytest.approx(1.0)


def test_half_of_the_tasks_are_done_by_the_time_left() -> None:
    """This is what an estimate on a row claims."""
    rng = random.Random(9)
    expectation = log_normal(40.0, 0.6, 400)
    later = [d for d in (rng.lognormvariate(math.log(40.0), 0.6) for _ in range(20_000)) if d > 30.0]
    by_then = sum(d <= 30.0 + left(expectation, 30.0) for d in later) / len(later)
    assert by_then == pytest.approx(0.5, abs=0.05)


def test_before_any_history_estimates_are_the_priors() -> None:
    """A first task still deserves a guess."""
    expectation = learn([], KindPrior(120.0, 0.6))
    assert left(expectation, 0.0) == pytest.approx(120.0, rel=0.02)
    assert quantile(expectation, 0.95) == pytest.approx(120.0 * math.exp(1.645 * 0.6), rel=0.03)


def test_quantiles_follow_what_was_seen() -> None:
    """Past its p95 a task takes longer than usual."""
    expectation = log_normal(300.0, 0.8, 300)
    assert quantile(expectation, 0.5) == pytest.approx(300.0, rel=0.15)
    assert quantile(expectation, 0.95) == pytest.approx(300.0 * math.exp(1.645 * 0.8), rel=0.25)
    assert quantile(expectation, 0.0) == 0.0
    with pytest.raises(ValueError, match="p must be"):
        quantile(expectation, 1.0)
