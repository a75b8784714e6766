"""Which path to ask: two dialects are documented, one answers, and what answered is remembered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from camb_tui.domain.errors import RejectedError, UsageError
from camb_tui.domain.kinds import Dialect, Kind
from camb_tui.services.wire.values import RoutesChoice

T = TypeVar("T")
Dialects = dict[tuple[str, str], Dialect]

NOT_FOUND = frozenset({404})
"""What sends a question to the other dialect."""
ABSENT = frozenset({404, 405})
"""What sends a create to the other dialect: neither has made anything."""
BULK_MOST = 5


class Routing:
    """The dialects of one base URL."""

    def __init__(self, base_url: str, choice: RoutesChoice) -> None:
        self.choice = choice
        self.dialects: Dialects = {}
        """The dialect that answered, by base URL and kind."""
        self._base_url = base_url

    async def ask(
        self,
        kind: Kind,
        path: Callable[[Dialect], str],
        ask: Callable[[str], Awaitable[T]],
        absent: frozenset[int] = NOT_FOUND,
    ) -> T:
        """Ask under the dialect that answered last; under the other one where the route seems absent.

        Where neither answers, the first refusal is the one to hear about.
        """
        order = self._order(kind)
        if len(order) > 1 and path(order[0]) == path(order[1]):
            return await ask(path(order[0]))
        refused: RejectedError | None = None
        for dialect in order:
            try:
                answer = await ask(path(dialect))
            except RejectedError as error:
                if error.code in absent:
                    refused = refused or error
                    continue
                if error.code == 422:  # it was read, so the route is there
                    self._remember(kind, dialect)
                raise
            self._remember(kind, dialect)
            return answer
        assert refused is not None  # at least one path was asked, and only a refusal leads here
        raise refused

    def _remember(self, kind: Kind, dialect: Dialect) -> None:
        self.dialects[self._base_url, kind.name] = dialect

    def _order(self, kind: Kind) -> list[Dialect]:
        if self.choice is not RoutesChoice.AUTO:
            return [Dialect(self.choice.value)]
        first = self.dialects.get((self._base_url, kind.name), Dialect.REFERENCE)
        return [first, Dialect.GUIDE if first is Dialect.REFERENCE else Dialect.REFERENCE]


def fill_path(route: str, **parts: str) -> str:
    """A route with its parts filled in, each quoted so that it stays one part.

    Raises:
        UsageError: A part is empty, or would lead to another route.
    """
    for name, value in parts.items():
        if value.strip(".") == "":
            raise UsageError(f"{value!r} is no {name}")
    return route.format(**{name: quote(value, safe="") for name, value in parts.items()})


def create_path(kind: Kind, dialect: Dialect, values: Mapping[str, Any]) -> str:
    """The path of a create, with the fields that are part of it filled in."""
    in_path = {field.name: str(values.get(field.name, "")) for field in kind.fields if field.in_path}
    return fill_path(kind.routes(dialect).create, **in_path)


def bulk_chunks(run_ids: list[int]) -> list[list[int]]:
    """Even chunks of 2 to 5, none for a lone id."""
    if len(run_ids) < 2:
        return []
    count = -(-len(run_ids) // BULK_MOST)
    size, larger = divmod(len(run_ids), count)
    chunks, start = [], 0
    for number in range(count):
        end = start + size + (number < larger)
        chunks.append(run_ids[start:end])
        start = end
    return chunks
