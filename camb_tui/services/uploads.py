"""Files of this machine that go into a submission: found, checked, measured, read.

Nothing is sent here; the client streams the file when its time comes, and holds it against what was measured here.
Every function may wait for a slow disk, so callers with a screen call them in a thread.
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from camb_tui.domain.errors import NotSentError, UsageError
from camb_tui.domain.kinds import Field
from camb_tui.domain.tasks import Upload

CHUNK = 1024 * 1024
TEXT_LIMIT = 8 * 1024 * 1024
"""Most bytes read of a text file where its field names no limit."""
MOST_ENTRIES = 5000
"""Entries of one folder looked at for a completion; a folder of a million must not hold up a key press."""


def full_path(text: str) -> str:
    """The path as typed made absolute: a session outlives the folder it was started in.

    Raises:
        UsageError: It names the home of a user this machine does not know, or cannot be a path.
    """
    try:
        return str(Path(text.strip()).expanduser().absolute())
    except (RuntimeError, ValueError) as error:
        raise UsageError(f"{text.strip()[:200]!r} is not a path on this machine") from error


def describe_upload(field: Field, path: str) -> Upload:
    """The file as it is now: its full path, size and SHA-256, read in chunks.

    Raises:
        UsageError: There is no such file, it cannot be read, or the field does not take it.
    """
    whole = full_path(path)
    check_file(field, whole)
    digest = hashlib.sha256()
    size = 0
    for chunk in _chunks(whole):
        digest.update(chunk)
        size += len(chunk)
    _check_size(field, whole, size)  # it may have grown since it was looked at
    return Upload(field.name, whole, size, digest.hexdigest())


def check_file(field: Field, path: str) -> None:
    """Whether the field takes the file, as far as its name and size tell.

    Raises:
        UsageError: There is no such file, it cannot be read, or the field does not take it.
    """
    whole = full_path(path)
    if field.suffixes and not whole.lower().endswith(field.suffixes):
        raise UsageError(f"must end in {', '.join(field.suffixes)}")
    _check_size(field, whole, _plain_file_size(whole))


def read_text_file(path: str, limit: int = TEXT_LIMIT) -> str:
    """The text of a UTF-8 file of at most `limit` bytes, with plain line ends and without a byte order mark.

    Raises:
        UsageError: There is no such file, it cannot be read, is too big, or is not UTF-8 text.
    """
    whole = full_path(path)
    if _plain_file_size(whole) > limit:
        raise UsageError(f"{whole} is larger than {_size(limit)}")
    content = bytearray()
    for chunk in _chunks(whole):
        content += chunk
        if len(content) > limit:
            raise UsageError(f"{whole} is larger than {_size(limit)}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{whole} is not UTF-8 text (byte {error.start + 1})") from error
    if "\0" in text:
        raise UsageError(f"{whole} is not text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


class FileChecks:
    """Whether files are still those that were submitted; one that many tasks share is read once.

    Used in threads; `stop` ends a check under way, so that a large file does not hold up the end of the program.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, int, int], str] = {}
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End every check, now and from now on."""
        self._stopped.set()

    def check(self, uploads: Iterable[Upload]) -> None:
        """Hold files against what they were when they were submitted.

        Raises:
            UsageError: One is another by now, or is gone; the sentence says which.
            NotSentError: The check was stopped.
        """
        for upload in uploads:
            if self.has_changed(upload):
                raise UsageError(
                    f"{upload.path} has changed since it was submitted; nothing was sent. r sends the file as it is now"
                )

    def has_changed(self, upload: Upload) -> bool:
        """Whether a file is another one than when it was submitted.

        Raises:
            UsageError: It is gone or cannot be read; the sentence says which.
            NotSentError: The check was stopped.
        """
        size = _plain_file_size(upload.path)
        return size != upload.size or self._digest(upload.path) != upload.sha256

    def _digest(self, path: str) -> str:
        try:
            facts = Path(path).stat()
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {_reason(error)}") from error
        name = (path, facts.st_ino, facts.st_size, facts.st_mtime_ns)
        if name not in self._known:
            digest = hashlib.sha256()
            for chunk in _chunks(path):
                if self._stopped.is_set():
                    raise NotSentError(f"{path} was not checked to its end")
                digest.update(chunk)
            self._known[name] = digest.hexdigest()
        return self._known[name]


class PathMatch(NamedTuple):
    """A way to go on with a path that is being typed."""

    text: str
    """The whole path in the user's own spelling; a folder ends in a slash."""
    size: int | None
    """Bytes of a file, None for a folder."""


def complete_path(text: str, suffixes: tuple[str, ...] = (), limit: int = 6) -> list[PathMatch]:
    """Folders, and files with these endings, that go on from what was typed; hidden ones only when asked for."""
    head, slash, start = text.rpartition("/")
    folder = Path(head + slash if slash else ".")
    wanted = start.lower()
    found: list[PathMatch] = []
    try:
        for entry in _entries(folder.expanduser()):
            name = entry.name
            if not name.lower().startswith(wanted) or (name.startswith(".") and not start.startswith(".")):
                continue
            if not name.isprintable():
                continue  # it could not be shown as it is, so it cannot be chosen by sight
            if entry.is_dir():
                found.append(PathMatch(f"{head}{slash}{name}/", None))
            elif not suffixes or name.lower().endswith(suffixes):
                found.append(PathMatch(f"{head}{slash}{name}", entry.stat().st_size))
    except (OSError, RuntimeError, ValueError):
        pass  # an unreadable folder offers nothing; the check of the field says what is wrong
    found.sort(key=lambda match: (match.size is None, match.text.lower()))
    return found[:limit]


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for place, entry in enumerate(entries):
            if place >= MOST_ENTRIES:
                return
            yield entry


def _plain_file_size(path: str) -> int:
    try:
        facts = Path(path).stat()
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {_reason(error)}") from error
    if stat.S_ISDIR(facts.st_mode):
        raise UsageError(f"{path} is a folder")
    if not stat.S_ISREG(facts.st_mode):
        raise UsageError(f"{path} is not a plain file")  # reading a pipe or a device might never end
    return facts.st_size


def _chunks(path: str) -> Iterator[bytes]:
    try:
        with Path(path).open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {_reason(error)}") from error


def _check_size(field: Field, path: str, size: int) -> None:
    if size == 0:
        raise UsageError(f"{path} is empty")
    if field.maximum is not None and size > field.maximum:
        raise UsageError(f"must be at most {_size(int(field.maximum))}, is {_size(size)}")


def _size(size: int) -> str:
    """Bytes in binary units, as the service's limits are given."""
    if size < 1024 * 1024:
        return f"{size / 1024:.1f} KiB" if size >= 1024 else f"{size} bytes"
    return f"{size / 1024 / 1024:.1f} MiB"


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
