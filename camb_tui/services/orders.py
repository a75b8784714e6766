"""Orders: what each command means, and what to say when it cannot be done. Works on the engine's parts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camb_tui.domain import life
from camb_tui.domain.errors import CambError, UsageError
from camb_tui.domain.kinds import Language
from camb_tui.domain.results import Result
from camb_tui.domain.retrying import blocked
from camb_tui.domain.tasks import FAILED, UNSENT, Task, TaskStatus, new_key
from camb_tui.services.adopting import adoption, known_id
from camb_tui.services.audio import Sounds
from camb_tui.services.changes import (
    Adopt,
    CancelStream,
    Catalogues,
    Command,
    FetchCatalogues,
    Focus,
    Listen,
    Look,
    Mark,
    Notice,
    OpenResult,
    Play,
    Release,
    Retry,
    Save,
    SaveTranscript,
    Severity,
    Split,
    Submit,
    TakeOver,
    Undo,
    UseKey,
    Voice,
    Watch,
)
from camb_tui.services.downloads import Downloads, saved_together
from camb_tui.services.playing import Player
from camb_tui.services.retries import Retries
from camb_tui.services.standing import saved_words
from camb_tui.services.transcripts import fetch_transcripts

if TYPE_CHECKING:
    from camb_tui.services.parts import Parts
    from camb_tui.services.possession import Possession

SENDING = (Submit, Retry, Split, Undo, Release, Adopt, Watch, Mark, CancelStream)
"""Commands that change the session, which a reader must not."""
GROUPS_AT_ONCE = 2
"""Groups of tasks that are being saved; each is of up to five, and fewer would leave downloads idle."""


class Orders:
    """Obeys commands; what takes time goes on in the background, and ends as a change or a notice."""

    def __init__(self, parts: Parts, possession: Possession) -> None:
        self._parts = parts
        self._engine = parts.engine
        self._possession = possession
        self._retries = Retries(parts)
        self._background: set[asyncio.Task[None]] = set()
        self._downloads = Downloads(
            self._engine.client,
            parts.keeper,
            template=self._engine.settings.download_name,
            formats=self._engine.settings.transcript_formats,
            progress=self._engine.show_progress,
        )
        self._groups = asyncio.Semaphore(GROUPS_AT_ONCE)
        self._sounds, self._player = Sounds(), Player()
        self._verbs: dict[type[Any], Callable[[Any], Coroutine[Any, Any, None]]] = {  # a command's type picks its verb
            Submit: self._submit,
            Retry: self._retry,
            Split: self._split,
            Undo: self._undo,
            Release: self._release,
            Look: self._look,
            Adopt: self._adopt,
            Watch: self._watch,
            Mark: self._mark,
            OpenResult: self._open_result,
            Save: self._save,
            SaveTranscript: self._save_transcript,
            UseKey: self._use_key,
            Focus: self._focus,
            FetchCatalogues: self._fetch_catalogues,
            CancelStream: self._cancel_stream,
            Listen: self._listen,
            Play: self._play,
            TakeOver: self._take_over,
        }

    def obey(self, command: Command) -> None:
        """Start what the command asks; never raises."""
        if self._engine.read_only and isinstance(command, SENDING):
            self._warn("This session is open read-only here; nothing was changed.")
            return
        work = asyncio.create_task(self._guarded(command), name=type(command).__name__)
        self._background.add(work)
        work.add_done_callback(self._background.discard)

    async def _guarded(self, command: Command) -> None:
        try:
            await self._verbs[type(command)](command)
        except CambError as error:
            self._warn(str(error))
        except Exception as error:  # one command's fault must not end the engine, nor go unsaid
            self._engine.tell(Notice(f"{type(command).__name__} went wrong: {error!r}", Severity.ERROR))
        self._engine.changed(self._parts)

    def _warn(self, text: str) -> None:
        self._engine.tell(Notice(text, Severity.WARNING))

    def _say(self, text: str) -> None:
        self._engine.tell(Notice(text))

    def _known(self, keys: Sequence[str]) -> list[Task]:
        return [self._parts.store[key] for key in keys if key in self._parts.store]

    # ------------------------------------------------------------ sending

    def _window(self, asked: float | None) -> float:
        return self._engine.settings.send.undo_window if asked is None else asked

    async def _submit(self, command: Submit) -> None:
        batch = command.batch
        if batch is None and len(command.submissions) > 1:
            batch = new_key()
        await self._parts.outbox.submit(
            command.submissions,
            window=self._window(command.window),
            account=self._engine.account,
            server=self._engine.settings.base_url,
            batch=batch,
            retries=self._edited(command),
        )

    def _edited(self, command: Submit) -> list[Task]:
        """The task that the one submission replaces: what failed is history then, what was not sent is taken back."""
        old = self._parts.store.get(command.edits) if command.edits is not None else None
        if old is None:
            return []
        if old.status in UNSENT:
            self._parts.outbox.undo([old.key])
        replaced = len(command.submissions) == 1 and old.status in (*FAILED, TaskStatus.MISSING) and not blocked(old)
        return [old] if replaced else []

    async def _retry(self, command: Retry) -> None:
        await self._retries.obey(command, window=self._window(command.window))

    async def _split(self, command: Split) -> None:
        from camb_tui.domain.splitting import part_submissions  # only a split needs the borders of all scripts
        from camb_tui.services.segmenting import split_task

        for task in self._known([command.key]):
            parts = await asyncio.to_thread(split_task, task)
            if self._parts.store[task.key] != task:
                raise UsageError(f"{task.label} changed meanwhile; it was not split.")
            await self._parts.outbox.submit(
                part_submissions(task, parts),
                window=self._window(command.window),
                account=self._engine.account,
                server=self._engine.settings.base_url,
                batch=new_key(),
            )

    async def _undo(self, command: Undo) -> None:
        taken = self._parts.outbox.undo(command.keys)
        if taken:
            await self._parts.saver.written()  # else a crash would bring them back as held
            sent = len(set(command.keys).difference(task.key for task in taken))
            self._say(f"{len(taken)} taken back; " + (f"{sent} too late: sent" if sent else "nothing was sent"))
        else:
            self._warn("nothing waits to be sent that could be taken back")

    async def _release(self, command: Release) -> None:
        released = self._parts.outbox.release(command.keys)
        if released:
            first = self._parts.outbox.queue.canary is not None and len(released) > 1
            self._say(
                f"{len(released)} released" + ("; one is sent first, the others once it is taken" if first else "")
            )

    # ------------------------------------------------------------ watching

    async def _look(self, command: Look) -> None:
        if self._engine.read_only:
            self._warn("This session is open read-only here; the camb-tui that writes it polls.")
            return
        tasks = self._known(command.keys)
        self._parts.poller.look(task.key for task in tasks)
        without = [task for task in tasks if task.task_id is None]
        if without:
            self._warn(f"{len(without)} cannot be looked at: the service gave no task id yet")

    async def _adopt(self, command: Adopt) -> None:
        store, now = self._parts.store, self._engine.clock()
        holder = store.find_task_id(known_id(command.task_id))
        if holder is not None and holder.archived and holder.key != command.key:
            store.put(holder.but(archived=False))
        task = adoption(
            command, store, holder, account=self._engine.account, server=self._engine.settings.base_url, now=now
        )
        store.put(task, show=False)
        await self._parts.saver.written()
        store.show(task.key)
        self._parts.poller.watch(task, soon=True)

    async def _watch(self, command: Watch) -> None:
        for task in self._known(command.keys):
            if command.on and task.status in (TaskStatus.OVERDUE, TaskStatus.MISSING):
                again = life.watched_again(task, now=self._engine.clock())
                self._parts.store.put(again)
                self._parts.poller.watch(again, soon=True)
            elif not command.on and task.is_polled:
                self._parts.poller.forget(task.key)
                self._parts.store.put(life.overdue(task))

    async def _focus(self, command: Focus) -> None:
        self._parts.poller.focus(command.key if command.key in self._parts.store else None)

    async def _mark(self, command: Mark) -> None:
        for task in self._known(command.keys):
            changes: dict[str, Any] = {  # fields of Task by name
                name: value
                for name in ("archived", "pinned", "tags", "label")
                if (value := getattr(command, name)) is not None
            }
            if changes.get("archived") and (task.is_live and task.status is not TaskStatus.HELD):
                self._warn(f"{task.label} is {task.shown_status}; only what is not under way can be archived")
                continue
            self._parts.store.put(task.but(**changes))

    async def _take_over(self, command: TakeOver) -> None:
        self._possession.take_over(self._parts)

    # ------------------------------------------------------------ results

    async def _open_result(self, command: OpenResult) -> None:
        for task in self._known([command.key]):
            try:
                keeper = self._parts.keeper
                result = await (keeper.open_along(task) if command.along else keeper.open(task))
            except CambError as error:
                self._engine.outgoing.give_result(task.key, str(error))
            else:
                self._engine.outgoing.give_result(task.key, result)

    async def _save(self, command: Save) -> None:
        folder = Path(command.folder or self._engine.settings.download_folder or ".").expanduser().absolute()
        tasks = self._known(command.keys)
        groups = await asyncio.gather(*(self._save_group(g, folder, command.formats) for g in saved_together(tasks)))
        outcomes = [outcome for group in groups for outcome in group]
        new = [path for outcome in outcomes for path, is_new in outcome.items() if is_new]
        there = [path for outcome in outcomes for path, is_new in outcome.items() if not is_new]
        failed = sum(not outcome for outcome in outcomes)
        if new or there:
            words = saved_words(new, folder.absolute(), there)
            self._say(words + (f"; {failed} of {len(tasks)} failed" if failed else ""))

    async def _save_group(
        self, tasks: Sequence[Task], folder: Path, formats: Sequence[str] | None
    ) -> list[dict[str, bool]]:
        """Save tasks whose links one request brings, shortly before they are used; they die."""
        if len(tasks) == 1:
            return [await self._save_one(tasks[0], folder, formats)]
        async with self._groups:
            fresh = await self._parts.keeper.fetch_links(tasks)
            saving = (self._save_one(task, folder, formats, fresh.get(task.key)) for task in tasks)
            return await asyncio.gather(*saving)

    async def _save_one(
        self, task: Task, folder: Path, formats: Sequence[str] | None, fresh: Result | None = None
    ) -> dict[str, bool]:
        """Save one task's files; the paths of those that are there, also where another failed, and if they are new."""
        paths: dict[str, bool] = {}
        saving = self._downloads.save(task, folder, formats=formats, done=paths.__setitem__, fresh=fresh)
        return await self._note_saved(task, saving, paths)

    async def _save_transcript(self, command: SaveTranscript) -> None:
        folder = Path(command.folder or self._engine.settings.download_folder or ".").expanduser().absolute()
        files: dict[str, bool] = {}
        for task in self._known(command.keys):
            paths: dict[str, bool] = {}
            saving = self._save_transcripts_of(task, command.form, folder, paths)
            files |= await self._note_saved(task, saving, paths)
        new = sum(files.values())
        if new:
            self._say(f"{new} {'transcript' if new == 1 else 'transcripts'} saved in {folder}")
        elif files:
            self._say(saved_words((), folder, tuple(files)))

    async def _save_transcripts_of(self, task: Task, form: str, folder: Path, paths: dict[str, bool]) -> None:
        found = await fetch_transcripts(await self._parts.quiet_client(), task, form)
        await self._downloads.save_texts(task, folder, found, paths.__setitem__)

    async def _note_saved(
        self, task: Task, saving: Coroutine[Any, Any, Any], paths: dict[str, bool]
    ) -> dict[str, bool]:
        """Wait for the saving, which fills `paths`, and write them into the session."""
        try:
            await saving
        except CambError as error:
            self._engine.tell(Notice(str(error), Severity.WARNING, task.key))
        now = self._parts.store[task.key]
        if paths and self._engine.writes:
            saved = (*now.saved, *(path for path in paths if path not in now.saved))
            self._parts.store.put(now.but(saved=saved))
        return paths

    async def _cancel_stream(self, command: CancelStream) -> None:
        if not self._parts.streams.cancel(command.keys):
            raise UsageError("no stream is under way there")
        names = ", ".join(task.label for task in self._known(command.keys))
        self._say(f"cancelled the stream of {names}; what came is thrown away, and may be charged all the same")

    async def _play(self, command: Play) -> None:
        for task in self._known([command.key]):
            self._say(await asyncio.to_thread(self._player.turn, task.saved))

    async def _listen(self, command: Listen) -> None:
        for task in self._known([command.key]):
            self._engine.outgoing.give_sounds(task.key, await asyncio.to_thread(self._sounds.read, task.saved))

    # ------------------------------------------------------------ the account

    async def _use_key(self, command: UseKey) -> None:
        self._engine.use_key(command.api_key)
        self._parts.breaker.key_changed(has_key=bool(command.api_key))
        self._parts.outbox.key_changed()
        self._parts.poller.wake()

    async def _fetch_catalogues(self, command: FetchCatalogues) -> None:
        sources: Sequence[Language] = ()
        targets: Sequence[Language] = ()
        voices: Sequence[Voice] = ()
        error = ""
        try:
            client = await self._parts.quiet_client()
            voices = await client.voices()
            sources, targets = await client.languages()
        except CambError as trouble:
            error = str(trouble)
        self._engine.outgoing.give_catalogues(Catalogues(tuple(voices), tuple(sources), tuple(targets), error))
