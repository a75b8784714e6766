"""Streams: /tts-stream and its translating sister, which answer at once and make no task.

Their fields are those of the catalogue's streaming twins.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Iterable

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope

from camb_tui.domain.kinds import Kind, form_of
from camb_tui.domain.kinds.streaming import SPEECH_MODELS
from camb_tui.simulator.answers import Invalid, fault
from camb_tui.simulator.audio import FORMATS, find_format, slots_of
from camb_tui.simulator.audio.syllables import voice_of
from camb_tui.simulator.bodies import flat, read_json
from camb_tui.simulator.translating import translate
from camb_tui.simulator.validation import check

FIRST_CHUNK = 0.3
"""Seconds until a stream begins, before `speed`."""
PER_CHUNK = 0.02
WORDS_A_CHUNK = 3


def _twin(name: str) -> Kind:
    twin = form_of(name, streamed=True)
    assert twin is not None
    return twin


SPEECH, TRANSLATION = _twin("tts"), _twin("translation")


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
        model = values.get("speech_model", next(iter(SPEECH_MODELS)))
        rate = values.get("output_configuration.sample_rate", SPEECH_MODELS[model])
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
