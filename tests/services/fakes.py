"""Stand-ins for the services' tests: a clock that moves when told, a disk that can be full, a client with a script."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from camb_tui.domain.errors import CambError, RejectedError, SessionWriteError
from camb_tui.domain.kinds import Language, ResultShape
from camb_tui.domain.life import StatusAnswer
from camb_tui.domain.results import Result
from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.changes import Voice

TTS = {"text": "Hello there", "voice_id": 20303, "language": 1}


class Clock:
    """Epoch seconds that move only by `sleep` and `pass_time`."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds


class Disk:
    """A session writer that remembers, in order, the status each task was written with."""

    def __init__(self) -> None:
        self.writes: list[tuple[list[tuple[str, str]], bool]] = []
        self.is_full = False
        self.tidied = 0

    def append(self, tasks: Iterable[Task], *, sync: bool) -> None:
        if self.is_full:
            raise SessionWriteError("no space left")
        self.writes.append(([(task.key, task.status.value) for task in tasks], sync))

    def wants_tidy(self) -> bool:
        return False

    def tidy(self, tasks: Iterable[Task] = ()) -> None:
        self.tidied += 1

    def statuses(self, key: str) -> list[str]:
        """Every status this task was written with."""
        return [status for tasks, _ in self.writes for written, status in tasks if written == key]


class Done(NamedTuple):
    suffix: str


class ScriptedClient:
    """Answers with what stands next in its scripts, for ever with the last; counts what it was asked."""

    def __init__(self) -> None:
        self.api_key: str | None = "k"
        self.creates: list[str] = []
        self.polls: list[str] = []
        self.bulks: list[list[int]] = []
        self.singles: list[int] = []
        self.requests: list[Mapping[str, Any] | None] = []
        self.transcripts: Mapping[int | str, str] = {}
        self.create_script: list[str | CambError] = []
        self.status_script: list[StatusAnswer | CambError] = [StatusAnswer("SUCCESS", 7)]
        self.result_script: list[Result | CambError] = [
            Result(shape=ResultShape.AUDIO, audio_url="https://files.example/speech.flac")
        ]
        self.bulk_answer: Mapping[int, Any] = {}
        self.downloads: list[str] = []
        self.keys_checked = 0
        self.probes: list[str] = []
        self.probe_script: list[str | CambError] = ["it is there"]

    async def create(
        self,
        kind: str,
        request: Mapping[str, Any],
        *,
        intent: str,
        describe: bool = True,
        about: str | None = None,
        on_progress: Any = None,
    ) -> Any:
        self.creates.append(intent)
        answer = self.create_script.pop(0) if self.create_script else f"task-{len(self.creates)}"
        if isinstance(answer, CambError):
            raise answer
        return Accepted(answer)

    async def status(self, kind: str, task_id: str, *, about: str | None = None) -> StatusAnswer:
        self.polls.append(task_id)
        answer = self.status_script[0] if len(self.status_script) == 1 else self.status_script.pop(0)
        if isinstance(answer, CambError):
            raise answer
        return answer

    async def result(
        self, kind: str, run_id: int, *, request: Mapping[str, Any] | None = None, about: str | None = None
    ) -> Result:
        self.singles.append(run_id)
        self.requests.append(request)
        answer = self.result_script[0] if len(self.result_script) == 1 else self.result_script.pop(0)
        if isinstance(answer, CambError):
            raise answer
        return answer

    async def results(self, kind: str, run_ids: Sequence[int]) -> Mapping[int, Any]:
        self.bulks.append(list(run_ids))
        return {run_id: self.bulk_answer[run_id] for run_id in run_ids if run_id in self.bulk_answer}

    async def audio(
        self, kind: str, run_id: int, part: Path, *, on_progress: Any = None, about: str | None = None
    ) -> Done:
        part.write_bytes(b"fLaC")
        return Done(".flac")

    async def download(self, url: str, part: Path, *, on_progress: Any = None, about: str | None = None) -> Done:
        self.downloads.append(url)
        part.write_bytes(url.encode())
        return Done("")

    async def file_size(self, url: str, *, about: str | None = None) -> int | None:
        return len(url.encode())

    async def transcript(
        self, kind: str, run_id: int, language: int | str, form: str, *, about: str | None = None
    ) -> str:
        if language not in self.transcripts:
            raise RejectedError("no such language", code=404)
        return self.transcripts[language]

    async def voices(self) -> list[Voice]:
        return [Voice(1, "Test voice", "en-us", 0, None, "")]

    async def languages(self) -> tuple[list[Language], list[Language]]:
        return [Language(1, "en-us", "English")], [Language(54, "es-es", "Spanish")]

    async def check_key(self) -> None:
        self.keys_checked += 1

    async def probe(self, url: str, *, about: str | None = None) -> str:
        self.probes.append(url)
        answer = self.probe_script[0] if len(self.probe_script) == 1 else self.probe_script.pop(0)
        if isinstance(answer, CambError):
            raise answer
        return answer

    async def aclose(self) -> None:
        return


class Accepted(NamedTuple):
    task_id: str


def a_task(key: str = "aaaaaaaaaa", status: TaskStatus = TaskStatus.PENDING, **fields: Any) -> Task:
    """A tts task; live ones have an id and were sent when the fake clock starts."""
    given: dict[str, Any] = {"kind": "tts", "created_at": 1_000_000.0, "label": f"label of {key}", "request": dict(TTS)}
    if status not in (TaskStatus.HELD, TaskStatus.QUEUED, TaskStatus.REJECTED, TaskStatus.UNCONFIRMED):
        given |= {"task_id": f"id-{key}", "submitted_at": 1_000_000.0}
    return Task(key=key, status=status, **{**given, **fields})


def a_submission(text: str = "Hello there") -> Submission:
    """A tts submission."""
    return Submission("tts", {**TTS, "text": text})


async def settle() -> None:
    """Let everything that is ready run."""
    for _ in range(20):
        await asyncio.sleep(0)
