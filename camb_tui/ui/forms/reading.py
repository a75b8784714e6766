"""From what stands in a form to submissions: texts become typed values, files are read, targets become a batch.

Owns no widget. `read_form` waits for the disk, so the screen calls it in a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from camb_tui.domain.errors import UsageError
from camb_tui.domain.kinds import Fault, Field, FieldType, Kind, check_fields, form_of, language_tag, read_fields
from camb_tui.domain.kinds.checking import SUBTITLE_LARGEST
from camb_tui.domain.submissions import Submission, default_label, spread
from camb_tui.domain.tasks import Task, Upload
from camb_tui.services.uploads import TEXT_LIMIT, describe_upload, full_path, read_text_file
from camb_tui.ui.forms.lookup import Lookup

NAME = Field(
    name=":name",
    type=FieldType.LINE,
    label="Name",
    help="Optional: what you call it. Else its text or file names it.",
    maximum=200,
    folded=False,
)
TAGS = Field(
    name=":tags",
    type=FieldType.LINE,
    label="Tags",
    help="Optional: words to find it by, separated by commas.",
    maximum=400,
    folded=False,
)
STREAM = Field(
    name=":stream",
    type=FieldType.BOOLEAN,
    label="Stream",
    help="yes: take it as it is made, by the streaming route, whose fields differ. No task id; esc or X ends it.",
    folded=False,
)
OWN_FIELDS = (NAME, TAGS, STREAM)
"""Fields of ours, which the service never sees; no field of the API has a colon in its name."""
SHOWN_CHARACTERS = 20_000
"""A longer subtitle file of an edited task is kept as it is, and a line in its place says so."""
_LISTS = (FieldType.LANGUAGES, FieldType.INTEGERS)


@dataclass(frozen=True)
class Filled:
    """What stands in one form."""

    kind: Kind
    texts: Mapping[str, str]
    kept: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    """Values of an edited task with the text that stood for them: while the text stays, so does the value."""
    kept_lines: Mapping[str, str] = field(default_factory=dict)
    """The same for the lines of a list of subtitles."""
    folder: str = ""
    """Where an edited stream was to be saved."""


def turned(filled: Filled, *, streamed: bool, aside: Mapping[str, str]) -> Filled:
    """The form of the same kind as a stream, or as a task again, with the texts that fit both and those of `aside`."""
    kind = form_of(filled.kind.name, streamed=streamed) or filled.kind
    texts = {**aside, **filled.texts, STREAM.name: "yes" if kind.streamed else ""}
    for one, other in (("text", "texts"), ("texts", "text")):  # a translation's field has another name as a stream
        if not any(field.name == one for field in kind.fields) and any(field.name == other for field in kind.fields):
            texts[other] = filled.texts.get(one, texts.get(other, ""))
    return Filled(kind, texts)


class Prepared(NamedTuple):
    """What may be sent, or why it may not."""

    submissions: tuple[Submission, ...]
    faults: tuple[Fault, ...]


# ------------------------------------------------------------- text to value


def takes_several(kind: Kind, wanted: Field) -> bool:
    """Whether several values with commas may be given, as a list or as a batch of tasks."""
    return wanted.type in _LISTS or wanted.name == kind.batch_field


def names_file(wanted: Field, text: str) -> bool:
    """Whether the text is `@` and a path, whose file's text is meant.

    A spoken or translated text may well begin with `@`, so there the path must begin like one.
    """
    line = text.strip()
    if not line.startswith("@") or "\n" in line:
        return False
    if wanted.type is FieldType.SUBTITLE:
        return True
    return wanted.type in (FieldType.TEXT, FieldType.TEXTS) and line.startswith(("@/", "@~", "@./", "@../"))


def read_form(filled: Filled, lookup: Lookup) -> Prepared:
    """The submissions a form asks for, with its files read and measured, or its faults in the form's order."""
    kind = filled.kind
    raw, faults = _raw_texts(filled, lookup, _read_file)
    targets, values, value_faults = _values(filled, raw)
    faults += [fault for fault in value_faults if fault.field not in {one.field for one in faults}]
    uploads: list[Upload] = []
    for one in kind.fields:
        if one.type is FieldType.FILE and values.get(one.name) and one.name not in {fault.field for fault in faults}:
            try:
                uploads.append(describe_upload(one, values[one.name]))
            except UsageError as error:
                faults.append(Fault(one.name, str(error)))
    faults += _own_faults(filled)
    if faults:
        order = {one.name: place for place, one in enumerate((*kind.fields, *OWN_FIELDS))}
        return Prepared((), tuple(sorted(faults, key=lambda fault: order.get(fault.field, -1))))
    label = " ".join(filled.texts.get(NAME.name, "").split())
    tags = read_tags(filled.texts.get(TAGS.name, ""))
    requests = spread(kind, values, targets)
    made = (
        Submission(kind.name, one, label, tags, tuple(uploads), streamed=kind.streamed, folder=filled.folder)
        for one in requests
    )
    return Prepared(tuple(made), ())


def field_fault(filled: Filled, name: str, lookup: Lookup) -> str | None:
    """What is wrong with one field as it stands, without looking at the disk; None for one that can be left."""
    if name in {one.name for one in OWN_FIELDS}:
        return next((fault.message for fault in _own_faults(filled) if fault.field == name), None)
    wanted = filled.kind.field(name)
    text = filled.texts.get(name, "")
    if names_file(wanted, text) or wanted.type is FieldType.SUBTITLES:
        return None  # known once the files are read
    if not text.strip() and wanted.one_of is not None:
        return None  # the other of the group may be meant
    raw, faults = _raw_texts(filled, lookup, lambda _path, _limit: "")
    _, _, value_faults = _values(filled, raw)
    return next((fault.message for fault in (*faults, *value_faults) if fault.field == name), None)


def read_tags(text: str) -> tuple[str, ...]:
    """The tags in a line, each once."""
    return tuple(dict.fromkeys(" ".join(part.split()) for part in text.split(",") if part.strip()))


def _own_faults(filled: Filled) -> list[Fault]:
    return [
        Fault(one.name, f"must have at most {one.maximum:,.0f} characters")
        for one in OWN_FIELDS
        if one.maximum is not None and len(filled.texts.get(one.name, "")) > one.maximum
    ]


def _read_file(path: str, limit: int) -> str:
    return read_text_file(path, limit)


def _raw_texts(
    filled: Filled, lookup: Lookup, read: Callable[[str, int], str]
) -> tuple[dict[str, str | list[str]], list[Fault]]:
    """The texts as `read_fields` wants them, without those whose value is kept."""
    raw: dict[str, str | list[str]] = {}
    faults: list[Fault] = []
    for one in filled.kind.fields:
        text = filled.texts.get(one.name, "")
        if not text.strip() or _is_kept(filled, one.name):
            continue
        try:
            raw[one.name] = _raw_text(filled, one, text, lookup, read)
        except UsageError as error:
            faults.append(Fault(one.name, str(error)))
    return raw, faults


def _raw_text(
    filled: Filled, one: Field, text: str, lookup: Lookup, read: Callable[[str, int], str]
) -> str | list[str]:
    if names_file(one, text):
        limit = SUBTITLE_LARGEST if one.type is FieldType.SUBTITLE else TEXT_LIMIT
        return read(text.strip()[1:], limit).rstrip("\n")
    match one.type:
        case FieldType.SUBTITLES:
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            return [_subtitle_text(line, filled.kept_lines, one, lookup, read) for line in lines]
        case FieldType.LANGUAGE | FieldType.LANGUAGES:
            if takes_several(filled.kind, one):
                return ", ".join(lookup.resolve(one, part) for part in text.split(",") if part.strip())
            return lookup.resolve(one, text)
        case FieldType.VOICE:
            voice = lookup.resolve(one, text)
            if not voice.lstrip("-").isdecimal():
                raise UsageError("is no voice's name or id; choose one from the list, or give an id")
            return voice
        case FieldType.FILE:
            return full_path(text)
        case _:
            return text


def _subtitle_text(
    line: str, kept: Mapping[str, str], one: Field, lookup: Lookup, read: Callable[[str, int], str]
) -> str:
    if line in kept:
        return kept[line]
    language, mark, path = line.partition("=")
    if not mark or not path.strip().startswith("@"):
        raise UsageError(f"needs a line each of language=@path, not {line[:40]!r}")
    return f"{lookup.resolve(one, language)}={read(path.strip()[1:], SUBTITLE_LARGEST)}"


def _is_kept(filled: Filled, name: str) -> bool:
    return name in filled.kept and filled.kept[name][0] == filled.texts.get(name, "")


def _values(filled: Filled, raw: Mapping[str, str | list[str]]) -> tuple[list[Any], dict[str, Any], list[Fault]]:
    """The batch's targets (none for one task), the values with the first target, and the faults."""
    kind = filled.kind
    kept = {name: value for name, (_, value) in filled.kept.items() if _is_kept(filled, name)}
    given = raw.get(kind.batch_field) if kind.batch_field is not None else None
    parts = [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) else []
    if kind.batch_field is None or len(parts) < 2:
        values, faults = _checked(kind, raw, kept)
        return [], values, faults
    targets: list[Any] = []
    faults = []
    values = {}
    for part in parts:
        values, found = _checked(kind, {**raw, kind.batch_field: part}, kept)
        faults += [fault for fault in found if fault not in faults]
        targets.append(values.get(kind.batch_field))
    if len({str(target) for target in targets}) < len(targets) and not faults:
        faults.append(Fault(kind.batch_field, "names a language twice"))
    return targets, values, faults


def _checked(
    kind: Kind, raw: Mapping[str, str | list[str]], kept: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Fault]]:
    values, faults = read_fields(kind, raw)
    unread = [fault for fault in faults if fault.field in raw and fault.field not in values]
    if kept:
        values = {**values, **kept}
        skipped = {fault.field for fault in unread}
        faults = unread + [fault for fault in check_fields(kind, values) if fault.field not in skipped]
    return values, faults


# ------------------------------------------------------------- value to text


def fill_from(task: Task, kind: Kind) -> Filled:
    """A form that holds a task's request, to be changed and sent as a new task."""
    texts: dict[str, str] = {}
    kept: dict[str, tuple[str, Any]] = {}
    kept_lines: dict[str, str] = {}
    for one in kind.fields:
        value = task.request.get(one.name)
        if value is None:
            continue
        if one.type is FieldType.SUBTITLES and isinstance(value, list):
            text = _subtitle_lines(value, kept_lines)
        else:
            text = field_text(one, value)
        texts[one.name] = text
        if one.type is not FieldType.FILE:
            kept[one.name] = (text, value)
    if task.label and task.label != default_label(task.kind, task.request):
        texts[NAME.name] = editable(task.label)
    if task.tags:
        texts[TAGS.name] = editable(", ".join(task.tags))
    if task.streamed:
        texts[STREAM.name] = "yes"
    return Filled(kind, texts, kept, kept_lines, task.folder)


def field_text(one: Field, value: Any) -> str:
    """How a typed value stands in its field."""
    match one.type:
        case FieldType.TEXTS if isinstance(value, list):
            return "\n".join(editable(str(text)) for text in value)
        case FieldType.LANGUAGES | FieldType.LANGUAGE:
            return editable(", ".join(language_tag(item) for item in (value if isinstance(value, list) else [value])))
        case FieldType.INTEGERS if isinstance(value, list):
            return ", ".join(str(item) for item in value)
        case FieldType.BOOLEAN if isinstance(value, bool):
            return "yes" if value else "no"
        case FieldType.SUBTITLE if len(str(value)) > SHOWN_CHARACTERS:
            return f"<as it was sent, {len(str(value)):,} characters>"
        case _:
            return editable(str(value))


def editable(text: str) -> str:
    """The text without control characters other than tab and line break, which a field could neither show nor type."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in plain if (letter >= " " and not "\x7f" <= letter <= "\x9f") or letter in "\t\n")


def _subtitle_lines(items: list[Any], kept_lines: dict[str, str]) -> str:
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("content"), str):
            continue
        tag, content = language_tag(item.get("language", "")), item["content"]
        kept_lines[editable(f"{tag}=<as it was sent, {len(content):,} characters>")] = f"{tag}={content}"
    return "\n".join(kept_lines)
