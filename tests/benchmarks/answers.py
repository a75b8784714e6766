"""What a modern terminal answers to the questions programs ask it (device attributes, modes, colours, sizes)."""

from __future__ import annotations

import re

_MODES_KNOWN = frozenset({2026, 2004, 1004, 1006})
_KEPT = 128
"""Bytes of an unfinished question that are kept for the next chunk."""
_END = rb"(?:\x07|\x1b\\)"
_QUESTION = re.compile(
    rb"(?P<da1>\x1b\[0?c)|(?P<da2>\x1b\[>0?c)|(?P<dsr5>\x1b\[5n)|(?P<dsr6>\x1b\[\??6n)"
    rb"|\x1b\[\?(?P<mode>\d+)\$p|(?P<version>\x1b\[>0?q)"
    rb"|\x1b\](?P<colour>1[0-9]);\?" + _END + rb"|\x1b\]4;(?P<palette>\d+);\?" + _END + rb"|\x1b\[(?P<size>1[468])t"
    rb"|(?P<terminfo>\x1bP\+q[0-9A-Fa-f;]*\x1b\\)|(?P<setting>\x1bP\$q[^\x1b]*\x1b\\)"
)
_FIXED = {
    "da1": b"\x1b[?62;22c",
    "da2": b"\x1b[>41;354;0c",
    "dsr5": b"\x1b[0n",
    "dsr6": b"\x1b[1;1R",
    "version": b"\x1bP>|probe(1)\x1b\\",
    "terminfo": b"\x1bP0+r\x1b\\",
    "setting": b"\x1bP0$r\x1b\\",
}


class Answerer:
    """Finds the questions in a program's output and makes the replies."""

    def __init__(self, columns: int, rows: int) -> None:
        self._columns, self._rows = columns, rows
        self._tail = b""

    def replies(self, data: bytes) -> bytes:
        """What to send back after this chunk; a question may be split over two."""
        buffer, end, out = self._tail + data, 0, []
        for question in _QUESTION.finditer(buffer):
            end = question.end()
            out.append(self._reply(question))
        start = buffer.rfind(b"\x1b", end)
        self._tail = buffer[start:] if start >= 0 and len(buffer) - start < _KEPT else b""
        return b"".join(out)

    def _reply(self, question: re.Match[bytes]) -> bytes:
        name = question.lastgroup or ""
        if name in _FIXED:
            return _FIXED[name]
        value = int(question[name])
        if name == "mode":
            return b"\x1b[?%d;%d$y" % (value, 2 if value in _MODES_KNOWN else 0)
        if name == "colour":
            return b"\x1b]%d;rgb:%s\x1b\\" % (value, b"ffff/ffff/ffff" if value == 10 else b"0000/0000/0000")
        if name == "palette":
            return b"\x1b]4;%d;rgb:8080/8080/8080\x1b\\" % value
        sizes = {14: (4, self._rows * 16, self._columns * 8), 16: (6, 16, 8), 18: (8, self._rows, self._columns)}
        return b"\x1b[%d;%d;%dt" % sizes[value]
