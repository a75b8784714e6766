"""Exit codes: what a script may read from how a command ended, and how our errors map to them."""

from __future__ import annotations

import enum

from camb_tui.domain.errors import CambError, KeyRefusedError, NoKeyError, ServiceError, SessionError


class Exit(enum.IntEnum):
    """How a command ended. Ended by a signal, it is 128 and the signal's number."""

    SUCCESS = 0
    """All that was asked for is done; for a wait: is SUCCESS."""
    FAILED = 1
    """Some task failed, or waits for a person."""
    USAGE = 2
    """The command, a setting or an import file is wrong, or there is no terminal to show a screen on."""
    KEY = 3
    """No API key, or it was refused."""
    UNREACHABLE = 4
    """The service does not answer."""
    SESSION = 5
    """The session is locked by another camb-tui, or cannot be read or written."""
    WAITED = 6
    """Waited as long as asked."""
    UNCONFIRMED = 7
    """Some submission was sent and not answered: it may or may not exist."""


def exit_of(error: CambError) -> Exit:
    """The exit code that an error means."""
    if isinstance(error, NoKeyError | KeyRefusedError):
        return Exit.KEY
    if isinstance(error, ServiceError):
        return Exit.UNREACHABLE
    if isinstance(error, SessionError):
        return Exit.SESSION
    return Exit.USAGE
