"""What is looked at before a task is sent again: its files, its source's address, and that it goes once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from camb_tui.domain.errors import RejectedError
from camb_tui.domain.kinds import KINDS
from camb_tui.domain.life import StatusAnswer
from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import Hold, Task, TaskStatus, account_fingerprint
from camb_tui.services.changes import Retry, Submit, UseKey
from camb_tui.services.uploads import describe_upload
from tests.services.fakes import ScriptedClient, a_submission, a_task
from tests.services.live import keep
from tests.services.test_engine import kept, running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.toml"


@pytest.fixture
def media(tmp_path: Path) -> Path:
    file = tmp_path / "media.wav"
    file.write_bytes(b"RIFF" + bytes(100))
    return file


def with_file(media: Path, key: str = "file000000", status: TaskStatus = TaskStatus.ERROR, **fields: Any) -> Task:
    kind = KINDS["transcription"]
    upload = describe_upload(kind.field("media_file"), str(media))
    request = {"media_file": str(media), "language": 1}
    return a_task(key, status, kind="transcription", request=request, uploads=(upload,), **fields)


def still_pending() -> ScriptedClient:
    client = ScriptedClient()
    client.status_script = [StatusAnswer("PENDING")]
    return client


async def test_a_file_that_is_the_same_is_sent_again_without_a_question(path: Path, media: Path) -> None:
    keep(path, with_file(media))
    async with running(path, still_pending()) as bench:
        bench.ask(Retry(("file000000",), window=0))
        await bench.until(lambda: len(bench.client.creates) == 1)
        assert bench.questions == []


async def test_a_changed_file_is_asked_about_and_sent_as_it_is_now_on_a_yes(path: Path, media: Path) -> None:
    """The user may have mended it, or it may be another film by now."""
    keep(path, with_file(media))
    media.write_bytes(b"RIFF" + bytes(200))
    async with running(path, still_pending()) as bench:
        bench.ask(Retry(("file000000",), window=0))
        await bench.until(lambda: bool(bench.questions))
        assert bench.questions[0].words == "media.wav changed since; send the new one?"
        assert bench.client.creates == []
        bench.ask(bench.questions[0].yes)
        await bench.until(lambda: len(bench.client.creates) == 1)
    new = kept(path)[bench.client.creates[0]]
    assert (new.retry_of, new.uploads[0].size) == ("file000000", 204)


async def test_a_file_of_the_same_length_with_other_content_counts_as_changed(path: Path, media: Path) -> None:
    keep(path, with_file(media))
    media.write_bytes(b"RIFX" + bytes(100))
    async with running(path, still_pending()) as bench:
        bench.ask(Retry(("file000000",), window=0))
        await bench.until(lambda: bool(bench.questions))


async def test_a_vanished_file_is_told_and_nothing_is_sent(path: Path, media: Path) -> None:
    keep(path, with_file(media), a_task("other00000", TaskStatus.ERROR))
    media.unlink()
    async with running(path, still_pending()) as bench:
        bench.ask(Retry(("file000000", "other00000"), window=0))
        await bench.until(bench.hears("there is no file"))
        await bench.until(lambda: len(bench.client.creates) == 1)
        assert bench.tasks["file000000"].superseded_by is None


async def test_a_file_that_changes_within_the_undo_window_is_not_sent(path: Path, media: Path) -> None:
    """Between the yes and the POST lie seconds, or a payment hold of days."""
    held = with_file(media, "held000000", TaskStatus.HELD, hold=Hold.PAUSE.value)
    keep(path, held)
    media.write_bytes(b"RIFF")
    from camb_tui.services.changes import Release

    async with running(path, still_pending()) as bench:
        bench.ask(Release())
        await bench.until(lambda: bench.tasks["held000000"].status is TaskStatus.REJECTED)
        assert "has changed since it was submitted" in (bench.tasks["held000000"].message or "")
        assert bench.client.creates == []


async def test_a_source_that_does_not_serve_is_left_out_when_it_is_asked_first(path: Path) -> None:
    lost = {"video_url": "https://v.example/lost.mp4", "source_language": 1, "target_languages": [54]}
    there = {**lost, "video_url": "https://v.example/there.mp4"}
    fields: dict[str, Any] = {"kind": "dubbing", "exception_reason": "SOURCE_NOT_FOUND"}
    keep(
        path,
        a_task("lost000000", TaskStatus.ERROR, request=lost, **fields),
        a_task("there00000", TaskStatus.ERROR, request=there, **fields),
    )
    client = still_pending()
    client.probe_script = [RejectedError("v.example answers 404 for the source", code=404), "v.example serves it"]
    async with running(path, client) as bench:
        bench.ask(Retry(("lost000000", "there00000"), window=0, check_sources=True))
        await bench.until(lambda: len(client.creates) == 1)
        await bench.until(bench.hears("answers 404"))
        assert bench.tasks["lost000000"].superseded_by is None
        assert bench.tasks["there00000"].superseded_by is not None
    assert sorted(client.probes) == [lost["video_url"], there["video_url"]]


async def test_a_quota_of_hours_is_waited_for(path: Path) -> None:
    """TOO_MANY_GDRIVE_REQUESTS: sooner it would fail again."""
    keep(path, a_task("drive00000", TaskStatus.ERROR, exception_reason="TOO_MANY_GDRIVE_REQUESTS", attempt=2))
    async with running(path) as bench:
        bench.ask(Retry(("drive00000",)))
        await bench.until(lambda: len(bench.tasks) == 2)
        new = next(task for task in bench.tasks.values() if task.retry_of)
        assert new.hold == Hold.LATER
        assert new.held_until is not None
        assert new.held_until >= new.created_at + 7200
        assert bench.client.creates == []


async def test_an_edited_task_replaces_what_failed_and_takes_back_what_was_not_sent(path: Path) -> None:
    keep(path, a_task("failed0000", TaskStatus.REJECTED), a_task("held000000", TaskStatus.HELD, hold="pause"),
         a_task("done000000", TaskStatus.SUCCESS))  # fmt: skip
    async with running(path, still_pending()) as bench:
        for key in ("failed0000", "held000000", "done000000"):
            bench.ask(Submit((a_submission(f"edited {key}"),), window=0, edits=key))
        await bench.until(lambda: bench.tasks["held000000"].archived)
        await bench.until(lambda: len(bench.tasks) == 6)
        new = {task.request["text"]: task for task in bench.tasks.values()}
        assert (new["edited failed0000"].retry_of, new["edited failed0000"].attempt) == ("failed0000", 2)
        assert new["edited done000000"].retry_of is None
        assert bench.tasks["done000000"].superseded_by is None


async def test_the_account_in_use_is_told_by_its_fingerprint(path: Path) -> None:
    """The screen asks about doubles of the same account only."""
    async with running(path) as bench:
        await bench.until(lambda: bench.account == account_fingerprint("secret-key"))
        bench.ask(UseKey("another"))
        await bench.until(lambda: bench.account == account_fingerprint("another"))


def test_a_submission_of_a_file_remembers_what_it_was(media: Path) -> None:
    task = with_file(media)
    assert Submission(task.kind, task.request, uploads=task.uploads).uploads[0].size == 104
