"""Probing: one HEAD of a source's address, never keyed, to learn whether it serves before a task is paid for."""

from __future__ import annotations

import httpx

from camb_tui.domain.errors import RejectedError, ServerTroubleError
from camb_tui.domain.text import one_line
from camb_tui.services.wire.answers import whole_number
from camb_tui.services.wire.transport import Call, Wire, read_link

_NOT_FOR_HEAD = (405, 501)
"""Something is there, and will not be asked this way."""


async def probe_source(wire: Wire, url: str, *, quick: httpx.Timeout, within: float, about: str | None) -> str:
    """What the address says, in words; see `CambClient.probe`."""
    link = read_link(url)
    what = wire.masker.line(f"HEAD {link.host}", 200)
    call = Call(method="HEAD", url=link, what=what, timeout=quick, about=about, link=True, within=within, keyless=True)
    async with wire.open(call) as reply:
        code, headers = reply.code, reply.headers
    if code in _NOT_FOR_HEAD:
        return f"{link.host} answers, and does not say what it has"
    if not 200 <= code < 300:
        refused = RejectedError if code < 500 else ServerTroubleError
        raise refused(f"{link.host} answers {code} for the source", code=code)
    size = whole_number(headers.get("content-length"))
    kind = one_line(headers.get("content-type", ""), 60)
    told = ", ".join(filter(None, (kind, f"{size:,} bytes" if size else "")))
    return f"{link.host} serves it" + (f" ({told})" if told else "")
