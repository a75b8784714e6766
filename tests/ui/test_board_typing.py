"""A filter typed key by key: whatever is kept at hand, the rows are those that each task would give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camb_tui.domain.haystack import haystack_of
from camb_tui.domain.query import QueryEnv, QueryFault, parse
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.session_shelf import Entry, TaskShelf
from camb_tui.services.session_text import encode_body
from camb_tui.ui.board import Board, View
from camb_tui.ui.sifting import Haystacks
from camb_tui.ui.tally import facts_of

NOW = 1_000_000.0
WORDS = st.text("naNA1Σσςİ\u212a é", max_size=6)
KEYS = st.sampled_from([f"k{number}" for number in range(8)])


def make(key: str, **fields: Any) -> Task:  # any field of a task
    return Task(**{"key": key, "kind": "tts", "status": TaskStatus.PENDING, "created_at": NOW, **fields})


TASKS = st.builds(
    make,
    KEYS,
    label=WORDS,
    kind=st.sampled_from(["tts", "story", "translation"]),
    status=st.sampled_from([TaskStatus.SUCCESS, TaskStatus.ERROR, TaskStatus.PENDING]),
    task_id=st.none() | st.just("na-1"),
    run_id=st.none() | st.integers(0, 12),
    batch=st.none() | WORDS,
    tags=st.lists(WORDS, max_size=2).map(tuple),
    request=st.one_of(
        st.just({}),
        WORDS.map(lambda text: {"text": text}),
        st.lists(WORDS, max_size=2).map(lambda texts: {"texts": texts}),
    ),
    archived=st.booleans(),
    pinned=st.booleans(),
    superseded_by=st.none() | st.just("gone"),
)
QUERIES = (
    *("na", '"n a"', '"na\nna"', "-na", "!1", "na|a", "(n|A)-a", "/n.a/", "-/^a/", "kind:st", "is:failed", "name:na"),
    *("text:a", "age<1h", "is:archived", "-is:pinned", "is:marked", "sort:name", "limit:2", "-(na|is:done)"),
)
ATOMS = st.one_of(
    WORDS.filter(lambda word: word.strip() != ""),
    st.sampled_from(QUERIES),
)
TYPED = st.lists(
    st.one_of(
        ATOMS.map(lambda atom: ("type", atom)),
        st.integers(1, 6).map(lambda many: ("back", many)),
        st.lists(TASKS, max_size=3).map(lambda tasks: ("change", tasks)),
        st.sampled_from([("wait", None), ("close", None)]),
    ),
    max_size=8,
)


def check(board: Board, text: str) -> None:
    """The rows are what asking each task gives, in the order of a board that keeps nothing at hand."""
    try:
        query = parse(text)
    except QueryFault:
        return
    base = parse(board.views[0].query)
    plain = Board({key: board.task(key) for key in board}, clock=lambda: NOW, views=board.views)
    plain.filter(text)
    assert list(board.rows) == list(plain.rows)
    if query.limit is None:
        archived = base.archived or query.archived
        assert set(board.rows) == {
            task.key
            for task in map(board.task, board)
            if task.superseded_by is None
            and (archived or not task.archived)
            and base.clause.test(task, board.env)
            and query.clause.test(task, board.env)
        }


@given(
    tasks=st.lists(TASKS, max_size=8, unique_by=lambda task: task.key),
    typed=TYPED,
    base=st.sampled_from(["", "is:live", "n", "-a"]),
    room=st.sampled_from([3_000_000, 150, 0]),
)
def test_the_rows_are_those_of_each_task_asked_by_itself(
    tasks: list[Task], typed: list[tuple[str, Any]], base: str, room: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("camb_tui.ui.sifting._MOST", room)
        patch.setattr("camb_tui.ui.sifting._SLICE", 1)
        board = Board(shelf_of(tasks), clock=lambda: NOW, views=[View("all", base)])
        board.prepare(0.0)
        text = ""
        for what, value in typed:
            if what == "type":
                text += " " if text else ""
                for letter in value:
                    text += letter
                    board.filter(text)
                    check(board, text)
            elif what == "back":
                for _ in range(value):
                    text = text[:-1]
                    board.filter(text)
                    check(board, text)
            elif what == "change":
                board.apply(value)
                board.move_cursor(None)
                board.filter(text)
                check(board, text)
            elif what == "wait":
                board.prepare(0.0)
            else:
                board.rest()


def shelf_of(tasks: list[Task]) -> TaskShelf:
    """The tasks as the session file brings them: bytes, none of them read."""
    return TaskShelf({task.key: Entry(encode_body(task)) for task in tasks})


class _Untouchable(Mapping[str, Task]):
    """A shelf whose tasks nobody should ask for."""

    def __init__(self, tasks: list[Task]) -> None:
        self._shelf = shelf_of(tasks)
        self.brief, self.haystack = self._shelf.brief, self._shelf.haystack

    def __getitem__(self, key: str) -> Task:
        raise AssertionError(f"{key} was decoded")

    def __iter__(self) -> Iterator[str]:
        return iter(self._shelf)

    def __len__(self) -> int:
        return len(self._shelf)


def test_words_and_facts_decode_nothing() -> None:
    """The first letter typed would have to wait for ten thousand tasks."""
    board = Board(
        _Untouchable([make("a", label="Narration", status=TaskStatus.ERROR), make("b", request={"text": "Banana"})]),
        clock=lambda: NOW,
    )
    board.prepare()
    for text, rows in (("n", "ba"), ("na", "ba"), ("na -narr", "b"), ("na is:failed", "a"), ("zz OR kind:tts", "ba")):
        board.filter(text)
        assert "".join(board.rows) == rows
    board.filter("name:x nothing")  # a field needs its task, but not where a word rules it out
    assert not board.rows


def test_a_capital_sigma_is_another_letter_at_the_end_of_a_word() -> None:
    """What a word must hold is looked for in lower case, which depends on what stands beside it."""
    board = Board(shelf_of([make("a", label="\u0391\u03a3\u0391")]), clock=lambda: NOW)
    board.prepare()
    board.filter("\u0391\u03a3")
    assert list(board.rows) == ["a"]


def test_what_is_kept_at_hand_is_bounded() -> None:
    """Whole books may have been sent; their text is in memory once already."""
    tasks = {key: make(key, label="x" * 1_000) for key in "abcd"}
    read = []

    def haystack(key: str) -> str:
        read.append(key)
        return haystack_of(tasks[key])

    stacks = Haystacks(list(tasks), lambda key: facts_of(tasks[key]), haystack, most=2_500)
    assert stacks.gather()
    asked = []

    def task(key: str) -> Task:
        asked.append(key)
        return tasks[key]

    found = stacks.sift(parse(""), parse("xx"), QueryEnv(NOW), task)
    assert set(found) == set("abcd")
    assert len(asked) == 2
