"""K: a bare Textual app that shows how many keys were pressed."""

from __future__ import annotations

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static


class KeyCounter(App[None]):
    """Counts keys."""

    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        self.pressed = 0
        self.shown = Static("0 keys")
        yield self.shown

    def on_key(self, event: events.Key) -> None:
        self.pressed += 1
        self.shown.update(f"{self.pressed} keys")


if __name__ == "__main__":
    KeyCounter().run()
