"""What the Overview says of a live task's end."""

from __future__ import annotations

import pytest

from camb_tui.domain.tasks import Task
from camb_tui.ui.detail.overview import overview
from camb_tui.ui.detail.parts import plain
from tests.scenes import utc
from tests.ui.fake_engine import NOW, task

LIVE = task("a", expected_at=NOW + 600, stuck_at=NOW + 1800, every=5.0)


@pytest.mark.parametrize(
    ("shown", "later", "words"),
    [
        (LIVE, 0.0, "about 14:23; nearly all tasks like it end by 14:43"),
        (LIVE, 590.0, "soon; nearly all tasks like it end by 14:43"),
        (LIVE, 1800.0, "nearly all tasks like it had ended by 14:43"),
        (LIVE.but(expected_at=None), 1800.0, "nearly all tasks like it had ended by 14:43"),
    ],
)
def test_it_is_told_as_times_of_day(shown: Task, later: float, words: str) -> None:
    """They stand still; and a task past the time nearly all take says so."""
    with utc():
        assert words in plain(overview(shown, now=NOW + later, ascii=False), 120)


def test_of_an_adopted_task_nothing_is_said_before_it_is_surely_stuck() -> None:
    """Nobody knows how old it is."""
    assert "nearly all" not in plain(overview(LIVE.but(expected_at=None), now=NOW, ascii=False), 120)
