"""Settings: what the user chose in the config file, the environment and the command line, as one typed value."""

from __future__ import annotations

import msgspec

DEFAULT_BASE_URL = "https://client.camb.ai/apis"


class PollSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the poller asks."""

    strategy: str = "backoff"
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
    poll: PollSettings = PollSettings()
    send: SendSettings = SendSettings()
    keys: dict[str, str] = {}
    """Key bindings by binding id."""
    read_only: bool = False
