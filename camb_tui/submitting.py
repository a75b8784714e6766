"""The command `submit`: from words or rows to tasks, each sent at most once."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from camb_tui.domain.errors import SessionError, UsageError
from camb_tui.domain.kinds import KINDS, find_kind, form_of
from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import account_fingerprint
from camb_tui.domain.text import one_line
from camb_tui.exits import Exit
from camb_tui.headless import Goal, Run
from camb_tui.selecting import SAME_WITHIN, plan
from camb_tui.services.changes import Command, Submit
from camb_tui.services.importing import LARGEST_IMPORT, Row, read_data, read_file, read_words
from camb_tui.waiting import reporter, say
from camb_tui.wiring import Options, make_engine, needed_key, session_file, settings_of

OUTAGE = 60.0
"""Seconds of outage after which a submit that does not wait for results gives up."""
FAULTS_TOLD = 50


def submit(
    options: Options,
    *,
    kind: str | None,
    fields: Sequence[str],
    source: str | None,
    row_kind: str | None,
    form: str | None,
    label: str | None,
    tags: Sequence[str],
    again: bool,
    wait: bool,
    timeout: float | None,
    as_json: bool,
    stream: bool = False,
    folder: str | None = None,
) -> int:
    """Submit one task or the rows of a file, or stream one task; the exit code.

    Raises:
        CambError: It cannot be done as asked; nothing was sent.
    """
    settings = settings_of(options)
    if settings.read_only:
        raise UsageError("nothing is sent: the settings or --read-only forbid it")
    if folder is not None and not stream:
        raise UsageError("--to says where a stream is saved; it goes with --stream")
    rows = _rows(kind, fields, source, row_kind, form, stream=stream)
    if not _tell_faults(rows, source):
        return Exit.USAGE
    submissions = [_named(one, label, tags) for row in rows for one in row.submissions]
    if folder is not None:
        where = str(Path(folder).expanduser().absolute())
        submissions = [msgspec.structs.replace(one, folder=where) for one in submissions]
    api_key = needed_key(settings)
    session = session_file(settings)
    session.lock()
    try:
        loaded = session.load(time.time())
        if loaded.read_only:
            raise SessionError("; ".join(loaded.notices) or f"the session {session.path} cannot be written")
        for notice in loaded.notices:
            say(notice)
        chosen = plan(
            submissions,
            loaded.tasks,
            account=account_fingerprint(api_key),
            now=time.time(),
            within=None if source is not None else SAME_WITHIN,
            again=again,
        )
        _tell_doubles(chosen.doubles)
        commands: tuple[Command, ...] = (Submit(chosen.fresh, window=0.0),) if chosen.fresh else ()
        goal = Goal(
            commands=commands,
            expected=len(chosen.fresh),
            sends=True,
            until_settled=wait or stream,
            results=(wait or stream) and as_json,
            timeout=timeout,
            outage=None if wait or stream else OUTAGE,
        )
        engine = make_engine(session, loaded, settings, api_key)
        run = Run(engine, goal, chosen.same, before=set(loaded.tasks), report=reporter(as_json=as_json), say=say)
        return asyncio.run(run.finish())
    finally:
        session.release()


def _rows(
    kind: str | None,
    fields: Sequence[str],
    source: str | None,
    row_kind: str | None,
    form: str | None,
    *,
    stream: bool,
) -> list[Row]:
    if source is not None:
        if stream:
            raise UsageError(
                "--stream and --from do not go together: the rows of a file are sent as tasks, not streamed"
            )
        if kind is not None or fields:
            raise UsageError("give either KIND and fields, or --from FILE")
        if row_kind is not None and find_kind(row_kind) is None:
            raise UsageError(f'there is no kind "{one_line(row_kind, 40)}"; there are {", ".join(KINDS)}')
        if source != "-":
            return read_file(Path(source), form=form, kind=row_kind)
        data = sys.stdin.buffer.read(LARGEST_IMPORT + 1)
        return read_data(data, "standard input", form=form, kind=row_kind, folder=Path.cwd())
    if kind is None:
        raise UsageError("give KIND and fields, or --from FILE; `camb-tui submit --help` says more")
    found = find_kind(kind)
    if found is None:
        raise UsageError(f'there is no kind "{one_line(kind, 40)}"; there are {", ".join(KINDS)}')
    if row_kind is not None or form is not None:
        raise UsageError("--kind and --format belong to --from")
    form_asked = form_of(found.name, streamed=stream)
    if form_asked is None:
        able = ", ".join(name for name in KINDS if form_of(name, streamed=True) is not None)
        raise UsageError(f"{found.name} has no streaming route; these have: {able}")
    return [read_words(form_asked, fields, folder=Path.cwd())]


def _tell_faults(rows: list[Row], source: str | None) -> bool:
    """Say what is wrong with the rows; whether there is anything to send and nothing wrong."""
    faults = [(row.number, fault) for row in rows for fault in row.faults]
    often = Counter(fault for _, fault in faults)
    told = {fault: number for number, fault in reversed(faults)}  # each where it is first
    for fault, number in sorted(told.items(), key=lambda one: one[1])[:FAULTS_TOLD]:
        where = f"row {number}: " if source is not None else ""
        hint = "; a row's name is its label" if fault.field == "name" else ""
        more = f"{hint}, and in {often[fault] - 1:,} other rows" if often[fault] > 1 else hint
        say(f"{where}{one_line(fault.field, 60)} {one_line(fault.message)}{more}".strip())
    if len(told) > FAULTS_TOLD:
        say(f"and {len(told) - FAULTS_TOLD:,} more faults")
    if faults:
        say("nothing was sent")
    elif not rows:
        say("there is nothing to send")
    return bool(rows) and not faults


def _named(submission: Submission, label: str | None, tags: Sequence[str]) -> Submission:
    return msgspec.structs.replace(
        submission, label=submission.label or label or "", tags=tuple(dict.fromkeys((*submission.tags, *tags)))
    )


def _tell_doubles(doubles: int) -> None:
    if doubles:
        what = "1 submission is" if doubles == 1 else f"{doubles:,} submissions are"
        say(f"{what} in the session already and not submitted a second time; --again does")
