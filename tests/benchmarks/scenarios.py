"""What is done in a round: each scenario runs one program once and gives the values it saw, by name."""

from __future__ import annotations

import os
import re
import signal
import statistics
import time
from collections.abc import Callable, Mapping

from tests.benchmarks.emulator import Emulator
from tests.benchmarks.figures import quantile
from tests.benchmarks.probe import Press, Probe, Seen
from tests.benchmarks.samples import label_of
from tests.benchmarks.workshop import NARROW, Effort, Workshop

Values = dict[str, float]
Scenario = Callable[[Workshop, Effort], Values]

_MANY = 10_000
_LIVE = 500
_LIVE_AT_REST = 20
_RATE = "100"
_DEAF = 0.35
"""Seconds after which a question takes answers."""
_FILTER = "narration"


def shows(text: str) -> Seen:
    """Whether the screen shows a text that matches."""
    pattern = re.compile(text)
    return lambda screen: pattern.search(screen.text()) is not None


def changed(screen: Emulator) -> Seen:
    """Whether the screen shows another text than now."""
    before = screen.text()
    return lambda after: after.text() != before


def cursor_moved(screen: Emulator) -> Seen:
    """Whether the line that stands out is another than now."""
    before = screen.grounds()
    return lambda after: after.grounds() != before


def _newest(count: int) -> Seen:
    return shows(re.escape(label_of(count - 1)[:8]))


def _key_values(presses: list[Press]) -> Values:
    times = [press.ms for press in presses]
    return {
        "p50": statistics.median(times),
        "p95": quantile(times, 0.95),
        "bytes": statistics.median(press.bytes for press in presses),
    }


def _down_and_up(probe: Probe, presses: int) -> list[Press]:
    """Cursor keys within the first page, so that none of them scrolls."""
    half = min(presses // 2, 12)
    keys = (["down"] * half + ["up"] * half) * (presses // (2 * half))
    return probe.presses(keys, cursor_moved)


def bare(workshop: Workshop, effort: Effort) -> Values:
    """R."""
    with workshop.reference("bare") as probe:
        start = probe.start(Emulator.is_painted)
        window = probe.window(effort.window)
        return {"painted": start.painted, "cpu": window.cpu_percent, "peak": probe.peak_mib()}


def key_counter(workshop: Workshop, effort: Effort) -> Values:
    """K."""
    with workshop.reference("key_counter") as probe:
        probe.start(shows("0 keys"))
        return _key_values(probe.presses(["down"] * effort.presses, changed))


def data_table(workshop: Workshop, effort: Effort) -> Values:
    """D under load."""
    with workshop.reference("data_table", str(_MANY), _RATE) as probe:
        probe.start(_newest(_MANY))
        window = probe.window(effort.window)
        return {"cpu": window.cpu_percent, "bytes_per_second": window.bytes_per_second}


def _start(count: int) -> Scenario:
    def run(workshop: Workshop, effort: Effort) -> Values:
        with workshop.ours(workshop.session(count)) as probe:
            return {"seen": probe.start(_newest(count)).seen}

    return run


def narrow(workshop: Workshop, effort: Effort) -> Values:
    """Our start on a small terminal."""
    with workshop.ours(workshop.session(100), size=NARROW) as probe:
        return {"start_bytes": probe.start(_newest(100)).bytes}


def rest(workshop: Workshop, effort: Effort) -> Values:
    """Our program with many tasks of which none is live: start, CPU, cursor keys, filter keys."""
    with workshop.ours(workshop.session(_MANY)) as probe:
        start = probe.start(_newest(_MANY))
        window = probe.window(effort.window)
        values = {"seen": start.seen, "start_bytes": start.bytes, "cpu": window.cpu_percent}
        values |= _key_values(_down_and_up(probe, effort.presses))
        probe.press("/", changed(probe.screen), settle=0.3)
        keys = [*_FILTER, *["backspace"] * len(_FILTER)]
        filtered = [press.last_ms for press in probe.presses(keys, changed, gap=0.3, settle=0.15)]
        return values | {"filter_p50": statistics.median(filtered), "filter_max": max(filtered)}


def live(workshop: Workshop, effort: Effort) -> Values:
    """Our program with many tasks of which 500 are polled."""
    with workshop.ours(workshop.session(_MANY, live=_LIVE)) as probe:
        probe.start(_newest(_MANY))
        probe.window(5.0)  # its first polls bring httpx in
        window = probe.window(effort.window)
        return {"cpu": window.cpu_percent, "peak": probe.peak_mib()}


def live_at_rest(workshop: Workshop, effort: Effort) -> Values:
    """Our program with 20 tasks polled, all on the screen, none of which changes."""
    with workshop.ours(workshop.session(_MANY, live=_LIVE_AT_REST)) as probe:
        probe.start(_newest(_MANY))
        probe.window(20.0)  # each has been asked about, and its row shows how often it will be
        return {"bytes": probe.window(effort.rest).bytes}


def load(workshop: Workshop, effort: Effort) -> Values:
    """Our screen under 100 changes a second."""
    with workshop.reference("driven", str(workshop.session(_MANY)), _RATE) as probe:
        probe.start(_newest(_MANY))
        time.sleep(1.0)
        window = probe.window(effort.window)
        values = {"cpu": window.cpu_percent, "bytes_per_second": window.bytes_per_second}
        return values | _key_values(_down_and_up(probe, effort.presses))


def one_change(workshop: Workshop, effort: Effort) -> Values:
    """L, then one row that changes, then a question asked and answered."""
    with workshop.reference("driven", str(workshop.session(_MANY, live=_LIVE_AT_REST)), "0") as probe:
        probe.start(_newest(_MANY))
        quiet = probe.window(effort.window)
        probe.presses(["down", "down"], cursor_moved)  # away from the row, whose task the detail would show too
        probe.quiet(0.5)
        rows = [_change_one(probe) for _ in range(5)]
        probe.press("3", changed(probe.screen), settle=0.5)  # the failed ones
        probe.press("*", changed(probe.screen), settle=0.5)
        asked = probe.press("r", shows("y / N"), settle=0.5)
        time.sleep(_DEAF)
        answered = probe.press("n", changed(probe.screen), settle=0.5)
        question = asked.bytes + answered.bytes
        return {"cpu": quiet.cpu_percent, "row_bytes": statistics.median(rows), "question_bytes": question}


def _change_one(probe: Probe) -> int:
    """Bytes that one settled task costs, all that counts it included."""
    seen = changed(probe.screen)
    return probe.bytes_of(lambda: os.kill(probe.pid, signal.SIGUSR1), seen)


def saving(workshop: Workshop, effort: Effort) -> Values:
    """One change saved."""
    return workshop.result("saving", str(workshop.session(_MANY)), str(effort.saves))


SCENARIOS: Mapping[str, Scenario] = {
    "R": bare,
    "K": key_counter,
    "D": data_table,
    "start 100": _start(100),
    "start 1000": _start(1_000),
    "start 100000": _start(100_000),
    "narrow": narrow,
    "rest": rest,
    "live": live,
    "live at rest": live_at_rest,
    "load": load,
    "one change": one_change,
    "saving": saving,
}
"""In the order in which a round runs them."""
