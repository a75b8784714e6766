"""Fields that several kinds share."""

from __future__ import annotations

from camb_tui.domain.kinds.fields import Choice, Field, FieldType

MEBIBYTE = 1024 * 1024

GENDER = Field(
    name="gender",
    type=FieldType.CHOICE,
    label="Gender",
    help="Gender the speech or the grammar is meant for.",
    choices=(Choice(0, "unknown"), Choice(1, "male"), Choice(2, "female"), Choice(9, "not applicable")),
)
AGE = Field(
    name="age",
    type=FieldType.INTEGER,
    label="Age",
    help="Age the speech or the wording is meant for, 1 to 100.",
    minimum=1,
    maximum=100,
)
FORMALITY = Field(
    name="formality",
    type=FieldType.CHOICE,
    label="Formality",
    help="How the translation addresses people.",
    choices=(Choice(1, "formal"), Choice(2, "informal")),
)
DICTIONARIES = Field(
    name="chosen_dictionaries",
    type=FieldType.INTEGERS,
    label="Dictionaries",
    help="Ids of your dictionaries whose terms are kept, at least one when given.",
    minimum=1,
)
PROJECT_NAME = Field(
    name="project_name",
    type=FieldType.LINE,
    label="Project name",
    help="Name under which the web app lists it, 3 to 255 characters.",
    minimum=3,
    maximum=255,
)
PROJECT_DESCRIPTION = Field(
    name="project_description",
    type=FieldType.LINE,
    label="Description",
    help="Shown in the web app, 3 to 5,000 characters; left empty, it carries this task's key.",
    minimum=3,
    maximum=5000,
)
FOLDER = Field(
    name="folder_id",
    type=FieldType.INTEGER,
    label="Folder id",
    help="Id of the folder of the web app it is filed in.",
    minimum=1,
)
METADATA = (PROJECT_NAME, PROJECT_DESCRIPTION, FOLDER)
TRANSCRIPTION_MODE = Field(
    name="transcription_mode",
    type=FieldType.CHOICE,
    label="Mode",
    help="fast, or slow where accuracy counts more than time.",
    default="fast",
    choices=(Choice("fast", "fast"), Choice("slow", "slow")),
)
SOURCE_LANGUAGE = Field(
    name="source_language",
    type=FieldType.LANGUAGE,
    label="From",
    help="Language of the source: tag, id, or auto to have it detected.",
    required=True,
    auto=True,
)
TARGET_LANGUAGES = Field(
    name="target_languages",
    type=FieldType.LANGUAGES,
    label="To",
    help="Target languages, separated by commas; one task makes them all.",
    required=True,
    minimum=1,
)
AUDIO_TRACKS = Field(
    name="selected_audio_tracks",
    type=FieldType.INTEGERS,
    label="Audio tracks",
    help="One or two tracks, counted from 0; MXF only.",
    minimum=1,
    maximum=2,
)
ADD_TRACK = Field(
    name="add_output_as_an_audio_track",
    type=FieldType.BOOLEAN,
    label="Add as track",
    help="Put the dub beside the original tracks; MXF only.",
)
MEDIA_SUFFIXES = (".mp3", ".wav", ".aac", ".flac", ".mp4", ".mov", ".mxf")
FORMATTING = (
    Field(
        name="formatting_options.max_segment_duration_in_seconds",
        type=FieldType.NUMBER,
        label="Longest segment",
        help="Seconds a segment lasts at most.",
        default=7,
        minimum=0,
    ),
    Field(
        name="formatting_options.min_segment_duration_in_seconds",
        type=FieldType.NUMBER,
        label="Shortest segment",
        help="Seconds a segment lasts at least.",
        default=1,
        minimum=0,
    ),
    Field(
        name="formatting_options.max_characters_in_segment",
        type=FieldType.INTEGER,
        label="Characters a segment",
        help="Most characters in one segment.",
        default=42,
        minimum=1,
    ),
    Field(
        name="formatting_options.max_reading_speed_in_cps",
        type=FieldType.NUMBER,
        label="Reading speed",
        help="Most characters a second a reader is asked to follow.",
        minimum=1,
    ),
    Field(
        name="formatting_options.min_gap_between_segments_in_frames",
        type=FieldType.INTEGER,
        label="Gap in frames",
        help="Fewest frames between two segments.",
        minimum=0,
    ),
)
