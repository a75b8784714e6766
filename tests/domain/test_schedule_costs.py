"""What the adaptive schedule costs on known distributions: exact for a schedule, over a few fixed histories."""

from __future__ import annotations

import math
import random
import statistics

import pytest

from camb_tui.domain.schedule import KindPrior, Observation, learn, next_poll, quantile
from tests.benchmarks.polling_optimum import optimum, price_for
from tests.benchmarks.polling_truths import (
    LogNormal,
    Mixture,
    Pareto,
    Truth,
    adaptive,
    between_polls,
    cost,
    every,
    exactly,
    guide_backoff,
    measure,
)

PRIOR = KindPrior(20.0, 0.6)
TWO_HUMPS = Mixture((0.6, LogNormal(10.0, 0.3)), (0.4, LogNormal(120.0, 0.4)))
THREE_HUMPS = Mixture((0.4, LogNormal(6.0, 0.25)), (0.3, LogNormal(40.0, 0.3)), (0.3, LogNormal(300.0, 0.3)))
HEAVY = Pareto(15.0, 1.5)


def above(truth: Truth, best: float, price: float, count: int, *, censored: bool) -> float:
    """Mean percent above the optimum after so many durations, the floor lifted on both sides."""
    costs = []
    for seed in range(8):
        rng = random.Random(seed)
        durations = [truth.draw(rng) for _ in range(count)]
        seen = [between_polls(duration, guide_backoff) for duration in durations] if censored else exactly(durations)
        costs.append(cost(truth, adaptive(learn(seen, PRIOR), price, floor=0.0), price))
    return 100.0 * (statistics.fmean(costs) / best - 1.0)


@pytest.mark.parametrize(
    ("truth", "goals"),
    [
        (LogNormal(4.0, 0.5), (4.0, 2.5)),
        (LogNormal(300.0, 0.8), (4.0, 2.5)),
        (TWO_HUMPS, (12.0, 8.0)),
        (THREE_HUMPS, (20.0, 10.0)),
        (HEAVY, (20.0, 8.0)),
    ],
    ids=["tts", "dubbing", "two humps", "three humps", "heavy tail"],
)
def test_learned_schedules_come_close_to_the_optimum(truth: Truth, goals: tuple[float, float]) -> None:
    """The promise of the strategy, with durations known exactly and only between two polls."""
    price = price_for(truth, measure(truth, guide_backoff)[0], cells=400)
    best = optimum(truth, price, cells=400).cost
    for count, goal in zip((20, 50), goals, strict=True):
        assert above(truth, best, price, count, censored=False) <= goal
        assert above(truth, best, price, count, censored=True) <= goal + 2.0


@pytest.mark.parametrize("truth", [LogNormal(4.0, 0.5), LogNormal(300.0, 0.8), TWO_HUMPS, HEAVY])
def test_without_history_it_costs_what_the_backoff_costs(truth: Truth) -> None:
    """On whatever the service does."""
    ours = cost(truth, adaptive(learn([], PRIOR), 1.7), 1.7)
    assert ours == pytest.approx(cost(truth, guide_backoff, 1.7))


def test_the_optimum_of_a_flat_stretch_is_known() -> None:
    """The yardstick itself: where few can have ended before, no constant interval beats it."""
    truth = LogNormal(40.0, 0.7)
    best = optimum(truth, 1.0)
    assert best.cost < min(cost(truth, every(step / 4.0), 1.0) for step in range(8, 120))
    assert best.cost < cost(truth, guide_backoff, 1.0)


def test_measured_costs_are_those_of_drawn_tasks() -> None:
    """The closed form against counting."""
    rng, truth = random.Random(3), TWO_HUMPS
    requests = waited = 0.0
    for _ in range(20_000):
        duration = truth.draw(rng)
        for time in guide_backoff():
            requests += 1
            if time >= duration:
                waited += time - duration
                break
    assert measure(truth, guide_backoff) == pytest.approx((requests / 20_000, waited / 20_000), rel=0.03)


def test_a_known_size_makes_one_hump_of_two() -> None:
    """Short and long inputs need not be waited for alike."""
    rng = random.Random(2)
    medians = {400.0: 10.0, 6_400.0: 120.0}
    seen = [
        between_polls(LogNormal(medians[size], 0.25).draw(rng), guide_backoff, size)
        for size in rng.choices(list(medians), k=60)
    ]
    known = learn(seen, PRIOR)
    for size, median in medians.items():
        assert quantile(known, 0.5, size) == pytest.approx(median, rel=0.25)
        truth = LogNormal(median, 0.25)
        told, untold = (cost(truth, adaptive(known, 1.7, size=at), 1.7) for at in (size, None))
        assert told < untold


def test_a_size_that_explains_nothing_is_not_followed() -> None:
    """A slope fitted to chance would make big inputs wait for nothing."""
    rng = random.Random(4)
    seen = [Observation(d, d, rng.lognormvariate(6.0, 1.0)) for d in (rng.lognormvariate(3.7, 0.5) for _ in range(60))]
    known = learn(seen, PRIOR)
    small, big = (next_poll(known, 0.0, size=size, delay_price=1.0) for size in (100.0, 2_000.0))
    assert small == pytest.approx(big, rel=0.15)


def test_one_unlucky_history_does_not_cost_many_times_the_optimum() -> None:
    """Three long tasks seen first must not make the short ones wait for minutes."""
    price = 1.7
    known = learn(exactly([110.0, 120.0, 130.0]), PRIOR)
    assert cost(TWO_HUMPS, adaptive(known, price), price) < 3.5 * optimum(TWO_HUMPS, price, cells=400).cost
    assert math.isfinite(quantile(known, 0.999))


@pytest.mark.parametrize(
    ("prior", "strange"),
    [
        (KindPrior(4.0, 0.5), 160.0),
        (KindPrior(4.0, 0.5), 2_000.0),
        (KindPrior(40.0, 0.7), 1.0),
        (KindPrior(300.0, 0.8), 3.0),
        (KindPrior(300.0, 0.8), 7_000.0),
    ],
)
def test_a_strange_first_task_costs_the_next_ones_hardly_more_than_the_backoff(
    prior: KindPrior, strange: float
) -> None:
    """Who sent one huge file first must not see the end of the small ones minutes late."""
    truth, price = LogNormal(prior.median, prior.sigma), 1.7
    plain = cost(truth, guide_backoff, price)
    assert cost(truth, adaptive(learn(exactly([strange]), prior), price), price) <= 1.1 * plain
