"""The API key: where it may come from, in which order, and how it is kept. It is never logged, shown or written.

Order: the environment, the command the settings name, the system's keyring. The keyring holds one key for each
origin, so that a key kept for one server is never handed to another.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from camb_tui.domain.errors import SettingsError

KEY_VARIABLE = "CAMB_API_KEY"
COMMAND_SECONDS = 60.0
"""How long `api_key_command` may take; long enough to type a passphrase."""
KEYRING_SERVICE = "camb-tui"


class Keyring(Protocol):
    """What is used of the `keyring` package."""

    def get_password(self, service: str, username: str, /) -> str | None: ...

    def set_password(self, service: str, username: str, password: str, /) -> None: ...


class FoundKey(NamedTuple):
    """A key and, in words, where it was found; without a key the words say where was looked."""

    api_key: str | None
    source: str

    def __repr__(self) -> str:
        return f"FoundKey(source={self.source!r})"  # the key is shown nowhere


def find_key(
    base_url: str,
    *,
    command: str = "",
    environ: Mapping[str, str],
    keyring: Keyring | None = None,
    run: Callable[[str], str] | None = None,
) -> FoundKey:
    """The key for a base URL, from the first source that has one.

    Args:
        base_url: Where it will be sent; decides which of the keyring's keys is meant.
        command: `api_key_command` of the settings.
        environ: The environment.
        keyring: The system's keyring, `system_keyring()`; None where there is none.
        run: Runs the command and gives its output; None for a subprocess.

    Raises:
        SettingsError: A source gave something that cannot be a key, or the command failed.
    """
    if environ.get(KEY_VARIABLE, "").strip():
        return FoundKey(checked_key(environ[KEY_VARIABLE], KEY_VARIABLE), f"environment variable {KEY_VARIABLE}")
    if command.strip():
        output = (run or run_key_command)(command)
        first = next((line for line in output.splitlines() if line.strip()), "")
        return FoundKey(checked_key(first, "api_key_command"), "api_key_command of the settings")
    if keyring is not None:
        try:
            kept = keyring.get_password(KEYRING_SERVICE, origin(base_url))
        except Exception as error:  # a backend raises what it likes; none of it may stop the start
            return FoundKey(None, f"none: the keyring failed ({type(error).__name__})")
        if kept:
            return FoundKey(checked_key(kept, "the keyring"), f"keyring, for {origin(base_url)}")
    looked = f"{KEY_VARIABLE}, api_key_command" + (", keyring" if keyring is not None else "")
    return FoundKey(None, f"none (looked at {looked})")


def checked_key(text: str, source: str) -> str:
    """The key without blanks around it.

    Raises:
        SettingsError: It is empty or holds what no header can carry; the sentence does not quote it.
    """
    key = text.strip()
    if not key:
        raise SettingsError(f"{source} gave an empty API key")
    if not key.isascii() or not key.isprintable() or " " in key or len(key) > 4096:
        raise SettingsError(f"what {source} gave is no API key: it has blanks, control or non-ASCII characters")
    return key


def origin(base_url: str) -> str:
    """Scheme, host and port of a base URL: the name under which the keyring holds its key."""
    parts = urlsplit(base_url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    return f"{parts.scheme}://{parts.hostname}:{port}"


def run_key_command(command: str, *, seconds: float = COMMAND_SECONDS) -> str:
    """What the command prints. No shell reads it; standard input is closed to it, its complaints reach the terminal.

    Raises:
        SettingsError: It cannot be run, fails, or takes too long.
    """
    import shlex  # most starts need no command

    try:
        words = shlex.split(command)
    except ValueError as error:
        raise SettingsError(f"api_key_command cannot be read: {error}") from error
    import subprocess

    try:
        # The user's own settings name the command; that is what the setting is for.
        done = subprocess.run(  # noqa: S603
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=seconds, check=False
        )
    except (OSError, ValueError) as error:
        raise SettingsError(f"api_key_command cannot be run: {error}") from error
    except subprocess.TimeoutExpired:
        # Its output so far hangs on the exception and may be the key: not chained.
        raise SettingsError(f"api_key_command gave no key within {seconds:g} s") from None
    if done.returncode != 0:
        raise SettingsError(f"api_key_command failed with exit code {done.returncode}")
    return done.stdout.decode("utf-8", "replace")


def system_keyring() -> Keyring | None:
    """The system's keyring; None where the `keyring` extra is not installed or no backend works here."""
    if importlib.util.find_spec("keyring") is None:
        return None
    # By name, since a type checker need not have the extra installed either.
    keyring: Any = importlib.import_module("keyring")
    fail: Any = importlib.import_module("keyring.backends.fail")
    found: Keyring | None = None if isinstance(keyring.get_keyring(), fail.Keyring) else keyring
    return found


def keep_key(base_url: str, api_key: str, keyring: Keyring) -> None:
    """Keep the key in the keyring for this server's origin.

    Raises:
        SettingsError: The keyring refused.
    """
    try:
        keyring.set_password(KEYRING_SERVICE, origin(base_url), api_key)
    except Exception as error:
        raise SettingsError(f"the keyring did not keep the key ({type(error).__name__})") from error


def ask_key(ask: Callable[[str], str] | None = None) -> str:
    """The key a person types at the terminal, unseen; `ask` prompts for it, None for the terminal.

    Raises:
        SettingsError: What was typed is no key.
    """
    from getpass import getpass  # most starts need no prompt

    return checked_key((ask or getpass)("CAMB.AI API key (not shown): "), "the prompt")
