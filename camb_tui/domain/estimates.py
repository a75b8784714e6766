"""Estimates over many live tasks: the time by which all of them will have ended, with even odds.

Each was last seen live at some age, and how long its kind takes is an expectation; nothing more is known of it. So the
chance that all have ended by a time is the product of the chances that each has, and the estimate is where it is half.
The latest of the tasks' own estimates would be early: of a hundred tasks with even odds each, about half come later.

But the tasks of a kind are not independent as long as little is known of the kind: if one takes longer than all before
it, others will. With a share of them still live that was learned from N, as Beta distributions are, m tasks have all
ended with a chance of B(a, b + m) / B(a, b), where a + b = N + 1. Without that, two hundred tasks after fifty would be
expected much too late, because each would bring the doubt anew.

Pure. `schedule` estimates one task; the services say which tasks count.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from camb_tui.domain.expectation import Expectation, Table

__all__ = ["Awaited", "all_done"]

_FEW = 200
"""So many tasks are taken one by one; more are grouped, so that ten thousand cost little more."""
_SCALE_STEP = 0.1
"""Of the logarithm of the time a task takes for its size: within a step tasks are alike."""
_BEGIN_STEP = 0.05
"""Of the time the kind takes by half: tasks submitted within a step are alike."""
_NEARLY_NONE = 1e-12
_CLOSE = 0.002
"""Share of the time ahead to which the estimate is found."""
_ROUNDS = 60


class Awaited(NamedTuple):
    """A live task."""

    expectation: Expectation
    begin: float
    """When it was submitted, or will be; seconds since the epoch."""
    seen: float = 0.0
    """Its age when it was last seen live, in seconds."""
    size: float | None = None


class _Group(NamedTuple):
    """Tasks so alike that they count as the same one several times."""

    expectation: Expectation
    table: Table
    members: int
    begin: float
    scale: float
    weight: float
    """One by the share of such tasks that live as long as these were seen to, on average."""

    def live_at(self, time: float) -> float:
        """The chance that one of them is still live."""
        return self.weight * self.table.survival_at(max(0.0, time - self.begin) / self.scale)

    def until(self, chance: float) -> float:
        """When the chance that one of them is still live has fallen to this."""
        return self.begin + self.scale * self.table.time_of(chance / self.weight)


def all_done(awaited: Sequence[Awaited], *, chance: float = 0.5) -> float | None:
    """When all of these will have ended, with that chance; None where there are none."""
    if not awaited:
        return None
    groups = list(_grouped(awaited) if len(awaited) > _FEW else map(_alone, awaited))
    low = max(group.until(1.0 - chance) for group in groups)  # none can be better off with others to wait for
    each = -math.log(chance) / len(awaited)
    high = max(group.until(-math.expm1(-each)) for group in groups)  # each has its share of the doubt at most
    origin, wanted = min(group.begin for group in groups), math.log(chance)
    kinds: dict[int, list[_Group]] = {}
    for group in groups:
        kinds.setdefault(id(group.expectation), []).append(group)
    for _ in range(_ROUNDS):
        if high - low <= _CLOSE * (high - origin):
            break
        middle = (low + high) / 2.0
        if sum(_log_chance(alike, middle) for alike in kinds.values()) < wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def _log_chance(groups: Sequence[_Group], time: float) -> float:
    """Logarithm of the chance that all of these, of one kind, have ended."""
    total = some = squares = 0.0
    for group in groups:
        live = group.live_at(time)
        if live >= 1.0:
            return -math.inf
        total += group.members * math.log1p(-live)
        some += group.members * live
        squares += group.members * live * live
    if squares <= _NEARLY_NONE:
        return total
    count, live = some * some / squares, squares / some  # so many alike would have the same mean and spread
    return total + _shared_doubt(count, live, groups[0].expectation.known + 1.0)


def _shared_doubt(count: float, live: float, weight: float) -> float:
    """What it adds that `count` tasks share a chance that is known only as well as from `weight` observations."""
    rest = (1.0 - live) * weight
    shared = math.lgamma(rest + count) - math.lgamma(rest) + math.lgamma(weight) - math.lgamma(weight + count)
    return shared - count * math.log1p(-live)


def _alone(one: Awaited) -> _Group:
    table, scale = one.expectation.seen(one.size)
    return _Group(one.expectation, table, 1, one.begin, scale, _weight(table, one.seen / scale))


def _weight(table: Table, age: float) -> float:
    return 1.0 / max(_NEARLY_NONE, table.survival_at(max(0.0, age)))


def _grouped(awaited: Iterable[Awaited]) -> Iterable[_Group]:
    """Groups of tasks with about the same expectation that were submitted about at once."""
    medians: dict[int, float] = {}
    of: dict[int, tuple[Expectation, Table]] = {}
    sums: dict[tuple[int, int, int], list[float]] = {}
    for expectation, begin, seen, size in awaited:
        table, scale = expectation.seen(size)
        median = medians.get(id(table))
        if median is None:
            median = medians[id(table)] = table.time_of(0.5)
            of[id(table)] = (expectation, table)
        log_scale = math.log(scale)
        step = round(log_scale / _SCALE_STEP)
        width = _BEGIN_STEP * median * math.exp(step * _SCALE_STEP)
        found = sums.setdefault((id(table), step, round(begin / width)), [0.0, 0.0, 0.0, 0.0])
        found[0] += 1.0
        found[1] += begin
        found[2] += log_scale
        found[3] += _weight(table, seen / scale)
    for (table_id, _, _), (count, begins, logs, weights) in sums.items():
        yield _Group(*of[table_id], int(count), begins / count, math.exp(logs / count), weights / count)
