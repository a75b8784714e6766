"""Retries: what is looked at before tasks are sent again (their files, their sources' addresses), and then the sending.

What a retry comes to was planned and asked before; here it meets the disk and the network. Whatever is left out here
is told task by task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

import msgspec

from camb_tui.domain.errors import CambError
from camb_tui.domain.kinds import KINDS
from camb_tui.domain.retrying import blocked, source_address, wait_before
from camb_tui.domain.submissions import Submission, again
from camb_tui.domain.tasks import Task, Upload
from camb_tui.services.changes import Notice, Question, Retry, Severity
from camb_tui.services.uploads import describe_upload

if TYPE_CHECKING:
    from camb_tui.services.engine import Engine
    from camb_tui.services.parts import Parts


class Retries:
    """Obeys `Retry`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._engine: Engine = parts.engine

    async def obey(self, command: Retry, *, window: float) -> None:
        """Send these again, each as a new task in the old one's place.

        Raises:
            SessionWriteError: Nothing was sent, since it could not be written down.
        """
        tasks = self._sendable(command.keys)
        if command.check_sources:
            tasks = await self._served(tasks)
        uploads = await self._files_of(tasks, command)
        tasks = [task for task in tasks if task.key in uploads and self._is_sendable(task.key)]
        if not tasks:
            return
        submissions = [_with_files(task, uploads[task.key]) for task in tasks]
        await (
            self._parts.outbox.submit(  # nothing is awaited between the last look and this, or a key hit twice buys two
                submissions,
                window=window,
                account=self._engine.account,
                server=self._engine.settings.base_url,
                retries=tasks,
                later=[0.0 if command.now else wait_before(task) for task in tasks],
            )
        )

    def _leave_out(self, task: Task, why: str) -> None:
        self._engine.tell(Notice(f"{task.label or task.key}: left out, {why}", Severity.WARNING, task.key))

    def _is_sendable(self, key: str) -> bool:
        return not blocked(self._parts.store[key])

    def _sendable(self, keys: Iterable[str]) -> list[Task]:
        found = [self._parts.store[key] for key in dict.fromkeys(keys) if key in self._parts.store]
        for task in found:
            if why := blocked(task):
                self._leave_out(task, why)
        return sorted((task for task in found if not blocked(task)), key=lambda task: task.created_at)

    async def _served(self, tasks: Sequence[Task]) -> list[Task]:
        """Those whose source's address answers; the others are told."""
        answers = await asyncio.gather(*(self._probe(task) for task in tasks))
        return [task for task, served in zip(tasks, answers, strict=True) if served]

    async def _probe(self, task: Task) -> bool:
        address = source_address(task)
        if not address:
            return True
        self._engine.show_progress(task.key, "asking the source's address")
        try:
            client = await self._engine.client()
            words = await client.probe(address, about=task.key)
        except CambError as error:
            self._leave_out(task, str(error))
            return False
        finally:
            self._engine.show_progress(task.key, "")
        self._engine.tell(Notice(f"{task.label or task.key}: {words}", Severity.INFO, task.key))
        return True

    async def _files_of(self, tasks: Sequence[Task], command: Retry) -> dict[str, tuple[Upload, ...]]:
        """The files of the tasks that can be sent, by key; a changed one is asked about first."""
        found: dict[str, tuple[Upload, ...]] = {}
        changed: dict[str, str] = {}
        for task in tasks:
            if not task.uploads:
                found[task.key] = ()
                continue
            self._engine.show_progress(task.key, "checking its file")
            try:
                other = [one for one in task.uploads if await asyncio.to_thread(self._engine.files.has_changed, one)]
                if other and not command.new_files:
                    changed[task.key] = PurePath(other[0].path).name
                else:
                    found[task.key] = await asyncio.to_thread(_as_they_are, task) if other else task.uploads
            except CambError as error:
                self._leave_out(task, str(error))
            finally:
                self._engine.show_progress(task.key, "")
        if changed:
            name = next(iter(changed.values()))
            words = f"{name} changed since; send the new one?"
            if len(changed) > 1:
                words = f"{len(changed)} files changed since, such as {name}; send the new ones?"
            yes = Retry(tuple(changed), window=command.window, new_files=True, now=command.now)
            self._engine.outgoing.ask(Question(words, yes))
        return found


def _as_they_are(task: Task) -> tuple[Upload, ...]:
    """The task's files measured anew."""
    kind = KINDS[task.kind]
    return tuple(describe_upload(kind.field(one.field), one.path) for one in task.uploads)


def _with_files(task: Task, uploads: tuple[Upload, ...]) -> Submission:
    return msgspec.structs.replace(again(task), uploads=uploads)
