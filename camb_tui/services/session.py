"""The session file: the only module that touches it, with its neighbours `session_*`.

A save appends the blocks of the tasks that changed, as one frame (`session_text`); a tidy writes every task once and
takes the file's name. One process writes, under a lock; others read (`load_session`) and follow (`SessionFollower`).
We only append to a file whose every byte is ours: after an edit, a torn write or damage the next save is a tidy.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from camb_tui.domain.errors import SessionError, SessionLockedError, SessionWriteError
from camb_tui.domain.tasks import Task
from camb_tui.services import session_disk as disk
from camb_tui.services.session_follower import SessionFollower
from camb_tui.services.session_loading import Loaded, load_session, look_at, reason_of
from camb_tui.services.session_shelf import Brief, Entry, TaskShelf, brief_of
from camb_tui.services.session_text import encode_top, frame, join_bodies

__all__ = [
    "Brief",
    "Loaded",
    "SessionFile",
    "SessionFollower",
    "TaskShelf",
    "brief_of",
    "load_session",
]

_SMALL = 64 * 1024
"""Bytes of history that are not worth a tidy."""


class SessionFile:
    """The writer of one session file. Used by one thread at a time."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.path = Path(os.path.realpath(path))  # a tidy replaces the file, not a link to it
        self._clock = clock
        self._lock: Any = None  # filelock's class is imported when it is needed
        self._read_only = False
        self._entries: dict[str, Entry] = {}
        self._extras: dict[str, Any] = {}
        self._pending: dict[str, Task] = {}
        self._notices: list[str] = []
        self._ours = False
        """Every byte of the file is ours, so that a frame may be appended."""
        self._single = False
        """The file is tidy."""
        self._kept = False
        """What stands in the file is already kept under another name."""
        self._unsynced = False
        self._loaded = False
        self._first: Loaded | None = None
        """What was read before there was a lock."""
        self._size = 0
        self._inode = 0
        self._modified = 0
        self._needed = 0

    # The lock

    @property
    def is_locked(self) -> bool:
        return self._lock is not None

    def lock(self) -> None:
        """Become the one who writes this session.

        Raises:
            SessionLockedError: Another camb-tui is.
            SessionWriteError: The lock cannot be taken at all.
        """
        if self._lock is not None:
            return
        import filelock  # 9 ms that reading alone does without

        try:
            disk.make_private_folder(self.path.parent)
            lock = filelock.FileLock(f"{self.path}.lock", timeout=0, mode=0o600, thread_local=False)
            lock.acquire()
        except filelock.Timeout as error:
            raise SessionLockedError(
                f"another camb-tui is writing the session {self.path}; "
                "close it first, or choose another session with --session NAME"
            ) from error
        except (OSError, NotImplementedError) as error:
            reason = reason_of(error) if isinstance(error, OSError) else "its file system has no locks"
            raise SessionWriteError(f"cannot lock the session {self.path}: {reason}") from error
        self._lock = lock
        self._loaded = False  # what was read before may be old: somebody else could write until now

    def release(self) -> None:
        """Let another one write; what was not saved is no longer tried."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def is_free(self) -> bool:
        """Whether nobody writes this session at present; holds the lock for the moment it takes to see."""
        if self._lock is not None:
            return False
        try:
            self.lock()
        except SessionError:
            return False
        self.release()
        return True

    # Reading

    def load(self, now: float) -> Loaded:
        """Read the file, and remember what a tidy must keep. With the lock held, a damaged file is set aside.

        What was read before the lock was taken is given again where the file is the same still: it has nothing more
        to tell then, and reading 10,000 tasks a second time takes 15 MiB and 30 ms.

        Raises:
            SessionReadError: There is something under that name, and it cannot be read.
        """
        first, self._first = self._first, None
        if first is not None and self.is_locked and self._ours and not self._read_only and self._has_same_stat():
            self._loaded = True
            return first._replace(notices=())
        seen = look_at(self.path, now=now, may_write=self.is_locked)
        reading = seen.reading
        self._entries, self._extras = dict(reading.entries), reading.extras
        self._ours, self._single = reading.ours, reading.single
        self._read_only = seen.loaded.read_only
        self._kept = bool(reading.lost)
        self._size, self._inode, self._modified = seen.size, seen.inode, seen.modified
        self._needed = seen.size if reading.single else self._count_needed() if reading.ours else 0
        self._loaded = True
        if self._kept and self.is_locked and not self._read_only:
            try:
                self._rewrite({})
            except SessionWriteError as error:
                return seen.loaded._replace(notices=(*seen.loaded.notices, str(error)))
        self._first = None if self.is_locked else seen.loaded
        return seen.loaded

    def take_notices(self) -> tuple[str, ...]:
        """What happened to the file while we wrote it, in sentences for the user; each is given once."""
        notices, self._notices = tuple(self._notices), []
        return notices

    # Writing

    def append(self, tasks: Iterable[Task], *, sync: bool) -> None:
        """Save tasks that changed, in one write; with `sync`, return only when they are on the disk.

        A task whose block would say what the last one says is not written again.

        Raises:
            SessionWriteError: They could not be saved; the next save tries them again.
        """
        for task in tasks:
            self._pending[task.key] = task
        self._check_writable()
        changed = self._changed()
        if changed or (sync and self._unsynced):
            if self._ours and self._is_as_we_left_it():
                self._try(lambda: self._append(changed, sync=sync))
            else:
                self._rewrite(changed)
        self._pending.clear()

    def wants_tidy(self) -> bool:
        """True where the file has grown to twice what it need be."""
        return self._ours and self._size > 2 * self._needed + _SMALL

    def tidy(self, tasks: Iterable[Task] | TaskShelf = ()) -> None:
        """Write every task once. `tasks` may hold changes not saved yet; what it leaves out is kept all the same.

        Blocks of tasks that did not change are copied unread. The file that was is kept as `.bak`.

        Raises:
            SessionWriteError: It could not be written; the file is as it was.
        """
        self._check_writable()
        if isinstance(tasks, TaskShelf):
            given = [(key, entry) for key, entry in tasks.entries().items() if entry is not self._entries.get(key)]
            self._pending.update((key, entry.task) for key, entry in given)
        else:
            self._pending.update((task.key, task) for task in tasks)
        changed = self._changed()
        if changed or self._unsynced or not (self._single and self._is_as_we_left_it()):
            self._rewrite(changed)
        self._pending.clear()

    def _check_writable(self) -> None:
        if not self.is_locked:
            raise SessionWriteError(f"the session {self.path} is not ours to write; nothing was saved")
        if not self._loaded:
            self._notices.extend(self.load(self._clock()).notices)
        if self._read_only:
            raise SessionWriteError(f"the session {self.path} is open for reading only; nothing was saved")

    def _changed(self) -> dict[str, Entry]:
        """New entries of the pending tasks whose blocks would say something new."""
        entries = map(self._entry, self._pending.values())
        return {entry.brief.key: entry for entry in entries if self._differs(entry)}

    def _entry(self, task: Task) -> Entry:
        """The task's new entry, with the unknown keys of its last one; or the last one where it holds this value."""
        last = self._entries.get(task.key)
        if last is None:
            return Entry.of(task)
        return last if last.holds(task) else Entry.of(task, last.extras)

    def _differs(self, entry: Entry) -> bool:
        last = self._entries.get(entry.brief.key)
        return last is not entry and (last is None or last.body != entry.body)

    def _is_as_we_left_it(self) -> bool:
        """False where somebody else replaced, removed or changed the file since."""
        try:
            stat = self.path.stat()
            if stat.st_ino != self._inode or stat.st_size != self._size:
                return False
            if stat.st_mtime_ns != self._modified:  # touched, or edited without changing its length
                seen = look_at(self.path, now=self._clock(), may_write=False)
                if not seen.reading.ours or seen.size != self._size:
                    return False
                self._modified = stat.st_mtime_ns
        except (OSError, SessionError):
            return False
        return True

    def _has_same_stat(self) -> bool:
        try:
            stat = self.path.stat()
        except OSError:
            return False
        return (stat.st_ino, stat.st_size, stat.st_mtime_ns) == (self._inode, self._size, self._modified)

    def _append(self, changed: dict[str, Entry], *, sync: bool) -> None:
        if not changed:
            self._sync()
            return
        data = frame(join_bodies(entry.body for entry in changed.values()), first=False)
        self._ours = False  # until we know how the write went; a tidy mends what it may leave
        try:
            stat = disk.append_bytes(self.path, data, sync=sync)
        except OSError as error:
            # A full disk has room for a little sooner than for all, and what was half written has been taken back.
            self._ours = error.errno in (errno.ENOSPC, errno.EDQUOT) and self._is_as_we_left_it()
            raise
        for key, entry in changed.items():
            last = self._entries.get(key)
            self._needed += len(entry.body) - len(last.body) if last is not None else len(entry.body)
        self._entries.update(changed)
        self._ours, self._single = stat.st_size == self._size + len(data), False
        self._size, self._modified, self._unsynced = stat.st_size, stat.st_mtime_ns, not sync

    def _sync(self) -> None:
        self._ours = False  # after a failed sync nobody knows what the disk holds
        disk.sync_file(self.path)
        self._ours, self._unsynced = True, False

    def _rewrite(self, changed: dict[str, Entry]) -> None:
        entries = {**self._entries, **changed}
        payload = encode_top(self._extras) + join_bodies(entry.body for entry in entries.values())
        self._try(lambda: self._replace(frame(payload, first=True)))
        self._entries = entries

    def _replace(self, data: bytes) -> None:
        disk.make_private_folder(self.path.parent)
        if self.path.exists() and not self._kept:
            if self._is_as_we_left_it():
                disk.keep_as_backup(self.path)
            else:
                aside = disk.set_aside(self.path, why="changed", now=self._clock())
                self._notices.append(f"{self.path} was changed by somebody else; that file is kept as {aside.name}")
                self._kept = True
        stat = disk.replace_bytes(self.path, data)
        self._kept = False
        self._size, self._inode, self._needed = stat.st_size, stat.st_ino, stat.st_size
        self._modified = stat.st_mtime_ns
        self._ours = False
        disk.sync_folder(self.path.parent)
        self._ours, self._single, self._unsynced = True, True, False

    def _count_needed(self) -> int:
        return sum(len(entry.body) for entry in self._entries.values())

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except OSError as error:
            raise SessionWriteError(
                f"cannot save the session to {self.path}: {reason_of(error)}. "
                "What changed is kept in memory, and the next save tries again"
            ) from error
