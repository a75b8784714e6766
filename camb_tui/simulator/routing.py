"""Routes: the table from method and path to what is to be done, made from the catalogue of kinds.

Both dialects lead to the same endpoints. Paths of a dialect that is switched off are still known, so that requests
to them are counted by their template, but answer 404.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from camb_tui.domain.kinds import Dialect, Kind

BOTH = frozenset(Dialect)


class Action(enum.Enum):
    """What an endpoint does."""

    CREATE = "create"
    STATUS = "status"
    RESULT = "result"
    BULK = "bulk"
    STREAM = "stream"
    TRANSCRIPT = "transcript"
    SOURCE_LANGUAGES = "source languages"
    TARGET_LANGUAGES = "target languages"
    VOICES = "voices"


@dataclass(slots=True)
class Endpoint:
    """One method on one path."""

    method: str
    template: str
    action: Action
    kinds: list[Kind]
    """The kinds it serves; more than one where kinds share a result route."""
    dialects: frozenset[Dialect] = BOTH
    key: str = field(init=False)
    """Its name in the counts."""

    def __post_init__(self) -> None:
        self.key = f"{self.method} {self.template}"


@dataclass(frozen=True, slots=True)
class Match:
    """Where a request leads; without an endpoint, `code` is the refusal."""

    key: str
    template: str
    endpoint: Endpoint | None
    params: Mapping[str, str]
    code: int = 404


OTHER_ENDPOINTS = (
    Endpoint("GET", "/source-languages", Action.SOURCE_LANGUAGES, []),
    Endpoint("GET", "/target-languages", Action.TARGET_LANGUAGES, []),
    Endpoint("GET", "/list-voices", Action.VOICES, []),
)


def endpoints_of(kinds: Iterable[Kind]) -> list[Endpoint]:
    """Every endpoint of some kinds, in both dialects."""
    found: dict[tuple[str, str], Endpoint] = {endpoint_id(each): each for each in OTHER_ENDPOINTS}

    def add(method: str, template: str, action: Action, kind: Kind, dialect: Dialect) -> None:
        if not template:
            return
        new = Endpoint(method, template, action, [kind], frozenset({dialect}))
        known = found.setdefault(endpoint_id(new), new)
        known.dialects |= new.dialects
        if kind not in known.kinds:
            known.kinds.append(kind)

    for kind in kinds:
        for dialect in Dialect:
            routes = kind.routes(dialect)
            add("POST", routes.create, Action.CREATE, kind, dialect)
            add("GET", routes.status, Action.STATUS, kind, dialect)
            for result in (routes.result, *kind.more_results):
                add("GET", result, Action.RESULT, kind, dialect)
            add("GET", kind.transcript or "", Action.TRANSCRIPT, kind, dialect)
            add("POST", kind.bulk or "", Action.BULK, kind, dialect)
        if kind.stream is not None:
            add("POST", kind.stream.create, Action.STREAM, kind, Dialect.REFERENCE)
            add("POST", kind.stream.status, Action.STREAM, kind, Dialect.GUIDE)
    for endpoint in found.values():
        if endpoint.action is Action.BULK:  # gives what its kind's result route gives, of other kinds too
            endpoint.kinds = found["GET", endpoint.kinds[0].reference.result].kinds
    return list(found.values())


def endpoint_id(endpoint: Endpoint) -> tuple[str, str]:
    """What tells endpoints apart."""
    return endpoint.method, endpoint.template


def _parts(path: str) -> list[str]:
    return path.strip("/").split("/")


class RouteTable:
    """Finds the endpoint of a request, quickly: by first part and number of parts."""

    def __init__(self, endpoints: Iterable[Endpoint], served: frozenset[Dialect]) -> None:
        self._served = served
        self._shelves: dict[tuple[str, int], list[tuple[list[str], Endpoint]]] = {}
        for endpoint in endpoints:
            parts = _parts(endpoint.template)
            self._shelves.setdefault((parts[0], len(parts)), []).append((parts, endpoint))
        for shelf in self._shelves.values():
            shelf.sort(key=lambda row: row[1].template.count("{"))  # literal paths go before templates

    def find(self, method: str, path: str) -> Match:
        """Where a request leads; HEAD counts as GET."""
        parts = _parts(path)
        wanted = "GET" if method == "HEAD" else method
        refused: Match | None = None
        for template, endpoint in self._shelves.get((parts[0], len(parts)), ()):
            params = _params(template, parts)
            if params is None:
                continue
            is_served = bool(endpoint.dialects & self._served)
            if endpoint.method == wanted:
                if is_served:
                    return Match(endpoint.key, endpoint.template, endpoint, params)
                refused = Match(endpoint.key, endpoint.template, None, {})
            elif is_served and refused is None:
                refused = Match(f"{method} {endpoint.template}", endpoint.template, None, {}, 405)
        return refused or Match(f"{method} *", path, None, {})


def _params(template: list[str], parts: list[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for wanted, part in zip(template, parts, strict=True):
        if wanted.startswith("{"):
            if not part:
                return None
            params[wanted[1:-1]] = part
        elif wanted != part:
            return None
    return params
