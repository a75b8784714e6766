"""Answers of the service, read: from a code, headers and bytes to our values and our errors. Knows no httpx."""

from __future__ import annotations

import datetime
import email.utils
import http
import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from camb_tui.domain.errors import (
    KeyRefusedError,
    PaymentRequiredError,
    RateLimitedError,
    RefusedError,
    RejectedError,
    ServerTroubleError,
    UnreadableAnswerError,
)
from camb_tui.domain.kinds import Kind, Language, ResultShape
from camb_tui.domain.life import StatusAnswer
from camb_tui.domain.results import MisshapenError, Result, is_link, read_result
from camb_tui.domain.text import one_line
from camb_tui.services.changes import Voice
from camb_tui.services.wire.texts import Masker, is_plain
from camb_tui.services.wire.values import Accepted

MESSAGE = 500
QUOTE = 200
MOST_FAULTS = 20
LONGEST_WAIT = 86_400.0
REJECTED = frozenset({400, 404, 405, 413, 415, 422})
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


class Answer(NamedTuple):
    """One answer, read whole."""

    what: str
    """The request in words, such as `GET /tts/7f3a`."""
    code: int
    headers: Mapping[str, str]
    """By lower-case name."""
    content: bytes
    link: bool
    """Asked without the key, so that 401 and 403 say nothing about it."""


def read_json(answer: Answer, masker: Masker) -> Any:
    """The JSON of a 2xx, out of the `payload` wrapper of older servers.

    Raises:
        UnreadableAnswerError: It is no JSON.
    """
    try:
        body = msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise unreadable(answer, masker, "is not JSON") from error
    if isinstance(body, dict) and len(body) == 1 and "payload" in body:
        return body["payload"]
    return body


def unreadable(answer: Answer, masker: Masker, why: str) -> UnreadableAnswerError:
    """The error for a 2xx we cannot use, quoting its beginning."""
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type.startswith(("audio/", "video/")):
        quoted = f"{content_type}, {len(answer.content):,} bytes"
    else:
        text = answer.content[: QUOTE * 40].decode("utf-8", "replace")
        quoted = masker.line(text, QUOTE) or "an empty body"
    return UnreadableAnswerError(f"the answer {answer.code} to {answer.what} {why}: {quoted}")


def refusal(answer: Answer, masker: Masker, *, now: float, kind: Kind | None = None) -> RefusedError:
    """The error behind an answer that is no 2xx."""
    code = answer.code
    body = _lenient_json(answer.content)
    human = human_message(body) if body is not None else _plain(answer.content)
    tail = f"({code} to {answer.what})"
    text = f"{masker.line(human or _phrase(code), MESSAGE - 1 - len(tail))} {tail}"
    if answer.link and code in (401, 402, 403, 410):
        return RejectedError(f"the link has died or is not for us: {text}", code=code)
    if code in REJECTED:
        return RejectedError(text, code=code, faults=[(f, masker.line(m, QUOTE)) for f, m in _faults(body, kind)])
    if code in (401, 403):
        return KeyRefusedError(text, code=code)
    if code == 402:
        return PaymentRequiredError(text, code=code)
    wait = retry_after(answer.headers, now=now)
    if code == 429:
        return RateLimitedError(text, retry_after=wait)
    return ServerTroubleError(text, code=code, retry_after=wait)


def retry_after(headers: Mapping[str, str], *, now: float) -> float | None:
    """Seconds the service asks us to wait, between 0 and a day; None where it does not say.

    A date is held against the answer's own `Date`, since clocks differ, else against `now`.
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        until = _http_date(text)
        if until is None:
            return None
        since = _http_date(headers.get("date", ""))
        seconds = until - (since if since is not None else now)
    return min(max(seconds, 0.0), LONGEST_WAIT) if math.isfinite(seconds) else None


def _http_date(text: str) -> float | None:
    try:
        found = email.utils.parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=datetime.UTC)
    return found.timestamp()


def human_message(body: Any) -> str:
    """The words meant for a person: `detail` (text or list of faults), `message`, `error`, else the JSON."""
    if isinstance(body, str):
        return body
    if isinstance(body, Mapping):
        for name in ("detail", "message", "error", "msg"):
            found = body.get(name)
            if isinstance(found, list) and found:
                return "; ".join(_located(item) for item in found[:MOST_FAULTS])
            if isinstance(found, str | Mapping) and found:
                return human_message(found)
    return "" if body in (None, {}, []) else msgspec.json.encode(body).decode("utf-8", "replace")


def _located(item: Any) -> str:
    if not isinstance(item, Mapping):
        return human_message(item)
    path = ".".join(str(part) for part in _location(item))
    message = _fault_text(item)
    return f"{path}: {message}" if path else message


def _fault_text(item: Mapping[str, Any]) -> str:
    text = str(item.get("msg") or item.get("message") or "is not valid")
    return text.removeprefix("Value error, ")  # the validator's own prefix tells a person nothing


def _location(item: Mapping[str, Any]) -> list[Any]:
    found = item.get("loc")
    parts = list(found) if isinstance(found, list) else []
    return parts[1:] if parts and parts[0] in ("body", "query", "path", "header") else parts


def _faults(body: Any, kind: Kind | None) -> list[tuple[str, str]]:
    detail = body.get("detail") if isinstance(body, Mapping) else None
    if not isinstance(detail, list):
        return []
    faults = []
    for item in detail[:MOST_FAULTS]:
        if not isinstance(item, Mapping):
            continue
        parts = _location(item)
        message = _fault_text(item)
        at = next((part for part in parts if isinstance(part, int) and not isinstance(part, bool)), None)
        if at is not None:
            message = f"item {at + 1}: {message}"
        faults.append((_field_name([part for part in parts if isinstance(part, str)], kind), message))
    return faults


def _field_name(parts: list[str], kind: Kind | None) -> str:
    """The catalogue's name for a fault's place, which may go on below the field (the branch of a union)."""
    known = {field.name for field in kind.fields} if kind is not None else set()
    for end in range(len(parts), 0, -1):
        if ".".join(parts[:end]) in known:
            return ".".join(parts[:end])
    return one_line(parts[0], 100) if parts else ""


def _lenient_json(content: bytes) -> Any:
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def _plain(content: bytes) -> str:
    text = content[:16_000].decode("utf-8", "replace")
    if text.lstrip().startswith("<"):  # a gateway's page
        title = _TITLE.search(text)
        text = title[1] if title else _TAG.sub(" ", text)
    return text.strip()


def _phrase(code: int) -> str:
    try:
        return http.HTTPStatus(code).phrase
    except ValueError:
        return "no reason given"


def read_accepted(answer: Answer, masker: Masker, kind: Kind) -> Accepted:
    """The task id in a create's answer; for a kind that may answer at once, the result there instead will do.

    Raises:
        PaymentRequiredError: The service says in a 2xx that it wants credits first, and gives no id.
        UnreadableAnswerError: There is no task id to be found.
    """
    body = read_json(answer, masker)
    found = body.get("task_id") if isinstance(body, Mapping) else None
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if isinstance(found, str) and 0 < len(found) <= 500 and is_plain(found):
        return Accepted(found)
    if isinstance(body, Mapping):
        if not found and kind.repeats_create and isinstance(body.get("output_url"), str):
            return Accepted("")
        words = {str(body.get(name) or "").upper() for name in ("status", "exception_reason")}
        if not found and "PAYMENT_REQUIRED" in words:
            raise PaymentRequiredError(f"out of credits (at {answer.what})", code=answer.code)
    raise unreadable(answer, masker, "has no task_id")


def read_status_answer(answer: Answer, masker: Masker) -> StatusAnswer:
    """What the service says about a task; a bare word will do.

    Raises:
        UnreadableAnswerError: It says no status.
    """
    body = read_json(answer, masker)
    if isinstance(body, str):
        body = {"status": body}
    word = body.get("status") if isinstance(body, Mapping) else None
    if not isinstance(word, str) or not word.strip():
        raise unreadable(answer, masker, "has no status")
    assert isinstance(body, Mapping)
    reason = body.get("exception_reason")
    reason = one_line(reason, 100) if isinstance(reason, str) else None
    message = body.get("message")
    return StatusAnswer(
        word=masker.line(word, 60),
        run_id=whole_number(body.get("run_id")),
        exception_reason=None if not reason or reason.upper() == "NONE" else reason,
        message=masker.line(human_message(message), MESSAGE) or None,
    )


def whole_number(value: Any) -> int | None:
    """The whole number in a JSON value, also where it came as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    return None


def read_result_answer(answer: Answer, masker: Masker, shape: ResultShape, *more: Answer) -> Result:
    """The result in a result route's answer; what `more` routes say of the run is part of it.

    Raises:
        UnreadableAnswerError: It is no result of this shape.
    """
    body = read_json(answer, masker)
    for other in more:
        rest = read_json(other, masker)
        if isinstance(body, Mapping) and isinstance(rest, Mapping):
            body = {**rest, **body}
    try:
        return read_result(shape, body)
    except (MisshapenError, OverflowError, RecursionError) as error:
        raise unreadable(answer, masker, f"is no result of this kind ({error})") from error


def read_transcript(answer: Answer, masker: Masker) -> str:
    """The text of a transcript that was asked for as text: in JSON under whatever name, or the body itself.

    Raises:
        UnreadableAnswerError: It is something else.
    """
    body = _lenient_json(answer.content)
    if isinstance(body, Mapping):
        body = body.get("transcript") or next(iter(body.values()), None)
        if not isinstance(body, str):
            raise unreadable(answer, masker, "is no transcript")
    text = body if isinstance(body, str) else answer.content.decode("utf-8", "replace")
    if is_link(text.strip()):
        raise unreadable(answer, masker, "is a link in place of a transcript")
    return text


def read_bulk(answer: Answer, masker: Masker, kind: Kind) -> dict[int, Result]:
    """The results in a bulk answer by run id, without those it leaves out or that we cannot read."""
    body = read_json(answer, masker)
    if isinstance(body, Mapping) and set(body) == {"results"}:
        body = body["results"]
    if isinstance(body, list):
        entries: list[tuple[Any, Any]] = [(item.get("run_id"), item) for item in body if isinstance(item, Mapping)]
    elif isinstance(body, Mapping):
        entries = list(body.items())
    else:
        raise unreadable(answer, masker, "is no set of results")
    whole = "include_transcript" not in kind.result_query  # else an entry without it tells less than its own route
    found: dict[int, Result] = {}
    for key, entry in entries:
        run_id = whole_number(key)
        if run_id is None or not (whole or (isinstance(entry, Mapping) and "transcript" in entry)):
            continue
        try:
            found[run_id] = read_result(kind.result, entry)
        except (MisshapenError, OverflowError, RecursionError):
            continue
    return found


def read_voices(answer: Answer, masker: Masker) -> list[Voice]:
    """The voices of the account, without entries that have no id."""
    voices = []
    for item in _items(answer, masker, "voices"):
        number = whole_number(item.get("id"))
        if number is None:
            continue
        language = item.get("language")
        voices.append(
            Voice(
                id=number,
                name=one_line(str(item.get("voice_name") or item.get("name") or f"voice {number}"), 200),
                language=one_line(language, 40) if isinstance(language, str) else whole_number(language),
                gender=whole_number(item.get("gender")),
                age=whole_number(item.get("age")),
                description=one_line(str(item.get("description") or ""), MESSAGE),
            )
        )
    return voices


def read_languages(answer: Answer, masker: Masker) -> list[Language]:
    """The languages of a list, tags in lower case, without entries that have no tag."""
    languages = []
    for item in _items(answer, masker, "languages"):
        tag = item.get("short_name")
        if isinstance(tag, str) and tag.strip():
            name = item.get("language")
            tag = one_line(tag, 40).lower()
            languages.append(Language(whole_number(item.get("id")), tag, one_line(str(name or tag), 100)))
    return languages


def _items(answer: Answer, masker: Masker, name: str) -> list[Mapping[str, Any]]:
    body = read_json(answer, masker)
    if isinstance(body, Mapping):
        body = body.get(name, body.get("payload"))
    if not isinstance(body, list):
        raise unreadable(answer, masker, f"is no list of {name}")
    return [item for item in body if isinstance(item, Mapping)]
