"""The order to split, through a real engine: one flush, one batch, the whole that follows its parts, and undo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from camb_tui.domain.kinds import ResultShape
from camb_tui.domain.life import StatusAnswer
from camb_tui.domain.results import Result
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.changes import OpenResult, Retry, Save, Split, Submit, Undo
from camb_tui.services.session import SessionFile, load_session
from camb_tui.simulator.audio.formats import FORMATS
from tests.services.fakes import Done, ScriptedClient, a_submission, a_task
from tests.services.test_engine import Running, running

TEXT = "The first sentence stands here. The second one comes after it."


class Speaker(ScriptedClient):
    """A client whose runs are numbered, and whose audio is real."""

    async def status(self, kind: str, task_id: str, *, about: str | None = None) -> StatusAnswer:
        answer = await super().status(kind, task_id, about=about)
        return answer._replace(run_id=len(self.polls)) if answer.word == "SUCCESS" else answer

    async def audio(
        self, kind: str, run_id: int, part: Path, *, on_progress: Any = None, about: str | None = None
    ) -> Done:
        part.write_bytes(FORMATS["flac"].file([run_id], 1, 24_000))
        return Done(".flac")


def keep(path: Path, *tasks: Task) -> None:
    file = SessionFile(path)
    file.lock()
    file.append(tasks, sync=True)
    file.release()


def whole(**fields: Any) -> Task:
    given: dict[str, Any] = {"request": {"text": TEXT, "voice_id": 1, "language": 1}, "tags": ("book",), "batch": "b1"}
    return a_task("wholekey22", TaskStatus.TIMEOUT, **{**given, **fields})


def parts_of(bench: Running) -> list[Task]:
    return [bench.tasks[key] for key in bench.tasks["wholekey22"].parts]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.toml"


async def test_a_split_task_takes_its_parts_joined_result(path: Path, tmp_path: Path) -> None:
    """From TIMEOUT to one file."""
    keep(path, whole())
    async with running(path, Speaker()) as bench:
        bench.ask(Split("wholekey22", 0.0))
        await bench.until(lambda: bench.tasks["wholekey22"].status is TaskStatus.SUCCESS)
        first, second = parts_of(bench)
        assert (first.request["text"], second.request["text"]) == (TEXT[:31], TEXT[32:])
        assert (first.part_of, first.joint, second.joint) == ("wholekey22", None, " ")
        assert first.batch == second.batch != "b1"
        assert first.tags == ("book",)
        bench.ask(Save(("wholekey22",), str(tmp_path / "out")))
        await bench.until(lambda: bool(bench.tasks["wholekey22"].saved))
    (file,) = (tmp_path / "out").iterdir()
    assert file.suffix == ".flac"
    one = len(FORMATS["flac"].file([1], 1, 24_000))
    assert file.stat().st_size > 1.5 * one
    kept = load_session(path, now=0.0).tasks["wholekey22"]
    assert (kept.status, kept.parts_done, kept.parts) == (TaskStatus.SUCCESS, 2, (first.key, second.key))


async def test_all_parts_are_on_disk_before_one_is_sent(path: Path) -> None:
    """A kill in between must find all of them or none."""
    keep(path, whole())
    seen: list[list[str]] = []

    class Watcher(Speaker):
        async def create(self, kind: str, request: Any, **rest: Any) -> Any:
            tasks = load_session(path, now=0.0).tasks
            seen.append(sorted(task.part_of or task.shown_status for task in tasks.values()))
            return await super().create(kind, request, **rest)

    async with running(path, Watcher()) as bench:
        bench.ask(Split("wholekey22", 0.0))
        await bench.until(lambda: bench.tasks["wholekey22"].status is TaskStatus.SUCCESS)
    assert seen == [["split", "wholekey22", "wholekey22"]] * 2


async def test_undo_of_one_part_takes_all_back_and_restores_the_whole(path: Path) -> None:
    keep(path, whole())
    async with running(path) as bench:
        bench.ask(Split("wholekey22", 60.0))
        await bench.until(lambda: bench.tasks["wholekey22"].status is TaskStatus.SPLIT)
        parts = parts_of(bench)
        assert {part.status for part in parts} == {TaskStatus.HELD}
        bench.ask(Undo((parts[1].key,)))
        await bench.until(lambda: bench.tasks["wholekey22"].status is TaskStatus.TIMEOUT)
        assert all(bench.tasks[part.key].archived for part in parts)
        assert bench.client.creates == []
        bench.ask(Split("wholekey22", 60.0))
        await bench.until(lambda: bench.tasks["wholekey22"].status is TaskStatus.SPLIT)
    again = load_session(path, now=0.0).tasks["wholekey22"]
    assert not set(again.parts) & {part.key for part in parts}


async def test_a_part_that_failed_gives_the_whole_its_old_status_until_it_is_sent_again(path: Path) -> None:
    """Nothing waits for ever on a split that stopped, and sending the part again is all it takes."""
    keep(path, whole())
    client = Speaker()
    client.status_script = [StatusAnswer("SUCCESS", 1), StatusAnswer("ERROR"), StatusAnswer("SUCCESS", 2)]
    async with running(path, client) as bench:
        bench.ask(Split("wholekey22", 0.0))
        await bench.until(lambda: any(part.is_failed for part in parts_of(bench)))
        await bench.until(lambda: bench.tasks["wholekey22"].status is TaskStatus.TIMEOUT)
        assert bench.tasks["wholekey22"].parts_done == 1
        (failed,) = [part for part in parts_of(bench) if part.is_failed]
        bench.ask(Retry(("wholekey22",), 0.0))
        await bench.until(bench.hears("split already"))
        bench.ask(Retry((failed.key,), 0.0))
        await bench.until(lambda: bench.tasks["wholekey22"].status is TaskStatus.SUCCESS)
        heir = bench.tasks[bench.tasks[failed.key].superseded_by or ""]
        assert (heir.part_of, heir.joint) == ("wholekey22", failed.joint)


async def test_an_edited_part_is_still_a_part(path: Path) -> None:
    """A part that the content policy refuses is put in other words; the whole still gets all its sound."""
    keep(path, whole())
    client = Speaker()
    client.status_script = [StatusAnswer("SUCCESS", 1), StatusAnswer("ERROR"), StatusAnswer("SUCCESS", 2)]
    async with running(path, client) as bench:
        bench.ask(Split("wholekey22", 0.0))
        await bench.until(lambda: bench.tasks["wholekey22"].status is TaskStatus.TIMEOUT and len(bench.tasks) == 3)
        await bench.until(lambda: any(part.is_failed for part in parts_of(bench)))
        (failed,) = [part for part in parts_of(bench) if part.is_failed]
        bench.ask(Submit((a_submission("Other words."),), window=0.0, edits=failed.key))
        await bench.until(lambda: bench.tasks["wholekey22"].status is TaskStatus.SUCCESS)


async def test_a_split_translation_is_one_result_and_kept_as_one(path: Path) -> None:
    """Also when nobody opens it: scripts read what is kept."""
    request = {"texts": ["One.", "Two."], "source_language": "en-us", "target_language": "es-es"}
    keep(path, whole(kind="translation", request=request))
    client = Speaker()
    client.bulk_answer = {
        run: Result(shape=ResultShape.TEXTS, texts=(f"T{run}",), raw={"texts": [f"T{run}"]}) for run in (1, 2)
    }
    async with running(path, client) as bench:
        bench.ask(Split("wholekey22", 0.0))
        await bench.until(lambda: "wholekey22" in bench.results)
        found = bench.results["wholekey22"]
        assert isinstance(found, Result)
        assert sorted(found.texts) == ["T1", "T2"]
        bench.ask(OpenResult("wholekey22"))
    assert (path.parent / "results" / "wholekey22.json").exists()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"kind": "dubbing", "request": {"video_url": "https://v.example/a"}}, "sound and video"),
        ({"request": {"text": "abc"}}, "too short"),
        ({"parts": ("a", "b")}, "split already"),
    ],
)
async def test_what_cannot_be_split_is_said_and_left_alone(path: Path, fields: dict[str, Any], why: str) -> None:
    keep(path, whole(**fields))
    async with running(path) as bench:
        bench.ask(Split("wholekey22", 0.0))
        await bench.until(bench.hears(why))
        assert set(bench.tasks) == {"wholekey22"}
