"""The shortest way to the monitor: reads the options of a plain start without the library that reads all others.

That library takes a tenth of the time to the first paint. What is not plain, or may be wrong, is left to it.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping, Sequence

from camb_tui.domain.errors import CambError
from camb_tui.wiring import Options

_WITH_VALUE = {"--session": "session", "--base-url": "base_url", "--theme": "theme", "--config": "config"}
_FLAGS = {"--read-only": ("read_only", True), "--ascii": ("ascii", True), "--no-ascii": ("ascii", False)}
_COMPLETING = "_CAMB_TUI_COMPLETE"
"""Set by a shell that asks for completions."""


def plain_start(arguments: Sequence[str], environ: Mapping[str, str]) -> Options | None:
    """The options of a start that goes straight to the monitor; None where anything else is asked."""
    if _COMPLETING in environ:
        return None
    given: dict[str, str | bool] = {}
    left = iter(arguments)
    for argument in left:
        name, equals, value = argument.partition("=")
        if name in _WITH_VALUE:
            found = value if equals else next(left, None)
            if found is None or (not equals and found.startswith("-")):
                return None
            given[_WITH_VALUE[name]] = found
        elif argument in _FLAGS:
            flag, state = _FLAGS[argument]
            given[flag] = state
        else:
            return None
    return Options(**given)  # type: ignore[arg-type]  # each name with a value of its type, by the two tables


def run_monitor(options: Options) -> int:
    """Show the monitor until the user leaves it; the exit code, as the command line gives it."""
    gc.disable()  # what a start loads is no garbage; the app turns this on again when it shows
    from camb_tui.monitoring import monitor

    try:
        return monitor(options)
    except CambError as error:
        from camb_tui.exits import exit_of

        print(f"camb-tui: {error}", file=sys.stderr)  # noqa: T201
        return exit_of(error)
    except KeyboardInterrupt:
        return 130
