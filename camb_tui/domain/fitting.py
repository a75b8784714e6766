"""Fitting: the distribution of durations that explains observations best, and how far to believe it.

Owns the arithmetic over a grid of log time; `learning` says what is observed. Durations are known only between two
polls, so every fit spreads an observation over the cells it covers (expectation-maximisation). Beliefs are
averaged by how well they explain what was seen:

- one log-normal, with a conjugate prior: right for most kinds, and best while little is known;
- two log-normals, or three where two are better than one: short and long inputs, a warm and a cold service;
- each of them with its hazards bent, bin by bin, to what was seen: any shape, once there are data for it.

Beside the first few observations the prior keeps a say, lest one strange task rules what is expected of all others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from camb_tui.domain.expectation import KindPrior, Table, tabled

_CELLS = 128
_MIDDLE_WEIGHT = 0.25
"""The prior's median counts as this share of one observation."""
_SHAPE = 2.0
"""Of the inverse gamma prior of the variance: as if it had been seen in four observations."""
_ROUNDS = 8
"""Most rounds of expectation-maximisation."""
_BIN = 4
"""Cells in a bin of hazards."""
_STRENGTHS = ((4.0, 0.1), (12.0, 0.2), (40.0, 0.2))
"""Observations that a bin's fitted hazard counts as, and the odds we give each; the rest is for an unbent fit."""
_LEAST_SAY = 1e-4
"""Beliefs with a smaller share of the odds are left out."""
_UNLIKE = 0.5
"""Chance, divided by observations + 1, that the next task is unlike all before it; spread evenly over log time."""
_BY_PRIOR = 2.0
"""Chance, divided by the square of that, that it goes by the prior: the first task may have been a strange one."""
_LEAST_BY_PRIOR = 0.02
"""From this on it is left out: after nine observations, that is, where it would only cost early requests."""
_BELOW, _ABOVE = 2.0, 2.5
"""Standard deviations of the prior about its median that the grid reaches."""
NARROWEST = 0.02
"""Least standard deviation of log duration."""


class Span(NamedTuple):
    """An observation in log time."""

    low: float
    high: float
    size: float | None
    """Logarithm of the size."""

    @property
    def middle(self) -> float:
        """A guess at where in it the end was."""
        if self.low == -math.inf:
            return self.high - 0.5
        return (self.low + self.high) / 2.0 if self.high < math.inf else self.low + 0.5


class _Grid(NamedTuple):
    start: float
    step: float
    middles: list[float]


class _Hump(NamedTuple):
    """One log-normal's share and its conjugate posterior (normal, inverse gamma)."""

    share: float
    middle: float
    weight: float
    shape: float
    rate: float

    @property
    def variance(self) -> float:
        """Most likely variance."""
        return self.rate / (self.shape + 0.5)


class _Belief(NamedTuple):
    """Mass per cell, and the log of its odds."""

    mass: list[float]
    odds: float


def assumed(prior: KindPrior) -> Table:
    """The prior as it stands."""
    middle, sigma = math.log(prior.median), max(prior.sigma, NARROWEST)
    step = 10.0 * sigma / _CELLS
    edges = [middle - 5.0 * sigma + step * at for at in range(_CELLS + 1)]
    live = [0.5 * math.erfc((edge - middle) / (sigma * math.sqrt(2.0))) for edge in edges]
    return tabled(edges[0], step, [1.0, *live[1:]])


def fit(spans: Sequence[Span], prior: KindPrior) -> Table:
    grid = _grid(spans, prior)
    counted = _counted(spans, grid)
    total = float(len(spans))
    one, one_counts = _settle([_hump(total, *moments([s.middle for s in spans]), prior, total)], counted, grid, prior)
    score = _score(one, counted, grid) - math.log(total)
    beliefs = _bent(_masses(one, grid), one_counts, score)
    if total >= 4.0:
        two, two_counts = _settle(_split(one_counts, grid, prior, total), counted, grid, _narrow(prior))
        two_score = _score(two, counted, grid) - 2.5 * math.log(total)
        beliefs += _bent(_masses(two, grid), two_counts, two_score)
        if two_score > score:
            start = _split_widest(two, two_counts, grid, prior, total)
            three, three_counts = _settle(start, counted, grid, _narrow(prior))
            three_score = _score(three, counted, grid) - 4.0 * math.log(total)
            beliefs += _bent(_masses(three, grid), three_counts, three_score)
    return tabled(grid.start, grid.step, _averaged(beliefs, total, _prior_mass(prior, grid)))


def _by_prior(total: float) -> float:
    """How far the prior is believed beside what was seen; nothing once that is too little to matter."""
    share = _BY_PRIOR / (total + 1.0) ** 2
    return share if share > _LEAST_BY_PRIOR else 0.0


def _narrow(prior: KindPrior) -> KindPrior:
    """A hump among others is narrower than a kind's whole range."""
    return prior._replace(sigma=0.6 * prior.sigma)


def moments(values: Sequence[float]) -> tuple[float, float]:
    mean = math.fsum(values) / len(values)
    return mean, math.fsum((value - mean) ** 2 for value in values)


def _grid(spans: Sequence[Span], prior: KindPrior) -> _Grid:
    """Cells over what was seen and what may come, fine enough for the narrowest hump that can be told."""
    middles = [span.middle for span in spans]
    hump = _hump(float(len(spans)), *moments(middles), prior, 1.0)
    reach = 5.0 * math.sqrt(hump.rate / hump.shape * (1.0 + 1.0 / hump.weight))
    margin = 1.5 + 2.0 / len(spans)
    low = min(min(middles) - 0.3, max(hump.middle - reach, min(middles) - margin))
    high = max(max(middles) + 0.3, min(hump.middle + reach, max(middles) + margin + 1.0))
    if _by_prior(len(spans)) > 0.0:
        low = min(low, math.log(prior.median) - _BELOW * prior.sigma)
        high = max(high, math.log(prior.median) + _ABOVE * prior.sigma)
    step = (high - low) / _CELLS
    return _Grid(low, step, [low + step * (at + 0.5) for at in range(_CELLS)])


def _counted(spans: Sequence[Span], grid: _Grid) -> list[tuple[int, int, float]]:
    """First cell, cell after the last one, and how many observations cover just these."""
    found: dict[tuple[int, int], float] = {}
    for low, high, _ in spans:
        width = high - low
        if width < grid.step:
            first = min(_CELLS - 1, max(0, int(((low + high) / 2.0 - grid.start) / grid.step)))
            last = first + 1
        else:
            first = 0 if low == -math.inf else min(_CELLS - 1, max(0, round((low - grid.start) / grid.step)))
            last = _CELLS if high == math.inf else round((high - grid.start) / grid.step)
            last = min(_CELLS, max(first + 1, last))
        found[first, last] = found.get((first, last), 0.0) + 1.0
    return [(first, last, count) for (first, last), count in found.items()]


def _spread(counted: Sequence[tuple[int, int, float]], mass: Sequence[float]) -> list[float]:
    """Observations per cell: each spread over what it covers, as `mass` has it there."""
    below = list(accumulate(mass, initial=0.0))
    change = [0.0] * (_CELLS + 1)
    counts = [0.0] * _CELLS
    for first, last, count in counted:
        if last - first == 1:
            counts[first] += count
            continue
        share = count / max(below[last] - below[first], 1e-12)
        change[first] += share
        change[last] -= share
    return [count + piece * cover for count, piece, cover in zip(counts, mass, accumulate(change), strict=False)]


def _hump(count: float, mean: float, squares: float, prior: KindPrior, total: float) -> _Hump:
    """The posterior after `count` of `total` observations with this mean and sum of squares about it."""
    weight = _MIDDLE_WEIGHT + count
    offset = mean - math.log(prior.median)
    rate = prior.sigma**2 * (_SHAPE - 1.0) + squares / 2.0
    rate += _MIDDLE_WEIGHT * count * min(offset * offset, 1.0) / (2.0 * weight)
    middle = mean - _MIDDLE_WEIGHT * offset / weight
    return _Hump(count / total, middle, weight, _SHAPE + count / 2.0, max(rate, NARROWEST**2))


def _normal(humps: Sequence[_Hump], grid: _Grid) -> list[list[float]]:
    """Mass per cell of each hump as its most likely log-normal."""
    parts = []
    for hump in humps:
        halved = -0.5 / hump.variance
        peak = hump.share * grid.step / math.sqrt(2.0 * math.pi * hump.variance)
        parts.append([peak * math.exp(halved * (at - hump.middle) ** 2) + 1e-12 for at in grid.middles])
    return parts


def _settle(
    humps: list[_Hump], counted: Sequence[tuple[int, int, float]], grid: _Grid, prior: KindPrior
) -> tuple[list[_Hump], list[float]]:
    """The humps that explain the observations best, and these spread over the cells accordingly."""
    total = math.fsum(count for _, _, count in counted)
    counts: list[float] = []
    for _ in range(_ROUNDS):
        parts = _normal(humps, grid)
        mass = [math.fsum(piece) for piece in zip(*parts, strict=True)] if len(parts) > 1 else parts[0]
        counts = _spread(counted, mass)
        before, humps = humps, []
        for part in parts:
            taken = [count * piece / whole for count, piece, whole in zip(counts, part, mass, strict=True)]
            humps.append(_gathered(taken, grid, prior, total, anchored=len(parts) == 1))
        moved = max(abs(a.middle - b.middle) + abs(a.share - b.share) for a, b in zip(before, humps, strict=True))
        if moved < 0.01:
            break
    return humps, counts


def _gathered(taken: Sequence[float], grid: _Grid, prior: KindPrior, total: float, *, anchored: bool) -> _Hump:
    """The hump of these counts; where it is not the only one, the prior's median says nothing about it."""
    count = math.fsum(taken) + 1e-9
    mean = math.fsum(share * at for share, at in zip(taken, grid.middles, strict=True)) / count
    squares = math.fsum(share * (at - mean) ** 2 for share, at in zip(taken, grid.middles, strict=True))
    near = prior if anchored else prior._replace(median=math.exp(mean))
    return _hump(count, mean, squares, near, total)


def _split(counts: Sequence[float], grid: _Grid, prior: KindPrior, total: float) -> list[_Hump]:
    """Two humps to start from: the cut that leaves the least variance within its sides (Otsu's threshold)."""
    below = list(accumulate(counts))
    sums = list(accumulate(count * at for count, at in zip(counts, grid.middles, strict=True)))
    best, cut = -1.0, _CELLS // 2
    for at in range(_CELLS - 1):
        left, right = below[at], below[-1] - below[at]
        if left < 0.5 or right < 0.5:
            continue
        apart = left * right * (sums[at] / left - (sums[-1] - sums[at]) / right) ** 2
        if apart > best:
            best, cut = apart, at
    near = _narrow(prior)
    sides = (
        [count if at <= cut else 0.0 for at, count in enumerate(counts)],
        [count if at > cut else 0.0 for at, count in enumerate(counts)],
    )
    return [_gathered(side, grid, near, total, anchored=False) for side in sides]


def _split_widest(
    humps: Sequence[_Hump], counts: Sequence[float], grid: _Grid, prior: KindPrior, total: float
) -> list[_Hump]:
    """The hump that explains least of its share is made two."""
    parts = _normal(humps, grid)
    widest = max(range(len(humps)), key=lambda at: humps[at].share * humps[at].variance)
    mass = [math.fsum(piece) for piece in zip(*parts, strict=True)]
    taken = [count * piece / whole for count, piece, whole in zip(counts, parts[widest], mass, strict=True)]
    return [hump for at, hump in enumerate(humps) if at != widest] + _split(taken, grid, prior, total)


def _score(humps: Sequence[_Hump], counted: Sequence[tuple[int, int, float]], grid: _Grid) -> float:
    """Log likelihood of the observations."""
    parts = _normal(humps, grid)
    below = list(accumulate((math.fsum(piece) for piece in zip(*parts, strict=True)), initial=0.0))
    return math.fsum(count * math.log(max(below[last] - below[first], 1e-12)) for first, last, count in counted)


def _masses(humps: Sequence[_Hump], grid: _Grid) -> list[float]:
    """Mass per cell, with the doubt about each hump's place and width in it (Student's t)."""
    mass = [0.0] * _CELLS
    for hump in humps:
        freedom = 2.0 * hump.shape
        variance = hump.rate / hump.shape * (1.0 + 1.0 / hump.weight)
        power = -(freedom + 1.0) / 2.0
        part = [(1.0 + (at - hump.middle) ** 2 / (variance * freedom)) ** power for at in grid.middles]
        norm = hump.share / math.fsum(part)
        mass = [whole + norm * piece for whole, piece in zip(mass, part, strict=True)]
    norm = 1.0 / math.fsum(mass)
    return [norm * piece for piece in mass]


def _bent(mass: list[float], counts: Sequence[float], odds: float) -> list[_Belief]:
    """The fit itself, and bent to what was seen: each bin's hazard with a beta prior about the fitted one.

    How well a bend explains the observations beyond the fit is its Bayes factor, so it is used as far as it is true.
    """
    beliefs = [_Belief(mass, odds + math.log(1.0 - sum(share for _, share in _STRENGTHS)))]
    bins = _bins(mass, counts)
    for strength, share in _STRENGTHS:
        factor = 0.0
        bent: list[float] = []
        live = 1.0
        for first, last, hazard, ended, at_risk in bins:
            a, b = strength * hazard, strength * (1.0 - hazard)
            stayed = at_risk - ended
            if at_risk > 0.01:
                factor += _log_beta(a + ended, b + stayed) - _log_beta(a, b)
                factor -= ended * math.log(hazard) + stayed * math.log1p(-hazard)
            bend = (ended + a) / (at_risk + strength)
            inside = math.fsum(mass[first:last])
            # Within a bin the shape is the fit's.
            bent += [live * bend * piece / inside for piece in mass[first:last]]
            live *= 1.0 - bend
        beliefs.append(_Belief(bent, odds + math.log(share) + factor))
    return beliefs


def _bins(mass: Sequence[float], counts: Sequence[float]) -> list[tuple[int, int, float, float, float]]:
    """Of each bin: its cells, the fitted hazard, how many ended in it, and how many reached it."""
    live, at_risk = 1.0, math.fsum(counts)
    bins = []
    for first in range(0, _CELLS, _BIN):
        inside, ended = math.fsum(mass[first : first + _BIN]), math.fsum(counts[first : first + _BIN])
        hazard = min(max(inside / max(live, 1e-12), 1e-9), 1.0 - 1e-9)
        bins.append((first, first + _BIN, hazard, min(ended, at_risk), at_risk))
        live -= inside
        at_risk = max(at_risk - ended, 0.0)
    return bins


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _prior_mass(prior: KindPrior, grid: _Grid) -> list[float]:
    """Mass per cell of the prior as it stands."""
    middle, sigma = math.log(prior.median), max(prior.sigma, grid.step)
    part = [math.exp(-0.5 * ((at - middle) / sigma) ** 2) for at in grid.middles]
    norm = 1.0 / max(math.fsum(part), 1e-12)
    return [norm * piece for piece in part]


def _averaged(beliefs: Sequence[_Belief], total: float, prior_mass: Sequence[float]) -> list[float]:
    """Survival at the cells' edges: each belief weighted by its odds, and a little left to what was never seen."""
    best = max(belief.odds for belief in beliefs)
    weights = [math.exp(max(belief.odds - best, -60.0)) for belief in beliefs]
    norm = 1.0 / math.fsum(weights)
    mass = [0.0] * _CELLS
    for weight, belief in zip(weights, beliefs, strict=True):
        if weight * norm > _LEAST_SAY:
            mass = [whole + weight * norm * piece for whole, piece in zip(mass, belief.mass, strict=True)]
    by_prior = _by_prior(total)
    if by_prior > 0.0:
        mass = [(1.0 - by_prior) * piece + by_prior * other for piece, other in zip(mass, prior_mass, strict=True)]
    unlike = _UNLIKE / (total + 1.0)
    mass = [(1.0 - unlike) * piece + unlike / _CELLS for piece in mass]
    above = list(accumulate(reversed(mass), initial=0.0))
    above.reverse()
    return [1.0, *(value / above[0] for value in above[1:])]
