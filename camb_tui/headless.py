"""Headless: the engine run without a screen, until what a command asked for is done or cannot be.

Owns when a command is over and what it says of each task; the engine owns everything that happens to them.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass

from camb_tui.domain.errors import CambError
from camb_tui.domain.kinds import ResultShape, form_of
from camb_tui.domain.results import Result
from camb_tui.domain.tasks import LIVE, NEEDS_USER, POLLED, Hold, Task, TaskStatus
from camb_tui.domain.text import one_line
from camb_tui.exits import Exit
from camb_tui.printing import waits_for_a_person
from camb_tui.services.changes import ApiState, Change, Command, Health, OpenResult, Release, Severity, Stop
from camb_tui.wiring import EnginePort

FIRST_ANSWER = 30.0
"""Seconds after which a service that never answered counts as not reachable."""
RESULT_WAIT = 60.0
"""Seconds a SUCCESS waits for its result, while none of others comes either, before it is reported without."""
SAVING = 15.0
"""Seconds the engine may take to save and end."""
_UNDER_WAY = frozenset({TaskStatus.QUEUED, TaskStatus.SENDING})
_ANSWERS = frozenset({ApiState.OK, ApiState.SLOW, ApiState.LIMITED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a command waits for."""

    commands: tuple[Command, ...] = ()
    """Sent to the engine at the start."""
    expected: int = 0
    """Tasks that these commands make."""
    sends: bool = False
    """The command is the word to send what it names, so tasks of it that are held for no other word are released."""
    until_settled: bool = True
    """Wait until each is settled; False: until the service has it, or will not get it."""
    results: bool = False
    """Bring the result of each SUCCESS."""
    releases: frozenset[str] = frozenset()
    """Keys of held tasks that the commands release: over once they were sent, or are held again."""
    retries: frozenset[str] = frozenset()
    """Keys of the tasks that the commands send again; a warning about one says that it is left out after all."""
    saves: bool = False
    """The commands save results: a task is over once it has been saved, or a notice says why it was not."""
    timeout: float | None = None
    """Seconds to wait at most."""
    outage: float | None = None
    """Seconds of outage, after the service answered once, that end the wait; None: outages are waited out."""


Report = Callable[[Task, Result | None], None]


class Run:
    """One headless run of the engine."""

    def __init__(
        self,
        engine: EnginePort,
        goal: Goal,
        asked: Mapping[str, Task],
        *,
        before: Container[str],
        report: Report,
        say: Callable[[str], None],
    ) -> None:
        """A run that has not begun.

        Args:
            engine: The engine, not running yet.
            goal: What is waited for.
            asked: The tasks waited for that exist already, by key.
            before: Keys the session held before; any other task that turns up is one the goal's commands made.
            report: Told every task once, when it is over.
            say: Told sentences for a person.
        """
        self.tasks = dict(asked)
        self._engine, self._goal, self._before = engine, goal, before
        self._report, self._say = report, say
        self._awaited = len(asked) + goal.expected
        self._reported: set[str] = set()
        self._released: set[str] = set(goal.releases)
        self._unreleased: set[str] = set(goal.releases)
        self._left_out: set[str] = set()
        self._opening: dict[str, float] = {}
        self._came_at = 0.0
        """When a result last came: those of thousands come one after the other."""
        self._saving = set(asked) if goal.saves else set()
        self._unsaved: set[str] = set()
        self._news = asyncio.Event()
        self._signal: signal.Signals | None = None
        self._silent_since: float | None = 0.0
        self._answered = False
        self._key_refused = False
        self._broken: Exception | None = None

    async def finish(self) -> int:
        """Run the engine until the goal is reached or given up; how that ended, as an exit code."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._silent_since = began
        for one in stopping_signals():
            loop.add_signal_handler(one, self._on_signal, one)
        running = asyncio.create_task(self._engine.run(self._take), name="engine")
        running.add_done_callback(lambda _: self._news.set())
        for command in self._goal.commands:
            self._engine.send(command)
        self._look_at_all()
        verdict: Exit | None = None
        while verdict is None and not running.done() and self._signal is None and self._broken is None:
            verdict, pause = self._judge(loop.time(), began)
            if verdict is None:
                self._news.clear()
                try:
                    async with asyncio.timeout(pause):
                        await self._news.wait()
                except TimeoutError:
                    continue
        await self._end(running)
        if self._broken is not None:
            raise self._broken
        if self._signal is not None:
            self._say(f"stopped by {self._signal.name}; the session is saved")
            return 128 + self._signal
        return verdict if verdict is not None else self._outcome()

    async def _end(self, running: asyncio.Task[None]) -> None:
        self._engine.send(Stop())
        try:
            async with asyncio.timeout(SAVING):
                await running
        except TimeoutError:
            self._say("the engine did not end in time")
        except BaseExceptionGroup as group:
            found = group.subgroup(CambError)
            raise _first(found if found is not None else group) from group

    # ------------------------------------------------------------ what the engine tells

    def _take(self, change: Change) -> None:
        if change.health is not None:
            self._take_health(change.health)
        for task in change.tasks:
            if task.key in self.tasks or (self._goal.expected and task.key not in self._before):
                self._unreleased -= {task.key} if task.status is not TaskStatus.HELD else set()
                self._look_at(task)
        self._give_up_releasing()
        for key, result in change.results.items():
            if self._opening.pop(key, None) is not None:
                self._came_at = asyncio.get_running_loop().time()
                if isinstance(result, str):
                    self._say(f"{key}: {one_line(result)}")
                self._tell(self.tasks[key], result if isinstance(result, Result) else None)
        for notice in change.notices:
            self._say(one_line(notice.text))
            if notice.key in self._saving and notice.severity is not Severity.INFO:
                self._unsaved.add(notice.key)
            if notice.key in self._goal.retries and notice.severity is not Severity.INFO:
                self._leave_out(notice.key)
        for question in change.questions:
            self._say(f"{one_line(question.words)} Nobody is here to answer, so nothing of it is sent")
            for key in getattr(question.yes, "keys", ()):
                self._leave_out(key)
        for key, text in change.progress.items():
            if key in self._saving and not text:  # the engine tells the end last, also where it may not note the path
                self._saving.discard(key)
                self._look_at(self.tasks[key])
        self._news.set()

    def _leave_out(self, key: str) -> None:
        if key not in self._left_out:
            self._left_out.add(key)
            self._awaited -= 1

    def _give_up_releasing(self) -> None:
        """The one sent first came back as held, so the others stay held as well."""
        under_way = any(self.tasks[key].status in _UNDER_WAY for key in self._goal.releases)
        if self._unreleased and not under_way and self._unreleased != self._goal.releases:
            back, self._unreleased = self._unreleased, set()
            for key in back:
                self._look_at(self.tasks[key])

    def _take_health(self, health: Health) -> None:
        now = asyncio.get_running_loop().time()
        if health.state in _ANSWERS:
            self._answered, self._silent_since = True, None
        elif health.state is ApiState.DOWN and self._silent_since is None:
            self._silent_since = now
        self._key_refused = health.state in (ApiState.REFUSED, ApiState.NO_KEY)

    def _look_at_all(self) -> None:
        for task in list(self.tasks.values()):
            self._look_at(task)

    def _look_at(self, task: Task) -> None:
        """Take in a task as it is now; release it, open its result or report it, whatever it is ready for."""
        self.tasks[task.key] = task
        if task.key in self._reported or task.key in self._saving or task.key in self._opening:
            return
        if task.key in self._unreleased:
            return
        if self._releases(task):
            self._released.add(task.key)
            self._engine.send(Release((task.key,)))
        elif self._is_over(task):
            if self._goal.results and task.status is TaskStatus.SUCCESS and not _is_streamed_sound(task):
                self._opening[task.key] = asyncio.get_running_loop().time()
                self._engine.send(OpenResult(task.key, along=True))
            else:
                self._tell(task, None)

    def _releases(self, task: Task) -> bool:
        """Older held tasks pause sending at the start; the command itself is the word to send what it names, once."""
        is_paused = task.status is TaskStatus.HELD and task.hold == Hold.PAUSE and not task.archived
        return self._goal.sends and is_paused and task.key not in self._released

    def _is_over(self, task: Task) -> bool:
        if waits_for_a_person(task) or task.status not in LIVE:
            return True
        return not self._goal.until_settled and task.status in POLLED

    def _tell(self, task: Task, result: Result | None) -> None:
        self._reported.add(task.key)
        try:
            self._report(task, result)
        except OSError as error:  # nobody reads our output any more: save and end
            self._broken = error

    # ------------------------------------------------------------ whether to go on

    def _judge(self, now: float, began: float) -> tuple[Exit | None, float | None]:
        """The verdict, or None and the seconds after which to judge again without news."""
        if len(self._reported) >= self._awaited:
            return self._outcome(), None
        if self._key_refused:
            return Exit.KEY, None
        ends: list[float] = []
        for key, asked_at in list(self._opening.items()):
            late_at = max(asked_at, self._came_at) + RESULT_WAIT
            if now >= late_at:
                del self._opening[key]
                self._say(f"{key}: its result did not come in time")
                self._tell(self.tasks[key], None)
                return self._judge(now, began)
            ends.append(late_at)
        if self._goal.timeout is not None:
            if now >= began + self._goal.timeout:
                return Exit.WAITED, None
            ends.append(began + self._goal.timeout)
        patience = self._goal.outage if self._answered else FIRST_ANSWER
        sending = any(task.status is TaskStatus.SENDING for task in self.tasks.values())  # an upload may take its time
        if self._silent_since is not None and patience is not None and not sending:
            if now >= self._silent_since + patience:
                self._say("the service does not answer; what was not sent stays in the session as held")
                return Exit.UNREACHABLE, None
            ends.append(self._silent_since + patience)
        return None, max(0.0, min(ends) - now) if ends else None

    def _outcome(self) -> Exit:
        tasks = self.tasks.values()
        if self._key_refused or any(task.hold == Hold.KEY for task in tasks):
            return Exit.KEY
        if any(task.status is TaskStatus.UNCONFIRMED for task in tasks):
            return Exit.UNCONFIRMED
        if not self._answered and any(task.hold == Hold.PAUSE for task in tasks):
            return Exit.UNREACHABLE
        good = {TaskStatus.SUCCESS} if self._goal.until_settled else {TaskStatus.SUCCESS, *POLLED}
        if self._unsaved or self._left_out or any(task.status not in good for task in tasks):
            return Exit.FAILED
        return Exit.SUCCESS

    def _on_signal(self, number: signal.Signals) -> None:
        self._signal = number
        self._news.set()


def stopping_signals() -> tuple[signal.Signals, ...]:
    """The signals that save and end a command; under nohup a hang-up is none of them."""
    hangup = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)
    return (signal.SIGINT, signal.SIGTERM, *hangup)


def _is_streamed_sound(task: Task) -> bool:
    """A stream of sound is its file; the service keeps nothing that could be opened."""
    form = form_of(task.kind, streamed=True)
    return task.streamed and form is not None and form.result is ResultShape.AUDIO


def _first(group: BaseExceptionGroup) -> BaseException:
    """The first plain exception of a group of groups."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


def outcome_of(tasks: Mapping[str, Task]) -> Exit:
    """The exit code of tasks that are all over, read from the session alone."""
    statuses = {task.status for task in tasks.values()}
    if TaskStatus.UNCONFIRMED in statuses:
        return Exit.UNCONFIRMED
    return Exit.SUCCESS if statuses <= {TaskStatus.SUCCESS} else Exit.FAILED


def is_over(task: Task) -> bool:
    """Whether nothing more happens to a task by itself."""
    return task.status not in LIVE or task.status in NEEDS_USER or waits_for_a_person(task)
