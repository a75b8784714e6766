"""The kinds whose result is text: translations and transcripts."""

from __future__ import annotations

from camb_tui.domain.kinds.common_fields import (
    AGE,
    DICTIONARIES,
    FORMALITY,
    FORMATTING,
    GENDER,
    MEBIBYTE,
    MEDIA_SUFFIXES,
    METADATA,
    SOURCE_LANGUAGE,
    TRANSCRIPTION_MODE,
)
from camb_tui.domain.kinds.fields import Field, FieldType
from camb_tui.domain.kinds.kind import Encoding, Kind, ResultShape, Routes

TRANSLATION = Kind(
    name="translation",
    title="Translation",
    short="trans",
    help="Translates one or more texts, in order, into one language.",
    encoding=Encoding.JSON,
    reference=Routes("/translate", "/translate/{task_id}", "/translation-result/{run_id}"),
    guide=Routes("/translation", "/translation/{task_id}", "/translation-result/{run_id}"),
    bulk="/translation-results",
    result=ResultShape.TEXTS,
    unit="texts",
    expected=3.0,
    spread=0.5,
    first_poll=2.0,
    longest_poll=15.0,
    max_wait=30 * 60.0,
    batch_field="target_language",
    stream=Routes("/translation/stream", "/translation-stream", ""),
    fields=(
        Field(
            name="texts",
            type=FieldType.TEXTS,
            label="Texts",
            help="One text a line; their order is kept.",
            required=True,
            minimum=1,
        ),
        SOURCE_LANGUAGE,
        Field(
            name="target_language",
            type=FieldType.LANGUAGE,
            label="To",
            help="Language to translate into; several make one task each.",
            required=True,
        ),
        FORMALITY,
        GENDER,
        AGE,
        DICTIONARIES,
        *METADATA,
    ),
)


TRANSCRIPTION = Kind(
    name="transcription",
    title="Transcription",
    short="stt",
    help="Writes down speech, with times and speakers.",
    encoding=Encoding.FORM,
    reference=Routes("/transcribe", "/transcribe/{task_id}", "/transcription-result/{run_id}"),
    guide=Routes("/transcription", "/transcription/{task_id}", "/transcription-result/{run_id}"),
    bulk="/transcription-results",
    result=ResultShape.TRANSCRIPT,
    unit="media_file",
    expected=40.0,
    spread=0.7,
    first_poll=3.0,
    longest_poll=15.0,
    max_wait=3 * 3600.0,
    fields=(
        Field(
            name="media_file",
            type=FieldType.FILE,
            label="File",
            help="Audio or video on this machine, at most 20 MB.",
            one_of="media",
            maximum=20 * MEBIBYTE,
            suffixes=MEDIA_SUFFIXES,
        ),
        Field(
            name="media_url",
            type=FieldType.URL,
            label="or address",
            help="Public address of the audio or video.",
            one_of="media",
        ),
        Field(
            name="language",
            type=FieldType.LANGUAGE,
            label="Language",
            help="Language spoken: tag, id, or auto to have it detected.",
            required=True,
            auto=True,
        ),
        TRANSCRIPTION_MODE,
        Field(
            name="run_audio_cleaning",
            type=FieldType.BOOLEAN,
            label="Clean audio",
            help="Take speech apart from noise and music first.",
            default=True,
        ),
        Field(
            name="include_music_in_fg",
            type=FieldType.BOOLEAN,
            label="Keep music",
            help="Count singing as speech; does nothing without cleaning.",
            default=True,
        ),
        *FORMATTING,
        *METADATA,
    ),
)
