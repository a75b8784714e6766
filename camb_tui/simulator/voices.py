"""The voices of the simulated account: names of things, so that none is a person's."""

from __future__ import annotations

import functools
from typing import Any

from camb_tui.domain.kinds import find_language

FIRST_VOICE_ID = 147_320
"""The id the documentation's examples use, so that pasted examples work."""
COLOURS = ("Amber", "Cedar", "Copper", "Indigo", "Ivory", "Russet", "Silver", "Slate", "Teal")
THINGS = ("Lantern", "Harbour", "Meadow", "Orchard")
GENDERS = (2, 1, 0)
LANGUAGES = ("en-us", "en-gb", "es-es", "fr-fr", "de-de", "hi-in", "ja-jp", "pt-br", "it-it", "ar-sa")


@functools.cache
def voices() -> tuple[dict[str, Any], ...]:
    """Every voice, as /list-voices gives it."""
    names = [f"{colour} {thing}" for thing in THINGS for colour in COLOURS]
    return tuple(
        {
            "id": FIRST_VOICE_ID + 17 * place,
            "voice_name": name,
            "gender": GENDERS[place % len(GENDERS)],
            "age": 20 + 7 * place % 50,
            "language": _language_id(LANGUAGES[place % len(LANGUAGES)]),
            "transcript": None,
            "description": f"A sample voice of the simulator, number {place + 1}.",
            "is_published": place % 4 == 0,
            "signed_url": None,
        }
        for place, name in enumerate(names)
    )


def _language_id(tag: str) -> int | None:
    language = find_language(tag)
    return language.id if language is not None else None
