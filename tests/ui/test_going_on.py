"""Going on from what is finished: another format of a dub, a story in another language, transcripts by language."""

from __future__ import annotations

import pytest

from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.changes import Adopt, SaveTranscript
from camb_tui.ui.forms import NewTaskScreen
from tests.ui.fake_engine import FakeEngine, make_app, task
from tests.ui.test_app import NARROW, last_words

DUB = {"video_url": "https://a.example/film.mp4", "source_language": 1, "target_languages": [54, "fr-fr"]}


def dub(status: TaskStatus = TaskStatus.SUCCESS) -> Task:
    return task("d", status, kind="dubbing", request=DUB, run_id=77 if status is TaskStatus.SUCCESS else None)


async def test_another_format_opens_a_form_that_knows_run_and_languages() -> None:
    """Only the format is left to choose."""
    app = make_app([dub()])
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("colon", *"alt-format", "enter")
        await pilot.pause()
        form = app.screen
        assert isinstance(form, NewTaskScreen)
        assert form.form.filled.kind.name == "dub-alt-format"
        texts = {name: text for name, text in form.form.filled.texts.items() if text}
        assert texts == {"run_id": "77", "language": "es-es, fr-fr"}


async def test_a_story_goes_on_into_another_language() -> None:
    app = make_app([task("s", TaskStatus.SUCCESS, kind="story", request={"file": "a.txt"}, run_id=5)])
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("colon", *"translate", "enter")
        await pilot.pause()
        form = app.screen
        assert isinstance(form, NewTaskScreen)
        assert form.form.filled.kind.name == "translated-story"
        assert form.form.filled.texts["run_id"] == "5"


@pytest.mark.parametrize(
    ("tasks", "command"),
    [
        ([], "alt-format"),
        ([dub(TaskStatus.PENDING)], "alt-format"),
        ([dub()], "translate"),
        ([task("t")], "transcript"),
    ],
)
async def test_what_cannot_be_gone_on_from_says_why(tasks: list[Task], command: str) -> None:
    engine = FakeEngine()
    app = make_app(tasks, engine)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("colon", *command, "enter")
        await pilot.pause()
        assert not isinstance(app.screen, NewTaskScreen)
        assert any(word in last_words(app) for word in ("no task", "takes a task of kind", "SUCCESS"))
        assert engine.asked == []


async def test_transcripts_are_saved_in_the_format_chosen() -> None:
    engine = FakeEngine()
    app = make_app([dub()], engine)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("colon", *"transcript", "enter")
        await pilot.press("v")
        assert engine.asked == [SaveTranscript(("d",), "vtt")]


async def test_every_kind_can_be_chosen_for_an_adopted_id() -> None:
    """On the pages of the menu, none of which is cut off at 80 columns."""
    engine = FakeEngine()
    app = make_app([], engine)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("a", *"abc-123", "enter")
        assert "5 story" in app.monitor.strip.text
        assert "0 more" in app.monitor.strip.text
        await pilot.press("0", "0")
        assert "3 alt" in app.monitor.strip.text
        await pilot.press("3")
        assert engine.asked == [Adopt("dub-alt-format", "abc-123")]
