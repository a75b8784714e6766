"""Finding languages and voices by what a person types: matches to choose from, and what a typed word stands for.

Owns no widget. What the service calls its voices is text from elsewhere and is made safe here, once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from camb_tui.domain.kinds import Field, FieldType, Language, LanguageForm, find_language, languages, search_languages
from camb_tui.domain.kinds.languages import AUTO
from camb_tui.domain.text import one_line
from camb_tui.services.changes import Catalogues, Voice

MOST_MATCHES = 6
_GENDERS = {1: "male", 2: "female"}


class Match(NamedTuple):
    """One thing to choose: what choosing it writes, and how its line reads."""

    value: str
    lead: str
    rest: str


class _KnownVoice(NamedTuple):
    id: str
    name: str
    about: str
    words: str
    """Everything it can be found by, lower case."""


class Lookup:
    """The voices and languages a form knows at present."""

    def __init__(self, catalogues: Catalogues | None) -> None:
        self._arrived = catalogues is not None
        self._error = one_line(catalogues.error, 120) if catalogues is not None else ""
        self._voices = [_known(voice) for voice in catalogues.voices] if catalogues is not None else []
        self._sources = (catalogues.sources if catalogues is not None else ()) or languages()
        self._targets = (catalogues.targets if catalogues is not None else ()) or languages()

    def voices_note(self) -> str:
        """Why voices cannot be searched now; empty when they can."""
        if self._voices:
            return ""
        if not self._arrived:
            return "Voices are on their way; an id can be given meanwhile."
        return f"No voices to search ({self._error or 'the account has none'}); give an id."

    def search(self, field: Field, text: str) -> list[Match]:
        """What the typed text may mean, best first, at most `MOST_MATCHES`."""
        wanted = text.strip()
        if not wanted:
            return []
        if field.type is FieldType.VOICE:
            return self._search_voices(wanted.lower())
        found = search_languages(wanted, self._among(field))[:MOST_MATCHES]
        matches = [Match(_token(field, one), one_line(one.tag, 16), _about(one)) for one in found]
        if field.auto and AUTO.startswith(wanted.lower()):
            matches = [Match(AUTO, AUTO, "detected by the service"), *matches][:MOST_MATCHES]
        return matches

    def resolve(self, field: Field, text: str) -> str:
        """The typed text as the catalogue's checks read it; unchanged where it stands for nothing, or for several."""
        word = text.strip()
        if field.type is FieldType.VOICE:
            same = [voice.id for voice in self._voices if voice.name.casefold() == word.casefold()]
            return same[0] if len(same) == 1 else word
        if not word or (field.auto and word.lower() == AUTO):
            return word.lower()
        language = self._language(field, word)
        return _token(field, language) if language is not None else word

    def describe(self, field: Field, text: str) -> str:
        """What the typed text stands for, in words; empty where that is unknown."""
        word = self.resolve(field, text)
        if field.type is FieldType.VOICE:
            return next((f"{voice.name}  {voice.about}".strip() for voice in self._voices if voice.id == word), "")
        if word == AUTO:
            return "Detected by the service." if field.auto else ""
        language = self._language(field, word) if word else None
        if language is None:
            return ""
        tag = "" if text.strip().lower() == language.tag.lower() else f"  {one_line(language.tag, 16)}"
        return one_line(language.name, 60) + tag

    def is_exact(self, field: Field, text: str) -> bool:
        """Whether the text means something by itself, so that nothing need be chosen."""
        word = text.strip()
        if field.type is FieldType.VOICE:
            return word.isdecimal() or self.resolve(field, word).isdecimal()
        return (field.auto and word.lower() == AUTO) or self._exactly(field, word) is not None

    def _among(self, field: Field) -> Sequence[Language]:
        is_source = field.auto or field.name.startswith("source")
        return self._sources if is_source else self._targets

    def _exactly(self, field: Field, word: str) -> Language | None:
        wanted = word.lower().replace("_", "-")
        for language in self._among(field):
            if wanted in (language.tag.lower(), str(language.id), language.name.lower()):
                return language
        return find_language(word)

    def _language(self, field: Field, word: str) -> Language | None:
        exact = self._exactly(field, word)
        if exact is not None or word.isdecimal():
            return exact
        found = search_languages(word, self._among(field))
        return found[0] if len(found) == 1 else None

    def _search_voices(self, wanted: str) -> list[Match]:
        words = wanted.split()
        ranked = []
        for place, voice in enumerate(self._voices):
            if not all(word in voice.words for word in words):
                continue
            name = voice.name.lower()
            if voice.id == wanted or name == wanted:
                rank = 0
            elif name.startswith(wanted) or voice.id.startswith(wanted):
                rank = 1
            else:
                rank = 2 if wanted in name else 3
            ranked.append((rank, place, Match(voice.id, voice.id, f"{voice.name}  {voice.about}".strip())))
        return [match for _, _, match in sorted(ranked)[:MOST_MATCHES]]


def _known(voice: Voice) -> _KnownVoice:
    language = find_language(voice.language) if voice.language is not None else None
    tag = language.tag if language is not None else one_line(str(voice.language or ""), 16)
    gender = _GENDERS.get(voice.gender or 0, "")
    description = one_line(voice.description, 80)
    name = one_line(voice.name, 48)
    about = "  ".join(part for part in (tag, gender, description) if part)
    language_name = language.name if language is not None else ""
    return _KnownVoice(str(voice.id), name, about, f"{voice.id} {name} {about} {language_name}".lower())


def _token(field: Field, language: Language) -> str:
    """What to write for a language so that the catalogue's checks know it, also where it is newer than our table."""
    known = find_language(language.tag)
    if language.id is None or (known is not None and (field.language is not LanguageForm.ID or known.id is not None)):
        return language.tag.lower()
    return str(language.id)


def _about(language: Language) -> str:
    name = one_line(language.name, 48)
    return name if language.id is None else f"{name}  {language.id}"
