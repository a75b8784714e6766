"""The demo: the same lively tasks each time, a simulator that knows them, and nothing left behind."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import httpx
import pytest

from camb_tui.demo import running_demo
from camb_tui.demo_service import fill
from camb_tui.demo_tasks import DEMO_KEY, FOLDER_PREFIX, demo_tasks
from camb_tui.domain.kinds import KINDS, check_fields
from camb_tui.domain.tasks import TaskStatus
from camb_tui.services.session import load_session
from camb_tui.simulator import SimulatorServer

NOW = 1_800_000_000.0


def test_every_lasting_status_and_most_kinds_are_shown() -> None:
    """The demo is also how one learns what the signs mean."""
    tasks = [one.task for one in demo_tasks(NOW)]
    passing = {TaskStatus.QUEUED, TaskStatus.SENDING, TaskStatus.SPLIT, TaskStatus.UNKNOWN}
    assert {task.status for task in tasks} == set(TaskStatus) - passing
    kinds = {task.kind for task in tasks}
    assert kinds >= {"tts", "translation", "transcription", "dubbing", "story", "subtitles", "translated-tts"}
    assert kinds <= set(KINDS)
    assert 30 <= len(tasks) <= 45
    assert max(Counter(task.batch for task in tasks if task.batch).values()) > 5
    (again,) = [task for task in tasks if task.retry_of]
    assert [task.superseded_by for task in tasks if task.key == again.retry_of] == [again.key]


def test_the_demo_is_the_same_each_time() -> None:
    assert demo_tasks(NOW) == demo_tasks(NOW)
    assert [one.task.key for one in demo_tasks(NOW)] == [one.task.key for one in demo_tasks(NOW + 5)]


def test_a_task_of_the_demo_could_be_sent_as_it_stands() -> None:
    """`e` and `r` work on it like on any other."""
    for one in demo_tasks(NOW):
        assert check_fields(KINDS[one.task.kind], one.task.request) == [], one.task.label


def test_some_tasks_finish_fail_and_time_out_while_one_watches() -> None:
    endings = Counter(
        one.ending.status for one in demo_tasks(NOW) if one.task.is_polled and one.ending and one.ending.seconds < 90
    )
    assert endings["SUCCESS"] >= 4
    assert endings["ERROR"] >= 1
    assert endings["TIMEOUT"] >= 1


def test_the_simulator_agrees_with_the_session() -> None:
    server = SimulatorServer()
    fill(server)
    for one in demo_tasks(NOW):
        known = server.world.task(one.task.task_id) if one.task.task_id is not None else None
        assert (known is not None) == (one.ending is not None and one.task.task_id is not None)
        if known is not None and one.task.status is TaskStatus.SUCCESS:
            assert known.run_id == one.task.run_id
            assert known.has_run(server.world.now())


def test_the_demo_runs_in_a_process_of_its_own_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with running_demo() as demo:
        # The first request waits in the socket's queue until the child has loaded.
        tasks = load_session(demo.session.path, now=NOW).tasks
        done = next(task for task in tasks.values() if task.kind == "tts" and task.status is TaskStatus.SUCCESS)
        answer = httpx.get(f"{demo.base_url}/tts/{done.task_id}", headers={"x-api-key": DEMO_KEY}, timeout=60.0)
        assert answer.json()["run_id"] == done.run_id
        assert demo.folder.name.startswith(FOLDER_PREFIX)
        assert not demo.session.is_locked
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(demo.base_url)
