"""Durations: how long this user's tasks took, by kind, kept over restarts, and what that makes us expect.

A duration is known only between two polls. One line of JSON an observation, appended as it is made; only the newest of
each kind count, and a file with many more is made shorter when it is read. Losing it costs a few requests, so a disk
that refuses is told of once and then left alone.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec

from camb_tui.domain.kinds import KINDS
from camb_tui.domain.schedule import Expectation, KindPrior, Observation, learn

NEWEST = 200
"""Observations of each kind that count."""
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


class Durations:
    """What was observed of each kind."""

    def __init__(self, file: Path | None, *, trouble: Callable[[str], None] = lambda text: None) -> None:
        """`file` None keeps what is learnt for this run only."""
        self._file = file
        self._trouble = trouble
        self._seen: dict[str, deque[Observation]] | None = None
        self._learnt: dict[str, Expectation] = {}
        self._new: dict[str, int] = {}

    def note(self, kind: str, observation: Observation) -> None:
        """One task settled."""
        seen = self._observations(kind)
        seen.append(observation)
        self._new[kind] = self._new.get(kind, 0) + 1
        if self._new[kind] >= LEARN_EVERY or len(seen) <= FEW:
            self._learnt.pop(kind, None)
        if self._file is not None:
            line = msgspec.json.encode(_Line(kind, *observation)) + b"\n"
            try:
                self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _write(self._file, line, os.O_APPEND)
            except OSError as error:
                self._trouble(f"how long tasks take is learnt for this run only: {error.strerror or error}")
                self._file = None

    def expectation(self, kind: str) -> Expectation:
        """What the durations seen so far make us expect of the next task of this kind."""
        found = self._learnt.get(kind)
        if found is None:
            data = KINDS.get(kind)
            prior = KindPrior(data.expected, data.spread) if data is not None else KindPrior(30.0, 1.0)
            found = self._learnt[kind] = learn(self._observations(kind), prior)
            self._new[kind] = 0
        return found

    def _observations(self, kind: str) -> deque[Observation]:
        if self._seen is None:
            self._seen = {}
            self._read()
        return self._seen.setdefault(kind, deque(maxlen=NEWEST))

    def _read(self) -> None:
        assert self._seen is not None
        try:
            lines = self._file.read_bytes().splitlines() if self._file is not None else []
        except OSError:
            return
        for line in lines:
            try:
                one = msgspec.json.decode(line, type=_Line)
            except msgspec.MsgspecError:
                continue  # a torn line
            seen = self._seen.setdefault(one.kind, deque(maxlen=NEWEST))
            seen.append(Observation(one.pending_until, one.settled_by, one.size))
        if len(lines) > LONG:
            self._shorten()

    def _shorten(self) -> None:
        assert self._seen is not None
        assert self._file is not None
        part = self._file.with_suffix(".part")
        lines = [msgspec.json.encode(_Line(kind, *one)) for kind, seen in self._seen.items() for one in seen]
        try:
            _write(part, b"\n".join(lines) + b"\n", os.O_TRUNC)
            part.replace(self._file)
        except OSError:
            return  # it stays long


def _write(file: Path, data: bytes, how: int) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | how, 0o600), "wb") as stream:
        stream.write(data)
