"""Outgoing: what the engine has to say, gathered until the next publish, each thing only when it is news."""

from __future__ import annotations

from collections.abc import Callable

from camb_tui.domain.results import Result
from camb_tui.domain.tasks import Task
from camb_tui.services.changes import AudioFacts, Catalogues, Change, Health, Notice, Outlook, Question, StreamView


class Outgoing:
    """Gathers the parts of the next change. Used by the engine's loop alone."""

    def __init__(self, soon: Callable[[], None]) -> None:
        """Args:
        soon: Asks for a flush in a moment.
        """
        self._soon = soon
        self.publish: Callable[[Change], None] = lambda change: None
        self._health: Health | None = None
        self._outlook = Outlook()
        self._held: str = ""
        self._read_only: bool | None = None
        self._forget()

    def _forget(self) -> None:
        self._notices: list[Notice] = []
        self._questions: list[Question] = []
        self._results: dict[str, Result | str] = {}
        self._progress: dict[str, str] = {}
        self._streams: dict[str, StreamView] = {}
        self._sounds: dict[str, tuple[AudioFacts, ...]] = {}
        self._catalogues: Catalogues | None = None
        self._account: str | None = None
        self._may_take_over: bool | None = None

    def tell(self, notice: Notice) -> None:
        """A notice for the user."""
        self._notices.append(notice)
        self._soon()

    def ask(self, question: Question) -> None:
        """A question for the user; yes comes back as a command."""
        self._questions.append(question)
        self._soon()

    def show_progress(self, key: str, text: str) -> None:
        """What goes on with a task."""
        self._progress[key] = text
        self._soon()

    def show_stream(self, key: str, view: StreamView) -> None:
        """What has come of a stream."""
        self._streams[key] = view
        self._soon()

    def give_sounds(self, key: str, sounds: tuple[AudioFacts, ...]) -> None:
        """What the files of sound saved for a task are."""
        self._sounds[key] = sounds
        self._soon()

    def give_result(self, key: str, result: Result | str) -> None:
        """A result, or why there is none."""
        self._results[key] = result
        self._soon()

    def give_catalogues(self, catalogues: Catalogues) -> None:
        """What the form searches."""
        self._catalogues = catalogues
        self._soon()

    def give_account(self, account: str) -> None:
        """The fingerprint of the key in use."""
        self._account = account
        self._soon()

    def offer_take_over(self, may: bool) -> None:
        """Whether a reader could become the writer now."""
        self._may_take_over = may
        self._soon()

    def flush(self, *, tasks: tuple[Task, ...], health: Health, outlook: Outlook, held: str, read_only: bool) -> None:
        """Publish what is news, if anything is."""
        change = Change(
            tasks=tasks,
            health=health if self._is_news(health) else None,
            outlook=outlook if outlook != self._outlook else None,
            notices=tuple(self._notices),
            results=self._results,
            progress=self._progress,
            streams=self._streams,
            sounds=self._sounds,
            catalogues=self._catalogues,
            sending_held=held if held != self._held else None,
            read_only=read_only if read_only is not self._read_only else None,
            questions=tuple(self._questions),
            account=self._account,
            may_take_over=self._may_take_over,
        )
        self._health, self._held, self._read_only = health, held, read_only
        self._outlook = outlook
        self._forget()
        if change != Change():
            self.publish(change)

    def _is_news(self, health: Health) -> bool:
        """Answer times alone are no news; they would repaint the summary at every poll."""
        before = self._health
        return before is None or before.state is not health.state or before.until != health.until
