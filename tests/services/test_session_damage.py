"""Session files that were torn, damaged, edited by hand or written by a later version."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camb_tui.domain.errors import SessionReadError, SessionWriteError
from camb_tui.domain.tasks import TaskStatus
from camb_tui.services.session import load_session
from camb_tui.services.session_reading import read_session
from tests.services.session_samples import NOW, full_task, opened, task


def saved(path: Path, count: int = 3) -> bytes:
    """A tidy session of `count` tasks, as bytes."""
    with opened(path) as session:
        session.append([task(f"k{number}", label=f"number {number}") for number in range(count)], sync=False)
    return path.read_bytes()


def test_a_write_torn_at_any_byte_loses_nothing_that_was_whole(tmp_path: Path) -> None:
    """kill -9 and power cuts end a write anywhere."""
    path = tmp_path / "s.toml"
    before = len(saved(path))
    with opened(path) as session:
        session.append([task("k1", TaskStatus.SUCCESS), task("new", label="é" * 3)], sync=False)
    data = path.read_bytes()
    for end in range(before, len(data)):
        reading = read_session(data[:end], now=NOW)
        assert list(reading.entries)[:3] == ["k0", "k1", "k2"]
        assert reading.entries["k1"].task in (task("k1", label="number 1"), task("k1", TaskStatus.SUCCESS))
        assert "new" not in reading.entries
        assert reading.ours is (end == before)
        assert bool(reading.torn) is (end > before)


def test_what_follows_a_torn_write_is_whole_again(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    saved(path)
    with opened(path) as session:
        session.append([task("k1", TaskStatus.SUCCESS)], sync=False)
    path.write_bytes(path.read_bytes()[:-20])
    with opened(path) as session:
        assert session.load(NOW).notices == ("The last save was cut short: task 'k1' is as it was before that",)
        session.append([task("k2", TaskStatus.ERROR)], sync=True)
    loaded = load_session(path, now=NOW)
    assert loaded.notices == ()
    assert [one.status.value for one in loaded.tasks.values()] == ["PENDING", "PENDING", "ERROR"]


def test_lines_taken_out_of_the_last_write_are_kept_in_a_file(tmp_path: Path) -> None:
    """It looks like a torn write, but somebody may have meant it."""
    path = tmp_path / "s.toml"
    saved(path)
    with opened(path) as session:
        session.append([task("k1", TaskStatus.SUCCESS, label="mine")], sync=False)
    path.write_bytes(path.read_bytes().replace(b'label = "mine"\n', b""))
    edited = path.read_bytes()
    with opened(path):
        pass
    assert [aside.read_bytes() for aside in tmp_path.glob("s.*.damaged.toml")] == [edited]
    assert load_session(path, now=NOW).tasks["k1"] == task("k1", label="number 1")


def test_damage_in_the_middle_costs_the_damaged_block_alone(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    data = saved(path, 5).replace(b'label = "number 2"', b'label = "num\x00\xff 2')
    path.write_bytes(data)
    with opened(path):
        pass
    (aside,) = tmp_path.glob("s.*.damaged.toml")
    assert aside.name == "s.2025-11-24T160000.damaged.toml"
    assert aside.read_bytes() == data
    assert list(load_session(path, now=NOW).tasks) == ["k0", "k1", "k3", "k4"]


def test_the_user_is_told_what_came_back_and_what_did_not(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(saved(path, 4).replace(b'label = "number 2"', b"label = "))
    (notice,) = load_session(path, now=NOW, may_write=True).notices
    assert "kept as s.2025-11-24T160000.damaged.toml" in notice
    assert "3 tasks came back; not read: task 'k2'" in notice
    assert load_session(path, now=NOW).notices[0].startswith(f"{path} is damaged. 3 tasks")


def test_frames_after_the_damage_still_count(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    saved(path, 3)
    with opened(path) as session:
        session.append([task("k0", TaskStatus.SUCCESS)], sync=False)
    path.write_bytes(path.read_bytes().replace(b"version = 1", b"version \x00 1"))
    loaded = load_session(path, now=NOW)
    assert loaded.tasks["k0"].status is TaskStatus.SUCCESS
    assert list(loaded.tasks) == ["k0", "k1", "k2"]


def test_a_file_set_aside_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    for content in (b"\x00 one", b"\x00 two"):
        path.write_bytes(content)
        load_session(path, now=NOW, may_write=True)
    assert {aside.read_bytes() for aside in tmp_path.glob("*.damaged.toml")} == {b"\x00 one", b"\x00 two"}


def test_a_damaged_file_that_cannot_be_kept_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(b"key = \x00")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("camb_tui.services.session_disk._copy", refuse)
    with opened(path) as session:
        assert session.load(NOW).read_only
        with pytest.raises(SessionWriteError):
            session.append([task()], sync=True)
    assert path.read_bytes() == b"key = \x00"


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_no_bytes_make_reading_fail(data: bytes) -> None:
    reading = read_session(data, now=NOW)
    assert not reading.ours or not data


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_damage_anywhere_keeps_the_tasks_it_does_not_touch(data: st.DataObject) -> None:
    """Of 6 tasks at most the ones whose bytes were hit, or torn together with them, may be missing."""
    from camb_tui.services.session_text import encode_body, encode_top, frame, join_bodies

    bodies = [encode_body(full_task().but(key=f"k{number}")) for number in range(6)]
    whole = frame(encode_top({}) + join_bodies(bodies[:4]), first=True) + frame(join_bodies(bodies[4:]), first=False)
    at = data.draw(st.integers(0, len(whole) - 1))
    garbage = data.draw(st.binary(min_size=1, max_size=30).filter(lambda it: b"[" not in it and b'"' not in it))
    reading = read_session(whole[:at] + garbage + whole[at:], now=NOW)
    assert len(set(reading.entries) & {f"k{number}" for number in range(6)}) >= 4
    for entry in reading.entries.values():
        assert entry.task.kind


def test_a_header_inside_a_string_of_an_edited_file_is_text(tmp_path: Path) -> None:
    text = (
        'version = 1\n\n[[task]]\nkey = "a"\nkind = "tts"\nstatus = "PENDING"\nlabel = """\n[[task]]\nkey = "b"\n"""\n'
    )
    path = tmp_path / "s.toml"
    path.write_text(text)
    assert list(load_session(path, now=NOW).tasks) == ["a"]
    path.write_text(text + '\n[[task]]\nkey = "c"\nkind = "tts"\nstatus = "PENDING"\n\n[[task]]\nkey = broken\n')
    loaded = load_session(path, now=NOW)
    assert list(loaded.tasks) == ["a", "c"]
    assert loaded.tasks["a"].label == '[[task]]\nkey = "b"\n'


def test_an_edited_file_is_read_whole_and_appended_to_only_after_a_tidy(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    saved(path)
    path.write_bytes(path.read_bytes().replace(b'label = "number 1"', b"label = 'renamed' # by hand"))
    with opened(path) as session:
        loaded = session.load(NOW)
        assert loaded.notices == ()
        assert loaded.tasks["k1"].label == "renamed"
        session.append([task("k9")], sync=False)
    assert read_session(path.read_bytes(), now=NOW).ours
    assert load_session(path, now=NOW).tasks["k1"].label == "renamed"
    assert b"# by hand" in (tmp_path / "s.toml.bak").read_bytes()


def test_of_a_key_written_twice_by_hand_the_last_wins_in_the_first_place(tmp_path: Path) -> None:
    block = '[[task]]\nkey = "%s"\nkind = "tts"\nstatus = "%s"\n'
    path = tmp_path / "s.toml"
    path.write_text(block % ("a", "PENDING") + block % ("b", "PENDING") + block % ("a", "SUCCESS"))
    assert [(one.key, one.status.value) for one in load_session(path, now=NOW).tasks.values()] == [
        ("a", "SUCCESS"),
        ("b", "PENDING"),
    ]


def test_a_block_without_key_kind_or_status_is_reported_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('[[task]]\nkey = "a"\nkind = "tts"\nstatus = "PENDING"\n\n[[task]]\nkey = "half"\ntask_id = "42"\n')
    with opened(path):
        pass
    (aside,) = tmp_path.glob("*.damaged.toml")
    assert 'task_id = "42"' in aside.read_text()
    assert list(load_session(path, now=NOW).tasks) == ["a"]


@pytest.mark.parametrize("version", ["2", '"1"', "true"])
def test_a_later_version_is_shown_and_never_written(tmp_path: Path, version: str) -> None:
    path = tmp_path / "s.toml"
    text = f'version = {version}\n[[task]]\nkey = "a"\nkind = "tts"\nstatus = "PENDING"\nrun_id = "x"\n'
    path.write_text(text)
    with opened(path) as session:
        loaded = session.load(NOW)
        assert loaded.read_only
        assert "later version" in loaded.notices[0]
        assert list(loaded.tasks) == ["a"]
        with pytest.raises(SessionWriteError, match="reading only"):
            session.append([task()], sync=True)
        with pytest.raises(SessionWriteError):
            session.tidy()
    assert path.read_text() == text
    assert [found.name for found in tmp_path.glob("*.toml*")].count("s.toml") == 1
    assert not list(tmp_path.glob("*.damaged.toml"))


def test_an_empty_or_missing_file_points_to_its_older_copy(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    assert load_session(path, now=NOW).notices == ()
    (tmp_path / "s.toml.bak").write_text("version = 1\n")
    assert "s.toml.bak" in load_session(path, now=NOW).notices[0]
    path.write_text("")
    assert "is empty" in load_session(path, now=NOW).notices[0]


def test_what_is_no_file_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(SessionReadError, match="cannot read the session"):
        load_session(tmp_path, now=NOW)
