"""What a bare word of a filter is searched in, cut from a task's body: far cheaper than to read the task."""

from __future__ import annotations

import re
from typing import Any, Final

from camb_tui.domain.haystack import haystack
from camb_tui.services.session_text import NotCanonicalError, read_value

_LINES: Final = re.compile(
    r"(?m)^(?=[klrbt\[])(key|label|task_id|run_id|batch|tags|texts?|request_json|\[.*)(?: = )?(.*)"
)
"""Lines that matter, and the headers of tables: strings of a body span no lines, and items of arrays are indented."""
_REQUEST: Final = "[task.request]"


def haystack_of_body(body: bytes) -> str | None:
    """The haystack of a canonical body; None where only reading it all will tell."""
    try:
        text = body.decode()
        head: dict[str, str] = {}
        request: dict[str, str] = {}
        table = head
        for name, value in _LINES.findall(text):
            if name[0] == "[":
                table = request if name == _REQUEST else {}
            else:
                table[name] = value
        run_id = head.get("run_id", "0")
        if not run_id.isdecimal() or "request_json" in head:
            return None
        return haystack(
            _string(head, "key") or "",
            _string(head, "label") or "",
            _string(head, "task_id"),
            int(run_id),
            _string(head, "batch"),
            _strings(text, 0, "tags") if "tags" in head else (),
            _texts(text, request) if request else (),
        )
    except (ValueError, IndexError, NotCanonicalError):
        return None


def _texts(text: str, request: dict[str, str]) -> list[str]:
    one = _string(request, "text")
    found = [] if one is None else [one]
    return found + _strings(text, text.index(f"\n{_REQUEST}\n"), "texts") if "texts" in request else found


def _string(table: dict[str, str], name: str) -> str | None:
    value = table.get(name)
    if value is None or value[0] != '"':
        return None
    return value[1:-1] if "\\" not in value else str(read_value(value))


def _strings(text: str, start: int, name: str) -> list[str]:
    """The strings of the array of that name, one a line, from `start` on."""
    opening = f"\n{name} = [\n"
    begin = text.find(opening, start)
    if begin < 0:  # an empty one, or no array
        return []
    begin += len(opening) - 1
    lines = text[begin : text.index("\n]", begin)].split("\n")[1:]
    items: list[Any] = [read_value(line[4:-1]) for line in lines]  # four spaces before, a comma behind
    return [item for item in items if isinstance(item, str)]
