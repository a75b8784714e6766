"""An app that holds nothing but the submission form, with a clock that stands still, for the tests of the form."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from textual import events
from textual.app import App
from textual.pilot import Pilot

from camb_tui.domain.kinds import languages
from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import Task
from camb_tui.services.changes import Catalogues, Submit, Voice
from camb_tui.ui.forms import Draft, NewTaskScreen
from camb_tui.ui.forms.review import KeysLine, ReviewLine
from camb_tui.ui.forms.rows import FieldRow

VOICES = (
    Voice(20303, "Warm narrator", "en-us", 1, 40, "low and slow"),
    Voice(147320, "Newsreader", 76, 2, 30, "quick"),
    Voice(7, "[bold red]Evil\x1b[2J\u202e", "en-gb", None, None, "[@click=app.quit]click[/]\x07"),
)
CATALOGUES = Catalogues(VOICES, languages(), languages())
NOBODY: Callable[[Submission], Task | None] = lambda _: None  # noqa: E731 a default of that type


@dataclass
class Clock:
    """Seconds that pass only when a test says so."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


class FormApp(App[None]):
    """Shows one form and keeps what it gave back."""

    def __init__(self, make: Callable[[], NewTaskScreen]) -> None:
        super().__init__()
        self._make = make
        self.results: list[Submit | None] = []

    def on_mount(self) -> None:
        self.show_form()

    def show_form(self) -> None:
        self.push_screen(self._make(), self.results.append)


@dataclass
class Form:
    """Hands for a test: fill in, review, send, read what stands there."""

    app: FormApp
    pilot: Pilot[None]
    clock: Clock
    draft: Draft = field(default_factory=Draft)

    @property
    def screen(self) -> NewTaskScreen:
        screen = self.app.screen
        assert isinstance(screen, NewTaskScreen)
        return screen

    def row(self, name: str) -> FieldRow:
        return next(row for row in self.screen.form.query(FieldRow) if row.field.name == name)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    async def settle(self) -> None:
        """Let threads and handlers end."""
        await self.app.workers.wait_for_complete()
        await self.pilot.pause()

    async def type(self, name: str, text: str) -> None:
        """Go to a field and put a text in, in one piece, as a terminal pastes it."""
        control = self.row(name).control
        control.focus()
        await self.pilot.pause()
        self.app.post_message(events.Paste(text))  # the app hands it to the focused field
        await self.settle()

    async def review(self) -> None:
        await self.press("ctrl+s")

    async def send(self) -> Submit | None:
        """Review, wait until it listens, press enter; what the form gave back."""
        await self.review()
        self.clock.seconds += 1
        await self.press("enter")
        return self.app.results[-1] if self.app.results else None

    def note(self, name: str) -> str:
        """The line under a field."""
        return str(self.row(name).query_one(".note").render())

    @property
    def line(self) -> str:
        """What the review line says."""
        return str(self.screen.query_one(ReviewLine).render())

    @property
    def keys(self) -> str:
        return str(self.screen.query_one(KeysLine).render())

    @property
    def picture(self) -> list[str]:
        """The lines on the screen."""
        return [strip.text for strip in self.screen._compositor.render_strips()]


@asynccontextmanager
async def opened(
    *,
    size: tuple[int, int] = (80, 24),
    catalogues: Catalogues | None = CATALOGUES,
    prefill: Task | None = None,
    same_as: Callable[[Submission], Task | None] = NOBODY,
    ascii_only: bool = False,
    kind: str = "tts",
) -> AsyncIterator[Form]:
    """The form of one kind on a terminal of that size."""
    clock, draft = Clock(), Draft(kind=kind)

    def make() -> NewTaskScreen:
        return NewTaskScreen(
            catalogues=catalogues,
            draft=draft,
            prefill=prefill,
            same_as=same_as,
            ascii=ascii_only,
            clock=clock,
            now=lambda: 5000.0,
        )

    app = FormApp(make)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Form(app, pilot, clock, draft)
