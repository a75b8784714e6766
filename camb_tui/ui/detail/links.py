"""Links as text: host and file, without the signature that fills three lines and helps nobody."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from camb_tui.domain.text import ELLIPSIS, one_line
from camb_tui.ui.detail.parts import LABEL, Row, labelled


def short_link(url: str) -> str:
    """Host and last part of the path of an address; the start of whatever else it is."""
    text = one_line(url, 4_000)
    try:
        parts = urlsplit(text)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return one_line(text, 80)
    if not host:
        return one_line(text, 80)
    folder, _, name = parts.path.rstrip("/").rpartition("/")
    path = f"/{ELLIPSIS}/{name}" if folder.strip("/") else f"/{name}" if name else ""
    return one_line(host, 60) + one_line(path, 80)


def link_row(name: str, url: str) -> Row:
    """A labelled link."""
    return labelled(name, short_link(url), "primary")


def link_rows(links: Sequence[tuple[str, str]]) -> list[Row]:
    """Links with the words that name them, below each other even where a name is longer than a label."""
    column = max((len(name) for name, _ in links), default=0)
    return [link_row(name if column < LABEL else f"{name:<{column}}", url) for name, url in links]
