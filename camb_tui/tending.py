"""The commands `session check` and `session tidy`: a look at a session file, and its rewriting with each task once."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import click

from camb_tui.exits import Exit
from camb_tui.services.session import SessionFile, load_session
from camb_tui.waiting import say
from camb_tui.wiring import Options, session_file, settings_of


def check(options: Options, *, file: str | None) -> int:
    """Say what a session file holds and what is wrong with it; writes nothing.

    Raises:
        SessionError: It cannot be read at all.
    """
    path = _path(options, file)
    if not path.exists():
        say(f"there is no session {path}")
        return Exit.SESSION
    loaded = load_session(path, now=time.time())
    counts = Counter(brief.status.value for brief in loaded.tasks.briefs())
    said = ", ".join(f"{number:,} {word}" for word, number in counts.most_common())
    click.echo(f"{path}: {len(loaded.tasks):,} tasks" + (f" ({said})" if said else ""))
    for notice in loaded.notices:
        say(notice)
    if loaded.notices:
        return Exit.SESSION
    click.echo("every block can be read")
    return Exit.SUCCESS


def tidy(options: Options, *, file: str | None) -> int:
    """Write each task once, in order; the file that was stays as .bak, a damaged one under a dated name.

    Raises:
        SessionError: Another camb-tui writes it, or it cannot be read or written.
    """
    path = _path(options, file)
    if not path.exists():
        say(f"there is no session {path}")
        return Exit.SESSION
    before = path.stat().st_size
    session = SessionFile(path)
    session.lock()
    try:
        loaded = session.load(time.time())
        for notice in loaded.notices:
            say(notice)
        session.tidy()
    finally:
        session.release()
    click.echo(f"{path}: {len(loaded.tasks):,} tasks, {before:,} bytes before, {path.stat().st_size:,} after")
    return Exit.SUCCESS


def _path(options: Options, file: str | None) -> Path:
    return Path(file).expanduser() if file is not None else session_file(settings_of(options)).path
