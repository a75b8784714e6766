"""What was learnt survives restarts, torn lines and a disk that refuses, and does not grow for ever."""

from __future__ import annotations

from pathlib import Path

from camb_tui.domain.schedule import Observation, quantile
from camb_tui.services import durations as module
from camb_tui.services.durations import LONG, NEWEST, Durations
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
    """Only the newest of each kind count."""
    file = tmp_path / "durations.jsonl"
    line = b'{"kind":"tts","pending_until":1.0,"settled_by":2.0}\n'
    file.write_bytes(line * (LONG + 1))
    assert Durations(file).expectation("tts").known == NEWEST
    assert len(file.read_bytes().splitlines()) == NEWEST
    assert not list(tmp_path.glob("*.part"))
    assert module.LONG > NEWEST


def test_sessions_elsewhere_keep_what_they_learn_beside_them(tmp_path: Path) -> None:
    """A session on another disk, and the demo's, leave the user's folder alone."""
    assert durations_file(tmp_path / "a.toml", "http://127.0.0.1:1/apis") == tmp_path / "a.results" / "durations.jsonl"
