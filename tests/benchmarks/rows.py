"""The figures that are to be reached: what is measured, against which reference of the same round, and the goal."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tests.benchmarks.figures import Figure, figure_of
from tests.benchmarks.scenarios import Values

Round = Mapping[str, Values]
"""The values of one round by scenario."""


class Measure(enum.Enum):
    """How ours is held against the goal."""

    RATIO = "x"
    """Ours by the reference."""
    PLAIN = ""
    """Ours alone."""
    BEYOND = "+"
    """Ours less the reference."""


class Row(NamedTuple):
    """One line of the table."""

    name: str
    title: str
    ours: tuple[str, str]
    """Scenario, and which of its values."""
    unit: str
    goal: float | None
    """At most so much; None where there is no goal."""
    reference: tuple[str, str] | None = None
    measure: Measure = Measure.PLAIN
    is_optional: bool = False
    """Left out unless it is asked for by name."""

    @property
    def scenarios(self) -> set[str]:
        """What must be run for it."""
        return {self.ours[0], *([self.reference[0]] if self.reference else [])}


class Judged(NamedTuple):
    """A row with what was measured."""

    row: Row
    ours: Figure
    reference: Figure | None
    measured: Figure
    """In the goal's terms: the ratio, the difference or ours itself."""

    @property
    def is_met(self) -> bool | None:
        return None if self.row.goal is None else self.measured.median <= self.row.goal


def _ratio(name: str, title: str, ours: tuple[str, str], unit: str, goal: float, reference: tuple[str, str]) -> Row:
    return Row(name, title, ours, unit, goal, reference, Measure.RATIO)


def _beyond(name: str, title: str, ours: tuple[str, str], unit: str, goal: float, reference: tuple[str, str]) -> Row:
    return Row(name, title, ours, unit, goal, reference, Measure.BEYOND)


_PAINT = ("R", "painted")
ROWS: tuple[Row, ...] = (
    _ratio("start-100", "start to 100 tasks on the screen", ("start 100", "seen"), "ms", 1.2, _PAINT),
    _ratio("start-1000", "start to 1,000 tasks on the screen", ("start 1000", "seen"), "ms", 1.25, _PAINT),
    _ratio("start-10000", "start to 10,000 tasks on the screen", ("rest", "seen"), "ms", 1.4, _PAINT),
    Row(
        "start-100000", "start to 100,000 tasks on the screen", ("start 100000", "seen"), "ms", 4.0, _PAINT,
        Measure.RATIO, is_optional=True,
    ),
    _ratio("key-p50", "key to repaint at rest, p50, 10,000 tasks", ("rest", "p50"), "ms", 1.2, ("K", "p50")),
    _ratio("key-p95", "key to repaint at rest, p95, 10,000 tasks", ("rest", "p95"), "ms", 1.4, ("K", "p95")),
    _ratio("key-load", "key to repaint under 100 changes/s, p50", ("load", "p50"), "ms", 1.4, ("K", "p50")),
    _ratio("cpu-load", "CPU under 100 changes/s, 10,000 rows", ("load", "cpu"), "%", 1 / 20, ("D", "cpu")),
    _ratio("cpu-rest", "CPU at rest, nothing live, 10,000 tasks", ("rest", "cpu"), "%", 1.5, ("R", "cpu")),
    Row("cpu-live", "CPU with 500 live tasks", ("live", "cpu"), "%", 3.0),
    _ratio("memory", "peak memory, 10,000 tasks, HTTP loaded", ("live", "peak"), "MiB", 2.0, ("R", "peak")),
    Row("save", "one change saved: stall added, p95", ("saving", "added_p95"), "ms", 1.5),
    Row("tidy", "10,000 tasks tidied: longest stall", ("saving", "tidy_max"), "ms", None),
    _beyond("filter", "a filter key beyond a plain key, p50", ("rest", "filter_p50"), "ms", 33, ("rest", "p50")),
    _beyond("filter-max", "slowest filter key beyond a plain key", ("rest", "filter_max"), "ms", 33, ("rest", "p50")),
    Row("wire-rest", "bytes at rest, 20 live tasks, none changes", ("live at rest", "bytes"), "B", 0),
    Row("wire-row", "bytes of one task settled, counts included", ("one change", "row_bytes"), "B", 400),
    Row("wire-load", "bytes/s under 100 changes/s, 10,000 rows", ("load", "bytes_per_second"), "B/s", 1_000),
    Row("wire-cursor", "bytes of cursor down, 120 columns", ("rest", "bytes"), "B", 5 * 120),
    Row("wire-start", "bytes of a start at 120x40", ("rest", "start_bytes"), "B", 45_000),
    Row("wire-start-80", "bytes of a start at 80x24", ("narrow", "start_bytes"), "B", 25_000),
    Row("wire-question", "bytes of a question asked and answered", ("one change", "question_bytes"), "B", 1_000),
)  # fmt: skip


def judge(row: Row, rounds: Sequence[Round]) -> Judged:
    """The row over all rounds; ratios and differences are taken within each."""
    ours = [round_[row.ours[0]][row.ours[1]] for round_ in rounds]
    if row.reference is None:
        return Judged(row, figure_of(ours), None, figure_of(ours))
    reference = [round_[row.reference[0]][row.reference[1]] for round_ in rounds]
    pairs = list(zip(ours, reference, strict=True))
    held = [a / b if row.measure is Measure.RATIO else a - b for a, b in pairs]
    return Judged(row, figure_of(ours), figure_of(reference), figure_of(held))
