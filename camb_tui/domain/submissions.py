"""Submission: what a form, a command or an import file holds before the service gave it an id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from camb_tui.domain.kinds import KINDS, Kind, form_of, language_tag
from camb_tui.domain.tasks import Task, TaskStatus, Upload, request_digest


class Submission(msgspec.Struct, frozen=True):
    """One task to be: a kind, its typed fields (JSON values) and what the user calls it."""

    kind: str
    request: dict[str, Any]
    label: str = ""
    tags: tuple[str, ...] = ()
    uploads: tuple[Upload, ...] = ()
    streamed: bool = False
    """Send it to the kind's streaming route."""
    folder: str = ""
    """Where the file of a stream is saved; empty for the setting's folder."""
    part_of: str | None = None
    """Key of the task it is to do a part of the work of."""
    joint: str | None = None
    """What stood between the part before and this one."""

    @property
    def digest(self) -> str:
        return request_digest(self.kind, self.request)


def spread(kind: Kind, request: Mapping[str, Any], targets: list[Any]) -> list[dict[str, Any]]:
    """One request for each of several targets of the kind's batch field; the request itself where there are none."""
    if kind.batch_field is None or not targets:
        return [dict(request)]
    return [{**request, kind.batch_field: target} for target in targets]


def intend(
    submission: Submission,
    *,
    key: str,
    now: float,
    account: str = "",
    server: str = "",
    batch: str | None = None,
    retry_of: Task | None = None,
) -> Task:
    """The intent to send a submission, not yet held by anything."""
    part = submission if retry_of is None else retry_of  # also an edited part stays one
    return Task(
        key=key,
        kind=submission.kind,
        status=TaskStatus.QUEUED,
        created_at=now,
        label=submission.label or default_label(submission.kind, submission.request),
        request=submission.request,
        digest=submission.digest,
        account=account,
        server=server,
        batch=batch,
        uploads=submission.uploads,
        streamed=submission.streamed,
        folder=submission.folder,
        tags=submission.tags,
        retry_of=retry_of.key if retry_of is not None else None,
        attempt=retry_of.attempt + 1 if retry_of is not None else 1,
        part_of=part.part_of,
        joint=part.joint,
    )


def again(task: Task) -> Submission:
    """The submission behind a task, to be sent once more."""
    return Submission(
        task.kind,
        task.request,
        task.label,
        task.tags,
        task.uploads,
        streamed=task.streamed,
        folder=task.folder,
        part_of=task.part_of,
        joint=task.joint,
    )


def default_label(kind: str, request: Mapping[str, Any]) -> str:
    """What to call a task the user did not name: its title, its file, its address or the start of its text."""
    for name in ("title", "project_name"):
        if request.get(name):
            return str(request[name])
    for name in ("media_file", "file", "video_url", "media_url"):
        if request.get(name):
            return str(request[name]).rstrip("/").replace("\\", "/").rpartition("/")[2] or str(request[name])
    found = KINDS.get(kind)
    if found is not None and found.follows is not None and request.get("run_id"):
        return ", ".join(filter(None, [f"{found.follows} {request['run_id']}", request.get("output_format")]))
    text = request.get("text") or request.get("prompt") or next(iter(request.get("texts") or []), "")
    words = " ".join(str(text).split())
    return words[:59] + "…" if len(words) > 60 else words or kind


def task_languages(task: Task) -> str:
    """The language or languages a task is about, as tags with commas; the target ones where there are targets."""
    request = task.request
    found = request.get("target_languages") or request.get("target_language")
    if found is None:
        found = request.get("language") or request.get("source_language")
    if found is None:
        return ""
    return ",".join(language_tag(one) for one in (found if isinstance(found, list) else [found]))


def task_size(task: Task) -> int | None:
    """How big the input is: characters of text, else bytes of the uploaded file; None where we cannot know."""
    kind = form_of(task.kind, streamed=task.streamed)
    value = task.request.get(kind.unit) if kind is not None else None
    if task.uploads:
        return sum(upload.size for upload in task.uploads)
    if kind is None or value is None or kind.field(kind.unit).type.name not in ("TEXT", "TEXTS", "LINE"):
        return None
    return sum(map(len, value)) if isinstance(value, list) else len(str(value))
