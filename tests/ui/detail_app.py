"""What the tests of the detail pane share: tasks, hostile strings, and an app with nothing but the pane."""

from __future__ import annotations

from typing import Any

from textual import on
from textual.app import App, ComposeResult

from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.ui.detail import DetailPane

NOW = 1_790_000_000.0
HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07\x1b]52;c;AAAA\x07",
    "[red]markup[/red] [link=https://example.com]x[/link] [@click=app.quit]quit[/]",
    "nul\x00 bell\x07 back\x08 return\rover c1\x9b31m",
    "\u202eright to left\u202c \u2066isolate\u2069 \u200f",
    "\ud800 lone surrogate",
    "e" + "\u0301" * 5_000,
    "漢字" * 400 + "\ufe0f" + "👩\u200d👩\u200d👧 🇫🇷",
    "עברית وعربية",
    "tab\tand\nline\r\nbreaks\u2028here",
    "w" * 3_000_000,
    "",
]
UNSAFE = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))} | set(
    "\u202e\u202c\u2066\u2069\u200f\u200d\ud800\u2028"
)


def make(status: TaskStatus = TaskStatus.SUCCESS, key: str = "k1", **fields: Any) -> Task:
    """A task with everything a settled one has."""
    values: dict[str, Any] = {
        "kind": "tts",
        "created_at": NOW - 600,
        "submitted_at": NOW - 595,
        "settled_at": NOW - 543,
        "label": "ch 12 narration",
        "request": {"text": "It was a dark night.", "voice_id": 20303, "language": 1},
        "task_id": "5f0c2f1e-1111-4222-8333-944445555666",
        "server": "https://client.camb.ai/apis",
        **fields,
    }
    return Task(key=key, status=status, **values)


class DetailApp(App[None]):
    """The pane alone; keeps what it asks for."""

    def __init__(self, *, ascii: bool = False) -> None:  # noqa: A002 - as in the settings
        super().__init__()
        self.pane = DetailPane(ascii=ascii, clock=lambda: self.now, settle=0)
        self.now = NOW
        self.wanted: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        yield self.pane

    @on(DetailPane.ResultWanted)
    @on(DetailPane.ExchangesWanted)
    @on(DetailPane.SoundsWanted)
    def keep(self, message: DetailPane.ResultWanted | DetailPane.ExchangesWanted | DetailPane.SoundsWanted) -> None:
        self.wanted.append((type(message).__name__, message.key))

    def screen_text(self) -> str:
        """All that is painted, line by line."""
        width, height = self.size
        lines = self.screen._compositor.render_strips()  # what reaches the terminal
        assert len(lines) == height
        assert all(line.cell_length == width for line in lines)
        return "\n".join(line.text for line in lines)
