"""Copying to the user's clipboard, over whatever stands between: tmux, GNU screen, or the terminal itself.

Owns the ladder and the words that say which way a copy went. OSC 52 cannot be confirmed, so the words never claim more.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess  # runs tmux's own client, with the text on its standard input
from collections.abc import Callable, Mapping
from pathlib import Path

from camb_tui.ui.words import count_text

FILE_BEYOND = 74_994
"""Encoded bytes beyond which many terminals drop OSC 52; such a text goes to a file too."""
_SCREEN_CHUNK = 240
"""GNU screen cuts longer passed-through strings."""


def osc52(text: str) -> str:
    """The sequence that asks a terminal to put the text on its clipboard."""
    return f"\x1b]52;c;{base64.b64encode(text.encode('utf-8', 'replace')).decode()}\x1b\\"


def wrap_for_screen(sequence: str) -> str:
    """A sequence GNU screen hands through to its own terminal, in pieces it does not cut.

    Its string ends at the first ST, so the inner one is ended by BEL instead.
    """
    inner = sequence.removesuffix("\x1b\\") + "\x07"
    pieces = [inner[start : start + _SCREEN_CHUNK] for start in range(0, len(inner), _SCREEN_CHUNK)]
    return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)


def load_into_tmux(text: str) -> bool:
    """Give the text to tmux, which also hands it to its own terminal; False where that did not work."""
    tmux = shutil.which("tmux")
    if tmux is None:
        return False
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command, the text goes to its standard input
            [tmux, "load-buffer", "-w", "-"], input=text.encode("utf-8", "replace"), capture_output=True, timeout=2
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


class Clipboard:
    """Copies a text and says which way it went; keeps the last one as a register of its own."""

    def __init__(
        self,
        write: Callable[[str], None],
        *,
        environ: Mapping[str, str] = os.environ,
        load_buffer: Callable[[str], bool] = load_into_tmux,
        file: Path | None = None,
    ) -> None:
        """Args:
        write: Writes a control sequence to the terminal.
        environ: Where TMUX and STY are looked up.
        load_buffer: Hands a text to tmux.
        file: Where a text too long for OSC 52 is written as well.
        """
        self._write, self._environ, self._load_buffer, self._file = write, environ, load_buffer, file
        self.register = ""

    def copy(self, text: str) -> str:
        """Copy the text; the words say how."""
        self.register = text
        return f"copied {count_text(len(text), 'character')} {self._send(text)}{self._keep_long(text)}"

    def _send(self, text: str) -> str:
        if self._environ.get("TMUX") and self._load_buffer(text):
            return "through tmux"
        sequence = osc52(text)
        if self._environ.get("STY"):
            self._write(wrap_for_screen(sequence))
            return "through screen (OSC 52)"
        self._write(sequence)
        return "by OSC 52"

    def _keep_long(self, text: str) -> str:
        if self._file is None or len(text.encode("utf-8", "replace")) * 4 // 3 <= FILE_BEYOND:
            return ""
        try:
            self._file.write_text(text, encoding="utf-8", errors="replace")
        except OSError as error:
            return f"; too long for most terminals, and not written to {self._file}: {error.strerror}"
        return f"; too long for most terminals, so it is in {self._file} too"
