"""Two engines on one session: the second reads along, and takes over when the first has ended and the user says so."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from camb_tui.domain.errors import SessionWriteError
from camb_tui.domain.tasks import TaskStatus
from camb_tui.services import possession
from camb_tui.services import session_disk as disk
from camb_tui.services.changes import Stop, Submit, TakeOver
from camb_tui.services.session import SessionFile
from tests.services.fakes import ScriptedClient, a_submission, a_task
from tests.services.live import keep
from tests.services.test_engine import PATIENCE, Running, kept, running


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(possession, "FOLLOW_EVERY", 0.01)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.toml"


async def test_a_reader_offers_to_take_over_and_then_writes_and_polls(path: Path) -> None:
    """The first terminal was closed; the second one is still open and should not have to be started again."""
    keep(path, a_task("live000000"), a_task("sending000", TaskStatus.SENDING, task_id=None))
    writer = Running(path, ScriptedClient())
    work = asyncio.create_task(writer.engine.run(writer.take))
    await writer.until(lambda: writer.read_only is False)
    async with running(path) as reader:
        await reader.until(lambda: reader.read_only is True)
        reader.ask(TakeOver())
        await reader.until(reader.hears("another camb-tui is writing"))
        assert reader.read_only is True
        assert reader.may_take_over is not True
        writer.ask(Stop())
        await asyncio.wait_for(work, PATIENCE)
        await reader.until(lambda: reader.may_take_over is True)
        reader.ask(TakeOver())
        await reader.until(lambda: reader.read_only is False)
        await reader.until(lambda: reader.tasks["live000000"].status is TaskStatus.SUCCESS)
        assert reader.tasks["sending000"].status is TaskStatus.UNCONFIRMED
        reader.ask(Submit((a_submission(),), window=0))
        await reader.until(lambda: len(reader.client.creates) == 1)
        reader.ask(TakeOver())
        await reader.until(reader.hears("writes the session already"))
    assert kept(path)["live000000"].status is TaskStatus.SUCCESS
    assert len(kept(path)) == 3


async def test_what_the_writer_left_half_sent_is_sent_by_nobody(path: Path) -> None:
    """kill -9 of the writer frees the lock; the reader that takes over knows no more than a new start would."""
    keep(path, a_task("sending000", TaskStatus.SENDING, task_id=None), a_task("queued0000", TaskStatus.QUEUED))
    dead = SessionFile(path)
    dead.lock()
    async with running(path) as reader:
        await reader.until(lambda: reader.read_only is True)
        dead.release()
        await reader.until(lambda: reader.may_take_over is True)
        reader.ask(TakeOver())
        await reader.until(reader.hears("taken over"))
        await reader.until(lambda: reader.tasks["queued0000"].status is TaskStatus.HELD)
        assert reader.tasks["sending000"].status is TaskStatus.UNCONFIRMED
        assert reader.client.creates == []


async def test_read_only_by_choice_neither_offers_nor_takes_over(path: Path) -> None:
    """`--read-only` is a promise."""
    keep(path, a_task("live000000"))
    async with running(path, read_only=True) as reader:
        reader.ask(TakeOver())
        await reader.until(reader.hears("forbid to write"))
        assert reader.may_take_over is None
        assert reader.client.polls == []


async def test_a_folder_that_cannot_be_written_is_told_and_the_session_is_shown(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read-only folder is no reason to see nothing."""
    keep(path, a_task("live000000"))

    def refuse(self: SessionFile) -> None:
        raise SessionWriteError("cannot lock the session: no permission")

    monkeypatch.setattr(SessionFile, "lock", refuse)
    async with running(path) as reader:
        await reader.until(lambda: reader.read_only is True)
        await reader.until(reader.hears("no permission"))
        assert "live000000" in reader.tasks


async def test_a_file_edited_meanwhile_is_kept_and_told(path: Path) -> None:
    """Somebody edits the session by hand while we run: nothing of it is lost without a word."""
    keep(path, a_task("live000000"))
    async with running(path) as bench:
        await bench.until(lambda: bench.read_only is False)
        await bench.until(lambda: bench.tasks["live000000"].status is TaskStatus.SUCCESS)
        path.write_text(path.read_text().replace("label of live000000", "a better label"))
        bench.ask(Submit((a_submission(),), window=60))
        await bench.until(bench.hears("was changed by somebody else"))
    (aside,) = path.parent.glob("*.changed.toml")
    assert "a better label" in aside.read_text()


async def test_a_full_disk_is_told_and_nothing_is_sent(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence reaches the screen, and the POST does not leave."""
    keep(path, a_task("live000000", TaskStatus.SUCCESS))
    async with running(path) as bench:
        await bench.until(lambda: bench.read_only is False)
        with monkeypatch.context() as full:

            def no_space(*_: object, **__: object) -> None:
                raise OSError(28, "No space left on device")

            full.setattr(disk, "append_bytes", no_space)
            full.setattr(disk, "replace_bytes", no_space)
            bench.ask(Submit((a_submission(),), window=0))
            await bench.until(bench.hears("the disk is full; free some space"))
        assert bench.client.creates == []


def test_an_edit_that_keeps_the_length_is_noticed(path: Path) -> None:
    """Same size, same inode: only the time of change tells, and the frame's checksum whether it means anything."""
    keep(path, a_task("live000000"))
    session = SessionFile(path)
    session.lock()
    session.load(time.time())
    path.touch()
    session.append([a_task("two0000000")], sync=False)
    assert session.take_notices() == (), "touched only"
    text = path.read_bytes()
    with path.open("r+b") as file:
        file.write(text.replace(b"label of live000000", b"LABEL OF LIVE000000"))
    session.append([a_task("three00000")], sync=False)
    (notice,) = session.take_notices()
    assert "changed by somebody else" in notice
    assert not session.is_free()
    session.release()
    assert session.is_free()
