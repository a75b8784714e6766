"""The kinds that narrate texts as audiobooks."""

from __future__ import annotations

from camb_tui.domain.kinds.common_fields import DICTIONARIES, FOLDER
from camb_tui.domain.kinds.fields import Field, FieldType, LanguageForm
from camb_tui.domain.kinds.kind import Encoding, Kind, ResultShape, Routes

STORY = Kind(
    name="story",
    title="Story",
    short="story",
    help="Narrates a text file as an audiobook.",
    encoding=Encoding.MULTIPART,
    reference=Routes("/story", "/story/{task_id}", "/story-result/{run_id}"),
    guide=Routes("/create-story", "/story/{task_id}", "/story-run/{run_id}"),
    bulk="/stories-results",
    result=ResultShape.STORY,
    result_query={"include_transcript": "true"},
    unit="file",
    expected=120.0,
    spread=0.6,
    first_poll=5.0,
    longest_poll=30.0,
    max_wait=6 * 3600.0,
    fields=(
        Field(
            name="file",
            type=FieldType.FILE,
            label="File",
            help="The story as .txt or .docx.",
            required=True,
            suffixes=(".txt", ".docx"),
        ),
        Field(
            name="source_language",
            type=FieldType.LANGUAGE,
            label="Language",
            help="Language of the story: search by tag, name or id.",
            required=True,
            language=LanguageForm.ID,
        ),
        Field(
            name="title",
            type=FieldType.LINE,
            label="Title",
            help="Title of the story, 3 to 255 characters.",
            minimum=3,
            maximum=255,
            folded=False,
        ),
        Field(
            name="description",
            type=FieldType.LINE,
            label="Description",
            help="What it is about, 3 to 5,000 characters.",
            minimum=3,
            maximum=5000,
        ),
        Field(
            name="narrator_voice_id",
            type=FieldType.VOICE,
            label="Narrator",
            help="Voice that narrates: search your voices by name, or give an id.",
            minimum=1,
            folded=False,
        ),
        FOLDER,
        DICTIONARIES,
    ),
)

TRANSLATED_STORY = Kind(
    name="translated-story",
    title="Translated story",
    short="tstor",
    help="Narrates a finished story in another language.",
    encoding=Encoding.JSON,
    reference=Routes(
        "/translated-story/{run_id}", "/translated-story/{task_id}", "/translated-story-result/{run_id}/{language}"
    ),
    result=ResultShape.STORY,
    result_query={"include_transcript": "true"},
    result_parts={"language": "target_language"},
    follows="story",
    unit="run_id",
    expected=150.0,
    spread=0.6,
    first_poll=5.0,
    longest_poll=30.0,
    max_wait=6 * 3600.0,
    batch_field="target_language",
    fields=(
        Field(
            name="run_id",
            type=FieldType.INTEGER,
            label="Story's run",
            help="Run id of the finished story.",
            required=True,
            minimum=1,
            in_path=True,
        ),
        Field(
            name="target_language",
            type=FieldType.LANGUAGE,
            label="To",
            help="Language to narrate in; several make one task each.",
            required=True,
            language=LanguageForm.ID,
        ),
    ),
)
