"""Parts: what an engine is made of once its loop runs, wired to each other; orders work on these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camb_tui.domain.errors import StreamEndedError
from camb_tui.domain.results import Result
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.changes import Notice, Severity
from camb_tui.services.durations import Durations
from camb_tui.services.forecast import Forecast
from camb_tui.services.health import SLOW, Breaker
from camb_tui.services.leftovers import LONGEST_LAG, Leftovers
from camb_tui.services.outbox import Outbox
from camb_tui.services.pace import LONGEST_RETRY_AFTER, Pace
from camb_tui.services.poller import Poller
from camb_tui.services.result_folder import ResultFolder
from camb_tui.services.results import ResultKeeper, is_gathered
from camb_tui.services.saver import Saver
from camb_tui.services.streaming import Streamed, Streams
from camb_tui.services.timing import Adaptive, Backoff

if TYPE_CHECKING:
    from camb_tui.services.client import CambClient
    from camb_tui.services.engine import Engine


class Parts:
    """What an engine is made of once its loop runs; orders work on these."""

    def __init__(self, engine: Engine) -> None:
        settings, clock = engine.settings, engine.clock
        self.engine = engine
        self.store = engine.store
        self.breaker = Breaker(clock=clock, draw=engine.draw)
        self.breaker.key_changed(has_key=bool(engine.api_key))
        self.pace = Pace(settings.poll.rate, clock=clock)
        writer = engine.session if engine.writes else None
        self.saver = Saver(self.store, writer, trouble=lambda text: engine.tell(Notice(text, Severity.ERROR)))
        durations = Durations(
            engine.durations_file,
            may_write=lambda: engine.writes,
            trouble=lambda text: engine.tell(Notice(text, Severity.WARNING)),
        )
        is_adaptive = settings.poll.strategy == "adaptive"
        timing = Adaptive(durations, delay_price=settings.poll.delay_price) if is_adaptive else Backoff(durations)
        self.forecast = Forecast(durations, clock=clock, rate=settings.poll.rate, teaches=timing.teaches)
        self.poller = Poller(
            self.store,
            engine.ask,
            timing=timing,
            pace=self.pace,
            breaker=self.breaker,
            in_flight=settings.poll.in_flight,
            clock=clock,
            draw=engine.draw,
            settled=self.settled,
            refused=engine.key_refused,
        )
        self.streams = Streams(
            engine.client,
            folder=settings.download_folder,
            template=settings.download_name,
            show=engine.outgoing.show_stream,
            keep=lambda key, result: self.keeper.keep(key, result),
        )
        self.outbox = Outbox(
            self.store,
            self.saver,
            self.create,
            pace=self.pace,
            breaker=self.breaker,
            in_flight=settings.send.in_flight,
            clock=clock,
            draw=engine.draw,
            accepted=lambda task: self.poller.watch(task) if task.is_polled else None,
            notice=engine.tell,
            careful_429=settings.send.treat_429_as == "unknown",
            check=engine.check_files,
            ready=engine.client,
        )
        self.keeper = ResultKeeper(
            self.quiet_client,
            ResultFolder(engine.results_folder),
            kept=self.kept,
            trouble=lambda text: engine.tell(Notice(text, Severity.WARNING)),
            find=self.store.get,
            turn=self.pace.turn,
            heard=lambda seconds: self.breaker.answered(min(seconds, SLOW)),
        )
        self.leftovers = Leftovers(self.keeper.fetch_once, missing=self.missing)

        engine.limited = self.limited

    def limited(self, retry_after: float | None, sent_at: float) -> None:
        """The service asks for patience, whatever it was asked: it holds for everything."""
        wait = None if retry_after is None else min(retry_after, LONGEST_RETRY_AFTER)
        self.pace.slow_down(wait, sent_at=sent_at)
        self.breaker.limited(wait)

    async def quiet_client(self) -> CambClient:
        """The client, once the service may be asked, for questions that take no turn."""
        await self.pace.quiet()
        return await self.engine.client()

    async def create(self, task: Task) -> str | Streamed:
        """Send a task: its task id, or what its stream brought."""
        if not task.streamed:
            return await self.engine.create(task)
        try:
            return await self.streams.run(task)
        except StreamEndedError as error:
            return Streamed(str(error), whole=False)

    def settled(self, task: Task) -> None:
        """A poll found a task settled."""
        self.keeper.settled(task)
        if task.status is TaskStatus.PAYMENT_REQUIRED:
            self.outbox.queue.payment_required(task)

    def gather(self, task: Task) -> None:
        """At a start: a task that is done, and whose result may have come too late for the last run, or never."""
        if task.fetched_at is not None or task.archived or not is_gathered(task):
            return
        if task.settled_at is not None and self.engine.clock() - task.settled_at < LONGEST_LAG:
            self.keeper.settled(task)
        elif task.result_missing_at is None:
            self.leftovers.add(task)

    def missing(self, task: Task) -> None:
        """The service has no result of a task that settled long ago: noted, where it is the one that had the task."""
        engine = self.engine
        same = task.account in ("", engine.account) and task.server in ("", engine.settings.base_url)
        if same and task.key in self.store:
            self.store.put(self.store[task.key].but(result_missing_at=engine.clock()))

    def kept(self, key: str, result: Result) -> None:
        """A result was fetched."""
        if key in self.store and self.store[key].fetched_at is None:
            self.store.put(self.store[key].but(fetched_at=self.engine.clock(), result_missing_at=None))
        self.engine.outgoing.give_result(key, result)
