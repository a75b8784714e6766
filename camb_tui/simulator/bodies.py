"""Bodies: from what came over the wire to the fields of a kind, in the types they have in JSON.

Reads JSON, multipart and url-encoded bodies, keeps uploads out of memory, and refuses bodies that are too large.
Whether the values fit is `validation`'s business.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from camb_tui.domain.kinds import Encoding, FieldType, Kind, read_fields
from camb_tui.simulator.answers import Invalid, Refusal, fault
from camb_tui.simulator.world import TEXT_SUFFIXES, Upload

LARGEST_JSON = 32 * 1024 * 1024
LARGEST_FILE = 1024 * 1024 * 1024
"""For kinds whose file has no documented limit."""
FORM_OVERHEAD = 1024 * 1024
TEXT_KEPT = 256 * 1024
"""So much of a text file is kept, to be narrated."""
ALIASES = {
    "transcription": {"file": "media_file", "audio_url": "media_url"},
    "audio-separation": {"audio_file": "media_file"},
}
"""Field names that are deprecated and still taken, by kind."""


def _limited(receive: Receive, headers: Sequence[tuple[bytes, bytes]], most: int) -> Receive:
    """`receive`, with a 413 as soon as the body is known to be larger than `most` bytes."""
    declared = next((value for name, value in headers if name == b"content-length"), b"0")
    if declared.isdigit() and int(declared) > most:
        raise Refusal(413, "Request entity too large")
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise Refusal(413, "Request entity too large")
        return message

    return limited


async def read_json(scope: Scope, receive: Receive) -> dict[str, Any]:
    """The object in a JSON body; nulls count as not given."""
    body = await Request(scope, _limited(receive, scope["headers"], LARGEST_JSON)).body()
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid([fault(("body", 0), "JSON decode error", "json_invalid", {})]) from None
    if not isinstance(document, dict):
        message = "Input should be a valid dictionary or object to extract fields from"
        raise Invalid([fault(("body",), message, "model_attributes_type", document)])
    return {name: value for name, value in document.items() if value is not None}


async def read_body(kind: Kind, scope: Scope, receive: Receive) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The fields of a create, by their catalogue names (`a.b` for nested ones), and what could not be read."""
    if kind.encoding is Encoding.JSON:
        return flat(kind, await read_json(scope, receive)), []
    most = max((int(field.maximum or LARGEST_FILE) for field in kind.fields if field.type is FieldType.FILE), default=0)
    request = Request(scope, _limited(receive, scope["headers"], most + FORM_OVERHEAD))
    try:
        async with request.form(max_part_size=FORM_OVERHEAD) as form:
            return await _read_form(kind, form.multi_items(), most)
    except (HTTPException, MultiPartException):
        raise Refusal(400, "There was an error parsing the body") from None


def flat(kind: Kind, document: dict[str, Any]) -> dict[str, Any]:
    """An object with the nested fields of a kind under their dotted names; what the kind does not know is dropped."""
    values: dict[str, Any] = {}
    for field in kind.fields:
        outer, dot, inner = field.name.partition(".")
        value = document.get(outer)
        if dot:
            value = value.get(inner) if isinstance(value, dict) else None
        elif field.type is FieldType.SUBTITLE and isinstance(value, dict):
            value = value.get("content")
        if value is not None:
            values[field.name] = value
    return values


async def _read_form(
    kind: Kind, items: Sequence[tuple[str, UploadFile | str]], most: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    aliases = ALIASES.get(kind.name, {})
    known = {field.name: field for field in kind.fields}
    outers = {name.partition(".")[0] for name in known if "." in name}
    values: dict[str, Any] = {}
    faults: list[dict[str, Any]] = []
    texts: dict[str, list[str]] = {}
    for given_name, value in items:
        name = aliases.get(given_name, given_name)
        if isinstance(value, UploadFile):
            if name in known and known[name].type is FieldType.FILE:
                values[name] = await _keep(value, most)
        elif name in outers:
            _add_nested(texts, faults, name, value)
        elif name in known and known[name].type is not FieldType.FILE:
            texts.setdefault(name, []).append(value)
    for name, given in texts.items():
        if name not in known:
            continue
        read, unread = read_fields(kind, {name: given})
        if name in read:
            values[name] = read[name]
        else:
            faults += [
                fault(("body", *name.split(".")), each.message, given=given) for each in unread if each.field == name
            ]
    return values, faults


def _add_nested(texts: dict[str, list[str]], faults: list[dict[str, Any]], name: str, value: str) -> None:
    """An object that comes as JSON text in a form field."""
    try:
        document = json.loads(value)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        faults.append(fault(("body", name), "must be a JSON object", given=value[:200]))
        return
    for inner, part in document.items():
        if part is not None:
            texts.setdefault(f"{name}.{inner}", []).append(str(part))


async def _keep(upload: UploadFile, most: int) -> Upload:
    size = upload.size or 0
    if size > most:
        raise Refusal(413, "Request entity too large")
    name = upload.filename or ""
    text = ""
    if name.lower().endswith(TEXT_SUFFIXES[0]):
        text = (await upload.read(TEXT_KEPT)).decode("utf-8", "replace")
    return Upload(name, size, text)
