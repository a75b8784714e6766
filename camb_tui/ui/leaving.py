"""Leaving when the link dies: SIGHUP, SIGTERM and the end of stdin save, restore the terminal and end the process.

A thread of its own does it, because the screen's loop stands still when nobody reads the terminal. The signal handlers
only wake that thread. The ordinary way out (ctrl+q) sets a deadline here, so that it too ends in time.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

RESTORE = (
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1015l\x1b[?1006l"  # mouse
    "\x1b[?2004l\x1b[?1004l\x1b[?2048l\x1b[?7h"  # bracketed paste, focus reports, resize reports, line wrap
    "\x1b[<u"  # keyboard flags, before the alternate screen that holds them is left
    "\x1b[?1049l\x1b[?25h\x1b[0m"
)
"""Puts a terminal back as a shell wants it; harmless twice."""

FLUSH_SECONDS = 1.5
"""How long the engine may take to save."""
WRITE_SECONDS = 0.2


def restore_terminal(fd: int, *, seconds: float = WRITE_SECONDS) -> bool:
    """Write the restore string without ever blocking longer than `seconds`; False where not all of it went out.

    A fresh description of the terminal is opened, since O_NONBLOCK on ours would hold for the shell as well.
    """
    try:
        own = os.open(os.ttyname(fd), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return False
    left = RESTORE.encode()
    ends = time.monotonic() + seconds
    try:
        while left and (remaining := ends - time.monotonic()) > 0:
            if not select.select([], [own], [], remaining)[1]:
                break
            left = left[os.write(own, left) :]
    except OSError:
        return False
    finally:
        os.close(own)
    return not left


class Leaving:
    """Watches for the end of the terminal and ends the process in time."""

    def __init__(self, save: Callable[[float], None], *, leave: Callable[[int], None] = os._exit) -> None:
        """Args:
        save: Asks the engine to save and end, and waits for it at most so many seconds; called in a thread of ours.
        leave: Ends the process with an exit code.
        """
        self._save, self._leave = save, leave
        self._wake_read, self._wake_write = -1, -1
        self._code = 0
        self._over = threading.Event()
        self._watches_stdin = sys.__stdin__ is not None and not sys.__stdin__.closed
        self._attributes: list[Any] | None = None  # what termios.tcgetattr gives
        self._handlers: dict[signal.Signals, Any] = {}  # what signal.signal gives back

    def install(self, attributes: list[Any] | None = None) -> None:
        """Set the handlers, also over an inherited "ignore", and watch; `attributes` are the terminal's to restore."""
        self._attributes = attributes
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        for one in (signal.SIGHUP, signal.SIGTERM):
            self._handlers[one] = signal.signal(one, self._on_signal)
        threading.Thread(target=self._watch, name="camb-leaving", daemon=True).start()

    def soon(self, seconds: float) -> None:
        """The ordinary way out has begun: if it is not over in `seconds`, end the process anyway."""
        timer = threading.Timer(seconds, self._end, args=(0, 0.0))
        timer.daemon = True
        timer.start()

    def over(self) -> None:
        """The screen has ended by itself: nothing more to watch."""
        self._over.set()
        for one, handler in self._handlers.items():
            with contextlib.suppress(ValueError):
                signal.signal(one, handler)
        self._handlers.clear()
        self._wake()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._code = 128 + number
        self._wake()

    def _wake(self) -> None:
        if self._wake_write >= 0:
            with contextlib.suppress(OSError):
                os.write(self._wake_write, b"!")

    def _watch(self) -> None:
        """Sleep until a signal, or until the terminal behind stdin is gone."""
        watched = select.poll()
        watched.register(self._wake_read, select.POLLIN)
        if self._watches_stdin and sys.__stdin__ is not None:
            watched.register(sys.__stdin__.fileno(), 0)  # asks for hang-up and error alone; both are always told
        while not self._over.is_set():
            watched.poll()
            if not self._over.is_set():
                self._end(self._code or 128 + signal.SIGHUP, FLUSH_SECONDS)

    def _end(self, code: int, seconds: float) -> None:
        if self._over.is_set():
            return
        with contextlib.suppress(Exception):  # whatever the engine says, the process must end
            self._save(seconds)
        if sys.__stdin__ is not None and self._attributes is not None:
            with contextlib.suppress(termios.error, OSError, ValueError):
                termios.tcsetattr(sys.__stdin__.fileno(), termios.TCSANOW, self._attributes)
        if sys.__stderr__ is not None:
            with contextlib.suppress(OSError, ValueError):
                restore_terminal(sys.__stderr__.fileno())
        self._leave(code)
