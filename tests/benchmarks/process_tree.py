"""CPU time and peak memory of a process and all its descendants, read from outside (Linux)."""

from __future__ import annotations

import os
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def processes(pid: int) -> list[int]:
    """The process and its live descendants."""
    todo, seen = [pid], []
    while todo:
        one = todo.pop()
        seen.append(one)
        todo += _children(one)
    return seen


def cpu_seconds(pid: int) -> float:
    """CPU time of the tree so far: live processes by their own clock, ended ones as their parents counted them."""
    return sum(map(_cpu_of, processes(pid)))


def peak_kib(pid: int) -> int:
    """Sum over the tree of the most memory each process has held (VmHWM, not a fork's copy of its parent's)."""
    return sum(map(_peak_of, processes(pid)))


def _children(pid: int) -> list[int]:
    try:
        return [
            int(child)
            for thread in Path(f"/proc/{pid}/task").iterdir()
            for child in (thread / "children").read_text().split()
        ]
    except OSError:
        return []


def _cpu_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rsplit(b")", 1)[1].split()
        own = time.clock_gettime((~pid << 3) | 2)  # the kernel's number for a process's CPU clock, in nanoseconds
    except OSError:
        return 0.0
    return own + (int(fields[13]) + int(fields[14])) / _TICKS


def _peak_of(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
