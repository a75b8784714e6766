"""Validation: whether the fields of a create fit the catalogue, and the 422 that says where they do not.

The catalogue's checks are written for people who fill in a form. The service is laxer here and there, so some values
are brought into the expected form first: tags where ids are usual, numbers sent as text, both fields of a pair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from camb_tui.domain.kinds import Field, FieldType, Kind, LanguageForm, check_fields, find_language
from camb_tui.simulator.answers import Invalid, fault
from camb_tui.simulator.world import Upload

MISSING = "is needed"


def check(kind: Kind, values: Mapping[str, Any], unread: list[dict[str, Any]]) -> dict[str, Any]:
    """The values in the form the rest of the simulator expects.

    Args:
        kind: What is asked for.
        values: Fields by catalogue name.
        unread: Faults found while the body was read.

    Raises:
        Invalid: Something is missing or out of bounds.
    """
    taken = {name: _in_form(kind.field(name), value) for name, value in values.items()}
    named = {name: _for_check(kind.field(name), value) for name, value in taken.items()}
    faults = list(unread)
    known = {tuple(each["loc"][1:]) for each in faults}
    for variant in _variants(kind, named):
        for found in check_fields(kind, variant):
            location = tuple(found.field.split("."))
            if location in known:
                continue
            known.add(location)
            where = "path" if _is_in_path(kind, found.field) else "body"
            faults.append(_entry(where, location, found.message, taken))
    faults += [fault(("body", name), message, given=taken[name]) for name, message in _more_faults(kind, taken)]
    if faults:
        raise Invalid(faults)
    return taken


def _is_in_path(kind: Kind, name: str) -> bool:
    return any(field.name == name and field.in_path for field in kind.fields)


def _entry(where: str, location: tuple[str, ...], message: str, values: Mapping[str, Any]) -> dict[str, Any]:
    if message.startswith(MISSING):
        return fault((where, *location), "Field required", "missing", None)
    given = values.get(".".join(location))
    return fault((where, *location), message, given=given if isinstance(given, int | float) else str(given)[:200])


def _in_form(field: Field, value: Any) -> Any:
    if (
        field.type in (FieldType.INTEGER, FieldType.VOICE)
        and isinstance(value, str)
        and value.isascii()
        and value.isdigit()
    ):
        return int(value)
    if field.type is FieldType.LANGUAGE and field.language is LanguageForm.ID and isinstance(value, str):
        language = find_language(value)
        if language is not None and language.id is not None:
            return language.id
    return value


def _for_check(field: Field, value: Any) -> Any:
    """What `check_fields` is shown: for an upload its name, with an ending where the client sent none."""
    if not isinstance(value, Upload):
        return value
    return value.name if "." in value.name or not field.suffixes else value.name + field.suffixes[0]


def _variants(kind: Kind, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The values with one field of each group: the catalogue allows one, the service takes several."""
    groups: dict[str, list[str]] = {}
    for field in kind.fields:
        if field.one_of is not None and values.get(field.name) is not None:
            groups.setdefault(field.one_of, []).append(field.name)
    for place in range(max((len(names) for names in groups.values()), default=1)):
        left_out = {name for names in groups.values() for name in names if name != names[min(place, len(names) - 1)]}
        yield {name: value for name, value in values.items() if name not in left_out}


def _more_faults(kind: Kind, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the catalogue does not check: routes that take tags only, scripts in languages that are no target."""
    for field in kind.fields:
        value = values.get(field.name)
        if field.language is LanguageForm.TAG and isinstance(value, int):
            yield field.name, "must be a language tag such as en-us"
        if field.type is FieldType.SUBTITLES and isinstance(value, list):
            targets = {_language_key(target) for target in targets_of(values)}
            named = [item.get("language") for item in value if isinstance(item, dict)]
            if any(_language_key(language) not in targets for language in named):
                yield field.name, "names a language that is not among the targets"


def _language_key(value: Any) -> str:
    language = find_language(value) if isinstance(value, int | str) else None
    return language.tag if language is not None else str(value)


def targets_of(values: Mapping[str, Any]) -> list[int | str]:
    """The languages a create asks for, whether in the one field or the other."""
    several = values.get("target_languages")
    if isinstance(several, list) and several:
        return several
    single = values.get("target_language")
    return [] if single is None else [single]
