"""The user: says at random what a person at the screen may say, and enters every word in the ledger."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import RETRYABLE, UNSENT, Task, TaskStatus
from camb_tui.services.changes import Adopt, Command, Look, Mark, Release, Retry, Submit, Undo, UseKey
from tests.crash.ledger import Ledger, Life

KEY = "a-key-for-loopback"
WINDOWS = (0.0, 0.0, 0.0, 0.05, 0.2, 5.0)
"""Seconds of undo; the last is longer than any life."""


class User:
    """Knows what the screen shows, and nothing else of the program."""

    def __init__(self, draw: random.Random, ledger: Ledger, upload: Path, add_task: Callable[[], str]) -> None:
        self._draw, self._ledger, self._upload, self._add_task = draw, ledger, upload, add_task
        self._names = 0

    def words(self, life: Life, rows: Mapping[str, Task], orphans: Mapping[str, str]) -> list[Command]:
        """What is said in one life: often the release of what the last kill left held, then something new."""
        said: list[Command] = [self._release(life, rows)] if self._draw.random() < 0.7 else []
        if self._draw.random() < 0.9:
            said.append(self.submit())
        for _ in range(self._draw.randint(0, 5)):
            match self._draw.choice(
                ("submit", "submit", "undo", "key", "release", "retry", "retry", "look", "adopt", "mark")
            ):
                case "submit":
                    said.append(self.submit())
                case "undo":
                    said.append(Undo())
                case "key":
                    said.append(UseKey(KEY))
                case "release":
                    said.append(self._release(life, rows))
                case "retry":
                    said += self._retry(rows)
                case "look":
                    said.append(self._look(rows))
                case "adopt":
                    said.append(self._adopt(rows, orphans))
                case "mark":
                    said += self._mark(rows)
        return said

    def submit(self) -> Command:
        """One or several new submissions."""
        count = self._draw.choice((1, 1, 2, 5, 12))
        return Submit(tuple(self.submission() for _ in range(count)), window=self._draw.choice(WINDOWS))

    def submission(self) -> Submission:
        """A new one, of a name of its own, of one of four kinds and encodings."""
        self._names += 1
        name = f"number {self._names}"
        self._ledger.asked[name] += 1
        text = f"{name}. {'Some more of it. ' * self._draw.choice((1, 1, 1, 60))}"
        requests: tuple[tuple[str, dict[str, Any]], ...] = (
            ("tts", {"text": text, "voice_id": 20303, "language": 1}),
            ("translation", {"texts": [text], "source_language": 1, "target_language": 54}),
            ("dubbing", {"video_url": f"https://example.org/{self._names}.mp4", "source_language": 1,
                         "target_languages": [54]}),
            ("story", {"file": str(self._upload), "source_language": 1, "title": name}),
        )  # fmt: skip
        kind, request = self._draw.choice(requests)
        return Submission(kind, request, name)

    def _look(self, rows: Mapping[str, Task]) -> Command:
        live = [key for key, task in rows.items() if task.is_polled]
        return Look(tuple(self._draw.sample(live, min(len(live), 8))))

    def _release(self, life: Life, rows: Mapping[str, Task]) -> Command:
        held = [key for key, task in rows.items() if task.status is TaskStatus.HELD and not task.archived]
        keys = tuple(self._draw.sample(held, self._draw.randint(0, min(6, len(held)))))
        # What was queued when the program was killed may not be shown as held yet, and no keys means all.
        everything = [key for key, task in life.before.items() if task.status in UNSENT and not task.archived]
        life.released.update(keys or everything)
        return Release(keys)

    def _retry(self, rows: Mapping[str, Task]) -> list[Command]:
        ready = [task for task in rows.values() if task.status in RETRYABLE and not task.superseded_by and task.request]
        chosen = self._draw.sample(ready, min(len(ready), self._draw.randint(1, 3)))
        for task in chosen:
            self._ledger.asked[task.label] += 1
        return [Retry(tuple(task.key for task in chosen), self._draw.choice(WINDOWS))] if chosen else []

    def _mark(self, rows: Mapping[str, Task]) -> list[Command]:
        doubtful = [task.key for task in rows.values() if task.status is TaskStatus.UNCONFIRMED]
        return [Mark((self._draw.choice(doubtful),), archived=True, tags=("seen",))] if doubtful else []

    def _adopt(self, rows: Mapping[str, Task], orphans: Mapping[str, str]) -> Command:
        known = [key for key in orphans if key in rows and rows[key].status is TaskStatus.UNCONFIRMED]
        if known and self._draw.random() < 0.7:
            key = self._draw.choice(known)
            return Adopt(rows[key].kind, orphans[key], key=key)
        task_id = self._add_task()
        self._ledger.asked[task_id] += 1
        return Adopt("tts", task_id)
