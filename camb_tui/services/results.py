"""Results: fetched once, by the bulk routes where several are wanted, and read again without the network.

Links die, so they are never kept: they are fetched again through the run id when a result is opened or saved.
`result_folder` owns what is kept beside the session.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from camb_tui.domain.errors import CambError, RejectedError, ServiceError, UsageError
from camb_tui.domain.kinds import KINDS, Kind, ResultShape
from camb_tui.domain.parts import leaves
from camb_tui.domain.results import Result
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.joining import join_results
from camb_tui.services.result_folder import ResultFolder

GATHER = 2.0
"""Seconds in which runs that settle together are gathered for one bulk request."""
LAG_PAUSES = (1.0, 2.0, 4.0)
"""A result can lag SUCCESS: pauses before a 400 or 404 on it is believed."""
BULK_MOST = 5
AT_ONCE = 4
"""Requests for gathered results under way at once: with one, each would wait for a turn behind all polls."""
AGAIN_AFTER = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)
"""Pauses before a gathered result that did not come is asked for again; after the last, opening it asks."""


class ResultSource(Protocol):
    """What this needs of the client."""

    async def result(
        self, kind: str, run_id: int, *, request: Mapping[str, Any] | None = None, about: str | None = None
    ) -> Result: ...

    async def results(self, kind: str, run_ids: Sequence[int]) -> Mapping[int, Result | ServiceError]: ...


LASTING = (ResultShape.TEXTS, ResultShape.TRANSCRIPT, ResultShape.SUBTITLES, ResultShape.PROJECT)
"""What is whole without links, so that it need not be asked for again."""


@dataclass(slots=True)
class _Later:
    """A result to be asked for again."""

    task: Task
    tries: int = 0
    due: float | None = None
    """None while it is being asked for."""


def _lacks_request(kind: Kind, task: Task) -> bool:
    """Whether the result cannot be asked for, as what was submitted is not known here."""
    return not task.request and bool(kind.repeats_create or kind.result_parts)


def is_gathered(task: Task) -> bool:
    """Whether the task has a result that outlives its links, and that can be asked for."""
    kind = KINDS.get(task.kind)
    if task.status is not TaskStatus.SUCCESS or task.run_id is None or kind is None:
        return False
    return not kind.result.is_links and not _lacks_request(kind, task)


def is_bulk(task: Task) -> bool:
    """Whether the result of the task's run can be asked for together with others."""
    kind = KINDS.get(task.kind)
    if kind is None or kind.bulk is None or task.run_id is None:
        return False
    return task.status is TaskStatus.SUCCESS and not task.parts and not task.streamed


def chunks(waiting: Mapping[str, Mapping[int, Task]]) -> Iterator[tuple[str, Mapping[int, Task]]]:
    """The runs of each kind as one request asks for them."""
    for name, runs in waiting.items():
        left = iter(runs.items())
        while chunk := dict(islice(left, BULK_MOST if KINDS[name].bulk is not None else 1)):
            yield name, chunk


async def _at_once() -> None:
    return


class ResultKeeper:
    """Gets results: gathered in bulk as tasks settle, one at a time when a person opens one, and no result twice."""

    def __init__(
        self,
        source: Callable[[], Awaitable[ResultSource]],
        folder: ResultFolder,
        *,
        kept: Callable[[str, Result], None],
        trouble: Callable[[str], None],
        find: Callable[[str], Task | None] = lambda key: None,
        turn: Callable[[], Awaitable[None]] = _at_once,
        heard: Callable[[float], None] = lambda seconds: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args:
        source: Gives the client.
        folder: Where results are kept.
        kept: Told each result that came, by the task's key.
        trouble: Tells the user.
        find: Gives a task by its key.
        turn: Waits until a request that nobody waits for may go out.
        heard: Told that the service answered, and after how many seconds; tries in vain may be in them.
        sleep: Waits.
        clock: Seconds that only grow.
        """
        self._source, self._folder, self._kept = source, folder, kept
        self._trouble, self._find, self._sleep = trouble, find, sleep
        self._turn, self._heard, self._clock = turn, heard, clock
        self._waiting: dict[str, dict[int, Task]] = {}
        self._later: dict[tuple[str, int], _Later] = {}
        self._awaited: dict[tuple[str, int], list[asyncio.Future[Result | None]]] = {}
        """Who waits for a run that is gathered; None tells them that it did not come."""
        self._wake = asyncio.Event()

    def settled(self, task: Task) -> None:
        """A task settled: gather its result, where it has one that outlives its links."""
        if task.run_id is None or not is_gathered(task):
            return
        self._waiting.setdefault(task.kind, {})[task.run_id] = task
        self._wake.set()

    async def run(self) -> None:
        """Fetch what settles, for ever."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._until_due()):
                    await self._wake.wait()
            await self._sleep(GATHER)
            self._wake.clear()
            await self.fetch_waiting()

    async def fetch_waiting(self) -> None:
        """Fetch all results gathered so far and those whose pause is over, by the bulk routes where two or more wait.

        What did not come is asked for again after a pause: a result can lag SUCCESS, and the service can be away.
        """
        now = self._clock()
        for (name, run_id), later in self._later.items():
            if later.due is not None and later.due <= now:
                self._waiting.setdefault(name, {})[run_id] = later.task
                later.due = None
        waiting, self._waiting = self._waiting, {}
        limit = asyncio.Semaphore(AT_ONCE)

        async def gather(name: str, chunk: Mapping[int, Task]) -> int:
            async with limit:
                return await self._gather(name, chunk)

        given_up = sum(await asyncio.gather(*(gather(name, chunk) for name, chunk in chunks(waiting))))
        if given_up:
            what = "1 result" if given_up == 1 else f"{given_up} results"
            self._trouble(f"{what} could not be fetched; opening one asks again")

    async def _gather(self, name: str, chunk: Mapping[int, Task]) -> int:
        """Fetch these runs of one kind and keep what came; how many are given up."""
        found, given_up = await self._fetch_chunk(KINDS[name], chunk), 0
        for run_id, task in chunk.items():
            result = found.get(run_id)
            came = result if isinstance(result, Result) else None
            if came is not None:
                self._is_here(name, run_id)
                self._keep(task.key, came)
            elif is_gathered(task):
                given_up += not self._again(name, run_id, task)
            for coming in self._awaited.pop((name, run_id), ()):
                if not coming.done():
                    coming.set_result(came)
        return given_up

    def _is_here(self, name: str, run_id: int) -> None:
        """A result came, so it need not be gathered any more."""
        self._later.pop((name, run_id), None)
        self._waiting.get(name, {}).pop(run_id, None)

    async def _fetch_chunk(self, kind: Kind, chunk: Mapping[int, Task]) -> Mapping[int, Result | ServiceError]:
        """What came of these runs, in bulk where the kind has a route for it."""
        await self._turn()
        try:
            if kind.bulk is None:
                return {run_id: await self._ask(kind, task) for run_id, task in chunk.items()}
            return await self._bulk(kind.name, list(chunk))
        except CambError:
            return {}

    async def _bulk(self, name: str, run_ids: Sequence[int]) -> Mapping[int, Result | ServiceError]:
        source, began = await self._source(), self._clock()
        found = await source.results(name, run_ids)
        if any(isinstance(result, Result) for result in found.values()):
            self._heard(self._clock() - began)
        return found

    async def fetch_once(self, name: str, chunk: Mapping[int, Task]) -> Mapping[int, CambError]:
        """Fetch these runs of one kind without the patience for results that lag, and keep what came.

        Returns what went wrong, by run.
        """
        kind, errors = KINDS[name], dict[int, CambError]()
        await self._turn()
        try:
            found = dict[int, Result | ServiceError]()
            if kind.bulk is not None:
                found |= await self._bulk(name, list(chunk))
            else:
                source = await self._source()
                for run_id, task in chunk.items():
                    found[run_id] = await source.result(name, run_id, request=task.request, about=task.key)
        except CambError as error:
            return dict.fromkeys(chunk, error)
        for run_id, task in chunk.items():
            result = found.get(run_id)
            if isinstance(result, Result):
                self._keep(task.key, result)
            elif result is not None:
                errors[run_id] = result
        return errors

    def _again(self, name: str, run_id: int, task: Task) -> bool:
        """Ask for a result again later; False where that was done often enough."""
        later = self._later.setdefault((name, run_id), _Later(task))
        if later.tries >= len(AGAIN_AFTER):
            del self._later[name, run_id]
            return False
        later.due = self._clock() + AGAIN_AFTER[later.tries]
        later.tries += 1
        return True

    def _until_due(self) -> float | None:
        """Seconds until a pause is over, None where nothing pauses."""
        dues = [later.due for later in self._later.values() if later.due is not None]
        return max(0.0, min(dues) - self._clock()) if dues else None

    async def open(self, task: Task, *, links: bool = False) -> Result:
        """The result of a finished task: as kept unless `links` are wanted, else from the service.

        Raises:
            CambError: There is none, or the service does not give it.
        """
        kind = KINDS.get(task.kind)
        if kind is None:
            raise UsageError(f"this camb-tui knows no kind {task.kind!r}")
        if task.streamed:
            return self._open_streamed(kind, task)
        if task.status is TaskStatus.SUCCESS and task.parts:
            return await self._open_split(kind, task, links=links)
        if task.status is not TaskStatus.SUCCESS or (task.run_id is None and not kind.repeats_create):
            raise UsageError(f"{task.label or task.key} has no result: it is {task.shown_status}")
        kept = None if links else self._folder.read(task.key, kind.result)
        if kept is not None and kind.result in LASTING:
            return kept
        try:
            result = await self._ask(kind, task)
        except CambError:
            if (kept := self._folder.read(task.key, kind.result)) is not None and not links:
                return kept  # without links, but readable while the service is away
            raise
        if task.run_id is not None:
            self._is_here(kind.name, task.run_id)
        self._keep(task.key, result)
        return result

    async def open_along(self, task: Task) -> Result:
        """The same for who can wait a moment: with other runs of its kind, in one request, where there is a route.

        Raises:
            CambError: There is none, or the service does not give it.
        """
        kind = KINDS.get(task.kind)
        if kind is None or task.run_id is None or not (is_gathered(task) or is_bulk(task)):
            return await self.open(task)
        kept = self._folder.read(task.key, kind.result) if kind.result in LASTING else None
        if kept is not None:
            return kept
        coming: asyncio.Future[Result | None] = asyncio.get_running_loop().create_future()
        self._awaited.setdefault((kind.name, task.run_id), []).append(coming)
        self._waiting.setdefault(kind.name, {})[task.run_id] = task
        self._wake.set()
        found = await coming
        return found if found is not None else await self.open(task)

    async def fetch_links(self, tasks: Sequence[Task]) -> Mapping[str, Result]:
        """Fresh results of these runs of one kind, links and all, by task key; what did not come is left out."""
        runs = {task.run_id: task for task in tasks if task.run_id is not None}
        try:
            found = await self._bulk(tasks[0].kind, list(runs))
        except CambError:
            return {}
        fresh: dict[str, Result] = {}
        for run_id, task in runs.items():
            result = found.get(run_id)
            if isinstance(result, Result):
                self._is_here(task.kind, run_id)
                self._keep(task.key, result)
                fresh[task.key] = result
        return fresh

    def _open_streamed(self, kind: Kind, task: Task) -> Result:
        """What a stream brought: a text is kept, sound is where it was saved, and the service keeps neither."""
        kept = self._folder.read(task.key, kind.result) if kind.result is not ResultShape.AUDIO else None
        if kept is not None:
            return kept
        if task.status is not TaskStatus.SUCCESS:
            raise UsageError(f"{task.label or task.key} has no result: it is {task.shown_status}")
        where = f"saved as {', '.join(task.saved)}" if task.saved else "no longer kept here"
        raise UsageError(f"{task.label or task.key} was streamed; what came is {where}")

    def keep(self, key: str, result: Result) -> None:
        """Keep what a stream brought beside the session, and tell who waits for it."""
        self._keep(key, result)

    def leaves(self, task: Task) -> list[Task]:
        """The tasks whose results make up that of a split one, in order."""
        return leaves(task, self._find)

    async def _open_split(self, kind: Kind, task: Task, *, links: bool) -> Result:
        parts = self.leaves(task)
        found = [await self.open(part, links=links) for part in parts]  # each may ask the service: not all at once
        result = join_results(task, parts, found, kind.result)
        self._keep(task.key, result)
        return result

    def _keep_joined(self, key: str) -> None:
        """Keep the joined result of the task this one is a part of, once the results of all its parts are kept."""
        part = self._find(key)
        parent = self._find(part.part_of) if part is not None and part.part_of is not None else None
        kind = KINDS.get(parent.kind) if parent is not None else None
        if (
            parent is None
            or kind is None
            or parent.status is not TaskStatus.SUCCESS
            or kind.result is ResultShape.AUDIO
        ):
            return
        parts = self.leaves(parent)
        found = [self._folder.read(one.key, kind.result) for one in parts]
        results = [one for one in found if one is not None]
        if len(results) == len(parts):
            with contextlib.suppress(UsageError):  # opening it says what is wrong
                self._keep(parent.key, join_results(parent, parts, results, kind.result))

    async def _ask(self, kind: Kind, task: Task) -> Result:
        if _lacks_request(kind, task):
            raise UsageError(
                f"{task.label or task.key} was made elsewhere; its result needs the request, not known here"
            )
        source = await self._source()
        for pause in (*LAG_PAUSES, None):
            began = self._clock()
            try:
                result = await source.result(kind.name, task.run_id or 0, request=task.request, about=task.key)
                self._heard(self._clock() - began)
                return result
            except RejectedError as error:
                if pause is None or error.code not in (400, 404):
                    raise
                await self._sleep(pause)
        raise AssertionError("unreachable: the last pause is None")

    def _keep(self, key: str, result: Result) -> None:
        try:
            self._folder.keep(key, result)
        except OSError as error:
            self._trouble(f"a result could not be kept beside the session: {error.strerror or error}")
        self._kept(key, result)
        self._keep_joined(key)
