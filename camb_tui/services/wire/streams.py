"""Streams: speech and translation as they come, with what they cost. An error in JSON is raised, never played."""

from __future__ import annotations

import codecs
from collections.abc import AsyncIterator, Mapping
from typing import Any

from camb_tui.domain.errors import NoAnswerError, RefusedError, UnreadableAnswerError
from camb_tui.domain.kinds import language_tag
from camb_tui.domain.text import one_line
from camb_tui.services.wire.answers import Answer, human_message, read_json, refusal, unreadable
from camb_tui.services.wire.texts import Masker
from camb_tui.services.wire.transport import Reply

JSON_TYPES = ("application/json", "application/problem+json")


class Stream:
    """What every stream says of itself before its first byte."""

    def __init__(self, reply: Reply, masker: Masker) -> None:
        self.content_type = one_line(reply.headers.get("content-type", ""), 100)
        self.credits: str | None = one_line(reply.headers.get("x-credits-required", ""), 40) or None
        """What the service says it costs."""
        self._reply = reply
        self._masker = masker


class SpeechStream(Stream):
    """Audio as it comes; iterate for chunks of bytes."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._reply.chunks():
            if chunk:
                yield chunk


class TextStream(Stream):
    """A translation as it comes; iterate for pieces of text, as the service wrote them."""

    async def __aiter__(self) -> AsyncIterator[str]:
        if is_json(self._reply):
            yield _lone_text(await self._reply.read(), self._masker)
            return
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        async for chunk in self._reply.chunks():
            if text := decoder.decode(chunk):
                yield text
        if text := decoder.decode(b"", final=True):
            yield text


def is_json(reply: Reply) -> bool:
    return reply.headers.get("content-type", "").partition(";")[0].strip().lower() in JSON_TYPES


async def check_speech(reply: Reply, masker: Masker, *, now: float) -> None:
    """Let audio pass.

    Raises:
        RefusedError: A refusal in JSON, whatever the status line says.
        UnreadableAnswerError: Text of any other sort.
    """
    content_type = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not is_json(reply) and not content_type.startswith("text/"):
        return
    answer = await reply.read()
    if is_json(reply):
        raise disguised(answer, read_json(answer, masker), masker, now=now)
    raise unreadable(answer, masker, "is no audio")


def disguised(answer: Answer, body: Any, masker: Masker, *, now: float) -> RefusedError | NoAnswerError:
    """The error behind JSON that came with a 2xx; its own `status` names the code, as some answers have it."""
    code = body.get("status") if isinstance(body, Mapping) else None
    if isinstance(code, int) and 400 <= code < 600:
        return refusal(answer._replace(code=code), masker, now=now)
    text = masker.line(human_message(body), 200)
    return UnreadableAnswerError(f"{answer.what} sent words where a stream was asked: {text}")


def _lone_text(answer: Answer, masker: Masker) -> str:
    body = read_json(answer, masker)
    if isinstance(body, str):
        return body
    if isinstance(body, int | float) and not isinstance(body, bool):
        return answer.content.decode("utf-8", "replace").strip()  # a text of digits only is JSON by accident
    raise disguised(answer, body, masker, now=0.0)


def speech_request(request: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a speech stream, whose language is a tag where the task's is an id."""
    body = _nested(request)
    if "language" in body:
        body["language"] = language_tag(body["language"])
    return body


def translation_request(request: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a translation stream, which takes one text where the task takes several."""
    body = _nested(request)
    texts = body.pop("texts", None)
    if texts and "text" not in body:
        body["text"] = "\n".join(texts)
    return body


def _nested(request: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for name, value in request.items():
        if value is None:
            continue
        outer, dot, inner = name.partition(".")
        if dot:
            body.setdefault(outer, {})[inner] = value
        else:
            body[name] = value
    return body
