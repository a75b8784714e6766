"""The demo's tasks: some thirty of all kinds in every status, the same each time, some of which end while one watches.

The screen's process makes the session from them and the simulator's process makes the service's side: both read this
table, so they agree on ids without talking. Ids come from a fixed seed.
"""

from __future__ import annotations

import math
import random
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

from camb_tui.domain import life
from camb_tui.domain.kinds import KINDS, FieldType, wire_value
from camb_tui.domain.learning import Observation
from camb_tui.domain.submissions import Submission, intend
from camb_tui.domain.tasks import Hold, Task, TaskStatus, account_fingerprint

DEMO_KEY = "demo"
FOLDER_PREFIX = "camb-tui-demo-"
SEED = 2214
FIRST_RUN = 90_000
"""Below the runs the simulator gives by itself."""
MINUTE, HOUR = 60.0, 3600.0
_KNOWN = 20
"""Durations of each of its kinds that whoever looks at the demo has seen before."""


class Ending(NamedTuple):
    """How the simulator ends a task: with a status, after so many seconds, for a reason."""

    status: str
    seconds: float = 0.0
    reason: str | None = None


class DemoTask(NamedTuple):
    """A task as the session holds it, and how it goes on in the simulator; None where that knows nothing of it."""

    task: Task
    run_id: int
    ending: Ending | None


class _Line(NamedTuple):
    """One row of the script: what it is, how long ago it was sent, and where it stands."""

    kind: str
    label: str
    request: dict[str, Any]  # JSON values by field name
    age: float
    now: str
    """`ends` for a task that is live, else a status."""
    ending: Ending | None = None
    batch: str | None = None
    tags: tuple[str, ...] = ()
    retry_of: str | None = None
    """Label of the try before, which stands above."""
    fault: tuple[str, str] | None = None


def _tts(text: str, language: int = 1, voice: int = 147_320) -> dict[str, Any]:
    return {"text": text, "voice_id": voice, "language": language}


def _translation(target: str, *texts: str) -> dict[str, Any]:
    return {"texts": list(texts), "source_language": "en-us", "target_language": target}


def _transcription(name: str) -> dict[str, Any]:
    return {"media_url": f"https://media.example/{name}", "language": "en-us"}


def _dub(name: str, *targets: str) -> dict[str, Any]:
    return {
        "video_url": f"https://media.example/{name}",
        "source_language": "en-us",
        "target_languages": list(targets),
    }


_MANUAL = ("Close the valve before opening the lid.", "The lamp turns green when the pressure is gone.")
_HARBOUR = "The harbour lay still under a sky of slate, and the last boat had not come home. "
_LIVE = "ends"


def _script() -> Iterator[_Line]:
    """The rows in the order of submission, oldest first; what is young is polled often, so its end is soon seen."""
    yield _Line("transcription", "panel.wav", _transcription("panel.wav"), 26 * HOUR, "SUCCESS", tags=("archive",))
    yield _Line("translation", "manual, safety", _translation("es-es", *_MANUAL), 5 * HOUR, "SUCCESS", batch="manual")
    yield _Line("translation", "manual, safety", _translation("fr-fr", *_MANUAL), 5 * HOUR, "SUCCESS", batch="manual")
    yield _Line("translation", "manual, safety", _translation("de-de", *_MANUAL), 5 * HOUR, "SUCCESS", batch="manual")
    yield _Line("translation", "manual, safety", _translation("ja-jp", *_MANUAL), 5 * HOUR, "ERROR",
                Ending("ERROR", 0, "PROCESSING_ERROR"), batch="manual")  # fmt: skip
    yield _Line("story", "The Lighthouse", {
        "file": "lighthouse.txt", "source_language": 1, "title": "The Lighthouse"
    }, 4 * HOUR, "SUCCESS", tags=("book",))  # fmt: skip
    yield _Line("dubbing", "interview.mp4", _dub("interview.mp4", "fr-fr"), 3 * HOUR, "SUCCESS")
    yield _Line("dubbing", "keynote.mp4", _dub("keynote.mp4", "de-de", "es-es"), 2.5 * HOUR, "ERROR",
                Ending("ERROR", 0, "SOURCE_TOO_LONG"))  # fmt: skip
    yield _Line("dubbing", "teaser.mov", _dub("teaser.mov", "hi-in"), 14 * HOUR, "overdue", Ending("PENDING"))
    yield _Line("transcription", "old call.mp3", _transcription("old-call.mp3"), 6 * HOUR, "missing")
    for number in range(1, 7):
        yield _Line("tts", f"ch {number} narration", _tts(_HARBOUR * (3 + number)), 2 * HOUR - number * MINUTE,
                    "SUCCESS", batch="book", tags=("book",))  # fmt: skip
    yield _Line("tts", "ch 7 narration", _tts(_HARBOUR * 12), 110 * MINUTE, "ERROR",
                Ending("ERROR", 0, "VOICE_CONVERSION_ERROR"), batch="book", tags=("book",))  # fmt: skip
    yield _Line("tts", "ch 8 narration", _tts(_HARBOUR * 36), 100 * MINUTE, "TIMEOUT",
                Ending("TIMEOUT"), batch="book", tags=("book",))  # fmt: skip
    yield _Line("tts", "ch 7 narration", _tts(_HARBOUR * 12), 20 * MINUTE, "SUCCESS", batch="book", tags=("book",),
                retry_of="ch 7 narration")  # fmt: skip
    yield _Line("tts", "ch 9 narration", _tts(_HARBOUR * 10), 15 * MINUTE, "PAYMENT_REQUIRED",
                Ending("PAYMENT_REQUIRED"), batch="book", tags=("book",))  # fmt: skip
    yield _Line("tts", "ch 10 narration", _tts(_HARBOUR * 9), 14 * MINUTE, "unconfirmed", batch="book", tags=("book",))
    yield _Line("transcription", "notes.ogg", _transcription("notes.ogg"), 12 * MINUTE, "rejected",
                fault=("media_url", "must end in .mp3, .wav, .aac, .flac, .mp4, .mov, .mxf"))  # fmt: skip
    yield _Line("dubbing", "trailer.mp4", _dub("trailer.mp4", "fr-fr", "de-de"), 6 * MINUTE, _LIVE,
                Ending("SUCCESS", 75))  # fmt: skip
    yield _Line("dubbing", "trailer.mp4", _dub("trailer.mp4", "hi-in"), 6 * MINUTE, _LIVE,
                Ending("ERROR", 34, "ERROR_DOWNLOADING_SOURCE"))  # fmt: skip
    yield _Line("dubbing", "documentary.mxf", _dub("documentary.mxf", "ja-jp"), 5 * MINUTE, _LIVE,
                Ending("SUCCESS", 400))  # fmt: skip
    yield _Line("story", "The Orchard", {"file": "orchard.docx", "source_language": 1, "title": "The Orchard"},
                3 * MINUTE, _LIVE, Ending("SUCCESS", 120), tags=("book",))  # fmt: skip
    yield _Line("transcription", "podcast 41.mp3", _transcription("podcast-41.mp3"), 16, _LIVE,
                Ending("SUCCESS", 18))  # fmt: skip
    yield _Line("transcription", "podcast 42.mp3", _transcription("podcast-42.mp3"), 15, _LIVE,
                Ending("TIMEOUT", 52))  # fmt: skip
    yield _Line("translation", "subs 01..14", _translation("pt-br", "Where were you?", "At sea."), 6, _LIVE,
                Ending("SUCCESS", 5), batch="subs")  # fmt: skip
    yield _Line("translation", "subs 01..14", _translation("it-it", "Where were you?", "At sea."), 6, _LIVE,
                Ending("SUCCESS", 26), batch="subs")  # fmt: skip
    yield _Line("tts", "ch 11 narration", _tts(_HARBOUR * 14), 4, _LIVE, Ending("SUCCESS", 8), tags=("book",))
    yield _Line("tts", "ch 12 narration", _tts(_HARBOUR * 16), 3, _LIVE,
                Ending("ERROR", 22, "INTERNAL_ERROR"), tags=("book",))  # fmt: skip
    yield _Line("tts", "ch 13 narration", _tts(_HARBOUR * 15), 2, _LIVE, Ending("SUCCESS", 47), tags=("book",))
    yield _Line("tts", "ch 14 narration", _tts(_HARBOUR * 11), 1, "held", tags=("book",))
    yield _Line("tts", "ch 15 narration", _tts(_HARBOUR * 13), 1, "held", tags=("book",))


def _older() -> Iterator[_Line]:
    """Rows of more kinds, all of them older than the script's."""
    film = {"media_url": "https://media.example/harbour.mp4", "source_language": "en-us"}
    yield _Line("translated-tts", "welcome, spoken", {
        "text": "Welcome to our channel.", "voice_id": 147_320, "source_language": "en-us", "target_language": "it-it"
    }, 30 * HOUR, "SUCCESS")  # fmt: skip
    yield _Line("subtitles", "harbour.mp4", {**film, "target_languages": ["es-es", "ja-jp"]}, 29 * HOUR, "SUCCESS")
    yield _Line("text-to-sound", "rain on a tin roof", {
        "prompt": "Steady rain on a tin roof, a far thunder", "duration": 6
    }, 28 * HOUR, "SUCCESS", tags=("archive",))  # fmt: skip
    yield _Line("project-setup", "harbour, to be dubbed", {
        **film, "target_languages": ["fr-fr"], "project_name": "Harbour"
    }, 27 * HOUR, "SUCCESS")  # fmt: skip


def demo_tasks(now: float) -> list[DemoTask]:
    """The demo's tasks as they stand at `now`, in the order of submission."""
    ids = random.Random(SEED)  # noqa: S311 - nothing here is secret
    account = account_fingerprint(DEMO_KEY)
    made: list[DemoTask] = []
    by_label: dict[str, int] = {}
    script = list(_script())
    for place, line in enumerate([*script, *_older()]):  # drawn last, so that the others' ids stay what they were
        request = {name: value for name, value in line.request.items() if value != ""}
        old = by_label.get(line.label) if line.retry_of is not None else None
        task = intend(
            Submission(line.kind, request, line.label, line.tags),
            key="".join(ids.choice("23456789abcdefghjkmnpqrstuvwxyz") for _ in range(10)),
            now=now - line.age,
            account=account,
            batch=line.batch,
            retry_of=made[old].task if old is not None else None,
        )
        task_id = str(uuid.UUID(int=ids.getrandbits(128), version=4))
        run_id = FIRST_RUN + 7 * place
        task = _stand(task, line, task_id, run_id, took=ids.uniform(4, 50))
        ending = line.ending or (Ending("SUCCESS") if line.now == "SUCCESS" else None)
        if old is not None:
            made[old] = made[old]._replace(task=made[old].task.but(superseded_by=task.key))
        by_label[line.label] = place
        made.append(DemoTask(task, run_id, ending))
    return [*made[len(script) :], *made[: len(script)]]


def durations_before() -> Iterator[tuple[str, Observation]]:
    """How long tasks of the demo's kinds took before, by kind, so that it has estimates from the first minute on."""
    rng = random.Random(SEED)  # noqa: S311 - nothing here is secret
    for name in {one.task.kind: None for one in demo_tasks(0.0)}:
        kind = KINDS[name]
        for _ in range(_KNOWN):
            took = rng.lognormvariate(math.log(kind.expected), kind.spread)
            yield name, Observation(took, took)


def _stand(task: Task, line: _Line, task_id: str, run_id: int, *, took: float) -> Task:
    """The task moved through its life to where the script has it."""
    sent = task.created_at
    if line.now == TaskStatus.HELD:
        return life.held(task, Hold.PAUSE, message="was waiting to be sent when the program ended")
    task = life.sending(task, now=sent)
    if line.now == TaskStatus.UNCONFIRMED:
        message = "no answer within 120 s; the service may have taken it"
        return task.but(status=TaskStatus.UNCONFIRMED, message=message)
    if line.now == TaskStatus.REJECTED:
        assert line.fault is not None
        return task.but(
            status=TaskStatus.REJECTED, message="the service took nothing", code=422, faults=(line.fault,),
            settled_at=sent + 1,
        )  # fmt: skip
    task = life.accepted(task, task_id)
    if line.now == TaskStatus.OVERDUE:
        return life.overdue(task)
    if line.now == TaskStatus.MISSING:
        return task.but(status=TaskStatus.MISSING)
    if line.now == _LIVE:
        return task
    reason = line.ending.reason if line.ending is not None else None
    answer = life.StatusAnswer(line.now, run_id if line.now == TaskStatus.SUCCESS else None, reason)
    # Never written to the session: when the last poll was belongs to the run that made it.
    return life.answered(task, answer, now=sent + took).but(polled_at=None)


def wire_request(task: Task) -> dict[str, Any]:
    """The task's fields as the service sees them; a file is its name."""
    kind = KINDS[task.kind]
    files = {field.name for field in kind.fields if field.type is FieldType.FILE}
    return {**wire_value(kind, task.request), **{name: task.request[name] for name in files & set(task.request)}}
