"""Monitoring: the screen on a session. Reads the session before the screen starts, so that the first frame is whole."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from camb_tui.domain.errors import CambError
from camb_tui.exits import Exit
from camb_tui.printing import table_lines
from camb_tui.services.keys import FoundKey
from camb_tui.services.settings import Settings, config_path
from camb_tui.wiring import Options, key_of, make_engine, read_session, session_file, settings_of

if TYPE_CHECKING:
    from camb_tui.services.session import SessionFile


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
    from camb_tui.ui.app import SIMULATOR

    if _show(session_file(settings), settings, found.api_key, keepers=_keepers(settings, found)) == SIMULATOR:
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


def _keepers(settings: Settings, found: FoundKey) -> dict[str, Callable[[str], str]]:
    """Where the first screen can keep the key a user enters: nowhere but in the system's keyring."""
    from camb_tui.services.keys import keep_key, origin, system_keyring

    keyring = system_keyring() if found.api_key is None else None
    if keyring is None:
        return {}

    def keep(api_key: str) -> str:
        try:
            keep_key(settings.base_url, api_key, keyring)
        except CambError as error:
            return f"{error}; it is used this time only"
        return f"the key is kept in the keyring, for {origin(settings.base_url)}"

    return {"in the system's keyring": keep}


def _show(
    session: SessionFile,
    settings: Settings,
    api_key: str | None,
    *,
    name: str | None = None,
    keepers: Mapping[str, Callable[[str], str]] | None = None,
) -> object:
    """Run the screen; what it returned."""
    # Nothing that a start loads is garbage, and looking for it takes 60 ms; the app turns this on when it shows.
    gc.disable()
    from camb_tui.ui.app import CambApp
    from camb_tui.ui.terminal import wants_ascii

    loaded = session.load(time.time())
    app = CambApp(
        board_tasks=loaded.tasks,
        engine=make_engine(session, loaded, settings, api_key),
        settings=settings,
        notices=loaded.notices,
        session_name=name or session.path.stem,
        needs_key=api_key is None,
        keepers=keepers,
        themes_folder=config_path(None, {})[0].with_name("themes"),
        copy_file=session.path.with_name("last-copy.txt"),
        ascii=wants_ascii() if settings.ascii is None else settings.ascii,
        read_only=settings.read_only or loaded.read_only,
    )
    return app.run_here()
