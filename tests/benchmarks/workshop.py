"""Where a run of the benchmarks works: a temporary folder with its session files, environment and service."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple, Self

from tests.benchmarks.probe import Probe
from tests.benchmarks.samples import API_KEY, make_tasks, write_session

ROOT = Path(__file__).resolve().parents[2]
_PROGRAMS = "tests.benchmarks.programs"
WIDE, NARROW = (120, 40), (80, 24)
_LEFT_OUT = (
    *("COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "TMUX", "STY", "TERM_PROGRAM", "TEXTUAL"),
    *("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "CAMB_TUI_CONFIG", "CAMB_TUI_SESSION", "CAMB_BASE_URL"),
)


class Effort(NamedTuple):
    """How much is done in a round."""

    presses: int
    window: float
    """Seconds in which CPU time and bytes are counted."""
    rest: float
    """Seconds in which a screen at rest must send nothing."""
    saves: int


FULL = Effort(presses=40, window=10.0, rest=60.0, saves=100)
QUICK = Effort(presses=20, window=4.0, rest=12.0, saves=40)


class Workshop:
    """Makes what the scenarios need, once, and starts their programs in an environment of its own."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="camb-tui-benchmarks-")
        self.path = Path(self._folder.name)
        self._sessions: dict[tuple[int, int], Path] = {}
        self._service: subprocess.Popen[str] | None = None
        self._url = ""
        self._starts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._service is not None:
            self._service.kill()
            self._service.wait()
            if self._service.stdout is not None:
                self._service.stdout.close()
        self._folder.cleanup()

    @property
    def env(self) -> dict[str, str]:
        """The environment of every program: a plain terminal, and folders that are not the user's."""
        env = {name: value for name, value in os.environ.items() if not name.startswith((*_LEFT_OUT, "XDG_", "PYTHON"))}
        home = self.path / "home"
        home.mkdir(exist_ok=True)
        return env | {
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "HOME": str(home),
            "CAMB_API_KEY": API_KEY,
            "PYTHONPATH": str(ROOT),
        }

    @property
    def url(self) -> str:
        """The base URL of the service, which is started when it is first asked for."""
        if self._service is None:
            argv = [sys.executable, "-m", f"{_PROGRAMS}.pending_service"]
            self._service = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=self.env, cwd=self.path)
            assert self._service.stdout is not None
            self._url = f"http://127.0.0.1:{int(self._service.stdout.readline())}/apis"
        return self._url

    def session(self, tasks: int, *, live: int = 0) -> Path:
        """A fresh copy of a session file of so many tasks."""
        if (tasks, live) not in self._sessions:
            made = write_session(self.path / f"{tasks}-{live}.toml", make_tasks(tasks, live=live, server=self.url))
            self._sessions[tasks, live] = made
        self._starts += 1
        copy = self.path / f"run-{self._starts}.toml"
        shutil.copy(self._sessions[tasks, live], copy)
        return copy

    def reference(self, name: str, *arguments: str, size: tuple[int, int] = WIDE) -> Probe:
        """One of the programs beside this module, on a terminal."""
        return Probe([*self._argv(name), *arguments], size=size, env=self.env)

    def ours(self, session: Path, *, size: tuple[int, int] = WIDE) -> Probe:
        """The program as users start it."""
        argv = [sys.executable, "-m", "camb_tui", "--session", str(session), "--base-url", self.url]
        return Probe(argv, size=size, env=self.env)

    def result(self, name: str, *arguments: str) -> dict[str, float]:
        """What a program without a screen printed as JSON."""
        done = subprocess.run(
            [*self._argv(name), *arguments], env=self.env, cwd=self.path, capture_output=True, text=True, check=True
        )
        result: dict[str, float] = json.loads(done.stdout)
        return result

    @staticmethod
    def _argv(name: str) -> list[str]:
        return [sys.executable, "-m", f"{_PROGRAMS}.{name}"]
