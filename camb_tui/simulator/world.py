"""World: what the simulated service knows: its tasks and runs, its clock, its counters, its rules.

Knows nothing of HTTP. Tests and the demo may call it from another thread than the server's.
"""

from __future__ import annotations

import collections
import math
import random
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from camb_tui.domain.kinds import KINDS, FieldType, Kind
from camb_tui.simulator.options import SimulatorOptions
from camb_tui.simulator.rules import Outcome, RuleBook

FIRST_RUN_ID = 184_000
MESSAGES = {
    "TIMEOUT": "The task took too long. Break it into smaller requests.",
    "PAYMENT_REQUIRED": "There are not enough credits for this task.",
    "ERROR": "The task could not be finished.",
}
"""What a task that ends so says when its rule says nothing."""
TYPICAL_SIZES = {FieldType.TEXT: 300, FieldType.TEXTS: 300, FieldType.FILE: 2_000_000}
TYPICAL_TEXT_FILE = 20_000
TEXT_SUFFIXES = (".txt", ".docx")


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file, as far as the simulator keeps it."""

    name: str
    size: int
    text: str = ""
    """The beginning of a text file."""


@dataclass(slots=True)
class SimulatedTask:
    """One task and the run it becomes."""

    kind: Kind
    task_id: str
    run_id: int
    request: Mapping[str, Any]
    outcome: Outcome
    ends_at: float
    source: SimulatedTask | None = None
    """The task behind the run it goes on from, for a kind that works on the run of another."""
    polls: int = 0
    asks: int = 0

    def has_ended(self, now: float) -> bool:
        """Whether it shows its last status."""
        if self.outcome.polls is not None:
            return self.polls > self.outcome.polls
        return now >= self.ends_at

    def has_run(self, now: float) -> bool:
        """Whether it has succeeded, so that there is a run to ask for."""
        return self.outcome.status.upper() == "SUCCESS" and self.has_ended(now)

    def lags(self, now: float) -> bool:
        """Whether its result is not there yet although it has succeeded; counts as an ask."""
        self.asks += 1
        return self.asks <= self.outcome.lag_asks or now < self.ends_at + self.outcome.lag_seconds

    def poll(self, now: float) -> dict[str, Any]:
        """What the status route answers."""
        self.polls += 1
        if not self.has_ended(now):
            return {"status": self.outcome.pending, "run_id": None, "exception_reason": None, "message": None}
        status, message = self.outcome.status, self.outcome.message
        return {
            "status": status,
            "run_id": self.run_id if self.has_run(now) else None,
            "exception_reason": self.outcome.exception_reason,
            "message": MESSAGES.get(status.upper()) if message is None else message,
        }


@dataclass(slots=True)
class SeenCreate:
    """One request that asked for a task, from the moment its head arrived, whatever became of it."""

    path: str
    """The route's template."""
    key: str
    """Its Idempotency-Key; empty where it had none."""
    fault: str = ""
    """The effect of the fault rule it met, with its code, such as `status 502`."""
    task_id: str | None = None
    """The task it made; None where it made none, or not yet."""


class World:
    """The simulated service without its doors."""

    def __init__(self, options: SimulatorOptions, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.options = options
        self.rules = RuleBook()
        self.counts: collections.Counter[str] = collections.Counter()
        self.failures: list[str] = []
        """Tracebacks of errors of the simulator itself; there should be none."""
        self.secret = secrets.token_bytes(16)
        """Signs the links to result files."""
        self.made = 0
        """Tasks made by requests since the start or the last reset."""
        self.creates: list[SeenCreate] = []
        """Requests that asked for a task since then, in the order of their arrival."""
        self._clock = clock
        self._offset = time.time() - clock()
        self._ids = random.Random(options.seed)  # noqa: S311 - nothing here is secret
        self._durations = random.Random(options.seed)  # noqa: S311 - nothing here is secret
        self._next_run = FIRST_RUN_ID + self._ids.randrange(10_000)
        self._tasks: dict[str, SimulatedTask] = {}
        self._runs: dict[int, SimulatedTask] = {}
        self._lock = threading.Lock()

    def now(self) -> float:
        """Seconds since the epoch, by a clock that never goes back."""
        return self._clock() + self._offset

    def advance(self, seconds: float) -> None:
        """Let time pass at once, so that nobody need wait for it."""
        self._offset += seconds

    def reset(self) -> None:
        """Forget tasks, counts and rules; ids go on, so that none is given twice."""
        with self._lock:
            self._tasks.clear()
            self._runs.clear()
            self.counts.clear()
            self.creates.clear()
            self.rules = RuleBook()
            self.made = 0

    def task(self, task_id: str) -> SimulatedTask | None:
        """The task of that id."""
        return self._tasks.get(task_id)

    def run(self, run_id: int) -> SimulatedTask | None:
        """The task behind a run, finished or not."""
        return self._runs.get(run_id)

    def twin(self, kind: Kind, request: Mapping[str, Any]) -> SimulatedTask | None:
        """The newest task of a kind with just this request."""
        with self._lock:
            tasks = [task for task in self._tasks.values() if task.kind is kind and task.request == request]
        return tasks[-1] if tasks else None

    def create(self, kind: Kind, request: Mapping[str, Any]) -> SimulatedTask:
        """A new task as a request makes it, with the outcome the rules have for it."""
        with self._lock:
            self.made += 1
            return self._add(kind, request, self.rules.outcome_for(kind.name))

    def add_task(
        self,
        kind: str,
        request: Mapping[str, Any],
        *,
        task_id: str | None = None,
        status: str = "SUCCESS",
        exception_reason: str | None = None,
        message: Any = None,
        seconds: float | None = 0.0,
        run_id: int | None = None,
    ) -> tuple[str, int]:
        """Put in a task nobody submitted, and give its task id and run id.

        Args:
            kind: Name of its kind.
            request: Its fields, named and typed as on the wire; a file's value is its name or an `Upload`.
            task_id: Its id; None makes one.
            status: The status it ends with; a PENDING task never ends.
            exception_reason: What a failed one gives as its reason.
            message: What it says about its end.
            seconds: Seconds from now until it ends, 0 for one that has ended; None for a drawn duration.
            run_id: The run it becomes; None takes the next.

        Raises:
            KeyError: There is no such kind.
            ValueError: The task id or the run id is taken.
        """
        outcome = Outcome(status=status, exception_reason=exception_reason, message=message, seconds=seconds)
        fields = {
            name: Upload(value, TYPICAL_TEXT_FILE) if _is_file(KINDS[kind], name) and isinstance(value, str) else value
            for name, value in request.items()
        }
        with self._lock:
            if task_id in self._tasks or run_id in self._runs:
                raise ValueError(f"task {task_id} or run {run_id} is there already")
            task = self._add(KINDS[kind], fields, outcome, task_id=task_id, run_id=run_id)
        return task.task_id, task.run_id

    def _add(
        self,
        kind: Kind,
        request: Mapping[str, Any],
        outcome: Outcome,
        *,
        task_id: str | None = None,
        run_id: int | None = None,
    ) -> SimulatedTask:
        drawn = self._draw(kind, request)  # drawn even when not needed: rules must not shift what comes after
        seconds = drawn if outcome.seconds is None else outcome.seconds
        if run_id is None:
            self._next_run += 1 + self._ids.randrange(9)
            while self._next_run in self._runs:
                self._next_run += 1
        task = SimulatedTask(
            kind=kind,
            task_id=task_id or str(uuid.UUID(int=self._ids.getrandbits(128), version=4)),
            run_id=self._next_run if run_id is None else run_id,
            request=request,
            outcome=outcome,
            ends_at=self.now() + seconds,
            source=self._runs.get(request.get("run_id", 0)) if kind.follows is not None else None,
        )
        self._tasks[task.task_id] = self._runs[task.run_id] = task
        return task

    def _draw(self, kind: Kind, request: Mapping[str, Any]) -> float:
        """Seconds a task takes: lognormal around the median of tasks like it."""
        return median_seconds(kind, request) * self._durations.lognormvariate(0.0, kind.spread) / self.options.speed


def median_seconds(kind: Kind, request: Mapping[str, Any]) -> float:
    """Seconds in which half of the tasks like this one are done, at speed 1; longer for the larger."""
    return kind.expected * min(4.0, max(0.4, math.sqrt(_relative_size(kind, request))))


def _is_file(kind: Kind, name: str) -> bool:
    return any(field.name == name and field.type is FieldType.FILE for field in kind.fields)


def _relative_size(kind: Kind, request: Mapping[str, Any]) -> float:
    """How large a task is beside a middling one of its kind."""
    value = request.get(kind.unit)
    if isinstance(value, Upload):
        return value.size / (
            TYPICAL_TEXT_FILE if value.name.lower().endswith(TEXT_SUFFIXES) else TYPICAL_SIZES[FieldType.FILE]
        )
    typical = TYPICAL_SIZES.get(kind.field(kind.unit).type)
    if value is None or typical is None:
        return 1.0  # behind an address may be anything
    return (len(value) if isinstance(value, str) else sum(len(str(part)) for part in value)) / typical
