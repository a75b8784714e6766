"""Following: waiting for tasks that another camb-tui polls, by reading along in the session file it writes."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType

from camb_tui.domain.tasks import Task
from camb_tui.exits import Exit
from camb_tui.headless import is_over, outcome_of, stopping_signals

LOOK_EVERY = 1.0


def follow(
    poll: Callable[[], list[Task]],
    asked: Mapping[str, Task],
    *,
    report: Callable[[Task], None],
    timeout: float | None,
    wait: Callable[[float], object],
    clock: Callable[[], float] = time.monotonic,
) -> Exit:
    """Report each asked task once it is over; how all of them ended.

    Args:
        poll: Gives the tasks that changed since it was called last.
        asked: The tasks waited for, by key.
        report: Told each task once.
        timeout: Seconds to wait at most; None for ever.
        wait: Waits so many seconds.
        clock: Seconds that only grow.
    """
    tasks = dict(asked)
    ends = None if timeout is None else clock() + timeout
    waiting = set(tasks)
    while True:
        tasks.update((task.key, task) for task in poll() if task.key in tasks)
        for key in [key for key in tasks if key in waiting and is_over(tasks[key])]:
            waiting.discard(key)
            report(tasks[key])
        if not waiting:
            return outcome_of(tasks)
        if ends is not None and clock() >= ends:
            return Exit.WAITED
        wait(LOOK_EVERY if ends is None else max(0.0, min(LOOK_EVERY, ends - clock())))


def follow_session(
    path: Path, asked: Mapping[str, Task], *, report: Callable[[Task], None], timeout: float | None
) -> int:
    """Follow the session file until every asked task is over, a signal comes, or the time is up."""
    from camb_tui.services.session import SessionFollower

    follower = SessionFollower(path)
    stopped = threading.Event()
    caught: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        caught.append(number)
        stopped.set()

    def wait(seconds: float) -> None:
        if stopped.wait(seconds):
            raise InterruptedError

    handlers = {one: signal.signal(one, stop) for one in stopping_signals()}
    try:
        return follow(follower.poll, asked, report=report, timeout=timeout, wait=wait)
    except InterruptedError:
        return 128 + caught[0]
    finally:
        for one, handler in handlers.items():
            signal.signal(one, handler)
