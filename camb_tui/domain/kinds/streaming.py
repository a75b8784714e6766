"""Streaming twins: the kinds that answer at once on a route of their own, with the fields which that route takes.

A twin has its kind's name and a request of its own; it makes no task, so it has no status and no run. Fields are those
of the API's reference and of its official SDK.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from camb_tui.domain.kinds.catalogue import KINDS
from camb_tui.domain.kinds.fields import Choice, Field, FieldType, LanguageForm
from camb_tui.domain.kinds.kind import Kind

SPEECH_MODELS: Mapping[str, int] = {
    "mars-8.1-flash-beta": 48_000,
    "mars-8.1-pro-beta": 48_000,
    "mars-pro": 48_000,
    "mars-flash": 22_050,
    "mars-instruct": 22_050,
}
"""Every model and the sample rate it speaks at; the first is the service's default."""
SPEECH_FORMATS = (
    "mp3", "wav", "flac", "adts", "pcm_s16le", "pcm_s16be", "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_f32be",
)  # fmt: skip
"""Every format speech can be asked in; the first is the service's default."""


def _choice(name: str, label: str, help: str, values: tuple[str, ...], *, folded: bool) -> Field:  # noqa: A002
    choices = tuple(Choice(value, value) for value in values)
    return Field(
        name=name, type=FieldType.CHOICE, label=label, help=help, choices=choices, default=values[0], folded=folded
    )


def _number(name: str, label: str, help: str, low: float | None = None, high: float | None = None) -> Field:  # noqa: A002
    return Field(name=name, type=FieldType.NUMBER, label=label, help=help, minimum=low, maximum=high)


def _whole(name: str, label: str, help: str, low: float, high: float) -> Field:  # noqa: A002
    return Field(name=name, type=FieldType.INTEGER, label=label, help=help, minimum=low, maximum=high)


def _switch(name: str, label: str, help: str, default: bool | None = None) -> Field:  # noqa: A002
    return Field(name=name, type=FieldType.BOOLEAN, label=label, help=help, default=default)


_TTS, _TRANSLATION = KINDS["tts"], KINDS["translation"]

STREAM_FIELDS: Mapping[str, tuple[Field, ...]] = {
    "tts": (
        _TTS.field("text"),
        _TTS.field("voice_id"),
        msgspec.structs.replace(
            _TTS.field("language"), language=LanguageForm.TAG, help="Language of the text: search by tag, name or id."
        ),
        _choice("speech_model", "Model", "mars-flash is quick, mars-pro careful.", tuple(SPEECH_MODELS), folded=False),
        _choice("output_configuration.format", "Format", "Of the audio file.", SPEECH_FORMATS, folded=False),
        Field(
            name="user_instructions",
            type=FieldType.LINE,
            label="Instructions",
            help="How it is to be spoken; mars-instruct only.",
            minimum=1,
        ),
        _switch("enhance_named_entities_pronunciation", "Names", "Take more care with how names are pronounced."),
        _number("output_configuration.duration", "Duration", "Seconds it should take; left out, as long as it is.", 0),
        _switch("output_configuration.apply_enhancement", "Enhance", "Clean the finished audio.", default=True),
        _whole("output_configuration.sample_rate", "Sample rate", "Hertz; left out, the model's own.", 8_000, 48_000),
        _switch(
            "voice_settings.enhance_reference_audio_quality", "Clean voice", "Clean the voice's sample first.", False
        ),
        _switch("voice_settings.maintain_source_accent", "Keep accent", "Keep the accent of the voice's sample."),
        _switch("voice_settings.apply_ref_loudness_norm", "Even loudness", "Level the voice's sample first.", False),
        _number("voice_settings.speaking_rate", "Speaking rate", "How fast it is spoken; 1 is the voice's own.", 0),
        _number("inference_options.stability", "Stability", "0 to 1; MARS 8 only.", 0, 1),
        _number("inference_options.temperature", "Temperature", "0.01 to 4, more is more random.", 0.01, 4),
        _whole("inference_options.inference_steps", "Steps", "1 to 1,000; more take longer.", 1, 1000),
        _number("inference_options.speaker_similarity", "Similarity", "0 to 1, to the voice's sample.", 0, 1),
        _number("inference_options.localize_speaker_weight", "Localise", "How far the voice takes on the language."),
        _switch("inference_options.acoustic_quality_boost", "Boost quality", "Spend more on the sound."),
    ),
    "translation": (
        Field(
            name="text",
            type=FieldType.TEXT,
            label="Text",
            help="What is to be translated, as one text.",
            required=True,
            minimum=1,
        ),
        *(field for field in _TRANSLATION.fields if field.name not in ("texts", "age", "chosen_dictionaries")),
    ),
}
"""Fields of the streaming routes, by kind."""


def streaming(kind: Kind) -> Kind | None:
    """The twin of a kind as its streaming route takes it; None where it has none."""
    fields = STREAM_FIELDS.get(kind.name)
    if fields is None or kind.stream is None:
        return None
    return msgspec.structs.replace(kind, streamed=True, fields=fields, unit="text", bulk=None, result_query={})


_TWINS = {name: twin for name, kind in KINDS.items() if (twin := streaming(kind)) is not None}


def form_of(name: str, *, streamed: bool) -> Kind | None:
    """The kind of that name as it is asked for: as a task, or as a stream."""
    return _TWINS.get(name) if streamed else KINDS.get(name)
