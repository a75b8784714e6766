"""A program in a pseudo-terminal: start it, press keys, read the screen as a person would, or do not read it at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyte

KEYS = {
    "enter": "\r",
    "esc": "\x1b",
    "tab": "\t",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "space": " ",
    "ctrl+q": "\x11",
    "ctrl+s": "\x13",
    "ctrl+p": "\x10",
    "ctrl+l": "\x0c",
    "ctrl+u": "\x15",
    "ctrl+down": "\x1b[1;5B",
    "f4": "\x1bOS",
}
PATIENCE = 30.0
"""Seconds after which a wait gives up; a loaded machine may need many of them."""
# What pyte would print instead of obeying: private, intermediate and device-control sequences.
_NOT_FOR_PYTE = re.compile(rb"\x1b\[[<=>][0-9;:]*[ -/]*[@-~]|\x1b\[\??[0-9;:]*[ -/]+[@-~]|\x1bP[^\x1b]*\x1b\\")
_UNFINISHED = re.compile(rb"\x1b(?:$|\[[0-?]*[ -/]*$|[P\]][^\x07\x1b]*\x1b?$)")


class Terminal:
    """One program under a pty of a given size; use it as a context manager."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        columns, rows = size
        self.raw = b""
        self.exit_code: int | None = None
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._held = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            self._exec(argv, env or {}, cwd)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.set_blocking(self.fd, False)

    @staticmethod
    def _exec(argv: Sequence[str], env: Mapping[str, str], cwd: Path | None) -> None:
        try:
            if cwd is not None:
                os.chdir(cwd)
            os.execvpe(argv[0], list(argv), dict(env))
        finally:
            os._exit(127)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.exit_code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.exit_code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        with contextlib.suppress(OSError):
            os.close(self.fd)

    def press(self, *keys: str) -> None:
        """Press these keys one after the other; a name of `KEYS`, else the text as it is."""
        for key in keys:
            os.write(self.fd, KEYS.get(key, key).encode())
            self.read(0.06)  # a person's keys do not arrive in one packet

    def type(self, text: str) -> None:
        """Type a text at once."""
        os.write(self.fd, text.encode())
        self.read(0.06)

    def read(self, seconds: float) -> bytes:
        """Take in what the program writes during this time."""
        got, end = b"", time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.fd], [], [], left)[0]:
                break
            try:
                chunk = os.read(self.fd, 65536)
            except BlockingIOError:
                continue
            except OSError as error:  # the other side is gone
                if error.errno != errno.EIO:
                    raise
                break
            if not chunk:
                break
            got += chunk
            self._feed(chunk)
        return got

    def _feed(self, chunk: bytes) -> None:
        self.raw += chunk
        data = self._held + chunk
        unfinished = _UNFINISHED.search(data, max(0, len(data) - 4096))
        cut = unfinished.start() if unfinished else len(data)
        self._held = data[cut:]
        self._stream.feed(_NOT_FOR_PYTE.sub(b"", data[:cut]))

    @property
    def lines(self) -> list[str]:
        """The screen, a text a line."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def bold(self) -> list[str]:
        """What the screen shows in bold, from the top: such as the name of the field with the cursor."""
        found = []
        for row, line in enumerate(self._screen.display):
            cells = "".join(char if self._screen.buffer[row][place].bold else "\n" for place, char in enumerate(line))
            found += [words.strip() for words in cells.split("\n") if words.strip()]
        return found

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)

    def wait_for(self, wanted: str | Callable[[str], bool], *, patience: float = PATIENCE) -> str:
        """Read until the screen shows this regular expression, or satisfies this test; the screen then.

        Raises:
            AssertionError: It did not; the message shows the screen.
        """
        pattern = re.compile(wanted) if isinstance(wanted, str) else None
        end = time.monotonic() + patience
        while True:
            shown = self.text
            if pattern.search(shown) if pattern is not None else wanted(shown):  # type: ignore[operator]  # one of both
                return shown
            if time.monotonic() > end:
                raise AssertionError(f"waited {patience:.0f} s for {wanted!r}; the screen shows:\n{shown}")
            self.read(0.1)

    def wait_for_exit(self, *, patience: float = PATIENCE, reading: bool = True) -> int:
        """Wait until the program ends; its exit code, negative for a signal.

        Raises:
            AssertionError: It did not end.
        """
        end = time.monotonic() + patience
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.exit_code = os.waitstatus_to_exitcode(status)
                if reading:
                    self.read(0.2)
                return self.exit_code
            if reading:
                self.read(0.05)
            else:
                time.sleep(0.02)
        raise AssertionError(f"still running after {patience:.0f} s; the screen shows:\n{self.text}")

    def signal(self, number: int) -> None:
        """Send the program a signal."""
        os.kill(self.pid, number)


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """An environment with a home folder of its own and nothing of the user's."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "VIRTUAL_ENV", "PYTHONPATH") if name in os.environ}
    source = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (source, kept.get("PYTHONPATH", ""))))
    return {
        **kept,
        "LANG": kept.get("LANG", "C.UTF-8") if "UTF-8" in kept.get("LANG", "").upper() else "C.UTF-8",
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "TERM": "xterm-256color",
        "PYTHONPATH": path,
        "PYTHONUNBUFFERED": "1",
        **more,
    }


def camb_tui(*arguments: str) -> list[str]:
    """The command line of the program under test."""
    return [sys.executable, "-m", "camb_tui", *arguments]


def run(*arguments: str, env: Mapping[str, str], patience: float = 120.0) -> subprocess.CompletedProcess[str]:
    """Run a headless command to its end."""
    return subprocess.run(
        camb_tui(*arguments), env=dict(env), capture_output=True, text=True, timeout=patience, check=False
    )
