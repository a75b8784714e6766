"""How far the saving of many results has come, for the summary; that of one is told where the task is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Saving:
    """Follows the tasks that are being saved until all of them are over."""

    def __init__(self) -> None:
        self._left: set[str] = set()
        self._total = 0

    def begin(self, keys: Iterable[str]) -> None:
        """These are to be saved, beside those that are under way."""
        new = set(keys) - self._left
        self._left |= new
        self._total += len(new)

    def take(self, progress: Mapping[str, str]) -> bool:
        """Take in what the engine tells of tasks, of each an empty text last; whether that is news here."""
        over = {key for key, text in progress.items() if not text} & self._left
        self._left -= over
        if not self._left:
            self._total = 0
        return bool(over)

    @property
    def words(self) -> str:
        """Such as "saving 37/100"; empty where fewer than two are under way."""
        if self._total < 2:
            return ""
        return f"saving {self._total - len(self._left):,}/{self._total:,}"
