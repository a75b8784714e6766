"""Kept results and saved files: fetched in bulk, without links, under safe names, never over another file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from camb_tui.domain.errors import CambError, NoAnswerError, RejectedError, UsageError
from camb_tui.domain.kinds import ResultShape
from camb_tui.domain.results import Result, read_result
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.downloads import Downloads, put_in_place, safe_name
from camb_tui.services.results import ResultFolder, ResultKeeper
from tests.services.fakes import Clock, ScriptedClient, a_task

DUB = {
    "54": {
        "audio_url": "http://files/a?sig=1",
        "video_url": None,
        "transcript": [{"start": 0, "end": 1.5, "text": "Hola", "speaker": "S1"}],
    }
}


def texts(*words: str) -> Result:
    return read_result(ResultShape.TEXTS, {"texts": list(words)})


class Bench:
    """A keeper over a scripted client and a folder of the test's."""

    def __init__(self, folder: Path) -> None:
        self.client, self.clock = ScriptedClient(), Clock()
        self.kept: dict[str, Result] = {}
        self.said: list[str] = []
        self.folder = ResultFolder(folder / "results")

        async def source() -> Any:  # the scripted client stands for the real one
            return self.client

        self.keeper = ResultKeeper(
            source, self.folder, kept=self.kept.__setitem__, trouble=self.said.append, sleep=self.clock.sleep
        )
        self.downloads = Downloads(source, self.keeper, template="{label}{part}")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def done(key: str, kind: str = "translation", run_id: int = 7, **fields: Any) -> Task:
    return a_task(key, TaskStatus.SUCCESS, kind=kind, run_id=run_id, **fields)


async def test_runs_that_settle_together_are_fetched_five_at_a_time(bench: Bench) -> None:
    """Seven results cost two requests instead of seven."""
    bench.client.bulk_answer = {number: texts(f"text {number}") for number in range(7)}
    for number in range(7):
        bench.keeper.settled(done(f"key{number}", run_id=number))
    await bench.keeper.fetch_waiting()
    assert [len(ids) for ids in bench.client.bulks] == [5, 2]
    assert {key: result.texts[0] for key, result in bench.kept.items()} == {f"key{n}": f"text {n}" for n in range(7)}


async def test_a_kept_text_is_read_without_the_network(bench: Bench) -> None:
    """A result read once can be read offline."""
    bench.client.result_script = [texts("Bonjour")]
    task = done("key1")
    assert (await bench.keeper.open(task)).texts == ("Bonjour",)
    assert (await bench.keeper.open(task)).texts == ("Bonjour",)
    assert len(bench.client.singles) == 1


async def test_links_are_never_kept(bench: Bench, tmp_path: Path) -> None:
    """They die, and they open the file to whoever reads them."""
    bench.client.result_script = [read_result(ResultShape.DUB, DUB), NoAnswerError("away")]
    task = done("key1", kind="dubbing")
    assert (await bench.keeper.open(task)).links() == [("audio 54", "http://files/a?sig=1")]
    text = (tmp_path / "results" / "key1.json").read_text()
    assert "sig=1" not in text
    offline = await bench.keeper.open(task)
    assert offline.links() == []
    assert offline.dubs[0].transcript[0].text == "Hola"


async def test_a_result_that_lags_success_is_asked_again(bench: Bench) -> None:
    """An early 404 right after SUCCESS is the service catching its breath."""
    early = RejectedError("not found", code=404)
    bench.client.result_script = [early, early, texts("here")]
    assert (await bench.keeper.open(done("key1"))).texts == ("here",)
    bench.client.result_script = [RejectedError("gone", code=410)]
    with pytest.raises(RejectedError):
        await bench.keeper.open(done("key2"))


async def test_a_task_without_success_has_no_result(bench: Bench) -> None:
    """And nothing is asked of the service."""
    with pytest.raises(UsageError, match="ERROR"):
        await bench.keeper.open(a_task("key1", TaskStatus.ERROR))
    assert bench.client.singles == []


async def test_every_piece_of_a_dub_is_saved_under_its_language(bench: Bench, tmp_path: Path) -> None:
    """Audio, and the transcript in the usual formats; no video where there is none."""
    bench.client.result_script = [read_result(ResultShape.DUB, DUB)]
    paths = await bench.downloads.save(done("key1", kind="dubbing", label="trailer"), tmp_path / "out")
    assert [Path(path).name for path in paths] == [f"trailer-es-es.{form}" for form in ("flac", "srt", "txt", "json")]
    assert "00:00:00,000 --> 00:00:01,500\nHola" in Path(paths[1]).read_text()
    assert not list((tmp_path / "out").glob(".*")), "nothing half written stays"


async def test_saving_twice_never_writes_over_a_file(bench: Bench, tmp_path: Path) -> None:
    """The first may have been edited since."""
    task = done("key1", kind="tts", label="ch 12")
    first = await bench.downloads.save(task, tmp_path)
    second = await bench.downloads.save(task, tmp_path)
    assert [Path(path).name for path in (*first, *second)] == ["ch 12.flac", "ch 12-2.flac"]


async def test_a_folder_that_cannot_be_written_is_named(bench: Bench, tmp_path: Path) -> None:
    """The sentence says which folder and why."""
    (tmp_path / "file").write_text("")
    with pytest.raises(CambError, match=r"cannot save into .*file"):
        await bench.downloads.save(done("key1", kind="tts"), tmp_path / "file" / "sub")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc-passwd"),
        (".hidden", "hidden"),
        ("a\x1b[31mb\x00c\nd", "a [31mb c d"),
        ("a\u202eb", "a b"),
        ("///", "result"),
        ("x" * 500, "x" * 120),
        ("日本" * 100, "日本" * 20),
        ("CON: part|1?", "CON- part-1"),
    ],
)
def test_names_from_elsewhere_are_made_safe(name: str, safe: str) -> None:
    """A label must not choose a folder, hide a file or colour a terminal."""
    assert safe_name(name) == safe


def test_a_file_is_put_in_place_where_hard_links_do_not_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Network and FAT file systems know none."""

    def refuse(*_: Any) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr("os.link", refuse)
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "part").write_text("new")
    assert put_in_place(tmp_path / "part", tmp_path, "a", ".txt").name == "a-2.txt"
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_broken_kept_file_counts_as_none(tmp_path: Path) -> None:
    """It is fetched again rather than trusted."""
    folder = ResultFolder(tmp_path)
    folder.keep("key1", texts("x"))
    assert json.loads((tmp_path / "key1.json").read_text()) == {"texts": ["x"]}
    (tmp_path / "key1.json").write_text("{")
    assert folder.read("key1", ResultShape.TEXTS) is None
