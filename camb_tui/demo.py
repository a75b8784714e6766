"""Demo: a simulator with sample tasks and a session that holds them, both gone afterwards.

The simulator is a child process, so that it takes nothing from the screen's interpreter; the socket it will serve is
made here, so that the first paint waits for nothing.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from camb_tui.demo_tasks import FOLDER_PREFIX, demo_tasks, durations_before
from camb_tui.services.durations import Durations
from camb_tui.services.keys import KEY_VARIABLE
from camb_tui.services.layout import durations_file
from camb_tui.services.session import SessionFile

HOST = "127.0.0.1"
CHILD_ENDS = 2.0
DAY = 86_400.0


class Demo(NamedTuple):
    """What the monitor needs to show the demo."""

    base_url: str
    session: SessionFile
    """Holds the demo's tasks; not locked."""
    folder: Path
    """Ours alone; for whatever the demo writes."""


@contextlib.contextmanager
def running_demo() -> Iterator[Demo]:
    """The demo, for as long as the block or this process lasts, whatever ends it."""
    with tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with _service(folder) as base_url:
            session = _session(folder)
            _learn(durations_file(session.path, base_url))
            yield Demo(base_url, session, folder)


@contextlib.contextmanager
def _service(folder: Path) -> Iterator[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind((HOST, 0))
        listener.listen(512)
        base_url = f"http://{HOST}:{listener.getsockname()[1]}/apis"
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", "camb_tui.demo_service", str(listener.fileno()), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
            env=_environment(),
            start_new_session=True,  # a hangup of the terminal is not for it: it tidies up after us
        )
    try:
        yield base_url
    finally:
        assert child.stdin is not None
        child.stdin.close()
        try:
            child.wait(CHILD_ENDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _environment() -> dict[str, str]:
    """Ours without the key; the child finds this very package, where with -P not even the current folder counts."""
    environ = {name: value for name, value in os.environ.items() if name != KEY_VARIABLE}
    paths = [str(Path(__file__).parents[1]), environ.get("PYTHONPATH", "")]
    return {**environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _session(folder: Path) -> SessionFile:
    session = SessionFile(folder / "demo.toml")
    session.lock()
    try:
        session.load(time.time())
        session.append((one.task for one in demo_tasks(time.time())), sync=False)
    finally:
        session.release()
    return SessionFile(session.path)


def _learn(file: Path) -> None:
    durations, before = Durations(file), time.time() - DAY
    for kind, seen in durations_before():
        durations.note(kind, seen, at=before)
