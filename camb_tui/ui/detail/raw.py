"""The Raw tab: each HTTP exchange about the task, the latest first."""

from __future__ import annotations

import json
from collections.abc import Sequence

from camb_tui.domain.text import one_line
from camb_tui.services.changes import Exchange
from camb_tui.ui.detail.parts import BLANK, Block, Part, Row, Span, text_rows
from camb_tui.ui.words import clock_text, count_text

LIMIT = 20_000
"""Most characters shown of one body."""
LARGEST = 1_000_000
"""Characters above which a body is shown as it came instead of being parsed."""


def raw(exchanges: Sequence[Exchange] | None, *, now: float) -> list[Part]:
    """The rows of the tab; None while they have not come."""
    if not exchanges:
        nothing = "No exchange with the service about this task since camb-tui was started."
        return [Block([Row("Being looked up." if exchanges is None else nothing, "dim")])]
    parts: list[Part] = [Block([Row(f"{count_text(len(exchanges), 'exchange')}, the latest first", "dim")])]
    return parts + [Block(_rows(exchange, now)) for exchange in reversed(exchanges)]


def _rows(exchange: Exchange, now: float) -> list[Row]:
    code = exchange.code
    look = "error" if code is None or code >= 400 else "success"
    lead = (
        Span(f"{clock_text(exchange.at, now=now)}  "),
        Span(f"{code if code is not None else '---'}", look),
        Span(f"  {exchange.seconds * 1000:,.0f} ms  {one_line(exchange.method, 10)}  "),
    )
    rows = [BLANK, Row(one_line(exchange.url, 2_000), "heading", lead)]
    if exchange.error:
        rows.append(Row(one_line(exchange.error, 2_000), "error"))
    for name, body in (("sent", exchange.request), ("got", exchange.response)):
        if body:
            rows += text_rows(pretty(body), limit=LIMIT, lead=(Span(f"{name:<5}", "label"),))
    return rows


def pretty(body: str) -> str:
    """A body with its JSON set out in lines, or as it came where it is none."""
    if len(body) > LARGEST or body.lstrip()[:1] not in ("{", "["):
        return body
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return body
