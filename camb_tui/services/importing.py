"""Importing: rows of a CSV, TSV, JSONL or TOML file made into submissions, with the faults of each row.

A row has a column a field of its kind, and may have `kind`, `label` and `tags`. How a cell is read:

- An empty cell is a field not given.
- Several values stand in one cell, separated by `;` or `|` (languages and numbers: `,` too); several `texts` are
  separated by line breaks. JSONL and TOML may hold lists instead, whose texts are taken whole.
- Several languages in a single-target field (`language` of tts, `target_language` of translation) make a task each.
- `@FILE` takes the text of a file; `@@` is a plain `@`. SRT texts by language are `fr=@FILE`.
- Paths are relative to the import file's folder, or to the current one for standard input.

Nothing is sent here. Commands (`field=value`) are read by the same rules.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from camb_tui.domain.errors import UsageError
from camb_tui.domain.kinds import KINDS, Fault, Field, FieldType, Kind, find_kind, form_of, read_fields
from camb_tui.domain.submissions import Submission, spread
from camb_tui.domain.tasks import Upload
from camb_tui.domain.text import one_line
from camb_tui.services.uploads import describe_upload, full_path, read_text_file

FORMATS = ("csv", "tsv", "jsonl", "toml")
LARGEST_IMPORT = 64 * 1024 * 1024
LARGEST_TEXT = 16 * 1024 * 1024
OWN_COLUMNS = ("kind", "label", "tags")
_SEPARATORS = re.compile(r"[;|]")
_SEPARATORS_AND_COMMA = re.compile(r"[;|,]")
_TEXT_TYPES = frozenset({FieldType.LINE, FieldType.TEXT, FieldType.TEXTS, FieldType.SUBTITLE})


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the submissions it makes (none where it has faults), and what is wrong with it."""

    number: int
    """The line it starts on in CSV, TSV and JSONL; its count from 1 in TOML."""
    submissions: tuple[Submission, ...]
    faults: tuple[Fault, ...]


Record = tuple[int, Mapping[str, Any] | str]  # cells of any JSON or TOML type by column, or why there are none


class _NoTextError(Exception):
    """An @FILE that cannot be taken."""


def read_rows(text: str, form: str, *, kind: str | None = None, folder: Path) -> list[Row]:
    """Every row of an import, in order.

    Args:
        text: The whole file.
        form: One of `FORMATS`.
        kind: The kind of rows that name none.
        folder: What paths are relative to.

    Raises:
        UsageError: The file as a whole cannot be read.
    """
    text = text.removeprefix("\ufeff")
    match form:
        case "csv" | "tsv":
            records = _table_records(text, "\t" if form == "tsv" else None)
        case "jsonl":
            records = _json_records(text)
        case "toml":
            records = _toml_records(text)
        case _:
            raise UsageError(f'"{form}" is no import format; there are {", ".join(FORMATS)}')
    return [_row(number, record, kind, folder) for number, record in records]


def read_file(path: Path, *, form: str | None = None, kind: str | None = None) -> list[Row]:
    """Every row of an import file; its format is told by its name, else by its content.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_IMPORT + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    suffix = path.suffix.lower().removeprefix(".")
    known = {"ndjson": "jsonl", "json": None}.get(suffix, suffix if suffix in FORMATS else None)
    return read_data(data, str(path), form=form or known, kind=kind, folder=path.absolute().parent)


def read_data(data: bytes, name: str, *, form: str | None, kind: str | None, folder: Path) -> list[Row]:
    """Every row of what was read from a file or from standard input; `name` says in errors what it was.

    Raises:
        UsageError: It is too large, no UTF-8, or not in its format.
    """
    if len(data) > LARGEST_IMPORT:
        raise UsageError(f"{name} is larger than {LARGEST_IMPORT // 2**20} MiB; import it in parts")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8 text: {error.reason} at byte {error.start}") from error
    try:
        return read_rows(text, form or guess_format(text), kind=kind, folder=folder)
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from error


def guess_format(text: str) -> str:
    """The format of a text whose name does not tell it."""
    first = next((line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    if first.startswith("{"):
        return "jsonl"
    if re.match(r"\[\[?\s*[\w.\"-]+\s*\]\]?$|[\w-]+\s*=\s*\S", first):
        return "toml"
    return "tsv" if "\t" in first else "csv"


def read_words(kind: Kind, words: Sequence[str], *, folder: Path) -> Row:
    """The row that `field=value` words of a command make; a repeated field is a list.

    Raises:
        UsageError: A word has no `=`.
    """
    record: dict[str, Any] = {}
    for word in words:
        name, mark, value = word.partition("=")
        if not mark or not name.strip():
            raise UsageError(f'"{one_line(word, 60)}" is not field=value')
        record.setdefault(name.strip(), []).append(value)
    return _row(
        1,
        {name: values if len(values) > 1 else values[0] for name, values in record.items()},
        kind.name,
        folder,
        streamed=kind.streamed,
    )


def _table_records(text: str, delimiter: str | None) -> Iterator[Record]:
    header = next((line for line in text.splitlines() if line.strip()), "")
    if delimiter is None:  # spreadsheets of many countries write `;` and call it CSV
        delimiter = ";" if ";" in header and "," not in header else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    previous = csv.field_size_limit(LARGEST_TEXT)
    try:
        names: list[str] | None = None
        line = 1
        for cells in reader:
            started, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if names is None:
                names = _column_names(cells)
                continue
            if len(cells) > len(names):
                yield started, f"has {len(cells)} cells, but there are {len(names)} columns"
                continue
            yield started, dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise UsageError(f"line {reader.line_num} is not CSV: {error}") from error
    finally:
        csv.field_size_limit(previous)


def _column_names(cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise UsageError(f'two columns are called "{one_line(twice[0], 60)}"')
    return names


def _json_records(text: str) -> Iterator[Record]:
    # Only \n ends a line here: splitlines() would also cut at characters that JSON allows inside a text.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, f"is not JSON: {error}"
            continue
        yield number, record if isinstance(record, dict) else "is no JSON object"


def _toml_records(text: str) -> Iterator[Record]:
    """The tables of the file's one array of tables, whatever it is called; the file itself where it has none."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"it is not TOML: {error}") from error
    arrays = {
        name: value
        for name, value in document.items()
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
        and name != "target_transcripts"
    }  # fmt: skip
    if len(arrays) > 1:
        raise UsageError(f"it has several lists of rows: {', '.join(map(str, arrays))}; keep one")
    rows = next(iter(arrays.values()), [document] if document else [])
    shared = {name: value for name, value in document.items() if name not in arrays} if arrays else {}
    for number, row in enumerate(rows, start=1):
        yield number, {**shared, **row}


def _row(
    number: int, record: Mapping[str, Any] | str, default_kind: str | None, folder: Path, *, streamed: bool = False
) -> Row:
    if isinstance(record, str):
        return Row(number, (), (Fault("", record),))
    named = _line(record.get("kind")) or default_kind or ""
    kind = find_kind(named)
    if kind is None:
        known = ", ".join(KINDS)
        message = f'there is no kind "{one_line(named, 40)}"; there are {known}' if named else f"is needed: {known}"
        return Row(number, (), (Fault("kind", message),))
    kind = form_of(kind.name, streamed=streamed) or kind
    raw, whole, faults = _read_cells(kind, record, folder)
    requests, more = _requests(kind, raw, {fault.field for fault in faults})
    faults += more
    # Only the batch field differs between the requests of one row, so they share their files.
    uploads, missing = _uploads(kind, requests[0])
    faults += missing
    if faults:
        return Row(number, (), tuple(dict.fromkeys(faults)))
    label = _line(record.get("label"))
    tags = tuple(tag.strip() for text in _items(record.get("tags")) for tag in _split_list(text) if tag.strip())
    made = (
        Submission(kind.name, {**request, **whole}, label, tags, uploads, streamed=kind.streamed)
        for request in requests
    )
    return Row(number, tuple(made), ())


def _read_cells(
    kind: Kind, record: Mapping[str, Any], folder: Path
) -> tuple[dict[str, list[str]], dict[str, list[str]], list[Fault]]:
    """Texts by field as `read_fields` takes them; lists of texts to be taken whole; what could not be read."""
    fields = {field.name: field for field in kind.fields}
    raw: dict[str, list[str]] = {}
    whole: dict[str, list[str]] = {}
    faults: list[Fault] = []
    for name, value in _flat(record):
        if name in OWN_COLUMNS:
            continue
        field = fields.get(name)
        try:
            texts = [text for item in _items(value) for text in _cell(field, item, folder)]
        except _NoTextError as error:
            faults.append(Fault(name, str(error)))
            continue
        if not any(text.strip() for text in texts):
            continue
        raw[name] = texts
        if field is not None and field.type is FieldType.TEXTS and isinstance(value, list):
            whole[name] = [text for item in _items(value) for text in _whole_texts(item, folder) if text.strip()]
    return raw, whole, faults


def _whole_texts(item: str, folder: Path) -> list[str]:
    """An item of a list of texts: itself, or the lines of the file it names."""
    text = _text_of(item, folder)
    return text.splitlines() if item.startswith("@") and not item.startswith("@@") else [text]


def _requests(kind: Kind, raw: dict[str, list[str]], faulty: set[str]) -> tuple[list[dict[str, Any]], list[Fault]]:
    """One request for each value of the batch field, and the faults of all."""
    targets = list(dict.fromkeys(raw.get(kind.batch_field or "", [])))
    requests: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for texts in spread(kind, raw, [[target] for target in targets]):
        values, found = read_fields(kind, texts)
        requests.append(values)
        faults += [fault for fault in found if fault.field not in faulty]
    return requests, faults


def _flat(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The record's cells; nested tables under the catalogue's dotted names."""
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _items(value: Any) -> list[str]:
    """A cell as texts, whatever type JSON or TOML gave it."""
    if value is None:
        return []
    if isinstance(value, list):
        return [text for item in value for text in _items(item)]
    if isinstance(value, dict):  # an SRT of target_transcripts
        content = value.get("content")
        return [f"{value.get('language')}={content if isinstance(content, str) else ''}"]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [value if isinstance(value, str) else str(value)]


def _line(value: Any) -> str:
    return " ".join(_items(value)).strip()


def _split_list(text: str) -> list[str]:
    return _SEPARATORS_AND_COMMA.split(text)


def _cell(field: Field | None, text: str, folder: Path) -> list[str]:
    """One cell's text as the texts `read_fields` takes."""
    if field is None:
        return [text]
    if field.type is FieldType.FILE:
        return [_absolute(text.strip().removeprefix("@"), folder)] if text.strip() else []
    if field.type in (FieldType.LANGUAGES, FieldType.LANGUAGE, FieldType.INTEGERS):
        return [part.strip() for part in _split_list(text) if part.strip()]
    if field.type is FieldType.SUBTITLES:
        language, mark, content = text.partition("=")
        return [f"{language}{mark}{_text_of(content, folder)}"]
    return [_text_of(text, folder)] if field.type in _TEXT_TYPES else [text]


def _absolute(path: str, folder: Path) -> str:
    """The path as it holds from any folder: a retry may come from another one."""
    try:
        return full_path(str(folder / Path(path).expanduser()))
    except (RuntimeError, UsageError):  # `~` of nobody
        raise _NoTextError(f"{one_line(path, 200)} is not a path on this machine") from None


def _text_of(text: str, folder: Path) -> str:
    if text.startswith("@@"):
        return text[1:]
    if not text.startswith("@"):
        return text
    try:
        return read_text_file(_absolute(text[1:], folder), LARGEST_TEXT)
    except UsageError as error:
        raise _NoTextError(f"{error}; a text that begins with @ is written @@") from error


def _uploads(kind: Kind, request: Mapping[str, Any]) -> tuple[tuple[Upload, ...], list[Fault]]:
    """The files of a request as they are now, and what is wrong with them."""
    uploads: list[Upload] = []
    faults: list[Fault] = []
    for field in kind.fields:
        if field.type is FieldType.FILE and field.name in request:
            try:
                uploads.append(describe_upload(field, request[field.name]))
            except UsageError as error:
                faults.append(Fault(field.name, str(error)))
    return tuple(uploads), faults
