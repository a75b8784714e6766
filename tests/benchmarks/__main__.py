"""The command: `python -m tests.benchmarks` measures, prints the table and writes JSON.

Programs run in turn (A B C A B C ...), so that a slow phase of the machine hits all of them; the first round warms the
caches and is thrown away. Needs Linux. Nothing here is a test: what it measures depends on the machine.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.report import document, table
from tests.benchmarks.rows import ROWS, Round, Row, judge
from tests.benchmarks.scenarios import SCENARIOS
from tests.benchmarks.workshop import FULL, QUICK, Effort, Workshop

_ROUNDS, _QUICK_ROUNDS = 7, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 where every goal is met, else 1."""
    options = _parser().parse_args(argv)
    rows = [row for row in ROWS if row.name in options.only or (not options.only and not row.is_optional)]
    effort = QUICK if options.quick else FULL
    count = options.rounds or (_QUICK_ROUNDS if options.quick else _ROUNDS)
    with Workshop() as workshop:
        rounds = _run(workshop, effort, rows, count)
    judged = [judge(row, rounds) for row in rows]
    print(f"{count} rounds, medians; ratios are those within a round, with their 95 % interval\n")
    print(table(judged))
    if options.json is not None:
        options.json.write_text(json.dumps(document(judged, rounds), indent=1) + "\n")
    return 0 if all(one.is_met is not False for one in judged) else 1


def _parser() -> argparse.ArgumentParser:
    names = [row.name for row in ROWS]
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measure camb-tui from outside, against small reference programs in the same rounds: "
        "R an empty Textual app, K one that counts keys, D a DataTable of the same rows.",
        epilog="rows: " + ", ".join(names),
    )
    parser.add_argument(
        "--rounds", type=int, help=f"rounds that count (default {_ROUNDS}; with --quick {_QUICK_ROUNDS})"
    )
    parser.add_argument(
        "--only", action="append", default=[], choices=names, metavar="ROW", help="only this row; can be repeated"
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, shorter windows")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured")
    return parser


def _run(workshop: Workshop, effort: Effort, rows: Sequence[Row], count: int) -> list[Round]:
    wanted = set[str]().union(*(row.scenarios for row in rows))
    rounds: list[Round] = []
    for number in range(count + 1):
        values: dict[str, dict[str, float]] = {}
        for name in (name for name in SCENARIOS if name in wanted):
            print(f"\r\x1b[Kround {number} of {count}: {name}", end="", file=sys.stderr, flush=True)
            values[name] = SCENARIOS[name](workshop, QUICK if number == 0 else effort)
        if number:
            rounds.append(values)
    print("\r\x1b[K", end="", file=sys.stderr)
    return rounds


if __name__ == "__main__":
    sys.exit(main())
