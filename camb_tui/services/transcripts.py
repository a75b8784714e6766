"""Transcripts of runs, fetched as text: one question for each language, the source's own among them.

A result holds the targets alone, as segments; these come in the service's own cut and layout.
"""

from __future__ import annotations

from typing import Protocol

from camb_tui.domain.errors import RejectedError, UsageError
from camb_tui.domain.kinds import language_tag
from camb_tui.domain.tasks import Task
from camb_tui.domain.transcripts import has_transcripts, transcript_languages
from camb_tui.services.downloads import Piece


class TranscriptSource(Protocol):
    """What this needs of the client."""

    async def transcript(
        self, kind: str, run_id: int, language: int | str, form: str, *, about: str | None = None
    ) -> str: ...


async def fetch_transcripts(source: TranscriptSource, task: Task, form: str) -> list[Piece]:
    """The transcript in every language; one that the service does not have is left out, unless it has none at all.

    Raises:
        CambError: There is none, or it could not be had.
    """
    languages = transcript_languages(task)
    if not has_transcripts(task) or task.run_id is None or not languages:
        raise UsageError(f"{task.label or task.key} has no transcripts by language")
    found: list[Piece] = []
    refused: RejectedError | None = None
    for language in languages:
        try:
            text = await source.transcript(task.kind, task.run_id, language, form, about=task.key)
        except RejectedError as error:
            if error.code != 404:
                raise
            refused = error
        else:
            found.append(Piece(f"transcript-{language_tag(language)}", f".{form}", text=text))
    if refused is not None and not found:
        raise refused
    return found
