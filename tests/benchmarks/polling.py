"""The command: `python -m tests.benchmarks.polling` compares polling schedules with the optimum, and prints the table.

Costs are exact for a given schedule; what was learned is averaged over seeds. Nothing is timed, so any machine gives
the same figures. The price of delay is the one at which the optimum makes as many requests as the guide's backoff.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from camb_tui.domain.schedule import FLOOR, Expectation, KindPrior, Observation, learn
from tests.benchmarks.polling_budget import Delays, by_priority, jobs, round_robin
from tests.benchmarks.polling_optimum import Optimum, optimum, price_for
from tests.benchmarks.polling_poller import by_poller
from tests.benchmarks.polling_truths import (
    LogNormal,
    Mixture,
    Pareto,
    Schedule,
    Truth,
    adaptive,
    between_polls,
    cost,
    every,
    exactly,
    guide_backoff,
    measure,
)

KINDS: dict[str, Truth] = {
    "tts": LogNormal(4.0, 0.5),
    "translation": LogNormal(3.0, 0.5),
    "transcription": LogNormal(40.0, 0.7),
    "dubbing": LogNormal(300.0, 0.8),
    "story": LogNormal(120.0, 0.6),
}
TRUTHS: dict[str, Truth] = {
    **KINDS,
    "two humps": Mixture((0.6, LogNormal(10.0, 0.3)), (0.4, LogNormal(120.0, 0.4))),
    "three humps": Mixture((0.4, LogNormal(6.0, 0.25)), (0.3, LogNormal(40.0, 0.3)), (0.3, LogNormal(300.0, 0.3))),
    "heavy tail": Pareto(15.0, 1.5),
    "rare stragglers": Mixture((0.95, LogNormal(30.0, 0.4)), (0.05, Pareto(120.0, 1.3))),
    "very wide": LogNormal(60.0, 1.5),
}
GOALS = {**dict.fromkeys(KINDS, (4.0, 2.5)), "two humps": (12.0, 8.0)}
"""Percent above the optimum after 20 and 50 durations; 2 more where these are known only between polls."""
PRIOR = KindPrior(20.0, 0.6)
"""The same for all: nothing in the figures comes from knowing a kind beforehand."""
PLAIN: dict[str, Schedule] = {
    "fixed 2 s": every(2.0),
    "fixed 5 s": every(5.0),
    "SDK README (0, 5, 10, ...)": every(5.0, 0.0),
    "backoff of the guide": guide_backoff,
}
ARRIVALS = (
    ("all kinds over time, 10/s", KINDS, 10.0, {2_000: 0.35, 10_000: 0.45}),
    ("all kinds at once", KINDS, None, {2_000: 0.55, 10_000: 0.85}),
    ("dubbing at once", {"dubbing": KINDS["dubbing"]}, None, {2_000: 1.0, 10_000: 1.0}),
)

_CHANCE = 0.02
"""Of a ratio of delays: whom of equals the budget reaches first differs between policies, and is chance."""


class Figures(NamedTuple):
    """One line: what is asked and waited with the floor, and percent above the optimum without and with it."""

    requests: float
    delay: float
    above: float
    above_floored: float
    worst: float
    """Of the seeds, floored."""


class Yardstick(NamedTuple):
    """What a truth is measured by."""

    truth: Truth
    price: float
    free: Optimum
    floored: Optimum


History = Callable[[Yardstick, random.Random, int], list[Observation]]
"""So many past tasks."""


def known_exactly(by: Yardstick, rng: random.Random, count: int) -> list[Observation]:
    """As if every end had been seen."""
    return exactly([by.truth.draw(rng) for _ in range(count)])


def known_by_backoff(by: Yardstick, rng: random.Random, count: int) -> list[Observation]:
    """Ends between two polls of the guide's backoff."""
    return [between_polls(by.truth.draw(rng), guide_backoff) for _ in range(count)]


def known_by_itself(by: Yardstick, rng: random.Random, count: int) -> list[Observation]:
    """Ends between two polls of what was learned from the tasks before, as in real life; starts with nothing."""
    seen: list[Observation] = []
    expectation = learn(seen, PRIOR)
    for at in range(count):
        seen.append(between_polls(by.truth.draw(rng), adaptive(expectation, by.price)))
        if at < 10 or at % 5 == 0:
            expectation = learn(seen, PRIOR)
    return seen


def yardstick(truth: Truth) -> Yardstick:
    """The optimum with and without the floor, at the price that makes it ask as often as the guide's backoff."""
    price = price_for(truth, measure(truth, guide_backoff)[0])
    return Yardstick(truth, price, optimum(truth, price), optimum(truth, price, gap=FLOOR))


def plain_figures(by: Yardstick, schedule: Schedule) -> Figures:
    """Of a schedule that learns nothing."""
    requests, delay = measure(by.truth, schedule)
    spent = requests + by.price * delay
    floored = 100.0 * (spent / by.floored.cost - 1.0)
    return Figures(requests, delay, 100.0 * (spent / by.free.cost - 1.0), floored, floored)


def learned_figures(by: Yardstick, history: History, count: int, seeds: int) -> Figures:
    """Of the adaptive schedule after so many observations, averaged over seeds."""
    lines = [
        _learned(by, learn(history(by, random.Random(1_000 * seed + count), count), PRIOR)) for seed in range(seeds)
    ]
    means = [statistics.fmean(column) for column in zip(*lines, strict=True)]
    return Figures(means[0], means[1], means[2], means[3], max(line[3] for line in lines))


def _learned(by: Yardstick, expectation: Expectation) -> tuple[float, float, float, float]:
    requests, delay = measure(by.truth, adaptive(expectation, by.price, floor=FLOOR))
    free, late = measure(by.truth, adaptive(expectation, by.price, floor=0.0))
    above = (free + by.price * late) / by.free.cost - 1.0
    return requests, delay, 100.0 * above, 100.0 * ((requests + by.price * delay) / by.floored.cost - 1.0)


def show_truth(name: str, seeds: int) -> bool:
    """Print one truth's table; whether its goals are met."""
    by = yardstick(TRUTHS[name])
    goals = GOALS.get(name)
    print(f"\n{name}: mean {by.truth.mean:.1f} s, price {by.price:.3f}")
    print(f"  {'schedule':<47}{'requests':>9}{'delay s':>9}{'above':>9}{'floored':>9}{'worst':>9}{'goal':>8}")
    for label, schedule in PLAIN.items():
        _line(label, plain_figures(by, schedule), None)
    backoff = plain_figures(by, guide_backoff)
    rows: list[tuple[str, History, int, float | None]] = [
        ("nothing known", known_exactly, 0, max(backoff.above, backoff.above_floored)),
        ("20 durations", known_exactly, 20, goals and goals[0]),
        ("50 durations", known_exactly, 50, goals and goals[1]),
        ("200 durations", known_exactly, 200, None),
        ("20 known between the backoff's polls", known_by_backoff, 20, goals and goals[0] + 2.0),
        ("50 known between the backoff's polls", known_by_backoff, 50, goals and goals[1] + 2.0),
        ("20 known between its own polls", known_by_itself, 20, goals and goals[0] + 2.0),
        ("50 known between its own polls", known_by_itself, 50, goals and goals[1] + 2.0),
    ]
    met = True
    for label, history, count, goal in rows:
        figures = learned_figures(by, history, count, seeds if count else 1)
        _line(f"adaptive, {label}", figures, goal)
        met = met and (goal is None or max(figures.above, figures.above_floored) <= goal)
    for label, best in (("optimum", by.free), ("optimum that keeps the floor", by.floored)):
        above = 100.0 * (best.cost / by.free.cost - 1.0)
        print(f"  {label:<47}{best.requests:>9.2f}{best.delay:>9.2f}{above:>8.1f}%")
    return met


def _line(label: str, figures: Figures, goal: float | None) -> None:
    shares = "".join(f"{value:>8.1f}%" for value in figures[2:])
    aim = "" if goal is None else f"{goal:>7.1f}%"
    print(f"  {label:<47}{figures.requests:>9.2f}{figures.delay:>9.2f}{shares}{aim}")


def show_sizes(seeds: int) -> None:
    """Inputs of many sizes: durations are wide until the size is known."""
    sizes = [400.0 * 1.5**step for step in range(8)]
    by_size = {size: LogNormal(10.0 * (size / 400.0) ** 0.9, 0.3) for size in sizes}
    blind = yardstick(Mixture(*((1.0 / len(sizes), truth) for truth in by_size.values())))
    best = statistics.fmean(optimum(truth, blind.price).cost for truth in by_size.values())
    print(f"\ninputs of many sizes: price {blind.price:.3f}, cost of the optimum {best:.2f} with the size known,")
    plain = cost(blind.truth, guide_backoff, blind.price)
    print(f"  {blind.free.cost:.2f} without it, of the guide's backoff {plain:.2f}")
    for count in (20, 50, 200):
        spent: dict[bool, list[float]] = {False: [], True: []}
        for seed in range(seeds):
            rng = random.Random(1_000 * seed + count)
            drawn = [(size, by_size[size].draw(rng)) for size in rng.choices(sizes, k=count)]
            known = learn([between_polls(seconds, guide_backoff, size) for size, seconds in drawn], PRIOR)
            for told, costs in spent.items():
                costs.append(_mean_cost(by_size, known, blind.price, told=told))
        shown = ", ".join(
            f"{statistics.fmean(costs):.2f} {'with' if told else 'without'} the size" for told, costs in spent.items()
        )
        print(f"  adaptive, {count} known between polls: {shown}")


def _mean_cost(by_size: Mapping[float, Truth], known: Expectation, price: float, *, told: bool) -> float:
    return statistics.fmean(
        cost(truth, adaptive(known, price, size=size if told else None), price) for size, truth in by_size.items()
    )


def show_budget(counts: Sequence[int]) -> bool:
    """Print what one budget of 10 requests/s does to many tasks; whether the goals are met."""
    print(
        "\nlimited to 10 requests/s: delay mean / p95 (requests per task), and the mean against round-robin's;\n"
        "rule: each second the highest priorities; poller: the program's own in virtual time, at a price that spends\n"
        "as much of the rate as round-robin does, and at the usual one of 1, which saves requests that gain little;\n"
        "50 durations a kind known between polls, or nothing"
    )
    rng = random.Random(1)
    known = {name: [between_polls(truth.draw(rng), guide_backoff) for _ in range(50)] for name, truth in KINDS.items()}
    learned = {name: learn(observations, PRIOR) for name, observations in known.items()}
    met = True
    for count in counts:
        for label, truths, per_second, goals in ARRIVALS:
            tasks = jobs(count, truths, per_second=per_second, seed=1)
            plain = round_robin(tasks)
            goal = goals.get(count)
            print(f"  {count} tasks, {label}" + (f"; goal {goal:.2f}" if goal is not None else ""))
            _delays("round-robin", plain, plain)
            for name, ours in (
                ("rule", by_priority(tasks, learned)),
                ("poller", by_poller(tasks, known, delay_price=10.0)),
                ("poller, usual price", by_poller(tasks, known)),
                ("the same, nothing known", by_poller(tasks, {})),
            ):
                _delays(name, ours, plain)
                if goal is not None and name in ("rule", "poller"):
                    met = met and ours.mean / plain.mean <= goal + _CHANCE
    return met


def _delays(name: str, found: Delays, plain: Delays) -> None:
    figures = f"{found.mean:7.1f} / {found.p95:7.1f} s ({found.requests:5.2f})"
    print(f"    {name:<24}{figures}  {found.mean / plain.mean:5.2f}", flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 where every goal is met, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.polling", description=__doc__)
    parser.add_argument("--only", action="append", default=[], choices=[*TRUTHS, "sizes", "limited"], metavar="NAME")
    parser.add_argument("--seeds", type=int, default=40, help="random histories that are averaged (default 40)")
    parser.add_argument("--tasks", type=int, nargs="*", default=[2_000, 10_000], help="limited: tasks in flight")
    options = parser.parse_args(argv)
    wanted = options.only or [*TRUTHS, "sizes", "limited"]
    print(
        "above: cost above the optimum, both without a floor; floored: both with 2 s between polls; worst of the seeds"
    )
    met = [show_truth(name, options.seeds) for name in TRUTHS if name in wanted]
    if "sizes" in wanted:
        show_sizes(options.seeds)
    if "limited" in wanted:
        met.append(show_budget(options.tasks))
    print("\nall goals met" if all(met) else "\nGOALS MISSED")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
