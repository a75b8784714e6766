"""Streams: /tts-stream and its translating sister, which answer at once and make no task.

Their fields are not those of the tasks, so they are described here, in the catalogue's own terms.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope

from camb_tui.domain.kinds import KINDS, Choice, Field, FieldType, Kind, LanguageForm
from camb_tui.simulator.answers import Invalid, fault
from camb_tui.simulator.audio import FORMATS, find_format, slots_of
from camb_tui.simulator.audio.syllables import voice_of
from camb_tui.simulator.bodies import flat, read_json
from camb_tui.simulator.translating import translate
from camb_tui.simulator.validation import check

MODELS = {
    "mars-8.1-flash-beta": 48_000,
    "mars-8.1-pro-beta": 48_000,
    "mars-pro": 48_000,
    "mars-flash": 22_050,
    "mars-instruct": 22_050,
}
"""Every model and the sample rate it speaks at; the first is the default."""
OTHER_FORMATS = ("adts",)
FIRST_CHUNK = 0.3
"""Seconds until a stream begins, before `speed`."""
PER_CHUNK = 0.02
WORDS_A_CHUNK = 3


def _choice(name: str, *values: str) -> Field:
    choices = tuple(Choice(value, value) for value in values)
    return Field(name=name, type=FieldType.CHOICE, label=name, help="", choices=choices)


def _number(name: str, low: float, high: float, kind: FieldType = FieldType.NUMBER) -> Field:
    return Field(name=name, type=kind, label=name, help="", minimum=low, maximum=high)


SPEECH = replace(
    KINDS["tts"],
    fields=(
        KINDS["tts"].field("text"),
        KINDS["tts"].field("voice_id"),
        replace(KINDS["tts"].field("language"), language=LanguageForm.TAG),
        _choice("speech_model", *MODELS),
        _choice("output_configuration.format", *FORMATS, *OTHER_FORMATS),
        _number("output_configuration.sample_rate", 8000, 48_000, FieldType.INTEGER),
        _number("inference_options.stability", 0, 1),
        _number("inference_options.temperature", 0.01, 4),
        _number("inference_options.inference_steps", 1, 1000, FieldType.INTEGER),
        _number("inference_options.speaker_similarity", 0, 1),
    ),
)
TRANSLATION = replace(
    KINDS["translation"],
    fields=(
        Field(name="text", type=FieldType.TEXT, label="Text", help="", required=True, minimum=1),
        *(field for field in KINDS["translation"].fields if field.name != "texts"),
    ),
)


async def stream(kind: Kind, scope: Scope, receive: Receive, speed: float) -> Response:
    """The answer of a kind's streaming route."""
    document = await read_json(scope, receive)
    if kind.name == "tts":
        values = check(SPEECH, flat(SPEECH, document), [])
        name = values.get("output_configuration.format", "mp3")
        form = find_format(name)
        if form is None:
            message = f"the simulator does not make {name}; it makes {', '.join(FORMATS)}"
            raise Invalid([fault(("body", "output_configuration", "format"), message, given=name)])
        model = values.get("speech_model", next(iter(MODELS)))
        rate = values.get("output_configuration.sample_rate", MODELS[model])
        chunks: Iterable[bytes] = form.encode(slots_of(values["text"]), voice_of(values["voice_id"]), rate)
        media_type = form.media_type
    else:
        values = check(TRANSLATION, flat(TRANSLATION, document), [])
        chunks = _in_words(translate(values["text"], values["target_language"]))
        media_type = "text/event-stream"
    headers = {"X-Credits-Required": str(max(1, math.ceil(len(values["text"]) / 10)))}
    return StreamingResponse(_paced(chunks, speed), 200, headers, media_type)


def _in_words(text: str) -> Iterable[bytes]:
    words = text.split(" ")
    for start in range(0, len(words), WORDS_A_CHUNK):
        piece = " ".join(words[start : start + WORDS_A_CHUNK])
        yield (piece if start == 0 else " " + piece).encode("utf-8", "replace")


async def _paced(chunks: Iterable[bytes], speed: float) -> AsyncIterator[bytes]:
    """The chunks as a service at work would send them."""
    wait = FIRST_CHUNK
    for chunk in chunks:
        await asyncio.sleep(wait / speed)
        yield chunk
        wait = PER_CHUNK
