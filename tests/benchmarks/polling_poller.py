"""Many tasks under one rate as the program's own poller serves them, in virtual time, against asking in turn."""

from __future__ import annotations

import asyncio
import random
import statistics
from collections.abc import Mapping, Sequence

from camb_tui.domain.life import StatusAnswer
from camb_tui.domain.schedule import Observation
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.durations import Durations
from camb_tui.services.health import Breaker
from camb_tui.services.pace import Pace
from camb_tui.services.poller import Poller
from camb_tui.services.store import Store
from camb_tui.services.timing import Adaptive
from tests.benchmarks import virtual_time
from tests.benchmarks.polling_budget import BUDGET, Delays, Job

LATENCY = 0.1
"""Seconds an answer takes."""


def by_poller(jobs: Sequence[Job], learned: Mapping[str, Sequence[Observation]], *, delay_price: float = 1.0) -> Delays:
    """What these tasks wait for when our poller asks, which goes on learning from them."""
    return virtual_time.run(_poll_all(jobs, learned, delay_price))


async def _poll_all(jobs: Sequence[Job], learned: Mapping[str, Sequence[Observation]], delay_price: float) -> Delays:
    loop, rng = asyncio.get_running_loop(), random.Random(2)
    durations = Durations(None)
    for kind, observations in learned.items():
        for one in observations:
            durations.note(kind, one)
    store = Store({})
    requests, delays, done = 0, [], asyncio.Event()

    async def ask(task: Task) -> StatusAnswer:
        nonlocal requests
        requests += 1
        ends = jobs[int(task.key)].ends
        await asyncio.sleep(LATENCY / 2)
        is_done = ends <= loop.time()
        await asyncio.sleep(LATENCY / 2)
        return StatusAnswer("SUCCESS", 1) if is_done else StatusAnswer("PENDING")

    def settled(task: Task) -> None:
        delays.append(loop.time() - jobs[int(task.key)].ends)
        if len(delays) == len(jobs):
            done.set()

    poller = Poller(
        store,
        ask,
        timing=Adaptive(durations, delay_price=delay_price),
        pace=Pace(BUDGET, clock=loop.time),
        breaker=_breaker(loop.time, rng),
        in_flight=8,
        clock=loop.time,
        draw=rng.random,
        settled=settled,
    )
    polling = asyncio.create_task(poller.run())
    for at, job in enumerate(jobs):
        await asyncio.sleep(max(0.0, job.submitted - loop.time()))
        task = Task(
            key=str(at),
            kind=job.kind,
            status=TaskStatus.PENDING,
            created_at=job.submitted,
            submitted_at=job.submitted,
            task_id=f"task-{at}",
        )
        store.put(task)
        poller.watch(task)
    await done.wait()
    polling.cancel()
    delays.sort()
    return Delays(statistics.fmean(delays), delays[int(0.95 * (len(delays) - 1))], requests / len(delays))


def _breaker(clock: object, rng: random.Random) -> Breaker:
    assert callable(clock)
    breaker = Breaker(clock=clock, draw=rng.random)
    breaker.key_changed(has_key=True)
    return breaker
