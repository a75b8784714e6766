"""The catalogue of kinds: what can be asked of the service, as data, with its checks and encodings."""

from camb_tui.domain.kinds.catalogue import KINDS, find_kind
from camb_tui.domain.kinds.checking import Fault, check_fields, read_fields, wire_value
from camb_tui.domain.kinds.fields import Choice, Field, FieldType, LanguageForm
from camb_tui.domain.kinds.kind import Dialect, Encoding, Kind, ResultShape, Routes
from camb_tui.domain.kinds.languages import Language, find_language, language_tag, languages, search_languages
from camb_tui.domain.kinds.streaming import form_of, streaming

__all__ = [
    "KINDS",
    "Choice",
    "Dialect",
    "Encoding",
    "Fault",
    "Field",
    "FieldType",
    "Kind",
    "Language",
    "LanguageForm",
    "ResultShape",
    "Routes",
    "check_fields",
    "find_kind",
    "find_language",
    "form_of",
    "language_tag",
    "languages",
    "read_fields",
    "search_languages",
    "streaming",
    "wire_value",
]
