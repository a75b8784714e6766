"""Conditions of the filter language: what a compiled one is, what it may ask of the world, how several are joined.

A condition is compiled once, when the text is parsed, into a closure that is then asked about every task.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from camb_tui.domain.errors import UsageError
from camb_tui.domain.tasks import Task


class QueryFault(UsageError):
    """The filter cannot be read; `column` counts from 1."""

    def __init__(self, column: int, message: str) -> None:
        super().__init__(f"col {column}: {message}")
        self.column = column
        self.message = message


def _never(_task: Task) -> bool:
    return False


def _unknown(_task: Task) -> float | None:
    return None


class QueryEnv(msgspec.Struct):
    """What a condition may need beside the task: the time, and what is known elsewhere of tasks."""

    now: float
    marked: Collection[str] = frozenset()
    """Keys of the marked tasks."""
    new: Collection[str] = frozenset()
    """Keys of the tasks that changed while nobody looked."""
    stuck: Callable[[Task], bool] = _never
    """Whether a live task takes far longer than its like."""
    permanent: Callable[[Task], bool] = _never
    """Whether a failure would come again if the same were sent again."""
    left: Callable[[Task], float | None] = _unknown
    """Estimated seconds to the end of a live task."""
    words: str | None = None
    """The haystack of the task that is asked about, where who asks has it at hand; a bare word then reads no task."""


Test = Callable[[Any, QueryEnv], bool]
"""Asked about a task, or about anything that has a task's `FACTS`: where `Clause.facts` is true, or `Clause.words` is
and the environment holds the haystack."""

FACTS = ("kind", "status", "saved", "archived", "pinned", "stale")
"""The attributes of a task that a clause with `facts` reads, and no others."""


class Clause(NamedTuple):
    """A compiled condition, and what its answer hangs on."""

    test: Test
    facts: bool = False
    """It reads nothing of a task but `FACTS`, and nothing of the environment."""
    clock: bool = False
    """Its answer changes with time alone."""
    outside: bool = False
    """Its answer changes with marks or other things outside the task."""
    words: bool = False
    """It reads nothing of a task but its haystack and `FACTS`, and nothing else of the environment."""

    @property
    def quick(self) -> bool:
        """It can be asked with a haystack at hand instead of the task."""
        return self.words or self.facts


class Value(NamedTuple):
    """One value as written; `column` counts from 1."""

    text: str
    column: int
    quoted: bool = False
    regex: bool = False


class Field(msgspec.Struct, frozen=True):
    """One field of the language: how a comparison with values becomes a test, and what the task sorts by."""

    compile: Callable[[str, str, Sequence[Value]], Clause]
    """Called with the field's name, the operator and its values."""
    order: Callable[[Task, QueryEnv], Any] | None = None
    """A value to sort by, None for a task that has none; None where nothing can be sorted by the field."""


def signed(op: str, test: Test, **flags: bool) -> Clause:
    if op.startswith("!"):
        return Clause(lambda task, env: not test(task, env), **flags)
    return Clause(test, **flags)


def take_only(name: str, op: str, values: Sequence[Value], allowed: Collection[str]) -> None:
    if op not in allowed:
        raise QueryFault(values[0].column - len(op), f"{op} does not go with {name}; it takes {' '.join(allowed)}")


def is_smart(word: str) -> bool:
    """Smart case: a capital in what is searched makes the search tell case apart."""
    return word != word.lower()


def nearest(word: str, among: Iterable[str]) -> str:
    """The end of a fault's sentence that names the nearest known word, or nothing."""
    close = difflib.get_close_matches(word.lower(), list(among), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""


def any_of(clauses: Sequence[Clause]) -> Clause:
    """True where one of the clauses is."""
    if len(clauses) == 1:
        return clauses[0]
    tests = [clause.test for clause in clauses]
    return _joined(clauses, lambda task, env: any(test(task, env) for test in tests))


def all_of(clauses: Sequence[Clause]) -> Clause:
    """True where all of the clauses are; with none, always."""
    if len(clauses) == 1:
        return clauses[0]
    tests = [clause.test for clause in clauses]
    if not tests:
        return _joined(clauses, lambda _task, _env: True)
    if len(tests) == 2:
        first, second = tests
        return _joined(clauses, lambda task, env: first(task, env) and second(task, env))
    return _joined(clauses, lambda task, env: all(test(task, env) for test in tests))


def negated(clause: Clause) -> Clause:
    """True where the clause is not."""
    test = clause.test
    return clause._replace(test=lambda task, env: not test(task, env))


def _joined(clauses: Sequence[Clause], test: Test) -> Clause:
    return Clause(
        test,
        facts=all(clause.facts for clause in clauses),
        clock=any(clause.clock for clause in clauses),
        outside=any(clause.outside for clause in clauses),
        words=all(clause.quick for clause in clauses),
    )
