"""D: an app whose `DataTable` holds the same rows, and changes as many of them in a second as it is told.

Usage: data_table.py ROWS CHANGES_A_SECOND
"""

from __future__ import annotations

import sys
import time

from textual.app import App, ComposeResult
from textual.widgets import DataTable

from camb_tui.domain.tasks import Task
from tests.benchmarks.programs.changing import Changing
from tests.benchmarks.samples import make_tasks

_COLUMNS = ("Status", "Kind", "Name", "Age", "Try")


class DataTableApp(App[None]):
    """The obvious way to show tasks."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, tasks: list[Task], rate: float) -> None:
        super().__init__()
        self._tasks, self._rate = tasks, rate
        self._changing = Changing(tasks)

    def compose(self) -> ComposeResult:
        yield DataTable[str](cursor_type="row")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        for column in _COLUMNS:
            table.add_column(column, key=column)
        for task in reversed(self._tasks):
            table.add_row(*self._cells(task), key=task.key)
        table.focus()
        if self._rate:
            self.set_interval(1 / self._rate, self._change)

    def _cells(self, task: Task) -> tuple[str, ...]:
        age = f"{(time.time() - task.created_at) / 3600:.0f}h"
        return task.shown_status, task.kind, task.label, age, str(task.attempt)

    def _change(self) -> None:
        task = self._changing.next()
        self.query_one(DataTable).update_cell(task.key, "Status", task.shown_status)


if __name__ == "__main__":
    DataTableApp(make_tasks(int(sys.argv[1])), float(sys.argv[2])).run()
