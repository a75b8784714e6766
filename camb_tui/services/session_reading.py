"""What the bytes of a session file say, whole, torn, edited by hand or damaged.

Bytes whose frames hold are ours and are only cut into blocks. A tail cut short by a crash is dropped block by block.
Anything else was edited: tomllib reads the whole file, since a `[[task]]` line may stand inside a string there. Where
tomllib gives up, the file is damaged, and each block is tried by itself. Pure: knows no file and no clock.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from camb_tui.services.session_shelf import Entry, key_of_body
from camb_tui.services.session_text import (
    FRAME,
    SEPARATOR,
    VERSION,
    UnusableBlockError,
    decode_body,
    frame_at,
    frames,
    is_torn,
    parse_body,
    task_from,
)

_PLAIN_TOP: Final = b"\nversion = %d\n" % VERSION
_HEADER: Final = re.compile(rb"(?m)^[ \t]*\[\[[ \t]*task[ \t]*\]\][ \t\r]*(?:#.*)?$\n?")
_KEY: Final = re.compile(rb"""(?m)^[ \t]*key[ \t]*=[ \t]*["']([A-Za-z0-9_.-]{1,64})["']""")
_MOST_JOINED = 20
"""Pieces tried together where a string over several lines may hold what looks like a header."""
_NOTHING = re.compile(rb"(?:\s|#[^\n]*+)*+")


class Reading(NamedTuple):
    """What a session file says."""

    entries: dict[str, Entry]
    """By key, in the order of their first blocks; the last block of a key wins."""
    extras: dict[str, Any]
    """Top-level keys we do not know."""
    newer: bool
    """It was written by a later version."""
    ours: bool
    """Every byte is as we wrote it, so that more may be appended."""
    single: bool
    """It is tidy: one frame and no more."""
    torn: str
    """What a cut-off tail said, in words; empty where there is none."""
    lost: tuple[str, ...]
    """What could not be read, in words; the file is damaged if there is anything here."""


class _Pile:
    """Entries in the making."""

    def __init__(self, now: float) -> None:
        self.now = now
        self.entries: dict[str, Entry] = {}
        self.extras: dict[str, Any] = {}
        self.newer = False
        self.lost: list[str] = []

    def add_bodies(self, bodies: Iterable[bytes]) -> None:
        """Take in bodies that are ours, unread where their head is as usual."""
        entries = self.entries
        for body in bodies:
            key = key_of_body(body)
            if key is not None:
                entries[key] = Entry(body)
            else:
                self.try_body(body, decode_body)

    def try_body(self, body: bytes, decode: Any = None) -> None:
        """Take in a body, or note that it is lost."""
        try:
            block = decode(body) if decode is not None else parse_body(body.decode())
        except (ValueError, RecursionError):
            self.lose(body)
        else:
            self.add_block(block)

    def add_block(self, block: Any) -> None:
        """Take in a parsed block, or note what of it makes no sense."""
        if not isinstance(block, dict):
            self.lost.append("a task that is no table")
            return
        try:
            fields = task_from(block, now=self.now)
        except UnusableBlockError:
            named = str(block.get("key") or "without a key")[:64]
            self.lost.append(f"task {named!r}: a task needs a key, a kind and a status")
            return
        self.entries[fields.task.key] = Entry.of(fields.task, fields.extras)
        if fields.unusable:
            self.lost.append(f"task {fields.task.key!r}: {', '.join(fields.unusable)}")

    def add_top(self, top: dict[str, Any]) -> None:
        """Take in the top-level keys."""
        version = top.pop("version", VERSION)
        self.newer = self.newer or type(version) is not int or version > VERSION
        self.extras.update(top)

    def lose(self, piece: bytes) -> None:
        """Note that a piece could not be read."""
        key = _KEY.search(piece)
        self.lost.append(f"task {key[1].decode()!r}" if key is not None else f"{len(piece)} bytes")

    def reading(self, *, ours: bool = False, single: bool = False, torn: str = "") -> Reading:
        return Reading(self.entries, self.extras, self.newer, ours, single, torn, tuple(self.lost))


def read_session(data: bytes, *, now: float) -> Reading:
    """What the bytes of a session file say; `now` is the time of creation of tasks that have none."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        return _Pile(now).reading()
    with _no_collection():
        return _read(data, now=now)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the collector of garbage away while many things are made and none dropped: it doubles the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read(data: bytes, *, now: float) -> Reading:
    pile = _Pile(now)
    spans = list(frames(data))
    end = spans[-1][1] if spans else 0
    rest = data[end:]
    if spans and (not rest or is_torn(rest)) and _add_frames(pile, data, spans):
        torn = _add_torn(pile, rest) if rest else ""
        return pile.reading(ours=not rest, single=not rest and len(spans) == 1, torn=torn)
    return _read_whole(data, now=now) or _read_pieces(data, now=now)


def read_growth(data: bytes) -> tuple[dict[str, Entry], int] | None:
    """The entries in whole frames at the start of `data`, and how many bytes they take; None if it is not ours."""
    pile = _Pile(0.0)
    spans = list(frames(data))
    for begin, end in spans:
        above, *bodies = data[begin:end].split(SEPARATOR)
        if above:
            return None
        pile.add_bodies(bodies)
    end = spans[-1][1] if spans else 0
    rest = data[end:]
    if pile.lost or (rest and not is_torn(rest)):
        return None
    return pile.entries, end


def _add_frames(pile: _Pile, data: bytes, spans: list[tuple[int, int]]) -> bool:
    """Take in frames that hold; False where they are not what this version writes."""
    for number, (begin, end) in enumerate(spans):
        above, *bodies = _cut(data, begin, end)
        if number == 0 and above != _PLAIN_TOP:
            top = _parse(above)
            if top is None or "task" in top:
                return False
            pile.add_top(top)
        elif number > 0 and above:
            return False
        if pile.newer:
            return False
        pile.add_bodies(bodies)
    return True


def _cut(data: bytes, begin: int, end: int) -> list[bytes]:
    """What stands above the first task of a frame, and its bodies."""
    if end != len(data) or data.find(SEPARATOR, 0, begin) >= 0:
        return data[begin:end].split(SEPARATOR)
    above, *bodies = data.split(SEPARATOR)  # a tidy file, which need not be copied first
    return [above[begin:], *bodies]


def _add_torn(pile: _Pile, rest: bytes) -> str:
    """Take in the whole blocks of a tail cut short; say what was dropped."""
    header = FRAME.match(rest)
    _, *bodies = rest[header.end() :].split(SEPARATOR) if header is not None else [b""]
    if not bodies:
        return "it held no whole task yet"
    for body in bodies[:-1]:
        pile.try_body(body)
    key = _KEY.search(bodies[-1])
    name = f"task {key[1].decode()!r}" if key is not None else "the last task it held"
    if rest.endswith(b"\n"):
        pile.lost.append(f"the latest change of {name}")  # somebody may have taken lines out of it: keep a copy
    return (
        f"{name} is as it was before that"
        if key is not None and key[1].decode() in pile.entries
        else f"{name} is dropped"
    )


def _parse(data: bytes) -> dict[str, Any] | None:
    import tomllib

    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError):  # not TOML, not UTF-8, or nested beyond reason
        return None


def _read_whole(data: bytes, *, now: float) -> Reading | None:
    parsed = _parse(data)
    if parsed is None:
        return None
    pile = _Pile(now)
    tasks = parsed.pop("task", [])
    pile.add_top(parsed)
    for block in tasks if isinstance(tasks, list) else [tasks]:
        pile.add_block(block)
    return pile.reading()


def _read_pieces(data: bytes, *, now: float) -> Reading:
    """Read what can be read of a damaged file: frames that still hold, and between them block by block."""
    pile = _Pile(now)
    for held, begin, end in _held_and_not(data):
        text = data[begin:end]
        if held:
            above, *bodies = text.split(SEPARATOR)
            _add_above(pile, above)
            pile.add_bodies(bodies)
        else:
            _add_damaged(pile, text)
    if not pile.lost:
        pile.lost.append("nothing that could be named")  # each piece is TOML, together they are not
    return pile.reading()


def _held_and_not(data: bytes) -> Iterator[tuple[bool, int, int]]:
    """The file from front to back as spans that a frame vouches for (True) and those between."""
    done = 0
    for match in FRAME.finditer(data):
        if match.start() < done:
            continue
        span = frame_at(data, match.start())
        if span is not None:
            if match.start() > done:
                yield False, done, match.start()
            yield True, *span
            done = span[1]
    if done < len(data):
        yield False, done, len(data)


def _add_above(pile: _Pile, above: bytes) -> None:
    top = _parse(above)
    if top is None or "task" in top:
        pile.lost.append(f"{len(above)} bytes above the first task")
    else:
        pile.add_top(top)


def _add_damaged(pile: _Pile, text: bytes) -> None:
    above, *pieces = _HEADER.split(text)
    if _NOTHING.fullmatch(above) is None:
        _add_above(pile, above)
    at = 0
    while at < len(pieces):
        at += _add_piece(pile, pieces, at)


def _add_piece(pile: _Pile, pieces: list[bytes], at: int) -> int:
    """Take in the piece at `at`, with those behind it where only together they are TOML; how many were used."""
    joined = pieces[at]
    for used in range(1, _MOST_JOINED + 1):
        parsed = _parse(b"[[task]]\n" + joined)
        if parsed is not None:
            for block in parsed.pop("task"):
                pile.add_block(block)
            pile.add_top(parsed)
            return used
        open_string = b'"""' in joined or b"'''" in joined
        if not open_string or at + used >= len(pieces):
            break
        joined += b"[[task]]\n" + pieces[at + used]
    pile.lose(pieces[at])
    return 1
