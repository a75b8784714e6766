"""How the figures are shown: a table to read, and JSON to keep."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import textual

from tests.benchmarks.rows import Judged, Measure, Round

_HEADER = ("row", "what", "ours", "reference", "measured", "95 %", "goal", "")


def table(judged: Sequence[Judged]) -> str:
    """One line a row: ours, the reference of the same rounds, ratio, interval, goal, and whether it is met."""
    lines = [_HEADER, *map(_cells, judged)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at in (0, 1, 7) else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(one: Judged) -> tuple[str, ...]:
    row, sign = one.row, one.row.measure.value
    unit = "" if row.measure is Measure.RATIO else f" {row.unit}"
    has_reference = one.reference is not None and row.reference is not None
    reference = f"{row.reference[0]} {_number(one.reference.median)}" if has_reference else "-"  # type: ignore[index,union-attr]  # both are there
    return (
        row.name,
        row.title,
        f"{_number(one.ours.median)} {row.unit}",
        reference,
        f"{sign}{_number(one.measured.median)}",
        f"{_number(one.measured.low)} .. {_number(one.measured.high)}",
        f"<= {sign}{_number(row.goal)}{unit}" if row.goal is not None else "-",
        _verdict(one),
    )


def _verdict(one: Judged) -> str:
    if one.is_met is None or one.row.goal is None:
        return ""
    if one.is_met:
        return "met"
    by = one.measured.median - one.row.goal
    share = f" ({by / one.row.goal:.0%})" if one.row.goal else ""
    return f"missed by {_number(by)}{share}"


def _number(value: float) -> str:
    size = abs(value)
    if size and size < 1:
        return f"{value:.3f}"
    return f"{value:.2f}" if size < 10 else f"{value:.1f}" if size < 100 else f"{value:,.0f}"


def document(judged: Iterable[Judged], rounds: Sequence[Round]) -> dict[str, Any]:  # JSON
    """Everything that was measured, with what it was measured on."""
    return {
        "python": platform.python_version(),
        "textual": textual.__version__,
        "platform": sys.platform,
        "rounds": len(rounds),
        "rows": [
            {
                "name": one.row.name,
                "title": one.row.title,
                "unit": one.row.unit,
                "ours": one.ours._asdict(),
                "reference": one.reference._asdict() if one.reference is not None else None,
                "reference_is": one.row.reference[0] if one.row.reference is not None else None,
                "measure": one.row.measure.name.lower(),
                "measured": one.measured._asdict(),
                "goal": one.row.goal,
                "met": one.is_met,
            }
            for one in judged
        ],
        "values": list(rounds),
    }
