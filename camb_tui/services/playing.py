"""Playing a saved file of sound, where this machine has sound, somebody sits at it, and miniaudio is installed."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from camb_tui.domain.errors import UsageError

SOUND_CARDS = Path("/dev/snd")
SOCKETS = ("pulse/native", "pipewire-0")
"""Of a sound server, below XDG_RUNTIME_DIR."""
PLAYABLE = (".wav", ".flac", ".mp3", ".ogg")


def can_play(environ: Mapping[str, str], *, cards: Path = SOUND_CARDS) -> bool:
    """Whether a sound made here would be heard by the user: over SSH it would sound in another room."""
    if environ.get("SSH_CONNECTION") or importlib.util.find_spec("miniaudio") is None:
        return False
    if not sys.platform.startswith("linux"):
        return True
    runtime = environ.get("XDG_RUNTIME_DIR")
    return (runtime is not None and any((Path(runtime) / name).exists() for name in SOCKETS)) or any(
        cards.glob("pcm*p") if cards.is_dir() else ()
    )


class Player:
    """Plays one file at a time; miniaudio plays in a thread of its own."""

    def __init__(self) -> None:
        self._device: Any = None  # an optional library without types
        self._path = ""

    def turn(self, paths: tuple[str, ...]) -> str:
        """Play the first of these that can be played, or stop it where it plays; what was done, in words.

        Raises:
            UsageError: None of them can be played here.
        """
        path = next((path for path in paths if path.lower().endswith(PLAYABLE)), None)
        if path is None:
            raise UsageError("there is no saved sound to play; s saves it")
        was = self._path if self._device is not None else ""
        self.stop()
        if was == path:
            return "stopped"
        try:
            miniaudio = importlib.import_module("miniaudio")
            stream = miniaudio.stream_file(path)
            self._device = miniaudio.PlaybackDevice()
            self._device.start(stream)
        except Exception as error:  # a foreign library over a foreign file and a foreign device
            self.stop()
            raise UsageError(f"{Path(path).name} cannot be played: {error}") from error
        self._path = path
        return f"playing {Path(path).name}; the same key stops it"

    def stop(self) -> None:
        """Be silent."""
        device, self._device, self._path = self._device, None, ""
        if device is not None:
            device.close()
