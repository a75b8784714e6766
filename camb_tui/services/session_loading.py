"""Reading the session file from the disk: what it holds, and what the user should be told about it.

A damaged file is kept under a dated name by who may write, and is never written over.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import NamedTuple

from camb_tui.domain.errors import SessionReadError
from camb_tui.services import session_disk as disk
from camb_tui.services.session_reading import Reading, read_session
from camb_tui.services.session_shelf import TaskShelf

_MOST_NAMED = 5
"""Losses told one by one."""


class Loaded(NamedTuple):
    """What a session file gave."""

    tasks: TaskShelf
    notices: tuple[str, ...]
    """Sentences for the user: what was torn, damaged or newer, and what became of it."""
    read_only: bool
    """A later version wrote it, or it can neither be read whole nor be set aside: it must not be written."""


def load_session(path: Path, *, now: float, may_write: bool = False) -> Loaded:
    """What the session file holds; no lock is needed to read.

    Args:
        path: The session file; one that is missing holds no tasks.
        now: The present time; dates what is set aside, and tasks written by hand without a date.
        may_write: Keep a damaged file under a dated name. Only for who holds the lock.

    Raises:
        SessionReadError: There is something under that name, and it cannot be read.
    """
    return look_at(Path(path), now=now, may_write=may_write).loaded


class Seen(NamedTuple):
    """What one look at the file gave."""

    loaded: Loaded
    reading: Reading
    size: int
    inode: int
    modified: int = 0
    """Time of its last change, in nanoseconds."""


def look_at(path: Path, *, now: float, may_write: bool) -> Seen:
    try:
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            data = file.read()
    except FileNotFoundError:
        reading = read_session(b"", now=now)
        return Seen(Loaded(TaskShelf(), _absence(path, "is missing"), read_only=False), reading, 0, 0)
    except OSError as error:
        raise SessionReadError(f"cannot read the session {path}: {reason_of(error)}") from error
    reading = read_session(data, now=now)
    read_only = reading.newer
    notices: list[str] = []
    if not data.strip():
        notices.extend(_absence(path, "is empty"))
    if reading.newer:
        notices.append(f"{path} was written by a later version of camb-tui; it is shown, and nothing is saved")
    if reading.torn:
        notices.append(f"The last save was cut short: {reading.torn}")
    if reading.lost and not reading.newer:
        notice, kept = _set_aside_damaged(path, reading, now=now, may_write=may_write)
        notices.append(notice)
        read_only = not kept
    loaded = Loaded(TaskShelf(reading.entries), tuple(notices), read_only)
    return Seen(loaded, reading, len(data), stat.st_ino, stat.st_mtime_ns)


def _absence(path: Path, what: str) -> tuple[str, ...]:
    backup = path.with_name(f"{path.name}.bak")
    return (f"{path} {what}; an older copy of it is at {backup}",) if backup.exists() else ()


def _set_aside_damaged(path: Path, reading: Reading, *, now: float, may_write: bool) -> tuple[str, bool]:
    """Keep the damaged file for later; what to tell the user, and whether the file may be written now."""
    count = len(reading.entries)
    named = "; ".join(reading.lost[:_MOST_NAMED])
    more = f"; and {len(reading.lost) - _MOST_NAMED} more" if len(reading.lost) > _MOST_NAMED else ""
    came_back = f"{count} {'task' if count == 1 else 'tasks'} came back; not read: {named}{more}"
    if not may_write:
        return f"{path} is damaged. {came_back}", True
    try:
        aside = disk.set_aside(path, why="damaged", now=now)
    except OSError as error:
        trouble = f"It cannot be set aside ({reason_of(error)}), so nothing is saved"
        return f"{path} is damaged. {came_back}. {trouble}", False
    return f"{path} was damaged and is kept as {aside.name}. {came_back}", True


def reason_of(error: OSError) -> str:
    """What went wrong, and what the user can do about it."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; free some space"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "no permission; check the folder's rights, or choose another place with --session PATH"
    return error.strerror or type(error).__name__
