"""The board: which rows a view shows, in which order, and that a change costs and moves no more than it must."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.ui.board import Board, View

NOW = 1_000_000.0


def make(key: str, **fields: Any) -> Task:  # any field of a task
    return Task(**{"key": key, "kind": "tts", "status": TaskStatus.PENDING, "created_at": NOW, "label": key, **fields})


def board_of(tasks: Iterable[Task], **options: Any) -> Board:  # any option of a board
    return Board({task.key: task for task in tasks}, clock=lambda: NOW, **options)


def three() -> Board:
    return board_of(make(key) for key in "abc")


def test_newest_first_and_pinned_on_top() -> None:
    board = board_of([make("a"), make("b", pinned=True), make("c")])
    assert list(board.rows) == ["b", "c", "a"]
    change = board.apply([make("a", pinned=True), make("d")])
    assert list(board.rows) == ["b", "a", "d", "c"]
    assert change.moved
    assert change.changed == {"a", "d"}


def test_a_changed_row_keeps_its_place() -> None:
    board = three()
    change = board.apply([make("b", status=TaskStatus.SUCCESS)])
    assert list(board.rows) == ["c", "b", "a"]
    assert not change.moved
    assert change.counts
    assert board.task("b").status is TaskStatus.SUCCESS


def test_rows_keep_their_place_under_a_sort_until_it_is_asked_for_again() -> None:
    """A row that jumps away while it is read is lost to its reader."""
    board = board_of([make("a", attempt=1), make("b", attempt=2), make("c", attempt=3)])
    board.filter("sort:-try")
    assert list(board.rows) == ["c", "b", "a"]
    board.apply([make("a", attempt=9), make("d", attempt=5)])
    assert list(board.rows) == ["d", "c", "b", "a"]
    board.resort()
    assert list(board.rows) == ["a", "d", "c", "b"]


def test_tasks_without_a_value_come_last_whichever_way_they_are_sorted() -> None:
    board = board_of([make("a"), make("b", run_id=2), make("c", run_id=1)])
    board.filter("sort:run")
    assert list(board.rows) == ["c", "b", "a"]
    board.filter("sort:-run")
    assert list(board.rows) == ["b", "c", "a"]


def test_a_group_comes_before_the_sort() -> None:
    board = board_of([make("a", kind="tts"), make("b", kind="story"), make("c", kind="tts")])
    board.filter("group:kind sort:name")
    assert list(board.rows) == ["b", "a", "c"]


def test_a_retry_takes_the_place_the_cursor_and_nothing_else() -> None:
    board = three()
    board.move_cursor("b")
    board.toggle("b")
    change = board.apply([make("b", superseded_by="b2"), make("b2", retry_of="b", attempt=2)])
    assert list(board.rows) == ["c", "b2", "a"]
    assert board.cursor == "b2"
    assert board.marks == ()
    assert change.moved
    assert board.counts().total == 3


def test_a_retry_read_from_the_session_stands_where_the_old_try_stood() -> None:
    board = board_of(
        [
            make("a", superseded_by="a2"),
            make("b"),
            make("a2", retry_of="a", superseded_by="a3"),
            make("a3", retry_of="a2"),
        ]
    )
    assert list(board.rows) == ["b", "a3"]


def test_a_ring_of_retries_in_an_edited_file_does_no_harm() -> None:
    board = board_of([make("a", superseded_by="b"), make("b", superseded_by="a"), make("c")])
    board.apply([make("a", superseded_by="b", attempt=2), make("b", superseded_by="a", attempt=2)])
    assert list(board.rows) == ["c"]


def test_in_a_failed_view_the_cursor_of_a_retried_row_falls_to_the_next() -> None:
    board = board_of(make(key, status=TaskStatus.ERROR) for key in "abc")
    board.show_view(2)
    board.move_cursor("b")
    board.apply([make("b", status=TaskStatus.ERROR, superseded_by="b2"), make("b2", retry_of="b")])
    assert list(board.rows) == ["c", "a"]
    assert board.cursor == "a"


def test_a_row_that_stops_matching_leaves_but_not_from_under_the_cursor() -> None:
    """What somebody is reading does not vanish."""
    board = three()
    board.show_view(1)
    board.move_cursor("b")
    board.apply([make("b", status=TaskStatus.SUCCESS), make("c", status=TaskStatus.SUCCESS)])
    assert list(board.rows) == ["b", "a"]
    assert board.counts().views[1] == 1
    change = board.move_cursor("a")
    assert change.moved
    assert list(board.rows) == ["a"]


def test_an_archived_row_leaves_at_once() -> None:
    board = three()
    board.move_cursor("b")
    board.apply([make("b", archived=True)])
    assert list(board.rows) == ["c", "a"]
    assert board.cursor == "a"
    board.filter("is:archived")
    assert list(board.rows) == ["b"]


def test_a_faulty_filter_leaves_the_last_good_list() -> None:
    board = three()
    assert board.filter("b") is None
    fault = board.filter("b status:")
    assert fault is not None
    assert list(board.rows) == ["b"]
    assert board.filter_text == "b"


def test_each_view_keeps_its_filter_and_its_cursor() -> None:
    board = three()
    board.filter("-b")
    board.move_cursor("a")
    board.show_view(1)
    assert board.filter_text == ""
    board.move_cursor("b")
    board.show_view(0)
    assert (board.filter_text, board.cursor, list(board.rows)) == ("-b", "a", ["c", "a"])
    board.show_view(1)
    assert board.cursor == "b"


def test_the_cursor_returns_to_its_task_when_the_filter_goes() -> None:
    board = three()
    board.move_cursor("a")
    board.filter("c")
    assert board.cursor == "c"
    board.filter("")
    assert board.cursor == "a"


def test_a_limit_shows_the_first_rows_and_lets_others_move_up() -> None:
    board = three()
    board.filter("limit:2")
    assert list(board.rows) == ["c", "b"]
    assert board.position("a") is None
    board.apply([make("c", archived=True)])
    assert list(board.rows) == ["b", "a"]


def test_marks_are_an_explicit_list() -> None:
    board = three()
    assert board.targets("b") == ("b",)
    board.mark_all()
    board.apply([make("d")])
    assert board.marks == ("c", "b", "a")
    board.toggle("b")
    assert board.targets("d") == ("c", "a")
    board.clear_marks()
    board.mark_range("a", "b")
    assert set(board.marks) == {"a", "b"}
    assert board.targets(None) == tuple(board.marks)


def test_the_filter_of_marks_follows_them() -> None:
    board = three()
    board.toggle("b")
    board.filter("is:marked")
    assert list(board.rows) == ["b"]
    assert board.toggle("a").moved
    assert list(board.rows) == ["b", "a"]


def test_a_tick_lets_time_pass() -> None:
    clock = [NOW]
    board = Board(
        {key: make(key, created_at=NOW - age) for key, age in (("a", 50), ("b", 10))},
        clock=lambda: clock[0],
        views=(View("All", ""), View("Old", "age>1m")),
    )
    board.filter("age>1m")
    assert list(board.rows) == []
    clock[0] += 30
    change = board.tick()
    assert (change.moved, change.counts) == (True, True)
    assert list(board.rows) == ["a"]
    assert board.counts().views == (2, 1)
    assert not any(board.tick())


def test_counts_tell_what_there_is_to_do() -> None:
    words = ["held", "queued", "PENDING", "SUCCESS", "SUCCESS", "ERROR", "rejected", "unconfirmed", "overdue"]
    tasks = [make(f"k{place}", status=TaskStatus(word)) for place, word in enumerate(words)]
    tasks += [make("s", status=TaskStatus.SUCCESS, saved=("x",)), make("gone", archived=True), make("st", stale=True)]
    counts = board_of(tasks).counts()
    assert (counts.live, counts.failed, counts.held, counts.done, counts.open) == (3, 2, 1, 3, 2)
    assert (counts.unconfirmed, counts.stale, counts.unsaved, counts.total) == (1, 1, 2, 11)
    assert counts.views == (11, 3, 4, 1, 2)


class _Brief(NamedTuple):
    kind: str
    status: TaskStatus
    hidden: bool
    archived: bool
    pinned: bool
    saved: bool
    part: bool


class _LazyShelf(Mapping[str, Task]):
    """A shelf that remembers which tasks it had to decode."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._tasks = {task.key: task for task in tasks}
        self.decoded: list[str] = []

    def __getitem__(self, key: str) -> Task:
        self.decoded.append(key)
        return self._tasks[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tasks)

    def __len__(self) -> int:
        return len(self._tasks)

    def brief(self, key: str) -> _Brief:
        task = self._tasks[key]
        return _Brief(
            task.kind,
            task.status,
            task.is_hidden,
            task.archived,
            task.pinned,
            bool(task.saved),
            task.part_of is not None,
        )


def test_a_start_decodes_only_what_was_retried() -> None:
    """A session of 10,000 tasks is on the screen before it is all decoded."""
    shelf = _LazyShelf([make("a", superseded_by="a2"), make("b", pinned=True), make("c"), make("a2", retry_of="a")])
    board = Board(shelf, clock=lambda: NOW)
    assert list(board.rows) == ["b", "c", "a2"]
    assert board.counts().views == (3, 3, 0, 0, 0)
    board.show_view(1)
    board.filter("kind:tts -is:saved")
    assert list(board.rows) == ["b", "c", "a2"]
    assert set(shelf.decoded) == {"a"}


KEYS = st.sampled_from([f"k{number}" for number in range(12)])
CHANGES = st.lists(
    st.lists(
        st.builds(
            lambda key, status, archived, pinned: make(key, status=status, archived=archived, pinned=pinned),
            KEYS,
            st.sampled_from(list(TaskStatus)),
            st.booleans(),
            st.booleans(),
        ),
        max_size=8,
    ),
    max_size=6,
)


@given(changes=CHANGES, view=st.integers(0, 4), filtered=st.sampled_from(["", "is:live", "k1", "limit:3 -is:failed"]))
def test_rows_and_counts_after_changes_are_those_of_a_new_board(
    changes: list[list[Task]], view: int, filtered: str
) -> None:
    """Kept up change by change, they must not drift from what is."""
    board = board_of(make(f"k{number}") for number in range(4))
    board.show_view(view)
    board.filter(filtered)
    for tasks in changes:
        board.apply(tasks)
        board.move_cursor(None)
    fresh = board_of(board.task(f"k{number}") for number in _order(board))
    fresh.show_view(view)
    fresh.filter(filtered)
    assert list(board.rows) == list(fresh.rows)
    assert board.counts() == fresh.counts()
    assert [board.position(key) for key in board.rows] == list(range(len(board.rows)))


def _order(board: Board) -> list[int]:
    """Numbers of the keys in the order in which the board heard of them."""
    return [int(key[1:]) for key in board]


def test_many_rows_at_once_are_the_same_as_one_by_one() -> None:
    at_once, one_by_one = three(), three()
    tasks = [make(f"n{number}", pinned=number % 7 == 0) for number in range(200)]
    at_once.apply(tasks)
    for task in tasks:
        one_by_one.apply([task])
    assert list(at_once.rows) == list(one_by_one.rows)


def test_a_view_that_does_not_exist_is_refused() -> None:
    with pytest.raises(IndexError):
        three().show_view(5)
