"""The submission form, built from the catalogue of kinds: what the user fills in becomes a `Submit` command."""

from camb_tui.ui.forms.draft import Draft
from camb_tui.ui.forms.screen import NewTaskScreen

__all__ = ["Draft", "NewTaskScreen"]
