"""How the screens look: the main screen, the form, and each tab of the detail, narrow and wide.

For looks alone; what the screens do is tested in `ui/`. `--snapshot-update` records them anew.
"""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from camb_tui.ui.forms import NewTaskScreen
from tests.scenes import go_to, press, show_tab, wait_for
from tests.snapshots.conftest import Looks
from tests.snapshots.sample import AGAIN, FAILED, TRANSLATED

NARROW, WIDE = (80, 24), (120, 40)
TABS = {
    "Overview": (FAILED, "SOURCE_TOO_LONG"),
    "Result": (TRANSLATED, "En mer."),
    "Request": (FAILED, "20303"),
    "History": (AGAIN, "try 2"),
    "Raw": (FAILED, "1 exchange"),
}
"""By tab, the task it is looked at of, and what stands in it."""

sizes = pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])


@sizes
def test_main_screen(looks_as_before: Looks, size: tuple[int, int]) -> None:
    async def act(pilot: Pilot[Any]) -> None:
        await go_to(pilot, FAILED)

    assert looks_as_before(size, act)


@sizes
@pytest.mark.parametrize("tab", TABS)
def test_detail_tab(looks_as_before: Looks, size: tuple[int, int], tab: str) -> None:
    """Alone where the terminal is narrow, beside the list where it is wide."""
    label, text = TABS[tab]

    async def act(pilot: Pilot[Any]) -> None:
        await go_to(pilot, label)
        if size == NARROW:
            await press(pilot, "enter")
        await show_tab(pilot, tab, until=text)

    assert looks_as_before(size, act)


@sizes
@pytest.mark.parametrize("kind", ["tts", "dubbing"])
def test_form(looks_as_before: Looks, size: tuple[int, int], kind: str) -> None:
    async def act(pilot: Pilot[Any]) -> None:
        await press(pilot, "n")
        form = pilot.app.screen
        assert isinstance(form, NewTaskScreen)
        while form.form.filled.kind.name != kind:
            await press(pilot, "ctrl+down")
        await wait_for(pilot, lambda: pilot.app.focused is not None)

    assert looks_as_before(size, act)
