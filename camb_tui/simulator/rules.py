"""Rules a test gives the simulator: faults of the next requests, outcomes of the next tasks.

Owns reading, matching and counting of rules; `effects` carries faults out, `world` gives tasks their outcomes.
Of several rules that fit, the first with `times` left is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from camb_tui.domain.kinds import KINDS

EFFECTS = frozenset(
    {"status", "delay", "refuse", "swallow", "cut", "garbage", "html", "stall", "redirect"},
)
_COMMON = {"times"}
_FAULT_KEYS = _COMMON | {
    "method",
    "path",
    "effect",
    "accepted",
    "code",
    "retry_after",
    "body",
    "headers",
    "seconds",
    "to",
}
_OUTCOME_KEYS = _COMMON | {
    "kind", "status", "exception_reason", "message", "seconds", "polls", "pending", "result_lag",
}  # fmt: skip


class BadRuleError(ValueError):
    """A rule that cannot be followed; the text says why."""


@dataclass(slots=True)
class _Countdown:
    times: int | None
    """How often it may still be used; None for always."""

    def use(self) -> bool:
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0


@dataclass(slots=True)
class FaultRule:
    """What happens to requests of one method and path."""

    method: str
    """In capitals; `*` for any."""
    path: str
    """Below the prefix; may end in `*`, or be a template such as `/tts/{task_id}`."""
    effect: str
    countdown: _Countdown
    accepted: bool = False
    """Do the request's work first."""
    code: int | None = None
    retry_after: str | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 1.0
    to: str = ""

    def fits(self, method: str, path: str, template: str) -> bool:
        """Whether a request is meant."""
        if self.method not in ("*", method):
            return False
        if self.path.endswith("*"):
            return path.startswith(self.path[:-1])
        return self.path in (path, template)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a task goes and ends."""

    status: str = "SUCCESS"
    """The word it ends with, whatever it is: one that is not terminal, such as PROCESSING, is shown from then on."""
    exception_reason: str | None = None
    message: Any = None
    seconds: float | None = None
    """Seconds until it ends; None for a drawn duration."""
    polls: int | None = None
    """Ends after so many polls instead, whatever the clock says."""
    pending: str = "PENDING"
    """The word shown until then."""
    lag_asks: int = 0
    """How many times the result of a success answers 404 at first."""
    lag_seconds: float = 0.0
    """For how long after the end the result of a success answers 404."""


@dataclass(slots=True)
class OutcomeRule:
    """The outcome of the next tasks of a kind."""

    kind: str
    """`*` for any."""
    outcome: Outcome
    countdown: _Countdown


def _rows(document: Any, keys: set[str]) -> list[dict[str, Any]]:
    rules = document.get("rules") if isinstance(document, dict) else None
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise BadRuleError('must be {"rules": [{...}, ...]}')
    for rule in rules:
        if strange := sorted(set(rule) - keys):
            raise BadRuleError(f"a rule has no key {strange[0]!r}; it has {', '.join(sorted(keys))}")
    return rules


def _countdown(rule: Mapping[str, Any]) -> _Countdown:
    times = rule.get("times", 1)
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 0):
        raise BadRuleError("times must be a whole number, or null for always")
    return _Countdown(times)


def _number(rule: Mapping[str, Any], key: str) -> float | None:
    value = rule.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise BadRuleError(f"{key} must be a number")
    return value


def _word(rule: Mapping[str, Any], key: str, default: str) -> str:
    value = rule.get(key, default)
    if not isinstance(value, str):
        raise BadRuleError(f"{key} must be text")
    return value


def read_faults(document: Any) -> list[FaultRule]:
    """The fault rules of a document.

    Raises:
        BadRuleError: It is not of the form, or names an effect there is not.
    """
    rules = []
    for row in _rows(document, _FAULT_KEYS):
        effect = _word(row, "effect", "")
        if effect not in EFFECTS:
            raise BadRuleError(f"effect must be one of {', '.join(sorted(EFFECTS))}")
        code, seconds, retry_after = _number(row, "code"), _number(row, "seconds"), row.get("retry_after")
        if effect == "redirect" and not row.get("to"):
            raise BadRuleError("redirect needs to")
        rules.append(
            FaultRule(
                method=_word(row, "method", "*").upper(),
                path=_word(row, "path", "*"),
                effect=effect,
                countdown=_countdown(row),
                accepted=bool(row.get("accepted", False)),
                code=None if code is None else int(code),
                retry_after=None if retry_after is None else str(retry_after),
                body=row.get("body"),
                headers={str(name): str(value) for name, value in (row.get("headers") or {}).items()},
                seconds=1.0 if seconds is None else float(seconds),
                to=_word(row, "to", ""),
            )
        )
    return rules


def read_outcomes(document: Any) -> list[OutcomeRule]:
    """The outcome rules of a document.

    Raises:
        BadRuleError: It is not of the form, or names a kind there is not.
    """
    rules = []
    for row in _rows(document, _OUTCOME_KEYS):
        kind = _word(row, "kind", "*")
        if kind != "*" and kind not in KINDS:
            raise BadRuleError(f"kind must be one of {', '.join(KINDS)}")
        polls = _number(row, "polls")
        asks, lag = _lag(row.get("result_lag"))
        reason = row.get("exception_reason")
        outcome = Outcome(
            status=_word(row, "status", "SUCCESS"),
            exception_reason=None if reason is None else str(reason),
            message=row.get("message"),
            seconds=_number(row, "seconds"),
            polls=None if polls is None else int(polls),
            pending=_word(row, "pending", "PENDING"),
            lag_asks=asks,
            lag_seconds=lag,
        )
        rules.append(OutcomeRule(kind, outcome, _countdown(row)))
    return rules


def _lag(value: Any) -> tuple[int, float]:
    """Of `result_lag`: a number of asks, or `{"polls": n}`, or `{"seconds": s}`."""
    if value is None:
        return 0, 0.0
    given = value if isinstance(value, dict) else {"polls": value}
    asks, seconds = _number(given, "polls"), _number(given, "seconds")
    return int(asks or 0), float(seconds or 0.0)


@dataclass(slots=True)
class RuleBook:
    """The rules in force. New ones go behind those that are there; an empty list takes all away."""

    faults: list[FaultRule] = field(default_factory=list)
    outcomes: list[OutcomeRule] = field(default_factory=list)

    def add_faults(self, document: Any) -> None:
        """Take up fault rules as a test posts them."""
        new = read_faults(document)
        self.faults = [*self.faults, *new] if new else []

    def add_outcomes(self, document: Any) -> None:
        """Take up outcome rules as a test posts them."""
        new = read_outcomes(document)
        self.outcomes = [*self.outcomes, *new] if new else []

    def fault_for(self, method: str, path: str, template: str) -> FaultRule | None:
        """The fault of this request, which uses it up once."""
        for rule in self.faults:
            if rule.fits(method, path, template) and rule.countdown.use():
                return rule
        return None

    def expects(self, kind: str) -> bool:
        """Whether some rule waits for a new task of a kind."""
        return any(rule.kind in ("*", kind) and rule.countdown.times != 0 for rule in self.outcomes)

    def outcome_for(self, kind: str) -> Outcome:
        """The outcome of a new task of a kind, which uses it up once."""
        for rule in self.outcomes:
            if rule.kind in ("*", kind) and rule.countdown.use():
                return rule.outcome
        return Outcome()
