"""A disk that stops at a chosen step, as a kill or a power cut would, and forgets what nobody had synced."""

from __future__ import annotations

import itertools
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STEPS = ("open", "write", "fsync", "replace", "link", "unlink", "ftruncate", "mkdir")
"""Calls of `os` that change a folder, or may."""


class Killed(BaseException):
    """The process ended here. No `except OSError` of the program sees it, and no later step happens."""


class CrashingDisk:
    """Stands before `os` from its making until `power_cut` or `mend`."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, *, stop_at: int, torn_writes: bool) -> None:
        """Let steps 0 to `stop_at - 1` happen; with `torn_writes` a write at that step happens by half."""
        self._folder, self._patch = folder, patch
        self._stop_at, self._torn_writes = stop_at, torn_writes
        self._steps = itertools.count()
        self.is_dead = False
        self._synced = {file.stat().st_ino: file.stat().st_size for file in folder.iterdir()}
        self._names: list[tuple[Path, bytes | None]] = []
        """Names changed since the folder was synced, with what they meant before."""
        self._real = {name: getattr(os, name) for name in STEPS}
        for name in STEPS:
            patch.setattr(os, name, self._step(name))
        patch.setattr(shutil, "copyfileobj", self._copy)

    def _step(self, name: str) -> Callable[..., Any]:  # stands for any function of `os`
        def step(*arguments: Any, **named: Any) -> Any:
            self._count(lambda: self._tear(name, arguments))
            if name == "replace":
                self._note_name(Path(arguments[1]))
            done = self._real[name](*arguments, **named)
            if name == "fsync":
                self._note_sync(arguments[0])
            return done

        return step

    def _count(self, last: Callable[[], None]) -> None:
        if not self.is_dead and next(self._steps) == self._stop_at:
            last()
            self.is_dead = True
        if self.is_dead:
            raise Killed

    def _tear(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name == "write" and self._torn_writes:
            descriptor, data = arguments
            self._real["write"](descriptor, bytes(data)[: len(data) // 2])

    def _copy(self, original: Any, copy: Any) -> None:
        data = original.read()
        self._count(lambda: copy.write(data[: len(data) // 2]) and None)
        copy.write(data)

    def _note_name(self, path: Path) -> None:
        self._names.append((path, path.read_bytes() if path.exists() else None))

    def _note_sync(self, descriptor: int) -> None:
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            self._names.clear()
        else:
            self._synced[found.st_ino] = found.st_size

    def mend(self) -> None:
        """Let everything happen again: the next process runs."""
        self._patch.undo()

    def power_cut(self, *, names_last: bool) -> None:
        """Mend, and forget what was written since the last sync, and unless `names_last` what was renamed."""
        self.mend()
        for file in self._folder.iterdir():
            kept = self._synced.get(file.stat().st_ino, 0)
            if file.stat().st_size > kept:
                os.truncate(file, kept)
        if not names_last:
            for path, before in reversed(self._names):
                if before is None:
                    path.unlink()
                else:
                    path.unlink()
                    path.write_bytes(before)
