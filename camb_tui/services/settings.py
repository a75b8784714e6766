"""Settings: what the user chose in the config file, the environment and the command line, as one typed value.

Precedence: command line, environment, config file, default. Nothing is written here, and the API key is not a
setting: `keys` finds it.
"""

from __future__ import annotations

import difflib
import ipaddress
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import platformdirs

from camb_tui.domain.errors import SettingsError
from camb_tui.domain.subtitles import DEFAULT_FORMATS, FORMATS
from camb_tui.domain.text import one_line

DEFAULT_BASE_URL = "https://client.camb.ai/apis"
CONFIG_VARIABLE = "CAMB_TUI_CONFIG"
VARIABLES = {"CAMB_BASE_URL": "base_url", "CAMB_TUI_SESSION": "session"}
"""Environment variables that set a setting, and which."""


class PollSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the poller asks."""

    strategy: str = "adaptive"
    """`adaptive` learns how long tasks take, `backoff` is the service's own advice."""
    delay_price: float = 1.0
    """Requests that one second less delay is worth to the adaptive strategy."""
    in_flight: int = 8
    """Most polls under way at once."""
    rate: float = 10.0
    """Most requests a second for the whole account."""


class SendSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the outbox sends."""

    undo_window: float = 5.0
    """Seconds in which a submission made on the screen can be taken back; 0 sends at once."""
    in_flight: int = 4
    """Most creates under way at once."""
    intent_code: bool = True
    """Write the task's key into `project_description` where the user gave none, so that an orphan can be found."""
    idempotency_key: bool = True
    """Send the task's key as Idempotency-Key: harmless where it is ignored, useful the day it is not."""
    treat_429_as: str = "not_accepted"
    """`not_accepted`: a create answered 429 may go again; `unknown`: it is unconfirmed."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything the user can set; the API key is not among it."""

    base_url: str = DEFAULT_BASE_URL
    routes: str = "auto"
    api_key_command: str = ""
    session: str = ""
    theme: str = ""
    ascii: bool | None = None
    """ASCII signs and borders; None decides by the terminal's encoding."""
    download_folder: str = ""
    download_name: str = "{label}-{key}{part}"
    """Template of a saved file's name without its suffix: label, key, kind, language, task_id, run_id, part."""
    transcript_formats: tuple[str, ...] = DEFAULT_FORMATS
    """What transcripts are saved as: srt, vtt, txt, json."""
    poll: PollSettings = PollSettings()
    send: SendSettings = SendSettings()
    keys: dict[str, str] = {}
    """Key bindings by binding id."""
    read_only: bool = False


CHOICES: Mapping[str, tuple[str, ...]] = {
    "routes": ("auto", "reference", "guide"),
    "poll.strategy": ("adaptive", "backoff"),
    "send.treat_429_as": ("not_accepted", "unknown"),
}
"""Settings that take one of a few words."""
LOWEST: Mapping[str, float] = {
    "poll.in_flight": 1,
    "poll.rate": 0.01,
    "poll.delay_price": 0.001,
    "send.undo_window": 0,
    "send.in_flight": 1,
}
"""The least a number may be."""


def config_path(option: str | None, environ: Mapping[str, str]) -> tuple[Path, bool]:
    """Where the config file lies, and whether the user named it (then it must exist)."""
    named = option or environ.get(CONFIG_VARIABLE) or ""
    if named:
        return Path(named).expanduser(), True
    return platformdirs.user_config_path("camb-tui", appauthor=False) / "config.toml", False


def load_settings(
    options: Mapping[str, Any] | None = None,  # values of Settings fields, as the command line gave them
    *,
    config: str | None = None,
    environ: Mapping[str, str],
) -> Settings:
    """The settings of this run; `options` that are None were not given.

    Raises:
        SettingsError: A file, a name or a value is wrong; the sentence says which and where it was set.
    """
    path, named = config_path(config, environ)
    values = _read_config(path, named=named)
    settings = _typed(values, f"in {path}")
    given = {name: environ[variable] for variable, name in VARIABLES.items() if environ.get(variable)}
    settings = _typed({**msgspec.to_builtins(settings), **given}, "in the environment")
    given = {name: value for name, value in (options or {}).items() if value is not None}
    return _typed({**msgspec.to_builtins(settings), **given}, "on the command line")


def _read_config(path: Path, *, named: bool) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        if named:
            raise SettingsError(f"there is no config file {path}") from None
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the config file {path} cannot be read: {error}") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"the config file {path} is not TOML: {error}") from error


def _typed(values: Mapping[str, Any], where: str) -> Settings:
    unknown = list(_unknown_names(values, Settings))
    if unknown:
        raise SettingsError("; ".join(unknown) + f" ({where})")
    try:
        settings = msgspec.convert(values, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"a setting {where} is wrong: {error}") from error
    faults = list(_faults(settings))
    if faults:
        raise SettingsError("; ".join(faults) + f" ({where})")
    return settings


def _unknown_names(values: Mapping[str, Any], struct: type[msgspec.Struct], prefix: str = "") -> Iterator[str]:
    known = {field.name: field for field in msgspec.structs.fields(struct)}
    for name, value in values.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f'; did you mean "{prefix}{near[0]}"?' if near else ""
            yield f'there is no setting "{prefix}{one_line(name, 60)}"{hint}'
        elif isinstance(value, Mapping) and _is_struct(known[name].type):
            yield from _unknown_names(value, known[name].type, f"{prefix}{name}.")


def _is_struct(candidate: object) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, msgspec.Struct)


def _faults(settings: Settings) -> Iterator[str]:
    for name, words in CHOICES.items():
        if (value := _value(settings, name)) not in words:
            yield f'"{name}" is one of {", ".join(words)}, not "{one_line(str(value), 60)}"'
    for name, least in LOWEST.items():
        value = _value(settings, name)
        if not least <= value < float("inf"):
            yield f'"{name}" is at least {least:g}, not {value:g}'
    for form in settings.transcript_formats:
        if form not in FORMATS:
            yield f'"transcript_formats" holds {", ".join(FORMATS)}, not "{one_line(form, 60)}"'
    fault = base_url_fault(settings.base_url)
    if fault:
        yield f'"base_url" {fault}'


def _value(settings: Settings, name: str) -> Any:  # a str or a number, by the name
    value: Any = settings
    for part in name.split("."):
        value = getattr(value, part)
    return value


def base_url_fault(url: str) -> str:
    """What is wrong with a base URL, empty where nothing is: the key goes there, so it is https or this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "is not an address"
    if parts.scheme not in ("http", "https") or not host:
        return "must be an address that starts with https://"
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        return "must be a plain address: no user, no ? and no #"
    if parts.scheme == "http" and not _is_loopback(host):
        return "is plain http, which would send the key in the clear; only this machine may be asked that way"
    return ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
