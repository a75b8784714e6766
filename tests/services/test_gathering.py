"""Many results at once: gathered by the bulk route, and readable when the service is gone.

`CAMB_TUI_MANY=500 python -m pytest tests/services/test_gathering.py` does it with more.
"""

from __future__ import annotations

import os
from pathlib import Path

from camb_tui.domain.results import Result
from camb_tui.domain.submissions import Submission
from camb_tui.services.changes import OpenResult, Submit
from camb_tui.services.settings import PollSettings, SendSettings
from camb_tui.simulator import SimulatorOptions
from tests.services.live import live
from tests.support import StartSimulator

MANY = int(os.environ.get("CAMB_TUI_MANY", "120"))
FAST = {"poll": PollSettings(rate=1000.0), "send": SendSettings(in_flight=8)}


async def test_many_translations_are_gathered_in_bulk_and_read_offline(
    tmp_path: Path, simulator: StartSimulator
) -> None:
    """One request for five results, and none when somebody reads them."""
    server = simulator(SimulatorOptions(seed=1, speed=100))
    path = tmp_path / "session.toml"
    request = {"source_language": "en-us", "target_language": "fr-fr"}
    wanted = tuple(Submission("translation", {**request, "texts": [f"Sentence {n}."]}) for n in range(MANY))
    async with live(path, server.base_url, **FAST) as bench:
        bench.ask(Submit(wanted, window=0.0))
        await bench.until(lambda: sum(task.fetched_at is not None for task in bench.tasks.values()) == MANY)
    counts = server.world.counts
    assert counts["POST /translation-results"] <= MANY / 5 * 1.5, "mostly five at a time"
    assert counts["GET /translation-result/{run_id}"] <= MANY / 10
    server.stop()
    asked = dict(counts)
    async with live(path, server.base_url, **FAST) as bench:
        for key in bench.tasks:
            bench.ask(OpenResult(key))
        await bench.until(lambda: len(bench.results) == MANY)
    assert all(isinstance(result, Result) and result.texts for result in bench.results.values())
    assert dict(counts) == asked
