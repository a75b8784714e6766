"""Wiring: from the options of a command to settings, key, session and engine. Each command takes what it needs.

Heavy modules are imported inside the functions, so that a command pays only for what it uses.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from camb_tui.domain.errors import NoKeyError, SettingsError

if TYPE_CHECKING:
    from camb_tui.services.changes import Change, Command
    from camb_tui.services.engine import Engine
    from camb_tui.services.keys import FoundKey
    from camb_tui.services.session import Loaded, SessionFile
    from camb_tui.services.settings import Settings


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options every command takes; None where one was not given."""

    session: str | None = None
    base_url: str | None = None
    theme: str | None = None
    config: str | None = None
    routes: str | None = None
    read_only: bool | None = None
    ascii: bool | None = None

    def over(self, other: Options) -> Options:
        """These options, with what was not given taken from `other`."""
        given = {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not None}
        return msgspec.structs.replace(other, **given)


class EnginePort(Protocol):
    """What commands use of the engine."""

    def send(self, command: Command) -> None: ...

    async def run(self, publish: Callable[[Change], None]) -> None: ...


def settings_of(options: Options, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this run.

    Raises:
        SettingsError: Something about them is wrong.
    """
    from camb_tui.services.settings import load_settings

    given = {name: getattr(options, name) for name in options.__struct_fields__ if name != "config"}
    return load_settings(given, config=options.config, environ=environ)


def key_of(settings: Settings, environ: Mapping[str, str] = os.environ) -> FoundKey:
    """The key and where it came from.

    Raises:
        SettingsError: A source of it failed.
    """
    from camb_tui.services.keys import KEY_VARIABLE, find_key, system_keyring

    # The keyring takes tenths of a second to load, so it is opened only where nothing before it has a key.
    earlier = environ.get(KEY_VARIABLE, "").strip() or settings.api_key_command.strip()
    keyring = None if earlier else system_keyring()
    return find_key(settings.base_url, command=settings.api_key_command, environ=environ, keyring=keyring)


def needed_key(settings: Settings, environ: Mapping[str, str] = os.environ) -> str:
    """The key; asked for at the terminal where no source has one and somebody sits there.

    Raises:
        NoKeyError: There is none.
        SettingsError: A source of it failed.
    """
    found = key_of(settings, environ)
    if found.api_key is not None:
        return found.api_key
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise NoKeyError("there is no API key: set CAMB_API_KEY, or api_key_command in the config file")
    from camb_tui.services.keys import ask_key

    try:
        return ask_key()
    except SettingsError as error:
        raise NoKeyError(str(error)) from error


def session_file(settings: Settings) -> SessionFile:
    """The session these settings mean; nothing is locked, read or made yet.

    Raises:
        UsageError: Its name cannot be one.
    """
    from camb_tui.services.layout import session_path
    from camb_tui.services.session import SessionFile

    return SessionFile(session_path(settings.session))


def read_session(settings: Settings) -> Loaded:
    """What the session holds, read without its lock.

    Raises:
        SessionError: It cannot be read.
    """
    from camb_tui.services.layout import session_path
    from camb_tui.services.session import load_session

    return load_session(session_path(settings.session), now=time.time())


def kept_results(session: Path) -> Path:
    """The folder of the results kept beside a session."""
    from camb_tui.services.layout import results_folder

    return results_folder(session)


def make_engine(session: SessionFile, loaded: Loaded, settings: Settings, api_key: str | None) -> Engine:
    """The engine on a session; it takes the lock when it runs, where the session does not have it yet."""
    from camb_tui.services.engine import Engine
    from camb_tui.services.layout import durations_file

    return Engine(
        session=session,
        loaded=loaded,
        settings=settings,
        api_key=api_key,
        results_folder=kept_results(session.path),
        durations_file=durations_file(session.path, settings.base_url),
    )
