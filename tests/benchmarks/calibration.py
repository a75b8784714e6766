"""The command: `python -m tests.benchmarks.calibration` holds what the screen claims of live tasks against their ends.

A row that says about so long, a time by which all are done, and the age past which a task is long are claims about
chances; here tasks of known distributions are polled as the poller would, and the claims are counted. Nothing is timed
and everything is seeded, so any machine gives the same figures.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from camb_tui.domain.estimates import Awaited, all_done
from camb_tui.domain.schedule import Expectation, KindPrior, Observation, learn, left, quantile
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.timing import STUCK_AT
from camb_tui.ui.words import left_text
from tests.benchmarks.calibration_batch import Batch
from tests.benchmarks.calibration_laws import LAWS, PRICE, Law
from tests.benchmarks.polling_truths import adaptive, between_polls

PRIOR = KindPrior(20.0, 0.6)
BATCHES = (3, 30, 200)
"""Tasks in the batches whose end is foretold."""
WORDS = {"~30s": 30.0, "~1m": 60.0, "~2m": 120.0, "~3m": 180.0, "~5m": 300.0, "~10m": 600.0, "~15m": 900.0}
"""What a row may say, in seconds."""
BOUNDS = {50: (0.38, 0.62), 200: (0.42, 0.58)}
"""Shares done by then, by how many durations were known."""


_AGES = (0.5, 0.8, 1.2, 1.8, 2.5)
"""When a first batch is looked at, in medians of its durations."""


class Seen(NamedTuple):
    """A task as the screen has it at some time: `now` seconds after its submission, last seen live at `last`."""

    duration: float
    size: float | None
    now: float
    last: float


class Claim(NamedTuple):
    """How often a claim came true."""

    share: float
    number: int


class Report(NamedTuple):
    """What one law's claims were worth after so many durations."""

    left: Claim
    """Rows that had ended by the time they were expected to."""
    by_left: Mapping[float, Claim]
    """The same by what was left, in seconds: up to a third, up to its triple."""
    words: Mapping[str, Claim]
    """The same for the words of the table, taken at their word."""
    past_p95: Claim
    all_done: Mapping[int, Claim]
    """Batches that had ended by the time all were expected to, by how many tasks they had."""


def learned(law: Law, rng: random.Random, count: int) -> Expectation:
    """What is learned of so many tasks, each polled by what was learned of those before."""
    seen: list[Observation] = []
    expectation = learn(seen, PRIOR)
    for at in range(count):
        duration, size = law.draw(rng)
        seen.append(between_polls(duration, adaptive(expectation, PRICE, size=size), size))
        if at < 10 or at % 5 == 0:
            expectation = learn(seen, PRIOR)
    return learn(seen, PRIOR)


def on_screen(law: Law, known: Expectation, rng: random.Random, at: float) -> Seen | None:
    """A task at that time after its submission, if no poll has seen its end by then."""
    duration, size = law.draw(rng)
    last = 0.0
    for time in adaptive(known, PRICE, size=size)():
        if time > at:
            return Seen(duration, size, at, last)
        if time >= duration:
            return None
        last = time
    raise AssertionError("schedules do not end")


def report(law: Law, count: int, *, histories: int, rows: int, batches: int, seed: int = 1) -> Report:
    """Count the claims, over several histories of `count` durations and several rows and batches of each."""
    counted = _Counted()
    for history in range(histories):
        rng = random.Random(f"{seed} {count} {history}")
        known = learned(law, rng, count)
        horizon = quantile(known, 0.98, 400.0 if law.spread else None)
        for _ in range(rows):
            counted.row(law, known, rng, rng.uniform(0.0, horizon))
        for number in BATCHES:
            for _ in range(batches):
                counted.batch(law, known, rng, number, rng.uniform(0.0, horizon))
    return counted.report()


class _Counted:
    def __init__(self) -> None:
        self._left: list[bool] = []
        self._by_left: dict[float, list[bool]] = defaultdict(list)
        self._words: dict[str, list[bool]] = defaultdict(list)
        self._long: list[bool] = []
        self._batches: dict[int, list[bool]] = defaultdict(list)

    def row(self, law: Law, known: Expectation, rng: random.Random, at: float) -> None:
        duration, size = law.draw(rng)
        self._long.append(duration > quantile(known, STUCK_AT, size))
        seen = on_screen(law, known, rng, at)
        if seen is None or at >= quantile(known, STUCK_AT, seen.size):
            return
        expected = seen.last + left(known, seen.last, seen.size)
        is_done = seen.duration <= expected
        self._left.append(is_done)
        says = left_text(_row(expected), now=at)
        if says in WORDS:
            self._words[says].append(seen.duration <= at + WORDS[says])
        if expected > at:
            self._by_left[10.0 ** (round(2.0 * math.log10(max(1.0, expected - at))) / 2.0)].append(is_done)

    def batch(self, law: Law, known: Expectation, rng: random.Random, number: int, at: float) -> None:
        """Tasks submitted one after the other within a third of the time until the screen is looked at."""
        begins = [rng.uniform(-at / 3.0, 0.0) for _ in range(number)]
        shown = [(begin, on_screen(law, known, rng, at - begin)) for begin in begins]
        awaited = [
            (begin, seen)
            for begin, seen in shown
            if seen is not None and seen.now < quantile(known, STUCK_AT, seen.size)
        ]
        if awaited:
            expected = all_done([Awaited(known, begin, seen.last, seen.size) for begin, seen in awaited])
            assert expected is not None
            self._batches[number].append(max(begin + seen.duration for begin, seen in awaited) <= expected)

    def report(self) -> Report:
        return Report(
            _claim(self._left),
            {about: _claim(found) for about, found in sorted(self._by_left.items())},
            {word: _claim(self._words[word]) for word in WORDS if word in self._words},
            _claim(self._long),
            {number: _claim(found) for number, found in self._batches.items()},
        )


def _claim(found: Sequence[bool]) -> Claim:
    return Claim(statistics.fmean(found) if found else math.nan, len(found))


def _row(expected_at: float) -> Task:
    return Task(key="k", kind="tts", status=TaskStatus.PENDING, created_at=0.0, expected_at=expected_at)


def show(name: str, count: int, found: Report) -> bool:
    """Print one line of the table; whether its claims hold."""
    low, high = BOUNDS[count]
    print(f"\n{name}, {count} durations known")
    lines = [("rows that say how long", found.left), *_named("  about {:.0f} s left", found.by_left)]
    lines += _named("  all of {} done", found.all_done)
    met = True
    for label, claim in lines:
        is_met = claim.number < 200 or low <= claim.share <= high
        met = met and is_met
        print(f"  {label:<28}{claim.share:>8.3f}{claim.number:>9,}{'' if is_met else '  MISSED'}")
    for word, claim in found.words.items():
        print(f"  {'  says ' + word:<28}{claim.share:>8.3f}{claim.number:>9,}")
    print(f"  {'longer than p95':<28}{found.past_p95.share:>8.3f}{found.past_p95.number:>9,}")
    return met and 0.025 <= found.past_p95.share <= 0.08


def _named(words: str, claims: Mapping[float, Claim] | Mapping[int, Claim]) -> Iterator[tuple[str, Claim]]:
    return ((words.format(about), claim) for about, claim in claims.items())


def show_first_batch(name: str, count: int, seeds: int) -> None:
    """Print what the rows of a kind's first batch say, sent at once, as its tasks settle."""
    print(f"\n{name}, {count} sent at once, nothing known before: done by then, of rows that say how long (rows, long)")
    for label, censored in (("learned from all, live ones too", True), ("learned from settled ones alone", False)):
        looks: list[list[tuple[int, int, int, int]]] = [[] for _ in _AGES]
        for seed in range(seeds):
            batch = Batch(LAWS[name], count, seed=seed, censored=censored)
            for place, look in enumerate(batch.run([age * batch.median for age in _AGES])):
                looks[place].append(look)
        cells = []
        for age, found in zip(_AGES, looks, strict=True):
            _, said, done, long = (sum(column) for column in zip(*found, strict=True)) if found else (0, 0, 0, 0)
            share = f"{done / said:.2f}" if said else "   -"
            cells.append(f"{age:g}x: {share} ({said // seeds}, {long // seeds})")
        print(f"  {label:<33}" + "   ".join(cells))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 where every claim holds, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.calibration", description=__doc__)
    parser.add_argument("--only", action="append", default=[], choices=LAWS, metavar="LAW")
    parser.add_argument("--histories", type=int, default=40, help="pasts that are averaged (default 40)")
    parser.add_argument("--rows", type=int, default=400, help="rows looked at after each (default 400)")
    parser.add_argument("--batches", type=int, default=15, help="batches of each size after each (default 15)")
    parser.add_argument("--seeds", type=int, default=6, help="first batches of each size (default 6)")
    options = parser.parse_args(argv)
    print("share that had ended by the time that was shown, and of how many; a half is right")
    met = [
        show(name, count, report(law, count, histories=options.histories, rows=options.rows, batches=options.batches))
        for name, law in LAWS.items()
        if not options.only or name in options.only
        for count in BOUNDS
    ]
    for name in ("transcription", "by size", "two humps"):
        if not options.only or name in options.only:
            for count in (50, 200, 1_000):
                show_first_batch(name, count, options.seeds)
    print("\nall claims hold" if all(met) else "\nCLAIMS MISSED")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
