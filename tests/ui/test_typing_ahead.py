"""Keys that arrive in one burst, as they do over a slow link: each acts where the one before it led."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import pytest
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Input

from camb_tui.services.changes import Mark, Release
from camb_tui.ui import typing_ahead
from camb_tui.ui.app import CambApp
from camb_tui.ui.entry import Entry
from camb_tui.ui.forms import NewTaskScreen
from tests.scenes import wait_for
from tests.ui.fake_engine import FakeEngine, make_app

WIDE = (120, 40)


def keys_of(text: str) -> Iterable[events.Key]:
    """The text as key presses; a tab and what stands in angle brackets are keys of that name."""
    rest = text
    while rest:
        if rest.startswith("<"):
            name, _, rest = rest[1:].partition(">")
            yield events.Key(name, None)
        else:
            character, rest = rest[0], rest[1:]
            yield events.Key(_character_to_key(character), character)


def burst(app: CambApp, text: str) -> None:
    """All of it arrives before the app has looked at the first key."""
    for key in keys_of(text):
        app.post_message(key)


def texts(app: CambApp) -> dict[str, str]:
    """What stands in the form's fields."""
    form = app.screen
    assert isinstance(form, NewTaskScreen)
    return {name: text for name, text in form.form.filled.texts.items() if text}


async def opened(app: CambApp, pilot: Pilot[Any]) -> None:
    await pilot.press("n")
    await wait_for(pilot, lambda: isinstance(app.screen, NewTaskScreen) and app.screen.focused is not None)


async def test_what_is_typed_behind_a_tab_stands_in_the_next_field() -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot)
        burst(app, "Hello<tab>20303<tab>en-us")
        await wait_for(pilot, lambda: "language" in texts(app) and texts(app)["language"] == "en-us")
        assert texts(app)["text"] == "Hello"
        assert texts(app)["voice_id"] == "20303"


async def test_letters_behind_n_are_text_and_not_commands_to_the_list() -> None:
    """`H` would send what is held, and `x` put tasks away."""
    engine = FakeEngine()
    app = make_app(engine=engine)
    async with app.run_test(size=WIDE) as pilot:
        burst(app, "nHx Hx")
        await wait_for(pilot, lambda: isinstance(app.screen, NewTaskScreen) and texts(app).get("text") == "Hx Hx")
        assert not [one for one in engine.commands if isinstance(one, Release | Mark)]


async def test_a_review_sees_all_that_was_typed_before_it() -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        await opened(app, pilot)
        burst(app, "Hello<tab>20303<tab>en-us<ctrl+s>")
        await wait_for(
            pilot,
            lambda: (
                "Send 1 tts task; 5 characters; en-us?" in app.export_screenshot(simplify=True).replace("&#160;", " ")
            ),
        )


async def test_a_backspace_takes_the_letter_before_it() -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        burst(app, "/chaptr<backspace>er")
        await wait_for(pilot, lambda: [entry.value for entry in app.monitor.query(Input)] == ["chapter"])


@pytest.mark.parametrize("opened_before", [False, True])
@pytest.mark.parametrize(("opener", "entry"), [("/", "#filter-entry"), (":", "#command")])
async def test_words_behind_an_entry_are_no_commands_of_the_list(opener: str, entry: str, opened_before: bool) -> None:
    """`x` would put a task away, and `r` ask to send it again."""
    engine = FakeEngine()
    app = make_app(engine=engine)
    async with app.run_test() as pilot:
        if opened_before:
            await pilot.press("slash" if opener == "/" else "colon", "escape")
        burst(app, f"{opener}xrbx")
        await wait_for(pilot, lambda: [one.value for one in app.monitor.query(entry).results(Entry)] == ["xrbx"])
        assert engine.asked == []
        assert not app.monitor.strip.is_asking


async def test_steps_in_the_list_wait_for_nothing() -> None:
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        first = app.monitor.table.cursor_key
        burst(app, "jjj<up>")
        await wait_for(pilot, lambda: app.monitor.board.rows.index(app.monitor.table.cursor_key or "") == 2)
        assert app.monitor.table.cursor_key != first


async def test_a_key_that_never_acts_holds_up_the_others_only_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """A widget that is stuck must not take the keyboard with it."""
    app = make_app()
    async with app.run_test(size=WIDE) as pilot:
        typing = app._typing
        typing._since = time.monotonic()  # as if one were under way
        burst(app, "?")
        await pilot.pause()
        assert len(app.screen_stack) == 1
        monkeypatch.setattr(typing_ahead, "_PATIENCE", 0.0)
        burst(app, "<up>")
        await wait_for(pilot, lambda: len(app.screen_stack) == 2)
