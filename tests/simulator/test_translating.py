"""Translations must be true where they look true, and marked where they are not."""

from __future__ import annotations

import pytest

from camb_tui.simulator.scripts import export, film_segments
from camb_tui.simulator.translating import script, translate


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("Hello, world!", "es-es", "¡Hola, mundo!"),
        ("hello, world", 31, "Hallo, Welt!"),
        ("Good morning. How are you?", "it-it", "Buongiorno. Come stai?"),
        ("Good morning. How are you?", "ja-jp", "おはようございます。お元気ですか。"),
        ("Bonjour. À demain.", "en-us", "Hello. See you tomorrow."),
        ("Where is the harbour?", "nl-nl", "[nl-nl] Where is the harbour?"),
        ("Hello. Where is the harbour?", "es-es", "[es-es] Hello. Where is the harbour?"),
        ("  ", "es-es", "  "),
    ],
)
def test_translate(text: str, target: int | str, expected: str) -> None:
    assert translate(text, target) == expected


def test_the_film_speaks_english_where_no_phrases_are_known() -> None:
    assert script("nl-nl") == script("en-us")
    assert script(31) != script("en-us")


def test_segments_follow_the_formatting_options() -> None:
    segments = film_segments("en-us", 120, {"max_characters_in_segment": 12, "min_segment_duration_in_seconds": 2})
    assert max(len(segment["text"]) for segment in segments) <= 12
    assert all(segment["end"] - segment["start"] >= 1.99 for segment in segments)
    assert segments[-1]["end"] <= 120


def test_the_shortest_options_do_not_hang() -> None:
    options = {"max_characters_in_segment": 1, "max_segment_duration_in_seconds": 0.01}
    assert film_segments("en-us", 12, options)


def test_export_writes_hours() -> None:
    segments = film_segments("en-us", 12)
    segments[0]["start"], segments[0]["end"] = 3723.0045, 3724.0
    assert "01:02:03,004 --> 01:02:04,000" in export(segments, "srt")
    assert "01:02:03.004 --> 01:02:04.000" in export(segments, "vtt")
