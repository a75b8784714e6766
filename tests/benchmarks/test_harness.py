"""The harness sees what a terminal would show, and counts what a program writes. Nothing here measures time."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from camb_tui.services.session import load_session
from tests.benchmarks.answers import Answerer
from tests.benchmarks.emulator import Emulator
from tests.benchmarks.figures import interval, quantile
from tests.benchmarks.probe import Probe
from tests.benchmarks.rows import ROWS, judge
from tests.benchmarks.samples import make_tasks, write_session
from tests.benchmarks.scenarios import SCENARIOS


def screen_of(data: bytes, columns: int = 10, rows: int = 3) -> list[str]:
    """What stands on a small screen after this."""
    emulator = Emulator(columns, rows)
    emulator.feed(data)
    return [emulator.line(y) for y in range(rows)]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"ab\r\ncd", ["ab", "cd", ""]),
        (b"abcdefghijkl", ["abcdefghij", "kl", ""]),
        (b"\x1b[2;3Hx\x1b[1Dy", ["", "  y", ""]),
        (b"abcdef\x1b[3D\x1b[K", ["abc", "", ""]),
        (b"one\r\ntwo\r\nthree\r\nfour", ["two", "three", "four"]),
        ("ｗ\x1b[31mx".encode(), ["ｗx", "", ""]),
        (b"main\x1b[?1049h\x1b[Hother\x1b[?1049l", ["main", "", ""]),
    ],
)
def test_the_emulator_shows_what_a_terminal_shows(data: bytes, lines: list[str]) -> None:
    """Every latency is the time until this screen shows something."""
    assert [line.rstrip() for line in screen_of(data)] == lines


def test_the_emulator_takes_a_sequence_in_two_chunks() -> None:
    """A pseudo-terminal hands over at most 4 KB at a time, and cuts where it likes."""
    emulator = Emulator(10, 2)
    for at in range(len(data := "\x1b[2;2Hé".encode())):
        emulator.feed(data[at : at + 1])
    assert emulator.line(1).rstrip() == " é"


def test_a_moved_cursor_line_shows_in_the_grounds_and_a_changed_word_does_not() -> None:
    """So a cursor key can be timed while rows change."""
    emulator = Emulator(10, 3)
    emulator.feed(b"\x1b[44mrow one   \x1b[0m\r\nrow two")
    before = emulator.grounds()
    emulator.feed(b"\x1b[3;1Hchanged")
    assert emulator.grounds() == before
    emulator.feed(b"\x1b[1;1Hrow one   \x1b[2;1H\x1b[44mrow two   ")
    assert emulator.grounds() != before


def test_questions_are_answered_even_when_cut() -> None:
    """A program that gets no answer may wait for one, which would be measured as its own time."""
    answerer = Answerer(80, 24)
    assert answerer.replies(b"text\x1b[?20") == b""
    assert answerer.replies(b"26$p") == b"\x1b[?2026;2$y"


def test_the_probe_counts_every_byte(tmp_path: Path) -> None:
    """The wire's figures are these counts."""
    program = "import sys, tty; tty.setraw(0); print('ready', end='', flush=True); sys.stdin.read(1); print('x' * 500)"
    with Probe([sys.executable, "-S", "-c", program], size=(80, 24), env={}) as probe:
        assert probe.start(lambda screen: "ready" in screen.text(), settle=0.01).bytes == len("ready")
        assert probe.press("k", lambda screen: "x" * 80 in screen.text(), settle=0.01).bytes == len("x" * 500 + "\n")


def test_an_interval_holds_the_median() -> None:
    """Bounds that the median is not in would tell nothing."""
    values = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6, 5.3]
    low, high = interval(values)
    assert low <= quantile(values, 0.5) <= high


def test_ratios_are_taken_within_a_round() -> None:
    """A machine that is twice as slow in one round is so for both."""
    row = next(row for row in ROWS if row.name == "start-100")
    rounds = [{"start 100": {"seen": 120.0 * slow}, "R": {"painted": 100.0 * slow}} for slow in (1.0, 2.0, 1.0, 3.0)]
    judged = judge(row, rounds)
    assert judged.measured.median == pytest.approx(1.2)
    assert judged.measured.low == pytest.approx(judged.measured.high)


def test_every_row_names_scenarios_there_are() -> None:
    """A wrong name would show only after minutes of measuring."""
    assert set[str]().union(*(row.scenarios for row in ROWS)) <= set(SCENARIOS)


def test_sample_sessions_hold_what_was_asked_for(tmp_path: Path) -> None:
    """The figures are about so many tasks, so many of them live."""
    tasks = make_tasks(50, live=5, now=1_800_000_000.0)
    loaded = load_session(write_session(tmp_path / "sample.toml", tasks), now=1_800_000_000.0)
    assert list(loaded.tasks) == [task.key for task in tasks]
    assert sum(task.is_live for task in loaded.tasks.values()) == 5
