"""What the screen and the engine say to each other: commands down, changes up, all of them frozen values.

Commands go through `Engine.send`, from any thread. Changes come through the `publish` the engine was given, in the
engine's thread. A command never fails at the caller: what went wrong comes back as a notice or a task's change.
Structs and not dataclasses, which would add 6 ms to every start.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import NamedTuple, Protocol

import msgspec

from camb_tui.domain.kinds import Language
from camb_tui.domain.results import Result
from camb_tui.domain.submissions import Submission
from camb_tui.domain.tasks import Task

# ---------------------------------------------------------------- commands


class Submit(msgspec.Struct, frozen=True):
    """Send these; several make one batch. `window` seconds of undo, None for the setting's."""

    submissions: tuple[Submission, ...]
    batch: str | None = None
    window: float | None = None
    edits: str | None = None
    """Key of the task that was edited into this: what was not sent is taken back, what failed is replaced."""


class Retry(msgspec.Struct, frozen=True):
    """Submit these tasks again, each as a new task that takes the old one's place. The caller has asked the user."""

    keys: tuple[str, ...]
    window: float | None = None
    new_files: bool = False
    """Files that changed since are sent as they are now; else the user is asked about them."""
    check_sources: bool = False
    """Ask each source's address first whether it serves, and leave out those that do not."""
    now: bool = False
    """Also what had better wait for hours is sent at once."""


class Split(msgspec.Struct, frozen=True):
    """Send this task's text in smaller requests, one batch; it stays and takes their joined result for its own."""

    key: str
    window: float | None = None


class Undo(msgspec.Struct, frozen=True):
    """Take back these, as long as they were not sent, or all that wait in their window."""

    keys: tuple[str, ...] = ()


class Release(msgspec.Struct, frozen=True):
    """Send what is held (these, or everything held): a person's word after a pause, a payment or a new start."""

    keys: tuple[str, ...] = ()


class Look(msgspec.Struct, frozen=True):
    """Poll these now, whatever the schedule says; never sends anything."""

    keys: tuple[str, ...]


class Adopt(msgspec.Struct, frozen=True):
    """Watch a task id made elsewhere; `key` gives it to an unconfirmed task instead of a new row."""

    kind: str
    task_id: str
    label: str = ""
    key: str | None = None


class Watch(msgspec.Struct, frozen=True):
    """Watch overdue or missing tasks again, or stop watching live ones."""

    keys: tuple[str, ...]
    on: bool = True


class Mark(msgspec.Struct, frozen=True):
    """Change what only we know of tasks; None leaves a thing as it is."""

    keys: tuple[str, ...]
    archived: bool | None = None
    pinned: bool | None = None
    tags: tuple[str, ...] | None = None
    label: str | None = None


class OpenResult(msgspec.Struct, frozen=True):
    """Bring the result of a task: from beside the session, else from the service. It comes as `Change.results`."""

    key: str
    along: bool = False
    """It may come a moment later, asked for together with others."""


class Save(msgspec.Struct, frozen=True):
    """Save the results of these tasks to disk, into `folder` or the setting's."""

    keys: tuple[str, ...]
    folder: str | None = None
    formats: tuple[str, ...] | None = None
    """Of transcripts (srt, vtt, txt, json); None for the setting's."""


class CancelStream(msgspec.Struct, frozen=True):
    """End these streams where they are; what came is thrown away."""

    keys: tuple[str, ...]


class Listen(msgspec.Struct, frozen=True):
    """Bring what the sound files saved for a task are: format, length, waveform. They come as `Change.sounds`."""

    key: str


class Play(msgspec.Struct, frozen=True):
    """Play the saved sound of this task, or stop it where it plays."""

    key: str


class SaveTranscript(msgspec.Struct, frozen=True):
    """Save the transcripts of these tasks' runs in all their languages, as the service writes them: srt, vtt or txt."""

    keys: tuple[str, ...]
    form: str
    folder: str | None = None


class UseKey(msgspec.Struct, frozen=True):
    """Use this API key from now on; what was held for the old one stays held until released."""

    api_key: str

    def __repr__(self) -> str:
        return "UseKey()"


class Focus(msgspec.Struct, frozen=True):
    """The task the user is looking at; it may be asked about more often."""

    key: str | None


class FetchCatalogues(msgspec.Struct, frozen=True):
    """Bring voices and languages for the form. They come as `Change.catalogues`."""


class TakeOver(msgspec.Struct, frozen=True):
    """As a reader of the session, become the one who writes it, now that nobody does."""


class Stop(msgspec.Struct, frozen=True):
    """Save and end."""


Command = (
    Submit | Retry | Split | Undo | Release | Look | Adopt | Watch | Mark | OpenResult | Save | SaveTranscript | UseKey
    | Focus | FetchCatalogues | CancelStream | Listen | Play | TakeOver | Stop
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


class Usual(NamedTuple):
    """How long a kind's tasks take, in seconds, as learned from `known` of them."""

    kind: str
    p50: float
    p95: float
    known: int


class Outlook(NamedTuple):
    """What the learned durations tell of everything that is live. Moves in steps, not with every poll."""

    all_done_at: float | None = None
    """When all will have ended, with even odds, but those left out; None for no idea."""
    left_out: int = 0
    """Live tasks of which nothing can be said: stuck, adopted, or of a kind of which too little is known."""
    usual: tuple[Usual, ...] = ()
    """By the kind's name, of those of which enough is known."""


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


class StreamView(NamedTuple):
    """What has come of a stream so far."""

    size: int = 0
    """Bytes."""
    first_byte: float | None = None
    """Seconds from the start to the first byte."""
    seconds: float | None = None
    """Of sound, where the bytes tell."""
    credits: str | None = None
    """What the service says it costs."""
    text: str = ""
    is_over: bool = False


class AudioFacts(NamedTuple):
    """What a file of sound is; None where its bytes do not tell."""

    path: str
    format: str
    size: int
    seconds: float | None = None
    rate: int | None = None
    channels: int | None = None
    peaks: tuple[float, ...] = ()
    """Loudest sample of each stretch, 0 to 1; empty where it cannot be had."""
    remark: str = ""
    """Why there is no waveform."""


class Question(NamedTuple):
    """Something only the user can decide; no, and no answer, change nothing."""

    words: str
    yes: Command
    """What a yes asks for."""


class Change(msgspec.Struct, frozen=True):
    """What changed since the last publish. Empty parts did not change."""

    tasks: tuple[Task, ...] = ()
    health: Health | None = None
    outlook: Outlook | None = None
    notices: tuple[Notice, ...] = ()
    results: Mapping[str, Result | str] = msgspec.field(default_factory=dict)
    """Results asked for, by task key; a text says why there is none."""
    progress: Mapping[str, str] = msgspec.field(default_factory=dict)
    """What goes on with a task right now ("uploading 40 %", "saving 2.1 MB"), by key; empty text when it is over."""
    streams: Mapping[str, StreamView] = msgspec.field(default_factory=dict)
    """Streams under way, by task key; a few times a second at most."""
    sounds: Mapping[str, tuple[AudioFacts, ...]] = msgspec.field(default_factory=dict)
    """What a task's saved files of sound are, by task key."""
    catalogues: Catalogues | None = None
    sending_held: str | None = None
    """Why nothing is sent at present (payment, key, pause), empty text when sending goes on; None: unchanged."""
    read_only: bool | None = None
    questions: tuple[Question, ...] = ()
    account: str | None = None
    """Fingerprint of the key in use, empty without one."""
    may_take_over: bool | None = None
    """Whether nobody writes the session that this engine only reads."""


class EngineLink(Protocol):
    """What the screen knows of the engine. Both calls are safe from any thread and never block."""

    def send(self, command: Command) -> None:
        """Ask for something; the answer comes as a change."""
        ...

    def exchanges(self, key: str) -> tuple[Exchange, ...]:
        """The last HTTP exchanges about a task, oldest first."""
        ...
