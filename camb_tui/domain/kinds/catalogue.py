"""The catalogue of kinds: every kind's routes, encoding, fields, result and pace, as data.

A kind is added in a module of this one's by its subject, in its result view and in its tests, and nowhere else: the
client, the forms, the import, the simulator and the help read this table. Facts are those of the API's reference and
of its official SDK.
"""

from __future__ import annotations

from collections.abc import Mapping

from camb_tui.domain.kinds.catalogue_media import AUDIO_SEPARATION, DUB_ALT_FORMAT, DUBBING, PROJECT_SETUP
from camb_tui.domain.kinds.catalogue_speech import TEXT_TO_SOUND, TEXT_TO_VOICE, TRANSLATED_TTS, TTS
from camb_tui.domain.kinds.catalogue_stories import STORY, TRANSLATED_STORY
from camb_tui.domain.kinds.catalogue_texts import SUBTITLES, TRANSCRIPTION, TRANSLATION
from camb_tui.domain.kinds.kind import Kind

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        TTS,
        TRANSLATION,
        TRANSCRIPTION,
        DUBBING,
        STORY,
        TRANSLATED_TTS,
        TRANSLATED_STORY,
        SUBTITLES,
        TEXT_TO_SOUND,
        TEXT_TO_VOICE,
        AUDIO_SEPARATION,
        PROJECT_SETUP,
        DUB_ALT_FORMAT,
    )
}
"""Every kind, by name, in the order in which forms list them."""


def find_kind(name: str) -> Kind | None:
    """The kind of that name or short name, whatever its case."""
    wanted = name.strip().lower()
    return KINDS.get(wanted) or next((kind for kind in KINDS.values() if kind.short == wanted), None)
