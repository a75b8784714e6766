"""The folder beside a session in which results are kept, to be read offline and when their links have died.

JSON files without the links; `results` decides what is kept and when.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from camb_tui.domain.errors import UsageError
from camb_tui.domain.kinds import ResultShape
from camb_tui.domain.results import Result, is_link, read_result


def without_links(body: Any) -> Any:
    """The JSON of a result with every link that dies taken out; a project's place in the web app stays."""
    if isinstance(body, dict):
        return {name: None if _dies(name, value) else without_links(value) for name, value in body.items()}
    if isinstance(body, list):
        return [without_links(value) for value in body]
    return body


def _dies(name: str, value: Any) -> bool:
    if name.endswith("_url"):
        return name != "studio_url"
    return name == "transcript" and isinstance(value, str) and is_link(value)


class ResultFolder:
    """JSON files beside the session, one a task, named by the task's key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, key: str, result: Result) -> None:
        """Write what outlives its links; of a result that is nothing but links nothing is written."""
        if result.shape.is_links:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target, part = self._path(key), self._path(key).with_suffix(".part")
        text = json.dumps(without_links(result.raw), ensure_ascii=False)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text.encode("utf-8", "replace").decode())
        part.replace(target)

    def read(self, key: str, shape: ResultShape) -> Result | None:
        """The kept result without its links; None where there is none or it cannot be read."""
        try:
            return read_result(shape, json.loads(self._path(key).read_text("utf-8")))
        except (OSError, ValueError):  # MisshapenError and JSON faults are ValueErrors
            return None

    def _path(self, key: str) -> Path:
        if not key.isalnum():
            raise UsageError(f"{key[:40]!r} is no key of a task")
        return self._folder / f"{key}.json"
