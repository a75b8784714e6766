"""The live table: what it draws, what it asks by message, and that it repaints no more than what reads differently."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from textual import events, on
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message import Message

from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.ui.board import Board
from camb_tui.ui.keys import resolve
from camb_tui.ui.table_lines import LineMaker, coarse_age, lay_out
from camb_tui.ui.task_table import TaskTable

NOW = 1_000_000.0


def make(key: str, **fields: Any) -> Task:  # any field of a task
    return Task(
        **{"key": key, "kind": "tts", "status": TaskStatus.PENDING, "created_at": NOW, "label": f"task {key}", **fields}
    )


class _SpiedTable(TaskTable):
    """A table that remembers which regions it asked to have repainted."""

    def __init__(self, board: Board, **options: Any) -> None:  # any option of a table
        self.asked: list[Region | None] = []
        super().__init__(board, **options)

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> _SpiedTable:
        self.asked += regions or [None]
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self


class _TableApp(App[None]):
    """Holds one table and notes its messages."""

    def __init__(self, count: int = 100, **options: Any) -> None:  # any option of a table
        super().__init__()
        self.time = NOW
        self.board = Board({f"k{at}": make(f"k{at}") for at in range(count)}, clock=lambda: self.time)
        self.table = _SpiedTable(self.board, id="tasks", **{"rest": 0.0, **options})
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.table

    @on(TaskTable.Highlighted, "#tasks")
    @on(TaskTable.Opened, "#tasks")
    @on(TaskTable.MarksChanged, "#tasks")
    @on(TaskTable.Pasted, "#tasks")
    def note(self, message: Message) -> None:
        self.heard.append(message)

    def line(self, y: int) -> str:
        return self.table.render_line(y).text

    def lines(self) -> Iterator[str]:
        return map(self.line, range(1, self.table.size.height))


def said(app: _TableApp, kind: type[Message]) -> list[Any]:  # the messages of that kind, with its own fields
    return [message for message in app.heard if isinstance(message, kind)]


async def test_a_row_says_what_its_task_is() -> None:
    app = _TableApp(1, left=lambda _task: "~12m", ascii=True)
    async with app.run_test(size=(90, 10)):
        app.board.apply([make("k0", kind="dubbing", every=10.0, task_id="t", request={"target_languages": [54]})])
        app.time += 400
        app.table.tick()
        header, row = app.line(0), app.line(1)
        assert header.split() == ["Status", "Kind", "Name", "Lang", "Age", "Left", "Every", "Try"]
        assert row.split() == [">", ">", "PENDING", "dub", "task", "k0", *row.split()[6:7], "5m", "~12m", "10s", "1"]
        app.table.take(app.board.apply([make("k0", stale=True, pinned=True)]))
        assert app.line(1).startswith("> ^~ PENDING")
        assert "late" in app.line(1)


async def test_one_changed_status_repaints_its_cell_alone() -> None:
    app = _TableApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.table.asked.clear()
        app.table.take(app.board.apply([make("k97", status=TaskStatus.ERROR)]))
        assert app.table.asked == [Region(3, 3, 11, 1)]


async def test_a_task_that_succeeded_steps_back_and_one_that_failed_does_not() -> None:
    """At two in the morning four failures among three hundred rows must be what is seen first."""
    app = _TableApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.table.asked.clear()
        app.table.take(app.board.apply([make("k97", status=TaskStatus.SUCCESS), make("k96", status=TaskStatus.ERROR)]))
        assert Region(0, 3, app.table.line_width, 1) in app.table.asked
        await pilot.pause()
        looks = [list(app.table.render_line(y)) for y in (3, 4, 5)]
        quiet, failed, live = (line[1].style for line in looks)
        assert quiet != live
        assert failed == live
        assert looks[1][0].style is not None
        assert looks[1][0].style.bold


async def test_a_change_out_of_sight_or_that_reads_the_same_repaints_nothing() -> None:
    app = _TableApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.table.asked.clear()
        app.table.take(app.board.apply([make("k1", status=TaskStatus.ERROR), make("k99", polled_at=NOW)]))
        app.time += 30
        app.table.tick()
        assert app.table.asked == []


async def test_ages_repaint_their_own_cells_when_they_read_differently() -> None:
    app = _TableApp(3)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.table.asked.clear()
        app.time += 61
        app.table.tick()
        assert [region.width for region in app.table.asked if region] == [4, 4, 4]


async def test_a_cursor_key_repaints_two_rows() -> None:
    app = _TableApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.table.asked.clear()
        await pilot.press("j")
        assert {region.y for region in app.table.asked if region} == {1, 2}
        assert app.table.cursor_key == "k98"
        await pilot.pause()
        assert [message.key for message in said(app, TaskTable.Highlighted)] == ["k99", "k98"]


async def test_a_cursor_on_its_way_is_not_reported() -> None:
    """What a row means to others can wait; a message for each key would delay that key's repaint."""
    app = _TableApp(rest=3600.0, keys=resolve({}))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("j", "j", "k", "pagedown")
        assert app.table.cursor_key == "k60"
        assert said(app, TaskTable.Highlighted) == []


async def test_a_rebound_key_steps_and_the_old_one_does_not() -> None:
    keys = resolve({"table.down": "t", "table.page-down": "f"})
    app = _TableApp(keys=keys)
    app.set_keymap(keys.keymap(["table.down", "table.page-down"]))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("t", "j", "down")
        assert app.table.cursor_key == "k98"
        await pilot.press("f", "k")
        assert app.table.cursor_key == "k61"


async def test_a_key_that_is_claimed_does_not_step() -> None:
    """An open question takes every key."""
    claimed: list[str] = []

    def claims(event: events.Key) -> bool:
        claimed.append(event.key)
        return True

    app = _TableApp(keys=resolve({}), claims=claims)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("j", "pagedown", "G")
        assert claimed == ["j", "pagedown"]
        assert app.table.cursor_key == "k0", "what does not step goes its usual way"


@pytest.mark.parametrize(
    ("keys", "cursor"),
    [
        (["down", "j", "k"], "k98"),
        (["G"], "k0"),
        (["end", "k", "up"], "k2"),
        (["G", "g"], "k99"),
        (["end", "home", "up"], "k99"),
        (["pagedown"], "k81"),
        (["ctrl+d"], "k90"),
        (["pagedown", "pageup"], "k99"),
        (["ctrl+d", "ctrl+u"], "k99"),
    ],
)
async def test_navigation(keys: list[str], cursor: str) -> None:
    app = _TableApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press(*keys)
        assert app.table.cursor_key == cursor
        assert sum(line.startswith(">") for line in app.lines()) == 1
        assert any(line.startswith(">") and f"task {cursor} " in line for line in app.lines())


async def test_leaving_the_page_by_a_key_scrolls_half_a_page_at_once() -> None:
    app = _TableApp()
    async with app.run_test(size=(80, 21)) as pilot:
        await pilot.press(*["j"] * 20)
        assert app.table.scroll_offset.y == 10
        await pilot.press(*["j"] * 9)
        assert app.table.scroll_offset.y == 10


async def test_the_cursor_stays_on_its_task_and_line_when_rows_come_above_it() -> None:
    app = _TableApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press(*["pagedown"] * 3)
        line = next(y for y in range(1, 20) if app.line(y).startswith(">"))
        app.table.take(app.board.apply([make("new1"), make("new2")]))
        assert app.table.cursor_key == "k45"
        assert "task k45 " in app.line(line)
        await pilot.press("g", "j")
        app.table.take(app.board.apply([make("new3")]))
        assert "new3" in app.line(1)
        assert app.table.cursor_key == "new1"


async def test_reload_shows_another_view_with_the_cursor_in_sight() -> None:
    app = _TableApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("G")
        app.board.filter("k1")
        app.table.reload()
        await pilot.pause()
        assert app.table.cursor_key == "k19"
        assert app.line(1).startswith(">")
        app.board.filter("")
        app.table.reload()
        await pilot.pause()
        assert app.table.cursor_key == "k0"
        assert app.line(19).startswith(">")


async def test_marks() -> None:
    app = _TableApp(10)
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("space", "j", "v")
        assert app.board.targets(None) == ("k9", "k8", "k7")
        assert app.line(2).startswith(" *")
        await pilot.press("U")
        assert app.board.targets(None) == ()
        await pilot.press("asterisk")
        assert len(app.board.marks) == 10
        assert len(said(app, TaskTable.MarksChanged)) == 4


async def test_enter_opens_and_a_second_click_too() -> None:
    app = _TableApp(10)
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("enter")
        await pilot.click(TaskTable, offset=(20, 3))
        assert app.table.cursor_key == "k7"
        await pilot.click(TaskTable, offset=(20, 3))
        await pilot.click(TaskTable, offset=(20, 0))
        await pilot.click(TaskTable, offset=(20, 15))
        assert [message.key for message in said(app, TaskTable.Opened)] == ["k9", "k7"]
        await pilot.click(TaskTable, offset=(1, 4))
        assert app.board.marks == ("k6",)


async def test_the_focus_comes_and_goes_without_a_repaint() -> None:
    """Each way to the filter and back would send the page."""
    app = _TableApp(10)
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        app.table.asked.clear()
        app.table.blur()
        await pilot.pause()
        assert not app.table.has_focus
        app.table.focus()
        await pilot.pause()
        assert app.table.has_focus
        assert app.table.asked == []


async def test_a_paste_is_passed_on_and_never_read_as_keys() -> None:
    app = _TableApp(2)
    async with app.run_test() as pilot:
        app.table.post_message(events.Paste("jjU"))
        await pilot.pause()
        assert [message.text for message in said(app, TaskTable.Pasted)] == ["jjU"]
        assert app.table.cursor_key == "k1"


async def test_what_is_said_where_there_are_no_rows() -> None:
    app = _TableApp(0)
    async with app.run_test(size=(80, 10)) as pilot:
        assert "No tasks yet. n submits one" in app.line(2)
        app.table.take(app.board.apply([make("a")]))
        assert app.table.cursor_key == "a"
        assert "task a" in app.line(1)
        app.board.filter("nowhere")
        app.table.reload()
        await pilot.pause()
        assert "Nothing matches the filter. esc clears it." in app.line(2)
        app.board.filter("")
        app.board.show_view(3)
        app.table.reload()
        assert "Nothing in this view." in app.line(2)


async def test_a_name_cannot_leave_its_cell() -> None:
    """Names come from users and from the network."""
    app = _TableApp(1, left=lambda _task: "~12m")
    async with app.run_test(size=(66, 10)):
        app.table.take(
            app.board.apply([make("k0", label="\x1b[31mred\n[b]配音配音配音配音配音配音配音配音配音配音配音")])
        )
        strip = app.table.render_line(1)
        assert "\x1b" not in strip.text
        assert "·[31mred …" in strip.text
        assert strip.cell_length == 65


async def test_there_is_no_column_for_an_estimate_nobody_makes() -> None:
    app = _TableApp(1)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "Left" not in app.line(0)


@pytest.mark.parametrize(
    ("width", "gone"),
    [(88, ""), (79, "every"), (70, "every"), (65, "every try"), (52, "every try lang"), (40, "every try lang left")],
)
def test_narrow_lines_lose_columns_in_this_order(width: int, gone: str) -> None:
    """The name says which task it is; how often it is asked about can wait."""
    names = [column.name for column in lay_out(width).columns]
    assert set(gone.split()) == {"status", "kind", "name", "lang", "age", "left", "every", "try"} - set(names)


@pytest.mark.parametrize("width", range(20, 200, 7))
def test_every_line_fills_its_width(width: int) -> None:
    layout = lay_out(width)
    maker = LineMaker(ascii_only=False, left=None)
    line = maker.line(layout, make("k", label="名" * 90), now=NOW, cursor=False, marked=False)
    assert len(layout.header()) == width
    assert len(line.text()) + line.text().count("名") == width


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "now"), (-5, "now"), (59, "now"), (60, "1m"), (299, "2m"), (899, "10m"), (7300, "2h")]
)
def test_ages_change_seldom(seconds: float, text: str) -> None:
    """Each change of an age is sent for every row on the screen."""
    assert coarse_age(seconds) == text
