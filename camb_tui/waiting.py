"""The commands `list`, `wait` and `fetch`: the session's tasks told, waited for, and their results saved."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from camb_tui.domain.errors import SessionError, SessionLockedError, UsageError
from camb_tui.domain.kinds import KINDS
from camb_tui.domain.results import Result
from camb_tui.domain.subtitles import FORMATS
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.domain.text import one_line
from camb_tui.exits import Exit
from camb_tui.following import follow_session
from camb_tui.headless import Goal, Report, Run
from camb_tui.printing import table_lines, task_line, task_object, to_json
from camb_tui.selecting import select
from camb_tui.services.changes import Save
from camb_tui.services.session import Loaded, SessionFile
from camb_tui.services.settings import Settings
from camb_tui.wiring import Options, kept_results, make_engine, needed_key, read_session, session_file, settings_of


def say(text: str) -> None:
    """Prose for a person, beside what a script reads."""
    click.echo(f"camb-tui: {text}", err=True)


def reporter(*, as_json: bool) -> Report:
    """Writes one task a line on standard output, at once."""

    def report(task: Task, result: Result | None) -> None:
        sys.stdout.write((to_json(task_object(task, result)) if as_json else task_line(task)) + "\n")
        sys.stdout.flush()

    return report


def kept_result(session: Path) -> Callable[[Task], Result | None]:
    """Gives the results kept beside a session; links are not among what is kept."""
    from camb_tui.services.result_folder import ResultFolder

    folder = ResultFolder(kept_results(session))

    def read(task: Task) -> Result | None:
        kind = KINDS.get(task.kind)
        if kind is None or task.status is not TaskStatus.SUCCESS or not task.key.isalnum():
            return None
        return folder.read(task.key, kind.result)

    return read


def list_tasks(options: Options, *, query: Sequence[str], as_json: bool, everything: bool) -> int:
    """Print the tasks; reads the session file and nothing else.

    Raises:
        CambError: The query is faulty, or the session cannot be read.
    """
    settings = settings_of(options)
    path = session_file(settings).path
    loaded = read_session(settings)
    for notice in loaded.notices:
        say(notice)
    if everything and query:
        raise UsageError("--all and a filter do not go together; is:archived finds what is archived")
    tasks = dict(loaded.tasks) if everything else select(loaded.tasks, query, now=time.time())
    if as_json:
        kept = kept_result(path)
        click.echo(to_json([task_object(task, kept(task)) for task in tasks.values()]))
    else:
        click.echo("\n".join(table_lines(tasks.values(), now=time.time())))
    return Exit.SUCCESS


def wait(options: Options, *, query: Sequence[str], timeout: float | None, as_json: bool) -> int:
    """Wait until tasks are settled; where another camb-tui polls them, by reading along.

    Raises:
        CambError: It cannot be done as asked.
    """
    settings = settings_of(options)
    session = session_file(settings)
    writes = _lock(session)
    try:
        loaded = session.load(time.time()) if writes else read_session(settings)
        asked = select(loaded.tasks, query, now=time.time())
        if not asked:
            if query:
                raise UsageError("no task is meant by that; `camb-tui list` shows what there is")
            say("the session holds no tasks")
            return Exit.SUCCESS
        report = reporter(as_json=as_json)
        if not writes:
            say("another camb-tui polls these; reading along")
            kept = kept_result(session.path)
            return follow_session(session.path, asked, report=lambda task: report(task, kept(task)), timeout=timeout)
        goal = Goal(results=as_json, timeout=timeout)
        return _run(session, loaded, settings, goal, asked, report)
    finally:
        session.release()


def read_formats(text: str | None) -> tuple[str, ...] | None:
    """The formats in a list with commas, None for none given.

    Raises:
        UsageError: One of them is none.
    """
    if text is None:
        return None
    found = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    if not found or any(part not in FORMATS for part in found):
        raise UsageError(f"--format takes one or more of {','.join(FORMATS)}, not {one_line(text, 60)!r}")
    return found


def fetch(
    options: Options,
    *,
    query: Sequence[str],
    folder: str | None,
    timeout: float | None,
    as_json: bool,
    formats: str | None = None,
) -> int:
    """Save results to disk.

    Raises:
        CambError: It cannot be done as asked.
    """
    settings = settings_of(options)
    chosen = read_formats(formats)
    session = session_file(settings)
    writes = _lock(session)
    try:
        loaded = session.load(time.time()) if writes else read_session(settings)
        asked = select(loaded.tasks, query, now=time.time())
        asked = {
            key: task for key, task in asked.items() if task.status is TaskStatus.SUCCESS and (query or not task.saved)
        }
        if not asked:
            if query:
                raise UsageError("no task with a result is meant by that; `camb-tui list` shows what there is")
            is_any = any(task.status is TaskStatus.SUCCESS for task in loaded.tasks.values())
            say("every result is saved already" if is_any else "there is no result yet: no task is SUCCESS")
            return Exit.SUCCESS
        if not writes:
            say("another camb-tui writes this session, so what is saved is not noted there")
            loaded = loaded._replace(read_only=True)
        goal = Goal(commands=(Save(tuple(asked), folder, chosen),), saves=True, timeout=timeout)
        return _run(session, loaded, settings, goal, asked, _saved_reporter(asked, as_json=as_json))
    finally:
        session.release()


def _saved_reporter(asked: Mapping[str, Task], *, as_json: bool) -> Report:
    """Writes, for people, the paths each task was newly saved under below its line."""
    report = reporter(as_json=as_json)

    def tell(task: Task, result: Result | None) -> None:
        report(task, result)
        if not as_json:
            for path in task.saved[len(asked[task.key].saved) :]:
                sys.stdout.write(f"  saved {one_line(path, 1000)}\n")
            sys.stdout.flush()

    return tell


def _lock(session: SessionFile) -> bool:
    try:
        session.lock()
    except SessionLockedError:
        return False
    return True


def _run(
    session: SessionFile, loaded: Loaded, settings: Settings, goal: Goal, asked: dict[str, Task], report: Report
) -> int:
    for notice in loaded.notices:
        say(notice)
    if loaded.read_only and not goal.saves:
        raise SessionError("; ".join(loaded.notices) or f"the session {session.path} cannot be written")
    engine = make_engine(session, loaded, settings, needed_key(settings))
    run = Run(engine, goal, asked, before=loaded.tasks, report=report, say=say)
    return asyncio.run(run.finish())
