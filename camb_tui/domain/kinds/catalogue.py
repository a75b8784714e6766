"""The catalogue of kinds: every kind's routes, encoding, fields, result and pace, as data.

A kind is added here, in its result view and in its tests, and nowhere else: the client, the forms, the import, the
simulator and the help read this table. Facts are those of the API's reference and of its official SDK.
Long because it is one table: kinds are read beside each other.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from camb_tui.domain.kinds.fields import Choice, Field, FieldType, LanguageForm

MEBIBYTE = 1024 * 1024


class Dialect(enum.StrEnum):
    """The two sets of paths under which the service is documented."""

    REFERENCE = "reference"
    GUIDE = "guide"


class Encoding(enum.Enum):
    """How a create's body is encoded."""

    JSON = "json"
    FORM = "multipart, or url-encoded where there is no file"
    MULTIPART = "multipart"


class ResultShape(enum.Enum):
    """What a run of a kind gives back."""

    AUDIO = "audio"
    TEXTS = "texts"
    TRANSCRIPT = "transcript"
    DUB = "dub"
    STORY = "story"


@dataclass(frozen=True, slots=True)
class Routes:
    """Paths below the base URL; `{task_id}`, `{run_id}` and names of `in_path` fields are filled in."""

    create: str
    status: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of task."""

    name: str
    title: str
    short: str
    """At most five letters, for narrow columns."""
    help: str
    encoding: Encoding
    reference: Routes
    guide: Routes
    bulk: str | None
    result: ResultShape
    fields: tuple[Field, ...]
    unit: str
    """The field whose size says how big the task is."""
    expected: float
    """Seconds a middling task takes; what the simulator draws around and what is shown before anything was learnt."""
    spread: float
    """Sigma of the natural logarithm of that duration."""
    first_poll: float
    """Seconds from the answer to the first poll."""
    longest_poll: float
    """Cap of the growing interval between polls, in seconds."""
    max_wait: float
    """Seconds after which we stop asking by ourselves."""
    result_query: Mapping[str, str] = field(default_factory=dict)
    """Query of the result route."""
    batch_field: str | None = None
    """A single-target field for which several values make several tasks."""
    stream: Routes | None = None
    """Create paths of the streaming twin, by dialect: `create` the reference's, `status` the guide's, no result."""
    streamed: bool = False
    """This is a streaming twin: it answers at once and makes no task; see `streaming`."""

    def routes(self, dialect: Dialect) -> Routes:
        """The paths of one dialect."""
        return self.guide if dialect is Dialect.GUIDE else self.reference

    def field(self, name: str) -> Field:
        """The field of that name.

        Raises:
            KeyError: This kind has no such field.
        """
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(name)

    @property
    def has_metadata(self) -> bool:
        """Whether a create takes `project_description`, in which an intent's code can be found again."""
        return any(candidate.name == "project_description" for candidate in self.fields)


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

DUBBING = Kind(
    name="dubbing",
    title="Dubbing",
    short="dub",
    help="Gives a video or audio new speech in other languages.",
    encoding=Encoding.JSON,
    reference=Routes("/dub", "/dub/{task_id}", "/dub-result/{run_id}"),
    guide=Routes("/end-to-end-dubbing", "/end-to-end-dubbing/{task_id}", "/dubbed-run-info/{run_id}"),
    bulk="/dubbing-results",
    result=ResultShape.DUB,
    unit="video_url",
    expected=300.0,
    spread=0.8,
    first_poll=5.0,
    longest_poll=30.0,
    max_wait=12 * 3600.0,
    fields=(
        Field(
            name="video_url",
            type=FieldType.URL,
            label="Video",
            help="Public address of the video or audio (direct, YouTube or public Drive).",
            required=True,
        ),
        SOURCE_LANGUAGE,
        Field(
            name="target_languages",
            type=FieldType.LANGUAGES,
            label="To",
            help="Languages to dub into, separated by commas; one task makes them all.",
            one_of="target",
            minimum=1,
        ),
        Field(
            name="target_language",
            type=FieldType.LANGUAGE,
            label="or one only",
            help="One language to dub into; gives the result of a single language.",
            one_of="target",
        ),
        TRANSCRIPTION_MODE,
        Field(
            name="selected_audio_tracks",
            type=FieldType.INTEGERS,
            label="Audio tracks",
            help="One or two tracks, counted from 0; MXF only.",
            minimum=1,
            maximum=2,
        ),
        Field(
            name="add_output_as_an_audio_track",
            type=FieldType.BOOLEAN,
            label="Add as track",
            help="Put the dub beside the original tracks; MXF only.",
        ),
        Field(
            name="ai_optimization",
            type=FieldType.BOOLEAN,
            label="AI optimisation",
            help="Let the service reword for timing.",
        ),
        Field(
            name="source_transcript",
            type=FieldType.SUBTITLE,
            label="Source SRT",
            help="SRT of the source: its text, or @ and a path; at most 2 MiB.",
            maximum=2 * MEBIBYTE,
        ),
        Field(
            name="target_transcripts",
            type=FieldType.SUBTITLES,
            label="Target SRTs",
            help="A line each: language=@path; languages among the targets, at most 100.",
            maximum=100,
        ),
        DICTIONARIES,
        *METADATA,
    ),
)

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

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (TTS, TRANSLATION, TRANSCRIPTION, DUBBING, STORY)}
"""Every kind, by name, in the order in which forms list them."""


def find_kind(name: str) -> Kind | None:
    """The kind of that name or short name, whatever its case."""
    wanted = name.strip().lower()
    return KINDS.get(wanted) or next((kind for kind in KINDS.values() if kind.short == wanted), None)
