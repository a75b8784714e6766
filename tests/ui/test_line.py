"""Lines of text: which cells are sent, and where a question stands."""

from __future__ import annotations

from itertools import count

import pytest

from camb_tui.ui.line import Part, changed_cells
from camb_tui.ui.strip import BottomLine, Option


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


LONG = "Retry 9 marked: 4 will be sent (about 5,108 characters), 5 left out (3 may exist, 2 would fail)"
TWO_LINES = f"{LONG}; {LONG}; {LONG}"


def strip_over_keys() -> tuple[BottomLine, list[str]]:
    """A strip of one line, 200 cells wide, and what it shows on the line below, newest last."""
    below: list[str] = []
    moments = count()
    strip = BottomLine(
        lend=lambda parts: below.append("" if parts is None else "".join(str(part[0]) for part in parts)),
        tick=lambda: float(next(moments)),
    )
    return strip, below


def test_a_question_too_long_for_its_line_is_read_to_its_end() -> None:
    """What is cut off a question about money is what one would have said no to."""
    strip, below = strip_over_keys()
    words = TWO_LINES
    strip.ask(words, lambda _yes: None, opened_by="r", others=[Option("!", "send all the same")])
    answers = "  y / N  ! send all the same"
    assert f"{strip.text} {below[-1]}" == words + answers
    strip.take_key("escape")
    assert below[-1] == ""


def test_answers_are_never_parted_from_each_other() -> None:
    strip, below = strip_over_keys()
    words = "x" * 196
    strip.ask(words, lambda _yes: None)
    assert (strip.text, below[-1]) == (words, "y / N")


def test_a_question_stands_whole_on_the_lines_of_notices_where_there_are_some() -> None:
    strip, below = strip_over_keys()
    strip.give_lines(3)
    strip.say("a notice")
    strip.ask(TWO_LINES, lambda _yes: None)
    shown = strip.text.split("\n")
    assert (len(shown), shown[0][7:], below[-1]) == (3, "a notice", "")
    assert f"{shown[1]} {shown[2]}" == f"{TWO_LINES}  y / N"


def test_a_long_notice_is_read_to_its_end_until_the_next_key() -> None:
    """Its end is the next step."""
    strip, below = strip_over_keys()
    words = TWO_LINES
    strip.say(words)
    assert f"{strip.text[7:]} {below[-1].strip()}" == words
    strip.settle()
    assert (strip.text[-1], below[-1]) == ("…", "")


def test_options_of_a_menu_that_have_no_room_stand_below() -> None:
    strip, below = strip_over_keys()
    options = [Option(letter, "a choice of twenty characters") for letter in "abcdefgh"]
    strip.choose("which:", options, lambda _key: None)
    assert strip.text.count("a choice") + below[-1].count("a choice") == 8
