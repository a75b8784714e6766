"""Durations: how long this user's tasks took, by kind, kept over restarts, and what that makes us expect.

A duration is known only between two polls. One line of JSON an observation, appended as it is made; a file with many is
made shorter when it is read. Losing it costs a few requests, so a disk that refuses is told of once and left alone.

What is learned from is a sample of the tasks submitted, settled or still live, that favours the later ones, and not the
newest to settle: of a batch sent at once the quick ones settle first, and from them alone the others seem nearly done
when they have only begun. Each task has a rank, the time of its submission plus a random part of its own; those of the
highest ranks are the sample (weights that fall with age, drawn without replacement: Efraimidis and Spirakis, 2006).
"""

from __future__ import annotations

import heapq
import math
import os
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from camb_tui.domain.kinds import KINDS
from camb_tui.domain.schedule import Expectation, KindPrior, Observation, learn

MOST = 200
"""Tasks of each kind that are learned from."""
MEMORY = 86_400.0
"""Seconds later that a task must be submitted to be learned from nearly three times as likely."""
LEARN_EVERY = 5
"""New observations after which the kind is learnt anew; sooner while few are known."""
FEW = 30
LONG = 5000
"""Lines from which the file is made shorter."""


class _Line(msgspec.Struct):
    kind: str
    pending_until: float
    settled_by: float
    size: float | None = None
    at: float = 0.0
    """When it was submitted."""


class Ranked(NamedTuple):
    """What is known of one task, with its claim to be learned from."""

    rank: float
    observation: Observation


def rank_of(key: str, submitted_at: float) -> float:
    """A task's claim to be learned from: the same whenever it is asked, and no matter how long the task takes."""
    draw = (zlib.crc32(key.encode()) + 0.5) / 2.0**32
    return submitted_at / MEMORY - math.log(-math.log(draw))


class Durations:
    """What was observed of each kind."""

    def __init__(
        self,
        file: Path | None,
        *,
        may_write: Callable[[], bool] = lambda: True,
        live: Callable[[str], Iterable[Ranked]] = lambda kind: (),
        trouble: Callable[[str], None] = lambda text: None,
    ) -> None:
        """Args:
        file: None keeps what is learnt for this run only.
        may_write: Whether the file may be written; else it is only read.
        live: The live tasks of a kind.
        trouble: Tells the user.
        """
        self._file, self._may_write, self.live = file, may_write, live
        self._trouble = trouble
        self._seen: dict[str, dict[float, Observation]] | None = None
        """By kind and rank."""
        self._learnt: dict[str, Expectation] = {}
        self._new: dict[str, int] = {}
        self._noted = 0

    def note(self, kind: str, observation: Observation, *, key: str = "", at: float = 0.0) -> None:
        """The task of this key, submitted at that time, settled."""
        seen = self._observations(kind)
        self._keep(seen, rank_of(key or str(self._noted), at), observation)
        self._noted += 1
        self._new[kind] = self._new.get(kind, 0) + 1
        if self._new[kind] >= LEARN_EVERY or len(seen) <= FEW:
            self._learnt.pop(kind, None)
        if self._file is not None and self._may_write():
            line = msgspec.json.encode(_Line(kind, *observation, at)) + b"\n"
            try:
                self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _write(self._file, line, os.O_APPEND)
            except OSError as error:
                self._trouble(f"how long tasks take is learnt for this run only: {error.strerror or error}")
                self._file = None

    def kinds(self) -> Collection[str]:
        """The kinds of which something was observed."""
        if self._seen is None:
            self._seen = {}
            self._read()
        return self._seen.keys()

    def expectation(self, kind: str) -> Expectation:
        """What the durations seen so far make us expect of the next task of this kind."""
        found = self._learnt.get(kind)
        if found is None:
            data = KINDS.get(kind)
            prior = KindPrior(data.expected, data.spread) if data is not None else KindPrior(30.0, 1.0)
            found = self._learnt[kind] = learn(self._sample(kind), prior)
            self._new[kind] = 0
        return found

    def _sample(self, kind: str) -> list[Observation]:
        settled = self._observations(kind)
        ranked = [*settled.items(), *(one for one in self.live(kind) if one.rank not in settled)]
        return [observation for _, observation in heapq.nlargest(MOST, ranked, key=lambda one: one[0])]

    @staticmethod
    def _keep(seen: dict[float, Observation], rank: float, observation: Observation) -> None:
        seen[rank] = observation
        if len(seen) > MOST:
            del seen[min(seen)]

    def _observations(self, kind: str) -> dict[float, Observation]:
        if self._seen is None:
            self._seen = {}
            self._read()
        return self._seen.setdefault(kind, {})

    def _read(self) -> None:
        assert self._seen is not None
        try:
            lines = self._file.read_bytes().splitlines() if self._file is not None else []
        except OSError:
            return
        raw: dict[float, bytes] = {}
        for number, line in enumerate(lines):
            try:
                one = msgspec.json.decode(line, type=_Line)
            except msgspec.MsgspecError:
                continue  # a torn line
            observation = Observation(one.pending_until, one.settled_by, one.size)
            rank = rank_of(f"line {number}", one.at)
            self._keep(self._seen.setdefault(one.kind, {}), rank, observation)
            raw[rank] = line
        if len(lines) > LONG and self._may_write():
            self._shorten([raw[rank] for seen in self._seen.values() for rank in seen])

    def _shorten(self, lines: Sequence[bytes]) -> None:
        assert self._file is not None
        part = self._file.with_suffix(".part")
        try:
            _write(part, b"\n".join(lines) + b"\n", os.O_TRUNC)
            part.replace(self._file)
        except OSError:
            return  # it stays long


def _write(file: Path, data: bytes, how: int) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | how, 0o600), "wb") as stream:
        stream.write(data)
