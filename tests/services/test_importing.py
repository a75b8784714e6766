"""Importing: what each row of a file becomes, and how its faults are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from camb_tui.domain.errors import UsageError
from camb_tui.domain.kinds import KINDS, find_kind
from camb_tui.services.importing import guess_format, read_data, read_file, read_rows, read_words


def faults(text: str, form: str, folder: Path, kind: str | None = None) -> list[tuple[int, str, str]]:
    return [
        (row.number, fault.field, fault.message)
        for row in read_rows(text, form, kind=kind, folder=folder)
        for fault in row.faults
    ]


def test_a_csv_of_two_kinds_leaves_the_cells_of_the_other_kind_empty(tmp_path: Path) -> None:
    """One sheet for a whole production has columns that only some of its rows fill."""
    text = (
        "kind,label,tags,text,voice_id,language,texts,source_language,target_language\n"
        'tts,ch 1,book1;intro,"Hello, there",20303,en-us,,,\n'
        "translation,,,,,,Good morning,en-us,fr-fr\n"
    )
    rows = read_rows(text, "csv", folder=tmp_path)
    assert [row.faults for row in rows] == [(), ()]
    (speech,), (translation,) = (row.submissions for row in rows)
    assert speech.kind == "tts"
    assert speech.label == "ch 1"
    assert speech.tags == ("book1", "intro")
    assert speech.request["text"] == "Hello, there"
    assert speech.request["voice_id"] == 20303
    assert translation.request == {
        "texts": ["Good morning"], "source_language": "en-us", "target_language": "fr-fr"
    }  # fmt: skip


@pytest.mark.parametrize("cell", ["fr-fr;de-de", "fr-fr|de-de", '"fr-fr, de-de"'])
def test_several_targets_in_a_single_target_field_make_a_task_each(cell: str, tmp_path: Path) -> None:
    rows = read_rows(f"texts,source_language,target_language\nHi,en-us,{cell}\n", "csv", kind="trans", folder=tmp_path)
    assert [one.request["target_language"] for one in rows[0].submissions] == ["fr-fr", "de-de"]


def test_several_targets_of_a_dub_stay_one_task(tmp_path: Path) -> None:
    text = "video_url,source_language,target_languages\nhttps://media.example/a.mp4,en-us,fr-fr;de-de\n"
    (row,) = read_rows(text, "csv", kind="dubbing", folder=tmp_path)
    assert [one.request["target_languages"] for one in row.submissions] == [["fr-fr", "de-de"]]


def test_every_fault_is_told_with_its_line_and_field(tmp_path: Path) -> None:
    """A user mends all of a sheet at once, not one cell a run; a cell of several lines moves the count."""
    text = 'text,voice_id,language,colour\n"two\nlines",x,en-us,\nhello there,1,xx-yy,red\nhello there,1,en-us,,5\n'
    assert sorted(faults(text, "csv", tmp_path, "tts")) == [
        (2, "voice_id", "must be a whole number"),
        (4, "colour", f"is no field of tts, which has {', '.join(field.name for field in KINDS['tts'].fields)}"),
        (4, "language", "knows no language 'xx-yy'; give a tag such as en-us, or an id"),
        (5, "", "has 5 cells, but there are 4 columns"),
    ]


def test_a_row_without_a_kind_and_one_with_a_wrong_kind_are_faults(tmp_path: Path) -> None:
    found = faults("kind,text\n,hello\nsong,hello\n", "csv", tmp_path)
    assert [(number, field) for number, field, _ in found] == [(2, "kind"), (3, "kind")]
    assert '"song"' in found[1][2]


def test_jsonl_keeps_types_and_whole_texts(tmp_path: Path) -> None:
    text = (
        '{"kind": "translation", "texts": ["one\\ntwo", "three"], "source_language": "en-us", "target_language": 76}\n'
        "\n"
        '{"kind": "transcription", "media_url": "https://media.example/a.wav", "language": 1,'
        ' "run_audio_cleaning": false, "formatting_options": {"max_characters_in_segment": 30}}\n'
        "[1]\n"
        "{broken\n"
    )
    first, second, third, fourth = read_rows(text, "jsonl", folder=tmp_path)
    assert first.submissions[0].request["texts"] == ["one\ntwo", "three"]
    assert second.submissions[0].request["run_audio_cleaning"] is False
    assert second.submissions[0].request["formatting_options.max_characters_in_segment"] == 30
    assert third.faults[0].message == "is no JSON object"
    assert fourth.faults[0].message.startswith("is not JSON")


def test_toml_rows_take_what_stands_above_them(tmp_path: Path) -> None:
    text = 'kind = "tts"\nvoice_id = 7\nlanguage = "en-us"\n[[task]]\ntext = "one two"\n[[task]]\ntext = "three"\n'
    rows = read_rows(text, "toml", folder=tmp_path)
    assert [row.submissions[0].request["text"] for row in rows] == ["one two", "three"]
    assert [row.submissions[0].request["voice_id"] for row in rows] == [7, 7]


def test_a_text_is_taken_from_a_file_beside_the_import(tmp_path: Path) -> None:
    (tmp_path / "chapter.txt").write_text("Once upon a time", "utf-8")
    sheet = tmp_path / "book.csv"
    sheet.write_text("text,voice_id,language\n@chapter.txt,1,en-us\n@@home,1,en-us\n@nowhere.txt,1,en-us\n", "utf-8")
    first, second, third = read_file(sheet, kind="tts")
    assert first.submissions[0].request["text"] == "Once upon a time"
    assert second.submissions[0].request["text"] == "@home"
    assert "there is no file" in third.faults[0].message


def test_a_media_file_must_be_there_and_small_enough(tmp_path: Path) -> None:
    """Found before anything is sent, not by the service after an upload."""
    (tmp_path / "empty.wav").touch()
    with (tmp_path / "huge.wav").open("wb") as file:
        file.truncate(21 * 2**20)
    (tmp_path / "good.wav").write_bytes(b"RIFF")
    text = "media_file,language\nempty.wav,1\nhuge.wav,1\nnone.wav,1\ngood.wav,1\n"
    rows = read_rows(text, "csv", kind="transcription", folder=tmp_path)
    told = [row.faults[0].message for row in rows[:3]]
    assert [what in message for what, message in zip(("is empty", "at most", "no file"), told, strict=True)] == [
        True
    ] * 3
    assert [upload.size for upload in rows[3].submissions[0].uploads] == [4]
    assert rows[3].submissions[0].request["media_file"] == str(tmp_path / "good.wav")


def test_spreadsheets_that_write_semicolons_are_read(tmp_path: Path) -> None:
    (row,) = read_rows("text;voice_id;language\nhello, you;1;en-us\n", "csv", kind="tts", folder=tmp_path)
    assert row.submissions[0].request["text"] == "hello, you"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ('{"kind": "tts"}\n', "jsonl"),
        ("# rows\n[[task]]\nkind = 'tts'\n", "toml"),
        ("kind = 'tts'\n", "toml"),
        ("kind,text\n", "csv"),
        ("kind\ttext\n", "tsv"),
    ],
)
def test_the_format_of_standard_input_is_told_by_its_first_line(text: str, form: str) -> None:
    assert guess_format(text) == form


def test_bytes_that_are_no_text_are_refused_with_the_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"rows\.csv is not UTF-8"):
        read_data(b"\xff\xfe\x00", "rows.csv", form=None, kind=None, folder=tmp_path)


def test_words_of_a_command_repeat_a_field_for_a_list(tmp_path: Path) -> None:
    kind = find_kind("translation")
    assert kind is not None
    words = ["texts=one", "texts=two=2", "source_language=en-us", "target_language=54", "target_language=76"]
    row = read_words(kind, words, folder=tmp_path)
    assert row.faults == ()
    assert [one.request["texts"] for one in row.submissions] == [["one", "two=2"]] * 2
    assert len({str(one.request["target_language"]) for one in row.submissions}) == 2
    with pytest.raises(UsageError, match="field=value"):
        read_words(kind, ["texts"], folder=tmp_path)
