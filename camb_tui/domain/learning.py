"""Learning: from past durations of a kind to what is expected of the next one.

Owns what is observed and how the input's size explains it: log duration goes with log size by a slope, shrunk by the
odds that there is one, and what remains is fitted like durations are. `fitting` owns the distributions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from camb_tui.domain.expectation import Expectation, KindPrior, Sized
from camb_tui.domain.fitting import NARROWEST, Span, assumed, fit, moments

_LEAST_SIZED, _LEAST_SPREAD, _LEAST_SLOPE = 5, 0.01, 0.03
"""Observations with a size, variance of their log size, and slope, below which size is not looked at."""
_SIZE_ROUNDS = 5
_SHORTEST, _LONGEST = 1e-3, 1e8
"""Seconds beyond which a time is a broken clock's; shorter ones are as good as none."""
_ROOT2, _ROOT_TAU = math.sqrt(2.0), math.sqrt(2.0 * math.pi)


class Observation(NamedTuple):
    """One settled task, in seconds since its submission: the end lies between the two times."""

    pending_until: float
    """Last seen live; 0 where it was never asked before."""
    settled_by: float
    """First seen settled; infinity where it is live as yet."""
    size: float | None = None
    """Of its input: characters, bytes or seconds, the same unit throughout the kind."""


def learn(observations: Sequence[Observation], prior: KindPrior) -> Expectation:
    """What these past tasks make us expect; those that make no sense are passed over."""
    spans = [span for span in map(_span, observations) if span is not None]
    if not spans:
        return Expectation(0, assumed(prior))
    known = sum(span.high < math.inf for span in spans)
    return Expectation(known, fit(spans, prior), _fit_sizes([s for s in spans if s.size is not None], prior))


def _span(seen: Observation) -> Span | None:
    begin, end, size = seen.pending_until, seen.settled_by, seen.size
    if not end > 0.0 or not begin < _LONGEST or _LONGEST < end < math.inf:
        return None
    if begin < _SHORTEST and end == math.inf:
        return None
    high = math.log(max(end, _SHORTEST))
    low = math.log(begin) if begin >= _SHORTEST else -math.inf
    return Span(min(low, high), high, math.log(size) if size is not None and 0.0 < size < math.inf else None)


def _fit_sizes(spans: Sequence[Span], prior: KindPrior) -> Sized | None:
    """How size explains duration, and what is left unexplained; None where it explains nothing worth following."""
    if len(spans) < _LEAST_SIZED:
        return None
    sizes = [span.size or 0.0 for span in spans]
    centre, spread = moments(sizes)
    if spread < _LEAST_SPREAD * len(spans):
        return None
    offsets = [size - centre for size in sizes]
    slope = _slope(spans, offsets, spread)
    if abs(slope) < _LEAST_SLOPE:
        return None
    shifted = [
        Span(span.low - slope * offset, span.high - slope * offset, None)
        for span, offset in zip(spans, offsets, strict=True)
    ]
    return Sized(fit(shifted, prior), slope, centre)


def _slope(spans: Sequence[Span], offsets: Sequence[float], spread: float) -> float:
    """Slope of log duration on log size, shrunk by the odds (by BIC) that there is one at all."""
    count = len(spans)
    middle, squares = moments([span.middle for span in spans])
    slope, variance, share = 0.0, squares / count + NARROWEST, 1.0
    for _ in range(_SIZE_ROUNDS):
        sigma = math.sqrt(variance)
        guesses = [_within(span, middle + slope * at, sigma) for span, at in zip(spans, offsets, strict=True)]
        middle, flat = moments([mean for mean, _ in guesses])
        doubt = math.fsum(left for _, left in guesses)
        slope = math.fsum(mean * at for (mean, _), at in zip(guesses, offsets, strict=True)) / (spread + variance)
        bent = max(flat - slope * slope * spread, 0.0)
        variance = (bent + doubt) / count + NARROWEST**2
        gain = 0.5 * count * math.log((flat + doubt + NARROWEST) / (bent + doubt + NARROWEST)) - 0.5 * math.log(count)
        share = 1.0 / (1.0 + math.exp(min(50.0, -gain)))
    return slope * share


def _within(span: Span, middle: float, sigma: float) -> tuple[float, float]:
    """Mean and variance of a normal that is known to lie in the span."""
    low, high = (span.low - middle) / sigma, (span.high - middle) / sigma
    inside = 0.5 * (math.erfc(low / _ROOT2) - math.erfc(high / _ROOT2))
    if high - low < 0.05 or inside < 1e-6:
        return span.middle, 0.0
    at_low, at_high = math.exp(-0.5 * low * low) / _ROOT_TAU, math.exp(-0.5 * high * high) / _ROOT_TAU
    shift = (at_low - at_high) / inside
    edges = (low * at_low if at_low > 0.0 else 0.0) - (high * at_high if at_high > 0.0 else 0.0)
    return middle + sigma * shift, sigma * sigma * max(0.0, 1.0 + edges / inside - shift * shift)
