"""The catalogue and its checks: what may be sent, what is said about what may not, and how it goes over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from camb_tui.domain.kinds import (
    KINDS,
    Dialect,
    Encoding,
    FieldType,
    LanguageForm,
    check_fields,
    find_kind,
    find_language,
    language_tag,
    languages,
    read_fields,
    search_languages,
    wire_value,
)

SRT = "1\n00:00:00,000 --> 00:00:01,000\nHello\n"


def test_the_kinds_have_the_routes_of_both_dialects() -> None:
    """The paths are the API's, irregular bulk names included; where the guide is silent they are the reference's."""
    found = {
        kind.name: (kind.reference.create, kind.routes(Dialect.GUIDE).create, kind.bulk) for kind in KINDS.values()
    }
    only_reference = {
        "translated-tts": ("/translated-tts", None),
        "translated-story": ("/translated-story/{run_id}", None),
        "subtitles": ("/sub", "/sub-results"),
        "text-to-sound": ("/text-to-sound", "/text-to-sound-results"),
        "text-to-voice": ("/text-to-voice", None),
        "audio-separation": ("/audio-separation", "/audio-separation-results"),
        "project-setup": ("/project-setup", "/project-setup-results"),
        "dub-alt-format": ("/dub-alt-format/{run_id}/{language}", None),
    }
    assert found == {
        **{name: (create, create, bulk) for name, (create, bulk) in only_reference.items()},
        "tts": ("/tts", "/tts", "/tts-results"),
        "translation": ("/translate", "/translation", "/translation-results"),
        "transcription": ("/transcribe", "/transcription", "/transcription-results"),
        "dubbing": ("/dub", "/end-to-end-dubbing", "/dubbing-results"),
        "story": ("/story", "/create-story", "/stories-results"),
    }
    assert KINDS["story"].routes(Dialect.GUIDE).result == "/story-run/{run_id}"
    assert KINDS["dubbing"].routes(Dialect.REFERENCE).status == "/dub/{task_id}"


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_field_can_be_shown_and_asked_for(kind: Any) -> None:
    """Forms, help and import are built from nothing but the catalogue."""
    names = [field.name for field in kind.fields]
    assert len(names) == len(set(names))
    for field in kind.fields:
        assert field.label
        assert field.help.endswith(".")
        assert len(field.label) <= 20
        assert (field.type is FieldType.CHOICE) == bool(field.choices)
    assert 2.0 <= kind.first_poll <= 5.0
    assert kind.first_poll < kind.longest_poll < kind.max_wait
    assert len(kind.short) <= 5
    assert kind.field(kind.unit)
    assert kind.encoding is Encoding.JSON or any(field.type is FieldType.FILE for field in kind.fields)
    for field in kind.fields:
        assert field.in_path == ("{" + field.name + "}" in kind.reference.create)
    assert kind.follows is None or (kind.follows in KINDS and kind.field("run_id").in_path)
    assert all(kind.field(name) for name in kind.result_parts.values())
    assert find_kind(kind.short.upper()) is kind


def test_texts_become_typed_values() -> None:
    """What a form or a CSV holds is text; what is sent is not."""
    values, faults = read_fields(
        KINDS["tts"], {"text": "Hello", "voice_id": " 20303 ", "language": "EN-us", "age": "", "gender": "female"}
    )
    assert faults == []
    assert values == {"text": "Hello", "voice_id": 20303, "language": 1, "gender": 2}


def test_lists_are_read_from_commas_lines_and_repeats() -> None:
    """`54,76`, `54` twice given, one text a line."""
    values, faults = read_fields(
        KINDS["dubbing"],
        {"video_url": "https://v.example/a.mp4", "source_language": "auto", "target_languages": ["54, de-de", "fr-fr"]},
    )
    assert faults == []
    assert values["target_languages"] == ["es-es", "de-de", "fr-fr"]
    values, _ = read_fields(
        KINDS["translation"], {"texts": "one\n\ntwo\n", "source_language": "1", "target_language": "54"}
    )
    assert values["texts"] == ["one", "two"]


@pytest.mark.parametrize(
    ("kind", "raw", "field", "words"),
    [
        ("tts", {}, "text", "is needed"),
        ("tts", {"text": "ab"}, "text", "at least 3 characters"),
        ("tts", {"text": "a" * 3001}, "text", "at most 3,000 characters, has 3,001"),
        ("tts", {"voice_id": "Bob"}, "voice_id", "whole number"),
        ("tts", {"voice_id": "0"}, "voice_id", "at least 1"),
        ("tts", {"language": "auto"}, "language", "auto works only for a source"),
        ("tts", {"language": "klingon"}, "language", "knows no language"),
        ("tts", {"language": "en-uk"}, "language", "has no id"),
        ("tts", {"age": "101"}, "age", "at most 100"),
        ("tts", {"gender": "robot"}, "gender", "one of unknown, male, female"),
        ("tts", {"colour": "red"}, "colour", "is no field of tts, which has text, "),
        ("transcription", {}, "media_file", "or media_url in its place"),
        ("transcription", {"media_file": "a.mp3", "media_url": "https://x.example"}, "media_url", "only one of"),
        ("transcription", {"media_file": "a.exe"}, "media_file", "must end in .mp3"),
        ("transcription", {"run_audio_cleaning": "maybe"}, "run_audio_cleaning", "yes or no"),
        ("transcription", {"formatting_options.max_reading_speed_in_cps": "nan"}, None, "number"),
        ("dubbing", {"video_url": "ftp://x"}, "video_url", "http"),
        ("dubbing", {"target_languages": "fr-fr,FR-FR"}, "target_languages", "twice"),
        ("dubbing", {"selected_audio_tracks": "0,1,2"}, "selected_audio_tracks", "at most 2"),
        ("dubbing", {"source_transcript": "no cues"}, "source_transcript", "at least one cue"),
        ("dubbing", {"target_transcripts": "fr-fr"}, "target_transcripts", "language=SRT"),
        ("story", {"file": "a.pdf"}, "file", ".txt, .docx"),
        ("story", {"title": "ab"}, "title", "at least 3"),
        ("translated-story", {"run_id": "0"}, "run_id", "at least 1"),
        ("translated-story", {"run_id": "7"}, "target_language", "is needed"),
        ("text-to-sound", {"duration": "10.5"}, "duration", "at most 10"),
        ("text-to-sound", {"audio_type": "noise"}, "audio_type", "one of sound, music"),
        ("text-to-voice", {"voice_description": "x " * 17}, "voice_description", "at least 18 words, has 17"),
        ("text-to-voice", {"voice_description": "x " * 20}, "voice_description", "at least 100 characters"),
        ("audio-separation", {"media_file": "a.mp4"}, "media_file", "must end in .aac"),
        ("subtitles", {"media_url": "https://a.example"}, "target_languages", "is needed"),
        ("project-setup", {"selected_audio_tracks": "0,1,2"}, "selected_audio_tracks", "at most 2"),
        ("dub-alt-format", {"output_format": "gif"}, "output_format", "one of mp3"),
        ("dub-alt-format", {"language": "auto"}, "language", "auto works only for a source"),
    ],
)
def test_a_fault_names_its_field_and_what_is_wrong(
    kind: str, raw: dict[str, str], field: str | None, words: str
) -> None:
    """It stands under the field, so it must say what would be right."""
    _, faults = read_fields(KINDS[kind], raw)
    wanted = field or next(iter(raw))
    assert any(fault.field == wanted and words in fault.message for fault in faults), faults


def test_typed_values_are_checked_like_texts() -> None:
    """An import from JSON brings types of its own."""
    faults = check_fields(KINDS["tts"], {"text": 5, "voice_id": True, "language": "en-us", "folder_id": "x"})
    assert [fault.field for fault in faults] == ["text", "voice_id", "language", "folder_id"]


def test_dotted_names_are_nested_and_transcripts_are_wrapped() -> None:
    """The service wants objects where the form has lines."""
    assert wire_value(
        KINDS["transcription"],
        {"media_file": "a.mp3", "language": "en-us", "formatting_options.max_characters_in_segment": 30},
    ) == {"language": "en-us", "formatting_options": {"max_characters_in_segment": 30}}
    assert wire_value(
        KINDS["dubbing"],
        {"source_transcript": SRT, "target_transcripts": [{"language": "fr-fr", "content": SRT}]},
    ) == {
        "source_transcript": {"content": SRT, "format": "srt"},
        "target_transcripts": [{"language": "fr-fr", "content": SRT, "format": "srt"}],
    }


def test_languages_are_found_by_id_tag_and_name() -> None:
    """Whatever the user remembers."""
    assert len([language for language in languages() if language.id is not None]) == 149
    assert find_language("54") == find_language(54) == find_language("ES-es")
    assert find_language("xx-yy") is None
    assert search_languages("spanish")[0].name.startswith("Spanish")
    assert search_languages("zh-c")[0].tag.startswith("zh-c")
    assert search_languages("139")[0].id == 139
    assert language_tag("unheard-of") == "unheard-of"


def test_an_id_newer_than_our_table_is_left_to_the_service() -> None:
    """Only where the route takes any form; a route for ids alone needs one we can check."""
    values, faults = read_fields(KINDS["translation"], {"texts": "x", "source_language": "1", "target_language": "999"})
    assert (values["target_language"], faults) == (999, [])
    assert KINDS["tts"].field("language").language is LanguageForm.ID
