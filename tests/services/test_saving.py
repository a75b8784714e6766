"""Saving through the real engine and client: resumed, renewed, without the key elsewhere, in the formats asked for."""

from __future__ import annotations

import asyncio
import contextlib
import json
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from camb_tui.domain.errors import CambError
from camb_tui.domain.kinds import ResultShape
from camb_tui.domain.results import read_result
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.changes import Listen, Save
from camb_tui.services.client import CambClient
from camb_tui.services.downloads import Downloads
from camb_tui.services.result_folder import ResultFolder
from camb_tui.services.results import AGAIN_AFTER, ResultKeeper
from camb_tui.services.standing import saved_words
from camb_tui.simulator import SimulatorOptions, SimulatorServer
from tests.services.fakes import Clock, ScriptedClient, a_task
from tests.services.live import KEY, add_faults, keep, live
from tests.services.serving import Naps, plain, raw_server
from tests.support import StartSimulator

SEGMENTS = [{"start": 0, "end": 1.5, "text": "Hola", "speaker": "S1"}]
DUB_REQUEST = {"video_url": "https://example.com/a.mp3", "source_language": "en-us", "target_languages": ["fr-fr"]}


@pytest.fixture
def server(simulator: StartSimulator) -> SimulatorServer:
    return simulator(SimulatorOptions(seed=1, speed=50))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.toml"


def a_dub(server: SimulatorServer, path: Path) -> Task:
    """A dub that the simulator and the session both hold as done."""
    task_id, run_id = server.add_task("dubbing", DUB_REQUEST)
    task = a_task(
        "aaaaaaaaaa", TaskStatus.SUCCESS, kind="dubbing", request=DUB_REQUEST, task_id=task_id, run_id=run_id,
        label="trailer", fetched_at=1.0,
    )  # fmt: skip
    keep(path, task)
    return task


def the_file(server: SimulatorServer, run_id: int | None) -> bytes:
    """The sound of a dub, as it is."""
    request = urllib.request.Request(f"{server.base_url}/dub-result/{run_id}", headers={"x-api-key": "any"})
    with urllib.request.urlopen(request) as answer:
        link = json.load(answer)["audio_url"]
    with urllib.request.urlopen(link) as answer:
        return bytes(answer.read())


async def test_a_save_that_broke_goes_on_where_it_stopped_after_a_restart(
    path: Path, tmp_path: Path, server: SimulatorServer
) -> None:
    """A film of some gigabytes must not begin anew because the line broke in the night."""
    task, out = a_dub(server, path), tmp_path / "out"
    gone = {"path": "/files/*", "effect": "status", "code": 410, "times": 2}
    add_faults(server, {"path": "/files/*", "effect": "cut", "times": 1}, gone)
    async with live(path, server.base_url, download_folder=str(out)) as bench:
        bench.ask(Save((task.key,)))
        await bench.until(lambda: any("410" in text for text in bench.said))
    whole = the_file(server, task.run_id)
    (part,) = out.glob(".*.part")
    assert 0 < part.stat().st_size < len(whole)
    async with live(path, server.base_url, download_folder=str(out)) as bench:
        bench.ask(Save((task.key,)))
        await bench.until(lambda: bool(bench.tasks[task.key].saved))
        assert 206 in [exchange.code for exchange in bench.engine.exchanges(task.key)]
    saved = [Path(one) for one in bench.tasks[task.key].saved]
    assert saved[0].read_bytes() == whole
    assert not list(out.glob(".*")), "the part became the file"


async def test_a_later_program_asks_for_the_rest_of_the_very_file_only(tmp_path: Path, path: Path) -> None:
    """What it is a part of stands beside the part; else the rest of another file might be joined to it."""
    body = bytes(range(256)) * 40
    asked: list[tuple[str, str]] = []
    served: list[int] = []
    is_down = True  # for all of the first program's tries but the first

    async def files(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n") if b": " in line)
        wanted = fields.get(b"range", b"").decode()
        asked.append((wanted, fields.get(b"if-range", b"").decode()))
        first = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        headers = ["content-type: audio/wav", 'etag: "one"']
        if len(asked) == 1:
            served.append(len(body) // 2)
            writer.write(plain(body, *headers)[: -len(body) // 2])
            writer.close()
        elif is_down:
            writer.close()
        else:
            served.append(len(body) - first)
            where = f"content-range: bytes {first}-{len(body) - 1}/{len(body)}"
            writer.write(plain(body[first:], *headers, where, status="206 Partial Content"))

    async with raw_server(files) as storage, raw_server(result_of(lambda: f"{storage.url}/a.flac")) as api:
        task = a_task("aaaaaaaaaa", TaskStatus.SUCCESS, kind="tts", run_id=7, label="night", fetched_at=1.0)
        keep(path, task)
        for is_down in (True, False):
            client = CambClient(f"{api.url}/apis", KEY, sleep=Naps())
            downloads = Downloads(always(client), keeper_of(client, path.parent), template="{label}")
            with pytest.raises(CambError) if is_down else contextlib.nullcontext():
                await downloads.save(task, tmp_path)
            await client.aclose()
    assert asked[-1] == (f"bytes={len(body) // 2}-", '"one"')
    assert served == [len(body) // 2, len(body) // 2], "not a byte twice"
    assert (tmp_path / "night.wav").read_bytes() == body
    assert not list(tmp_path.glob(".*"))


def always(client: Any) -> Callable[[], Awaitable[Any]]:
    """Gives the client whenever it is asked for."""

    async def source() -> Any:
        return client

    return source


def keeper_of(client: Any, folder: Path) -> ResultKeeper:
    return ResultKeeper(always(client), ResultFolder(folder), kept=lambda *_: None, trouble=lambda _: None)


def result_of(link: Any) -> Any:
    """An API that knows one speech run, and gives its link."""

    async def answer(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = head.split(b" ")[1]
        if path.startswith(b"/apis/tts-result/7"):
            writer.write(plain(json.dumps({"output_url": link()}).encode(), "content-type: application/json"))
        else:
            writer.write(plain(b'{"detail": "no"}', "content-type: application/json", status="404 Not Found"))

    return answer


async def test_a_link_on_another_origin_gets_no_key(path: Path, tmp_path: Path) -> None:
    """Links lead to storage that others run."""

    async def files(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(plain(b"fLaC and more", "content-type: audio/flac"))

    async with raw_server(files) as storage, raw_server(result_of(lambda: f"{storage.url}/a.flac?sig=1")) as api:
        task = a_task("aaaaaaaaaa", TaskStatus.SUCCESS, kind="tts", run_id=7, label="night")
        keep(path, task)
        async with live(path, f"{api.url}/apis", download_folder=str(tmp_path)) as bench:
            bench.ask(Save((task.key,)))
            await bench.until(lambda: bool(bench.tasks[task.key].saved))
    assert storage.heads
    assert not [head for head in storage.heads if KEY.encode() in head or b"x-api-key" in head.lower()]
    assert any(KEY.encode() in head for head in api.heads)


async def test_a_second_save_fetches_only_what_the_first_did_not_bring(
    path: Path, tmp_path: Path, server: SimulatorServer
) -> None:
    """Two languages, one of which failed: the other is neither fetched nor kept a second time, nor written over."""
    request = {**DUB_REQUEST, "target_languages": ["fr-fr", "es-es"]}
    task_id, run_id = server.add_task("dubbing", request)
    task = a_task(
        "aaaaaaaaaa", TaskStatus.SUCCESS, kind="dubbing", request=request, task_id=task_id, run_id=run_id,
        label="trailer", fetched_at=1.0,
    )  # fmt: skip
    keep(path, task)
    out = tmp_path / "out"
    add_faults(server, {"path": f"/files/{run_id}/dub.es-es.flac", "effect": "status", "code": 410, "times": 2})
    async with live(path, server.base_url, download_folder=str(out), transcript_formats=("srt",)) as bench:
        bench.ask(Save((task.key,)))
        await bench.until(lambda: any("410" in text for text in bench.said))
        first = {one.name: one.stat().st_mtime_ns for one in out.glob("*")}
        assert [name.rpartition("-")[2] for name in sorted(first)] == ["fr.flac", "fr.srt"]
        bench.ask(Save((task.key,)))
        await bench.until(lambda: len(bench.tasks[task.key].saved) == 4)
        served = [exchange.code for exchange in bench.engine.exchanges(task.key)]
        assert served[-2:] == [206, 200], "one byte of what is there, the whole of what is not"
        second = {one.name: one.stat().st_mtime_ns for one in out.glob("*")}
        assert len(second) == 4
        assert first.items() <= second.items(), "what was there was not touched"
        edited = out / next(name for name in sorted(first) if name.endswith(".srt"))
        edited.write_text("mine")
        bench.ask(Save((task.key,)))
        await bench.until(lambda: len(bench.tasks[task.key].saved) == 5)
    assert edited.read_text() == "mine"
    assert any("there already: " in text and "fr-fr.flac" in text for text in bench.said)
    assert Path(bench.tasks[task.key].saved[4]).name == edited.name.replace(".srt", "-2.srt")


@pytest.mark.parametrize("code", [403, 404, 410])
async def test_a_dead_link_is_fetched_anew_once(path: Path, tmp_path: Path, server: SimulatorServer, code: int) -> None:
    task = a_dub(server, path)
    add_faults(server, {"path": "/files/*", "effect": "status", "code": code, "times": 1})
    async with live(path, server.base_url, download_folder=str(tmp_path / "out")) as bench:
        bench.ask(Save((task.key,)))
        await bench.until(lambda: bool(bench.tasks[task.key].saved))
    assert server.world.counts["GET /dub-result/{run_id}"] == 2
    assert {Path(one).suffix for one in bench.tasks[task.key].saved} == {".flac", ".srt", ".txt", ".json"}


async def test_transcripts_are_saved_in_the_formats_asked_for(
    path: Path, tmp_path: Path, server: SimulatorServer
) -> None:
    """By the command for once, else by the settings."""
    task = a_dub(server, path)
    async with live(path, server.base_url, download_folder=str(tmp_path / "out"), transcript_formats=("vtt",)) as bench:
        bench.ask(Save((task.key,)))
        await bench.until(lambda: len(bench.tasks[task.key].saved) == 2)
        bench.ask(Save((task.key,), formats=("txt", "srt")))
        await bench.until(lambda: len(bench.tasks[task.key].saved) == 4)
        assert any("saved " in text and ".vtt" in text for text in bench.said), "a report of what was saved"
    names = [Path(one).name for one in bench.tasks[task.key].saved]
    assert [name.rpartition(".")[2] for name in names] == ["flac", "vtt", "txt", "srt"], "the sound was there"
    assert Path(bench.tasks[task.key].saved[1]).read_text().startswith("WEBVTT")


async def test_what_saved_sound_is_comes_from_its_file(path: Path, tmp_path: Path, simulator: StartSimulator) -> None:
    """The facts are the file's own, not the service's word for it."""
    server = simulator(SimulatorOptions(seed=1, tts_format="wav"))
    request = {"text": "It was a dark night.", "voice_id": 20303, "language": 1}
    task_id, run_id = server.add_task("tts", request)
    task = a_task("aaaaaaaaaa", TaskStatus.SUCCESS, kind="tts", request=request, task_id=task_id, run_id=run_id)
    keep(path, task)
    async with live(path, server.base_url, download_folder=str(tmp_path / "out")) as bench:
        bench.ask(Save((task.key,)))
        await bench.until(lambda: bool(bench.tasks[task.key].saved))
        bench.ask(Listen(task.key))
        await bench.until(lambda: task.key in bench.sounds)
    (sound,) = bench.sounds[task.key]
    assert sound.format.startswith("WAV")
    assert (sound.seconds or 0) > 0.5
    assert max(sound.peaks) > 0.05


def test_the_report_names_few_files_and_counts_many(tmp_path: Path) -> None:
    assert saved_words(["/a/x.srt", "/a/x.txt"], Path("/a")) == "saved x.srt, .txt in /a"
    assert saved_words(["/a/x.srt", "/a/y.txt"], Path("/a"), ["/a/x.flac"]).endswith(" in /a; there already: x.flac")
    assert saved_words([], Path("/a"), ["/a/x.flac"]) == "nothing new in /a; there already: x.flac"
    many = [f"/a/{number}.srt" for number in range(8)] + ["/a/0.json"]
    assert saved_words(many, Path("/a")) == "9 files saved in /a: 8 srt, 1 json"


class Bench:
    """A keeper over a scripted client, whose pauses pass when told."""

    def __init__(self, folder: Path) -> None:
        self.client, self.clock = ScriptedClient(), Clock()
        self.kept: list[str] = []
        self.said: list[str] = []
        source = always(self.client)
        self.keeper = ResultKeeper(
            source,
            ResultFolder(folder),
            kept=lambda key, result: self.kept.append(key),
            trouble=self.said.append,
            sleep=self.clock.sleep,
            clock=self.clock,
        )
        self.downloads = Downloads(source, self.keeper, template="{label}{part}")


def done(run_id: int) -> Task:
    return a_task(f"key{run_id}", TaskStatus.SUCCESS, kind="translation", run_id=run_id)


async def test_a_gathered_result_that_did_not_come_is_asked_for_again(tmp_path: Path) -> None:
    """It may lag SUCCESS, or the service may be away for a while."""
    bench = Bench(tmp_path)
    text = read_result(ResultShape.TEXTS, {"texts": ["Bonjour"]})
    bench.client.bulk_answer = {1: text}
    bench.keeper.settled(done(1))
    bench.keeper.settled(done(2))
    await bench.keeper.fetch_waiting()
    assert bench.kept == ["key1"]
    await bench.keeper.fetch_waiting()
    assert bench.client.bulks == [[1, 2]], "not before its pause is over"
    bench.client.bulk_answer = {2: text}
    bench.clock.pass_time(AGAIN_AFTER[0])
    await bench.keeper.fetch_waiting()
    assert bench.kept == ["key1", "key2"]
    bench.clock.pass_time(1000)
    await bench.keeper.fetch_waiting()
    assert bench.client.bulks == [[1, 2], [2]]


async def test_a_result_that_never_comes_is_given_up_and_said(tmp_path: Path) -> None:
    """For ever would be a poll that nobody sees."""
    bench = Bench(tmp_path)
    bench.keeper.settled(done(1))
    for pause in (*AGAIN_AFTER, 1000.0, 1000.0):
        await bench.keeper.fetch_waiting()
        bench.clock.pass_time(pause)
    assert len(bench.client.bulks) == 1 + len(AGAIN_AFTER)
    assert bench.said == ["1 result could not be fetched; opening one asks again"]


async def test_one_task_is_not_saved_twice_at_once(tmp_path: Path) -> None:
    """Two downloads into one part would make a file of neither."""
    bench = Bench(tmp_path)
    task = a_task("key1", TaskStatus.SUCCESS, kind="tts", run_id=1, label="night")
    outcomes = await asyncio.gather(
        bench.downloads.save(task, tmp_path), bench.downloads.save(task, tmp_path), return_exceptions=True
    )
    assert [str(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == ["night is being saved already"]
