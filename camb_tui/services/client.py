"""The client: every question we ask of CAMB.AI, driven by the catalogue of kinds, answered in our own values.

With its parts in `services.wire` this is all of the project that knows httpx, which costs a tenth of a second to
import: import it when first needed. Decides what may be asked again here: questions may, creates and polls never.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from camb_tui.domain.errors import ServiceError, UsageError
from camb_tui.domain.kinds import KINDS, Dialect, Kind, Language
from camb_tui.domain.life import StatusAnswer
from camb_tui.domain.results import Result
from camb_tui.services.changes import Exchange, Voice
from camb_tui.services.wire import answers, streams
from camb_tui.services.wire.bodies import Body, create_body, json_body
from camb_tui.services.wire.fetching import Fetcher
from camb_tui.services.wire.probing import probe_source
from camb_tui.services.wire.results import RunResults
from camb_tui.services.wire.retries import Patience
from camb_tui.services.wire.routing import ABSENT, Routing, bulk_chunks, create_path, fill_path
from camb_tui.services.wire.streams import SpeechStream, TextStream
from camb_tui.services.wire.suffixes import sniff_suffix
from camb_tui.services.wire.transport import Call, Reply, Wire, read_link
from camb_tui.services.wire.values import Accepted, Download, Progress, RoutesChoice

__all__ = [
    "Accepted",
    "CambClient",
    "Download",
    "Exchange",
    "RoutesChoice",
    "SpeechStream",
    "TextStream",
    "Voice",
    "sniff_suffix",
]


class CambClient:
    """The service at one base URL, for one key at a time."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        routes: RoutesChoice = RoutesChoice.AUTO,
        timeout: float = 30.0,
        create_timeout: float = 120.0,
        connect_timeout: float = 10.0,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        draw: Callable[[], float] = random.random,
        on_exchange: Callable[[str | None, Exchange], None] | None = None,
        on_limited: Callable[[float | None, float], None] | None = None,
        idempotency: bool = True,
    ) -> None:
        """A client that has sent nothing yet.

        Args:
            base_url: Such as `https://client.camb.ai/apis`; plain http only on loopback.
            api_key: None for none: everything that needs it raises `NoKeyError`.
            transport: In place of the network, for tests.
            routes: Which dialect of paths.
            timeout: Seconds without a byte after which a question is given up.
            create_timeout: The same for creates and streams; giving up early leaves a task unconfirmed.
            connect_timeout: Seconds to reach the server.
            clock: Seconds since the epoch.
            sleep: Waits between tries of a question.
            draw: Uniform in [0, 1], for jitter.
            on_exchange: Told every exchange, with the caller's `about`; called on the loop of the client.
            on_limited: Told every 429 of the service's: its Retry-After in seconds or None, and when the request left.
            idempotency: Send a create's intent as Idempotency-Key.

        Raises:
            SettingsError: The base URL or the key cannot be used.
        """
        self._wire = Wire(
            base_url, api_key, transport=transport, clock=clock, on_exchange=on_exchange, on_limited=on_limited
        )
        self._fetcher = Fetcher(self._wire)
        self._patience = Patience(sleep, draw)
        self._quick = httpx.Timeout(timeout, connect=connect_timeout)
        self._slow = httpx.Timeout(create_timeout, connect=connect_timeout, pool=timeout)
        self._within = 4 * timeout
        self._routing, self._idempotency = Routing(self.base_url, routes), idempotency
        self._results = RunResults(self._wire, self._routing, self._patience, self._call, slow=self._slow)

    @property
    def base_url(self) -> str:
        """Without its trailing slash."""
        return self._wire.base_url

    @property
    def api_key(self) -> str | None:
        """The key sent from now on."""
        return self._wire.key

    @api_key.setter
    def api_key(self, key: str | None) -> None:
        self._wire.key = key

    @property
    def dialects(self) -> Mapping[tuple[str, str], Dialect]:
        """The dialect that answered, by base URL and kind."""
        return self._routing.dialects

    # Tasks

    async def create(
        self,
        kind: str,
        request: Mapping[str, Any],
        *,
        intent: str,
        describe: bool = True,
        about: str | None = None,
        on_progress: Progress | None = None,
    ) -> Accepted:
        """Send one submission, once: at most one POST can have made something.

        Only an answer of 404 or 405, which made nothing, is followed by the other dialect's path. A redirect is not
        followed and leaves open whether something was made.

        Args:
            kind: A name of the catalogue.
            request: Typed values by field name; a file's value is its path.
            intent: The key of the task.
            describe: Put the intent into `project_description`, where the kind has it and the user wrote none.
            about: Passed on to `on_exchange`.
            on_progress: Told how much of a file has been sent.

        Raises:
            ServiceError: By its class it says whether something may have been made; see `domain.errors`.
            UsageError: Nothing was sent: a file cannot be read, or a value is none of JSON.
        """
        found = _kind(kind)
        values = dict(request)
        if describe and found.has_metadata and not values.get("project_description"):
            values["project_description"] = f"camb-tui {intent}"
        idempotency = {"idempotency-key": intent} if self._idempotency else {}
        with create_body(found, values, on_progress) as body:

            async def post(path: str) -> Accepted:
                call = self._call("POST", path, body=body, timeout=self._slow, about=about, headers=idempotency)
                answer = await self._wire.ask(call)
                return answers.read_accepted(self._checked(answer, found), self._wire.masker, found)

            return await self._routing.ask(found, lambda d: create_path(found, d, values), post, ABSENT)

    async def status(self, kind: str, task_id: str, *, about: str | None = None) -> StatusAnswer:
        """Where a task stands; asked once.

        Raises:
            RejectedError: With code 404, the service knows no such task, under either dialect.
            ServiceError: The poll failed, which says nothing about the task.
        """
        found = _kind(kind)

        async def get(path: str) -> StatusAnswer:
            answer = await self._get(path, about=about)
            return answers.read_status_answer(answer, self._wire.masker)

        return await self._routing.ask(found, lambda d: fill_path(found.routes(d).status, task_id=task_id), get)

    # Results

    async def result(
        self, kind: str, run_id: int, *, request: Mapping[str, Any] | None = None, about: str | None = None
    ) -> Result:
        """What a run gave back; asked again where that may help.

        Args:
            kind: A name of the catalogue.
            run_id: The run; of no use to a kind whose create, repeated, brings the result.
            request: What was submitted; some kinds' results are asked for with parts of it.
            about: Passed on to `on_exchange`.

        Raises:
            RejectedError: The service knows no such run, or not yet: a result can lag SUCCESS.
            ServiceError: It could not be had.
            UsageError: The request lacks what is needed to ask.
        """
        return await self._results.result(_kind(kind), run_id, request or {}, about)

    async def transcript(
        self, kind: str, run_id: int, language: int | str, form: str, *, about: str | None = None
    ) -> str:
        """A run's transcript in one of its languages as text: `form` is srt, vtt or txt.

        Raises:
            RejectedError: The run has no such language.
            ServiceError: It could not be had.
            UsageError: Runs of this kind have no transcript of their own.
        """
        return await self._results.transcript(_kind(kind), run_id, language, form, about)

    async def results(
        self, kind: str, run_ids: Sequence[int], *, about: str | None = None
    ) -> dict[int, Result | ServiceError]:
        """What several runs gave back, by run id, in as few calls as the service allows; a run's error in its place."""
        found = _kind(kind)
        wanted = list(dict.fromkeys(run_ids))
        gathered: dict[int, Result | ServiceError] = {}
        for chunk in bulk_chunks(wanted) if found.bulk is not None else []:
            gathered |= await self._results.bulk(found, chunk, about)
        for run_id in wanted:
            if run_id not in gathered:
                try:
                    gathered[run_id] = await self.result(kind, run_id, about=about)
                except ServiceError as error:
                    gathered[run_id] = error
        return {run_id: gathered[run_id] for run_id in wanted}

    # Streams

    @contextlib.asynccontextmanager
    async def stream_tts(self, request: Mapping[str, Any], *, about: str | None = None) -> AsyncIterator[SpeechStream]:
        """Speech as it is made. Never asked again: each try costs.

        Raises:
            ServiceError: Before the first chunk for a refusal, while iterating for a line that broke.
        """
        async with self._stream(KINDS["tts"], streams.speech_request(request), about) as reply:
            await streams.check_speech(reply, self._wire.masker, now=self._wire.clock())
            yield SpeechStream(reply, self._wire.masker)

    @contextlib.asynccontextmanager
    async def stream_translation(
        self, request: Mapping[str, Any], *, about: str | None = None
    ) -> AsyncIterator[TextStream]:
        """A translation as it is made; see `stream_tts`."""
        async with self._stream(KINDS["translation"], streams.translation_request(request), about) as reply:
            yield TextStream(reply, self._wire.masker)

    @contextlib.asynccontextmanager
    async def _stream(self, kind: Kind, request: Mapping[str, Any], about: str | None) -> AsyncIterator[Reply]:
        routes = kind.stream
        assert routes is not None
        body = json_body(request)
        async with contextlib.AsyncExitStack() as stack:

            async def post(path: str) -> Reply:
                call = self._call("POST", path, body=body, timeout=self._slow, about=about)
                async with contextlib.AsyncExitStack() as attempt:
                    reply = await attempt.enter_async_context(self._wire.open(call))
                    if not 200 <= reply.code < 300:
                        self._checked(await reply.read(), kind)
                    stack.push_async_exit(attempt.pop_all())
                return reply

            yield await self._routing.ask(
                kind, lambda d: routes.status if d is Dialect.GUIDE else routes.create, post, ABSENT
            )

    # Catalogues

    async def voices(self) -> list[Voice]:
        """The voices the account can use."""
        answer = await self._patience.ask(lambda: self._get("/list-voices"))
        return answers.read_voices(answer, self._wire.masker)

    async def languages(self) -> tuple[list[Language], list[Language]]:
        """The service's languages: those it reads and those it writes."""
        source = await self._patience.ask(lambda: self._get("/source-languages"))
        target = await self._patience.ask(lambda: self._get("/target-languages"))
        return answers.read_languages(source, self._wire.masker), answers.read_languages(target, self._wire.masker)

    async def check_key(self) -> None:
        """Ask once for something only a good key gets; what it holds is not read.

        Raises:
            KeyRefusedError: The service does not take the key.
            ServiceError: Nothing could be learnt about it.
        """
        async with self._wire.open(self._call("GET", "/list-voices")) as reply:
            if not 200 <= reply.code < 300:
                self._checked(await reply.read())

    # Files

    async def download(
        self,
        url: str,
        part: Path,
        *,
        on_progress: Progress | None = None,
        resume: bool = True,
        about: str | None = None,
    ) -> Download:
        """The file behind a result's link, in `part`; the caller renames it. Another origin never sees the key.

        Args:
            url: A link of a result; https, or http on loopback.
            part: Where to write; what is there already is resumed.
            on_progress: Told the bytes on disk and in all (0 where nobody says).
            resume: False begins anew.
            about: Passed on to `on_exchange`.

        Raises:
            UsageError: The link is none we follow, or the part cannot be written.
            RejectedError: The link has died (403, 404, 410): ask for the result again, it brings a fresh one.
            ServiceError: The file did not come whole; the part holds what came.
        """
        return await self._fetch(self._link(url, about), part, on_progress, resume=resume)

    async def file_size(self, url: str, *, about: str | None = None) -> int | None:
        """The bytes of the file behind a result's link, None where nobody says; fails as `download` does."""
        call = self._link(url, about)
        return await self._patience.ask(lambda: self._fetcher.measure(call))

    def _link(self, url: str, about: str | None) -> Call:
        link = read_link(url)
        path = link.path if len(link.path) < 80 else f"{link.path[:80]}…"
        what = self._wire.masker.line(f"GET {link.host}{path}", 200)
        return Call(method="GET", url=link, what=what, timeout=self._quick, about=about, link=True)

    async def audio(
        self,
        kind: str,
        run_id: int,
        part: Path,
        *,
        on_progress: Progress | None = None,
        resume: bool = True,
        about: str | None = None,
    ) -> Download:
        """The sound of a run itself, without a link, in `part`; see `download`."""
        call = self._call("GET", fill_path(_kind(kind).reference.result, run_id=str(run_id)), about=about)
        return await self._fetch(call, part, on_progress, resume=resume)

    async def _fetch(self, call: Call, part: Path, on_progress: Progress | None, *, resume: bool) -> Download:
        tries = 0

        async def attempt() -> Download:
            nonlocal tries
            tries += 1  # a second try goes on from where the first broke, whatever was asked
            return await self._fetcher.fetch(call, part, on_progress=on_progress, resume=resume or tries > 1)

        return await self._patience.ask(attempt)

    async def probe(self, url: str, *, about: str | None = None) -> str:
        """What a source's address says to a HEAD, in words; a `CambError` where it does not serve. Never keyed."""
        return await probe_source(self._wire, url, quick=self._quick, within=self._within, about=about)

    async def aclose(self) -> None:
        """Close every connection; the client is of no use after."""
        await self._wire.aclose()

    # How it is asked

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
        timeout: httpx.Timeout | None = None,
        about: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Call:
        return Call(
            method=method,
            url=self._wire.at(path, query),
            what=self._wire.masker.line(f"{method} {path}", 200),
            timeout=timeout or self._quick,
            body=body or Body(),
            about=about,
            headers=headers or {},
            follow=method == "GET",
            within=None if timeout is not None else self._within,
        )

    async def _get(
        self, path: str, *, query: Mapping[str, str] | None = None, about: str | None = None
    ) -> answers.Answer:
        return self._checked(await self._wire.ask(self._call("GET", path, query=query, about=about)))

    def _checked(self, answer: answers.Answer, kind: Kind | None = None) -> answers.Answer:
        return self._wire.checked(answer, kind)


def _kind(name: str) -> Kind:
    try:
        return KINDS[name]
    except KeyError:
        raise UsageError(f"there is no kind {name[:40]!r}") from None
