"""Whose turn it is when more tasks are due than can be asked about, and how long anybody can be passed over."""

from __future__ import annotations

from collections.abc import Mapping

from camb_tui.services.turns import OLDEST_EVERY, RANKED, Turns


def with_worth(worth: Mapping[str, float]) -> Turns:
    """All due, in the order given."""
    turns = Turns(lambda key, now: worth[key])
    for key in worth:
        turns.add(key)
    return turns


def test_the_most_worthwhile_goes_first() -> None:
    """A request is best spent where the answer has most likely changed."""
    turns = with_worth({"a": 0.1, "b": 3.0, "c": 1.0})
    assert [turns.take(0.0) for _ in range(4)] == ["b", "c", "a", None]


def test_who_a_person_waits_for_goes_before_all() -> None:
    """In the order they asked in."""
    turns = with_worth({"a": 9.0, "b": 3.0, "c": 1.0})
    turns.add("c", urgent=True)
    turns.add("new", urgent=True)
    assert [turns.take(0.0) for _ in range(3)] == ["c", "new", "a"]


def test_who_is_not_due_any_more_has_no_turn() -> None:
    """Forgotten or planned anew, wherever it stood in line."""
    turns = with_worth({"a": 9.0, "b": 3.0, "c": 1.0})
    assert turns.take(0.0) == "a"
    turns.add("c", urgent=True)
    turns.discard("b")
    turns.discard("c")
    assert len(turns) == 0
    assert turns.take(0.0) is None


def test_nobody_is_passed_over_for_ever() -> None:
    """The least worthwhile of n waits n x OLDEST_EVERY turns at most, while better ones keep coming."""
    count = 50
    turns = with_worth({f"{number}": 0.0 for number in range(count)})
    turns._worth = lambda key, now: 1.0 if key.startswith("fresh") else 0.0
    passed = 0
    while any(f"{number}" in turns for number in range(count)):
        turns.add(f"fresh{passed}", urgent=passed % 2 == 0)
        turns.take(float(passed))
        passed += 1
    assert passed == count * OLDEST_EVERY


def test_an_order_is_made_anew_as_time_passes() -> None:
    """What was worth most a while ago may not be now."""
    turns = Turns(lambda key, now: now if key == "late" else 1.0)
    for number in range(3 * RANKED):
        turns.add(f"{number}")
    turns.add("late")
    assert turns.take(0.0) != "late"
    assert turns.take(10.0) == "late"
