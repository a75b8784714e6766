"""What the real engine tells of live tasks against a real server, with durations learned in an earlier run."""

from __future__ import annotations

from pathlib import Path

import pytest

from camb_tui.domain.schedule import Observation, left, quantile
from camb_tui.domain.submissions import Submission, task_size
from camb_tui.services.changes import Look, Submit
from camb_tui.services.durations import Durations
from camb_tui.services.settings import PollSettings
from camb_tui.simulator import SimulatorOptions
from tests.services.fakes import TTS
from tests.services.live import live
from tests.support import StartSimulator


async def test_rows_and_summary_tell_what_was_learned_as_of_the_last_poll(
    tmp_path: Path, simulator: StartSimulator
) -> None:
    """From the moment a task is taken; a poll moves it by what was learned from its being live still, and no more."""
    learned = Durations(tmp_path / "durations.jsonl")
    for number in range(40):
        learned.note("tts", Observation(200.0 + 5 * number, 202.0 + 5 * number), key=str(number), at=1_790_000_000.0)
    server = simulator(SimulatorOptions(seed=1, speed=0.001))
    wanted = tuple(Submission("tts", {**TTS, "text": f"Sentence {number}."}) for number in range(3))
    async with live(tmp_path / "session.toml", server.base_url, poll=PollSettings(rate=1000.0)) as bench:
        bench.ask(Submit(wanted, window=0.0))
        await bench.until(lambda: sum(task.expected_at is not None for task in bench.tasks.values()) == 3)
        known = Durations(tmp_path / "durations.jsonl").expectation("tts")
        for task in bench.tasks.values():
            assert task.submitted_at is not None
            assert task.polled_at is None, "the first poll is far off"
            assert task.expected_at == pytest.approx(task.submitted_at + left(known, 0.0), abs=1.0)
        bench.ask(Look(tuple(bench.tasks)))
        await bench.until(lambda: all(task.polled_at is not None for task in bench.tasks.values()))
        for task in bench.tasks.values():
            assert task.submitted_at is not None
            assert task.polled_at is not None
            age = task.polled_at - task.submitted_at
            assert task.expected_at == pytest.approx(task.polled_at + left(known, age, task_size(task)), abs=1.0)
            assert task.stuck_at == pytest.approx(task.submitted_at + quantile(known, 0.95), rel=0.01)
        await bench.until(lambda: any(outlook.all_done_at for outlook in bench.outlooks))
        outlook = bench.outlooks[-1]
        assert outlook.left_out == 0
        assert outlook.all_done_at is not None
        assert outlook.all_done_at > max(task.expected_at or 0.0 for task in bench.tasks.values())
        assert [usual.kind for usual in outlook.usual] == ["tts"]
