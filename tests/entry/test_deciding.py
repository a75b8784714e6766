"""The commands that decide: retry, release, adopt, dismiss, and those that look after a session file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from camb_tui.domain.tasks import Hold, Task, TaskStatus
from camb_tui.exits import Exit
from camb_tui.services.session import SessionFile, load_session
from camb_tui.simulator import SimulatorServer
from tests.entry.test_commands import KEY, fill, place, run, simulator

__all__ = ["place", "simulator"]  # fixtures

DUB = {"source_language": 1, "target_languages": [54]}
REQUEST = {"text": "Once upon a time", "voice_id": 147320, "language": 1}


def task(key: str, status: TaskStatus = TaskStatus.ERROR, **fields: Any) -> Task:
    given: dict[str, Any] = {"kind": "tts", "label": f"task {key}", "request": {**REQUEST, "text": f"This is {key}"}}
    if status not in (TaskStatus.HELD, TaskStatus.UNCONFIRMED):
        given["task_id"] = f"id-{key}"
    if status is TaskStatus.ERROR:
        given["exception_reason"] = "INTERNAL_ERROR"
    return Task(key=key, status=status, created_at=1.0, **{**given, **fields})


@pytest.fixture
def path(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    session = place / "s.toml"
    monkeypatch.setenv("CAMB_TUI_SESSION", str(session))
    return session


def kept(path: Path) -> dict[str, Task]:
    return dict(load_session(path, now=0.0).tasks)


def test_a_retry_of_all_that_failed_sends_what_is_worth_it_and_tells_the_rest(
    simulator: SimulatorServer, path: Path
) -> None:
    fill(path, task("good"), task("bad", exception_reason="SOURCE_TOO_LONG"), task("fine", TaskStatus.SUCCESS))
    result = run("retry", "--wait", "--json")
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one["retry_of"], one["status"]) for one in told] == [("good", "SUCCESS")]
    assert "bad task bad: left out, would fail; --insist" in result.stderr
    assert result.exit_code == Exit.FAILED
    assert simulator.world.made == 1
    assert kept(path)["good"].superseded_by == told[0]["key"]
    assert run("retry", "good").exit_code == Exit.FAILED
    assert simulator.world.made == 1, "it was retried already"


def test_a_retry_leaves_out_what_failed_for_a_reason_nobody_knows(simulator: SimulatorServer, path: Path) -> None:
    """The monitor asks about it; where nobody answers, it costs nothing."""
    fill(path, task("new", exception_reason="BRAND_NEW_REASON"), task("none", exception_reason=None))
    result = run("retry")
    assert result.exit_code == Exit.FAILED
    assert result.stderr.count("nobody knows whether it can succeed; --insist sends it") == 2
    assert simulator.world.made == 0
    assert run("retry", "--insist").exit_code == Exit.SUCCESS
    assert simulator.world.made == 2


def test_a_retry_can_ask_a_lost_sources_address_first(simulator: SimulatorServer, path: Path) -> None:
    """A source that is still gone would fail again, and perhaps be charged."""
    base = simulator.base_url.removesuffix("/apis")
    gone, there = (
        task(key, kind="dubbing", exception_reason="SOURCE_NOT_FOUND", request={**DUB, "video_url": f"{base}{route}"})
        for key, route in (("gone", "/nothing.mp4"), ("there", "/_simulator/requests"))
    )
    fill(path, gone, there)
    assert run("retry", "--dry-run").stderr.count("--check-sources asks the address first") == 2
    result = run("retry", "--check-sources")
    assert result.exit_code == Exit.FAILED
    assert "left out, 127.0.0.1 answers 404 for the source" in result.stderr
    assert [one.retry_of for one in kept(path).values() if one.attempt == 2] == ["there"]
    assert simulator.world.made == 1


def test_a_dry_run_sends_nothing(simulator: SimulatorServer, path: Path) -> None:
    fill(path, task("good"))
    result = run("retry", "--dry-run", "is:failed")
    assert result.exit_code == Exit.SUCCESS
    assert "good task good: would be sent again" in result.stderr
    assert simulator.world.made == 0


def test_an_unconfirmed_task_is_sent_again_only_with_a_yes_beforehand(simulator: SimulatorServer, path: Path) -> None:
    fill(path, task("doubt", TaskStatus.UNCONFIRMED))
    refused = run("retry", "doubt")
    assert refused.exit_code == Exit.UNCONFIRMED
    assert "--yes-pay-twice" in refused.stderr
    assert simulator.world.made == 0
    assert run("retry", "doubt", "--yes-pay-twice").exit_code == Exit.SUCCESS
    assert simulator.world.made == 1


def test_a_vanished_file_ends_the_retry_instead_of_waiting_for_ever(simulator: SimulatorServer, path: Path) -> None:
    from camb_tui.domain.tasks import Upload

    gone = path.parent / "gone.wav"
    upload = Upload("media_file", str(gone), 5, "0" * 64)
    fill(path, task("gone", kind="transcription", request={"media_file": str(gone), "language": 1}, uploads=(upload,)))
    result = run("retry", "gone")
    assert result.exit_code == Exit.FAILED
    assert "there is no file" in result.stderr
    gone.write_bytes(b"other")
    result = run("retry", "gone")
    assert "changed since; send the new one?" in result.stderr
    assert result.exit_code == Exit.FAILED
    assert simulator.world.made == 0


def test_release_sends_what_is_held_and_after_a_payment_hold_one_first(simulator: SimulatorServer, path: Path) -> None:
    fill(path, *(task(f"held{n}", TaskStatus.HELD, hold=Hold.PAYMENT.value) for n in range(3)))
    rule = {"method": "POST", "path": "/tts", "times": 1, "effect": "status", "code": 402}
    simulator.world.rules.add_faults({"rules": [rule]})
    result = run("release", "--json")
    assert result.exit_code == Exit.FAILED
    assert simulator.world.counts["POST /tts"] == 1, "the first was refused, the others stayed"
    assert {one.status for one in kept(path).values()} == {TaskStatus.HELD}
    assert run("release", "--wait").exit_code == Exit.SUCCESS
    assert {one.status for one in kept(path).values()} == {TaskStatus.SUCCESS}
    assert "nothing is held" in run("release").stderr


def test_an_id_is_adopted_for_an_unconfirmed_task_or_as_a_row(path: Path) -> None:
    fill(path, task("doubt", TaskStatus.UNCONFIRMED), task("known"))
    result = run("adopt", "tts", "found-it", "--for", "doubt", "--json")
    assert result.exit_code == Exit.SUCCESS
    assert json.loads(result.stdout)["task_id"] == "found-it"
    assert run("adopt", "dub", "another", "--label", "Trailer").exit_code == Exit.SUCCESS
    assert kept(path)["doubt"].status is TaskStatus.PENDING
    assert {one.label for one in kept(path).values()} == {"task doubt", "task known", "Trailer"}
    for words in (("tts", "found-it"), ("tts", "x", "--for", "known"), ("tts", "x", "--for", "nobody"), ("song", "x")):
        assert run("adopt", *words).exit_code == Exit.USAGE
    assert len(kept(path)) == 3
    assert KEY not in path.read_text()


def test_dismissing_takes_the_row_out_and_refuses_what_is_under_way(path: Path) -> None:
    fill(path, task("doubt", TaskStatus.UNCONFIRMED), task("live", TaskStatus.PENDING))
    assert run("dismiss", "doubt", "live").exit_code == Exit.USAGE
    assert not kept(path)["doubt"].archived
    assert run("dismiss", "doubt").exit_code == Exit.SUCCESS
    assert kept(path)["doubt"].archived
    assert run("dismiss").exit_code == Exit.USAGE


@pytest.mark.parametrize("words", [("retry",), ("release",), ("adopt", "tts", "x"), ("dismiss", "doubt")])
def test_a_session_that_is_written_elsewhere_or_read_only_is_left_alone(path: Path, words: tuple[str, ...]) -> None:
    fill(path, task("doubt", TaskStatus.UNCONFIRMED))
    before = path.read_bytes()
    assert run(*words, "--read-only").exit_code == Exit.USAGE
    writer = SessionFile(path)
    writer.lock()
    try:
        assert run(*words).exit_code == Exit.SESSION
    finally:
        writer.release()
    assert path.read_bytes() == before


def test_a_session_file_is_checked_and_tidied(path: Path) -> None:
    assert run("session", "check").exit_code == Exit.SESSION
    fill(path, task("one"), task("two", TaskStatus.SUCCESS))
    fill(path, task("one", TaskStatus.SUCCESS))
    checked = run("session", "check", str(path))
    assert checked.exit_code == Exit.SUCCESS
    assert "2 tasks (2 SUCCESS)" in checked.stdout
    tidied = run("session", "tidy", str(path))
    assert tidied.exit_code == Exit.SUCCESS
    assert path.read_text().count("[[task]]") == 2
    damaged = path.read_bytes() + b"\n[[task]]\nkey = oops\n"
    path.write_bytes(damaged)
    assert run("session", "check").exit_code == Exit.SESSION
    assert path.read_bytes() == damaged, "a check writes nothing"
