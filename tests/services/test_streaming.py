"""Streams through the engine: one POST, its outcome on disk, no half file under a final name, whatever happens."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from camb_tui.domain.errors import NoAnswerError, ServiceError, StreamEndedError, UsageError
from camb_tui.domain.results import Result
from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.changes import CancelStream, OpenResult, Save, StreamView, Submit
from camb_tui.services.session import load_session
from camb_tui.services.streaming import Streams
from camb_tui.simulator import SimulatorOptions, SimulatorServer
from tests.services.fakes import a_task
from tests.services.live import Live, add_faults, live
from tests.support import StartSimulator

SPEECH = {"text": "It was a dark and stormy night.", "voice_id": 20303, "language": "en-us"}
WORDS = {"text": "Good morning to all of you.", "source_language": "en-us", "target_language": "fr-fr"}


@pytest.fixture
def server(simulator: StartSimulator) -> SimulatorServer:
    return simulator(SimulatorOptions(seed=1, speed=50))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.toml"


def speech(folder: Path, **fields: Any) -> Submit:
    return Submit((Submission("tts", {**SPEECH, **fields}, "night", streamed=True, folder=str(folder)),), window=0)


def files(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir()) if folder.exists() else []


async def test_speech_goes_to_a_file_and_the_row_keeps_its_outcome(
    path: Path, tmp_path: Path, server: SimulatorServer
) -> None:
    """The only trace of a stream, besides the file, is its row."""
    folder = tmp_path / "out"
    async with live(path, server.base_url) as bench:
        bench.ask(speech(folder, **{"output_configuration.format": "wav"}))
        task = await bench.settled()
    assert task.status is TaskStatus.SUCCESS
    assert task.task_id is None
    assert files(folder) == [f"night-{task.key}.wav"]
    with wave.open(str(folder / files(folder)[0])) as sound:
        assert sound.getframerate() == 48_000
    assert "s of audio" in str(task.message)
    assert "credits" in str(task.message)
    assert server.world.counts["POST /tts-stream"] == 1
    kept = load_session(path, now=0.0).tasks[task.key]
    assert (kept.status, kept.streamed, kept.saved) == (TaskStatus.SUCCESS, True, task.saved)


async def test_a_view_tells_bytes_first_byte_seconds_and_credits(
    path: Path, tmp_path: Path, server: SimulatorServer
) -> None:
    """What the user watches while it comes."""
    async with live(path, server.base_url) as bench:
        bench.ask(speech(tmp_path / "out"))
        await bench.settled()
        await bench.until(lambda: any(view.is_over for view in bench.views))
    last = bench.views[-1]
    assert last.size > 1000
    assert last.first_byte is not None
    assert last.credits
    assert (last.seconds or 0) > 0.5, "an MP3 tells its length by its bit rate"


async def test_a_translation_comes_as_text_and_is_read_without_the_service(
    path: Path, tmp_path: Path, server: SimulatorServer
) -> None:
    async with live(path, server.base_url) as bench:
        bench.ask(Submit((Submission("translation", dict(WORDS), streamed=True),), window=0))
        task = await bench.settled()
    assert task.status is TaskStatus.SUCCESS
    assert not task.saved
    server.stop()
    async with live(path, server.base_url, download_folder=str(tmp_path / "out")) as bench:
        bench.ask(OpenResult(task.key))
        await bench.until(lambda: task.key in bench.results)
        bench.ask(Save((task.key,)))
        await bench.until(lambda: bool(bench.tasks[task.key].saved))
    result = bench.results[task.key]
    assert isinstance(result, Result)
    assert result.texts[0]
    assert Path(bench.tasks[task.key].saved[0]).read_text("utf-8").strip() == result.texts[0].strip()


async def test_an_error_in_json_is_never_written_as_sound(path: Path, tmp_path: Path, server: SimulatorServer) -> None:
    """A refusal that ends up in an .mp3 is noticed by the listener."""
    rule = {"path": "/tts-stream", "effect": "status", "code": 422, "body": {"detail": [
        {"loc": ["body"], "msg": "locale xx is not supported", "type": "value_error"}]}}  # fmt: skip
    add_faults(server, rule)
    async with live(path, server.base_url) as bench:
        bench.ask(speech(tmp_path / "out"))
        task = await bench.settled()
    assert task.status is TaskStatus.REJECTED
    assert "locale xx" in str(task.message)
    assert files(tmp_path / "out") == []


async def test_what_breaks_in_the_middle_is_not_sent_again_and_says_how_much_came(
    path: Path, tmp_path: Path, server: SimulatorServer
) -> None:
    """The service took it and may charge it; a person decides."""
    add_faults(server, {"path": "/tts-stream", "effect": "cut", "accepted": True})
    async with live(path, server.base_url) as bench:
        bench.ask(speech(tmp_path / "out"))
        task = await bench.settled()
    assert task.status is TaskStatus.ERROR
    (part,) = files(tmp_path / "out")
    assert (part[0], part[-5:]) == (".", ".part"), "nothing half under a final name"
    size = (tmp_path / "out" / part).stat().st_size
    assert size > 0
    assert part in str(task.message)
    assert "charged" in str(task.message)
    assert server.world.counts["POST /tts-stream"] == 1


async def test_no_answer_leaves_it_unconfirmed(path: Path, tmp_path: Path, server: SimulatorServer) -> None:
    """It left, and nobody knows whether it is paid for."""
    add_faults(server, {"path": "/tts-stream", "effect": "swallow"})
    async with live(path, server.base_url) as bench:
        bench.ask(speech(tmp_path / "out"))
        await bench.until(lambda: any(t.status is TaskStatus.UNCONFIRMED for t in bench.tasks.values()))
    assert files(tmp_path / "out") == []
    assert server.world.counts["POST /tts-stream"] == 1


async def test_a_folder_that_cannot_be_written_sends_nothing(
    path: Path, tmp_path: Path, server: SimulatorServer
) -> None:
    """Paid speech with nowhere to go would be lost."""
    (tmp_path / "file").write_text("no folder")
    async with live(path, server.base_url) as bench:
        bench.ask(speech(tmp_path / "file"))
        task = await bench.settled()
    assert task.status is TaskStatus.REJECTED
    assert "cannot save into" in str(task.message)
    assert server.world.counts["POST /tts-stream"] == 0


async def test_nothing_is_overwritten(path: Path, tmp_path: Path, server: SimulatorServer) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "night.mp3").write_bytes(b"mine")
    async with live(path, server.base_url, download_name="{label}") as bench:
        bench.ask(speech(folder))
        await bench.settled()
    assert files(folder) == ["night-2.mp3", "night.mp3"]
    assert (folder / "night.mp3").read_bytes() == b"mine"


async def begun(bench: Live) -> None:
    await bench.until(lambda: any(view.size for view in bench.views))


@pytest.fixture
def slow(simulator: StartSimulator) -> SimulatorServer:
    """A simulator whose streams take minutes, but begin at once: they are broken off, never waited for."""
    return simulator(SimulatorOptions(seed=1, speed=0.5))


async def test_cancelling_leaves_no_file(path: Path, tmp_path: Path, slow: SimulatorServer) -> None:
    async with live(path, slow.base_url) as bench:
        bench.ask(speech(tmp_path / "out", text="A long story. " * 200))
        await begun(bench)
        (key,) = bench.tasks
        bench.ask(CancelStream((key,)))
        task = await bench.settled()
    assert task.status is TaskStatus.ERROR
    assert "cancelled" in str(task.message)
    assert files(tmp_path / "out") == []
    assert slow.world.counts["POST /tts-stream"] == 1


async def test_leaving_in_the_middle_is_an_outcome_and_not_a_doubt(
    path: Path, tmp_path: Path, slow: SimulatorServer
) -> None:
    """The next start must not wonder whether it was sent, nor send it again."""
    async with live(path, slow.base_url) as bench:
        bench.ask(speech(tmp_path / "out", text="A long story. " * 200))
        await begun(bench)
    (task,) = load_session(path, now=0.0).tasks.values()
    assert task.status is TaskStatus.ERROR
    assert files(tmp_path / "out") == []
    async with live(path, slow.base_url) as bench:
        await asyncio.sleep(0)
    assert slow.world.counts["POST /tts-stream"] == 1


class Scripted:
    """A client whose one stream is what the test gives."""

    content_type = "audio/mpeg"
    credits: str | None = None

    def __init__(self, chunks: list[Any]) -> None:
        self.chunks = chunks

    @asynccontextmanager
    async def stream_tts(self, request: Any, *, about: str | None = None) -> AsyncIterator[Any]:
        yield self

    stream_translation = stream_tts

    async def __aiter__(self) -> AsyncIterator[Any]:
        for chunk in self.chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk


def streams_over(chunks: list[Any], folder: Path, shown: list[StreamView], kept: list[Result]) -> Streams:
    async def source() -> Any:  # the script stands for a client
        return Scripted(chunks)

    return Streams(
        source,
        folder=str(folder),
        template="{label}",
        show=lambda key, view: shown.append(view),
        keep=lambda key, result: kept.append(result),
        clock=lambda: 0.0,
    )


def streamed_task(kind: str = "tts") -> Task:
    return a_task("key1", TaskStatus.SENDING, kind=kind, streamed=True, label="night", request=dict(SPEECH))


async def test_the_screen_hears_of_a_stream_now_and_then_only(tmp_path: Path) -> None:
    """Ten thousand chunks must not be ten thousand changes."""
    shown: list[StreamView] = []
    await streams_over([b"x" * 10] * 10_000, tmp_path, shown, []).run(streamed_task())
    assert len(shown) <= 4, "taken, first byte, over"
    assert shown[-1].size == 100_000
    assert shown[-1].is_over


@pytest.mark.parametrize(
    ("chunks", "error"),
    [([], StreamEndedError), ([NoAnswerError("gone")], StreamEndedError), ([b""], StreamEndedError)],
)
async def test_a_stream_without_a_byte_leaves_nothing(
    tmp_path: Path, chunks: list[Any], error: type[ServiceError]
) -> None:
    with pytest.raises(error):
        await streams_over(chunks, tmp_path, [], []).run(streamed_task())
    assert files(tmp_path) == []


async def test_a_text_that_breaks_off_is_kept_as_far_as_it_came(tmp_path: Path) -> None:
    """Half a translation that was paid for is better than none."""
    kept: list[Result] = []
    with pytest.raises(StreamEndedError, match="broke"):
        await streams_over(["Bon", "jour ", NoAnswerError("gone")], tmp_path, [], kept).run(
            streamed_task("translation")
        )
    assert [result.texts for result in kept] == [("Bonjour ",)]


async def test_a_kind_without_a_streaming_route_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no streaming route"):
        await streams_over([], tmp_path, [], []).run(streamed_task("dubbing"))
