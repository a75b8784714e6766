"""`python -m tests.benchmarks.session`: what a session file of many tasks costs to load, to add to and to tidy.

Medians of several rounds on a folder of its own. An append and a tidy end with their fsync, so the disk is in the
figures; for scale the table has a plain append of the same bytes and its fsync, and tomllib's reading of the same file.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from camb_tui.services.session import SessionFile, load_session
from tests.benchmarks.samples import key_of, make_tasks

NOW = 1_764_000_000.0


def median_of(rounds: int, action: Callable[[int], object]) -> float:
    """Milliseconds one call takes; it is given the number of its round."""
    taken = []
    for number in range(rounds):
        began = time.perf_counter()
        action(number)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def measure(count: int, rounds: int, folder: Path) -> dict[str, float]:
    """The figures of a session of so many tasks: sizes in bytes, times in milliseconds."""
    path = folder / f"{count}.toml"
    session = SessionFile(path, clock=lambda: NOW)
    session.lock()
    session.append(make_tasks(count, now=NOW), sync=True)
    size = path.stat().st_size
    changed = session.load(NOW).tasks[key_of(count // 2)]

    def append(number: int) -> None:
        session.append([changed.but(label=f"renamed {number}")], sync=True)

    def tidy(number: int) -> None:
        session.tidy([changed.but(label=f"renamed once more {number}")])

    append_ms = median_of(rounds * 3, append)
    grown = path.stat().st_size
    block = (grown - size) // (rounds * 3)
    tidy_ms = median_of(rounds, tidy)
    session.release()
    return {
        "tasks": count,
        "bytes": size,
        "bytes_of_an_append": block,
        "load_ms": median_of(rounds, lambda _: load_session(path, now=NOW)),
        "read_every_task_ms": median_of(rounds, lambda _: list(load_session(path, now=NOW).tasks.values())),
        "append_and_sync_ms": append_ms,
        "plain_append_and_sync_ms": median_of(rounds * 3, lambda _: _plain_append(folder / "plain", block)),
        "tidy_ms": tidy_ms,
        "tomllib_ms": median_of(1, lambda _: tomllib.loads(path.read_text("utf-8"))),
    }


def _plain_append(path: Path, size: int) -> None:
    with path.open("ab") as file:
        file.write(b"x" * size)
        file.flush()
        os.fsync(file.fileno())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.session", description=__doc__)
    parser.add_argument("--tasks", type=int, nargs="+", default=[1_000, 10_000, 50_000])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="camb-tui-session-") as folder:
        found = [measure(count, asked.rounds, Path(folder)) for count in asked.tasks]
    for name in found[0]:
        shown = (f"{one[name]:>14,.2f}" if name.endswith("_ms") else f"{one[name]:>14,}" for one in found)
        print(f"{name.replace('_', ' '):<28}" + "".join(shown))
    if asked.json is not None:
        asked.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
