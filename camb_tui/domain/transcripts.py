"""Transcripts of runs: which tasks have one to be asked for by language, and in which languages and formats."""

from __future__ import annotations

from camb_tui.domain.kinds import KINDS
from camb_tui.domain.kinds.languages import AUTO
from camb_tui.domain.tasks import Task, TaskStatus

FORMS = ("srt", "vtt", "txt")
"""What the service writes them as."""


def transcript_languages(task: Task) -> list[int | str]:
    """The languages a run of this task has a transcript in: the source, where it was named, and the targets."""
    request = task.request
    targets = request.get("target_languages") or [request.get("target_language")]
    found = [request.get("source_language"), *(targets if isinstance(targets, list) else [])]
    return [language for language in found if isinstance(language, int | str) and language != AUTO]


def has_transcripts(task: Task) -> bool:
    """Whether there is anything of the kind to ask for."""
    kind = KINDS.get(task.kind)
    return kind is not None and kind.transcript is not None and task.status is TaskStatus.SUCCESS
