"""The Result tab: what the run gave back, by its shape, or why there is nothing yet."""

from __future__ import annotations

from collections.abc import Sequence

from camb_tui.domain.advice import advise
from camb_tui.domain.kinds import ResultShape
from camb_tui.domain.results import Result
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.domain.text import one_line
from camb_tui.services.changes import AudioFacts, StreamView
from camb_tui.ui.detail.files import file_parts, project_parts
from camb_tui.ui.detail.links import link_row
from camb_tui.ui.detail.overview import status_lead
from camb_tui.ui.detail.parts import BLANK, Block, Part, Row, Span, labelled
from camb_tui.ui.detail.sound import sound_parts, stream_parts
from camb_tui.ui.detail.speech import dub_parts, story_parts, subtitle_parts, transcript_parts
from camb_tui.ui.detail.texts import translation_parts


def result(
    task: Task,
    found: Result | str | None,
    *,
    ascii: bool,  # noqa: A002 - as in the settings
    sounds: Sequence[AudioFacts] | None = None,
    stream: StreamView | None = None,
) -> list[Part]:
    """The rows of the tab; a text in place of a result says why there is none, None that none was asked for yet."""
    under_way = stream_parts(task, stream)
    if under_way:
        return under_way
    heard = sound_parts(sounds, ascii=ascii, task_key=task.key)
    if isinstance(found, Result):
        return [Block(_kept(task, found)), *heard, *_by_shape(task, found)]
    if task.streamed and task.status is TaskStatus.SUCCESS and task.saved:
        came = [labelled("Came", one_line(task.message, 300))] if task.message else []
        return [Block([*_kept(task, None)[:-1], *came, BLANK]), *heard]
    if task.status is not TaskStatus.SUCCESS:
        why = "No result yet." if task.is_live else "There is no result."
        headline = one_line(advise(task).headline, 1_000)
        return [Block([Row(why, "heading"), Row(headline, "", status_lead(task, ascii=ascii))])]
    if found is None:
        return [Block([*_kept(task, None), Row("The result is being fetched.", "dim")])]
    rows = [Row("The result could not be had.", "error"), Row(one_line(found, 2_000))]
    rows.append(Row("It is asked for again when this tab is opened anew.", "dim"))
    return [Block([*_kept(task, None), *rows])]


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
            return [Block(_audio(found))]
        case ResultShape.SPEECH_AND_TEXTS:
            return [Block([*_audio(found), BLANK]), *translation_parts(task, found)]
        case ResultShape.SUBTITLES:
            return subtitle_parts(found)
        case ResultShape.PROJECT:
            return project_parts(found.project)
        case ResultShape.FILE | ResultShape.PREVIEWS | ResultShape.SEPARATION:
            return file_parts(found)


def _audio(found: Result) -> list[Row]:
    rows = [link_row("Audio", found.audio_url)] if found.audio_url else []
    rows += [link_row(f"Part {number}", url) for number, url in enumerate(found.part_urls, 1) if url]
    if found.part_urls:
        rows.append(Row("saves them joined as one file.", "", (Span("s", "key"), Span(" "))))
    return rows or [Row("No audio came.", "dim")]


def _kept(task: Task, found: Result | None) -> list[Row]:
    """Where it was saved, and what a link is worth; first, for below it tens of thousands of segments may follow."""
    rows = [labelled("Saved", one_line(path, 1_000), "success") for path in task.saved]
    if found is not None and found.links():
        rows.append(Row("copies a link in full; links die after a while.", "", (Span("Y", "key"), Span(" "))))
    return [*rows, BLANK] if rows else []
