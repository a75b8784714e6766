"""Where the engine's changes wait until the screen has time: many published, few taken, each task at its newest."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable

from camb_tui.domain.results import Result
from camb_tui.domain.tasks import Task
from camb_tui.services.changes import AudioFacts, Change, Notice, Question, StreamView


def merge(changes: Iterable[Change]) -> Change:
    """One change that says what all of them said, in order: of a task, a result or a state the last word counts."""
    tasks: dict[str, Task] = {}
    notices: list[Notice] = []
    results: dict[str, Result | str] = {}
    progress: dict[str, str] = {}
    questions: list[Question] = []
    health, outlook, catalogues, sending_held, read_only, account, may = None, None, None, None, None, None, None
    streams: dict[str, StreamView] = {}
    sounds: dict[str, tuple[AudioFacts, ...]] = {}
    for change in changes:
        for task in change.tasks:
            tasks[task.key] = task
        notices += change.notices
        results.update(change.results)
        progress.update(change.progress)
        streams.update(change.streams)
        sounds.update(change.sounds)
        health = change.health if change.health is not None else health
        outlook = change.outlook if change.outlook is not None else outlook
        catalogues = change.catalogues if change.catalogues is not None else catalogues
        sending_held = change.sending_held if change.sending_held is not None else sending_held
        read_only = change.read_only if change.read_only is not None else read_only
        questions += change.questions
        account = change.account if change.account is not None else account
        may = change.may_take_over if change.may_take_over is not None else may
    return Change(
        tasks=tuple(tasks.values()),
        health=health,
        outlook=outlook,
        notices=tuple(notices),
        results=results,
        progress=progress,
        streams=streams,
        sounds=sounds,
        catalogues=catalogues,
        sending_held=sending_held,
        read_only=read_only,
        questions=tuple(questions),
        account=account,
        may_take_over=may,
    )


class Intake:
    """Takes changes from the engine's thread and gives them to the screen's; wakes the screen once, not each time."""

    def __init__(self, wake: Callable[[], None]) -> None:
        """Args:
        wake: Tells the screen that something waits; called in the engine's thread, must not block.
        """
        self._wake = wake
        self._waiting: deque[Change] = deque()
        self._is_woken = threading.Event()

    def publish(self, change: Change) -> None:
        """Queue a change; safe from any thread."""
        self._waiting.append(change)
        if not self._is_woken.is_set():
            self._is_woken.set()
            self._wake()

    def take(self) -> Change | None:
        """All that waits as one change, None where nothing does."""
        self._is_woken.clear()  # first, so that a change published meanwhile wakes again
        taken = []
        while self._waiting:
            taken.append(self._waiting.popleft())
        return merge(taken) if taken else None
