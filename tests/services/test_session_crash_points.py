"""The session file when the process or the power ends at any step of any way of writing it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.session import SessionFile, load_session
from tests.services.crashing_disk import CrashingDisk, Killed
from tests.services.session_samples import NOW, full_task, opened, task

OLD = {"a": task("a"), "b": task("b", label="two"), "2full": full_task()}
NEW = {**OLD, "a": task("a", TaskStatus.SUCCESS, run_id=7), "c": task("c", TaskStatus.SENDING)}
CHANGED = [NEW["a"], NEW["c"]]
MOST_STEPS = 60


class Way(NamedTuple):
    """One way of writing the file."""

    prepare: Callable[[Path], None]
    """Makes the files as they are before it."""
    write: Callable[[SessionFile], None]
    meanwhile: Callable[[Path], None] = lambda path: None
    """What somebody else does to the file while we have it open."""
    old: dict[str, Task] = OLD
    new: dict[str, Task] = NEW
    precious: bytes = b""
    """Bytes of others that must be found under some name whatever happens."""


def tidy_file(path: Path) -> None:
    with opened(path) as session:
        session.append(OLD.values(), sync=True)


def grown_file(path: Path) -> None:
    with opened(path) as session:
        session.append([one.but(label="before") for one in OLD.values()], sync=True)
        session.append(OLD.values(), sync=True)


def torn_file(path: Path) -> None:
    tidy_file(path)
    with opened(path) as session:
        session.append([task("a", label="torn away")], sync=True)
    path.write_bytes(path.read_bytes()[:-9])


BROKEN = b'\n[[task]]\nkey = "mine"\nlabel = \x00 by hand\n'
EDITED = b"# by hand\n"


def damaged_file(path: Path) -> None:
    tidy_file(path)
    path.write_bytes(path.read_bytes() + BROKEN)


def edit(path: Path) -> None:
    path.with_name("edit").write_bytes(EDITED + path.read_bytes())
    path.with_name("edit").replace(path)


def append_then_sync(session: SessionFile) -> None:
    session.append(CHANGED[:1], sync=False)
    session.append(CHANGED[1:], sync=False)
    session.append([], sync=True)


def open_again(session: SessionFile) -> None:
    session.load(NOW)


def append(session: SessionFile) -> None:
    session.append(CHANGED, sync=True)


WAYS = {
    "an append": Way(tidy_file, append),
    "an append to a grown file": Way(grown_file, append),
    "appends synced later": Way(tidy_file, append_then_sync),
    "a tidy": Way(grown_file, lambda session: session.tidy(CHANGED)),
    "the first save": Way(lambda path: None, lambda session: session.append(NEW.values(), sync=True), old={}),
    "a save after a torn one": Way(torn_file, append),
    "a tidy of a torn file": Way(torn_file, lambda session: session.tidy(CHANGED)),
    "opening a damaged file": Way(damaged_file, open_again, new=OLD, precious=BROKEN),
    "a save over somebody's edit": Way(tidy_file, append, meanwhile=edit, precious=EDITED),
    "a save where the file is gone": Way(tidy_file, append, meanwhile=lambda path: path.unlink(), old={}),
}
ENDS = ("kill", "kill in a write", "power cut", "power cut with the names on the disk")


def stop_at(step: int, way: Way, end: str, folder: Path, patch: pytest.MonkeyPatch) -> bool:
    """Write this way in a new folder and stop at this step; whether it stopped before the end."""
    folder.mkdir()
    path = folder / "s.toml"
    way.prepare(path)
    session = SessionFile(path, clock=lambda: NOW)
    session.lock()
    if way.precious != BROKEN:
        session.load(NOW)
    way.meanwhile(path)
    disk = CrashingDisk(folder, patch, stop_at=step, torn_writes=end == "kill in a write")
    try:
        way.write(session)
    except Killed:
        assert disk.is_dead
    if end.startswith("power"):
        disk.power_cut(names_last=end.endswith("disk"))
    else:
        disk.mend()
    session.release()
    return disk.is_dead


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("name", WAYS)
def test_a_stop_at_any_step_loses_nothing_the_disk_had(
    name: str, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each task is as it was or as it was to be, and what was reported as written is there."""
    way = WAYS[name]
    for step in range(MOST_STEPS):
        folder = tmp_path / str(step)
        stopped = stop_at(step, way, end, folder, monkeypatch)
        path = folder / "s.toml"
        found = dict(load_session(path, now=NOW).tasks)
        where = f"{name}, {end} at step {step}"
        assert set(way.old) <= set(found) <= set(way.new), where
        for key, one in found.items():
            assert one in (way.old.get(key), way.new[key]), where
        if not stopped:
            assert found == way.new, where
        assert not way.precious or any(way.precious in file.read_bytes() for file in folder.iterdir()), where
        go_on(path, found, where)
        if not stopped:
            return
    raise AssertionError(f"{name} does not end in {MOST_STEPS} steps")


def go_on(path: Path, found: dict[str, Task], where: str) -> None:
    """The next process writes, and the one after it reads what both wrote, with nothing to complain of."""
    with opened(path) as session:
        session.append([task("later")], sync=True)
        session.tidy()
    loaded = load_session(path, now=NOW)
    assert dict(loaded.tasks) == {**found, "later": task("later")}, where
    assert loaded.notices == (), where


@pytest.mark.parametrize("end", ENDS)
def test_the_older_copy_is_whole_where_files_have_no_second_names(
    end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There the copy is written byte by byte, and half of it would pass for the older file."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    way = Way(grown_file, lambda session: session.tidy(CHANGED))
    for step in range(MOST_STEPS):
        folder = tmp_path / str(step)
        monkeypatch.setattr(os, "link", refuse)
        stopped = stop_at(step, way, end, folder, monkeypatch)
        backup = folder / "s.toml.bak"
        if backup.exists():
            assert dict(load_session(backup, now=NOW).tasks) == OLD, f"{end} at step {step}"
        assert set(load_session(folder / "s.toml", now=NOW).tasks) >= set(OLD)
        if not stopped:
            assert backup.exists()
            return
    raise AssertionError("the tidy does not end")


def test_every_prefix_of_an_append_is_told_or_harmless(tmp_path: Path) -> None:
    """Of a batch cut anywhere, whole tasks are taken, the rest is told, and none is half taken."""
    path = tmp_path / "s.toml"
    tidy_file(path)
    before = len(path.read_bytes())
    with opened(path) as session:
        session.append([*CHANGED, task("d"), task("e")], sync=True)
    data = path.read_bytes()
    whole = {**NEW, "d": task("d"), "e": task("e")}
    for end in range(before, len(data) + 1):
        path.write_bytes(data[:end])
        loaded = load_session(path, now=NOW)
        for key, one in loaded.tasks.items():
            assert one in (OLD.get(key), whole[key]), end
        assert set(OLD) <= set(loaded.tasks), end
        assert bool(loaded.notices) is (end not in (before, len(data))), end
