"""What the screen and the engine say to each other: commands down, changes up, all of them frozen values.

Commands go through `Engine.send`, from any thread. Changes come through the `publish` the engine was given, in the
engine's thread. A command never fails at the caller: what went wrong comes back as a notice or a task's change.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from camb_tui.domain.kinds import Language
from camb_tui.domain.results import Result
from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import Task

# ---------------------------------------------------------------- commands


@dataclass(frozen=True, slots=True)
class Submit:
    """Send these; several make one batch. `window` seconds of undo, None for the setting's."""

    submissions: tuple[Submission, ...]
    batch: str | None = None
    window: float | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Submit these tasks again, each as a new task that takes the old one's place. The caller has asked the user."""

    keys: tuple[str, ...]
    window: float | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """Send this task's text in smaller requests, one batch; it stays and takes their joined result for its own."""

    key: str
    window: float | None = None


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back what still waits in its window: these, or all of it."""

    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """Send what is held (these, or everything held): a person's word after a pause, a payment or a new start."""

    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """Poll these now, whatever the schedule says; never sends anything."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adopt:
    """Watch a task id made elsewhere; `key` gives it to an unconfirmed task instead of a new row."""

    kind: str
    task_id: str
    label: str = ""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """Watch overdue or missing tasks again, or stop watching live ones."""

    keys: tuple[str, ...]
    on: bool = True


@dataclass(frozen=True, slots=True)
class Mark:
    """Change what only we know of tasks; None leaves a thing as it is."""

    keys: tuple[str, ...]
    archived: bool | None = None
    pinned: bool | None = None
    tags: tuple[str, ...] | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class OpenResult:
    """Bring the result of a task: from beside the session, else from the service. It comes as `Change.results`."""

    key: str


@dataclass(frozen=True, slots=True)
class Save:
    """Save the results of these tasks to disk, into `folder` or the setting's."""

    keys: tuple[str, ...]
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class UseKey:
    """Use this API key from now on; what was held for the old one stays held until released."""

    api_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Focus:
    """The task the user is looking at; it may be asked about more often."""

    key: str | None


@dataclass(frozen=True, slots=True)
class FetchCatalogues:
    """Bring voices and languages for the form. They come as `Change.catalogues`."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Save and end."""


Command = (
    Submit | Retry | Split | Undo | Release | Look | Adopt | Watch | Mark | OpenResult | Save | UseKey | Focus
    | FetchCatalogues | Stop
)  # fmt: skip

# ----------------------------------------------------------------- changes


class Voice(NamedTuple):
    """A voice of the account."""

    id: int
    name: str
    language: str | int | None
    gender: int | None
    age: int | None
    description: str


class Exchange(NamedTuple):
    """One HTTP exchange, for the Raw tab: the key masked, bodies bounded, control characters escaped."""

    at: float
    seconds: float
    method: str
    url: str
    code: int | None
    request: str
    response: str
    error: str


class Catalogues(NamedTuple):
    """What the form searches: the account's voices and the service's languages; `error` where they could not be had."""

    voices: tuple[Voice, ...]
    sources: tuple[Language, ...]
    targets: tuple[Language, ...]
    error: str = ""


class ApiState(enum.Enum):
    """How the service answers."""

    UNKNOWN = "not asked yet"
    OK = "ok"
    SLOW = "slow"
    LIMITED = "limited"
    DOWN = "down"
    REFUSED = "key refused"
    NO_KEY = "no key"


class Health(NamedTuple):
    """How the service answers, as the summary shows it."""

    state: ApiState
    seconds: float | None = None
    """Typical answer time."""
    since: float | None = None
    """When it went down, was limited or refused the key."""
    until: float | None = None
    """When it will be asked again."""


class Severity(enum.StrEnum):
    """How loud a notice is."""

    INFO = "information"
    WARNING = "warning"
    ERROR = "error"


class Notice(NamedTuple):
    """A sentence for the user: what happened, to which task, what to do."""

    text: str
    severity: Severity = Severity.INFO
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What changed since the last publish. Empty parts did not change."""

    tasks: tuple[Task, ...] = ()
    health: Health | None = None
    notices: tuple[Notice, ...] = ()
    results: Mapping[str, Result | str] = field(default_factory=dict)
    """Results asked for, by task key; a text says why there is none."""
    progress: Mapping[str, str] = field(default_factory=dict)
    """What goes on with a task right now ("uploading 40 %", "saving 2.1 MB"), by key; empty text when it is over."""
    catalogues: Catalogues | None = None
    sending_held: str | None = None
    """Why nothing is sent at present (payment, key, pause), empty text when sending goes on; None: unchanged."""
    read_only: bool | None = None


class EngineLink(Protocol):
    """What the screen knows of the engine. Both calls are safe from any thread and never block."""

    def send(self, command: Command) -> None:
        """Ask for something; the answer comes as a change."""
        ...

    def exchanges(self, key: str) -> tuple[Exchange, ...]:
        """The last HTTP exchanges about a task, oldest first."""
        ...
