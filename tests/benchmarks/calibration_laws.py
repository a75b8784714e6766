"""Laws that durations follow in the calibration: of any size, or by size."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import NamedTuple

from tests.benchmarks.polling_truths import LogNormal, Mixture, Truth

PRICE = 1.0
"""Of a second of delay, in requests."""


class Law(NamedTuple):
    """How long tasks take: of any size, or by size."""

    of_size: Callable[[float], Truth]
    spread: float = 0.0
    """Of the logarithm of the size; 0 where the service is not told one."""

    def draw(self, rng: random.Random) -> tuple[float, float | None]:
        """A duration, and the size of its input where there is one."""
        size = rng.lognormvariate(math.log(400.0), self.spread) if self.spread else None
        return self.of_size(size or 1.0).draw(rng), size


def _always(truth: Truth) -> Law:
    return Law(lambda size: truth)


LAWS: dict[str, Law] = {
    "tts": _always(LogNormal(4.0, 0.5)),
    "transcription": _always(LogNormal(40.0, 0.7)),
    "dubbing": _always(LogNormal(300.0, 0.8)),
    "story": _always(LogNormal(120.0, 0.6)),
    "two humps": _always(Mixture((0.6, LogNormal(10.0, 0.3)), (0.4, LogNormal(120.0, 0.4)))),
    "by size": Law(lambda size: LogNormal(30.0 * (size / 400.0) ** 0.9, 0.3), 1.0),
    "by size, wide": Law(lambda size: LogNormal(120.0 * (size / 400.0) ** 0.6, 0.6), 1.0),
}
