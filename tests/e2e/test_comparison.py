"""The table of the README about lost answers: its numbers are those of the command that prints it."""

from __future__ import annotations

from pathlib import Path

from tests.comparison import COUNT, compare, table

README = Path(__file__).parents[2] / "README.md"


def test_lost_answers_cost_the_sdk_double_and_us_nothing() -> None:
    """And every line of the table stands in the README as it is."""
    found = compare()
    assert all(counts["camb-tui"].made == COUNT for counts in found.values())
    assert all(one.made == one.known == COUNT for one in found["no answer is lost"].values())
    lost = [counts for name, counts in found.items() if name != "no answer is lost"]
    assert all(counts["camb-sdk"].made > COUNT for counts in lost)
    assert all(counts["camb-tui"].known + counts["camb-tui"].in_doubt == COUNT for counts in lost)
    assert found["every answer is lost"]["camb-sdk"].made == 3 * COUNT
    assert table(found) in README.read_text()
