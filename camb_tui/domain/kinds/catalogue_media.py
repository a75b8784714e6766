"""The kinds that work on films and recordings."""

from __future__ import annotations

from camb_tui.domain.kinds.common_fields import DICTIONARIES, MEBIBYTE, METADATA, SOURCE_LANGUAGE, TRANSCRIPTION_MODE
from camb_tui.domain.kinds.fields import Field, FieldType
from camb_tui.domain.kinds.kind import Encoding, Kind, ResultShape, Routes

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
