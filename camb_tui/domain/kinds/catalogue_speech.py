"""The kinds whose result is speech or sound made from text."""

from __future__ import annotations

from camb_tui.domain.kinds.common_fields import AGE, GENDER, METADATA
from camb_tui.domain.kinds.fields import Field, FieldType, LanguageForm
from camb_tui.domain.kinds.kind import Encoding, Kind, ResultShape, Routes

TTS = Kind(
    name="tts",
    title="Text to speech",
    short="tts",
    help="Speaks a text with one voice.",
    encoding=Encoding.JSON,
    reference=Routes("/tts", "/tts/{task_id}", "/tts-result/{run_id}"),
    guide=Routes("/tts", "/tts/{task_id}", "/tts-result/{run_id}"),
    bulk="/tts-results",
    result=ResultShape.AUDIO,
    result_query={"output_type": "file_url"},
    unit="text",
    expected=4.0,
    spread=0.5,
    first_poll=2.0,
    longest_poll=15.0,
    max_wait=30 * 60.0,
    batch_field="language",
    stream=Routes("/tts-stream", "/tts-stream", ""),
    fields=(
        Field(
            name="text",
            type=FieldType.TEXT,
            label="Text",
            help="What is to be spoken, 3 to 3,000 characters.",
            required=True,
            minimum=3,
            maximum=3000,
        ),
        Field(
            name="voice_id",
            type=FieldType.VOICE,
            label="Voice",
            help="Search your voices by name, or give an id.",
            required=True,
            minimum=1,
        ),
        Field(
            name="language",
            type=FieldType.LANGUAGE,
            label="Language",
            help="Language of the text: search by tag, name or id.",
            required=True,
            language=LanguageForm.ID,
        ),
        GENDER,
        AGE,
        *METADATA,
    ),
)
