"""`python -m tests.crash --kills 1000 --seed N [--json FILE]`: kill the program at random moments, and keep books.

Each of several sessions is killed forty times. Exit code 0 where everything held, 1 where anything did not.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tests.crash.lives import Figures, run_session

KILLS_A_SESSION = 40
"""Enough for a session to hold some hundred tasks in every state."""


def run(kills: int, seed: int, workers: int, folder: Path) -> Figures:
    """Kill so many times, on sessions side by side."""
    total, done = Figures(), 0
    shares = [KILLS_A_SESSION] * (kills // KILLS_A_SESSION)
    if kills % KILLS_A_SESSION:
        shares.append(kills % KILLS_A_SESSION)
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        sessions = []
        for number, share in enumerate(shares):
            (own := folder / str(number)).mkdir()
            sessions.append(pool.submit(run_session, f"{seed}/{number}", share, own))
        for session in as_completed(sessions):
            total.add(session.result())
            done += 1
            bad = f", {len(total.violations)} VIOLATIONS" if total.violations else ""
            print(f"{done}/{len(shares)} sessions, {total.kills} kills{bad}", file=sys.stderr, flush=True)
    return total


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=3, help="sessions side by side")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="camb-tui-crash-", ignore_cleanup_errors=True) as folder:
        figures = run(asked.kills, asked.seed, asked.workers, Path(folder))
    found = {
        name: dict(value) if isinstance(value, Counter) else value
        for name, value in ((name, getattr(figures, name)) for name in figures.__slots__)
    }
    found |= {"seed": asked.seed, "seconds": round(time.monotonic() - began, 1)}
    if asked.json is not None:
        asked.json.write_text(json.dumps(found, indent=2) + "\n")
    for name, value in found.items():
        if name != "violations":
            shown = ", ".join(f"{what} {count}" for what, count in value.items()) if isinstance(value, dict) else value
            print(f"{name.replace('_', ' '):>18}: {shown}")
    print(f"{'violations':>18}: {len(figures.violations)}")
    for fault in figures.violations[:50]:
        print(f"  {fault}")
    return 1 if figures.violations else 0


if __name__ == "__main__":
    raise SystemExit(main())
