"""Lines of text: which cells are sent, and where a question stands."""

from __future__ import annotations

import pytest

from camb_tui.ui.line import Part, changed_cells
from camb_tui.ui.strip import BottomLine


@pytest.mark.parametrize("lines", [1, 3])
@pytest.mark.parametrize("notices", [0, 1, 2, 5])
def test_a_question_stands_on_the_last_line_there_is(lines: int, notices: int) -> None:
    """A question below the last line is not seen, and still takes every key."""
    strip = BottomLine()
    strip.give_lines(lines)
    for number in range(notices):
        strip.say(f"notice {number}")
    strip.ask("Send it again?", lambda _yes: None)
    shown = strip.text.split("\n")
    assert len(shown) == lines
    assert shown[-1].startswith("Send it again?")


def test_lines_with_nothing_to_say_are_as_many() -> None:
    """Where the number of lines changes, all of them are sent."""
    strip = BottomLine()
    strip.give_lines(3)
    strip.say("notice")
    shown = strip.text.split("\n")
    assert [line[7:] for line in shown] == ["", "", "notice"]


@pytest.mark.parametrize(
    ("old", "new", "spans"),
    [
        (["a ", ("12", "bold"), " live"], ["a ", ("13", "bold"), " live"], [(2, 4)]),
        ([("1", "bold"), " x ", "2"], [("3", "bold"), " x ", "4"], [(0, 1), (4, 5)]),
        (["a ", ("9", "bold"), " live "], ["a ", ("10", "bold"), " live"], [(2, 9)]),
        (["a"], ["a", "bc"], [(1, 3)]),
        (["a", "bc"], ["a"], [(1, 3)]),
        (["dear ", ("猫", "bold"), "!"], ["dear ", ("犬", "bold"), "!"], [(5, 7)]),
        (["a\n", "b"], ["a\n", "c"], [(0, 1)]),
        (["a\nb\n", ("c", "bold")], ["a\nb\n", ("cd", "bold")], [(0, 2)]),
        (["a"], ["a\n", "b"], []),
    ],
)
def test_a_line_sends_only_what_reads_differently(
    old: list[Part], new: list[Part], spans: list[tuple[int, int]]
) -> None:
    """Counts change all the time, and the words between them never do."""
    assert [(region.x, region.right) for region in changed_cells(old, new)] == spans
