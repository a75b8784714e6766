"""From what a person or a file gave to what the service takes: reading, checking and encoding of a kind's fields.

Reading turns texts into typed values, checking holds typed values against the catalogue's bounds, encoding nests and
converts them as the service wants them. No file is opened here: a FILE's value is its path, an SRT's value its text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from camb_tui.domain.kinds.fields import Field, FieldType, LanguageForm
from camb_tui.domain.kinds.kind import Kind
from camb_tui.domain.kinds.languages import AUTO, find_language

TRUE_WORDS = frozenset({"true", "yes", "y", "1", "on"})
FALSE_WORDS = frozenset({"false", "no", "n", "0", "off"})
SUBTITLES_TOTAL = 10 * 1024 * 1024
SUBTITLE_LARGEST = 2 * 1024 * 1024


class Fault(NamedTuple):
    """What is wrong with one field; `field` is empty where it is the whole."""

    field: str
    message: str


class _BadValue(ValueError):
    """A text that is no value of its field."""


def read_fields(kind: Kind, raw: Mapping[str, str | Sequence[str]]) -> tuple[dict[str, Any], list[Fault]]:
    """Typed values (JSON types) of the fields given as text, and the faults of those that could not be read.

    A list field takes several texts or one text with commas (TEXTS: one text a line). Empty texts count as not given.
    The values are checked against their bounds as well, so no faults means that it may be sent.
    """
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    known = {field.name for field in kind.fields}
    for name, given in raw.items():
        if name not in known:
            faults.append(
                Fault(name, f"is no field of {kind.name}, which has {', '.join(field.name for field in kind.fields)}")
            )
            continue
        field = kind.field(name)
        texts = [given] if isinstance(given, str) else [str(text) for text in given]
        if not any(text.strip() for text in texts):
            continue
        try:
            values[name] = _read(field, texts)
        except _BadValue as error:
            faults.append(Fault(name, str(error)))
    faulty = {fault.field for fault in faults}
    faults += [fault for fault in check_fields(kind, values) if fault.field not in faulty]
    return values, faults


def _read(field: Field, texts: list[str]) -> Any:
    if field.type is FieldType.TEXTS:
        return [line for text in texts for line in text.splitlines() if line.strip()]
    if field.type is FieldType.INTEGERS:
        return [_integer(part) for part in _parts(texts)]
    if field.type is FieldType.LANGUAGES:
        return [_language(field, part) for part in _parts(texts)]
    if field.type is FieldType.SUBTITLES:
        return [_subtitle(field, text) for text in texts if text.strip()]
    if len(texts) > 1:
        raise _BadValue("takes one value only")
    text = texts[0]
    match field.type:
        case FieldType.TEXT | FieldType.SUBTITLE:
            return text
        case FieldType.INTEGER | FieldType.VOICE:
            return _integer(text)
        case FieldType.NUMBER:
            return _number(text)
        case FieldType.BOOLEAN:
            return _boolean(text)
        case FieldType.CHOICE:
            return _choice(field, text)
        case FieldType.LANGUAGE:
            return _language(field, text)
        case _:
            return text.strip()


def _parts(texts: list[str]) -> list[str]:
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def _integer(text: str) -> int:
    try:
        return int(text.strip())
    except ValueError:
        raise _BadValue("must be a whole number") from None


def _number(text: str) -> float:
    try:
        value = float(text.strip())
    except ValueError:
        raise _BadValue("must be a number") from None
    if value != value or value in (float("inf"), float("-inf")):
        raise _BadValue("must be a number")
    return value


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise _BadValue("must be yes or no")


def _choice(field: Field, text: str) -> int | str:
    word = text.strip().lower()
    for choice in field.choices:
        if word in (str(choice.value).lower(), choice.label.lower()):
            return choice.value
    raise _BadValue("must be one of " + ", ".join(choice.label for choice in field.choices))


def _language(field: Field, text: str) -> int | str:
    word = text.strip().lower()
    if word == AUTO:
        if field.auto:
            return AUTO
        raise _BadValue("must be a language; auto works only for a source")
    language = find_language(word)
    if language is None:
        if field.language is not LanguageForm.TAG and word.isdecimal():
            return int(word)  # an id newer than our table: the service decides
        raise _BadValue(f"knows no language {text.strip()[:40]!r}; give a tag such as en-us, or an id")
    if field.language is LanguageForm.ID:
        if language.id is None:
            raise _BadValue(f"{language.tag} has no id, which this route needs")
        return language.id
    return language.tag


def _subtitle(field: Field, text: str) -> dict[str, Any]:
    language, mark, content = text.partition("=")
    if not mark:
        raise _BadValue("must be language=SRT text")
    return {"language": _language(field, language), "content": content}


def check_fields(kind: Kind, values: Mapping[str, Any]) -> list[Fault]:
    """Faults of typed values, in the order of the form: missing, out of bounds, too many of a group."""
    faults: list[Fault] = []
    groups: dict[str, list[Field]] = {}
    for field in kind.fields:
        if field.one_of is not None:
            groups.setdefault(field.one_of, []).append(field)
        if values.get(field.name) is None:
            if field.required:
                faults.append(Fault(field.name, "is needed"))
            continue
        message = _fault_of(field, values[field.name])
        if message is not None:
            faults.append(Fault(field.name, message))
    for group in groups.values():
        given = [field for field in group if values.get(field.name) is not None]
        names = " or ".join(field.name for field in group)
        if not given:
            others = " or ".join(field.name for field in group[1:])
            faults.append(Fault(group[0].name, f"is needed, or {others} in its place"))
        elif len(given) > 1:
            faults.append(Fault(given[-1].name, f"only one of {names} can be given"))
    return faults


def _fault_of(field: Field, value: Any) -> str | None:
    match field.type:
        case FieldType.LINE | FieldType.TEXT | FieldType.URL | FieldType.FILE | FieldType.SUBTITLE:
            return _text_fault(field, value)
        case FieldType.INTEGER | FieldType.VOICE:
            if isinstance(value, bool) or not isinstance(value, int):
                return "must be a whole number"
            return _bounds_fault(field, value, "must be")
        case FieldType.NUMBER:
            if isinstance(value, bool) or not isinstance(value, int | float):
                return "must be a number"
            return _bounds_fault(field, value, "must be")
        case FieldType.BOOLEAN:
            return None if isinstance(value, bool) else "must be yes or no"
        case FieldType.CHOICE:
            if value in [choice.value for choice in field.choices] and not isinstance(value, bool):
                return None
            return "must be one of " + ", ".join(choice.label for choice in field.choices)
        case FieldType.LANGUAGE:
            return _language_fault(field, value)
        case _:
            return _list_fault(field, value)


def _text_fault(field: Field, value: Any) -> str | None:
    if not isinstance(value, str):
        return "must be text"
    if field.type is FieldType.URL and not value.lower().startswith(("http://", "https://")):
        return "must be an address that starts with http:// or https://"
    if field.suffixes and not value.lower().endswith(field.suffixes):
        return "must end in " + ", ".join(field.suffixes)
    if field.type is FieldType.FILE:
        return None  # its size is known only where it lies
    if field.type is FieldType.SUBTITLE:
        return _srt_fault(value)
    if field.minimum_words is not None and len(value.split()) < field.minimum_words:
        return f"must have at least {field.minimum_words} words, has {len(value.split())}"
    return _bounds_fault(field, len(value), "must have", " characters")


def _srt_fault(text: str) -> str | None:
    if len(text.encode("utf-8", "replace")) > SUBTITLE_LARGEST:
        return "must be at most 2 MiB"
    return None if "-->" in text else "must be SRT text with at least one cue"


def _list_fault(field: Field, value: Any) -> str | None:
    if not isinstance(value, list | tuple):
        return "must be a list"
    if field.type is FieldType.INTEGERS and not all(isinstance(item, int) and item >= 0 for item in value):
        return "must be whole numbers"
    if field.type is FieldType.TEXTS and not all(isinstance(item, str) for item in value):
        return "must be texts"
    languages = value if field.type is FieldType.LANGUAGES else []
    if field.type is FieldType.SUBTITLES:
        if not all(isinstance(item, dict) and isinstance(item.get("content"), str) for item in value):
            return "must be language=SRT text"
        languages = [item.get("language") for item in value]
        contents = [item["content"] for item in value]
        fault = next((fault for fault in map(_srt_fault, contents) if fault), None)
        if fault is None and sum(len(content.encode("utf-8", "replace")) for content in contents) > SUBTITLES_TOTAL:
            fault = "must be at most 10 MiB together"
        if fault is not None:
            return fault
    for language in languages:
        if (fault := _language_fault(field, language)) is not None:
            return fault
    if len({str(language) for language in languages}) < len(languages):
        return "names a language twice"
    return _bounds_fault(field, len(value), "must have", " items")


def _language_fault(field: Field, value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return "must be a language"
    if value == AUTO:
        return None if field.auto else "must be a language; auto works only for a source"
    if field.language is LanguageForm.ID and not isinstance(value, int):
        return "must be a language id"
    if isinstance(value, int) and value < 1:
        return "must be a language id"
    return None if isinstance(value, int) or find_language(value) else f"knows no language {value[:40]!r}"


def _bounds_fault(field: Field, size: float, verb: str, unit: str = "") -> str | None:
    low, high = field.minimum, field.maximum
    if low is not None and size < low:
        return f"{verb} at least {low:,.0f}{unit}"
    if high is not None and size > high:
        return f"{verb} at most {high:,.0f}{unit}" + (f", has {size:,.0f}" if unit else "")
    return None


def wire_value(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """The body's fields as the service wants them: dotted names nested, defaults that are always sent filled in.

    Files and fields of the path are left out; the client takes those from `values` itself.
    """
    body: dict[str, Any] = {}
    for field in kind.fields:
        value = values.get(field.name)
        if value is None and field.send_default:
            value = field.default
        if value is None or field.type is FieldType.FILE or field.in_path:
            continue
        if field.type is FieldType.SUBTITLE:
            value = {"content": value, "format": "srt"}
        elif field.type is FieldType.SUBTITLES:
            value = [{**item, "format": "srt"} for item in value]
        outer, dot, inner = field.name.partition(".")
        if dot:
            body.setdefault(outer, {})[inner] = value
        else:
            body[outer] = value
    return body
