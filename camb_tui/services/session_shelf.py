"""The tasks of a session as they came from its file: each block is read only when its task is asked for.

Ten thousand blocks take tenths of a second to read and a screen shows fifty, so a shelf keeps bytes and knows of
every task only what views count by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from camb_tui.domain.haystack import haystack_of
from camb_tui.domain.tasks import Task, TaskStatus, read_status
from camb_tui.services.session_text import decode_body, encode_body, task_from
from camb_tui.services.session_words import haystack_of_body

_HEAD: Final = re.compile(
    rb'key = "([^"\\\n]+)"\nkind = "([^"\\\n]+)"\nstatus = "([^"\\\n]+)"\n'
    rb"(archived = true\n)?(pinned = true\n)?(superseded_by = [^\n]*\n)?(part_of = [^\n]*\n)?(saved = \[\n)?"
)
_new_tuple: Final = tuple.__new__  # twice as fast as the class's own way, over every task of a session
_UNREADABLE: Final = "the session file holds more about this task than can be read"
_STATUS_OF: Final = {status.value.encode(): status for status in TaskStatus}


class Brief(NamedTuple):
    """What views count a task by."""

    key: str
    kind: str
    status: TaskStatus
    archived: bool
    superseded: bool
    pinned: bool
    saved: bool
    part: bool
    """It is a part of a split task."""

    @property
    def hidden(self) -> bool:
        return self.archived or self.superseded


def brief_of(task: Task) -> Brief:
    """The brief of a task at hand."""
    superseded = task.superseded_by is not None
    part = task.part_of is not None
    return Brief(task.key, task.kind, task.status, task.archived, superseded, task.pinned, bool(task.saved), part)


def key_of_body(body: bytes) -> str | None:
    """The key of a canonical body; None where its head holds anything unusual, so that only reading it all will do."""
    match = _HEAD.match(body)
    return match[1].decode() if match is not None else None


def _brief_of_body(body: bytes) -> Brief | None:
    match = _HEAD.match(body)
    if match is None:
        return None
    key, kind, word, archived, pinned, superseded, part_of, saved = match.groups()
    status = _STATUS_OF.get(word) or read_status(word.decode())
    flags = (archived is not None, superseded is not None, pinned is not None, saved is not None, part_of is not None)
    return _new_tuple(Brief, (key.decode(), kind.decode(), status, *flags))


class Entry:
    """One task: its canonical body, or its value, or both.

    Either can be had from the other, so shelves and the writer share entries and pay for each once. Never changes
    what it says.
    """

    __slots__ = ("_body", "_extras", "_task")

    def __init__(
        self, body: bytes | None = None, task: Task | None = None, extras: Mapping[str, Any] | None = None
    ) -> None:
        self._body = body
        self._task = task
        self._extras = extras

    @classmethod
    def of(cls, task: Task, extras: Mapping[str, Any] | None = None) -> Entry:
        """The entry of a task at hand, with the keys of its block that we do not know."""
        return cls(None, task, extras or {})

    @property
    def brief(self) -> Brief:
        """What views count it by; kept nowhere, so that a session costs the collector of garbage little."""
        brief = _brief_of_body(self._body) if self._task is None and self._body is not None else None
        return brief or brief_of(self.task)

    @property
    def haystack(self) -> str:
        """Where a bare word of a filter is searched; costs far less than reading the task."""
        found = haystack_of_body(self._body) if self._task is None and self._body is not None else None
        return found if found is not None else haystack_of(self.task)

    @property
    def task(self) -> Task:
        if self._task is None:
            self._read()
            assert self._task is not None
        return self._task

    @property
    def extras(self) -> Mapping[str, Any]:
        """Keys of its block that we do not know."""
        if self._extras is None:
            self._read()
            assert self._extras is not None
        return self._extras

    @property
    def body(self) -> bytes:
        if self._body is None:
            self._body = encode_body(self.task, self.extras)
        return self._body

    def holds(self, task: Task) -> bool:
        """True where this very value is known to be what the body says; costs no reading."""
        return self._task is task

    def _read(self) -> None:
        assert self._body is not None
        try:
            fields = task_from(decode_body(self._body), now=0.0)
        except (ValueError, RecursionError):
            brief = _brief_of_body(self._body)
            assert brief is not None  # or it would have been read at once
            self._extras, self._task = {}, _unreadable(brief)
        else:
            self._extras, self._task = fields.extras, fields.task


def _unreadable(brief: Brief) -> Task:
    """A row for a block that is ours and makes no sense: it must not take the screen down."""
    return Task(key=brief.key, kind=brief.kind, status=brief.status, created_at=0.0, message=_UNREADABLE)


class TaskShelf(Mapping[str, Task]):
    """Tasks by key, in order of submission; each is read when it is first asked for.

    Copies share what was read, and may be used by different threads.
    """

    def __init__(self, entries: Mapping[str, Entry] | None = None) -> None:
        self._entries: dict[str, Entry] = dict(entries or {})

    def __getitem__(self, key: str) -> Task:
        return self._entries[key].task

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def brief(self, key: str) -> Brief:
        """What views count the task by; reads nothing."""
        return self._entries[key].brief

    def haystack(self, key: str) -> str:
        """Where a bare word of a filter is searched; reads next to nothing."""
        return self._entries[key].haystack

    def briefs(self) -> Iterator[Brief]:
        """Every task's brief, in order; reads nothing."""
        return (entry.brief for entry in self._entries.values())

    def entries(self) -> Mapping[str, Entry]:
        """What the writer of the file takes over unread."""
        return self._entries

    def put(self, task: Task) -> None:
        """Take in a task: in its old place where its key is known, else at the end."""
        self._entries[task.key] = Entry.of(task)

    def copy(self) -> TaskShelf:
        """A shelf of its own that shares what was read."""
        return TaskShelf(self._entries)
