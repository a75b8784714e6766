"""What was learnt survives restarts, torn lines and a disk that refuses, and does not grow for ever."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from camb_tui.domain.schedule import Observation, quantile
from camb_tui.services import durations as module
from camb_tui.services.durations import LONG, MEMORY, MOST, Durations, Ranked, rank_of
from camb_tui.services.layout import durations_file


def test_what_was_noted_is_known_after_a_restart(tmp_path: Path) -> None:
    """Twenty tasks learnt yesterday save requests today."""
    file = tmp_path / "deep" / "durations.jsonl"
    first = Durations(file)
    for number in range(20):
        first.note("tts", Observation(50.0 + number, 52.0 + number, 100.0))
    assert file.stat().st_mode & 0o077 == 0
    again = Durations(file).expectation("tts")
    assert again.known == 20
    assert 50.0 < quantile(again, 0.5, 100.0) < 75.0
    assert Durations(file).expectation("dubbing").known == 0


def test_a_torn_line_costs_one_observation(tmp_path: Path) -> None:
    """The program may be killed in the middle of a line."""
    file = tmp_path / "durations.jsonl"
    Durations(file).note("tts", Observation(1.0, 2.0))
    file.write_bytes(file.read_bytes() + b'{"kind":"tts","pend\n' + file.read_bytes())
    assert Durations(file).expectation("tts").known == 2


def test_a_disk_that_refuses_is_told_of_once(tmp_path: Path) -> None:
    """Learning goes on in memory; it is not worth a second word."""
    (tmp_path / "file").write_text("")
    said: list[str] = []
    learner = Durations(tmp_path / "file" / "durations.jsonl", trouble=said.append)
    for _ in range(3):
        learner.note("tts", Observation(1.0, 2.0))
    assert len(said) == 1
    assert learner.expectation("tts").known == 3


def test_the_file_is_made_shorter_when_it_is_long(tmp_path: Path) -> None:
    """Only so many of each kind count."""
    file = tmp_path / "durations.jsonl"
    line = b'{"kind":"tts","pending_until":1.0,"settled_by":2.0}\n'
    file.write_bytes(line * (LONG + 1))
    assert Durations(file).expectation("tts").known == MOST
    assert len(file.read_bytes().splitlines()) == MOST
    assert not list(tmp_path.glob("*.part"))
    assert module.LONG > MOST


def test_sessions_elsewhere_keep_what_they_learn_beside_them(tmp_path: Path) -> None:
    """A session on another disk, and the demo's, leave the user's folder alone."""
    assert durations_file(tmp_path / "a.toml", "http://127.0.0.1:1/apis") == tmp_path / "a.results" / "durations.jsonl"


def test_tasks_submitted_later_count_more_whatever_order_they_settle_in() -> None:
    """A service may be slower today; but of one batch the slow must count like the quick, which settle first."""
    durations = Durations(None)
    for number in range(2 * MOST):
        durations.note("tts", Observation(10.0, 10.0), key=f"old{number}", at=1_000_000.0)
    for number in range(2 * MOST):
        durations.note(
            "tts", Observation(10.0 + number, 10.0 + number), key=f"new{number}", at=1_000_000.0 + 20 * MEMORY
        )
    found = durations.expectation("tts")
    assert found.known == MOST
    assert quantile(found, 0.5) == pytest.approx(10.0 + MOST, rel=0.15)
    assert quantile(found, 0.1) == pytest.approx(10.0 + MOST / 5, rel=0.5)


def test_live_tasks_are_learned_from_until_they_settle() -> None:
    """That they have lived so long tells as much as how long others took."""
    live = {f"key{number}": Observation(60.0, math.inf) for number in range(20)}
    durations = Durations(None)
    durations.live = lambda kind: [Ranked(rank_of(key, 0.0), seen) for key, seen in live.items()]
    for number in range(10):
        durations.note("tts", Observation(9.0 + number / 5, 10.0 + number / 5), key=f"done{number}")
    assert quantile(durations.expectation("tts"), 0.5) > 50.0
    for key in live:  # settled, and not yet gone from among the live ones
        durations.note("tts", Observation(60.0, 61.0), key=key)
    found = durations.expectation("tts")
    assert found.known == 30
    assert quantile(found, 0.9) < 90.0


def test_a_reader_learns_from_the_file_and_leaves_it_alone(tmp_path: Path) -> None:
    """The camb-tui that writes the session writes this, too."""
    file = tmp_path / "durations.jsonl"
    Durations(file).note("tts", Observation(1.0, 2.0))
    before = file.read_bytes()
    reader = Durations(file, may_write=lambda: False)
    reader.note("tts", Observation(1.0, 2.0), key="other")
    assert reader.expectation("tts").known == 2
    assert list(reader.kinds()) == ["tts"]
    assert file.read_bytes() == before
