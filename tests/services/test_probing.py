"""A source's address is asked once, by HEAD, and never with the key."""

from __future__ import annotations

import httpx
import pytest

from camb_tui.domain.errors import RejectedError, ServerTroubleError, UsageError
from tests.services.serving import BASE, KEY, Script, client_of


async def test_a_source_that_serves_is_told_and_never_sees_the_key() -> None:
    """Also where the address is the service's own, or leads there."""
    script = Script()
    script.on("HEAD v.example/a.mp4", httpx.Response(302, headers={"location": f"{BASE}/film.mp4"}))
    script.on("HEAD /film.mp4", httpx.Response(200, headers={"content-type": "video/mp4", "content-length": "1234"}))
    async with client_of(script) as client:
        assert await client.probe("https://v.example/a.mp4") == "v.example serves it (video/mp4, 1,234 bytes)"
        assert await client.probe(f"{BASE}/film.mp4") == "api.example serves it (video/mp4, 1,234 bytes)"
    assert script.asked() == ["HEAD v.example/a.mp4", "HEAD /film.mp4", "HEAD /film.mp4"]
    assert all(KEY not in str(request.headers) for request in script.seen)


@pytest.mark.parametrize(("code", "error"), [(404, RejectedError), (403, RejectedError), (503, ServerTroubleError)])
async def test_a_source_that_does_not_serve_is_an_error_with_its_code(code: int, error: type[Exception]) -> None:
    async with client_of(Script().on("HEAD v.example/a.mp4", httpx.Response(code))) as client:
        with pytest.raises(error, match=str(code)):
            await client.probe("https://v.example/a.mp4")


async def test_who_does_not_answer_a_head_is_not_called_gone() -> None:
    async with client_of(Script().on("HEAD v.example/a.mp4", httpx.Response(405))) as client:
        assert "does not say" in await client.probe("https://v.example/a.mp4")


async def test_an_address_we_would_not_follow_is_not_asked() -> None:
    script = Script()
    async with client_of(script) as client:
        with pytest.raises(UsageError):
            await client.probe("http://v.example/a.mp4")
    assert script.seen == []
