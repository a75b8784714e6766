"""Sorting through the filter: a sort is a `sort:` directive of the filter's text, so views keep it too."""

from __future__ import annotations

SORTS = {
    "c": "created",
    "n": "name",
    "s": "status",
    "k": "kind",
    "d": "dur",
    "l": "left",
    "e": "ended",
    "t": "try",
    "b": "batch",
    "0": "none",
}
"""What `S` offers: key and field."""
_MARK = "sort:"


def sorted_filter(text: str, field: str) -> str:
    """The filter with this sort instead of its own; the same sort again is turned round, `none` takes it away."""
    words = text.split(" ")
    now = [word[len(_MARK) :] for word in words if word.startswith(_MARK)]
    rest = " ".join(word for word in words if not word.startswith(_MARK)).strip()
    if field.removeprefix("-") in ("none", ""):
        return rest
    turned = f"-{field}" if field in now else field
    return f"{rest} {_MARK}{turned}".strip()
