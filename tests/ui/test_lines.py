"""Pure parts of the screen: adopting, retry plans, sorting, merging, arranging, titles, figures."""

from __future__ import annotations

import pytest

from camb_tui.domain.tasks import TaskStatus
from camb_tui.services.changes import ApiState, Change, Health, Notice, Outlook
from camb_tui.ui.adopt import read_ids
from camb_tui.ui.arrangement import Wishes, arrange
from camb_tui.ui.copying import curl_text
from camb_tui.ui.figures import Figures
from camb_tui.ui.intake import Intake, merge
from camb_tui.ui.kin import Kin
from camb_tui.ui.sorting import sorted_filter
from camb_tui.ui.summary import TITLE_CELLS, health_words, outlook_words, title_words
from camb_tui.ui.tally import Counts
from tests.scenes import utc
from tests.ui.fake_engine import NOW, task


def test_ids_are_read_out_of_a_paste_and_nothing_else_is() -> None:
    assert read_ids("dub a1b2c3, a1b2c3\n'd4e5f6' hello \x1b[2J").task_ids == ("a1b2c3", "d4e5f6")
    assert read_ids("dub a1b2c3").kind == "dubbing"
    assert read_ids("opaque").task_ids == ("opaque",)
    assert read_ids("").task_ids == ()


def test_a_sort_is_part_of_the_filter() -> None:
    assert sorted_filter("kind:tts sort:name", "dur") == "kind:tts sort:dur"
    assert sorted_filter("sort:dur", "dur") == "sort:-dur"
    assert sorted_filter("is:failed sort:dur", "none") == "is:failed"


def test_of_many_changes_the_last_word_counts() -> None:
    merged = merge(
        [
            Change(tasks=(task("a"),), notices=(Notice("one"),), sending_held="payment"),
            Change(tasks=(task("a", TaskStatus.SUCCESS),), notices=(Notice("two"),), sending_held=""),
        ]
    )
    assert [one.status for one in merged.tasks] == [TaskStatus.SUCCESS]
    assert [notice.text for notice in merged.notices] == ["one", "two"]
    assert merged.sending_held == ""


def test_the_screen_is_woken_once_for_many_changes() -> None:
    woken: list[int] = []
    intake = Intake(lambda: woken.append(1))
    for _ in range(3):
        intake.publish(Change())
    assert len(woken) == 1
    assert intake.take() is not None
    assert intake.take() is None
    intake.publish(Change())
    assert len(woken) == 2


@pytest.mark.parametrize(
    ("width", "height", "beside", "side", "detail"),
    [
        (80, 24, False, False, True),
        (120, 40, True, False, True),
        (160, 48, True, True, True),
        (80, 19, False, False, False),
    ],
)
def test_the_size_arranges_the_screen(width: int, height: int, beside: bool, side: bool, detail: bool) -> None:
    now = arrange(width, height, Wishes())
    assert (now.beside, now.side, now.detail) == (beside, side, detail)


def test_the_title_counts_first_and_is_short() -> None:
    counts = Counts(3, 2, 1, 9, 1, 1, 0, 0, ())
    assert title_words(counts) == "3> 2! 1? 1= camb"
    big = Counts(123456, 123456, 123456, 9, 123456, 1, 0, 0, ())
    assert len(title_words(big)) <= TITLE_CELLS


@pytest.mark.parametrize("state", list(ApiState))
def test_every_state_of_the_service_has_words(state: ApiState) -> None:
    words, colour = health_words(Health(state, 0.5, NOW - 60, NOW + 60), now=NOW)
    assert words
    assert colour.startswith("$")


def test_a_small_change_of_pace_reads_the_same() -> None:
    one, other = (health_words(Health(ApiState.OK, seconds), now=NOW) for seconds in (0.041, 0.044))
    assert one == other


def test_a_curl_line_names_no_key_and_no_other_server() -> None:
    line = curl_text(task("a", server="https://evil.example", task_id="x'; rm -rf"), "https://client.camb.ai/apis")
    assert "$CAMB_API_KEY" in line
    assert "evil" not in line
    assert "'https://client.camb.ai/apis/tts/x'\"'\"'; rm -rf'" in line


def test_figures_follow_the_tasks() -> None:
    figures = Figures([task(str(n), batch="b") for n in range(3)], midnight=NOW - 3600)
    for n in range(3):
        figures.take(task(str(n), TaskStatus.SUCCESS, batch="b", settled_at=NOW - 350))
    figures.take(task("2", TaskStatus.SUCCESS, batch="b", settled_at=NOW - 350, saved=("x",)))
    assert (figures.batches["b"].total, figures.batches["b"].done, figures.done_today) == (3, 3, 3)


def test_tries_before_survive_a_ring() -> None:
    ring = {"a": task("a", retry_of="b"), "b": task("b", retry_of="a")}
    assert len(Kin(ring).tries_before(ring["a"])) <= 50


@pytest.mark.parametrize(
    ("ahead", "left_out", "words"),
    [
        (30.0, 0, "all soon"),
        (-30.0, 3, "all but 3 soon"),
        (20 * 60.0, 0, "all by ~14:33"),
        (20 * 60.0 + 25.0, 0, "all by ~14:34"),
        (2 * 3600.0, 2, "all but 2 by ~16:15"),
        (12 * 3600.0, 0, "all by ~Tue 02:15"),
    ],
)
def test_when_all_is_done_is_a_time_of_day_in_steps(ahead: float, left_out: int, words: str) -> None:
    """A countdown would send something each second; and whom it does not speak of is said."""
    with utc():
        assert outlook_words(Outlook(NOW + ahead, left_out), now=NOW) == words
        assert outlook_words(Outlook(), now=NOW) == ""
