"""Possession: who writes the session. Takes the lock or reads along, and takes over when the user says so.

One engine writes a session at a time. A reader follows what the writer appends, and offers to go on as the writer
once that one has ended; nothing that was being sent then counts as sent or unsent without the user's word.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from camb_tui.domain import life
from camb_tui.domain.errors import SessionError, SessionLockedError, UsageError
from camb_tui.domain.tasks import LIVE, Hold, TaskStatus
from camb_tui.services.changes import Notice, Severity
from camb_tui.services.store import Store

if TYPE_CHECKING:
    from camb_tui.services.engine import Engine
    from camb_tui.services.parts import Parts
    from camb_tui.services.session import Loaded, SessionFile

GATHERED_AT_START = 200
"""Finished tasks, the newest, whose results are brought at a start where they are not kept yet."""
FOLLOW_EVERY = 1.0
"""Seconds between two looks of a reader at the session file."""
LOCK_EVERY = 3
"""Looks at the file for one at the lock."""


class Possession:
    """Whether an engine writes its session, and what it does as long as it does not."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._may_take_over = False

    def take(self) -> None:
        """Lock and load the session; where another camb-tui has it, or its folder refuses, this one is a reader."""
        engine = self._engine
        if engine.session is None or not engine.writes:
            return
        try:
            engine.session.lock()
        except SessionError as error:
            engine.read_only, engine.writes = True, False
            if isinstance(error, SessionLockedError):
                words = "another camb-tui is writing this session; until that one ends it is only shown here"
                engine.tell(Notice(words, Severity.WARNING))
            else:
                engine.tell(Notice(str(error), Severity.ERROR))
            return
        loaded = self._load(engine.session)
        if loaded.read_only:
            engine.read_only, engine.writes = True, False
        engine.store = Store(loaded.tasks, engine.soon)

    def _load(self, session: SessionFile) -> Loaded:
        loaded = session.load(self._engine.clock())
        for text in loaded.notices:
            self._engine.tell(Notice(text, Severity.WARNING))
        return loaded

    def restore(self, parts: Parts) -> None:
        """Take up every live task: what was being sent is unconfirmed now, what has an id is polled."""
        engine = self._engine
        if engine.read_only:
            return
        statuses = list(engine.store.statuses())
        live = [key for key, status in statuses if status in LIVE]
        spread = max(1.0, len(live) / engine.settings.poll.rate)
        for key in live:
            task = life.restored(engine.store[key])
            engine.store.put(task)
            parts.forecast.take([task])
            if task.hold == Hold.PAYMENT and not task.archived:
                parts.outbox.queue.stay_held()  # the account has not been paid for as long as nobody says so
            if task.is_polled and not task.archived:
                parts.poller.watch(task, soon=True, within=min(spread, 30.0))
        for key in [key for key, status in statuses if status is TaskStatus.SUCCESS][-GATHERED_AT_START:]:
            parts.gather(engine.store[key])
        parts.saver.changed()
        engine.changed(parts)

    async def follow(self, parts: Parts) -> None:
        """As a reader: take in what the camb-tui that writes the session appends, and notice when it has ended."""
        engine = self._engine
        if engine.writes or engine.session is None:
            return
        from camb_tui.services.session import SessionFollower

        follower = SessionFollower(engine.session.path, clock=engine.clock)
        for task in follower.load(engine.clock()).tasks.values():
            engine.store.put(task)  # what changed between the first reading and this one
        looks = 0
        while not engine.writes:
            for task in follower.poll():
                engine.store.put(task)
            if looks % LOCK_EVERY == 0:
                self._look_at_lock(engine.session)
            looks += 1
            await asyncio.sleep(FOLLOW_EVERY)

    def _look_at_lock(self, session: SessionFile) -> None:
        if self._engine.settings.read_only:
            return  # asked for: there is nothing to offer
        may = session.is_free()
        if may != self._may_take_over:
            self._may_take_over = may
            self._engine.outgoing.offer_take_over(may)

    def take_over(self, parts: Parts) -> None:
        """Become the one who writes: lock, read anew what the last writer left, and watch its tasks.

        Raises:
            UsageError: This engine writes already, or must not.
            SessionError: Another camb-tui still writes it, or it cannot be written.
        """
        engine = self._engine
        if engine.writes or engine.session is None:
            raise UsageError("this camb-tui writes the session already")
        if engine.settings.read_only:
            raise UsageError("the settings or --read-only forbid to write; start camb-tui without it")
        engine.session.lock()
        loaded = self._load(engine.session)
        if loaded.read_only:
            engine.session.release()
            raise UsageError("this session can only be read here; nothing was taken over")
        for task in loaded.tasks.values():
            engine.store.put(task)
        engine.store.take_unsaved()  # it came from the file
        engine.read_only, engine.writes, self._may_take_over = False, True, False
        engine.outgoing.offer_take_over(False)
        parts.saver.use(engine.session)
        engine.tell(Notice("taken over: this camb-tui writes the session now, and watches its tasks"))
        self.restore(parts)
