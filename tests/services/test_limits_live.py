"""What an answer to one question means for everything else, with the real client against the simulator."""

from __future__ import annotations

from pathlib import Path

from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.changes import ApiState, Look, OpenResult
from camb_tui.simulator import SimulatorOptions, SimulatorServer
from tests.services.fakes import a_task
from tests.services.live import add_faults, keep, live
from tests.support import StartSimulator

TRANSLATION = {"texts": ["Hello"], "source_language": "en-us", "target_language": "fr-fr"}


def done(server: SimulatorServer, key: str) -> Task:
    """A translation that is done, and whose result nobody has asked for; archived, so that nobody will by himself."""
    task_id, run_id = server.add_task("translation", TRANSLATION)
    return a_task(
        key, TaskStatus.SUCCESS, kind="translation", request=TRANSLATION, task_id=task_id, run_id=run_id, archived=True
    )


async def test_a_result_that_came_shows_that_the_service_answers(tmp_path: Path, simulator: StartSimulator) -> None:
    """With nothing live to poll, the summary said that it was never asked."""
    server, path = simulator(SimulatorOptions(seed=1)), tmp_path / "session.toml"
    keep(path, done(server, "done000000"))
    async with live(path, server.base_url) as bench:
        bench.ask(OpenResult("done000000"))
        await bench.until(lambda: bench.health is not None and bench.health.state is ApiState.OK)


async def test_the_patience_asked_of_one_question_is_had_by_all(tmp_path: Path, simulator: StartSimulator) -> None:
    """One account, one rate: a result refused with Retry-After holds polls and other results as well."""
    server = simulator(SimulatorOptions(seed=1, speed=1e-3))
    path, tasks = tmp_path / "session.toml", [done(server, key) for key in ("done000000", "done100000")]
    keep(path, *tasks, a_task("live000000", TaskStatus.OVERDUE, task_id="an-id"))
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
