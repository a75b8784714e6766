"""Results of runs: which routes tell what a run gave back, alone or several at once, in what order they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import httpx

from camb_tui.domain.errors import (
    KeyRefusedError,
    NotSentError,
    PaymentRequiredError,
    RateLimitedError,
    ServiceError,
    UsageError,
)
from camb_tui.domain.kinds import Kind
from camb_tui.domain.results import Result
from camb_tui.services.wire import answers
from camb_tui.services.wire.bodies import Body, create_body, json_body
from camb_tui.services.wire.retries import Patience
from camb_tui.services.wire.routing import ABSENT, Routing, create_path, fill_path
from camb_tui.services.wire.transport import Call, Wire

_ACCOUNT_WIDE = (NotSentError, KeyRefusedError, PaymentRequiredError, RateLimitedError)
"""Failures of a bulk call that single calls would only repeat."""


class MakeCall(Protocol):
    """Makes one request of a method and a path."""

    def __call__(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
        timeout: httpx.Timeout | None = None,
        about: str | None = None,
    ) -> Call: ...


class RunResults:
    """Asks for the results of runs as the catalogue says."""

    def __init__(
        self, wire: Wire, routing: Routing, patience: Patience, make_call: MakeCall, *, slow: httpx.Timeout
    ) -> None:
        self._wire, self._routing, self._patience, self._call, self._slow = wire, routing, patience, make_call, slow

    async def result(self, kind: Kind, run_id: int, request: Mapping[str, Any], about: str | None) -> Result:
        """What one run gave back."""
        if kind.repeats_create:
            return await self._repeat(kind, request, about)
        parts = {part: str(request.get(name, "")) for part, name in kind.result_parts.items()} | {"run_id": str(run_id)}

        async def get(path: str) -> Result:
            answer = await self._ask(path, kind.result_query, about)
            more = [await self._ask(fill_path(route, **parts), {}, about) for route in kind.more_results]
            return answers.read_result_answer(answer, self._wire.masker, kind.result, *more)

        return await self._routing.ask(kind, lambda d: fill_path(kind.routes(d).result, **parts), get)

    async def _repeat(self, kind: Kind, request: Mapping[str, Any], about: str | None) -> Result:
        """The create once more, which brings the result of what has finished; never asked again by itself."""
        with create_body(kind, request, None) as body:

            async def post(path: str) -> Result:
                answer = await self._wire.ask(self._call("POST", path, body=body, timeout=self._slow, about=about))
                return answers.read_result_answer(self._wire.checked(answer, kind), self._wire.masker, kind.result)

            return await self._routing.ask(kind, lambda d: create_path(kind, d, request), post, ABSENT)

    async def transcript(self, kind: Kind, run_id: int, language: int | str, form: str, about: str | None) -> str:
        """A run's transcript in one language as text."""
        if kind.transcript is None:
            raise UsageError(f"a run of kind {kind.name} has no transcript by language")
        path = fill_path(kind.transcript, run_id=str(run_id), language=str(language))
        answer = await self._ask(path, {"format_type": form, "data_type": "raw_data"}, about)
        return answers.read_transcript(answer, self._wire.masker)

    async def bulk(self, kind: Kind, run_ids: list[int], about: str | None) -> Mapping[int, Result | ServiceError]:
        """The runs one bulk call answers for; a refused call answers for none."""
        assert kind.bulk is not None
        call = self._call("POST", kind.bulk, query=kind.result_query, body=json_body({"run_ids": run_ids}), about=about)
        try:
            found = answers.read_bulk(await self._patiently(call), self._wire.masker, kind)
        except _ACCOUNT_WIDE as error:
            return dict.fromkeys(run_ids, error)
        except ServiceError:
            return {}
        return {run_id: found[run_id] for run_id in run_ids if run_id in found}

    async def _ask(self, path: str, query: Mapping[str, str], about: str | None) -> answers.Answer:
        return await self._patiently(self._call("GET", path, query=query, about=about))

    async def _patiently(self, call: Call) -> answers.Answer:
        """A question, asked again where that may help."""

        async def ask() -> answers.Answer:
            return self._wire.checked(await self._wire.ask(call))

        return await self._patience.ask(ask)
