"""The app: the API below /apis, the result files, and the doors for tests below /_simulator.

Requests to the API go past Starlette's own routing: hundreds of tasks are polled on one core that the client under
test needs too.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from dataclasses import asdict

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from camb_tui.domain.kinds import KINDS, Dialect
from camb_tui.simulator.answers import answer
from camb_tui.simulator.api import Api, Call
from camb_tui.simulator.effects import carry_out
from camb_tui.simulator.files import FileShelf
from camb_tui.simulator.options import PREFIX, SimulatorOptions
from camb_tui.simulator.routing import BOTH, Action, Match, RouteTable, endpoints_of
from camb_tui.simulator.rules import FaultRule
from camb_tui.simulator.world import SeenCreate, World

FILES = "/files/"
FILE_TEMPLATE = "/files/{run_id}/{name}"
SLASHES = re.compile("//+")
MOST_FAILURES = 20


class SimulatorApp(Starlette):
    """One simulated service; `world` is what it knows."""

    def __init__(self, options: SimulatorOptions) -> None:
        super().__init__(
            routes=[
                Route("/_simulator/requests", self._tell_requests),
                Route("/_simulator/reset", self._reset, methods=["POST"]),
                Route("/_simulator/faults", self._add_faults, methods=["POST"]),
                Route("/_simulator/outcomes", self._add_outcomes, methods=["POST"]),
                Route("/_simulator/clock", self._advance, methods=["POST"]),
            ]
        )
        self.world = World(options)
        self._shelf = FileShelf(self.world)
        self._api = Api(self.world, self._shelf)
        served = BOTH if options.routes == "both" else frozenset({Dialect(options.routes)})
        self._table = RouteTable(endpoints_of(KINDS.values()), served)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = SLASHES.sub("/", scope["path"]) if scope["type"] == "http" else ""
        if path.startswith(PREFIX + "/"):
            inner = path[len(PREFIX) :]
            match = self._table.find(scope["method"], inner)
        elif path.startswith(FILES):
            inner = path
            match = Match(f"{scope['method']} {FILE_TEMPLATE}", FILE_TEMPLATE, None, {})
        else:
            await super().__call__(scope, receive, send)
            return
        self.world.counts[match.key] += 1
        rule = self.world.rules.fault_for(scope["method"], inner, match.template)
        seen = self._note_create(scope, match, rule)

        async def work() -> Response:
            return await self._work(inner, Call(scope, receive, match, seen))

        try:
            if rule is None:
                response = await work()
                await response(scope, receive, send)
            else:
                await carry_out(rule, work, scope, receive, send)
        except ClientDisconnect:
            return  # the client left in the middle of its body or of ours

    def _note_create(self, scope: Scope, match: Match, rule: FaultRule | None) -> SeenCreate | None:
        """Remember a request that asks for a task before anything is done about it."""
        if match.endpoint is None or match.endpoint.action is not Action.CREATE:
            return None
        key = next((value for name, value in scope["headers"] if name == b"idempotency-key"), b"")
        fault = "" if rule is None else f"{rule.effect} {rule.code or ''}".strip()
        self.world.creates.append(SeenCreate(match.template, key.decode("latin-1"), fault))
        return self.world.creates[-1]

    async def _work(self, path: str, call: Call) -> Response:
        try:
            if call.match.template != FILE_TEMPLATE:
                return await self._api.respond(call)
            run, _, name = path.removeprefix(FILES).partition("/")
            return self._shelf.respond(call.scope, run, name)
        except ClientDisconnect:
            raise
        except Exception:  # a fault of the simulator is kept, to be shown by the test that met it
            if len(self.world.failures) < MOST_FAILURES:
                self.world.failures.append(traceback.format_exc())
            return answer({"detail": "Internal Server Error"}, 500)

    async def _tell_requests(self, request: Request) -> Response:
        creates = [asdict(seen) for seen in self.world.creates]
        return answer({"counts": dict(self.world.counts), "tasks": self.world.made, "creates": creates})

    async def _reset(self, request: Request) -> Response:
        self.world.reset()
        return answer({"tasks": 0})

    async def _add_faults(self, request: Request) -> Response:
        return await self._add_rules(request, self.world.rules.add_faults)

    async def _add_outcomes(self, request: Request) -> Response:
        return await self._add_rules(request, self.world.rules.add_outcomes)

    async def _add_rules(self, request: Request, add: Callable[[object], None]) -> Response:
        try:
            add(await request.json())
        except ValueError as error:  # not JSON, or a BadRuleError
            return answer({"detail": str(error)}, 422)
        rules = self.world.rules
        return answer({"faults": len(rules.faults), "outcomes": len(rules.outcomes)})

    async def _advance(self, request: Request) -> Response:
        """Let simulated time pass at once: `{"seconds": 60}`."""
        try:
            self.world.advance(float((await request.json())["seconds"]))
        except (ValueError, TypeError, KeyError):
            return answer({"detail": 'must be {"seconds": number}'}, 422)
        return answer({"now": self.world.now()})


def make_app(options: SimulatorOptions) -> SimulatorApp:
    """A simulated service as an ASGI app."""
    return SimulatorApp(options)
