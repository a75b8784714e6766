"""Following a session file that another process writes: what it appends, and what it tidies."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from camb_tui.domain.errors import SessionError
from camb_tui.domain.tasks import Task
from camb_tui.services.session_loading import Loaded, look_at
from camb_tui.services.session_reading import read_growth
from camb_tui.services.session_shelf import Entry


class SessionFollower:
    """Reads along in a session file that another process writes."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.path = Path(path)
        self._clock = clock
        self._entries: dict[str, Entry] = {}
        self._read = 0
        self._size = 0
        self._inode = 0

    def load(self, now: float) -> Loaded:
        """Read the whole file and follow it from there."""
        seen = look_at(self.path, now=now, may_write=False)
        self._entries = dict(seen.reading.entries)
        self._size, self._inode = seen.size, seen.inode
        self._read = seen.size if seen.reading.ours else 0
        return seen.loaded

    def poll(self) -> list[Task]:
        """The tasks that changed since the last look; all of them at the first."""
        try:
            stat = self.path.stat()
        except OSError:
            return []  # gone, or not to be seen right now
        if (stat.st_ino, stat.st_size) == (self._inode, self._size):
            return []
        changed = self._grown(stat) if self._read and stat.st_ino == self._inode and stat.st_size > self._read else None
        if changed is None:
            changed = self._again()
        news = {key: entry for key, entry in changed.items() if not self._knows(key, entry)}
        self._entries.update(news)
        return [entry.task for entry in news.values()]

    def _knows(self, key: str, entry: Entry) -> bool:
        known = self._entries.get(key)
        return known is not None and known.body == entry.body

    def _grown(self, stat: os.stat_result) -> dict[str, Entry] | None:
        """What whole frames at the end say; a frame still being written waits. None where it is not that simple."""
        try:
            with self.path.open("rb") as file:
                if os.fstat(file.fileno()).st_ino != stat.st_ino:
                    return None
                file.seek(self._read)
                data = file.read()
        except OSError:
            return {}
        found = read_growth(data)
        if found is None:
            return None
        entries, used = found
        self._size = self._read + len(data)
        self._read += used
        return entries

    def _again(self) -> dict[str, Entry]:
        try:
            seen = look_at(self.path, now=self._clock(), may_write=False)
        except SessionError:
            return {}
        self._size, self._inode = seen.size, seen.inode
        self._read = seen.size if seen.reading.ours else 0
        return seen.reading.entries
