"""The user's own editor on a text: written to a private file, read back, and the file removed."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from camb_tui.domain.errors import UsageError
from camb_tui.services.uploads import TEXT_LIMIT, read_text_file


def edit_text(text: str) -> str:
    """The text as it left `$VISUAL` or `$EDITOR` (else vi). The caller has given the terminal away.

    Raises:
        UsageError: The editor could not be started, ended with a failure, or left something that is no text.
    """
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="camb-tui-") as folder:
        path = Path(folder) / "text.txt"
        path.write_text(text, "utf-8")
        try:
            code = subprocess.run([*shlex.split(command), str(path)], check=False).returncode  # noqa: S603 the user's
        except (OSError, ValueError) as error:
            raise UsageError(f"the editor {command!r} could not be started: {error}") from error
        if code != 0:
            raise UsageError(f"the editor {command!r} ended with code {code}; the text stays as it was")
        return read_text_file(str(path), TEXT_LIMIT).removesuffix("\n")
