"""The bottom line where it has several lines."""

from __future__ import annotations

import pytest

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
