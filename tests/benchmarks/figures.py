"""Medians, quantiles, ratios per round and how sure we are of them."""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence
from typing import NamedTuple

_RESAMPLES = 2000


def quantile(values: Sequence[float], q: float) -> float:
    """The q-quantile, between neighbours by straight line."""
    ordered = sorted(values)
    at = q * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % bootstrap interval of the median; the same values always give the same interval."""
    draw = random.Random(1)
    medians = [statistics.median(draw.choices(values, k=len(values))) for _ in range(_RESAMPLES)]
    return quantile(medians, 0.025), quantile(medians, 0.975)


class Figure(NamedTuple):
    """The median over the rounds of one value, and between which bounds it lies."""

    median: float
    low: float
    high: float


def figure_of(values: Sequence[float]) -> Figure:
    """Median and interval of one value per round."""
    return Figure(statistics.median(values), *interval(values))


def ratios(ours: Sequence[float], reference: Sequence[float]) -> list[float]:
    """Ours against the reference of the same round, so that a machine's slow phase hits both."""
    return [a / b for a, b in zip(ours, reference, strict=True) if b]
