"""Where things lie: the session file of a name or path, and what is kept beside it. Makes nothing."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from camb_tui.domain.errors import UsageError

DEFAULT_SESSION = "default"


def session_path(name_or_path: str | None) -> Path:
    """The session file meant by a name, or by a path where there is a separator in it or it ends in .toml.

    Raises:
        UsageError: It can be neither.
    """
    text = name_or_path or DEFAULT_SESSION
    if "\0" in text or text in (".", ".."):
        raise UsageError(f"{text!r} cannot be the name of a session; take letters, digits, dots and dashes")
    if os.sep in text or text.endswith(".toml"):
        return Path(text).expanduser()
    return data_folder() / "sessions" / f"{text}.toml"


def data_folder() -> Path:
    """The user's folder for our data."""
    import platformdirs  # costs a start that names its session by path nothing

    return platformdirs.user_data_path("camb-tui", appauthor=False)


def results_folder(session: Path) -> Path:
    """The folder beside a session file in which its results are kept."""
    return session.with_name(f"{session.name.removesuffix('.toml')}.results")


def durations_file(session: Path, base_url: str) -> Path:
    """The file of how long tasks took: one a server for all sessions of our folder, one beside any other session."""
    folder = session.parent.parent
    if session.parent.name != "sessions" or folder != data_folder():
        return results_folder(session) / "durations.jsonl"
    host = "".join(c if c.isalnum() or c in ".-" else "_" for c in urlsplit(base_url).hostname or "unknown")
    return folder / f"durations-{host[:80]}.jsonl"
