"""Doctor: what this machine, these settings and that service look like from here, in words, without secrets."""

from __future__ import annotations

import email.utils
import importlib.metadata
import os
import platform
import shutil
import sys
import time
from collections.abc import Mapping
from typing import NamedTuple

from camb_tui import __version__
from camb_tui.domain.errors import CambError, KeyRefusedError, SessionLockedError
from camb_tui.domain.kinds import KINDS, Dialect
from camb_tui.domain.text import one_line
from camb_tui.exits import Exit
from camb_tui.services.keys import FoundKey
from camb_tui.services.settings import Settings, config_path
from camb_tui.wiring import Options, key_of, read_session, session_file, settings_of

SKEW_TOLD = 5.0
"""Seconds the two clocks may differ before it is worth a word."""
PATIENCE = 10.0
_SHOWN = ("TERM", "COLORTERM", "TERM_PROGRAM", "LANG", "LC_ALL")
_TOLD = ("TMUX", "STY", "SSH_CONNECTION", "NO_COLOR")
"""Variables of which only the presence is told: they hold addresses and paths."""


class Finding(NamedTuple):
    """One line of the report; `exit` where it means that commands will fail."""

    name: str
    text: str
    exit: Exit = Exit.SUCCESS


async def examine(options: Options, environ: Mapping[str, str] = os.environ) -> list[Finding]:
    """Everything that can be told; each trouble is a finding, none ends the report.

    Raises:
        SettingsError: The settings are wrong, so nothing else can be asked.
    """
    settings = settings_of(options, environ)
    path, _ = config_path(options.config, environ)
    findings = [
        *_machine(environ),
        Finding("config", f"{path}{'' if path.exists() else ' (not there: defaults)'}"),
        *_session(settings),
    ]
    try:
        key = key_of(settings, environ)
    except CambError as error:
        findings.append(Finding("key", str(error), Exit.KEY))
        key = FoundKey(None, "none")
    else:
        # `one_line` last: a source's words quote the settings.
        findings.append(Finding("key", one_line(key.source), Exit.SUCCESS if key.api_key else Exit.KEY))
    return [*findings, *await _service(settings, key.api_key)]


def _machine(environ: Mapping[str, str]) -> list[Finding]:
    size = shutil.get_terminal_size()
    ttys = ", ".join(
        f"{name} {'is' if stream is not None and stream.isatty() else 'is not'} a terminal"
        for name, stream in (("input", sys.__stdin__), ("output", sys.__stdout__), ("error output", sys.__stderr__))
    )
    said = [f"{name}={one_line(environ[name], 60)}" for name in _SHOWN if name in environ]
    said += [f"{name} set" for name in _TOLD if environ.get(name)]
    encoding = getattr(sys.__stderr__, "encoding", None) or "unknown"
    return [
        Finding("camb-tui", f"{__version__}, Textual {importlib.metadata.version('textual')}"),
        Finding("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        Finding("terminal", f"{size.columns}x{size.lines}, {encoding}; {', '.join(said) or 'nothing set'}"),
        Finding("streams", ttys),
    ]


def _session(settings: Settings) -> list[Finding]:
    try:
        file = session_file(settings)
        loaded = read_session(settings)
    except CambError as error:
        return [Finding("session", str(error), Exit.SESSION)]
    live = sum(task.is_live for task in loaded.tasks.values())
    where = f"{file.path}: {len(loaded.tasks):,} tasks, {live:,} live"
    findings = [Finding("session", where if file.path.exists() else f"{file.path} (not there yet)")]
    findings += [Finding("session", notice) for notice in loaded.notices]
    if not file.path.exists():
        return findings
    try:
        file.lock()
    except SessionLockedError:
        findings.append(Finding("lock", "another camb-tui writes this session now"))
    except CambError as error:
        findings.append(Finding("lock", str(error), Exit.SESSION))
    else:
        file.release()
        findings.append(Finding("lock", "free"))
    return findings


async def _service(settings: Settings, api_key: str | None) -> list[Finding]:
    import httpx

    from camb_tui.services.client import CambClient

    base_url = settings.base_url.rstrip("/")
    findings: list[Finding] = []
    # Without the key: routes and clock show without it. A GET on a path that only takes POST makes nothing.
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        try:
            began = time.perf_counter()
            answers = {
                dialect: await http.get(base_url + KINDS["dubbing"].routes(dialect).create)
                for dialect in (Dialect.REFERENCE, Dialect.GUIDE)
            }
            seconds = (time.perf_counter() - began) / len(answers)
        except (httpx.HTTPError, OSError) as error:
            reason = one_line(str(error), 200) or type(error).__name__
            return [Finding("server", f"{base_url} does not answer: {reason}", Exit.UNREACHABLE)]
    findings.append(Finding("server", f"{base_url} answers in {1000 * seconds:.0f} ms"))
    served = [dialect.value for dialect, answer in answers.items() if answer.status_code not in (401, 403, 404)]
    findings.append(Finding("dialect", f"routes = {settings.routes}; served: {', '.join(served) or 'cannot be told'}"))
    findings.append(_clock(next(iter(answers.values())).headers.get("date", ""), time.time()))
    if api_key is None:
        return findings
    client = CambClient(settings.base_url, api_key, timeout=PATIENCE)
    try:
        await client.check_key()
    except KeyRefusedError as error:
        findings.append(Finding("account", one_line(str(error)), Exit.KEY))
    except CambError as error:
        findings.append(Finding("account", one_line(str(error)), Exit.UNREACHABLE))
    else:
        findings.append(Finding("account", "the service takes the key"))
    finally:
        await client.aclose()
    return findings


def _clock(date: str, now: float) -> Finding:
    try:
        theirs = email.utils.parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return Finding("clock", "the service does not say its time")
    skew = now - theirs
    if abs(skew) <= SKEW_TOLD:
        return Finding("clock", "agrees with the service's")
    return Finding("clock", f"is {abs(skew):,.0f} s {'ahead of' if skew > 0 else 'behind'} the service's")


def verdict(findings: list[Finding]) -> Exit:
    """The exit code: the first trouble's, in the order in which they must be mended."""
    return next((finding.exit for finding in findings if finding.exit is not Exit.SUCCESS), Exit.SUCCESS)
