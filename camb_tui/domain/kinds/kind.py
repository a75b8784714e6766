"""Kind: one kind of task, as data: its routes in both dialects, its encoding, its fields, its result and its pace.

Owns what a kind is; the `catalogue` modules own which kinds there are. Structs and not dataclasses: a start makes them
all.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from camb_tui.domain.kinds.fields import Field


class Dialect(enum.StrEnum):
    """The two sets of paths under which the service is documented."""

    REFERENCE = "reference"
    GUIDE = "guide"


class Encoding(enum.Enum):
    """How a create's body is encoded."""

    JSON = "json"
    FORM = "multipart, or url-encoded where there is no file"
    MULTIPART = "multipart"


class ResultShape(enum.Enum):
    """What a run of a kind gives back."""

    AUDIO = "audio"
    TEXTS = "texts"
    TRANSCRIPT = "transcript"
    DUB = "dub"
    STORY = "story"
    SPEECH_AND_TEXTS = "speech and its texts"
    FILE = "one file"
    PREVIEWS = "previews"
    SEPARATION = "separation"
    SUBTITLES = "subtitles"
    PROJECT = "project"

    @property
    def is_links(self) -> bool:
        """Whether nothing of it outlives its links."""
        return self in (ResultShape.AUDIO, ResultShape.FILE, ResultShape.PREVIEWS, ResultShape.SEPARATION)


class Routes(msgspec.Struct, frozen=True):
    """Paths below the base URL; `{task_id}`, `{run_id}` and names of `in_path` fields are filled in."""

    create: str
    status: str
    result: str
    """Empty where the create, sent once more after the end, answers with the result."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of task."""

    name: str
    title: str
    short: str
    """At most five letters, for narrow columns."""
    help: str
    encoding: Encoding
    reference: Routes
    guide: Routes | None = None
    """None where the guide is silent: the reference's paths are its own then."""
    bulk: str | None = None
    result: ResultShape
    fields: tuple[Field, ...]
    unit: str
    """The field whose size says how big the task is."""
    expected: float
    """Seconds a middling task takes; what the simulator draws around and what is shown before anything was learnt."""
    spread: float
    """Sigma of the natural logarithm of that duration."""
    first_poll: float
    """Seconds from the answer to the first poll."""
    longest_poll: float
    """Cap of the growing interval between polls, in seconds."""
    max_wait: float
    """Seconds after which we stop asking by ourselves."""
    result_query: Mapping[str, str] = {}
    """Query of the result route."""
    result_parts: Mapping[str, str] = {}
    """Parts of the result route beside `{run_id}`, with the field of the request that fills each."""
    more_results: tuple[str, ...] = ()
    """Result routes of other kinds that tell the rest about a run; their objects and the first one's are one result."""
    bulk_is_list: bool = False
    """The bulk route gives a list of results that name their run, not an object by run id."""
    transcript: str | None = None
    """Route of a run's transcript in one `{language}`, as text in a format asked for."""
    splittable: bool = False
    """Whether its text may be sent in parts whose results are joined again."""
    follows: str | None = None
    """The kind on whose finished run this one works; its field `run_id` names that run."""
    batch_field: str | None = None
    """A field of one language for which several values make several tasks."""
    stream: Routes | None = None
    """Create paths of the streaming twin, by dialect: `create` the reference's, `status` the guide's, no result."""
    streamed: bool = False
    """This is a streaming twin: it answers at once and makes no task; see `streaming`."""

    def routes(self, dialect: Dialect) -> Routes:
        """The paths of one dialect."""
        return self.guide if dialect is Dialect.GUIDE and self.guide is not None else self.reference

    def field(self, name: str) -> Field:
        """The field of that name.

        Raises:
            KeyError: This kind has no such field.
        """
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(name)

    @property
    def repeats_create(self) -> bool:
        """Whether the create, sent once more after the end, is the way to the result; it may also answer at once."""
        return not self.reference.result

    @property
    def has_metadata(self) -> bool:
        """Whether a create takes `project_description`, in which an intent's code can be found again."""
        return any(candidate.name == "project_description" for candidate in self.fields)
