"""One process of the program: started, told what to do, watched, killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from camb_tui.domain.tasks import Task
from camb_tui.services.changes import Command

PATIENCE = 60.0
"""Seconds after which a process that neither starts nor ends is a fault of its own."""


class Child:
    """A running program whose output is read as it comes; use it as a context manager."""

    def __init__(self, argv: list[str], env: Mapping[str, str], take: Callable[[bytes], None]) -> None:
        self._process = subprocess.Popen(
            argv, env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._take = take
        self.ready = threading.Event()
        self.complaint = b""
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._read_complaint)]
        for one in self._threads:
            one.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith(b"\n"):  # a line cut short by the kill was seen by nobody
                self._take(line)
                self.ready.set()

    def _read_complaint(self) -> None:
        assert self._process.stderr is not None
        self.complaint = self._process.stderr.read()[-4000:]

    def say(self, *lines: bytes) -> None:
        """Write lines to its standard input; a program that has gone does not hear them."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(b"".join(line + b"\n" for line in lines))
            self._process.stdin.flush()

    def wait_ready(self) -> bool:
        """Whether it came up."""
        end = time.monotonic() + PATIENCE
        while not self.ready.wait(0.05):
            if self._process.poll() is not None or time.monotonic() > end:
                return self.ready.is_set()
        return True

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> bool:
        """kill -9; whether it was still running."""
        was_running = self.is_running
        if was_running:
            os.kill(self._process.pid, signal.SIGKILL)
        self.wait()
        return was_running

    def wait(self) -> int:
        """Its exit code, when it has ended and all that it wrote has been read."""
        code = self._process.wait(PATIENCE)
        for one in self._threads:
            one.join(PATIENCE)
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


class Driver(Child):
    """The engine without a screen; `rows` are the tasks as a user would see them."""

    def __init__(self, session: Path, base_url: str, env: Mapping[str, str], rows: Mapping[str, Task]) -> None:
        self.rows = dict(rows)
        self.shown: dict[str, str] = {}
        """Task ids it showed, by key."""
        argv = [sys.executable, "-m", "tests.crash.driver", str(session), base_url]
        super().__init__(argv, env, self._show)

    def _show(self, line: bytes) -> None:
        for task in msgspec.json.decode(line, type=list[Task]):
            self.rows[task.key] = task
            if task.task_id is not None:
                self.shown[task.key] = task.task_id

    def send(self, *commands: Command) -> None:
        """Give it commands, all in one packet."""
        self.say(*(msgspec.json.encode((type(command).__name__, command)) for command in commands))


class SubmitCommand(Child):
    """`camb-tui submit --from` on the same session."""

    def __init__(self, rows: Path, env: Mapping[str, str]) -> None:
        self.shown: dict[str, str] = {}
        super().__init__([sys.executable, "-m", "camb_tui", "submit", "--from", str(rows), "--json"], env, self._show)

    def _show(self, line: bytes) -> None:
        task: dict[str, Any] = msgspec.json.decode(line)  # the documented object of --json
        if task["task_id"] is not None:
            self.shown[task["key"]] = task["task_id"]
