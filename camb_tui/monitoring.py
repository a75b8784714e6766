"""Monitoring: the screen on a session. Reads the session before the screen starts, so that the first frame is whole."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import msgspec

from camb_tui.domain.errors import CambError
from camb_tui.exits import Exit
from camb_tui.printing import table_lines
from camb_tui.services.settings import Settings
from camb_tui.wiring import Options, key_of, make_engine, read_session, session_file, settings_of

if TYPE_CHECKING:
    from camb_tui.services.session import SessionFile

TRY_DEMO = "demo"
"""What the screen returns when the user without a key chose to try the simulator."""


def monitor(options: Options) -> int:
    """Show the monitor until the user leaves it; the exit code.

    Raises:
        CambError: Settings, key source or session are wrong.
    """
    settings = settings_of(options)
    refusal = _refusal()
    if refusal is not None:
        return _plain(settings, refusal)
    found = key_of(settings)
    if _show(session_file(settings), settings, found.api_key) == TRY_DEMO:
        return demo(options)
    return Exit.SUCCESS


def demo(options: Options) -> int:
    """Show the monitor on the demo; the exit code.

    Raises:
        CambError: The settings are wrong.
    """
    refusal = _refusal()
    if refusal is not None:
        print(f"camb-tui: {refusal}, and the demo is nothing without one", file=sys.stderr)  # noqa: T201
        return Exit.USAGE
    from camb_tui.demo import running_demo
    from camb_tui.demo_tasks import DEMO_KEY

    with running_demo() as made:
        settings = msgspec.structs.replace(
            settings_of(options),
            base_url=made.base_url,
            routes="auto",
            session=str(made.session.path),
            download_folder=str(made.folder / "saved"),
        )
        _show(made.session, settings, DEMO_KEY, name="demo")
    return Exit.SUCCESS


def _refusal() -> str | None:
    from camb_tui.ui.terminal import terminal_refusal

    return terminal_refusal()


def _plain(settings: Settings, refusal: str) -> int:
    """The plain list in the screen's place, and how to get more."""
    try:
        tasks = read_session(settings).tasks
        shown = [task for task in tasks.values() if not task.is_hidden]
        print("\n".join(table_lines(shown, now=time.time())))  # noqa: T201
    except CambError as error:
        print(f"camb-tui: {error}", file=sys.stderr)  # noqa: T201
    print(  # noqa: T201
        f"camb-tui: {refusal}. This is the plain list; `camb-tui list --help` filters it, "
        "`camb-tui submit` and `camb-tui wait` work without a screen.",
        file=sys.stderr,
    )
    return Exit.USAGE


def _show(session: SessionFile, settings: Settings, api_key: str | None, *, name: str | None = None) -> object:
    """Run the screen; what it returned."""
    from camb_tui.services.session import load_session
    from camb_tui.ui.app import CambApp
    from camb_tui.ui.terminal import wants_ascii

    loaded = load_session(session.path, now=time.time())
    app = CambApp(
        board_tasks=loaded.tasks,
        engine=make_engine(session, loaded, settings, api_key),
        settings=settings,
        notices=loaded.notices,
        session_name=name or session.path.stem,
        needs_key=api_key is None,
        ascii=wants_ascii() if settings.ascii is None else settings.ascii,
        read_only=settings.read_only or loaded.read_only,
    )
    return app.run()
