"""What a request carries: JSON, a form, or a form with files streamed from disk; and how it is shown."""

from __future__ import annotations

import contextlib
import io
import logging
import mimetypes
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from camb_tui.domain.errors import UsageError
from camb_tui.domain.kinds import Encoding, FieldType, Kind, wire_value
from camb_tui.services.wire.values import Progress

_log = logging.getLogger(__name__)

FormFile = tuple[str, tuple[str | None, io.FileIO | str, str | None]]
"""One part of a multipart form as httpx takes it: name, (file name, content, type)."""


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body; at most one of its fields is filled."""

    json: bytes | None = None
    form: Mapping[str, str | list[str]] | None = None
    parts: list[FormFile] = field(default_factory=list)

    def arguments(self) -> dict[str, Any]:
        """As httpx's `build_request` takes it."""
        if self.json is not None:
            return {"content": self.json, "headers": {"content-type": "application/json"}}
        if self.parts:
            return {"files": self.parts}
        return {"data": self.form} if self.form is not None else {}

    def shown(self) -> str:
        """As text; a file is its name and size."""
        if self.json is not None:
            return self.json.decode("utf-8", "replace")
        if self.form is not None:
            return "\n".join(f"{name}: {value}" for name, value in _pairs(self.form))
        return "\n".join(f"{name}: {_shown_part(part)}" for name, part in self.parts)


def _shown_part(part: tuple[str | None, io.FileIO | str, str | None]) -> str:
    name, content, _ = part
    return content if isinstance(content, str) else f"<{name}, {_size(content):,} bytes>"


def _size(file: io.FileIO) -> int:
    return file.size if isinstance(file, WatchedFile) else 0


class WatchedFile(io.FileIO):
    """A file that tells how much of it was read; begun again when the body is sent again."""

    def __init__(self, path: Path, watch: Progress | None) -> None:
        super().__init__(path, "rb")
        self.size = path.stat().st_size
        self._watch = watch
        self._done = 0

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(-1 if size is None else size) or b""
        self._done += len(chunk)
        tell(self._watch, self._done, self.size)
        return chunk

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._done = super().seek(offset, whence)
        return self._done


def tell(watch: Progress | None, done: int, total: int) -> None:
    """Report progress; a listener that fails must not break a transfer that may have been paid for."""
    if watch is None:
        return
    try:
        watch(done, total)
    except Exception:  # whatever a listener does wrong
        _log.exception("a progress listener failed")


def json_body(value: Any) -> Body:
    """A JSON body.

    Raises:
        UsageError: It holds what JSON cannot.
    """
    try:
        return Body(json=msgspec.json.encode(value))
    except (TypeError, ValueError) as error:
        raise UsageError(f"this cannot be sent as JSON: {error}") from error


@contextlib.contextmanager
def create_body(kind: Kind, request: Mapping[str, Any], watch: Progress | None) -> Iterator[Body]:
    """The body of a create as its kind wants it, files open as long as it lasts.

    Raises:
        UsageError: A file cannot be read.
    """
    values = wire_value(kind, request)
    if kind.encoding is Encoding.JSON:
        yield json_body(values)
        return
    with contextlib.ExitStack() as stack:
        files = [
            (name, _open(path, stack, watch))
            for name, path in ((f.name, request.get(f.name)) for f in kind.fields if f.type is FieldType.FILE)
            if path
        ]
        form = {name: _form_value(value) for name, value in values.items()}
        if not files and kind.encoding is Encoding.FORM:
            yield Body(form=form)
            return
        texts: list[FormFile] = [(name, (None, text, None)) for name, text in _pairs(form)]
        yield Body(parts=texts + [(name, (_file_name(file), file, _file_type(file))) for name, file in files])


def _open(path: str, stack: contextlib.ExitStack, watch: Progress | None) -> WatchedFile:
    found = Path(path).expanduser()
    try:
        if not stat.S_ISREG(found.stat().st_mode):  # opening a pipe would wait for its other end
            raise UsageError(f"{path} is not a file")
        return stack.enter_context(WatchedFile(found, watch))
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def _file_name(file: WatchedFile) -> str:
    return Path(str(file.name)).name.encode("utf-8", "replace").decode()


def _file_type(file: WatchedFile) -> str:
    return mimetypes.guess_type(_file_name(file))[0] or "application/octet-stream"


def _pairs(form: Mapping[str, str | list[str]]) -> Iterator[tuple[str, str]]:
    for name, value in form.items():
        for text in [value] if isinstance(value, str) else value:
            yield name, text


def _form_value(value: Any) -> str | list[str]:
    """A JSON value as form text: an object is JSON text in its field, a list repeats its field."""
    if isinstance(value, list | tuple):
        return [_form_text(item) for item in value]
    return _form_text(value)


def _form_text(value: Any) -> str:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return msgspec.json.encode(value).decode()
