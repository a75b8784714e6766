"""The detail pane: everything about one task, a tab at a time."""

from camb_tui.ui.detail.pane import DetailPane

__all__ = ["DetailPane"]
