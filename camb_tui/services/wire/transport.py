"""The wire: one HTTP client, where the key may go, redirects, limits, and what each foreign failure means.

Owns every byte that leaves; leaves what to ask to `services.client` and what an answer means to `answers`.
The key is put on requests to the configured origin and on no other, so that no redirect and no link can carry it off.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from camb_tui import __version__
from camb_tui.domain.errors import (
    CambError,
    NoAnswerError,
    NoKeyError,
    NotSentError,
    RefusedError,
    ServerTroubleError,
    SettingsError,
    UsageError,
)
from camb_tui.domain.kinds import Kind
from camb_tui.services.changes import Exchange
from camb_tui.services.wire.answers import Answer, refusal, retry_after
from camb_tui.services.wire.bodies import Body
from camb_tui.services.wire.texts import Masker

_log = logging.getLogger(__name__)

LARGEST_JSON = 32 * 1024 * 1024
READ_TIME = 120.0
"""Seconds for a JSON body, so that a server that drips cannot hold us."""
SHOWN = 4000
MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
KEEP_ALIVE = 4.0
"""Shorter than the 5 s after which common servers hang up: a create on a line closing under us would be unconfirmed."""
_UNSENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
"""What httpx raises only before the first byte of a request: no name, no line, no TLS, no tunnel, no free place."""
_HOST = re.compile(rb"[A-Za-z0-9._:-]+")
_EMPTY = Body()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One question: where to, with what."""

    method: str
    url: httpx.URL
    what: str
    """In words, for messages: the method and the path, never a link's query."""
    timeout: httpx.Timeout
    body: Body = _EMPTY
    headers: Mapping[str, str] = field(default_factory=dict)
    about: str | None = None
    follow: bool = True
    """Whether redirects are followed; never for a POST that makes something."""
    link: bool = False
    """A result's link: 401 and 403 say that it died, nothing about the key."""
    keyless: bool = False
    """An address of the user's, which never gets the key, not even where it is the service's own."""
    within: float | None = None
    """Seconds from the question to the end of its answer; None where a body may take long to send."""


class Reply:
    """An answer whose headers have come; its body is read by `read` or by `chunks`."""

    def __init__(self, call: Call, response: httpx.Response, wire: Wire, *, keyed: bool) -> None:
        self.call = call
        self.code = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.link = call.link or not keyed
        self.size = 0
        self.head = b""
        """The first bytes, for the record of the exchange."""
        self._response = response
        self._wire = wire

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes.

        Raises:
            NoAnswerError: The line broke.
        """
        try:
            async for chunk in self._response.aiter_bytes():
                if len(self.head) < SHOWN * 4:
                    self.head += chunk[: SHOWN * 4]
                self.size += len(chunk)
                yield chunk
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            raise self._wire.no_answer(self.call, error) from error

    async def read(self, largest: int = LARGEST_JSON) -> Answer:
        """The whole answer.

        Raises:
            NoAnswerError: The line broke, or the body is larger than we take.
        """
        parts = []
        try:
            async with asyncio.timeout(READ_TIME):
                async for chunk in self.chunks():
                    parts.append(chunk)
                    if self.size > largest:
                        raise NoAnswerError(f"the answer to {self.call.what} is larger than {largest:,} bytes")
        except TimeoutError as error:
            raise NoAnswerError(f"the answer to {self.call.what} does not end") from error
        return Answer(self.call.what, self.code, self.headers, b"".join(parts), self.link)

    def shown(self) -> str:
        """The body as text, or what it is."""
        kind = self.headers.get("content-type", "").partition(";")[0].lower()
        if kind.startswith(("audio/", "video/", "image/", "application/octet-stream")):
            return f"<{kind}, {self.size:,} bytes>"
        return self.head.decode("utf-8", "replace")


class Wire:
    """One base URL, one key, one HTTP client."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        *,
        transport: httpx.AsyncBaseTransport | None,
        clock: Callable[[], float],
        on_exchange: Callable[[str | None, Exchange], None] | None,
        on_limited: Callable[[float | None, float], None] | None = None,
    ) -> None:
        self.masker = Masker()
        self.base = read_base_url(base_url)
        self._base_text = str(self.base).rstrip("/")
        self.clock = clock
        self.on_exchange, self.on_limited = on_exchange, on_limited
        self._key: str | None = None
        self.key = api_key
        direct = {f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")}
        if is_loopback(self.base.host):
            direct[f"all://{_bracketed(self.base.host)}"] = None  # a proxy would see the key in clear
        self._http = httpx.AsyncClient(
            transport=transport,
            mounts=direct if transport is None else None,
            follow_redirects=False,
            headers={"user-agent": f"camb-tui/{__version__}"},
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=KEEP_ALIVE),
        )

    @property
    def base_url(self) -> str:
        return self._base_text

    @property
    def key(self) -> str | None:
        return self._key

    @key.setter
    def key(self, key: str | None) -> None:
        key = (key or "").strip() or None
        if key is not None:
            if not key.isascii() or not key.isprintable():
                raise SettingsError("the API key holds characters that no key has")
            self.masker.learn(key)
        self._key = key

    def at(self, path: str, query: Mapping[str, str] | None = None) -> httpx.URL:
        """The address of a path below the base URL."""
        url = httpx.URL(self._base_text + path)
        return url.copy_merge_params(dict(query)) if query else url

    async def ask(self, call: Call) -> Answer:
        """One question, its answer whole, whatever its code.

        Raises:
            NotSentError: Nothing left this machine.
            NoAnswerError: It left, and no whole answer came.
        """
        try:
            async with asyncio.timeout(call.within), self.open(call) as reply:
                return await reply.read()
        except TimeoutError as error:
            raise NoAnswerError(f"no whole answer to {call.what} within {call.within:.0f} s") from error

    def checked(self, answer: Answer, kind: Kind | None = None) -> Answer:
        """The answer, where it is a 2xx.

        Raises:
            RefusedError: It is not.
        """
        if 200 <= answer.code < 300:
            return answer
        raise refusal(answer, self.masker, now=self.clock(), kind=kind)

    @contextlib.asynccontextmanager
    async def open(self, call: Call) -> AsyncIterator[Reply]:
        """One question, its answer open for reading, redirects followed where the call allows it.

        Raises:
            NotSentError: Nothing left this machine.
            NoAnswerError: It left, and no answer came.
            ServerTroubleError: A redirect we do not follow.
        """
        url = call.url
        keyed = self._key is not None and same_origin(url, self.base) and not call.keyless
        if self._key is None and same_origin(url, self.base) and not call.keyless:
            raise NoKeyError("there is no API key to send")
        for _ in range(MOST_REDIRECTS + 1):
            async with self._hop(call, url, keyed=keyed) as reply:
                if reply.code not in REDIRECTS or "location" not in reply.headers:
                    yield reply
                    return
                url = self._target(call, reply, url)
                keyed = keyed and same_origin(url, self.base)  # once gone, it does not come back
        raise ServerTroubleError(f"{call.what} is redirected without end", code=310)

    def _target(self, call: Call, reply: Reply, url: httpx.URL) -> httpx.URL:
        where = reply.headers["location"]
        shown = self.masker.line(where.partition("?")[0], 200)
        if not call.follow:
            raise ServerTroubleError(f"{call.what} is redirected ({reply.code}) to {shown}", code=reply.code)
        try:
            target = url.join(where)
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            raise ServerTroubleError(f"{call.what} is redirected to nonsense: {shown}", code=reply.code) from error
        if (fault := url_fault(target)) is not None:
            raise ServerTroubleError(f"{call.what} is redirected to {shown}, which {fault}", code=reply.code)
        return target

    @contextlib.asynccontextmanager
    async def _hop(self, call: Call, url: httpx.URL, *, keyed: bool) -> AsyncIterator[Reply]:
        at, began = self.clock(), time.perf_counter()
        reply: Reply | None = None
        failure = ""
        try:
            response = await self._send(call, url, keyed=keyed)
            try:
                reply = Reply(call, response, self, keyed=keyed)
                if reply.code == 429 and not reply.link and self.on_limited is not None:
                    self.on_limited(retry_after(reply.headers, now=self.clock()), at)
                yield reply
            finally:
                with contextlib.suppress(httpx.HTTPError, OSError):  # a line that broke is closed well enough
                    await response.aclose()
        except BaseException as error:
            if not isinstance(error, RefusedError):  # an answer, and the record shows it
                failure = "given up" if isinstance(error, asyncio.CancelledError) else str(error)
            raise
        finally:
            if self.on_exchange is not None:
                self._record(call, url, reply, at, time.perf_counter() - began, failure)

    async def _send(self, call: Call, url: httpx.URL, *, keyed: bool) -> httpx.Response:
        arguments = call.body.arguments()
        headers = {**call.headers, **arguments.pop("headers", {})}
        request = self._http.build_request(call.method, url, headers=headers, timeout=call.timeout, **arguments)
        if keyed and self._key is not None:
            request.headers["x-api-key"] = self._key
        try:
            return await self._http.send(request, stream=True)
        except _UNSENT as error:
            reason = self.masker.line(str(error), 200) or type(error).__name__
            raise NotSentError(f"cannot reach {url.host}: {reason}") from error
        except CambError:
            raise
        except Exception as error:  # whatever else it is, bytes may have left
            raise self.no_answer(call, error) from error

    def no_answer(self, call: Call, error: Exception) -> NoAnswerError:
        """The error for a line that broke after something may have left."""
        reason = self.masker.line(str(error), 200) or type(error).__name__
        return NoAnswerError(f"no whole answer to {call.what}: {reason}")

    def _record(self, call: Call, url: httpx.URL, reply: Reply | None, at: float, seconds: float, error: str) -> None:
        assert self.on_exchange is not None
        block = self.masker.block
        exchange = Exchange(
            at=at,
            seconds=seconds,
            method=call.method,
            url=self.masker.line(str(url), 2000),
            code=reply.code if reply is not None else None,
            request=block(call.body.shown(), SHOWN),
            response=block(reply.shown(), SHOWN) if reply is not None else "",
            error=self.masker.line(error, 500),
        )
        try:
            self.on_exchange(call.about, exchange)
        except Exception:  # a listener's fault must not lose the task id in the answer
            _log.exception("a listener to exchanges failed")

    async def aclose(self) -> None:
        await self._http.aclose()


def read_base_url(text: str) -> httpx.URL:
    """The configured base URL, without its trailing slash.

    Raises:
        SettingsError: It is none, holds a user name, or would send the key in clear.
    """
    try:
        url = httpx.URL(text.strip().rstrip("/"))
        url.host.encode("idna")
    except (httpx.InvalidURL, UnicodeError, TypeError) as error:
        raise SettingsError(f"the base URL is not an address: {error}") from error
    fault = url_fault(url)
    if fault is None and (url.query or url.fragment):
        fault = "must end with its path"
    if fault is not None:
        raise SettingsError(f"the base URL {fault}")
    return url


def url_fault(url: httpx.URL) -> str | None:
    """Why we do not go there, as the end of a sentence; None where we do."""
    if url.scheme not in ("http", "https") or not _HOST.fullmatch(url.raw_host):
        return "must begin with https:// and a host"
    if url.userinfo:
        return "must not hold a user name or password"
    if url.scheme == "http" and not is_loopback(url.host):
        return "must be https: plain http can be read by anyone between here and there"
    return None


def read_link(text: str) -> httpx.URL:
    """The address of a result's file.

    Raises:
        UsageError: It is none we would follow.
    """
    try:
        url = httpx.URL(text.strip())
        url.host.encode("idna")
    except (httpx.InvalidURL, UnicodeError, TypeError) as error:
        raise UsageError("the link is not an address") from error
    if (fault := url_fault(url)) is not None:
        raise UsageError(f"the link to {url.host[:100] or 'no host'} is not followed: it {fault}")
    return url


def is_loopback(host: str) -> bool:
    """Whether a host is this machine and can be no other."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether scheme, host and port are the same."""
    return (one.scheme, one.host, _port(one)) == (other.scheme, other.host, _port(other))


def _port(url: httpx.URL) -> Any:
    return url.port or (443 if url.scheme == "https" else 80)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
