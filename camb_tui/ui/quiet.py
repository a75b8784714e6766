"""A scroll view for the line API that sends nothing by itself: not for the focus, a scroll or one more line.

The base class repaints the whole view for each of them; over a slow link that is what a user waits for.
"""

from __future__ import annotations

from typing import Self

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView


class QuietScrollView(ScrollView):
    """Scrolls lines up and down; whoever draws them repaints what differs when told that it `scrolled`."""

    DEFAULT_CSS = """
    QuietScrollView {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
    }
    """

    @property
    def line_width(self) -> int:
        """Cells of a line, without the scrollbar."""
        return self.scrollable_content_region.width

    def set_lines(self, count: int) -> None:
        """So many lines there are now; without the layout of the whole screen that a new virtual size brings."""
        size = Size(self.line_width, count)
        if size != self.virtual_size:
            self.set_reactive(QuietScrollView.virtual_size, size)
            self.vertical_scrollbar.window_virtual_size = count
            self.scroll_y = self.validate_scroll_y(self.scroll_y)

    def scrolled(self) -> None:
        """Other lines are in sight than before."""

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Moves the scrollbar, and leaves the lines to `scrolled`."""
        self.vertical_scrollbar.position = new_value
        if round(old_value) != round(new_value):
            self.scrolled()

    def focus(self, scroll_visible: bool = True) -> Self:
        """Asks for the focus as the base class does, less its repaint."""

        def take_focus() -> None:
            if self.is_attached:
                self.screen.set_focus(self, scroll_visible=scroll_visible)

        self.app.call_later(take_focus)
        return self

    def on_focus(self, event: events.Focus) -> None:
        """Takes the focus as the base class does, less its repaint: the lines look the same with it."""
        self._focused(event, events.DescendantFocus(self))

    def on_blur(self, event: events.Blur) -> None:
        """Gives the focus up as the base class does, less its repaint."""
        self._focused(event, events.DescendantBlur(self))

    def _focused(self, event: events.Focus | events.Blur, tell: Message) -> None:
        event.prevent_default()
        self.has_focus = isinstance(event, events.Focus)
        if self.parent is not None:
            self.parent.post_message(tell)
