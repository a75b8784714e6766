"""Tasks for the session's tests, and a session file on a temporary folder with its lock held."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from camb_tui.domain.tasks import Task, TaskStatus, Upload
from camb_tui.services.session import SessionFile

NOW = 1_764_000_000.25


def task(key: str = "k1", status: TaskStatus = TaskStatus.PENDING, **fields: Any) -> Task:  # any field of Task
    return Task(**{"key": key, "kind": "tts", "status": status, "created_at": NOW, "task_id": f"id-{key}", **fields})


def full_task() -> Task:
    """A task in which every written field has a value."""
    return Task(
        key="2full",
        kind="dubbing",
        status=TaskStatus.UNKNOWN,
        created_at=NOW,
        word="RENDERING",
        label="chapter 1",
        request={"video_url": "https://example.org/a.mp4", "target_languages": [54, 76], "mix": {"gain": -1.5}},
        digest="d" * 64,
        account="0123456789ab",
        server="https://client.camb.ai/apis",
        hold="pause",
        held_until=NOW + 5,
        submitted_at=NOW + 6,
        watched_from=NOW + 7,
        settled_at=NOW + 60.123456,
        task_id="3f1",
        run_id=1234,
        exception_reason="PROCESSING_ERROR",
        message='it said "no"\nand stopped',
        code=503,
        faults=(("text", "too long"), ("text", "too plain")),
        retry_of="2old",
        superseded_by="2new",
        attempt=2,
        parts=("2pa", "2pb"),
        parts_done=1,
        split_status="TIMEOUT",
        part_of="2whole",
        joint="\r\n\u2028 ",
        batch="b1",
        uploads=(Upload("media_file", "/films/a.mp4", 12, "a" * 64),),
        streamed=True,
        folder="/books",
        adopted=True,
        archived=True,
        pinned=True,
        tags=("client", "night"),
        saved=("/out/a.wav",),
        fetched_at=NOW + 61,
        result_missing_at=NOW + 62,
    )


@contextmanager
def opened(path: Path) -> Iterator[SessionFile]:
    """The writer of `path`, locked and loaded."""
    session = SessionFile(path, clock=lambda: NOW)
    session.lock()
    try:
        session.load(NOW)
        yield session
    finally:
        session.release()
