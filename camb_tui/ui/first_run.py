"""The first screen without an API key: what this is, a masked field for the key, or the simulator.

The key is checked by the engine before it is offered to be kept; where it can be kept is the caller's to say.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from camb_tui.services.changes import ApiState, Health, Severity
from camb_tui.ui.strip import BottomLine, Option

KEEP_NOWHERE = "this time only"
_SHORTEST = 8


class Way(enum.Enum):
    """How the user goes on."""

    KEY = "with a key the service took"
    SIMULATOR = "with the simulator"
    WITHOUT = "without a key"


class Begun(NamedTuple):
    """How the user goes on, and what there is to say about it."""

    way: Way
    words: str = ""


class FirstRunScreen(Screen[Begun]):
    """Asks for a key."""

    DEFAULT_CSS = """
    FirstRunScreen { align: center middle; background: $background; color: $foreground; }
    FirstRunScreen > Vertical { width: 72; max-width: 100%; height: auto; padding: 0 2; }
    FirstRunScreen Static { height: auto; margin-bottom: 1; }
    FirstRunScreen #key-label { margin-bottom: 0; }
    FirstRunScreen Input { height: 1; border: none; padding: 0 1; background: $panel; margin-bottom: 1; }
    FirstRunScreen Input:focus { border: none; background-tint: transparent; }
    FirstRunScreen BottomLine { dock: bottom; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "simulate", "Try the simulator", id="first.simulate", priority=True),
        Binding("escape", "close", "Go on without a key", id="first.close"),
    ]

    def __init__(
        self,
        check: Callable[[str], None],
        *,
        keepers: Mapping[str, Callable[[str], str]] | None = None,
        can_simulate: bool = True,
    ) -> None:
        """Args:
        check: Gives the engine the key and has it ask the service something; `take_health` hears the answer.
        keepers: Where the key can be kept, by name: each keeps it and gives the sentence that says so.
        can_simulate: Whether the simulator can be offered.
        """
        super().__init__()
        self._check, self._keepers, self._can_simulate = check, dict(keepers or {}), can_simulate
        self._given: str | None = None
        self._strip = BottomLine()

    def compose(self) -> ComposeResult:
        about = Content.assemble(
            ("camb-tui", "bold $text-primary"),
            " submits, watches and retrieves CAMB.AI tasks.\n",
            "It needs your API key, which stays on this machine and goes to the service only.",
        )
        ways = [("enter", "check the key and go on"), ("esc", "go on without one: nothing is sent or watched")]
        if self._can_simulate:
            ways.insert(1, ("ctrl+t", "try it with the built-in simulator: no key, no network, no cost"))
        with Vertical():
            yield Static(about)
            yield Static("API key (shown as dots)", id="key-label")
            entry = Input(password=True, id="key", compact=True)
            entry.cursor_blink = False
            yield entry
            parts = [part for key, words in ways for part in ((f"{key:>8}", "bold $text-primary"), f"  {words}\n")]
            yield Static(Content.assemble(*parts))
        yield self._strip

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _key_given(self, message: Input.Submitted) -> None:
        message.stop()
        key = message.value.strip()
        if len(key) < _SHORTEST or not key.isascii() or any(character.isspace() for character in key):
            self._strip.say("that does not look like an API key", Severity.WARNING)
            return
        self._given = key
        self._strip.say("checking the key with the service")
        self._check(key)

    def take_health(self, health: Health) -> None:
        """The service answered the check, or could not be reached."""
        if self._given is None:
            return
        match health.state:
            case ApiState.OK | ApiState.SLOW | ApiState.LIMITED:
                self._offer_to_keep()
            case ApiState.REFUSED:
                self._given = None
                self._strip.say("the service refused this key; check it and enter it again", Severity.ERROR)
            case ApiState.DOWN:
                self._strip.say(
                    "the service cannot be reached, so the key is not checked; it is tried again", Severity.WARNING
                )
            case ApiState.UNKNOWN | ApiState.NO_KEY:
                pass

    def _offer_to_keep(self) -> None:
        key, self._given = self._given, None
        if key is None:
            return
        if not self._keepers:
            self.dismiss(Begun(Way.KEY))
            return
        names = [KEEP_NOWHERE, *self._keepers]
        options = [Option(str(place), name) for place, name in enumerate(names, start=1)]
        self.set_focus(None)  # the menu's keys are not for the field

        def keep(chosen: str) -> None:
            keeper = self._keepers.get(names[int(chosen) - 1])
            self.dismiss(Begun(Way.KEY, keeper(key) if keeper is not None else ""))

        self._strip.choose("The key works. Keep it:", options, keep)

    def on_key(self, event: events.Key) -> None:
        if self._strip.is_asking:
            event.stop()
            event.prevent_default()
            self._strip.take_key(event.key, event.character)

    def action_simulate(self) -> None:
        if self._can_simulate:
            self.dismiss(Begun(Way.SIMULATOR))

    def action_close(self) -> None:
        self.dismiss(Begun(Way.WITHOUT))
