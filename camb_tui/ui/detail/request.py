"""The Request tab: every field as it was sent, under the words of the catalogue."""

from __future__ import annotations

import json
from typing import Any

from camb_tui.domain.kinds import Field, FieldType, find_language, form_of
from camb_tui.domain.tasks import Task, Upload
from camb_tui.domain.text import one_line
from camb_tui.ui.detail.parts import BLANK, Block, Part, Row, Span, heading, labelled, text_rows
from camb_tui.ui.words import count_text, size_text

LIMIT = 20_000
"""Most characters shown of one field."""
MOST_ITEMS = 2_000
SHORT = 60
"""Characters up to which a text stands beside its label."""


def request(task: Task) -> list[Part]:
    """The rows of the tab: short values as a table, then the long texts."""
    kind = form_of(task.kind, streamed=task.streamed)
    fields = {field.name: field for field in kind.fields} if kind is not None else {}
    names = [name for name in fields if name in task.request]
    names += [name for name in task.request if name not in fields]
    title = f"{kind.title} ({kind.name})" if kind is not None else one_line(task.kind, 40)
    if not names:
        return [Block([heading(title), Row("Its fields are not known here: the task id was adopted.", "dim")])]
    shown = [fields[name].label if name in fields else one_line(name, 40) for name in names]
    column = min(24, max(map(len, shown)) + 2)
    table: list[Row] = []
    blocks: list[Row] = []
    for name, label in zip(names, shown, strict=True):
        value, field = task.request[name], fields.get(name)
        if _is_long(value):
            blocks += [BLANK, *_long(label, value)]
        else:
            table.append(Row(short_value(field, value), "", (Span(f"{label:<{column - 1}} ", "label"),)))
    files = [row for upload in task.uploads for row in _upload(upload)]
    return [Block([heading(title), *table, *files, *blocks])]


def _is_long(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) > SHORT or "\n" in value
    if isinstance(value, list):
        return bool(value) and (
            any(isinstance(item, dict) for item in value) or any(map(_is_long, value)) or len(value) > 8
        )
    return isinstance(value, dict)


def short_value(field: Field | None, value: Any) -> str:
    """A value in the words of its field."""
    if isinstance(value, list):
        return ", ".join(short_value(field, item) for item in value) or "(none)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field is not None and field.type in (FieldType.LANGUAGE, FieldType.LANGUAGES) and isinstance(value, int | str):
        found = find_language(value)
        if found is not None:
            number = f", id {found.id}" if found.id is not None else ""
            return f"{found.name or found.tag} ({found.tag}{number})"
    if field is not None:
        for choice in field.choices:
            if choice.value == value:
                return choice.label if str(value) == choice.label else f"{choice.label} ({value})"
    return one_line(str(value), 500) or "(empty)"


def _long(label: str, value: Any) -> list[Row]:
    """A long text, several texts, or subtitles by language, under a heading that counts them."""
    if isinstance(value, str):
        return [_title(label, count_text(len(value), "character")), *text_rows(value, limit=LIMIT)]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        total = sum(map(len, value))
        rows = [_title(label, f"{count_text(len(value), 'item')}, {count_text(total, 'character')}")]
        digits = len(str(len(value)))
        for place, text in enumerate(value[:MOST_ITEMS]):
            rows += text_rows(text, limit=LIMIT, lead=(Span(f"{place + 1:>{digits}}  ", "label"),))
        if len(value) > MOST_ITEMS:
            rows.append(Row(f"[{len(value) - MOST_ITEMS:,} more not shown]", "dim"))
        return rows
    if isinstance(value, list) and all(isinstance(item, dict) and "content" in item for item in value):
        rows = []
        for item in value[:MOST_ITEMS]:
            content = str(item["content"])
            title = f"{label}, {one_line(str(item.get('language', '')), 40)}"
            rows += [_title(title, count_text(len(content), "character")), *text_rows(content, limit=LIMIT)]
        return rows
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return [_title(label, ""), *text_rows(text, limit=LIMIT)]


def _title(label: str, count: str) -> Row:
    return Row(count, "dim", (Span(f"{label}  ", "heading"),))


def _upload(upload: Upload) -> list[Row]:
    return [
        labelled("Uploaded", f"{one_line(upload.path, 1_000)} ({size_text(upload.size)})"),
        labelled("SHA-256", one_line(upload.sha256, 80), "dim"),
    ]
