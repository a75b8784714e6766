"""R: a bare Textual app with one empty screen."""

from __future__ import annotations

from textual.app import App


class BareApp(App[None]):
    """Nothing but what Textual brings."""

    ENABLE_COMMAND_PALETTE = False


if __name__ == "__main__":
    BareApp().run()
