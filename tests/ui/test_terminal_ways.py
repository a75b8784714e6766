"""What concerns the terminal itself: refusing one, copying through it, giving it back, colours."""

from __future__ import annotations

import io
import os
import pty
import signal
import termios
from pathlib import Path

import pytest
from textual.color import Color

from camb_tui.domain.errors import SettingsError
from camb_tui.ui import theming
from camb_tui.ui.clipboard import FILE_BEYOND, Clipboard, osc52, wrap_for_screen
from camb_tui.ui.leaving import RESTORE, Leaving, restore_terminal
from camb_tui.ui.terminal import Mouse, has_few_colours, mouse_level, terminal_refusal, wants_ascii, wants_no_color


class Tty(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_dumb_terminals_and_pipes_are_refused() -> None:
    assert "dumb" in (terminal_refusal({"TERM": "dumb"}, stdin=Tty(), stderr=Tty()) or "")
    assert "input" in (terminal_refusal({"TERM": "xterm"}, stdin=io.StringIO(), stderr=Tty()) or "")
    assert terminal_refusal({"TERM": "xterm"}, stdin=Tty(), stderr=Tty()) is None


def test_ascii_is_wanted_where_the_encoding_is_not_utf8() -> None:
    assert not wants_ascii(io.TextIOWrapper(io.BytesIO(), encoding="UTF-8"))
    assert wants_ascii(io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))


def test_the_environment_decides_mouse_and_colours() -> None:
    assert mouse_level({"SSH_CONNECTION": "1 2 3 4"}) is Mouse.OFF
    assert mouse_level({}) is Mouse.FULL
    assert wants_no_color({"NO_COLOR": "1"})
    assert not wants_no_color({"NO_COLOR": ""})
    assert has_few_colours({"TERM": "linux"})
    assert not has_few_colours({"TERM": "tmux-256color"})
    assert [Mouse.OFF.next, Mouse.CLICKS.next, Mouse.FULL.next] == [Mouse.CLICKS, Mouse.FULL, Mouse.OFF]


def test_copying_goes_through_tmux_and_falls_back_to_osc52(tmp_path: Path) -> None:
    written: list[str] = []
    loaded: list[str] = []

    def load(text: str) -> bool:
        loaded.append(text)
        return True

    through = Clipboard(written.append, environ={"TMUX": "x"}, load_buffer=load)
    assert "through tmux" in through.copy("abc")
    assert (loaded, written) == (["abc"], [])
    without = Clipboard(written.append, environ={"TMUX": "x"}, load_buffer=lambda _: False)
    assert "OSC 52" in without.copy("abc")
    assert written == [osc52("abc")]


def test_screen_gets_it_wrapped_in_pieces() -> None:
    written: list[str] = []
    assert "screen" in Clipboard(written.append, environ={"STY": "x"}).copy("a" * 1000)
    assert written[0].startswith("\x1bP\x1b]52;c;")
    assert written[0].replace("\x1b\\", "").replace("\x1bP", "") == osc52("a" * 1000).removesuffix("\x1b\\") + "\x07"
    assert wrap_for_screen(osc52("a")).count("\x1bP") == 1


def test_a_long_copy_is_kept_in_a_file_too(tmp_path: Path) -> None:
    file = tmp_path / "last-copy.txt"
    words = Clipboard(lambda _: None, environ={}, file=file).copy("x" * FILE_BEYOND)
    assert str(file) in words
    assert len(file.read_text()) == FILE_BEYOND


def test_the_restore_string_reaches_a_terminal_and_gives_up_on_a_full_one() -> None:
    master, slave = pty.openpty()
    try:
        attributes = termios.tcgetattr(slave)
        attributes[1] &= ~termios.OPOST
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        assert restore_terminal(slave)
        assert os.read(master, 4096).decode() == RESTORE
        assert any(not restore_terminal(slave, seconds=0.01) for _ in range(1000))  # nobody reads: it must give up
    finally:
        os.close(master)
        os.close(slave)


def test_a_hangup_saves_and_ends_even_where_it_was_ignored() -> None:
    """nohup and its like hand down an ignored SIGHUP; the terminal is gone all the same."""
    happened: list[str] = []
    left: list[int] = []
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    leaving = Leaving(lambda seconds: happened.append("saved"), leave=left.append)

    def leave(code: int) -> None:
        left.append(code)
        leaving._over.set()

    leaving._leave = leave
    leaving._watches_stdin = False
    try:
        leaving.install()
        os.kill(os.getpid(), signal.SIGHUP)
        assert leaving._over.wait(5)
        assert (happened, left) == (["saved"], [128 + signal.SIGHUP])
    finally:
        leaving.over()
        signal.signal(signal.SIGHUP, before)


def test_every_shipped_theme_can_be_read() -> None:
    themes, faults = theming.all_themes(theming.shipped_folder())
    assert faults == []
    assert {theme.name for theme in themes} == {"dark", "light", "ansi", "high-contrast", "colour-blind"}


STATES = ("text-primary", "text-secondary", "text-success", "text-warning", "text-error")
CURSOR = "block-cursor-blurred-background"


@pytest.mark.parametrize(
    ("name", "least"), [("dark", 4.5), ("light", 4.5), ("colour-blind", 4.5), ("high-contrast", 7)]
)
def test_every_word_can_be_read_on_every_ground_it_stands_on(name: str, least: float) -> None:
    """By the ratio of WCAG 2: 4.5 for text, 7 where the theme promises more."""
    theme = theming.find_theme(name, theming.shipped_folder())
    grounds = [theme.background, theme.surface, theme.panel]
    pairs: list[tuple[str | None, str | None]]
    pairs = [(theme.variables[word], ground) for word in (*STATES, "text-muted") for ground in grounds]
    pairs += [(theme.variables[word], theme.variables[CURSOR]) for word in STATES]
    pairs += [(theme.foreground, ground) for ground in grounds]
    for word, ground in pairs:
        assert ground is not None
        assert word is not None
        assert contrast(word, ground) >= least, f"{word} on {ground}"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21, as WCAG 2 defines it."""
    dark, light = sorted(luminance(Color.parse(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Color) -> float:
    """Relative luminance, 0 to 1."""
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)


@pytest.mark.parametrize(
    "text",
    ["name = ", 'name = "x"', 'name = "x"\n[colours]\nprimary = "no colour"', 'name = "x"\nsurprise = 1',
     'name = "x"\n[colours]\nprimary = "red"\n[variables]\nborder = "red; } * { display: none"'],
)  # fmt: skip
def test_a_bad_theme_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"mine\.toml"):
        theming.read_theme(file)


def test_the_users_theme_comes_before_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "dark.toml").write_text('name = "dark"\n[colours]\nprimary = "#ff0000"\n')
    assert theming.find_theme("dark", theming.shipped_folder(), tmp_path).primary == "#ff0000"
