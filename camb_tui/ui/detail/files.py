"""Files and projects in the Result tab: previews, separated sound, other formats, a project's place in the web app."""

from __future__ import annotations

from camb_tui.domain.results import Project, Result
from camb_tui.domain.text import one_line
from camb_tui.ui.detail.links import link_row, link_rows
from camb_tui.ui.detail.parts import Block, Part, Row, labelled
from camb_tui.ui.detail.speech import LONGEST, language_name
from camb_tui.ui.words import duration_text


def file_parts(result: Result) -> list[Part]:
    """The links of a result that is nothing but files."""
    rows = link_rows([(one_line(file.name, 40).capitalize(), file.url) for file in result.files])
    return [Block(rows or [Row("No file came.", "dim")])]


def project_parts(project: Project | None) -> list[Part]:
    """What the service says of a project, and where it is."""
    if project is None:
        return [Block([Row("The project is set up; the service says no more of it.", "dim")])]
    targets = ", ".join(language_name(one) for one in project.target_languages[:200])
    facts = [
        ("Project", project.name),
        ("About", project.description),
        ("From", language_name(project.source_language) if project.source_language else ""),
        ("To", targets),
        ("Length", _length(project.duration)),
        ("Created", project.created_at),
    ]
    rows = [labelled(name, one_line(value, 2_000)) for name, value in facts if value]
    if project.studio_url:
        rows.append(link_row("Studio", project.studio_url))
    return [Block(rows or [Row("The service says nothing of it.", "dim")])]


def _length(seconds: float | None) -> str:
    return duration_text(seconds) if seconds is not None and 0 < seconds < LONGEST else ""
