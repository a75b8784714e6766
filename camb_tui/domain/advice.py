"""Advice: what a status or an exception_reason means for the user, and what can be done about it.

Pure: a task in, sentences out. Owns the table of reasons and their retry classes; leaves to the screen how the
sentences look, to the outbox what is sent. A step that begins with a lone key ("e edits it") names the key for it.
Long because every status and every reason has its sentences here.
"""

from __future__ import annotations

import enum
import shlex
from typing import NamedTuple

from camb_tui.domain.kinds import KINDS, FieldType, ResultShape
from camb_tui.domain.parts import obstacle
from camb_tui.domain.tasks import FAILED, Hold, Task, TaskStatus
from camb_tui.domain.text import one_line


class RetryClass(enum.Enum):
    """What sending the same request again can bring."""

    PERMANENT = "fails again unchanged; the input must change"
    WORLD = "may succeed once the address serves its source"
    WAIT = "may succeed later"
    TRANSIENT = "may succeed at once"
    MONEY = "succeeds once there are credits"
    ASK = "nobody knows"
    DOUBT = "may be paid for twice; only the user can tell"
    DONE = "it succeeded; sending it again buys it again"
    LIVE = "not settled: there is nothing to send again"


class Advice(NamedTuple):
    """What happened, in a sentence; what to do next, a sentence a step; what a retry can bring."""

    headline: str
    steps: tuple[str, ...]
    retry: RetryClass


class _Reason(NamedTuple):
    retry: RetryClass
    meaning: str
    """What happened; `{source}` is what the kind takes in."""
    steps: tuple[str, ...]


UNCHANGED = "Sending it again unchanged will fail again."
EDIT = "e edits it, then sends it as a new task."
RETRY = "r sends it again, as a new task."
ARCHIVE = "x archives it."
SPLIT = "| splits it: sends its text in smaller requests and joins what they bring."
LOOK = "R looks now."
TWICE = "r sends it again all the same; it may be charged twice."
REPORT = "If it fails again, tell CAMB.AI's support the task id."
REQUEST_UNKNOWN = "Its request was not made here, so it cannot be sent again from here."
_NO_WORD = "an empty word"

_P, _W = RetryClass.PERMANENT, RetryClass.WORLD
REASONS: dict[str, _Reason] = {
    "HARMFUL_CONTENT_DETECTED": _Reason(_P, "the content policy of the service refuses this {source}.", ()),
    "SOURCE_TOO_LONG": _Reason(_P, "the {source} is longer than the service takes in one request.", ("{split}",)),
    "SOURCE_TOO_LARGE": _Reason(
        _P,
        "the {source} is larger than the service or your plan takes.",
        ("Compress it, or raise the plan.", "{split}"),
    ),
    "SOURCE_TYPE_NOT_SUPPORTED": _Reason(
        _P,
        "the service does not read this type of {source}.",
        ("Convert it to a supported format, such as mp4 or mp3.",),
    ),
    "CONTENT_DOES_NOT_MATCH_EXTENSION": _Reason(
        _P, "what is in the file is not what its name says.", ("Correct the file's ending, or export it again.",)
    ),
    "MISMATCHED_SOURCE_CODEC": _Reason(
        _P, "the codec does not match its container.", ("Encode it again with a common codec, such as H.264 with AAC.",)
    ),
    "INVALID_SOURCE_DATA": _Reason(_P, "the {source} is damaged or empty.", ("Export it again.",)),
    "VIDEO_DOES_NOT_HAVE_AUDIO_STREAMS": _Reason(
        _P, "the video has no sound.", ("Take a source with an audio track.",)
    ),
    "INVALID_AUDIO_TRACKS_SELECTION": _Reason(
        _P, "the chosen audio tracks are not in the source.", ("Correct the field Audio tracks; they count from 0.",)
    ),
    "MASTERING_OUT_OF_RANGE": _Reason(
        _P, "the sound's level is outside of what mastering accepts.", ("Normalise the audio first.",)
    ),
    "SOURCE_IS_AGE_RESTRICTED": _Reason(
        _P, "the source is age-restricted where it is hosted.", ("Give an address that needs no log-in.",)
    ),
    "SOURCE_BLOCKED_IN_REGION": _Reason(
        _P, "the source is blocked in the service's region.", ("Host the file elsewhere and give that address.",)
    ),
    "FORBIDDEN": _Reason(_P, "the key or its plan may not do this.", ("Use a key whose plan includes this kind.",)),
    "SOURCE_NOT_FOUND": _Reason(
        _W, "there is nothing at the address.", ("Check that the address is right and public.",)
    ),
    "ERROR_DOWNLOADING_SOURCE": _Reason(
        _W, "the service could not download the source.", ("Check that the address is public and answers.",)
    ),
    "TOO_MANY_GDRIVE_REQUESTS": _Reason(
        RetryClass.WAIT,
        "Google Drive's quota for this file is used up.",
        ("Wait some hours, or host the file elsewhere.",),
    ),
    "INTERNAL_ERROR": _Reason(RetryClass.TRANSIENT, "a fault inside the service.", (REPORT,)),
    "PROCESSING_ERROR": _Reason(RetryClass.TRANSIENT, "the service's pipeline failed.", (REPORT,)),
    "VOICE_CONVERSION_ERROR": _Reason(
        RetryClass.TRANSIENT,
        "the voice stage failed.",
        ("If it fails again, take another voice or a cleaner reference.",),
    ),
    "TIMEOUT": _Reason(RetryClass.TRANSIENT, "the service gave up before it was done.", ("{split}",)),
    "PAYMENT_REQUIRED": _Reason(RetryClass.MONEY, "the account is out of credits.", ()),
}
"""Every reason the service is known to give. NONE is its placeholder for no reason and is not among them."""

REJECTIONS = {
    404: "The server has no such route; check the base URL and the routes setting.",
    405: "The server has no such route; check the base URL and the routes setting.",
    413: "The upload is larger than the service takes; compress it or send it in parts.",
    415: "The service does not read this type of file; convert it.",
}


def advise(task: Task) -> Advice:
    """What to tell the user about a task."""
    if task.streamed and task.status in _STREAM_ADVISERS:
        return _STREAM_ADVISERS[task.status](task)
    if task.parts and task.status is not TaskStatus.SUCCESS:
        return _split(task)
    return _ADVISERS[task.status](task)


def _hurry(task: Task) -> str:
    kind = KINDS.get(task.kind)
    kept = kind is not None and kind.result in (ResultShape.TEXTS, ResultShape.TRANSCRIPT, ResultShape.PROJECT)
    return "" if kept else "; its links die"


def retry_class(task: Task) -> RetryClass:
    """What sending this task's request again can bring."""
    status = task.status
    if status is TaskStatus.SUCCESS:
        return RetryClass.DONE
    if status is TaskStatus.REJECTED:
        return RetryClass.PERMANENT
    if status is TaskStatus.PAYMENT_REQUIRED:
        return RetryClass.MONEY
    if status is TaskStatus.TIMEOUT:
        return RetryClass.TRANSIENT
    if status is TaskStatus.ERROR:
        known = REASONS.get(reason_of(task))
        return known.retry if known is not None else RetryClass.ASK
    return RetryClass.LIVE if task.is_live else RetryClass.DOUBT


def worth_retrying(task: Task) -> bool:
    """Whether the task failed, can succeed if sent again unchanged, and cannot be paid for twice by that."""
    return (
        task.status in FAILED
        and bool(task.request)
        and not task.parts
        and retry_class(task) is not RetryClass.PERMANENT
    )


def reason_of(task: Task) -> str:
    """The service's reason in capitals, as one short safe line; empty where it gave none."""
    reason = one_line(task.exception_reason or "", 80).upper()
    return "" if reason == "NONE" else reason


def is_media(task: Task) -> bool:
    """Whether the task's input is sound or video rather than text."""
    kind = KINDS.get(task.kind)
    return kind is not None and kind.name != "story" and kind.field(kind.unit).type in (FieldType.FILE, FieldType.URL)


def split_advice(task: Task) -> str:
    """How to break the input into smaller requests, in one sentence."""
    return " ".join(split_steps(task))


def split_steps(task: Task) -> tuple[str, ...]:
    """How to break the input into smaller requests; a command stands by itself, to be copied."""
    kind = KINDS.get(task.kind)
    if kind is not None and kind.follows is not None:
        return (
            f"Break it into smaller requests: make several runs of {kind.follows} of less each, and go on from those.",
        )
    if not is_media(task) and not obstacle(task):
        return (SPLIT,)
    if not is_media(task):
        return ("Break it into smaller requests: cut the text at a chapter or paragraph and send the parts.",)
    return ("Break it into smaller requests: cut it into parts of 20 minutes and send each:", _cutting_command(task))


def _cutting_command(task: Task) -> str:
    request = task.request
    source = str(request.get("media_file") or request.get("media_url") or request.get("video_url") or "input.mp4")
    if "://" in source:
        source = source.partition("?")[0].rstrip("/").rpartition("/")[2]
    source = one_line(source, 200)
    stem, dot, suffix = source.rpartition(".")
    suffix = suffix if dot and stem and suffix.isalnum() and len(suffix) <= 4 else "mp4"
    quoted = shlex.quote(source if source and not source.startswith("-") else f"./{source or 'input.mp4'}")
    return f"ffmpeg -i {quoted} -f segment -segment_time 1200 -reset_timestamps 1 -c copy part%03d.{suffix}"


def _sending(task: Task, *steps: str) -> tuple[str, ...]:
    """Steps that send the request again, where we know the request."""
    return steps if task.request else (REQUEST_UNKNOWN,)


def _source(task: Task) -> str:
    if task.kind == "story":
        return "document"
    return "source" if is_media(task) else "text"


def _held(task: Task) -> Advice:
    release = "H sends what is held; nothing is sent before."
    match task.hold:
        case Hold.UNDO:
            headline = "It is sent when the seconds in which it can be taken back are over."
            steps: tuple[str, ...] = ("z takes it back.",)
        case Hold.PAYMENT:
            headline = "Not sent: the account is out of credits."
            steps = (
                "Add credits in CAMB.AI's web app.",
                "H then sends one held task, and the others if it is taken.",
            )
        case Hold.KEY:
            headline = "Not sent: the service refused the API key."
            steps = ("Give a valid key, by CAMB_API_KEY or in the settings.", release)
        case Hold.LATER:
            headline = "Not sent yet: a quota of hours must come back first, or it would fail again."
            steps = ("x takes it back.", ":resume sends it now.")
        case _:
            headline = "Not sent: it waits for your word."
            steps = (release, "x takes it back.")
    return Advice(headline, steps, retry_class(task))


def _queued(task: Task) -> Advice:
    headline = "It waits for its turn to be sent."
    if task.message:
        headline = "Nothing was sent yet; it is tried again by itself."
    return Advice(headline, ("Nothing to do.",), retry_class(task))


def _sending_now(task: Task) -> Advice:
    return Advice("It is being sent.", ("Nothing to do; the service's answer comes next.",), retry_class(task))


def _pending(task: Task) -> Advice:
    if task.stale:
        headline = "The last poll failed, so this status is old; the service may be further."
        return Advice(headline, ("Nothing is lost, and polling goes on by itself.", LOOK), retry_class(task))
    if task.task_id is None:
        return Advice(
            "It counts as live, but its task id is not known.", ("a gives it its task id.",), retry_class(task)
        )
    return Advice("The service works on it.", (f"Nothing to do. {LOOK}",), retry_class(task))


def _unknown(task: Task) -> Advice:
    word = one_line(task.word, 60) or _NO_WORD
    headline = f"The service says {word}, a word this program does not know; it counts as live."
    stale = ("The last poll failed, so even that is old.",) if task.stale else ()
    return Advice(headline, (*stale, "Polling goes on by itself.", LOOK), retry_class(task))


def _split(task: Task) -> Advice:
    """A split task; also one whose parts stopped short of SUCCESS, whatever it failed with itself."""
    done, number = task.parts_done, len(task.parts)
    if task.status is TaskStatus.SPLIT:
        headline = f"Sent in {number} smaller requests, {done} done so far; their joined result becomes its own."
        return Advice(headline, ("The parts are the rows below it.",), RetryClass.LIVE)
    headline = f"Sent in {number} smaller requests: {done} done, the others need you."
    steps = ("Go to the parts that failed, below it; when all are done, their joined result becomes its own.", ARCHIVE)
    return Advice(headline, steps, RetryClass.LIVE)


def _success(task: Task) -> Advice:
    if task.parts:
        headline = f"Done, in {len(task.parts)} smaller requests; its result is theirs, joined."
        return Advice(headline, ("s saves the joined result to disk.",), retry_class(task))
    headline = "Done; its result is saved." if task.saved else "Done."
    save = "s saves what is not there any more." if task.saved else f"s saves its result to disk{_hurry(task)}."
    again = ("r sends it again, as a new task that is paid for.",) if task.request else ()
    return Advice(headline, (save, *again), retry_class(task))


def _error(task: Task) -> Advice:
    reason = reason_of(task)
    known = REASONS.get(reason)
    retry = retry_class(task)
    if known is None:
        headline = (
            f"{reason}: a reason this program does not know." if reason else "It failed; the service gave no reason."
        )
        steps = _sending(task, RETRY, EDIT)
        return Advice(headline, ("Read what the service said, below.", *steps, REPORT), retry)
    facts = {"source": _source(task), "split": split_advice(task)}
    others = {"{split}": split_steps(task)}
    headline = f"{reason}: {known.meaning.format(**facts)}"
    steps = tuple(one for step in known.steps for one in others.get(step, (step,)))
    if retry is RetryClass.PERMANENT:
        return Advice(headline, (UNCHANGED, *steps, *_sending(task, EDIT)), retry)
    if retry in (RetryClass.WORLD, RetryClass.WAIT):
        return Advice(headline, (*steps, *_sending(task, RETRY, EDIT)), retry)
    return Advice(headline, (*_sending(task, RETRY), *steps), retry)


def _timeout(task: Task) -> Advice:
    headline = "The service gave up before it was done: the input may be too much for one request."
    return Advice(headline, (*split_steps(task), *_sending(task, EDIT, RETRY)), retry_class(task))


def _payment(task: Task) -> Advice:
    steps = ("Add credits in CAMB.AI's web app; new tasks are held until then.", *_sending(task, RETRY))
    return Advice("The account is out of credits.", steps, retry_class(task))


def _rejected(task: Task) -> Advice:
    code = f"HTTP {task.code}: " if task.code is not None else ""
    headline = f"{code}the service took nothing, so nothing is charged."
    faults = tuple(f"{one_line(name, 60)}: {one_line(said, 300)}" for name, said in task.faults[:8])
    if len(task.faults) > 8:
        faults += (f"... and {len(task.faults) - 8} more.",)
    hint = (REJECTIONS[task.code],) if task.code in REJECTIONS else ()
    return Advice(
        headline[0].upper() + headline[1:], (*faults, *hint, UNCHANGED, *_sending(task, EDIT)), retry_class(task)
    )


def _unconfirmed(task: Task) -> Advice:
    code = f" (HTTP {task.code})" if task.code is not None else ""
    headline = f"It was sent, but no answer came{code}: it may or may not exist."
    if task.code is not None:
        headline = f"It was sent, and the answer{code} leaves open whether it was taken."
    steps = ("Look for it in CAMB.AI's web app.", "a gives it the task id found there.", TWICE, "x dismisses it.")
    return Advice(headline, steps, retry_class(task))


def _overdue(task: Task) -> Advice:
    headline = "Our own longest wait is over, so it is no longer asked about; the service may still finish it."
    return Advice(
        headline, ("R looks once.", "w watches it again.", *_sending(task, TWICE), ARCHIVE), retry_class(task)
    )


def _missing(task: Task) -> Advice:
    headline = "The service says, several times in a row, that it knows no such task id (404)."
    check = "Check that key and server are those it was sent with."
    return Advice(
        headline,
        (check, "R looks once more.", "w watches it again.", *_sending(task, TWICE), ARCHIVE),
        retry_class(task),
    )


_ADVISERS = {
    TaskStatus.HELD: _held,
    TaskStatus.QUEUED: _queued,
    TaskStatus.SENDING: _sending_now,
    TaskStatus.SPLIT: _split,
    TaskStatus.PENDING: _pending,
    TaskStatus.UNKNOWN: _unknown,
    TaskStatus.SUCCESS: _success,
    TaskStatus.ERROR: _error,
    TaskStatus.TIMEOUT: _timeout,
    TaskStatus.PAYMENT_REQUIRED: _payment,
    TaskStatus.REJECTED: _rejected,
    TaskStatus.UNCONFIRMED: _unconfirmed,
    TaskStatus.OVERDUE: _overdue,
    TaskStatus.MISSING: _missing,
}


CANCELLED = "cancelled"
"""How the message begins of a stream that the user ended."""


def _streaming_now(task: Task) -> Advice:
    return Advice("It is being streamed.", ("X or esc ends it; what came is thrown away.",), retry_class(task))


def _streamed(task: Task) -> Advice:
    where = "Done; what came is saved." if task.saved else "Done; what came is kept beside the session."
    save = () if task.saved else ("s saves it to disk.",)
    return Advice(where, (*save, "r streams it again, which is paid for again."), retry_class(task))


def _stream_ended(task: Task) -> Advice:
    headline = "The service began the stream, and it did not come whole."
    if (task.message or "").startswith(CANCELLED):
        headline = "You cancelled the stream; what had come was thrown away."
    return Advice(headline, ("Read how much came, below.", TWICE, EDIT), retry_class(task))


def _stream_unconfirmed(task: Task) -> Advice:
    headline = "It was sent, but no answer came: a stream cannot be had afterwards, but it may be charged."
    return Advice(headline, (TWICE, "x dismisses it."), retry_class(task))


_STREAM_ADVISERS = {
    TaskStatus.SENDING: _streaming_now,
    TaskStatus.SUCCESS: _streamed,
    TaskStatus.ERROR: _stream_ended,
    TaskStatus.UNCONFIRMED: _stream_unconfirmed,
}
"""Where a stream, which has no task id and no result to be fetched, needs other words than a task."""
