"""Task: a submission we sent or mean to send, its status, and the only ways in which it changes.

A task is a frozen value; every transition gives a new one. Owns what statuses mean (live, settled, retryable); leaves
to `schedule` when to ask, to `advice` what to tell the user, to the services how tasks are kept and sent.
Times are seconds since the Unix epoch.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

import msgspec


class TaskStatus(enum.StrEnum):
    """Where a task stands: the service's own words in capitals, ours in lower case."""

    HELD = "held"
    """Written to the session, not sent, and not to be sent without a reason's end or the user's word."""
    QUEUED = "queued"
    """Released; waits for its turn to be sent."""
    SENDING = "sending"
    """The POST may be under way."""
    UNCONFIRMED = "unconfirmed"
    """No answer to the POST: the task may or may not exist."""
    REJECTED = "rejected"
    """The service took nothing."""
    OVERDUE = "overdue"
    """Our own maximum wait passed; no more polls."""
    MISSING = "missing"
    """404 on status, several times in a row."""
    SPLIT = "split"
    """Broken into smaller requests, of which some are under way; their joined result becomes its own."""
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    ERROR = "ERROR"
    TIMEOUT = "TIMEOUT"
    PAYMENT_REQUIRED = "PAYMENT_REQUIRED"
    UNKNOWN = "UNKNOWN"
    """A word we do not know; `Task.word` holds it. Counts as live."""


_WORDS = {
    "PENDING": TaskStatus.PENDING,
    "SUCCESS": TaskStatus.SUCCESS,
    "ERROR": TaskStatus.ERROR,
    "FAILED": TaskStatus.ERROR,
    "TIMEOUT": TaskStatus.TIMEOUT,
    "PAYMENT_REQUIRED": TaskStatus.PAYMENT_REQUIRED,
}

UNSENT = frozenset({TaskStatus.HELD, TaskStatus.QUEUED})
LIVE = frozenset({*UNSENT, TaskStatus.SENDING, TaskStatus.SPLIT, TaskStatus.PENDING, TaskStatus.UNKNOWN})
POLLED = frozenset({TaskStatus.PENDING, TaskStatus.UNKNOWN})
FAILED = frozenset({TaskStatus.ERROR, TaskStatus.TIMEOUT, TaskStatus.PAYMENT_REQUIRED, TaskStatus.REJECTED})
NEEDS_USER = frozenset({TaskStatus.UNCONFIRMED, TaskStatus.OVERDUE, TaskStatus.MISSING})
RETRYABLE = frozenset({*FAILED, TaskStatus.SUCCESS, TaskStatus.OVERDUE, TaskStatus.MISSING, TaskStatus.UNCONFIRMED})


def read_status(word: str, exception_reason: str | None = None) -> TaskStatus:
    """The status behind the service's word, whatever its case; UNKNOWN for one it coined since."""
    status = _WORDS.get(word.strip().upper(), TaskStatus.UNKNOWN)
    if status is TaskStatus.ERROR and (exception_reason or "").upper() == "PAYMENT_REQUIRED":
        return TaskStatus.PAYMENT_REQUIRED
    return status


class Hold(enum.StrEnum):
    """Why a task is held."""

    UNDO = "undo"
    """The seconds in which it can be taken back; over, it is sent by itself."""
    PAYMENT = "payment"
    KEY = "key"
    PAUSE = "pause"
    """Held by the user, or found held when the session was opened."""
    LATER = "later"
    """Waits for a time hours away, because sooner it would fail again; then it is sent by itself."""


class Upload(msgspec.Struct, frozen=True):
    """A file as it was when it was submitted, so that a retry notices another one under its name."""

    field: str
    path: str
    size: int
    sha256: str


class Task(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A row: a submission we sent or mean to send."""

    key: str
    """Ours, stable over restarts and unique in its session."""
    kind: str
    """A name of the catalogue of kinds."""
    status: TaskStatus
    created_at: float
    """When the intent was written."""
    word: str = ""
    """The service's own word where the status is UNKNOWN."""
    label: str = ""
    """What the user calls it."""
    request: dict[str, Any] = msgspec.field(default_factory=dict)  # JSON values by field name
    digest: str = ""
    """SHA-256 of the canonical request, hexadecimal; the same for the same kind and fields."""
    account: str = ""
    """Fingerprint of the key it was, or is to be, sent with."""
    server: str = ""
    """The base URL it was sent to; a label, never where a key is sent."""
    hold: str = ""
    """Why it is held, a `Hold`; empty when it is not."""
    held_until: float | None = None
    """When a hold for undo, or until later, ends."""
    submitted_at: float | None = None
    """When the POST was sent, or when an adopted id was taken in."""
    settled_at: float | None = None
    watched_from: float | None = None
    """When the user had it watched again; its maximum wait counts from here."""
    task_id: str | None = None
    run_id: int | None = None
    exception_reason: str | None = None
    message: str | None = None
    code: int | None = None
    """HTTP status of the answer that rejected it or left it open."""
    faults: tuple[tuple[str, str], ...] = ()
    """Fields the service named when it rejected the request, with what it said."""
    retry_of: str | None = None
    """Key of the try before this one."""
    superseded_by: str | None = None
    """Key of the try that took this one's place; hidden then."""
    attempt: int = 1
    parts: tuple[str, ...] = ()
    """Keys of the tasks it was split into, in order; each stands for the line of tries that begins with it."""
    parts_done: int = 0
    """How many of those are SUCCESS."""
    split_status: str = ""
    """The status it was split in, which it has again when its parts stop short of SUCCESS."""
    part_of: str | None = None
    """Key of the task that was split into this one and others."""
    joint: str | None = None
    """What stood between the part before and this one; None where this one begins a text of its own."""
    batch: str | None = None
    uploads: tuple[Upload, ...] = ()
    streamed: bool = False
    """Sent to the streaming route: it answers at once, has no task id, and this row keeps its outcome."""
    folder: str = ""
    """Where a stream's file is saved, where its sender chose a folder."""
    adopted: bool = False
    archived: bool = False
    pinned: bool = False
    tags: tuple[str, ...] = ()
    saved: tuple[str, ...] = ()
    """Paths its results were saved under."""
    fetched_at: float | None = None
    """When its result was kept beside the session."""
    result_missing_at: float | None = None
    """When the service said, long after it settled, that it has no result of it; only opening it asks again."""
    # What follows is true of this run of the program only and is never written.
    stale: bool = False
    """The last poll of this live task failed, so its status is old."""
    misses: int = 0
    """404s in a row."""
    every: float | None = None
    """Present cadence of its polls, in seconds."""
    polled_at: float | None = None
    expected_at: float | None = None
    """When half of the tasks like this one, last seen live at its age, will have ended: an estimate."""
    stuck_at: float | None = None
    """When it will take longer than nearly all tasks like it took."""

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def is_settled(self) -> bool:
        return self.status not in LIVE and self.status not in NEEDS_USER

    @property
    def is_failed(self) -> bool:
        return self.status in FAILED

    @property
    def is_polled(self) -> bool:
        return self.status in POLLED and self.task_id is not None

    @property
    def is_streaming(self) -> bool:
        """Its stream is under way, or about to begin."""
        return self.streamed and self.status is TaskStatus.SENDING

    @property
    def is_hidden(self) -> bool:
        """Superseded by a later try, or archived."""
        return self.superseded_by is not None or self.archived

    def is_stuck(self, now: float) -> bool:
        """Whether it takes longer than nearly all tasks like it took, which needs no poll to come true."""
        return self.stuck_at is not None and now >= self.stuck_at

    @property
    def shown_status(self) -> str:
        """The word to show: the service's own where we do not know it."""
        return self.word or self.status.value

    def but(self, **changes: Any) -> Task:  # field values of Task, checked by the struct's own types in tests
        """The same task with some fields changed."""
        return msgspec.structs.replace(self, **changes)


EPHEMERAL = ("stale", "misses", "every", "polled_at", "expected_at", "stuck_at")
"""Fields of Task that the session file never holds."""

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_key() -> str:
    """A fresh key: ten letters and digits that no font confuses, about 49 bits."""
    import secrets  # a start does without

    return "".join(secrets.choice(_ALPHABET) for _ in range(10))


def request_digest(kind: str, request: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical request, hexadecimal: the same for the same kind and fields in any order."""
    import hashlib  # a start does without these
    import json

    canonical = json.dumps([kind, request], sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def account_fingerprint(api_key: str) -> str:
    """A short name of the account behind a key, from which the key cannot be had back."""
    import hashlib

    return hashlib.scrypt(api_key.encode(), salt=b"camb-tui account", n=2**12, r=8, p=1, dklen=6).hex()
