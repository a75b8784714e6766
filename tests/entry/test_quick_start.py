"""The shortest way to the monitor reads what the command line reads, and leaves the rest to it."""

from __future__ import annotations

import pytest

from camb_tui import cli, monitoring
from camb_tui.quick_start import plain_start
from camb_tui.wiring import Options

PLAIN = [
    [],
    ["--session", "films"],
    ["--session=films", "--theme", "paper"],
    ["--base-url", "http://127.0.0.1:9/apis", "--config", "a=b.toml"],
    ["--read-only", "--ascii"],
    ["--ascii", "--no-ascii"],
    ["--session="],
]


@pytest.mark.parametrize("arguments", PLAIN, ids=" ".join)
def test_a_plain_start_reads_its_options_as_the_command_line_does(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two readers of the same words must not differ."""
    seen: list[Options] = []

    def remember(options: Options) -> int:
        seen.append(options)
        return 0

    monkeypatch.setattr(monitoring, "monitor", remember)
    cli.camb_tui(arguments, standalone_mode=False)
    assert plain_start(arguments, {}) == seen[0]


@pytest.mark.parametrize(
    "arguments",
    [
        ["demo"],
        ["--help"],
        ["--session"],
        ["--session", "--ascii"],
        ["--routes", "guide"],
        ["--sess", "x"],
        ["--", "x"],
    ],
    ids=" ".join,
)
def test_everything_else_is_left_to_the_command_line(arguments: list[str]) -> None:
    """A command, a question for help and a mistake get the answers they always got."""
    assert plain_start(arguments, {}) is None


def test_a_shell_that_completes_gets_completions() -> None:
    """Completion is the command line's."""
    assert plain_start([], {"_CAMB_TUI_COMPLETE": "bash_complete"}) is None
