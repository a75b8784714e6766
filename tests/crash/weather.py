"""The weather: what goes wrong at the service during one life of the program, drawn at random."""

from __future__ import annotations

import random
from typing import Any

OPEN_CODES = (408, 409, 500, 502, 503, 504, 520)
"""Statuses of a create that leave it open whether a task was made."""
CLOSED_CODES = (400, 401, 402, 403, 404, 405, 413, 422, 429)
"""Statuses that say that nothing was made; so with these nothing is."""
OUTCOMES = (("SUCCESS", None), ("SUCCESS", None), ("ERROR", "INTERNAL_ERROR"), ("TIMEOUT", None), ("FAILED", None))


def faults(draw: random.Random, base_url: str) -> list[dict[str, Any]]:
    """Fault rules for the next life: every effect, with and without the work done before it."""
    rules = [_of_a_create(draw, base_url) for _ in range(draw.choice((0, 0, 1, 2, 4, 8)))]
    polls = [_of_a_poll(draw) for _ in range(draw.choice((0, 0, 1, 3)))]
    passes = {"method": "POST", "path": "*", "effect": "delay", "seconds": 0.0}
    spread = [
        rule for fault in rules for rule in (*[{**passes, "times": draw.randint(1, 4)}][: draw.randint(0, 1)], fault)
    ]
    return spread + polls


def _of_a_create(draw: random.Random, base_url: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"method": "POST", "path": "*", "times": draw.randint(1, 2)}
    effect = draw.choice(
        ("status", "status", "closed", "delay", "refuse", "swallow", "cut", "garbage", "html", "stall", "redirect")
    )
    accepted = draw.random() < 0.6
    match effect:
        case "closed":
            code = draw.choice(CLOSED_CODES)
            after = {"retry_after": draw.choice((0, 1))} if code == 429 else {}
            return rule | {"effect": "status", "code": code} | after
        case "status":
            after = {"retry_after": 0} if draw.random() < 0.3 else {}
            return rule | {"effect": "status", "code": draw.choice(OPEN_CODES), "accepted": accepted} | after
        case "delay":
            return rule | {"effect": "delay", "seconds": draw.uniform(0.01, 0.4), "accepted": accepted}
        case "redirect":
            code = draw.choice((301, 302, 303, 307, 308))
            return rule | {"effect": "redirect", "code": code, "to": f"{base_url}/tts", "accepted": accepted}
        case _:
            return rule | {"effect": effect, "accepted": accepted}


def _of_a_poll(draw: random.Random) -> dict[str, Any]:
    rule: dict[str, Any] = {"method": "GET", "path": "*", "times": draw.randint(1, 4)}
    effect = draw.choice(("status", "delay", "refuse", "cut", "garbage", "html", "stall"))
    if effect == "status":
        return rule | {"effect": "status", "code": draw.choice((404, 429, 500, 503))}
    return rule | {"effect": effect, "seconds": draw.uniform(0.01, 0.2)}


def outcome(draw: random.Random) -> dict[str, Any]:
    """How the next tasks end: soon, so that there is something to retry."""
    status, reason = draw.choice(OUTCOMES)
    return {"kind": "*", "times": draw.randint(1, 6), "status": status, "exception_reason": reason, "seconds": 0.0}
