"""Which tasks the queries of a view and of its filter leave, and what is at hand for them while a filter is typed.

`Haystacks` holds of every task its facts and where its words are searched, so that a key typed decodes nothing. It is
gathered a slice at a time, so that no key waits for all of it. Its copies of texts are bounded, and go with the filter
bar; `board` decides when there are any, and keeps them up to date.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from camb_tui.domain.query import Query, QueryEnv
from camb_tui.domain.tasks import Task
from camb_tui.ui.tally import Facts

_MOST = 3_000_000
"""Bytes of haystacks that are kept; tasks beyond it are asked themselves."""
_SLICE = 64
"""Tasks between two looks at the clock."""


Found = dict[str, bool]
"""The keys of tasks that match, and whether each is pinned."""


def sift_facts(facts: Mapping[str, Facts], base: Query, query: Query, env: QueryEnv) -> Found:
    """The tasks that match queries of facts alone, asking once for each combination of them."""
    archived = base.archived or query.archived

    def matches(facts: Facts) -> bool:
        if facts.superseded or (facts.archived and not archived):
            return False
        return base.clause.test(facts, env) and query.clause.test(facts, env)

    answers = {one: matches(one) for one in set(facts.values())}
    return {key: one.pinned for key, one in facts.items() if answers[one]}


def sift_tasks(tasks: Iterable[Task], base: Query, query: Query, env: QueryEnv) -> Found:
    """The tasks that match both queries, each asked itself."""
    archived = base.archived or query.archived
    in_view, matches = base.clause.test, query.clause.test
    return {
        task.key: task.pinned
        for task in tasks
        if task.superseded_by is None and (archived or not task.archived) and in_view(task, env) and matches(task, env)
    }


class Haystacks:
    """Facts and haystacks by key."""

    def __init__(
        self,
        keys: Sequence[str],
        facts: Callable[[str], Facts],
        haystack: Callable[[str], str],
        *,
        most: int | None = None,
    ) -> None:
        """`keys` are all there are now; what comes later is `put`."""
        self._read_facts, self._read = facts, haystack
        self._left = list(keys)
        self._facts: dict[str, Facts] = {}
        self._same: dict[Facts, Facts] = {}  # few differ, and each is kept once
        self._words: dict[str, str | None] = {}
        self._room = _MOST if most is None else most

    def gather(self, seconds: float | None = None) -> bool:
        """Reads what is missing, for so long at most; whether all is there."""
        end = None if seconds is None else time.perf_counter() + seconds
        left = self._left
        while left and (end is None or time.perf_counter() < end):
            for key in left[-_SLICE:]:
                if key not in self._facts:
                    self.put(key, self._read_facts(key))
            del left[-_SLICE:]
        return not left

    def put(self, key: str, facts: Facts) -> None:
        """Takes in a task, new or changed."""
        self._facts[key] = self._same.setdefault(facts, facts)
        self._room += _size(self._words.pop(key, None))
        words = self._read(key) if self._room > 0 else None
        size = _size(words)
        if size > self._room:
            words = None
        else:
            self._room -= size
        self._words[key] = words

    def sift(
        self,
        base: Query,
        query: Query,
        env: QueryEnv,
        task: Callable[[str], Task],
        within: Iterable[str] | None = None,
    ) -> Found:
        """The tasks, of those of `within` where it is given, that match both queries, with their pins."""
        self.gather()
        archived = base.archived or query.archived
        in_view, matches = base.clause.test, query.clause.test
        quick = base.clause.quick and query.clause.quick
        needed = (*base.needed, *query.needed)
        all_facts, all_words = self._facts, self._words
        found: Found = {}
        try:
            for key in all_facts if within is None else within:  # written out flat: each key typed asks of all
                facts = all_facts[key]
                if facts.superseded or (facts.archived and not archived):
                    continue
                words = all_words[key]
                asked: Facts | Task = facts
                env.words = words
                if words is None:
                    asked = task(key)
                elif not quick:
                    if needed and any(word not in words for word in needed):
                        continue
                    asked = task(key)
                if in_view(asked, env) and matches(asked, env):
                    found[key] = facts.pinned
        finally:
            env.words = None
        return found


def _size(words: str | None) -> int:
    return 0 if words is None else words.__sizeof__()
