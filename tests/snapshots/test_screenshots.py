"""The README's pictures: that they are there, that nothing else is, and that they are the same each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.make_screenshots import FOLDER, PICTURES, draw, referenced

README = FOLDER.parent / "README.md"


@pytest.mark.parametrize("name", [one.name for one in PICTURES])
def test_every_picture_is_there(name: str) -> None:
    text = (FOLDER / f"{name}.svg").read_text("utf-8")
    assert text.startswith("<svg ")
    assert text.rstrip().endswith("</svg>")


def test_no_picture_is_left_over() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {one.name for one in PICTURES}


def test_the_readme_shows_pictures_that_exist() -> None:
    shown = list(referenced(README.read_text("utf-8")))
    assert shown
    for path in shown:
        assert not Path(path).is_absolute()
        assert (README.parent / path).is_file(), path


async def test_a_picture_is_the_same_each_time() -> None:
    """Else every renewal would be a change of every file."""
    failed = next(one for one in PICTURES if one.name == "failed")
    assert await draw(failed) == await draw(failed)
