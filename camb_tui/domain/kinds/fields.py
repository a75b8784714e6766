"""Field: one input of a kind, as data. Forms, import, help, the client and the simulator all read it.

Owns what a field is; `checking` owns whether a value fits it, `catalogue` which fields a kind has.
"""

from __future__ import annotations

import enum

import msgspec


class FieldType(enum.Enum):
    """What a field's value is, and with that which widget and which check it gets."""

    LINE = "one line of text"
    TEXT = "text of many lines"
    TEXTS = "list of texts"
    INTEGER = "whole number"
    NUMBER = "number"
    INTEGERS = "list of whole numbers"
    BOOLEAN = "yes or no"
    CHOICE = "one of a list"
    LANGUAGE = "language"
    LANGUAGES = "list of languages"
    VOICE = "voice id"
    FILE = "path of a file"
    URL = "address"
    SUBTITLE = "SRT text"
    SUBTITLES = "SRT texts by language"


class LanguageForm(enum.Enum):
    """How a parameter wants its language: the API is not of one mind."""

    ID = "id"
    ANY = "id or tag"
    TAG = "tag"


class Choice(msgspec.Struct, frozen=True):
    """One value of a CHOICE field and the word shown for it."""

    value: int | str
    label: str


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One input of a kind."""

    name: str
    """The API's own name; `a.b` is key `b` of object `a`."""
    type: FieldType
    label: str
    help: str
    required: bool = False
    default: bool | int | float | str | None = None
    """What the service assumes when the field is left out."""
    send_default: bool = False
    """Send the default when the user gave nothing."""
    minimum: float | None = None
    """Lowest number; for texts fewest characters, for lists fewest items."""
    maximum: float | None = None
    """Highest number; for texts most characters, for lists most items, for files most bytes."""
    minimum_words: int | None = None
    """Fewest words of a text."""
    choices: tuple[Choice, ...] = ()
    language: LanguageForm = LanguageForm.ANY
    auto: bool = False
    """Whether "auto" is a language here."""
    suffixes: tuple[str, ...] = ()
    """File name endings the service takes, lower case with the dot."""
    one_of: str | None = None
    """Name of a group of which exactly one field is given."""
    in_path: bool = False
    """Part of the route, not of the body."""
    folded: bool = True
    """Stands under "More" in the form; required and `one_of` fields never do."""

    @property
    def is_main(self) -> bool:
        """Whether the form shows it without unfolding."""
        return self.required or self.one_of is not None or not self.folded
