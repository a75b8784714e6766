"""The main screen over a fake engine: keys lead to commands, changes to what is shown."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input
from textual.worker import WorkerFailed

from camb_tui.domain.kinds import KINDS
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.changes import (
    Adopt,
    ApiState,
    Catalogues,
    Change,
    FetchCatalogues,
    Health,
    Look,
    Mark,
    Notice,
    Outlook,
    Question,
    Release,
    Retry,
    Save,
    Severity,
    Stop,
    TakeOver,
    Undo,
    UseKey,
    Usual,
    Voice,
    Watch,
)
from camb_tui.services.settings import Settings
from camb_tui.ui.app import SIMULATOR, CambApp
from camb_tui.ui.first_run import FirstRunScreen
from camb_tui.ui.forms import NewTaskScreen
from camb_tui.ui.help import HelpScreen
from camb_tui.ui.report_screen import ReportScreen
from tests.scenes import utc
from tests.ui.fake_engine import NOW, FakeEngine, make_app, task

BESIDE, NARROW, LOW = (120, 40), (80, 24), (80, 18)


def last_words(app: CambApp) -> str:
    return app.monitor.strip.said[-1].text if app.monitor.strip.said else ""


def detail_text(app: CambApp) -> str:
    page = app.monitor.detail._page
    return "\n".join(page.render_line(y).text for y in range(page.size.height))


def deaf_no_more(app: CambApp) -> None:
    """Let the moment pass in which a question hears nothing."""
    app.monitor.strip._tick = lambda: float("inf")


async def take(app: CambApp, pilot: Pilot[str], change: Change) -> None:
    app.monitor._counted_at = float("-inf")  # a second has passed since the counts were last drawn
    app.monitor.publish(change)
    app.monitor.take_changes()
    await pilot.pause()


def alone(one: Task) -> tuple[CambApp, FakeEngine]:
    engine = FakeEngine()
    return make_app([one], engine), engine


async def test_first_frame_has_tasks_counts_and_keys() -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await pilot.pause()
        assert "1 live" in app.monitor.summary.text
        assert "2 failed" in app.monitor.summary.text
        assert "1 to decide" in app.monitor.summary.text
        assert "1 All 6" in app.monitor.tabs.text
        assert app.monitor.keys_line.text.endswith("? help")


async def test_a_single_retry_of_a_timeout_is_sent_at_once_and_says_how_to_take_it_back() -> None:
    app, engine = alone(task("a", TaskStatus.TIMEOUT))
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("r")
        assert engine.asked == [Retry(("a",))]
        assert "z takes it back" in last_words(app)


async def test_a_retry_that_would_fail_again_asks_first() -> None:
    app, engine = alone(task("a", TaskStatus.ERROR, exception_reason="SOURCE_TOO_LONG"))
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("r")
        assert app.monitor.strip.is_asking
        deaf_no_more(app)
        await pilot.press("enter")
        assert engine.asked == []
        assert not app.monitor.strip.is_asking


async def test_yes_sends_what_the_question_named() -> None:
    app, engine = alone(task("a", TaskStatus.UNCONFIRMED))
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("r")
        deaf_no_more(app)
        await pilot.press("y")
        assert engine.asked == [Retry(("a",))]


async def test_a_question_is_deaf_at_first() -> None:
    """A key pressed before the question was seen must not answer it."""
    app, engine = alone(task("a", TaskStatus.UNCONFIRMED))
    app.monitor.strip._tick = lambda: 5.0
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("r", "y", "n")
        assert app.monitor.strip.is_asking
        assert engine.asked == []


async def test_many_are_asked_about_and_the_report_says_who_is_left_out() -> None:
    engine = FakeEngine()
    app = make_app(engine=engine)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("asterisk", "r")
        asked = app.monitor.strip.text
        assert "Retry 6 marked: 1 will be sent" in asked
        deaf_no_more(app)
        await pilot.press("y")
        assert engine.asked == [Retry(("3",))]


async def test_a_live_task_cannot_be_retried_and_the_strip_says_why() -> None:
    app, engine = alone(task("a"))
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("r")
        assert engine.asked == []
        assert "still running" in last_words(app)


async def test_undo_takes_back_what_waits_then_the_last_archiving() -> None:
    engine = FakeEngine()
    app = make_app([task("a", TaskStatus.SUCCESS)], engine)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("x")
        await take(app, pilot, Change(tasks=(task("b", TaskStatus.HELD, hold="undo"),)))
        await pilot.press("z")
        await take(app, pilot, Change(tasks=(task("b", TaskStatus.SUCCESS),)))
        await pilot.press("z")
        assert engine.asked == [Mark(("a",), archived=True), Undo(("b",)), Mark(("a",), archived=False)]


async def test_look_watch_save_and_pin_send_their_commands() -> None:
    engine = FakeEngine()
    app = make_app([task("a", TaskStatus.OVERDUE)], engine)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("R", "w", "s", "b")
        assert engine.asked == [Look(("a",)), Watch(("a",), on=True), Mark(("a",), pinned=True)]
        await take(app, pilot, Change(tasks=(task("a", TaskStatus.SUCCESS, run_id=1),)))
        await pilot.press("s")
        assert engine.asked[-1] == Save(("a",))


async def test_the_saving_of_many_says_how_far_it_is_until_it_is_over() -> None:
    """Three hundred files take minutes; one is told of where its task is shown."""
    engine = FakeEngine()
    app = make_app([task(key, TaskStatus.SUCCESS, run_id=1) for key in "abc"], engine)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("s")
        await pilot.pause()
        app.monitor._show_counts()
        assert "saving" not in app.monitor.summary.text
        await take(app, pilot, Change(progress={"a": ""}))
        await pilot.press("asterisk", "s")
        await take(app, pilot, Change(progress={"a": "saving", "b": "saving"}))
        app.monitor._show_counts()
        assert "saving 0/3" in app.monitor.summary.text
        await take(app, pilot, Change(progress={"a": "", "b": "1.2 MB"}))
        app.monitor._show_counts()
        assert "saving 1/3" in app.monitor.summary.text
        await take(app, pilot, Change(progress={"b": "", "c": ""}))
        app.monitor._show_counts()
        assert "saving" not in app.monitor.summary.text


async def test_held_tasks_are_announced_and_sent_on_a_word() -> None:
    engine = FakeEngine()
    app = make_app([task("a", TaskStatus.HELD, hold="pause")], engine)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.pause()
        assert "H sends" in last_words(app)
        await pilot.press("H")
        deaf_no_more(app)
        await pilot.press("y")
        assert engine.asked == [Release()]


async def test_a_pasted_id_is_adopted_as_the_kind_chosen() -> None:
    engine = FakeEngine()
    app = make_app([task("a")], engine)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("colon")
        await pilot.press(*"adopt abc-123", "enter")
        assert app.monitor.strip.is_asking
        await pilot.press("2")
        assert engine.asked == [Adopt("translation", "abc-123")]


async def test_the_filter_follows_each_key_and_a_fault_keeps_the_list() -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("slash", *"is:failed")
        assert len(app.monitor.board.rows) == 2
        await pilot.press("space", "left_parenthesis")
        assert len(app.monitor.board.rows) == 2
        assert "col " in app.monitor.filter_bar._info.text
        await pilot.press("escape")
        assert len(app.monitor.board.rows) == 6
        assert app.focused is app.monitor.table


async def test_leaving_a_faulty_filter_says_which_one_is_in_force() -> None:
    """The bar then shows another filter than was typed, and a list that nobody asked for."""
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("slash", *"status", "colon", "enter")
        assert app.monitor.filter_bar._sign.text == "/ status"
        assert last_words(app).startswith("that filter cannot be read (col 7: ")
        await pilot.press("slash", *"error", "enter")
        assert last_words(app).startswith("that filter cannot be read (col 7: "), "a good one needs no words"


async def test_sorting_twice_turns_round() -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("S", "n")
        assert app.monitor.board.filter_text == "sort:name"
        await pilot.press("S", "n")
        assert app.monitor.board.filter_text == "sort:-name"


async def test_changes_are_merged_and_shown_once() -> None:
    app = make_app([task("a")])
    async with app.run_test(size=NARROW) as pilot:
        app.monitor.publish(Change(tasks=(task("a", TaskStatus.ERROR),)))
        app.monitor.publish(Change(tasks=(task("a", TaskStatus.SUCCESS),), notices=(Notice("x", Severity.ERROR),)))
        app.monitor._counted_at = float("-inf")
        app.monitor.take_changes()
        await pilot.pause()
        assert "1 done" in app.monitor.summary.text
        assert last_words(app) == "x"


@pytest.mark.parametrize("length", range(1, 25))
async def test_the_summary_never_leaves_its_line(length: int) -> None:
    """A cell too much, and the answer time at its end is wrapped out of sight."""
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        summary = app.monitor.summary
        summary._session = "x" * length
        await take(app, pilot, Change(health=Health(ApiState.OK, 0.0421)))
        assert len(summary.text.rstrip()) <= summary.size.width


async def test_health_is_shown_coarsely() -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await take(app, pilot, Change(health=Health(ApiState.OK, 0.0421)))
        assert app.monitor.summary.text.endswith("api ok 40ms")


@pytest.mark.parametrize(("size", "beside"), [(NARROW, False), (BESIDE, True)])
async def test_the_width_decides_where_the_detail_stands(size: tuple[int, int], beside: bool) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert (app.monitor.detail.region.y == app.monitor.table.region.y) is beside


async def test_a_low_terminal_shows_the_detail_alone_and_back() -> None:
    app = make_app()
    async with app.run_test(size=LOW) as pilot:
        await pilot.pause()
        assert not app.monitor.detail.display
        await pilot.press("enter")
        assert app.monitor.detail.display
        assert not app.monitor.table.display
        await pilot.press("q")
        assert app.monitor.table.display
        assert app.focused is app.monitor.table


async def test_read_only_hides_what_sends_and_says_so() -> None:
    app = make_app([task("a", TaskStatus.TIMEOUT)], engine := FakeEngine(), read_only=True)
    async with app.run_test(size=BESIDE) as pilot:
        await pilot.press("r")
        assert "retry" not in app.monitor.keys_line.text
        assert engine.asked == []
        assert "read-only" in last_words(app)


async def test_a_command_that_may_be_several_names_them() -> None:
    app = make_app()
    async with app.run_test(size=BESIDE) as pilot:
        await pilot.press("colon", *"rep", "enter")
        assert last_words(app) == "rep may be report, repaint; ? lists them"
        await pilot.press("colon", *"zork", "enter")
        assert last_words(app) == "there is no command 'zork'; ? lists them"


async def test_a_range_says_that_it_is_open_and_the_next_one_begins_anew() -> None:
    """Who goes to the last row and acts, as in vi, acts on one task; and a second range reached back to the first."""
    app = make_app([task(str(number), TaskStatus.SUCCESS) for number in range(6)])
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("v")
        assert last_words(app) == "a range begins here; v on its last task marks all between"
        await pilot.press("j", "v")
        assert last_words(app) == "2 tasks marked"
        await pilot.press("j", "j", "v")
        assert last_words(app).startswith("a range begins here")
        assert list(app.monitor.board.marks) == [app.monitor.board.rows[row] for row in (0, 1, 3)]


async def test_a_reader_is_offered_no_step_that_sends() -> None:
    """Where another camb-tui writes the session, "H sends them" sends people to a key that refuses."""
    app = make_app([task("a", TaskStatus.HELD, hold="pause"), task("b", TaskStatus.TIMEOUT)], read_only=True)
    async with app.run_test(size=BESIDE) as pilot:
        await pilot.pause()
        assert last_words(app) == "1 failed; 3 shows them. 1 held from before"
        for cell in ("r sends", "H sends", "x takes"):
            assert cell not in detail_text(app)
        assert "Read-only here" in detail_text(app)
        await take(app, pilot, Change(read_only=False))
        assert "Read-only here" not in detail_text(app)
        assert "sends" in detail_text(app)


async def test_the_failed_view_is_counted_as_the_summary_counts() -> None:
    """ "5 failed  3 to decide" above "Failed 8" had people look for three failures more."""
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await pilot.pause()
        assert "3 Failed 2+1" in app.monitor.tabs.text
        assert last_words(app).startswith("2 failed, 1 to decide; 3 shows them")
        await take(app, pilot, Change(tasks=(task("5", TaskStatus.SUCCESS),)))
        app.monitor._show_counts()
        assert "3 Failed 2 " in app.monitor.tabs.text


async def test_copying_says_which_way_it_went() -> None:
    app = make_app([task("a", TaskStatus.SUCCESS)])
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("y")
        assert app.clipboard_ladder.register == "id-a"
        assert "OSC 52" in last_words(app)


async def test_a_dead_engine_is_reported() -> None:
    engine = FakeEngine()
    engine.fails = RuntimeError("disk on fire")
    app = make_app(engine=engine)
    async with app.run_test(size=NARROW) as pilot:
        with pytest.raises(WorkerFailed):
            await app.workers.wait_for_complete()
        await pilot.pause()
        assert "disk on fire" in last_words(app)


async def test_quitting_tells_the_engine_to_save() -> None:
    engine = FakeEngine()
    app = make_app(engine=engine)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("ctrl+q")
        await pilot.pause()
    assert Stop() in engine.commands


async def test_after_a_long_absence_the_news_come_first() -> None:
    now = [1_790_000_000.0]
    app = make_app([task("a"), task("b")], clock=lambda: now[0])
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("j")
        settled = (task("a", TaskStatus.SUCCESS), task("b", TaskStatus.ERROR, exception_reason="SOURCE_TOO_LONG"))
        await take(app, pilot, Change(tasks=settled))
        now[0] += 600
        await pilot.press("j")
        assert "1 done, 1 failed (SOURCE_TOO_LONG)" in last_words(app)


async def test_help_lists_the_keys_and_closes() -> None:
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("q")
        assert app.screen.id == app.monitor.id == "monitor"


async def test_rebound_keys_work_and_faults_are_reported() -> None:
    app = make_app([task("a")], engine := FakeEngine(), settings=Settings(keys={"task.look": "f5", "nope": "f6"}))
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("f5")
        assert engine.asked == [Look(("a",))]
        assert any("nope" in said.text for said in app.monitor.strip.said)


async def test_first_start_checks_the_key_and_goes_on() -> None:
    engine = FakeEngine()
    app = make_app([], engine, needs_key=True)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.pause()
        first = app.screen
        assert isinstance(first, FirstRunScreen)
        assert first.query_one(Input).password
        await pilot.press(*"sk-12345678", "enter")
        assert engine.asked == [UseKey("sk-12345678"), FetchCatalogues()]
        await take(app, pilot, Change(health=Health(ApiState.REFUSED)))
        assert app.screen is first
        await pilot.press("enter")
        await take(app, pilot, Change(health=Health(ApiState.OK)))
        await pilot.pause()
        assert app.screen.id == app.monitor.id == "monitor"


async def test_the_simulator_is_the_apps_answer() -> None:
    app = make_app([], needs_key=True)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.pause()
        await pilot.press("ctrl+t")
        await pilot.pause()
    assert app.return_value == SIMULATOR


async def test_the_adopt_key_leaves_its_word_when_an_id_is_typed() -> None:
    """The word is there so that only the kind and the id have to be typed."""
    engine = FakeEngine()
    app = make_app([], engine)
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("a", *"tts abc-123", "enter")
        await pilot.pause()
        assert engine.asked == [Adopt("tts", "abc-123")]


async def test_voices_that_arrive_while_the_form_is_open_reach_it() -> None:
    """The first form is often open before the service has answered."""
    app = make_app()
    async with app.run_test(size=NARROW) as pilot:
        await pilot.press("n")
        await pilot.pause()
        voice = Voice(77, "Late voice", "en-us", None, None, "")
        await take(app, pilot, Change(catalogues=Catalogues((voice,), (), ())))
        form = app.screen
        assert isinstance(form, NewTaskScreen)
        found = form._lookup.search(KINDS["tts"].field("voice_id"), "late")
        assert [match.value for match in found] == ["77"]


async def test_exclamation_insists_after_a_second_question() -> None:
    """One key must not buy what cannot succeed."""
    engine = FakeEngine()
    app = make_app(engine=engine)
    async with app.run_test(size=BESIDE) as pilot:
        await pilot.press("asterisk", "r")
        deaf_no_more(app)
        await pilot.press("exclamation_mark")
        assert app.monitor.strip.is_asking
        assert "Send all 4 again" in app.monitor.strip.text
        app.monitor.strip._tick = lambda: 5.0
        await pilot.press("y")
        assert engine.asked == [], "the second question is deaf at first as well"
        deaf_no_more(app)
        await pilot.press("y")
        assert [set(command.keys) for command in engine.asked if isinstance(command, Retry)] == [{"3", "1", "2", "5"}]


async def test_what_is_sent_is_the_list_of_the_moment_it_was_asked_about() -> None:
    """A task that fails while the question stands was not agreed to."""
    engine = FakeEngine()
    app = make_app([task("a", TaskStatus.TIMEOUT), task("b", TaskStatus.TIMEOUT), task("c")], engine)
    async with app.run_test(size=BESIDE) as pilot:
        await pilot.press("asterisk", "r")
        await take(app, pilot, Change(tasks=(task("c", TaskStatus.TIMEOUT),)))
        deaf_no_more(app)
        await pilot.press("y")
        (asked,) = engine.asked
        assert isinstance(asked, Retry)
        assert set(asked.keys) == {"a", "b"}


async def test_a_retry_of_many_ends_in_a_report() -> None:
    app = make_app([task("a", TaskStatus.TIMEOUT), task("b", TaskStatus.TIMEOUT), task("c")])
    async with app.run_test(size=BESIDE) as pilot:
        await pilot.press("asterisk", "r")
        deaf_no_more(app)
        await pilot.press("y")
        again = {"attempt": 2, "exception_reason": "INTERNAL_ERROR"}
        await take(app, pilot, Change(tasks=(task("d", TaskStatus.SUCCESS, retry_of="a", attempt=2),)))
        assert "retry of" not in last_words(app)
        await take(app, pilot, Change(tasks=(task("e", TaskStatus.ERROR, retry_of="b", **again),)))
        assert last_words(app) == "retry of 2 tasks: 1 done, 1 failed again (INTERNAL_ERROR); :report lists them"
        await pilot.press("colon", *"report", "enter")
        await pilot.pause()
        assert isinstance(app.screen, ReportScreen)
        report = app.monitor.desk.report
        assert report is not None
        assert [words for _, words, _ in report.lines()] == [
            "failed again: INTERNAL_ERROR", "SUCCESS", "left out: still running"
        ]  # fmt: skip


async def test_a_retry_of_many_that_was_taken_back_is_no_report() -> None:
    """The engine says how many were taken back; "4 other" after it had people look for what went wrong."""
    app = make_app([task("a", TaskStatus.TIMEOUT), task("b", TaskStatus.TIMEOUT)])
    async with app.run_test(size=BESIDE) as pilot:
        await pilot.press("asterisk", "r")
        deaf_no_more(app)
        await pilot.press("y")
        held = [task(new, TaskStatus.HELD, hold="undo", retry_of=old, attempt=2) for new, old in ("ca", "db")]
        await take(app, pilot, Change(tasks=tuple(held)))
        report = app.monitor.desk.report
        assert report is not None
        assert report.summary() == "retry of 2 tasks: 0 done, 2 under way; :report lists them"
        await pilot.press("z")
        assert last_words(app) == "taking back 2 tasks", "what was sent meanwhile is not known here"
        await take(app, pilot, Change(tasks=tuple(one.but(hold="pause", archived=True) for one in held)))
        assert last_words(app) == "taking back 2 tasks"
        assert [words for _, words, _ in report.lines()] == ["taken back"] * 2


async def test_what_waits_for_a_quota_since_before_the_start_is_named_in_the_question() -> None:
    now = 1_790_000_000.0
    late = task("a", TaskStatus.HELD, hold="pause", held_until=now + 3600.0)
    app = make_app([late, task("b", TaskStatus.HELD, hold="pause")], clock=lambda: now)
    async with app.run_test(size=BESIDE) as pilot:
        await pilot.press("H")
        assert "1 of them leaves once the quota is back, from " in app.monitor.strip.text


async def test_a_lost_source_can_be_asked_for_before_it_is_sent_again() -> None:
    lost = task("a", TaskStatus.ERROR, exception_reason="SOURCE_NOT_FOUND", kind="dubbing",
                request={"video_url": "https://v.example/a.mp4"})  # fmt: skip
    app, engine = alone(lost)
    async with app.run_test(size=BESIDE) as pilot:
        await pilot.press("r")
        deaf_no_more(app)
        assert "h ask the address first" in app.monitor.strip.text
        await pilot.press("h")
        assert engine.asked == [Retry(("a",), check_sources=True)]


async def test_a_double_of_the_same_account_is_asked_about() -> None:
    failed = task("a", TaskStatus.TIMEOUT, digest="d", account="mine")
    live = task("b", digest="d", account="mine")
    for account, asks in (("mine", True), ("another", False)):
        engine = FakeEngine()
        app = make_app([live, failed], engine)
        async with app.run_test(size=BESIDE) as pilot:
            await take(app, pilot, Change(account=account))
            await pilot.press("j" if app.monitor.table.cursor_key == "b" else "r")
            if not app.monitor.strip.is_asking and not engine.asked:
                await pilot.press("r")
            assert app.monitor.strip.is_asking is asks
            assert not asks or "same as b" in app.monitor.strip.text


async def test_the_engines_question_waits_for_the_one_that_stands() -> None:
    app, engine = alone(task("a", TaskStatus.UNCONFIRMED))
    async with app.run_test(size=BESIDE) as pilot:
        await pilot.press("r")
        question = Question("media.wav changed since; send the new one?", Retry(("a",), new_files=True))
        await take(app, pilot, Change(questions=(question,)))
        assert "charged twice" in app.monitor.strip.text
        deaf_no_more(app)
        await pilot.press("n")
        assert "media.wav changed since" in app.monitor.strip.text
        await pilot.press("y")
        assert engine.asked == [question.yes]


async def test_an_id_typed_on_an_unconfirmed_task_is_given_to_it() -> None:
    app, engine = alone(task("a", TaskStatus.UNCONFIRMED))
    async with app.run_test(size=BESIDE) as pilot:
        await pilot.press("a", *"abc-123", "enter")
        assert "Is abc-123 the id of ch a" in app.monitor.strip.text
        deaf_no_more(app)
        await pilot.press("y")
        assert engine.asked == [Adopt("tts", "abc-123", key="a")]


async def test_a_reader_is_told_when_it_may_take_over() -> None:
    app, engine = alone(task("a", TaskStatus.TIMEOUT))
    async with app.run_test(size=BESIDE) as pilot:
        await take(app, pilot, Change(read_only=True))
        assert "read-only" in app.monitor.summary.text
        await take(app, pilot, Change(may_take_over=True))
        assert "W takes over" in app.monitor.summary.text
        await pilot.press("W")
        assert engine.asked == [TakeOver()]
        await take(app, pilot, Change(read_only=False, may_take_over=False))
        assert "takes over" not in app.monitor.summary.text


async def test_what_waits_for_a_quota_is_said_with_its_time() -> None:
    app, engine = alone(task("a", TaskStatus.ERROR, exception_reason="TOO_MANY_GDRIVE_REQUESTS"))
    async with app.run_test(size=BESIDE) as pilot:
        await pilot.press("r")
        assert engine.asked == [Retry(("a",))]
        assert "waits for a quota until" in last_words(app)
        later = task("b", TaskStatus.HELD, hold="later", held_until=1_790_003_600.0)
        await take(app, pilot, Change(tasks=(later,)))
        await pilot.press("H")
        deaf_no_more(app)
        await pilot.press("y")
        assert engine.asked[-1] == Release(("b",))


async def test_the_summary_says_when_all_is_done_and_stands_still() -> None:
    """Time that passes changes nothing there, so it sends nothing."""
    now = [NOW]
    app = make_app([task("1"), task("2", TaskStatus.ERROR)], clock=lambda: now[0])
    with utc():
        async with app.run_test(size=NARROW) as pilot:
            await take(app, pilot, Change(outlook=Outlook(NOW + 1200.0, left_out=1)))
            assert "1 live  all but 1 by ~14:33  1 failed" in app.monitor.summary.text
            parts = app.monitor.summary._parts
            now[0] += 300.0
            app.monitor._pass_time()
            assert app.monitor.summary._parts == parts
            await take(app, pilot, Change(outlook=Outlook()))
            assert "all" not in app.monitor.summary.text


async def test_when_all_is_done_gives_way_to_what_the_user_must_know() -> None:
    """On a narrow line the counts and the service's state come first."""
    app = make_app()
    async with app.run_test(size=(92, 24)) as pilot:
        health = Health(ApiState.DOWN, since=NOW - 60, until=NOW + 60)
        await take(app, pilot, Change(outlook=Outlook(NOW + 1200.0), health=health))
        assert "all by" not in app.monitor.summary.text
        assert "1 live" in app.monitor.summary.text
        assert "api down since" in app.monitor.summary.text


async def test_a_row_becomes_long_without_a_poll() -> None:
    """It was asked before the time nearly all take, and is to be asked again only after it."""
    now = [NOW]
    app = make_app([task("a", expected_at=NOW + 60, stuck_at=NOW + 120)], clock=lambda: now[0])
    async with app.run_test(size=BESIDE):
        table = app.monitor.table
        row = table.render_line(1)
        assert "~1m" in row.text
        now[0] += 121.0
        table.tick()
        assert " long " in table.render_line(1).text
        app.monitor.board.filter("is:stuck")
        assert app.monitor.board.rows == ["a"]


async def test_how_long_kinds_take_stands_at_the_left_of_a_wide_screen() -> None:
    """What was learned, also in other sessions."""
    app = make_app()
    async with app.run_test(size=(160, 48)) as pilot:
        await pilot.pause()
        await take(app, pilot, Change(outlook=Outlook(usual=(Usual("tts", 4.2, 11.4, 30),))))
        assert app.monitor.sidebar is not None
        (line,) = [line for line in app.monitor.sidebar.text.splitlines() if line.startswith("tts")]
        assert line.split() == ["tts", "4.2s", "11s"]
