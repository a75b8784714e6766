"""Answers: what the service says, in the shapes its clients know."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response


class Refusal(Exception):
    """An answer other than success, raised wherever it is noticed."""

    def __init__(self, code: int, detail: Any) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


class Invalid(Refusal):
    """A 422 with FastAPI's list: one entry a fault."""

    def __init__(self, faults: list[dict[str, Any]]) -> None:
        super().__init__(422, faults)


def fault(
    location: tuple[str | int, ...], message: str, kind: str = "value_error", given: Any = None
) -> dict[str, Any]:
    """One entry of a 422."""
    if kind == "value_error":
        message = f"Value error, {message}"
    return {"type": kind, "loc": list(location), "msg": message, "input": given}


def answer(document: Any, code: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(body, code, headers, "application/json")
