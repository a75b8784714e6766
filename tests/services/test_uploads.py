"""Files that go into a submission: what is measured, what is refused, and how a path is completed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from camb_tui.domain.errors import NotSentError, UsageError
from camb_tui.domain.kinds import KINDS, Field, FieldType
from camb_tui.services import uploads
from camb_tui.services.uploads import FileChecks, check_file, complete_path, describe_upload, full_path, read_text_file

MEDIA = KINDS["transcription"].field("media_file")


def small_field(maximum: int) -> Field:
    return Field(name="file", type=FieldType.FILE, label="File", help="", maximum=maximum)


def test_an_upload_is_measured_over_many_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "CHUNK", 7)
    content = bytes(range(256)) * 3
    path = tmp_path / "talk.WAV"
    path.write_bytes(content)
    upload = describe_upload(MEDIA, str(path))
    assert upload.field == "media_file"
    assert upload.path == str(path)
    assert upload.size == len(content)
    assert upload.sha256 == hashlib.sha256(content).hexdigest()


def test_a_path_is_kept_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session is opened again from another folder, and a retry must still find the file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.wav").write_bytes(b"sound")
    assert describe_upload(MEDIA, "a.wav").path == str(tmp_path / "a.wav")
    assert describe_upload(MEDIA, "~/a.wav").path == str(tmp_path / "a.wav")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.wav", None, "there is no file"),
        ("notes.txt", b"words", "must end in .mp3"),
        ("empty.wav", b"", "is empty"),
    ],
)
def test_a_file_the_field_does_not_take_is_refused_with_a_reason(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=said):
        describe_upload(MEDIA, str(tmp_path / name))


def test_folders_and_pipes_are_not_read(tmp_path: Path) -> None:
    """Opening a pipe nobody writes to would wait for ever."""
    (tmp_path / "folder.wav").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        check_file(MEDIA, str(tmp_path / "folder.wav"))
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(UsageError, match="not a plain file"):
        describe_upload(MEDIA, str(tmp_path / "pipe.wav"))


def test_the_size_limit_is_the_fields(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"12345")
    assert describe_upload(small_field(5), str(path)).size == 5
    with pytest.raises(UsageError, match="must be at most 4 bytes, is 5 bytes"):
        describe_upload(small_field(4), str(path))


def test_a_path_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        full_path("~no-such-user-here/a.wav")
    with pytest.raises(UsageError):
        describe_upload(small_field(9), str(tmp_path / "a\0b"))


def test_text_is_read_with_plain_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes("\ufeff1\r\n00:00 --> 00:01\rGrüße".encode())
    assert read_text_file(str(path), 100) == "1\n00:00 --> 00:01\nGrüße"


@pytest.mark.parametrize(
    ("content", "said"), [(b"12345678901", "larger than 10 bytes"), (b"\xff\xfe", "not UTF-8"), (b"a\0b", "not text")]
)
def test_what_is_no_text_or_too_much_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        read_text_file(str(path), 10)


def test_completion_offers_fitting_files_before_folders(tmp_path: Path) -> None:
    (tmp_path / "talks").mkdir()
    (tmp_path / "talk.wav").write_bytes(b"123")
    (tmp_path / "talk.txt").write_bytes(b"123")
    (tmp_path / ".talk.wav").write_bytes(b"123")
    (tmp_path / "other.wav").write_bytes(b"123")
    found = complete_path(f"{tmp_path}/Ta", (".wav",))
    assert [(match.text, match.size) for match in found] == [(f"{tmp_path}/talk.wav", 3), (f"{tmp_path}/talks/", None)]
    assert [match.text for match in complete_path(f"{tmp_path}/.t")] == [f"{tmp_path}/.talk.wav"]


def test_completion_keeps_the_spelling_and_leaves_out_what_cannot_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a\x1b[31m.wav").write_bytes(b"1")
    (tmp_path / "ab.wav").write_bytes(b"1")
    assert [match.text for match in complete_path("~/a")] == ["~/ab.wav"]


def test_completion_of_nothing_readable_is_empty(tmp_path: Path) -> None:
    assert complete_path(f"{tmp_path}/no/such/") == []
    assert complete_path("~no-such-user-here/") == []


def test_completion_is_short(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number:02}.wav").write_bytes(b"1")
    assert len(complete_path(f"{tmp_path}/")) == 6


def test_a_stopped_check_ends_and_does_not_call_the_file_changed(tmp_path: Path) -> None:
    """A large file must not hold up the end of the program, nor be rejected for it."""
    file = tmp_path / "media.wav"
    file.write_bytes(b"RIFF" + bytes(100))
    upload = describe_upload(KINDS["transcription"].field("media_file"), str(file))
    checks = FileChecks()
    checks.check([upload])
    checks = FileChecks()
    checks.stop()
    with pytest.raises(NotSentError):
        checks.check([upload])
