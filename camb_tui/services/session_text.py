"""The text of the session file: one task as a canonical TOML block and back, and frames of blocks.

A *body* is what stands below a `[[task]]` line, as bytes, in the one form we write: a key a line, arrays one item a
line, strings on one line. A *frame* is one write: a comment with its length and CRC-32, then the bytes. Where the CRC
holds, the bytes are exactly what we wrote, so they may be cut at `[[task]]` lines (no string of ours spans lines) and
be read by the short reader here; anything else is for `session_reading`. Knows no file.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec

from camb_tui.domain.tasks import EPHEMERAL, Task, TaskStatus, read_status

VERSION: Final = 1
SEPARATOR: Final = b"\n[[task]]\n"
FRAME_START: Final = b"\n# camb-tui: "
FRAME: Final = re.compile(rb"\n?# camb-tui: ([0-9]{1,15}) bytes, crc32 ([0-9a-f]{8})(?=\n)")

_HEAD_FIELDS = ("key", "kind", "status", "archived", "pinned", "superseded_by", "part_of", "saved")
"""What views count by stands first, so that it can be had without reading the block."""
_TIMES = frozenset(
    {"created_at", "held_until", "submitted_at", "watched_from", "settled_at", "fetched_at", "result_missing_at"}
)
_REQUEST_JSON = "request_json"
"""Stands for `request` where TOML cannot hold it: a null, or nesting that no reader should be asked to follow."""
_DEEPEST = 20
_NO_LIMIT = 1000  # what tomllib read, it can read again
_LONGEST_INTEGER = 4000  # bits; Python refuses to read or write far longer ones in decimal
_SURROGATES = re.compile("[\ud800-\udfff]")


class Fields(NamedTuple):
    """A task as read, what of its block we do not know, and the names of fields whose values made no sense."""

    task: Task
    extras: dict[str, Any]
    unusable: tuple[str, ...]


class UnusableBlockError(ValueError):
    """A block without a key, a kind or a status."""


class _NotTomlError(ValueError):
    """A value that TOML cannot hold."""


# Frames


def frame(payload: bytes, *, first: bool) -> bytes:
    """The bytes of one write; `payload` starts with a line feed and ends with one."""
    start = FRAME_START[1:] if first else FRAME_START
    return start + b"%d bytes, crc32 %08x" % (len(payload), zlib.crc32(payload)) + payload


def join_bodies(bodies: Iterable[bytes]) -> bytes:
    """The payload that holds these bodies."""
    return b"".join(part for body in bodies for part in (SEPARATOR, body))


def frame_at(data: bytes, start: int) -> tuple[int, int] | None:
    """Where the payload of the frame at `start` begins and ends, if there is one and its CRC holds."""
    match = FRAME.match(data, start)
    if match is None:
        return None
    begin, end = match.end(), match.end() + int(match[1])
    if end > len(data) or zlib.crc32(memoryview(data)[begin:end]) != int(match[2], 16):
        return None
    return begin, end


def frames(data: bytes, start: int = 0) -> Iterator[tuple[int, int]]:
    """The payloads of the frames that follow each other from `start` on, up to the first that does not hold."""
    while (found := frame_at(data, start)) is not None:
        yield found
        start = found[1]


def is_torn(rest: bytes) -> bool:
    """True where what follows the last frame can be the beginning of another one, cut short."""
    match = FRAME.match(rest)
    if match is not None:
        return match.end() + int(match[1]) > len(rest)
    return b"\n" not in rest[1:] and rest.startswith(FRAME_START[: len(rest)])


# Writing


def encode_body(task: Task, extras: Mapping[str, Any] | None = None) -> bytes:
    """The canonical body of a task, with the keys of its block that we do not know."""
    import tomli_w  # only a start that saves something pays for it

    head: list[str] = []
    tables: dict[str, Any] = {}
    for name, value in _written_fields(task, extras or {}):
        if isinstance(value, dict):
            tables[name] = value
            continue
        line = tomli_w.dumps({name: value})
        if line.startswith("[["):  # long tables in a list; tomli_w decides so by their length
            tables[name] = value
        else:
            head.append(line)
    text = "".join(head)
    if tables:
        text += "\n" + tomli_w.dumps({"task": tables})
    return text.encode()


def encode_top(extras: Mapping[str, Any]) -> bytes:
    """What stands above the first task: the version and the top-level keys that we do not know."""
    import tomli_w

    return (
        b"\n"
        + tomli_w.dumps(
            {"version": VERSION, **{name: _plain(value, deepest=_NO_LIMIT) for name, value in extras.items()}}
        ).encode()
    )


def _written_fields(task: Task, extras: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, default in _defaults():
        value = getattr(task, name)
        if value is None or value == default:
            continue
        if name == "request":
            try:
                yield name, _plain(value)
            except _NotTomlError:
                yield _REQUEST_JSON, _json(value)
        elif name in _TIMES:
            yield name, _written_time(value)
        elif name == "faults":
            yield name, [{"field": _plain(field), "message": _plain(message)} for field, message in value]
        elif name == "uploads":
            yield name, [_plain(msgspec.structs.asdict(upload)) for upload in value]
        else:
            yield name, _plain(value)
    for name, value in extras.items():
        yield _clean(name), _plain(value, deepest=_NO_LIMIT)


@cache
def _defaults() -> tuple[tuple[str, Any], ...]:
    """Names of the fields that are written, in order, with the value that need not be written."""
    fields = {field.name: field for field in msgspec.structs.fields(Task)}
    names = [*_HEAD_FIELDS, *(name for name in fields if name not in _HEAD_FIELDS and name not in EPHEMERAL)]
    return tuple((name, _default(fields[name])) for name in names)


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def _clean(text: str) -> str:
    """The text with lone surrogates, which UTF-8 cannot hold, replaced."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def _written_time(seconds: float) -> datetime | float:
    """A time people can read, to the microsecond; the bare number where no calendar holds it."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return seconds


def _json(request: Any) -> str:
    try:
        return _clean(json.dumps(request, ensure_ascii=False, default=str))
    except (ValueError, RecursionError):  # no JSON that a reader would follow: one request must not stop all saving
        return json.dumps({"unwritable": f"a request with {len(request)} fields"})


def _plain(value: Any, *, deepest: int = _DEEPEST) -> Any:  # JSON and TOML values are of any type
    """The same value in types that TOML has.

    Raises:
        _NotTomlError: There is a null in it, or more nesting than `deepest`.
    """
    if value is None or deepest < 0:
        raise _NotTomlError
    if isinstance(value, str):
        return _clean(str(value))  # an enum's word is written as a word
    if isinstance(value, bool | float | datetime | date | time):
        return value
    if isinstance(value, int):
        return value if value.bit_length() <= _LONGEST_INTEGER else hex(value)
    if isinstance(value, Mapping):
        return {_clean(str(name)): _plain(item, deepest=deepest - 1) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, deepest=deepest - 1) for item in value]
    return _clean(str(value))


# Reading


def decode_body(body: bytes) -> dict[str, Any]:
    """The keys and values of one block.

    Raises:
        ValueError: It is not TOML, or not the text of one block (`tomllib.TOMLDecodeError`, `UnicodeDecodeError`).
    """
    text = body.decode()
    try:
        return _read_canonical(text)
    except (NotCanonicalError, ValueError, IndexError):
        return parse_body(text)


def parse_body(text: str) -> dict[str, Any]:
    """`decode_body` by tomllib alone, for text that may not be canonical."""
    import tomllib

    parsed = tomllib.loads("[[task]]\n" + text)
    if len(parsed) != 1 or len(parsed["task"]) != 1:
        raise ValueError("more than one block")
    block: dict[str, Any] = parsed["task"][0]
    return block


class NotCanonicalError(Exception):
    """The short reader does not know this form; tomllib may."""


def _read_canonical(text: str) -> dict[str, Any]:
    block: dict[str, Any] = {}
    table = block
    lines = iter(text.split("\n"))
    for line in lines:
        name, equals, value = line.partition(" = ")
        if equals:
            if name[0] == '"':
                raise NotCanonicalError
            if value[0] == '"' and "\\" not in value:  # as most are
                table[name] = value[1:-1]
            else:
                table[name] = _read_array(lines) if value == "[" else read_value(value)
        elif line == "[task.request]":
            table = block["request"] = {}
        elif line == "[[task.uploads]]":
            table = {}
            block.setdefault("uploads", []).append(table)
        elif line:
            raise NotCanonicalError
    return block


def read_value(value: str) -> Any:
    """A value that stands on one line of a canonical body."""
    first = value[0]
    if first == '"':
        if "\\" not in value:
            return value[1:-1]
        return json.loads(value, strict=False)  # the escapes tomli_w writes are JSON's too
    if value == "true":
        return True
    if value == "false":
        return False
    if first in "-0123456789":
        if value[4:5] == "-":
            return datetime.fromisoformat(value)
        return int(value) if "." not in value and "e" not in value else float(value)
    if value == "[]":
        return []
    raise NotCanonicalError


def _read_array(lines: Iterator[str]) -> list[Any]:
    items: list[Any] = []
    for line in lines:
        if line == "]":
            return items
        items.append(read_value(line[4:-1]))  # four spaces before, a comma behind
    raise NotCanonicalError


def task_from(block: dict[str, Any], *, now: float) -> Fields:
    """The task a block describes; `now` stands in for a time of creation nobody wrote.

    A word that is no status of ours keeps its task, as UNKNOWN. A field whose value makes no sense is left out.

    Raises:
        UnusableBlockError: It has no key, kind or status to speak of.
    """
    if not all(isinstance(block.get(name), str) and block[name] for name in ("key", "kind", "status")):
        raise UnusableBlockError
    unknown = block.keys() - _known_fields().keys()
    values = {name: value for name, value in block.items() if name not in unknown} if unknown else dict(block)
    for name in _READ_OTHERWISE & values.keys():
        values[name] = _read_field(name, values[name])
    if _REQUEST_JSON in block:
        values["request"] = _read_json(block[_REQUEST_JSON])
    word = block["status"]
    if word not in _STATUSES:
        values["status"] = read_status(word)
        if values["status"] is TaskStatus.UNKNOWN:
            values["word"] = word
    values.setdefault("created_at", values.get("submitted_at", now))
    extras = {name: block[name] for name in block if name in unknown and name not in _SET_APART} if unknown else {}
    try:
        return Fields(msgspec.convert(values, Task), extras, ())
    except msgspec.ValidationError:
        return _task_from_usable(values, extras, now=now)


_STATUSES = frozenset(status.value for status in TaskStatus)
_READ_OTHERWISE = frozenset({*_TIMES, "faults", "request"})
_SET_APART = frozenset({*EPHEMERAL, _REQUEST_JSON})


@cache
def _known_fields() -> Mapping[str, Any]:
    """The fields that are written, with their types."""
    return {field.name: field.type for field in msgspec.structs.fields(Task) if field.name not in EPHEMERAL}


def _task_from_usable(values: dict[str, Any], extras: dict[str, Any], *, now: float) -> Fields:
    usable: dict[str, Any] = {"created_at": now}
    unusable = []
    for name, value in values.items():
        try:
            usable[name] = msgspec.convert(value, _known_fields()[name])
        except msgspec.ValidationError:
            unusable.append(name)
    return Fields(Task(**usable), extras, tuple(unusable))


def _read_field(name: str, value: Any) -> Any:
    if name in _TIMES:
        if isinstance(value, datetime):
            return (value if value.tzinfo is not None else value.replace(tzinfo=UTC)).timestamp()
    elif name == "faults" and isinstance(value, list):
        return [(fault.get("field"), fault.get("message")) if isinstance(fault, dict) else fault for fault in value]
    elif name == "request":
        return _without_dates(value)
    return value


def _read_json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return text  # no object, so it is reported as unusable


def _without_dates(value: Any) -> Any:
    """A request holds JSON values; a date somebody wrote into one becomes its text."""
    if isinstance(value, dict):
        return {name: _without_dates(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_dates(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value
