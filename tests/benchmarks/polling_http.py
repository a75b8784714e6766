"""The command: `python -m tests.benchmarks.polling_http` runs schedules against the simulator, over real HTTP.

The simulator runs in a process of its own at a speed, and the client's loop has seconds as much shorter, so that a
floor of 2 s is one. Requests are those the simulator counted; the delay runs from a task's end there to the poller's
hearing of it, in the service's seconds, and holds the time on the wire. All schedules have the same 500 tasks of five
kinds and many sizes, which arrive over ten minutes, and no limit of rate, so that each asks when it wants to.

What `adaptive` has seen before are other tasks, by the simulator's own law and known between the polls of the backoff.
The optimum knows that law, the size's part in it included, and keeps the floor.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import math
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from camb_tui.domain.kinds import KINDS
from camb_tui.domain.schedule import FLOOR
from camb_tui.domain.submissions import Submission, intend, task_size
from camb_tui.domain.tasks import Task, TaskStatus, Upload
from camb_tui.services.client import CambClient
from camb_tui.services.durations import Durations
from camb_tui.services.health import Breaker
from camb_tui.services.pace import Pace
from camb_tui.services.poller import Poller
from camb_tui.services.store import Store
from camb_tui.services.timing import Adaptive, Backoff, Timing
from camb_tui.simulator import SimulatorOptions, SimulatorServer
from camb_tui.simulator import world as simulated
from tests.benchmarks import virtual_time
from tests.benchmarks.polling_optimum import optimum
from tests.benchmarks.polling_truths import LogNormal, between_polls, guide_backoff

SHARES = {"tts": 0.3, "translation": 0.3, "transcription": 0.2, "story": 0.12, "dubbing": 0.08}
ARRIVE_OVER = 600.0
"""Seconds of the service's in which the tasks are submitted."""
PRICE = 1.0
"""Requests that a second less delay is worth: the setting's default."""
UNLIMITED = 1e6
OTHERS = 2_500
"""Of these, 200 are of the rarest kind."""


class Every(Backoff):
    """Asks at fixed intervals."""

    def __init__(self, seconds: float) -> None:
        super().__init__(Durations(None))
        self._seconds = seconds

    def interval(self, task: Task, age: float) -> float:
        return self._seconds


class Best(Backoff):
    """Asks when it costs least for who knows how long such tasks take."""

    def __init__(self, others: Sequence[Submission]) -> None:
        super().__init__(Durations(None))
        for one in others:
            self._times(intend(one, key="", now=0.0))  # not while polls wait

    def interval(self, task: Task, age: float) -> float:
        for at in self._times(task):
            if at - age >= FLOOR / 2:  # not the poll just made, which came a little late
                return at - age
        return self._times(task)[-1]

    @staticmethod
    def _times(task: Task) -> Sequence[float]:
        return _best_times(task.kind, round(math.log(median_of(task)) / _STEP))


_STEP = 0.05
"""Of the logarithm of the median: tasks within a step share a schedule."""


@functools.cache
def _best_times(kind: str, step: int) -> Sequence[float]:
    law = LogNormal(math.exp(step * _STEP), KINDS[kind].spread)
    times: list[float] = []
    for at in optimum(law, PRICE, gap=FLOOR).schedule():
        times.append(at)
        if law.survival(at) < _NEARLY_NONE:
            break
    return times


_NEARLY_NONE = 1e-6


def median_of(task: Task) -> float:
    """Seconds in which the simulator is done with half of the tasks like this one."""
    files = {upload.field: simulated.Upload(Path(upload.path).name, upload.size) for upload in task.uploads}
    return simulated.median_seconds(KINDS[task.kind], {**task.request, **files})


class Outcome(NamedTuple):
    """What one schedule cost."""

    creates: int
    polls: int
    """As the simulator counted them."""
    delays: Mapping[str, Sequence[float]]
    """By kind."""


class Row(NamedTuple):
    """One schedule of the table."""

    name: str
    timing: Callable[[Sequence[Submission]], Timing]
    """From the submissions of other tasks, in which its lessons are."""
    at_once: bool = False
    """Ask first as soon as it is submitted."""
    jitter: bool = True


def adaptive(others: Sequence[Submission], count: int) -> Timing:
    """Ours, with so many durations of each kind behind it."""
    durations, rng = Durations(None), random.Random(5)
    left = dict.fromkeys(SHARES, count)
    for number, one in enumerate(others):
        if left[one.kind]:
            left[one.kind] -= 1
            task = intend(one, key=f"other {number}", now=0.0)
            took = median_of(task) * rng.lognormvariate(0.0, KINDS[one.kind].spread)
            durations.note(one.kind, between_polls(took, guide_backoff, task_size(task)))
    assert not any(left.values()), "more other tasks are needed"
    return Adaptive(durations, delay_price=PRICE)


ROWS = (
    Row("fixed 2 s", lambda others: Every(2.0), jitter=False),
    Row("fixed 5 s", lambda others: Every(5.0), jitter=False),
    Row("SDK README (0, 5, 10, ...)", lambda others: Every(5.0), at_once=True, jitter=False),
    Row("backoff of the guide", lambda others: Backoff(Durations(None))),
    *(
        Row(f"adaptive, {count or 'nothing'} known", functools.partial(adaptive, count=count))
        for count in (0, 20, 50, 200)
    ),
    Row("optimum that keeps the floor", Best, jitter=False),
)


def submissions(count: int, seed: int, folder: Path) -> list[Submission]:
    """So many, in an order that tells nothing; `folder` holds the files they send."""
    rng = random.Random(seed)
    made = [_submission(kind, rng, folder) for kind, share in SHARES.items() for _ in range(round(share * count))]
    rng.shuffle(made)
    return made


def _submission(kind: str, rng: random.Random, folder: Path) -> Submission:
    text = "A sentence to be said. " * rng.randint(1, 60)
    match kind:
        case "tts":
            return Submission(kind, {"text": text, "voice_id": 20303, "language": 1})
        case "translation":
            return Submission(kind, {"texts": [text], "source_language": 1, "target_language": 76})
        case "transcription":
            return Submission(kind, {"media_url": "https://media.example/talk.mp3", "language": 1})
        case "dubbing":
            film = {"video_url": "https://media.example/film.mp4", "source_language": 1, "target_languages": [76]}
            return Submission(kind, film)
        case "story":
            path = folder / f"{rng.getrandbits(40):010x}.txt"
            path.write_text(text * 30, encoding="utf-8")
            upload = Upload("file", str(path), path.stat().st_size, "")
            return Submission(kind, {"file": str(path), "source_language": 1}, uploads=(upload,))
    raise ValueError(f"no submission of {kind} is made here")


def serve(pipe: Connection, speed: float) -> None:
    """The simulator's process: tells its address, then, when asked, its counts and when each task ended."""
    server = SimulatorServer(SimulatorOptions(seed=1, speed=speed))
    server.start()
    pipe.send(server.base_url)
    task_ids: Sequence[str] = pipe.recv()
    tasks = [server.world.task(task_id) for task_id in task_ids]
    pipe.send((dict(server.world.counts), [task.ends_at if task is not None else None for task in tasks]))
    server.stop()


def measure(row: Row, others: Sequence[Submission], tasks: Sequence[Submission], speed: float) -> Outcome:
    """Run one schedule with tasks of its own simulator."""
    timing = row.timing(others)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, speed), daemon=True)
    process.start()
    try:
        base_url = ours.recv()
        heard = virtual_time.run(_poll(row, timing, base_url, tasks, speed), lambda: virtual_time.HurriedLoop(speed))
        ours.send([task.task_id for task, _ in heard])
        counts, ends = ours.recv()
    finally:
        process.join(5.0)
        process.terminate()
    delays: dict[str, list[float]] = {}
    for (task, at), end in zip(heard, ends, strict=True):
        delays.setdefault(task.kind, []).append(max(0.0, at - end) * speed)
    creates = sum(number for route, number in counts.items() if route.startswith("POST"))
    return Outcome(creates, sum(counts.values()) - creates, delays)


async def _poll(
    row: Row, timing: Timing, base_url: str, tasks: Sequence[Submission], speed: float
) -> list[tuple[Task, float]]:
    """The tasks, each with when its end was heard of."""
    loop, rng = asyncio.get_running_loop(), random.Random(3)
    client = CambClient(base_url, "benchmark", timeout=30.0 * speed, connect_timeout=30.0 * speed)
    heard: list[tuple[Task, float]] = []
    store, done = Store({}), asyncio.Event()

    def settled(task: Task) -> None:
        heard.append((task, time.time()))
        if len(heard) == len(tasks):
            done.set()

    async def ask(task: Task) -> Any:
        return await client.status(task.kind, task.task_id or "")

    breaker = Breaker(clock=loop.time, draw=rng.random)
    breaker.key_changed(has_key=True)
    poller = Poller(
        store,
        ask,
        timing=timing,
        pace=Pace(UNLIMITED, clock=loop.time),
        breaker=breaker,
        in_flight=64,
        clock=loop.time,
        draw=rng.random if row.jitter else lambda: 0.5,
        settled=settled,
    )
    polling = asyncio.create_task(poller.run())

    async def submit(at: int, one: Submission) -> None:
        await asyncio.sleep(at * ARRIVE_OVER / len(tasks))
        submitted = loop.time()
        taken = await client.create(one.kind, one.request, intent=f"{at}")
        task = intend(one, key=f"{at}", now=submitted).but(
            status=TaskStatus.PENDING, submitted_at=submitted, task_id=taken.task_id
        )
        store.put(task)
        poller.watch(task, soon=row.at_once)

    async with asyncio.TaskGroup() as group:
        for at, one in enumerate(tasks):
            group.create_task(submit(at, one))
    await done.wait()
    polling.cancel()
    await client.aclose()
    return heard


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.polling_http", description=__doc__)
    parser.add_argument("--tasks", type=int, default=500)
    parser.add_argument("--speed", type=float, default=20.0)
    parser.add_argument("--only", default="", metavar="WORDS", help="only schedules whose name has these words")
    options = parser.parse_args(argv)
    print(f"{options.tasks} tasks over {ARRIVE_OVER:.0f} s at speed {options.speed:g}, price {PRICE:g}; delays in s")
    print(f"  {'schedule':<28}{'creates':>8}{'polls':>8}{'a task':>8}{'delay':>8}{'p95':>8}{'cost':>8}   mean delay of")
    with tempfile.TemporaryDirectory() as folder:
        tasks, others = submissions(options.tasks, 1, Path(folder)), submissions(OTHERS, 2, Path(folder))
        for row in (row for row in ROWS if options.only in row.name):
            found = measure(row, others, tasks, options.speed)
            delays = sorted(delay for of_kind in found.delays.values() for delay in of_kind)
            mean, each = statistics.fmean(delays), found.polls / len(tasks)
            kinds = ", ".join(
                f"{kind} {statistics.fmean(found.delays[kind]):.1f}" for kind in KINDS if kind in found.delays
            )
            print(
                f"  {row.name:<28}{found.creates:>8}{found.polls:>8}{each:>8.2f}{mean:>8.2f}"
                f"{delays[int(0.95 * (len(delays) - 1))]:>8.2f}{each + PRICE * mean:>8.2f}   {kinds}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
