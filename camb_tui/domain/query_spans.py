"""Numbers, durations and times of the filter language: what a value covers, and the fields that compare them."""

from __future__ import annotations

import operator
import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from camb_tui.domain.query_clauses import Clause, Field, QueryEnv, QueryFault, Value, negated, take_only
from camb_tui.domain.tasks import Task


class _Span(NamedTuple):
    """What a value covers, as [low, high); `after` is where greater begins. Relative to now or today where it says."""

    low: float
    high: float
    after: float
    base: str = ""

    def at(self, now: float) -> tuple[float, float, float]:
        if not self.base:
            return self.low, self.high, self.after
        start = now if self.base == "now" else _midnight(now)
        return self.low + start, self.high + start, self.after + start


def _midnight(now: float) -> float:
    moment = time.localtime(now)
    return time.mktime((moment.tm_year, moment.tm_mon, moment.tm_mday, 0, 0, 0, 0, 0, -1))


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(\d{1,9})([smhdw])")


def _number(text: str) -> _Span | None:
    if not re.fullmatch(r"\d{1,18}", text):
        return None
    return _Span(int(text), int(text) + 1, int(text) + 1)


def _duration(text: str) -> _Span | None:
    found = _DURATION.fullmatch(text.lower())
    if found is None:
        return None
    unit = _UNITS[found[2]]
    low = int(found[1]) * unit
    return _Span(low, low + unit, low)  # 5m is any time that reads "5m"; more than 5m begins at 5m sharp


def _moment(text: str) -> _Span | None:
    if text.lower() == "today":
        return _Span(0, 86400, 86400, "today")
    if text.startswith("-"):
        back = _duration(text[1:])
        return None if back is None else _Span(-back.low, float("inf"), -back.low, "now")
    if not re.match(r"\d{4}-\d\d-\d\d(T|$)", text):
        return None
    try:
        start = datetime.fromisoformat(text).astimezone()
        step = (
            timedelta(days=1) if len(text) == 10 else timedelta(minutes=1) if len(text) == 16 else timedelta(seconds=1)
        )
        end = (start + step).timestamp()
        return _Span(start.timestamp(), end, end)
    except (ValueError, OverflowError, OSError):
        return None


_FORMS: dict[str, tuple[Callable[[str], _Span | None], str]] = {
    "number": (_number, "a whole number"),
    "duration": (_duration, "a duration such as 30s, 5m, 2h, 1d"),
    "time": (_moment, "a time such as 2026-08-01, 2026-08-01T13:00, today, -2h"),
}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.lt, ">": operator.ge, ">=": operator.ge,
}  # fmt: skip
_EDGE = {"<": 0, "<=": 1, ">": 2, ">=": 0}  # which part of a span each comparison looks at


def number_field(form: str, read: Callable[[Task, QueryEnv], float | None], **flags: bool) -> Field:
    """A field that reads one number of a task: a count, seconds, or a time."""
    parse_one, wanted = _FORMS[form]

    def span(name: str, value: Value, text: str) -> _Span:
        found = None if value.regex else parse_one(text)
        if found is None:
            raise QueryFault(value.column, f"{name} takes {wanted}, not {value.text!r}")
        return found

    def compile_number(name: str, op: str, values: Sequence[Value]) -> Clause:
        take_only(name, op, values, (":", "=", "!=", "<", "<=", ">", ">="))
        spans: list[tuple[_Span | None, _Span | None]] = []
        for value in values:
            low, dots, high = value.text.partition("..") if not value.quoted else (value.text, "", "")
            first = span(name, value, low) if low or not dots else None
            spans.append((first, (span(name, value, high) if high else None) if dots else first))
        relative = any(one is not None and one.base for pair in spans for one in pair)
        compare = _COMPARE.get(op)
        if compare is not None and any(first is not last or first is None for first, last in spans):
            raise QueryFault(values[0].column, f"a range does not go with {op}")

        def test(task: Task, env: QueryEnv) -> bool:
            number = read(task, env)
            if number is None:
                return False
            now = env.now
            for first, last in spans:
                if compare is not None:
                    if first is not None and compare(number, first.at(now)[_EDGE[op]]):
                        return True
                elif (first is None or number >= first.at(now)[0]) and (last is None or number < last.at(now)[1]):
                    return True
            return False

        clause = Clause(test, clock=relative or flags.get("clock", False), outside=flags.get("outside", False))
        return negated(clause) if op == "!=" else clause

    return Field(compile_number, read)
