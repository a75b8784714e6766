"""The API: what each endpoint below the prefix does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import Response
from starlette.types import Receive, Scope

from camb_tui.domain.kinds import KINDS, Kind, languages
from camb_tui.simulator.answers import Invalid, Refusal, answer, fault
from camb_tui.simulator.bodies import read_body, read_json
from camb_tui.simulator.files import FileShelf, origin_of
from camb_tui.simulator.results import Results
from camb_tui.simulator.routing import Action, Endpoint, Match
from camb_tui.simulator.streams import stream
from camb_tui.simulator.validation import check
from camb_tui.simulator.voices import voices
from camb_tui.simulator.world import SeenCreate, SimulatedTask, World

FEWEST_RUNS, MOST_RUNS = 2, 5
CREATE_EXTRAS = {"translated-story": {"message": "The story is being translated."}}
"""What some creates answer beside the task id, because the SDK wants it."""
OWN_FORMATS = ("flac", "mp4")
"""What a dub is made in, so that it is there at once."""
DIGITS = 20
"""Longer numbers are no ids, and Python refuses to read very long ones."""


@dataclass(slots=True)
class Call:
    """One request and where it leads."""

    scope: Scope
    receive: Receive
    match: Match
    seen: SeenCreate | None = None
    """How the world remembers it, where it asks for a task."""

    @property
    def query(self) -> dict[str, str]:
        """Its query; of a name given twice, the last."""
        raw = self.scope["query_string"]
        return dict(parse_qsl(raw.decode("latin-1"))) if raw else {}


class Api:
    """Answers calls from what the world holds."""

    def __init__(self, world: World, shelf: FileShelf) -> None:
        self._world = world
        self._options = world.options
        self._results = Results(world.options, shelf)

    async def respond(self, call: Call) -> Response:
        """The answer to a call, refusals included."""
        try:
            endpoint = call.match.endpoint
            if endpoint is None:
                raise Refusal(call.match.code, HTTPStatus(call.match.code).phrase)
            if not self._has_key(call.scope):
                return self._unauthorized()
            return await self._act(endpoint, call)
        except Refusal as refusal:
            return answer({"detail": refusal.detail}, refusal.code)

    async def _act(self, endpoint: Endpoint, call: Call) -> Response:
        match endpoint.action:
            case Action.STATUS:
                return self._status(endpoint, call)
            case Action.CREATE:
                return await self._create(endpoint, call)
            case Action.RESULT:
                task = self._finished(call.match.params["run_id"], endpoint)
                shape = endpoint.kinds[0].result
                return self._results.respond(shape, task, call.query, origin_of(call.scope))
            case Action.BULK:
                return await self._bulk(endpoint, call)
            case Action.STREAM:
                return await stream(endpoint.kinds[0], call.scope, call.receive, self._options.speed)
            case Action.TRANSCRIPT:
                return self._transcript(endpoint, call)
            case Action.VOICES:
                return answer(list(voices()))
            case Action.SOURCE_LANGUAGES | Action.TARGET_LANGUAGES:
                return answer(
                    [
                        {"id": language.id, "language": language.name, "short_name": language.tag}
                        for language in languages()
                        if language.id is not None
                    ]
                )

    def _has_key(self, scope: Scope) -> bool:
        key = next((value for name, value in scope["headers"] if name == b"x-api-key"), b"").strip()
        expected = self._options.api_key
        return bool(key) if expected is None else bool(key == expected.encode())

    def _unauthorized(self) -> Response:
        if self._options.plain_errors:
            return answer({"detail": "Invalid API key"}, 401)
        return answer({"error": "Invalid API key", "status": 401}, 401)

    async def _create(self, endpoint: Endpoint, call: Call) -> Response:
        kind = endpoint.kinds[0]
        values, unread = await read_body(kind, call.scope, call.receive)
        in_path = {field.name for field in kind.fields if field.in_path}
        values |= {
            name: int(value) if value.isdecimal() else value
            for name, value in call.match.params.items()
            if name in in_path
        }
        request = check(kind, values, unread)
        source = self._source_of(kind, request)
        if source is not None and kind.repeats_create:
            made = self._results.other_format(source, request, origin_of(call.scope))
            twin = self._world.twin(kind, request)
            if self._is_there(source, request, twin):
                return answer(made)
            if twin is not None and not twin.has_ended(self._world.now()):
                return answer({"task_id": twin.task_id})
        task = self._world.create(kind, request)
        if call.seen is not None:
            call.seen.task_id = task.task_id
        return answer({"task_id": task.task_id} | CREATE_EXTRAS.get(kind.name, {}))

    def _source_of(self, kind: Kind, request: Mapping[str, Any]) -> SimulatedTask | None:
        """The task behind the run a kind goes on from; None for a kind that begins anew."""
        return None if kind.follows is None else self._run(request["run_id"], [KINDS[kind.follows]])

    def _is_there(self, source: SimulatedTask, request: Mapping[str, Any], twin: SimulatedTask | None) -> bool:
        """Whether another format of a dub needs no work: it was made before, or is what the dub was made in."""
        if twin is not None and twin.has_run(self._world.now()):
            return not twin.lags(self._world.now())
        return request["output_format"] in OWN_FORMATS and not self._world.rules.expects("dub-alt-format")

    def _status(self, endpoint: Endpoint, call: Call) -> Response:
        task_id = call.match.params["task_id"]
        task = self._world.task(task_id)
        if task is None or task.kind not in endpoint.kinds:
            raise Refusal(404, f"Task {task_id[:80]} not found")
        return answer(task.poll(self._world.now()))

    def _finished(self, run_id: str | int, endpoint: Endpoint) -> SimulatedTask:
        """The task behind a run whose result may be asked for here.

        Raises:
            Refusal: There is no such run, it is of another kind, or its result is not there yet.
        """
        task = self._run(run_id, endpoint.kinds)
        if task.lags(self._world.now()):
            raise Refusal(404, f"Result of run {task.run_id} not found")
        return task

    def _run(self, run_id: str | int, kinds: Collection[Kind]) -> SimulatedTask:
        """The task behind a run of one of some kinds.

        Raises:
            Refusal: There is no such run, or it is of another kind.
        """
        try:
            number = int(run_id)
        except ValueError:
            message = "Input should be a valid integer, unable to parse string as an integer"
            raise Invalid([fault(("path", "run_id"), message, "int_parsing", str(run_id)[:80])]) from None
        task = self._world.run(number)
        if task is None:
            raise Refusal(404, f"Run {number} not found")
        if task.kind not in kinds:
            raise Refusal(400, f"Run {number} is of another type")
        if not task.has_run(self._world.now()):
            raise Refusal(400, f"Run {number} is not finished")
        return task

    async def _bulk(self, endpoint: Endpoint, call: Call) -> Response:
        document = await read_json(call.scope, call.receive)
        tasks = [self._finished(run_id, endpoint) for run_id in _run_ids(document)]
        kind, query, origin = endpoint.kinds[0], call.query, origin_of(call.scope)
        found = {str(task.run_id): self._results.document(kind.result, task, query, origin) for task in tasks}
        return answer(list(found.values()) if kind.bulk_is_list else found)

    def _transcript(self, endpoint: Endpoint, call: Call) -> Response:
        task = self._finished(call.match.params["run_id"], endpoint)
        language = call.match.params["language"]
        return answer(self._results.transcript(task, language, call.query, origin_of(call.scope)))


def _run_ids(document: dict[str, Any]) -> list[int]:
    """The ids of a bulk call: two to five different ones; numbers as text are taken.

    Raises:
        Invalid: They are not.
    """
    given = document.get("run_ids")
    place = ("body", "run_ids")
    if given is None:
        raise Invalid([fault(place, "Field required", "missing", document)])
    if not isinstance(given, list):
        raise Invalid([fault(place, "Input should be a valid list", "list_type", given)])
    for index, value in enumerate(given):
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if not is_number and not (isinstance(value, str) and value.isdecimal() and len(value) < DIGITS):
            raise Invalid([fault((*place, index), "Input should be a valid integer", "int_type", value)])
    ids = [int(value) for value in given]
    if len(set(ids)) != len(ids) or not FEWEST_RUNS <= len(ids) <= MOST_RUNS:
        raise Invalid([fault(place, f"must be {FEWEST_RUNS} to {MOST_RUNS} unique ids", given=given)])
    return ids
