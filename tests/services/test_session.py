"""The writer of the session file, its lock, and who reads along."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from camb_tui.domain.errors import SessionLockedError, SessionWriteError, UsageError
from camb_tui.domain.tasks import TaskStatus
from camb_tui.services.layout import results_folder, session_path
from camb_tui.services.session import SessionFile, SessionFollower, load_session
from camb_tui.services.session_shelf import Entry
from tests.services.session_samples import NOW, full_task, opened, task

SAMPLE = Path(__file__).parent / "samples" / "session-v1.toml"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions" / "default.toml"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_save_appends_and_the_last_block_of_a_key_wins(path: Path) -> None:
    with opened(path) as session:
        session.append([task("a"), task("b")], sync=True)
        before = path.read_bytes()
        session.append([task("a", TaskStatus.SUCCESS, run_id=7)], sync=False)
        assert path.read_bytes().startswith(before)
    loaded = load_session(path, now=NOW)
    assert list(loaded.tasks.values()) == [task("a", TaskStatus.SUCCESS, run_id=7), task("b")]
    assert loaded == (loaded.tasks, (), False)
    assert [one["key"] for one in tomllib.loads(path.read_text())["task"]] == ["a", "b", "a"]


def test_the_file_is_the_users_alone(path: Path) -> None:
    with opened(path) as session:
        session.append([task()], sync=True)
        session.append([task("b")], sync=True)
        session.tidy()
        assert [mode(path), mode(path.parent), mode(path.with_name("default.toml.lock"))] == [0o600, 0o700, 0o600]


def test_a_tidy_writes_each_task_once_in_order_and_keeps_the_file_that_was(path: Path) -> None:
    with opened(path) as session:
        session.append([task("a"), task("b")], sync=False)
        session.append([task("a", TaskStatus.ERROR)], sync=False)
        grown = path.read_bytes()
        session.tidy([task("b", TaskStatus.SUCCESS), task("c")])
    assert path.with_name("default.toml.bak").read_bytes() == grown
    written = tomllib.loads(path.read_text())
    assert written["version"] == 1
    assert [(one["key"], one["status"]) for one in written["task"]] == [
        ("a", "ERROR"),
        ("b", "SUCCESS"),
        ("c", "PENDING"),
    ]
    assert not path.with_name("default.toml.new").exists()


def test_a_tidy_of_a_tidy_file_touches_nothing(path: Path) -> None:
    with opened(path) as session:
        session.append([task()], sync=False)
        inode = path.stat().st_ino
        session.tidy([task()])
        assert path.stat().st_ino == inode


def test_a_tidy_copies_unchanged_blocks_unread(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand tasks read and written again would hold up the engine for a second."""
    with opened(path) as session:
        session.append([task(f"k{number}") for number in range(20)], sync=False)
    read: list[Entry] = []
    with opened(path) as session:
        shelf = session.load(NOW).tasks.copy()
        shelf.put(task("k3", TaskStatus.SUCCESS))
        shelf.put(task("new"))
        was = Entry._read

        def note(entry: Entry) -> None:
            read.append(entry)
            was(entry)

        monkeypatch.setattr(Entry, "_read", note)
        session.tidy(shelf)
    assert len(read) <= 1  # the one that changed, for the keys in it that we do not know
    assert load_session(path, now=NOW).tasks["k3"].status is TaskStatus.SUCCESS
    assert len(load_session(path, now=NOW).tasks) == 21


def test_a_task_that_says_nothing_new_is_not_written(path: Path) -> None:
    """Each poll gives a new value; what differs in it is often true of this run only."""
    with opened(path) as session:
        session.append([task()], sync=False)
        size = path.stat().st_size
        session.append([task(stale=True, misses=1, every=5.0, polled_at=NOW)], sync=False)
        assert path.stat().st_size == size


def test_a_tidy_is_wanted_when_the_file_is_twice_what_it_need_be(path: Path) -> None:
    with opened(path) as session:
        session.append([task("a", label="x" * 20_000)], sync=False)
        assert not session.wants_tidy()
        for number in range(10):
            session.append([task("a", label=f"{number}" * 20_000)], sync=False)
        assert session.wants_tidy()
        session.tidy()
        assert not session.wants_tidy()
        assert path.stat().st_size < 21_000


def test_unknown_keys_survive_changes_and_tidies(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(
        'version = 1\ncolour = "red"\n[window]\nwidth = 120\n[[seen]]\nx = 1\n'
        '[[task]]\nkey = "a"\nkind = "tts"\nstatus = "PENDING"\nnote = "mine"\n[task.review]\nby = ["me"]\n'
    )
    for status in (TaskStatus.SUCCESS, TaskStatus.ERROR):
        with opened(path) as session:
            session.append([session.load(NOW).tasks["a"].but(status=status)], sync=False)
            session.append([task("b", status)], sync=False)
            session.tidy()
    written = tomllib.loads(path.read_text())
    assert (written["colour"], written["window"], written["seen"]) == ("red", {"width": 120}, [{"x": 1}])
    assert (written["task"][0]["note"], written["task"][0]["review"]) == ("mine", {"by": ["me"]})
    assert written["task"][0]["status"] == "ERROR"


def test_one_session_has_one_writer(path: Path) -> None:
    with opened(path):
        second = SessionFile(path)
        with pytest.raises(SessionLockedError, match="close it first, or choose another session"):
            second.lock()
        with pytest.raises(SessionWriteError):
            second.append([task()], sync=False)
    second.lock()
    second.release()


def test_who_takes_over_reads_what_the_other_wrote_in_between(path: Path) -> None:
    second = SessionFile(path, clock=lambda: NOW)
    with opened(path) as first:
        first.append([task("a")], sync=False)
        second.load(NOW)
        first.append([task("b")], sync=False)
    second.lock()
    second.append([task("c")], sync=False)
    second.release()
    assert list(load_session(path, now=NOW).tasks) == ["a", "b", "c"]
    assert not list(path.parent.glob("*changed*"))


def test_a_full_disk_is_told_and_what_failed_is_saved_with_the_next(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(path) as session:
        session.append([task("a")], sync=False)
        before = path.read_bytes()
        write = os.write

        def fill(descriptor: int, data: bytes) -> int:
            if len(data) <= 30:
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(descriptor, bytes(data)[: len(data) - 30])

        monkeypatch.setattr(os, "write", fill)
        with pytest.raises(SessionWriteError, match="the disk is full; free some space"):
            session.append([task("b")], sync=True)
        assert path.read_bytes() == before
        monkeypatch.undo()
        session.append([task("c")], sync=True)
        assert path.read_bytes().startswith(before)
    assert list(load_session(path, now=NOW).tasks) == ["a", "b", "c"]


def fail(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize("call", ["fsync", "write"])
def test_a_save_that_fails_leaves_the_file_whole_and_the_next_has_it_all(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    with opened(path) as session:
        session.append([task("a")], sync=True)
        for key in ("b", "c"):  # first an append, then the tidy that is to mend it
            monkeypatch.setattr(os, call, fail)
            with pytest.raises(SessionWriteError, match="next save tries again"):
                session.append([task(key)], sync=True)
            monkeypatch.undo()
            assert list(load_session(path, now=NOW).tasks) == ["a"]
        session.append([], sync=True)
    loaded = load_session(path, now=NOW)
    assert (list(loaded.tasks), loaded.notices) == (["a", "b", "c"], ())


def test_an_append_whose_sync_failed_is_written_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failed fsync the next one may succeed without having written anything."""
    with opened(path) as session:
        session.append([task("a")], sync=True)
        session.append([task("b")], sync=False)
        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(SessionWriteError):
            session.append([], sync=True)
        monkeypatch.undo()
        inode = path.stat().st_ino
        session.append([], sync=True)
        assert path.stat().st_ino != inode
    assert list(load_session(path, now=NOW).tasks) == ["a", "b"]


def test_a_tidy_that_fails_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(path) as session:
        session.append([task("a")], sync=True)
        before = path.read_bytes()
        monkeypatch.setattr(os, "replace", fail)
        with pytest.raises(SessionWriteError):
            session.tidy([task("b")])
        monkeypatch.undo()
        assert path.read_bytes() == before
        assert not path.with_name("default.toml.new").exists()
        session.append([task("c")], sync=False)
    assert list(load_session(path, now=NOW).tasks) == ["a", "b", "c"]


def test_a_file_changed_by_somebody_else_is_kept_and_no_task_is_lost(path: Path) -> None:
    """An editor that saves puts another file under the name; appends to the old one would go nowhere."""
    with opened(path) as session:
        session.append([task("a"), task("b")], sync=False)
        path.with_name("edit").write_text("# mine\n" + path.read_text())
        path.with_name("edit").replace(path)
        session.append([task("c")], sync=False)
        assert "default.2025-11-24T160000.changed.toml" in session.take_notices()[0]
        assert session.take_notices() == ()
        path.unlink()
        session.append([task("d")], sync=False)
    assert list(load_session(path, now=NOW).tasks) == ["a", "b", "c", "d"]
    assert path.with_name("default.2025-11-24T160000.changed.toml").read_text().startswith("# mine")


def test_a_linked_session_stays_a_link(tmp_path: Path, path: Path) -> None:
    with opened(path) as session:
        session.append([task("a")], sync=False)
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    with opened(link) as session:
        session.append([task("b")], sync=False)
        session.tidy()
    assert link.is_symlink()
    assert list(load_session(link, now=NOW).tasks) == ["a", "b"]


def test_where_files_have_no_second_names_they_are_copied(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with opened(path) as session:
        session.append([task("a")], sync=False)
        first = path.read_bytes()
        session.tidy([task("b")])
    assert path.with_name("default.toml.bak").read_bytes() == first
    assert mode(path.with_name("default.toml.bak")) == 0o600


def test_a_shelf_keeps_order_and_its_copies_go_their_own_ways(path: Path) -> None:
    with opened(path) as session:
        session.append([task("a"), full_task(), task('q"')], sync=False)
    shelf = load_session(path, now=NOW).tasks
    copy = shelf.copy()
    copy.put(task("a", TaskStatus.SUCCESS, saved=("/x",)))
    assert list(shelf) == list(copy) == ["a", full_task().key, 'q"']
    assert shelf["a"].status is TaskStatus.PENDING
    assert (copy.brief("a").status, copy.brief("a").saved) == (TaskStatus.SUCCESS, True)
    assert copy[full_task().key] is shelf[full_task().key] == full_task()
    assert [brief.hidden for brief in shelf.briefs()] == [False, True, False]
    assert "b" not in shelf


def test_a_follower_sees_appends_and_tidies(path: Path) -> None:
    follower = SessionFollower(path, clock=lambda: NOW)
    assert follower.poll() == []
    with opened(path) as session:
        session.append([task("a"), task("b")], sync=False)
        assert follower.poll() == [task("a"), task("b")]
        assert follower.poll() == []
        session.append([task("a", TaskStatus.SUCCESS)], sync=False)
        assert follower.poll() == [task("a", TaskStatus.SUCCESS)]
        session.append([task("c")], sync=False)
        session.tidy([task("b", TaskStatus.ERROR)])
        session.append([task("d")], sync=False)
        assert follower.poll() == [task("b", TaskStatus.ERROR), task("c"), task("d")]
        assert follower.poll() == []


def test_a_follower_waits_for_a_write_that_is_under_way(path: Path) -> None:
    with opened(path) as session:
        session.append([task("a")], sync=False)
        follower = SessionFollower(path, clock=lambda: NOW)
        assert list(follower.load(NOW).tasks) == ["a"]
        before = path.read_bytes()
        session.append([task("b"), task("c")], sync=False)
    whole = path.read_bytes()
    with path.open("r+b") as file:
        for end in range(len(before), len(whole)):
            file.truncate(len(before))
            file.seek(len(before))
            file.write(whole[len(before) : end])
            file.flush()
            assert follower.poll() == []
        file.seek(end)
        file.write(whole[end:])
    assert follower.poll() == [task("b"), task("c")]


def test_the_sample_of_version_1_is_read(tmp_path: Path) -> None:
    """A file released once must be readable for ever."""
    copy = tmp_path / "s.toml"
    copy.write_bytes(SAMPLE.read_bytes())
    loaded = load_session(copy, now=NOW)
    assert loaded.notices == ()
    assert not loaded.read_only
    full = full_task().but(
        result_missing_at=None,  # younger than the sample
        parts=(),
        parts_done=0,
        split_status="",
        part_of=None,
        joint=None,
        watched_from=None,
    )  # younger than the sample
    assert list(loaded.tasks.values()) == [task("k1", label="chapter 1"), full, task("k3", TaskStatus.SUCCESS)]


def test_importing_the_session_imports_nothing_heavy() -> None:
    heavy = "('filelock', 'tomllib', 'tomli_w', 'platformdirs', 'textual', 'httpx', 'asyncio')"
    code = f"import camb_tui.services.session, camb_tui.services.layout, sys; print(set({heavy}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert done.stdout.strip() == "set()"


def test_a_session_is_named_or_given_by_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert session_path(None) == tmp_path / "camb-tui" / "sessions" / "default.toml"
    assert session_path("night") == tmp_path / "camb-tui" / "sessions" / "night.toml"
    assert session_path("./night") == Path("night")
    assert session_path("night.toml") == Path("night.toml")
    assert results_folder(Path("/a/night.toml")) == Path("/a/night.results")
    for wrong in ("..", "a\0b"):
        with pytest.raises(UsageError):
            session_path(wrong)


def test_what_was_read_before_the_lock_serves_after_it_as_long_as_the_file_is_the_same(path: Path) -> None:
    """The screen reads before the engine locks; reading ten thousand tasks twice would cost 15 MiB."""
    with opened(path) as session:
        session.append([task("a"), task("b")], sync=True)
    session = SessionFile(path)
    early = session.load(NOW)
    session.lock()
    late = session.load(NOW)
    assert late.tasks is early.tasks
    session.append([task("c")], sync=True)
    session.release()
    assert list(load_session(path, now=NOW).tasks) == ["a", "b", "c"]


def test_what_somebody_wrote_between_reading_and_locking_is_seen(path: Path) -> None:
    """Also where it is of the same length."""
    with opened(path) as session:
        session.append([task("a")], sync=True)
    session = SessionFile(path)
    session.load(NOW)
    with opened(path) as other:
        other.tidy([task("b")])
    session.lock()
    assert list(session.load(NOW).tasks) == ["a", "b"]
    session.release()
