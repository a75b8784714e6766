"""The commands as scripts call them: options before and after the name, exit codes, JSON, and no key anywhere."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from camb_tui import doctor
from camb_tui.cli import camb_tui
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.exits import Exit
from camb_tui.services.session import SessionFile
from camb_tui.simulator import SimulatorOptions, SimulatorServer
from camb_tui.wiring import Options

KEY = "sk-never-to-be-seen"
SPEECH = ("tts", "text=Once upon a time", "voice_id=147320", "language=en-us")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders and variables of nobody."""
    for name in ("CAMB_TUI_CONFIG", "CAMB_TUI_SESSION", "CAMB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("CAMB_API_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def simulator(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatorServer]:
    with SimulatorServer(SimulatorOptions(seed=1, speed=1000.0)) as server:
        monkeypatch.setenv("CAMB_BASE_URL", server.base_url)
        yield server


def run(*words: str, given: str | None = None) -> Result:
    result = CliRunner().invoke(camb_tui, words, input=given)
    assert KEY not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def fill(path: Path, *tasks: Task) -> None:
    session = SessionFile(path)
    session.lock()
    session.load(0.0)
    session.append(tasks, sync=False)
    session.release()


def task(key: str, status: TaskStatus = TaskStatus.SUCCESS) -> Task:
    return Task(key=key, kind="tts", status=status, created_at=1.0, label=f"task {key}", task_id=f"id-{key}")


def test_options_stand_before_or_after_the_command_and_the_later_wins(place: Path) -> None:
    fill(place / "a.toml", task("aaa"))
    fill(place / "b.toml", task("bbb"))
    a, b = str(place / "a.toml"), str(place / "b.toml")
    assert "aaa" in run("--session", a, "list").stdout
    assert "aaa" in run("list", "--session", a).stdout
    assert "bbb" in run("--session", a, "list", "--session", b).stdout


def test_list_prints_a_table_or_an_array_and_asks_no_network(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAMB_API_KEY")
    monkeypatch.setenv("CAMB_BASE_URL", "http://127.0.0.1:9/apis")
    path = place / "s.toml"
    fill(path, task("aaa"), task("bbb", TaskStatus.ERROR))
    before = path.read_bytes()
    assert run("list", "--session", str(path), "is:failed").stdout.splitlines()[1].startswith("bbb  ERROR")
    assert [one["key"] for one in json.loads(run("list", "--session", str(path), "--json").stdout)] == ["aaa", "bbb"]
    assert path.read_bytes() == before
    assert [found.name for found in place.glob("s.toml*")] in (["s.toml", "s.toml.lock"], ["s.toml.lock", "s.toml"])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("list", "status:"), Exit.USAGE),
        (("list", "--no-such-option"), Exit.USAGE),
        (("submit",), Exit.USAGE),
        (("submit", "song"), Exit.USAGE),
        (("submit", "tts", "text=hi"), Exit.USAGE),
        (("submit", "--from", "nowhere.csv"), Exit.USAGE),
        (("submit", "--read-only", *SPEECH), Exit.USAGE),
        (("wait", "no-such-key-or-word:"), Exit.USAGE),
        (("fetch", "is:failed"), Exit.USAGE),
        (("--config", "nowhere.toml", "list"), Exit.USAGE),
        (("--base-url", "http://elsewhere.example", "list"), Exit.USAGE),
    ],
)
def test_what_cannot_be_done_as_asked_is_a_usage_error(place: Path, words: tuple[str, ...], code: Exit) -> None:
    result = run(*words)
    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr


def test_without_a_key_nothing_is_sent(simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAMB_API_KEY")
    assert run("submit", *SPEECH).exit_code == Exit.KEY
    assert simulator.world.made == 0


def test_a_submit_that_waits_tells_each_task_with_its_result(simulator: SimulatorServer, place: Path) -> None:
    texts = ("translation", "texts=Good morning", "source_language=en-us", "target_language=fr-fr,de-de")
    result = run("submit", *texts, "--wait", "--json", "--session", "s")
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == Exit.SUCCESS, result.stderr
    assert sorted(one["request"]["target_language"] for one in told) == ["de-de", "fr-fr"]
    assert all(len(one["result"]["texts"]) == 1 and one["task_id"] and one["run_id"] for one in told)
    assert len({one["batch"] for one in told}) == 1
    assert KEY not in "".join(path.read_text("utf-8") for path in place.rglob("*.toml"))


def test_the_same_command_again_submits_nothing(simulator: SimulatorServer) -> None:
    """A script that is run again after a crash must not pay twice."""
    assert run("submit", *SPEECH).exit_code == Exit.SUCCESS
    again = run("submit", *SPEECH)
    assert again.exit_code == Exit.SUCCESS
    assert "not submitted a second time" in again.stderr
    assert simulator.world.made == 1
    assert run("submit", "--again", *SPEECH).exit_code == Exit.SUCCESS
    assert simulator.world.made == 2


def test_the_same_fault_of_many_rows_is_told_once(simulator: SimulatorServer) -> None:
    """Fifty lines about one column's name hid the fault of the one row that had another."""
    rows = "name,text,voice_id,language\n" + "one,The text,1,en-us\n" * 200 + "two,The text,none,en-us\n"
    faulty = run("submit", "--from", "-", "--kind", "tts", given=rows)
    assert faulty.exit_code == Exit.USAGE
    column, cell, end = faulty.stderr.splitlines()
    assert "row 2: name is no field of tts, which has text, " in column
    assert column.endswith("; a row's name is its label, and in 200 other rows")
    assert "row 202: voice_id must be a whole number" in cell
    assert "nothing was sent" in end
    assert simulator.world.made == 0


def test_a_fetch_of_nothing_says_that_there_is_nothing(place: Path) -> None:
    fill(place / "s.toml", task("live", TaskStatus.PENDING))
    assert "no task is SUCCESS" in run("fetch", "--session", str(place / "s.toml")).stderr


def test_rows_come_from_standard_input_and_a_fault_sends_none(simulator: SimulatorServer) -> None:
    rows = "text,voice_id,language\nThe first text,1,en-us\nThe second text,none,en-us\n"
    faulty = run("submit", "--from", "-", "--kind", "tts", given=rows)
    assert faulty.exit_code == Exit.USAGE
    assert "row 3: voice_id must be a whole number" in faulty.stderr
    assert simulator.world.made == 0
    assert run("submit", "--from", "-", "--kind", "tts", given=rows.replace("none", "2")).exit_code == Exit.SUCCESS
    assert simulator.world.made == 2


def test_a_failed_task_and_an_unconfirmed_one_have_exit_codes_of_their_own(simulator: SimulatorServer) -> None:
    simulator.world.rules.add_outcomes({"rules": [{"kind": "tts", "status": "ERROR", "seconds": 0.0}]})
    assert run("submit", "--wait", *SPEECH).exit_code == Exit.FAILED
    rule = {"method": "POST", "path": "/tts", "effect": "status", "code": 502, "accepted": True}
    simulator.world.rules.add_faults({"rules": [rule]})
    lost = run("submit", "--wait", "tts", "text=Another text", "voice_id=1", "language=1", "--json")
    assert lost.exit_code == Exit.UNCONFIRMED
    assert json.loads(lost.stdout)["status"] == "unconfirmed"
    assert simulator.world.made == 2


def test_a_locked_session_refuses_a_submit_and_is_read_along_by_a_wait(simulator: SimulatorServer, place: Path) -> None:
    path = place / "s.toml"
    fill(path, task("aaa"))
    writer = SessionFile(path)
    writer.lock()
    try:
        assert run("--session", str(path), "submit", *SPEECH).exit_code == Exit.SESSION
        waited = run("--session", str(path), "wait", "aaa", "--json")
        assert waited.exit_code == Exit.SUCCESS
        assert json.loads(waited.stdout)["key"] == "aaa"
    finally:
        writer.release()
    assert simulator.world.made == 0


def test_results_are_fetched_into_a_folder(simulator: SimulatorServer, place: Path) -> None:
    assert run("submit", "--wait", *SPEECH).exit_code == Exit.SUCCESS
    result = run("fetch", "--to", str(place / "out"), "--json")
    assert result.exit_code == Exit.SUCCESS, result.stderr
    (saved,) = json.loads(result.stdout)["saved"]
    assert Path(saved).parent == place / "out"
    assert Path(saved).read_bytes()[:4] == b"fLaC"
    assert "saved already" in run("fetch").stderr


def test_the_doctor_finds_the_service_and_tells_no_secret(simulator: SimulatorServer) -> None:
    result = run("doctor")
    assert result.exit_code == Exit.SUCCESS, result.stdout
    assert "the service takes the key" in result.stdout
    assert "served: reference, guide" in result.stdout
    assert simulator.world.made == 0


def test_the_doctor_says_what_is_wrong(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAMB_API_KEY")
    environ = {"CAMB_BASE_URL": "http://127.0.0.1:9/apis"}
    findings = asyncio.run(doctor.examine(Options(), environ))
    assert {finding.exit for finding in findings} == {Exit.SUCCESS, Exit.KEY, Exit.UNREACHABLE}
    assert doctor.verdict(findings) == Exit.KEY


def test_a_clock_that_is_off_is_told() -> None:
    assert "agrees" in doctor._clock("Thu, 01 Jan 1970 00:01:00 GMT", 61.0).text
    assert "3,600 s ahead" in doctor._clock("Thu, 01 Jan 1970 00:00:00 GMT", 3600.0).text
    assert "does not say" in doctor._clock("", time.time()).text


def test_without_a_terminal_the_monitor_is_the_plain_list(place: Path) -> None:
    """Cron, a pipe, an editor's shell: no escape sequences, a hint and exit code 2."""
    fill(place / "s.toml", task("aaa"))
    result = run("--session", str(place / "s.toml"))
    assert result.exit_code == Exit.USAGE
    assert "aaa  SUCCESS" in result.stdout
    assert "\x1b" not in result.output
    assert "camb-tui list" in result.stderr
