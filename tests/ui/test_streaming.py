"""Streams on the screen: chosen in the form, watched in the Result tab, ended by a key."""

from __future__ import annotations

import pytest

from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.changes import CancelStream, Change, OpenResult, StreamView, Submit
from camb_tui.ui.words import size_text
from tests.ui.detail_app import DetailApp, make
from tests.ui.fake_engine import FakeEngine, make_app, task
from tests.ui.form_harness import Form, opened


async def fill(form: Form) -> None:
    await form.type("text", "Once upon")
    await form.type("voice_id", "20303")
    await form.type("language", "en-us")


async def turn(form: Form, key: str = "right") -> None:
    form.row(":stream").control.focus()
    await form.press(key)


async def test_choosing_to_stream_brings_that_routes_fields_and_keeps_what_stands_there() -> None:
    async with opened() as form:
        await fill(form)
        await turn(form)
        assert [form.row(name).text for name in ("text", "voice_id", "language")] == ["Once upon", "20303", "en-us"]
        assert form.row("speech_model").text == ""
        await form.type("voice_settings.speaking_rate", "1.2")
        await form.review()
        assert "Send 1 tts stream" in form.line
        form.clock.seconds += 1
        await form.press("enter")
        request = {"text": "Once upon", "voice_id": 20303, "language": "en-us", "voice_settings.speaking_rate": 1.2}
        assert form.app.results[0] == Submit((Submission("tts", request, streamed=True),))


async def test_turning_back_brings_back_the_tasks_fields_with_what_stood_in_them() -> None:
    """A look at the other form must not cost what was typed."""
    async with opened() as form:
        await fill(form)
        await form.type("age", "40")
        await turn(form)
        await turn(form, "left")
        assert form.row("age").text == "40"
        sent = await form.send()
        assert sent is not None
        assert sent.submissions[0].streamed is False
        assert sent.submissions[0].request["language"] == 1


async def test_texts_become_one_text_and_back() -> None:
    """The streaming route of translations takes one."""
    async with opened(kind="translation") as form:
        await form.type("texts", "Good day")
        await turn(form)
        assert form.row("text").text == "Good day"
        await turn(form, "left")
        assert form.row("texts").text == "Good day"


async def test_an_edited_stream_stays_one() -> None:
    request = {"text": "Once upon", "voice_id": 20303, "language": "en-us", "speech_model": "mars-pro"}
    old = Task(
        key="k1", kind="tts", status=TaskStatus.ERROR, created_at=1.0, streamed=True, folder="/books", request=request
    )
    async with opened(prefill=old) as form:
        sent = await form.send()
    assert sent is not None
    assert sent.submissions[0] == Submission("tts", request, streamed=True, folder="/books")


async def test_kinds_without_a_streaming_route_do_not_offer_it() -> None:
    async with opened(kind="dubbing") as form:
        assert not [row for row in form.screen.form.query("FieldRow") if row.field.name == ":stream"]  # type: ignore[attr-defined]  # found by its name


def streaming_task(kind: str = "tts") -> Task:
    return make(TaskStatus.SENDING, kind=kind, streamed=True, task_id=None, settled_at=None)


async def test_the_result_tab_shows_what_comes_as_it_comes() -> None:
    """With what it costs, and how to end it."""
    app = DetailApp()
    async with app.run_test() as pilot:
        app.pane.tab = "Result"
        app.pane.show(streaming_task("translation"))
        view = StreamView(size=2_000, first_byte=0.4, credits="45", text="Bonjour \x1b[31mtout")
        app.pane.show_stream("k1", view)
        await pilot.pause()
        shown = app.screen_text()
        for words in (size_text(2_000), "first byte after 0.4 s", "45", "Bonjour", "X ends it"):
            assert words in shown
        assert "\x1b" not in shown
        app.pane.tab = "Overview"
        await pilot.pause()
        assert "streaming" in app.screen_text()


async def test_a_finished_stream_of_sound_asks_for_no_result() -> None:
    """The service keeps none; what came is in the file."""
    app = DetailApp()
    async with app.run_test() as pilot:
        app.pane.tab = "Result"
        done = streaming_task().but(status=TaskStatus.SUCCESS, saved=("/out/night.mp3",), message="2.0 kB, 45 credits")
        app.pane.show(done)
        await pilot.pause()
        assert app.wanted == [("SoundsWanted", "k1")]
        assert "/out/night.mp3" in app.screen_text()
        assert "45 credits" in app.screen_text()


async def test_ending_a_stream_asks_first() -> None:
    """What came is lost, and may be paid for."""
    engine = FakeEngine()
    one = task("1", TaskStatus.SENDING, streamed=True, task_id=None)
    async with make_app([one], engine).run_test(size=(80, 24)) as pilot:
        await pilot.press("X")
        await pilot.pause(0.4)
        await pilot.press("n")
        assert not [command for command in engine.asked if isinstance(command, CancelStream)]
        await pilot.press("X")
        await pilot.pause(0.4)
        await pilot.press("y")
        assert [command for command in engine.asked if isinstance(command, CancelStream)] == [CancelStream(("1",))]


def a_stream(key: str = "9") -> Task:
    return task(key, TaskStatus.SENDING, streamed=True, task_id=None)


def cancelled(engine: FakeEngine) -> list[CancelStream]:
    return [command for command in engine.asked if isinstance(command, CancelStream)]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_esc_ends_the_stream_that_is_watched(size: tuple[int, int]) -> None:
    """Opened alone, or in the pane with the focus; what it says there is that it does."""
    engine = FakeEngine()
    app = make_app([task("1"), a_stream()], engine)  # the newest is on top
    async with app.run_test(size=size) as pilot:
        await pilot.press("o")
        await pilot.pause(0.3)
        assert "esc or X ends it" in app.monitor.detail.text
        await pilot.press("escape")
        assert cancelled(engine) == [CancelStream(("9",))]
        app.monitor.publish(Change(tasks=(a_stream().but(status=TaskStatus.ERROR, message="cancelled after 2 KB"),)))
        app.monitor.take_changes()
        await pilot.pause()
        assert "You cancelled the stream" in app.monitor.detail.text
        await pilot.press("escape")
        assert not app.monitor.wishes.alone, "nothing is left to end, so it closes"
        assert len(cancelled(engine)) == 1


async def test_esc_in_the_list_asks_before_it_ends_the_stream_under_the_cursor() -> None:
    """The row may be there by chance; and what else esc closes or clears goes first."""
    engine = FakeEngine()
    app = make_app([task("1"), a_stream()], engine)  # the newest is on top
    async with app.run_test(size=(80, 24)) as pilot:
        app.monitor.filter_by("ch")
        await pilot.press("enter", "escape")
        assert not app.monitor.wishes.alone, "its overview is closed, the stream goes on"
        await pilot.press("escape")
        assert not app.monitor.board.filter_text
        assert not app.monitor.strip.is_asking
        await pilot.press("escape")
        assert app.monitor.strip.is_asking
        await pilot.pause(0.4)
        await pilot.press("escape")
        assert not cancelled(engine), "esc is a no"
        await pilot.press("escape")
        await pilot.pause(0.4)
        await pilot.press("y")
        assert cancelled(engine) == [CancelStream(("9",))]


async def test_esc_ends_no_stream_that_nobody_looks_at() -> None:
    """Neither one in another row nor one among many marked."""
    engine = FakeEngine()
    app = make_app([a_stream("8"), a_stream("9"), task("1")], engine)
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.monitor.table.cursor_key == "1"
        await pilot.press("escape", "o", "escape")
        assert not app.monitor.strip.is_asking
        await pilot.press("j", "space", "j", "space", "escape")
        assert not app.monitor.strip.is_asking
    assert not cancelled(engine)


async def test_esc_ends_nothing_in_a_session_that_is_only_read() -> None:
    engine = FakeEngine()
    app = make_app([a_stream()], engine, read_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("o", "escape")
        assert not app.monitor.wishes.alone
        await pilot.press("escape")
        assert not app.monitor.strip.is_asking
    assert not cancelled(engine)


async def test_there_is_nothing_to_end_where_nothing_streams() -> None:
    engine = FakeEngine()
    app = make_app([task("1")], engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("X")
        await pilot.pause()
        assert not [command for command in engine.asked if isinstance(command, CancelStream)]


async def test_o_opens_the_result_full_screen() -> None:
    engine = FakeEngine()
    app = make_app([task("1", TaskStatus.SUCCESS, run_id=11)], engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("o")
        await pilot.pause(0.3)
        assert (app.monitor.detail.tab, app.monitor.wishes.alone) == ("Result", True)
        assert OpenResult("1") in engine.asked


async def test_streams_of_many_changes_are_taken_at_their_newest() -> None:
    """The screen may be slower than the stream."""
    engine = FakeEngine()
    app = make_app([task("1", TaskStatus.SENDING, streamed=True, task_id=None)], engine)
    async with app.run_test(size=(80, 24)) as pilot:
        for size in (1_000, 2_000, 3_000_000):
            app.monitor.publish(Change(streams={"1": StreamView(size=size, first_byte=0.1)}))
        app.monitor.take_changes()
        await pilot.pause()
        assert f"streaming, {size_text(3_000_000)}" in app.monitor.detail.text
