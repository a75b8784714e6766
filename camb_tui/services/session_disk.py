"""How bytes reach the session's folder and stay there: private, synced, and never over something else.

Knows nothing of what the bytes say. Raises plain `OSError`; `session` turns it into words.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for the user alone."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_private_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=_PRIVATE_FOLDER)


def append_bytes(path: Path, data: bytes, *, sync: bool) -> os.stat_result:
    """Append `data` to an existing file in one write, wholly or, as far as that can be had, not at all."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    try:
        before = os.fstat(descriptor).st_size
        try:
            _write_all(descriptor, data)
            if sync:
                os.fsync(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, before)
            raise
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def replace_bytes(path: Path, data: bytes) -> os.stat_result:
    """Give the file `data` as its whole content: a neighbour is filled and synced and then takes the name.

    The folder is left to `sync_folder`.
    """
    neighbour = path.with_name(f"{path.name}.new")
    neighbour.unlink(missing_ok=True)  # left by a crash; the session's lock says that nobody fills it now
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(neighbour, flags, _PRIVATE_FILE)
    try:
        _write_all(descriptor, data)
        os.fsync(descriptor)
        stat = os.fstat(descriptor)
        os.replace(neighbour, path)  # noqa: PTH105 - what a test makes fail by name
    except OSError:
        with contextlib.suppress(OSError):
            neighbour.unlink()
        raise
    finally:
        os.close(descriptor)
    return stat


def sync_file(path: Path) -> None:
    """Wait until what was appended is on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where its file system can say so."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def keep_as_backup(path: Path) -> None:
    """Let the file's present content be found under its name with `.bak` too."""
    backup = path.with_name(f"{path.name}.bak")
    fresh = path.with_name(f"{path.name}.bak.new")
    fresh.unlink(missing_ok=True)
    try:
        os.link(path, fresh)  # the tidy that follows gives the name to another file, so this one stays as it is
    except OSError:
        _copy(path, fresh)  # a file system without second names
    os.replace(fresh, backup)  # noqa: PTH105 - as above


def set_aside(path: Path, *, why: str, now: float) -> Path:
    """Keep the file's present content under a dated name that nothing else has, and give that name."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H%M%S")
    stem = path.name.removesuffix(".toml")
    for number in range(1, 1000):
        again = "" if number == 1 else f"-{number}"
        aside = path.with_name(f"{stem}.{stamp}{again}.{why}.toml")
        try:
            _copy(path, aside)
        except FileExistsError:
            continue
        sync_folder(path.parent)
        return aside
    raise FileExistsError(errno.EEXIST, "too many files set aside", str(path))


def _copy(path: Path, name: Path) -> None:
    """Copy the file to a name that must be free; a second name would change with an editor that writes in place."""
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "wb") as copy, path.open("rb") as original:
            shutil.copyfileobj(original, copy)
            copy.flush()
            os.fsync(copy.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            name.unlink()  # half a copy would pass for a whole one
        raise


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
