"""Texts from the network, made fit to show: bounded, without control characters, without the key."""

from __future__ import annotations

from urllib.parse import quote

from camb_tui.domain.text import one_line, safe

MASK = "•••"
SHORTEST_SECRET = 6
"""A shorter key (only a simulator takes one) would black out common words."""


class Masker:
    """Knows every key this process has sent and blacks it out of texts."""

    def __init__(self) -> None:
        self._secrets: list[str] = []

    def learn(self, secret: str) -> None:
        """Black this out from now on, also as it stands in an address."""
        if len(secret) < SHORTEST_SECRET:
            return
        for form in (secret, quote(secret, safe=""), quote(secret)):
            if form not in self._secrets:
                self._secrets.append(form)
        self._secrets.sort(key=len, reverse=True)  # masked before any cut, so that no part of a key stands before it

    def mask(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text

    def line(self, text: str, limit: int) -> str:
        """One safe line of at most `limit` characters, without the key."""
        return one_line(self.mask(text), limit)

    def block(self, text: str, limit: int) -> str:
        """The safe text, line breaks kept, without the key; of a longer one the first `limit` characters."""
        return safe(self.mask(text), limit)


def is_plain(text: str) -> bool:
    """Whether it holds no space and nothing that cannot be seen, as an identifier does not."""
    return text == one_line(text, len(text)) and " " not in text
