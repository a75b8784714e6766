"""How long saving holds up another thread's loop: one change saved, and the file tidied, while a loop counts its ticks.

The loop stands for the screen's, in its own thread as there; the saver is the engine's own, on a session file of many
tasks. A stall is the longest time between two ticks during the save, less the tick itself. The same is measured at
moments at which nothing is saved. Usage: saving.py SESSION SAVES; prints JSON, in milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from pathlib import Path

from camb_tui.domain.tasks import TaskStatus
from camb_tui.services.saver import Saver
from camb_tui.services.session import SessionFile
from camb_tui.services.store import Store
from tests.benchmarks.figures import quantile

_TICK = 0.0005
_APART = 0.03
_MARGIN = 0.004
_TIDIES = 5


class Spans:
    """When what happened, on the monotonic clock."""

    def __init__(self) -> None:
        self.idle: list[tuple[float, float]] = []
        self.saves: list[tuple[float, float]] = []
        self.tidies: list[tuple[float, float]] = []


async def _save(path: Path, count: int, spans: Spans) -> None:
    session = SessionFile(path)
    session.lock()
    store = Store(session.load(time.time()).tasks)
    saver = Saver(store, session, trouble=lambda text: print(text, file=sys.stderr))
    keys = list(store)
    for number in range(count):
        task = store[keys[number * 7919 % len(keys)]]
        changed = task.but(status=TaskStatus.PENDING, message=f"change {number}")
        await asyncio.sleep(_APART)
        begun = time.monotonic()
        await asyncio.sleep(_MARGIN)
        spans.idle.append((begun, time.monotonic()))
        await asyncio.sleep(_APART)
        begun = time.monotonic()
        store.put(changed)
        await saver.written()
        spans.saves.append((begun, max(time.monotonic(), begun + _MARGIN)))
    for number in range(_TIDIES):
        session.append([store[keys[number]].but(message=f"tidy {number}")], sync=True)
        await asyncio.sleep(_APART)
        begun = time.monotonic()
        session.tidy()
        spans.tidies.append((begun, time.monotonic() + _MARGIN))
        await asyncio.sleep(_APART)
    session.release()


async def _tick(ticks: list[float], saver: threading.Thread) -> None:
    while saver.is_alive():
        ticks.append(time.monotonic())
        await asyncio.sleep(_TICK)


def _stalls(ticks: list[float], spans: list[tuple[float, float]]) -> list[float]:
    """The longest time between two ticks that touches each span, in milliseconds."""
    out, at = [], 0
    for begun, ended in spans:
        while at + 1 < len(ticks) and ticks[at + 1] < begun:
            at += 1
        longest, here = 0.0, at
        while here + 1 < len(ticks) and ticks[here] < ended:
            longest = max(longest, ticks[here + 1] - ticks[here])
            here += 1
        out.append(max(0.0, longest - _TICK) * 1e3)
    return out


def main() -> None:
    """Save, tick, and print what was found."""
    spans, ticks = Spans(), list[float]()
    saver = threading.Thread(target=lambda: asyncio.run(_save(Path(sys.argv[1]), int(sys.argv[2]), spans)))
    saver.start()
    asyncio.run(_tick(ticks, saver))
    idle, saves, tidies = (_stalls(ticks, one) for one in (spans.idle, spans.saves, spans.tidies))
    p95 = {"idle_p95": quantile(idle, 0.95), "save_p95": quantile(saves, 0.95), "tidy_max": max(tidies)}
    print(json.dumps(p95 | {"added_p95": max(0.0, p95["save_p95"] - p95["idle_p95"])}))


if __name__ == "__main__":
    main()
