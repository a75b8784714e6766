"""What can be copied about tasks, as text: ids, links, saved paths, texts, and a curl line that holds no key."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from camb_tui.domain.kinds import KINDS
from camb_tui.domain.results import Result
from camb_tui.domain.tasks import Task


def ids_text(tasks: Sequence[Task]) -> str:
    """The service's ids, one a line; tasks without one are left out."""
    return "\n".join(task.task_id for task in tasks if task.task_id)


def links_text(result: Result | str | None) -> str:
    """The links of a result that was opened, one a line."""
    return "\n".join(url for _, url in result.links()) if isinstance(result, Result) else ""


def paths_text(tasks: Sequence[Task]) -> str:
    """Where results were saved, one a line."""
    return "\n".join(path for task in tasks for path in task.saved)


def words_text(task: Task, result: Result | str | None) -> str:
    """The text a task gave, else the text it was given."""
    if isinstance(result, Result):
        lines = [*result.texts, *(segment.text for segment in result.segments)]
        for script in result.scripts:
            lines += [script.text] if script.text else [segment.text for segment in script.segments]
        if lines:
            return "\n".join(lines)
    text = task.request.get("text") or task.request.get("prompt") or task.request.get("texts") or ""
    return "\n".join(map(str, text)) if isinstance(text, list) else str(text)


def curl_text(task: Task, base_url: str) -> str:
    """A command that asks for the task's status; the key comes from the shell's environment."""
    kind = KINDS.get(task.kind)
    if kind is None or not task.task_id:
        return ""
    path = kind.reference.status.replace("{task_id}", task.task_id)
    url = shlex.quote(base_url.rstrip("/") + path)  # the settings' server: a session's label never gets the key
    return f'curl -H "x-api-key: $CAMB_API_KEY" {url}'
