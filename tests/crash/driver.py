"""The program that is killed: the real engine on a real session file, without a screen.

`python -m tests.crash.driver SESSION BASE_URL` reads commands from standard input, a line each, as JSON: the name of a
command of `services.changes` and its fields. Every change is a line of standard output: the tasks in it, as JSON. The
first line, which holds none, says that the engine has the session. The end of standard input stops it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from pathlib import Path

import msgspec

from camb_tui.services import changes
from camb_tui.services.client import CambClient  # loaded at once: most lives are shorter than its loading later
from camb_tui.services.engine import Engine
from camb_tui.services.layout import results_folder
from camb_tui.services.session import SessionFile, load_session
from camb_tui.services.settings import PollSettings, SendSettings, Settings

NO_LOCK = 9
"""Exit code where another process has the session."""
RATE = 400.0
"""Requests a second: a life is short, and much should happen in it."""


def make_engine(path: Path, base_url: str) -> Engine:
    """The engine as the monitor has it, but for its pace."""
    return Engine(
        session=SessionFile(path),
        loaded=load_session(path, now=time.time()),
        settings=Settings(base_url=base_url, poll=PollSettings(rate=RATE), send=SendSettings(in_flight=4)),
        api_key="a-key-for-loopback",
        results_folder=results_folder(path),
        make_client=lambda engine: CambClient(base_url, engine.api_key, on_exchange=engine.note_exchange),
    )


def publish(change: changes.Change) -> None:
    """Show a change: from here on somebody has seen it."""
    if change.read_only:
        os._exit(NO_LOCK)
    os.write(1, msgspec.json.encode(change.tasks) + b"\n")


def read_commands(engine: Engine) -> None:
    """Pass the lines of standard input on, as the screen's thread would."""
    rest = b""
    while chunk := os.read(0, 65536):  # sys.stdin would be locked by this thread when the interpreter ends
        *lines, rest = (rest + chunk).split(b"\n")
        for name, fields in map(msgspec.json.decode, lines):
            engine.send(msgspec.convert(fields, getattr(changes, name)))
    engine.send(changes.Stop())


def main() -> None:
    engine = make_engine(Path(sys.argv[1]), sys.argv[2])
    threading.Thread(target=read_commands, args=(engine,), daemon=True).start()
    asyncio.run(engine.run(publish))


if __name__ == "__main__":
    main()
