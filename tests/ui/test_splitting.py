"""`|` on the main screen: what is asked, what is sent, where the parts stand, and how a split task reads."""

from __future__ import annotations

import pytest

from camb_tui.domain.advice import advise
from camb_tui.domain.kinds import ResultShape
from camb_tui.domain.results import Result
from camb_tui.domain.tasks import TaskStatus
from camb_tui.services.changes import Change, Split
from camb_tui.ui.board import Board
from camb_tui.ui.detail.result import result
from camb_tui.ui.splitting import plan_split
from tests.ui.fake_engine import FakeEngine, make_app, task
from tests.ui.test_app import deaf_no_more, last_words

REQUEST = {"text": "The first sentence stands here. The second one comes after it.", "voice_id": 1, "language": 1}
FILM = {"video_url": "https://v.example/film.mov"}


async def test_a_split_is_asked_about_and_then_sent() -> None:
    """Two requests are paid for where one was."""
    engine = FakeEngine()
    app = make_app([task("a", TaskStatus.TIMEOUT, request=REQUEST)], engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("vertical_line")
        assert app.monitor.strip.is_asking
        assert "Split into 2 parts of about 30 characters?" in app.monitor.strip.text
        deaf_no_more(app)
        await pilot.press("n")
        assert engine.asked == []
        await pilot.press("vertical_line")
        deaf_no_more(app)
        await pilot.press("y")
        assert engine.asked == [Split("a")]
        assert "z takes them back" in last_words(app)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (
            task("a", TaskStatus.TIMEOUT, kind="dubbing", request=FILM),
            "ffmpeg -i film.mov",
        ),
        (task("a", TaskStatus.PENDING, request=REQUEST), "only what failed"),
        (task("a", TaskStatus.SUCCESS, request=REQUEST), "it succeeded"),
        (task("a", TaskStatus.TIMEOUT, request={"text": "abc"}), "too short"),
        (task("a", TaskStatus.TIMEOUT, kind="story", request={"file": "a.txt"}), "a document"),
    ],
)
async def test_the_key_says_why_it_cannot_act(one: object, why: str) -> None:
    engine = FakeEngine()
    app = make_app([one], engine)  # type: ignore[list-item]  # parametrize knows no types
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("vertical_line")
        assert not app.monitor.strip.is_asking
        assert why in last_words(app)
        assert engine.asked == []


def test_one_task_at_a_time_is_split() -> None:
    several = [task("a", TaskStatus.TIMEOUT), task("b", TaskStatus.TIMEOUT)]
    assert plan_split(several).key is None
    assert plan_split([]).key is None


def test_parts_stand_below_their_whole_also_after_a_restart_and_a_retry() -> None:
    """The whole is where the user looks for them, however many tasks came later."""
    whole = task("w", TaskStatus.SPLIT, parts=("p1", "p2"))
    parts = [task("p1", part_of="w"), task("p2", TaskStatus.ERROR, part_of="w")]
    board = Board({one.key: one for one in [task("old"), whole, task("new")]}, clock=lambda: 0.0)
    board.apply(parts)
    assert list(board.rows) == ["new", "w", "p1", "p2", "old"]
    again = [parts[1].but(superseded_by="p3"), task("p3", part_of="w", retry_of="p2")]
    board.apply(again)
    assert list(board.rows) == ["new", "w", "p1", "p3", "old"]
    later = Board({one.key: one for one in [task("old"), whole, task("new"), parts[0], *again]}, clock=lambda: 0.0)
    assert list(later.rows) == ["new", "w", "p1", "p3", "old"]


def test_parts_of_a_part_and_many_tries_never_take_a_place_twice() -> None:
    board = Board({"w": task("w")}, clock=lambda: 0.0)
    board.apply(task(f"p{number}", part_of="w") for number in range(1, 40))
    board.apply(task(f"q{number}", part_of="p1") for number in range(1, 40))
    last = "p2"
    for number in range(10):
        heir = f"r{number}"
        board.apply([task(last, part_of="w", superseded_by=heir), task(heir, part_of="w", retry_of=last)])
        last = heir
    assert len(set(board.rows)) == len(board.rows) == 1 + 39 + 39
    assert board.rows[0] == "w"


async def test_a_split_task_shows_how_far_its_parts_are() -> None:
    engine = FakeEngine()
    app = make_app([task("a", TaskStatus.SPLIT, parts=("b", "c"), parts_done=0, split_status="TIMEOUT")], engine)
    async with app.run_test(size=(120, 40)) as pilot:
        app.monitor.publish(
            Change(tasks=(task("a", TaskStatus.SPLIT, parts=("b", "c"), parts_done=1, split_status="TIMEOUT"),))
        )
        app.monitor.take_changes()
        await pilot.pause()
        shown = "\n".join(strip.text for strip in app.monitor.table.render_lines(app.monitor.table.size.region))
        assert "split 1/2" in shown
        assert "done so far" in " ".join(app.monitor.detail.text.split())


def test_advice_names_the_key_where_it_helps() -> None:
    text_ = advise(task("a", TaskStatus.TIMEOUT, request=REQUEST))
    assert text_.steps[0].startswith("| splits it")
    media = advise(task("a", TaskStatus.TIMEOUT, kind="dubbing", request=FILM))
    assert media.steps[1].startswith("ffmpeg -i "), "a command is copied from where a line begins"
    stopped = advise(task("a", TaskStatus.TIMEOUT, parts=("b", "c"), parts_done=1, request=REQUEST))
    assert "others need you" in stopped.headline


def test_the_joined_sound_is_listed_by_its_parts() -> None:
    found = Result(shape=ResultShape.AUDIO, part_urls=("https://f.example/1", "https://f.example/2"))
    parts = result(task("a", TaskStatus.SUCCESS, parts=("b", "c")), found, ascii=False)
    assert len(found.links()) == 2
    assert "joined as one file" in str([parts[-1].draw(place, 80) for place in range(len(parts[-1]))])
