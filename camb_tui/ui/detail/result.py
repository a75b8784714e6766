"""The Result tab: what the run gave back, by its shape, or why there is nothing yet."""

from __future__ import annotations

from camb_tui.domain.advice import advise
from camb_tui.domain.kinds import KINDS, ResultShape
from camb_tui.domain.results import Result
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.domain.text import one_line
from camb_tui.ui.detail.links import link_row
from camb_tui.ui.detail.overview import status_lead
from camb_tui.ui.detail.parts import BLANK, Block, Part, Row, Span, labelled
from camb_tui.ui.detail.speech import dub_parts, story_parts, transcript_parts
from camb_tui.ui.detail.texts import translation_parts
from camb_tui.ui.words import clock_text

LINKED = frozenset({ResultShape.AUDIO, ResultShape.DUB, ResultShape.STORY})


def result(task: Task, found: Result | str | None, *, now: float, ascii: bool) -> list[Part]:  # noqa: A002
    """The rows of the tab; a text in place of a result says why there is none, None that none was asked for yet."""
    if isinstance(found, Result):
        return [*_by_shape(task, found), Block(_kept(task, found, now))]
    if task.status is not TaskStatus.SUCCESS:
        why = "No result yet." if task.is_live else "There is no result."
        headline = one_line(advise(task).headline, 1_000)
        return [Block([Row(why, "heading"), Row(headline, "", status_lead(task, ascii=ascii))])]
    if found is None:
        waiting = "The result is being fetched."
        return [Block([Row(waiting, "dim"), BLANK, *_kept(task, None, now)])]
    rows = [Row("The result could not be had.", "error"), Row(one_line(found, 2_000))]
    rows.append(Row("asks again when this tab is opened anew.", "dim", (Span("It ", "dim"),)))
    return [Block([*rows, BLANK, *_kept(task, None, now)])]


def _by_shape(task: Task, found: Result) -> list[Part]:
    match found.shape:
        case ResultShape.TEXTS:
            return translation_parts(task, found)
        case ResultShape.TRANSCRIPT:
            return transcript_parts(found.segments)
        case ResultShape.DUB:
            return dub_parts(found)
        case ResultShape.STORY:
            return story_parts(found)
        case ResultShape.AUDIO:
            return [Block([link_row("Audio", found.audio_url)] if found.audio_url else [Row("No audio came.", "dim")])]


def _kept(task: Task, found: Result | None, now: float) -> list[Row]:
    """Where it was saved, and what a link is worth."""
    kind = KINDS.get(task.kind)
    rows = []
    if task.saved:
        rows += [labelled("Saved", one_line(path, 1_000), "success") for path in task.saved]
    elif task.status is TaskStatus.SUCCESS:
        rows.append(Row("saves it to disk.", "", (Span("s", "key"), Span(" "))))
    if found is not None and found.links():
        rows.append(
            Row("copies a link in full; links die, and are fetched anew with R.", "", (Span("Y", "key"), Span(" ")))
        )
    elif found is None and kind is not None and kind.result in LINKED and task.fetched_at is not None:
        rows.append(labelled("Kept", f"since {clock_text(task.fetched_at, now=now)}", "dim"))
    return [BLANK, *rows] if rows else []
