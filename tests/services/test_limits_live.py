"""What a 429 anywhere means for everything else, with the real client against the simulator."""

from __future__ import annotations

from pathlib import Path

from camb_tui.domain.tasks import TaskStatus
from camb_tui.services.changes import Look, OpenResult
from camb_tui.services.session import SessionFile
from camb_tui.simulator import SimulatorOptions
from tests.services.fakes import a_task
from tests.services.live import add_faults, live
from tests.support import StartSimulator

TRANSLATION = {"texts": ["Hello"], "source_language": "en-us", "target_language": "fr-fr"}


async def test_the_patience_asked_of_one_question_is_had_by_all(tmp_path: Path, simulator: StartSimulator) -> None:
    """One account, one rate: a result refused with Retry-After holds polls and other results as well."""
    server = simulator(SimulatorOptions(seed=1, speed=1e-3))
    path, tasks = tmp_path / "session.toml", []
    for number in range(2):
        task_id, run_id = server.add_task("translation", TRANSLATION)
        tasks.append(
            a_task(
                f"done{number}00000", TaskStatus.SUCCESS, kind="translation", request=TRANSLATION, task_id=task_id,
                run_id=run_id, archived=True,
            )
        )  # fmt: skip
    session = SessionFile(path)
    session.lock()
    session.append([*tasks, a_task("live000000", TaskStatus.OVERDUE, task_id="an-id")], sync=True)
    session.release()
    add_faults(server, {"path": "/translation-result/*", "effect": "status", "code": 429, "retry_after": 300})
    async with live(path, server.base_url) as bench:
        bench.ask(OpenResult(tasks[0].key))
        await bench.until(lambda: tasks[0].key in bench.results)
        asked = dict(server.world.counts)
        assert asked == {"GET /translation-result/{run_id}": 1}
        bench.ask(Look(("live000000",)))
        bench.ask(OpenResult(tasks[1].key))
        await bench.until(lambda: tasks[1].key in bench.results)
        assert "asks to wait until" in str(bench.results[tasks[1].key])
    assert dict(server.world.counts) == asked, "neither was asked"
