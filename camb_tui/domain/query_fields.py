"""The fields of the filter language: what each reads of a task, which words it takes, how it sorts.

`query` owns the grammar, `query_clauses` what a compiled condition is, `query_spans` numbers and times.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Sequence

from camb_tui.domain.haystack import request_texts
from camb_tui.domain.kinds import KINDS
from camb_tui.domain.query_clauses import (
    Clause,
    Field,
    QueryEnv,
    QueryFault,
    Test,
    Value,
    any_of,
    is_smart,
    nearest,
    negated,
    signed,
    take_only,
)
from camb_tui.domain.query_spans import number_field
from camb_tui.domain.submissions import task_languages
from camb_tui.domain.tasks import FAILED, LIVE, RETRYABLE, Task, TaskStatus


def _pattern(value: Value, name: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a set that may mean something else one day is no matter of ours
            return re.compile(value.text, 0 if is_smart(value.text) else re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise QueryFault(value.column, f"{name}: not a regular expression: {error}") from error


def _text_test(name: str, op: str, value: Value, *, words: bool) -> Callable[[str], bool]:
    """The test of one text; `words` for fields whose `:` means equality."""
    if op in ("~", "!~") or value.regex:
        search = _pattern(value, name).search
        return lambda text: search(text) is not None
    wanted = value.text
    if op in ("=", "!="):
        return lambda text: text == wanted
    if words:
        folded = wanted.lower()
        return lambda text: text.lower() == folded
    if is_smart(wanted):
        return lambda text: wanted in text
    return lambda text: wanted in text or wanted in text.lower()


def _text_field(read: Callable[[Task], Iterable[str]], *, words: bool = False) -> Field:
    """A field that reads one or more texts of a task."""

    def compile_text(name: str, op: str, values: Sequence[Value]) -> Clause:
        take_only(name, op, values, (":", "=", "!=", "~", "!~"))
        tests = [_text_test(name, op, value, words=words) for value in values]
        if len(tests) == 1:
            one = tests[0]
            return signed(op, lambda task, _env: any(map(one, read(task))))
        return signed(op, lambda task, _env: any(test(text) for text in read(task) for test in tests))

    def order(task: Task, _env: QueryEnv) -> str | None:
        return " ".join(read(task)).lower() or None

    return Field(compile_text, order)


def _ids(task: Task) -> tuple[str, ...]:
    found = (task.key, task.task_id, None if task.run_id is None else str(task.run_id))
    return tuple(one for one in found if one)


def word_clause(word: str) -> Clause:
    """A bare word as a condition; it can be asked of haystacks where case is no matter."""
    return Clause(word_test(word), words=not is_smart(word) and "\n" not in word)  # a line feed stands between places


def word_test(word: str) -> Test:
    """The search of a bare word: name, ids, tags, batch and the texts sent, with smart case."""
    smart = is_smart(word)

    def test(task: Task, env: QueryEnv) -> bool:  # asked of every task at each key typed, hence written out flat
        if env.words is not None and not smart:
            return word in env.words
        label = task.label
        if word in label or (not smart and word in label.lower()):
            return True
        names = f"{task.key}\n{task.task_id or ''}\n{task.run_id or ''}\n{task.batch or ''}"
        if task.tags:
            names = "\n".join((names, *task.tags))
        if word in names or (not smart and word in names.lower()):
            return True
        return any(word in text or (not smart and word in text.lower()) for text in request_texts(task))

    return test


def regex_test(value: Value) -> Test:
    """The search of a bare regular expression, in the same places as a bare word."""
    search = _pattern(value, "regex").search

    def test(task: Task, _env: QueryEnv) -> bool:
        places = (task.label, *_ids(task), *task.tags, task.batch or "", *request_texts(task))
        return any(search(text) is not None for text in places)

    return test


def _status_clause(name: str, op: str, values: Sequence[Value]) -> Clause:
    """`status:` takes a status, or the start of one as it is typed; `=` whole words alone."""
    take_only(name, op, values, (":", "=", "!=", "~", "!~"))
    if op in ("~", "!~") or any(value.regex for value in values):
        return _text_field(lambda task: (task.shown_status,)).compile(name, op, values)
    known = {status.value.lower(): status for status in TaskStatus}
    wanted: set[TaskStatus] = set()
    coined: set[str] = set()
    for value in values:
        text = value.text.lower()
        if text in known:
            wanted.add(known[text])
        elif op == ":" and any(word.startswith(text) for word in known):
            wanted.update(status for word, status in known.items() if word.startswith(text))
        else:
            coined.add(text)
    if coined:  # a word the service coined since is read from the task itself
        return signed(op, lambda task, _env: task.status in wanted or task.word.lower() in coined)
    return signed(op, lambda task, _env: task.status in wanted, facts=True)


def _kind_clause(name: str, op: str, values: Sequence[Value]) -> Clause:
    """`kind:` takes a kind's name, its short name, or the start of either as it is typed; `=` whole names alone."""
    take_only(name, op, values, (":", "=", "!=", "~", "!~"))
    if op in ("~", "!~") or any(value.regex for value in values):
        return _text_field(lambda task: (task.kind,)).compile(name, op, values)
    wanted: set[str] = set()
    for value in values:
        text = value.text.lower()
        exact = {kind.name for kind in KINDS.values() if text in (kind.name, kind.short)}
        starts = {kind.name for kind in KINDS.values() if kind.name.startswith(text) or kind.short.startswith(text)}
        wanted |= exact or (starts if op == ":" else set()) or {text}
    return signed(op, lambda task, _env: task.kind in wanted, facts=True)


def _lang_clause(name: str, op: str, values: Sequence[Value]) -> Clause:
    """`lang:en` takes every English, `lang:en-us` and `lang=en` that one alone."""
    take_only(name, op, values, (":", "=", "!=", "~", "!~"))
    if op != ":" or any(value.regex for value in values):
        return _text_field(_languages, words=True).compile(name, op, values)
    wanted = [value.text.lower() for value in values]
    starts = tuple(f"{one}-" for one in wanted)
    return Clause(lambda task, _env: any(tag in wanted or tag.startswith(starts) for tag in _languages(task)))


def _languages(task: Task) -> list[str]:
    return [tag for tag in task_languages(task).lower().split(",") if tag]


_RETRY_HELPS = RETRYABLE - {TaskStatus.SUCCESS, TaskStatus.UNCONFIRMED}  # the one cost once, the other may cost twice

_STATES: dict[str, Clause] = {
    "live": Clause(lambda task, _env: task.status in LIVE, facts=True),
    "settled": Clause(
        lambda task, _env: task.status in FAILED or task.status is TaskStatus.SUCCESS,
        facts=True,
    ),
    "done": Clause(lambda task, _env: task.status is TaskStatus.SUCCESS, facts=True),
    "failed": Clause(lambda task, _env: task.status in FAILED, facts=True),
    "unconfirmed": Clause(lambda task, _env: task.status is TaskStatus.UNCONFIRMED, facts=True),
    "overdue": Clause(lambda task, _env: task.status is TaskStatus.OVERDUE, facts=True),
    "missing": Clause(lambda task, _env: task.status is TaskStatus.MISSING, facts=True),
    "held": Clause(lambda task, _env: task.status is TaskStatus.HELD, facts=True),
    "stale": Clause(lambda task, _env: task.stale, facts=True),
    "pinned": Clause(lambda task, _env: task.pinned, facts=True),
    "archived": Clause(lambda task, _env: task.archived, facts=True),
    "saved": Clause(lambda task, _env: bool(task.saved), facts=True),
    "unsaved": Clause(lambda task, _env: task.status is TaskStatus.SUCCESS and not task.saved, facts=True),
    "stuck": Clause(lambda task, env: env.stuck(task), clock=True, outside=True),
    "permanent": Clause(lambda task, env: task.status in FAILED and env.permanent(task), outside=True),
    "retryable": Clause(
        lambda task, env: task.status in _RETRY_HELPS and not task.parts and not env.permanent(task), outside=True
    ),
    "marked": Clause(lambda task, env: task.key in env.marked, outside=True),
    "new": Clause(lambda task, env: task.key in env.new, outside=True),
}
STATES = tuple(_STATES)
"""The words `is:` takes."""


def _is_clause(name: str, op: str, values: Sequence[Value]) -> Clause:
    take_only(name, op, values, (":", "=", "!="))
    found = []
    for value in values:
        word = value.text.lower()
        if word not in _STATES:
            raise QueryFault(value.column, f"is: has no word {word!r}{nearest(word, _STATES)}")
        found.append(_STATES[word])
    joined = any_of(found)
    return joined if op != "!=" else negated(joined)


def _age(task: Task, env: QueryEnv) -> float:
    return env.now - task.created_at


def _took(task: Task, env: QueryEnv) -> float | None:
    """From the POST to the end, or to now while there is none."""
    if task.submitted_at is None:
        return None
    if task.settled_at is not None:
        return task.settled_at - task.submitted_at
    return env.now - task.submitted_at if task.status in LIVE else None


def _reasons(task: Task) -> tuple[str, ...]:
    return tuple(one for one in (task.exception_reason, task.message) if one)


_STATUS_ORDER = {status: place for place, status in enumerate(TaskStatus)}

FIELDS: dict[str, Field] = {
    "id": _text_field(_ids),
    "task": _text_field(lambda task: (task.task_id,) if task.task_id else ()),
    "run": number_field("number", lambda task, _env: task.run_id),
    "kind": Field(_kind_clause, lambda task, _env: task.kind),
    "status": Field(_status_clause, lambda task, _env: _STATUS_ORDER[task.status]),
    "is": Field(_is_clause),
    "name": _text_field(lambda task: (task.label,)),
    "tag": _text_field(lambda task: task.tags, words=True),
    "batch": _text_field(lambda task: (task.batch,) if task.batch else (), words=True),
    "lang": Field(_lang_clause, lambda task, _env: task_languages(task) or None),
    "voice": _text_field(
        lambda task: (str(task.request["voice_id"]),) if task.request.get("voice_id") is not None else (), words=True
    ),
    "text": _text_field(request_texts),
    "reason": _text_field(_reasons),
    "http": number_field("number", lambda task, _env: task.code),
    "try": number_field("number", lambda task, _env: task.attempt),
    "age": number_field("duration", _age, clock=True),
    "dur": number_field("duration", _took, clock=True),
    "left": number_field("duration", lambda task, env: env.left(task), clock=True, outside=True),
    "created": number_field("time", lambda task, _env: task.created_at),
    "ended": number_field("time", lambda task, _env: task.settled_at),
}
