"""Fixtures of the snapshots: the zone, and a way to compare a scene with its picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.scenes import Act, scene_app, settle, utc
from tests.snapshots.sample import ANSWERS, TASKS

Looks = Callable[[tuple[int, int], Act], bool]


@pytest.fixture(autouse=True)
def _zone() -> Iterator[None]:
    with utc():
        yield


@pytest.fixture
def looks_as_before(snap_compare: Callable[..., bool]) -> Looks:  # the plugin's own type says no more
    """Whether a scene at a size, after an act, looks as it was recorded."""

    def compare(size: tuple[int, int], act: Act) -> bool:
        async def prepare(pilot: Pilot[Any]) -> None:
            await settle(pilot)
            await act(pilot)

        app = scene_app(TASKS, ANSWERS, name="audiobook")
        return bool(snap_compare(app, terminal_size=size, run_before=prepare))

    return compare
