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
