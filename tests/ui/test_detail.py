"""The detail pane: tabs, what it asks for, what it repaints, and that hostile text stays text."""

from __future__ import annotations

import pytest
from textual import events
from textual.geometry import Region, Size

from camb_tui.domain.kinds import ResultShape
from camb_tui.domain.results import Dub, File, Project, Result, Script, Segment
from camb_tui.domain.tasks import TaskStatus, Upload
from camb_tui.services.changes import Exchange
from camb_tui.ui.detail.page import Page
from camb_tui.ui.detail.pane import LINKS_LIVE, REMEMBERED, TABS
from camb_tui.ui.detail.title import TitleLine
from tests.ui.detail_app import HOSTILE, NOW, UNSAFE, DetailApp, make

AUDIO = Result(shape=ResultShape.AUDIO, audio_url="https://cdn.example.com/a/b/ch.flac?sig=secret")
SMALL, SIDE = (80, 10), (60, 30)


async def test_overview_starts_with_what_happened_and_what_to_do() -> None:
    """Only some eight lines are visible at 80x24."""
    app = DetailApp()
    async with app.run_test(size=SMALL) as pilot:
        app.pane.show(make(TaskStatus.ERROR, exception_reason="SOURCE_TOO_LONG"))
        await pilot.pause()
        text = app.screen_text()
    assert "ch 12 narration" in text.splitlines()[0]
    assert "[Overview]" in text.splitlines()[0]
    assert "SOURCE_TOO_LONG" in text.splitlines()[1]
    assert "e edits it" in text


async def test_overview_shows_both_ids_whole_and_the_stale_remark() -> None:
    app = DetailApp()
    async with app.run_test(size=SIDE) as pilot:
        app.pane.show(make(TaskStatus.PENDING, stale=True, polled_at=NOW - 99, run_id=77, settled_at=None))
        await pilot.pause()
        text = app.pane.text
    assert "Task id   5f0c2f1e-1111-4222-8333-944445555666" in text
    assert "Run id    77" in text
    assert "the last poll failed" in text


async def test_tabs_go_round_both_ways_and_stay_when_the_task_changes() -> None:
    app = DetailApp()
    async with app.run_test(size=SMALL) as pilot:
        app.pane.show(make())
        seen = []
        for _ in TABS:
            seen.append(app.pane.tab)
            app.pane.next_tab()
        assert tuple(seen) == TABS
        assert app.pane.tab == "Overview"
        app.pane.previous_tab()
        assert app.pane.tab == "Raw"
        app.pane.show(make(key="k2", label="another"))
        await pilot.pause()
        assert app.pane.tab == "Raw"
        assert "[Raw]" in app.screen_text()
        with pytest.raises(ValueError, match="no tab"):
            app.pane.tab = "Nonsense"


async def test_a_click_on_a_tab_shows_it() -> None:
    app = DetailApp()
    async with app.run_test(size=SMALL) as pilot:
        app.pane.show(make())
        await pilot.pause()
        await pilot.click("TitleLine", offset=(app.screen_text().splitlines()[0].index("Request") + 1, 0))
        assert app.pane.tab == "Request"


async def test_a_narrow_title_shows_the_present_tab_and_how_many_there_are() -> None:
    app = DetailApp()
    async with app.run_test(size=(34, 6)) as pilot:
        app.pane.show(make())
        app.pane.next_tab()
        await pilot.pause()
        assert "[Result] 2/5" in app.screen_text().splitlines()[0]


async def test_the_result_of_a_success_is_asked_for_once() -> None:
    app = DetailApp()
    async with app.run_test(size=SMALL) as pilot:
        app.pane.show(make())
        await pilot.pause()
        assert app.wanted == []
        app.pane.tab = "Result"
        app.pane.show(make(pinned=True))
        await pilot.pause()
        assert app.wanted == [("ResultWanted", "k1")]
        app.pane.show_result("k1", AUDIO)
        app.pane.show(make(key="k2"))
        app.pane.show(make())
        await pilot.pause()
        assert app.wanted == [("ResultWanted", "k1"), ("ResultWanted", "k2")]
        assert "cdn.example.com/…/ch.flac" in app.pane.text
        assert "secret" not in app.pane.text
        assert app.pane.result_of("k1") is AUDIO


async def test_a_result_that_could_not_be_had_is_asked_for_again_only_when_opened_anew() -> None:
    """The failure may itself change the task; asking at each change would never end."""
    app = DetailApp()
    async with app.run_test(size=SMALL) as pilot:
        app.pane.show(make())
        app.pane.tab = "Result"
        app.pane.show_result("k1", "the link is dead")
        app.pane.show(make(fetched_at=NOW))
        await pilot.pause()
        assert app.wanted == [("ResultWanted", "k1")]
        assert "the link is dead" in app.pane.text
        app.pane.tab = "Overview"
        app.pane.tab = "Result"
        await pilot.pause()
        assert app.wanted == [("ResultWanted", "k1")] * 2


async def test_old_links_are_fetched_anew_when_the_tab_is_opened() -> None:
    app = DetailApp()
    async with app.run_test(size=SMALL) as pilot:
        app.pane.show_result("k1", AUDIO)
        app.now += LINKS_LIVE + 1
        app.pane.show(make())
        app.pane.tab = "Result"
        await pilot.pause()
        assert app.wanted == [("ResultWanted", "k1")]


async def test_only_the_latest_results_are_remembered() -> None:
    app = DetailApp()
    async with app.run_test(size=SMALL):
        for number in range(REMEMBERED + 1):
            app.pane.show_result(f"k{number}", AUDIO)
        assert app.pane.result_of("k0") is None
        assert app.pane.result_of("k1") is AUDIO


@pytest.mark.parametrize("status", [status for status in TaskStatus if status is not TaskStatus.SUCCESS])
async def test_a_task_without_a_result_says_why(status: TaskStatus) -> None:
    app = DetailApp()
    async with app.run_test(size=SMALL) as pilot:
        app.pane.show(make(status, settled_at=None))
        app.pane.tab = "Result"
        await pilot.pause()
        assert app.pane.text.startswith(("No result yet.", "There is no result."))
        assert app.wanted == []


async def test_exchanges_are_asked_for_and_shown_latest_first_with_json_set_out() -> None:
    app = DetailApp()
    async with app.run_test(size=SIDE) as pilot:
        app.pane.show(make())
        app.pane.tab = "Raw"
        await pilot.pause()
        assert app.wanted == [("ExchangesWanted", "k1")]
        first = Exchange(NOW - 9, 0.142, "POST", "https://x.example/tts", 200, '{"a":1}', '{"task_id":"t"}', "")
        last = Exchange(NOW - 1, 0.1, "GET", "https://x.example/tts/t", None, "", "", "read timeout")
        app.pane.show_exchanges("other", [first])
        app.pane.show_exchanges("k1", [first, last])
        text = app.pane.text
    assert text.index("read timeout") < text.index("POST")
    assert '       "task_id": "t"' in text
    assert "142 ms" in text


async def test_progress_is_shown_and_goes() -> None:
    app = DetailApp()
    async with app.run_test(size=SMALL):
        app.pane.show(make())
        app.pane.show_progress("k1", "saving 2.1 MB")
        assert "saving 2.1 MB" in app.pane.text
        app.pane.show_progress("k1", "")
        assert "saving" not in app.pane.text


async def test_history_lists_the_tries_and_sums_up_the_batch() -> None:
    app = DetailApp()
    async with app.run_test(size=SIDE):
        old = make(TaskStatus.ERROR, key="k0", exception_reason="INTERNAL_ERROR", task_id="old-id", superseded_by="k1")
        mates = [make(key=f"b{place}", label=f"part {place}") for place in range(3)]
        app.pane.show(make(TaskStatus.PENDING, attempt=2, batch="book1"), history=[old], batch=mates)
        app.pane.tab = "History"
        text = app.pane.text
    assert "2 tries" in text
    assert text.index("INTERNAL_ERROR") < text.index("this one")
    assert "old-id" in text
    assert "3 of 4 done, 1 PENDING" in text
    assert "part 2" in text


async def test_the_place_stays_for_the_same_task_and_not_for_another() -> None:
    app = DetailApp()
    async with app.run_test(size=SMALL) as pilot:
        task = make(request={"text": "\n".join(f"line {number}" for number in range(200))})
        app.pane.show(task)
        app.pane.tab = "Request"
        app.pane.focus()
        await pilot.press("pagedown", "j", "j", "k")
        page = app.query_one(Page)
        assert page.top == 9
        app.pane.show(task.but(pinned=True))
        assert page.top == 9
        await pilot.press("G")
        assert app.pane.text.endswith("line 199")
        await pilot.press("g")
        assert page.top == 0
        await pilot.press("ctrl+d")
        assert page.top == 4
        app.pane.show(task.but(key="k2"))
        assert page.top == 0


async def test_an_unchanged_task_repaints_nothing_and_a_changed_one_only_its_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A byte on a slow link is a byte: the cursor may come back to the same task each second."""
    app = DetailApp()
    async with app.run_test(size=SIDE) as pilot:
        app.pane.show(make(run_id=77))
        await pilot.pause()
        painted: list[Region] = []
        page = app.query_one(Page)
        monkeypatch.setattr(page, "refresh", lambda *regions, **_: painted.extend(regions or [page.region]))
        app.pane.show(make(run_id=77))
        assert painted == []
        app.pane.show(make(run_id=78))
        assert len(painted) == 1
        assert painted[0].height == 1
        assert painted[0].x > 0


async def test_a_new_width_wraps_anew_and_keeps_the_row_at_the_top() -> None:
    app = DetailApp()
    async with app.run_test(size=SMALL) as pilot:
        text = "\n".join(f"row {number} " + "word " * 30 for number in range(100))
        app.pane.show(make(request={"text": text}))
        app.pane.tab = "Request"
        app.pane.focus()
        await pilot.press(*["pagedown"] * 6)
        top = next(line for line in app.pane.text.splitlines() if line.startswith("row"))
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert top[:7] in app.screen_text()


def hostile_result(shape: ResultShape, text: str) -> Result:
    segments = (Segment(0.0, float("inf"), text, text), Segment(float("nan"), -1.0, text, text))
    return Result(
        shape=shape,
        texts=(text, text),
        segments=segments,
        dubs=(Dub(text, text or None, text or None, segments), Dub("76", None, None, ())),
        scripts=(Script(text, segments, text, text or None), Script("76", (), "", None)),
        files=(File(text, text),),
        project=Project(text, text, text, text, (text, text), float("inf"), text or None),
        audio_url=text or None,
        dialogue_url=f"https://[{text}",
    )


@pytest.mark.parametrize("number", range(len(HOSTILE)))
@pytest.mark.parametrize("size", [SMALL, SIDE, (16, 3)])
async def test_hostile_text_is_shown_as_text_on_every_tab(number: int, size: tuple[int, int]) -> None:
    """What a server sends must not move the cursor, colour a cell, act on a click, or bring the program down."""
    text = HOSTILE[number]
    exchange = Exchange(NOW, 0.1, text, text, 500, text, '{"a": ' + "[" * 5_000, text)
    upload = Upload("media_file", text, 1, text)
    request = {"text": text, "texts": [text, 3], "target_language": text, text: {text: [text]}, "age": None}
    app = DetailApp()
    async with app.run_test(size=size) as pilot:
        for status in TaskStatus:
            task = make(
                status, label=text, word=text, message=text, exception_reason=text, task_id=text, server=text,
                batch=text, tags=(text,), saved=(text,), faults=((text, text),), request=request, uploads=(upload,),
                kind="translation",
            )  # fmt: skip
            app.pane.show(task, history=[task.but(key="k0")], batch=[task.but(key="k3")])
            app.pane.show_progress("k1", text)
            if status not in (TaskStatus.SUCCESS, TaskStatus.ERROR):
                continue
            for shape in ResultShape:
                app.pane.show_result("k1", hostile_result(shape, text))
                app.pane.show_exchanges("k1", [exchange])
                for _ in TABS:
                    app.pane.next_tab()
                    app.query_one(Page).action_to_end()
                    await pilot.pause()
                    assert not UNSAFE & set(app.screen_text().replace("\n", ""))


async def test_a_pane_of_hardly_any_size_draws() -> None:
    """Terminals are resized through every size on their way."""
    app = DetailApp()
    async with app.run_test(size=(3, 2)) as pilot:
        app.pane.show(make(TaskStatus.ERROR, message="漢字 and words"))
        for _ in TABS:
            app.pane.next_tab()
            await pilot.pause()
            assert len(app.screen_text().splitlines()) == 2


async def test_a_hidden_pane_asks_for_nothing_until_it_is_shown() -> None:
    """Its results may cost requests."""
    app = DetailApp()
    async with app.run_test(size=SMALL) as pilot:
        app.pane.tab = "Result"
        app.pane.display = False
        await pilot.pause()
        app.pane.show(make())
        await pilot.pause()
        assert app.wanted == []
        app.pane.display = True
        app.pane.post_message(events.Show())  # comes with the next layout, which a test would have to wait for
        await pilot.pause()
        assert app.wanted == [("ResultWanted", "k1")]


async def test_markup_is_shown_as_it_came() -> None:
    app = DetailApp()
    async with app.run_test(size=SIDE):
        app.pane.show(make(TaskStatus.ERROR, message="[red]markup[/red]"))
        assert "[red]markup[/red]" in app.pane.text


async def test_ascii_draws_nothing_but_ascii() -> None:
    app = DetailApp(ascii=True)
    async with app.run_test(size=SMALL) as pilot:
        for status in TaskStatus:
            app.pane.show(make(status, label="n" * 200, message="\x1b[1m" + "m" * 900))
            for _ in TABS:
                app.pane.next_tab()
                await pilot.pause()
                assert app.screen_text().isascii()


async def test_nothing_selected_says_so() -> None:
    app = DetailApp()
    async with app.run_test(size=SMALL) as pilot:
        app.pane.show(make())
        app.pane.show(None)
        await pilot.pause()
        assert "No task is selected." in app.screen_text()


class _FixedTitle(TitleLine):
    """A title of a given width, outside any app."""

    cells = 0

    @property
    def size(self) -> Size:
        return Size(self.cells, 1)


@pytest.mark.parametrize("width", [54, 60, 68])
def test_a_name_has_room_beside_the_tabs_of_a_narrow_pane(width: int) -> None:
    """At 120 columns "ch 15 narration" read "ch 1…tion"; which task it is comes before which tabs there are."""
    name = "ch 15 narration"
    for tab in TABS:
        line = _FixedTitle(TABS)
        line.label, line.present, line.cells = name, tab, width
        pieces = line._pieces()
        text = "".join(text for text, _, _ in pieces)
        assert (len(text), name in text, f"[{tab}]" in text) == (width, True, True)
        assert [one for _, _, one in pieces if one] == list(TABS), "each can still be clicked"
