"""Tasks as a busy account has them, the same for the same number, and session files that hold them."""

from __future__ import annotations

import random
import time
from pathlib import Path

from camb_tui.domain.tasks import Task, TaskStatus, account_fingerprint, request_digest
from camb_tui.services.session import SessionFile

API_KEY = "benchmark-key-0123456789"
_ACCOUNT = account_fingerprint(API_KEY)  # slow on purpose, so once
HOUR = 3600.0
_AGE = 50 * HOUR
"""How old the newest task is: long enough that no age shown turns during a measurement."""
_APART = 40.0
"""Seconds between two submissions."""
_WATCHED = 600.0
"""How long live tasks have been watched: their cadence has reached its ceiling, and none is overdue."""
_TEXTS = (
    "The lighthouse keeper climbed the stairs as he had every evening for thirty years, counting under his breath. ",
    "Chapter twelve opens on the harbour at dawn, where the boats come in low with the night's catch. ",
    "Please hold the line while we find the person who can help you with your order. ",
)
_WORDS = ("narration", "trailer", "interview", "lesson", "promo", "episode")
_REASONS = ("SOURCE_TOO_LONG", "INTERNAL_ERROR", "PROCESSING_ERROR", "SOURCE_NOT_FOUND", "INVALID_SOURCE_DATA")
_SETTLED = (
    [TaskStatus.SUCCESS] * 88 + [TaskStatus.ERROR] * 7 + [TaskStatus.TIMEOUT] * 3 + [TaskStatus.PAYMENT_REQUIRED] * 2
)


def key_of(number: int) -> str:
    """The key of the task of that number, counted from 0 in submission order."""
    return f"bench{number:05d}"


def label_of(number: int) -> str:
    """What the task of that number is called."""
    return f"ch {number:05d} {_WORDS[number % len(_WORDS)]}"


def make_tasks(count: int, *, live: int = 0, server: str = "", now: float | None = None) -> list[Task]:
    """`count` tasks in submission order, the `live` newest of them PENDING and the rest settled."""
    present = time.time() if now is None else now
    draw = random.Random(count)
    tasks = [_settled(number, present - _AGE - (count - number) * _APART, draw, server) for number in range(count)]
    for number in range(count - live, count):
        tasks[number] = tasks[number].but(
            status=TaskStatus.PENDING,
            submitted_at=present - _WATCHED,
            settled_at=None,
            run_id=None,
            fetched_at=None,
            exception_reason=None,
            message=None,
        )
    return tasks


def _settled(number: int, at: float, draw: random.Random, server: str) -> Task:
    kind = ("tts", "tts", "translation", "story")[number % 4]
    label = label_of(number)
    text = _TEXTS[number % len(_TEXTS)]
    request: dict[str, object] = {"text": text, "voice_id": 20303, "language": 1}
    if kind == "translation":
        request = {"texts": [text], "source_language": 1, "target_language": 54}
    elif kind == "story":
        request = {"file": f"{label}.txt", "title": label, "source_language": 1}
    status = draw.choice(_SETTLED)
    failed = status in (TaskStatus.ERROR, TaskStatus.TIMEOUT, TaskStatus.PAYMENT_REQUIRED)
    settled_at = at + draw.lognormvariate(3.5, 0.6)
    return Task(
        key=key_of(number),
        kind=kind,
        status=status,
        created_at=at,
        label=label,
        request=request,
        digest=request_digest(kind, request),
        account=_ACCOUNT,
        server=server,
        submitted_at=at + 0.4,
        settled_at=settled_at,
        task_id=f"{draw.getrandbits(64):016x}-{number}",
        run_id=100_000 + number if status is TaskStatus.SUCCESS else None,
        fetched_at=settled_at + 2.0 if status is TaskStatus.SUCCESS else None,  # else a start asks for the result
        exception_reason=draw.choice(_REASONS) if status is TaskStatus.ERROR else None,
        message="The request could not be completed." if failed else None,
    )


def write_session(path: Path, tasks: list[Task]) -> Path:
    """A tidy session file of these tasks; returns its path."""
    session = SessionFile(path)
    session.lock()
    session.append(tasks, sync=True)
    session.tidy()
    session.release()
    return path
