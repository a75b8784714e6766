"""What a person does with the keys: fill in a form, send it, read a result, save it. Each waits for what is shown."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from camb_tui.domain.kinds import KINDS
from camb_tui.domain.kinds.streaming import STREAM_FIELDS
from camb_tui.ui.forms.reading import OWN_FIELDS
from tests.e2e.terminal import Terminal

DEAF = 0.4
"""Seconds after which a question surely hears: it is deaf at first, and shows nothing when it begins to listen."""
BETWEEN = 3.0
"""Seconds in which the next field surely stands out, once the last one does no more."""


def command(terminal: Terminal, text: str) -> None:
    """Type a line of the command line."""
    terminal.press(":")
    terminal.wait_for("a command, such as")
    terminal.type(text)
    terminal.press("enter")


def choose_kind(terminal: Terminal, kind: str) -> None:
    """Open the form of a kind, beginning at the one that was chosen last."""
    terminal.press("n")
    terminal.wait_for(r"New task")
    wanted = f"New task  {KINDS[kind].title}  "
    for _ in KINDS:
        if wanted in terminal.text:
            break
        step(terminal, "ctrl+down", lambda: terminal.lines[0])
    first = next(field.label for field in KINDS[kind].fields if field.required)
    terminal.wait_for(lambda screen: wanted in screen and f"{first} *" in terminal.bold)


def step(terminal: Terminal, key: str, seen: Callable[[], object]) -> None:
    """Press a key and wait until something else is seen; nothing at all is a screen half painted."""
    before = seen()
    terminal.press(key)
    terminal.wait_for(lambda _: bool(seen()) and seen() != before)


def field_here(terminal: Terminal) -> str:
    """The name of the field with the cursor; empty while it goes from one to the next."""
    found = [words for words in terminal.bold if words in _LABELS or words.startswith(_FOLD)]
    return found[0] if len(found) == 1 else ""


_OF_FIELDS = {field.label for fields in (*(kind.fields for kind in KINDS.values()), *STREAM_FIELDS.values(), OWN_FIELDS)
              for field in fields}  # fmt: skip
_LABELS = _OF_FIELDS | {f"{label} *" for label in _OF_FIELDS}
_FOLD = ("▸ More", "▾ Less")


def _go_on(terminal: Terminal) -> None:
    """To the next field, or to the list of kinds, which has no name."""
    before = field_here(terminal)
    terminal.press("tab")
    terminal.wait_for(lambda _: field_here(terminal) != before)
    end = time.monotonic() + BETWEEN
    while not field_here(terminal) and time.monotonic() < end:  # half painted, perhaps
        terminal.read(0.1)


def go_to(terminal: Terminal, label: str) -> None:
    """Go to the field of that name, which then stands out."""
    for _ in range(20):
        if field_here(terminal) == label:
            return
        _go_on(terminal)
    raise AssertionError(f"no field is called {label!r}:\n{terminal.text}")


def fill(terminal: Terminal, label: str, text: str) -> None:
    """Write a text into the field of that name, in place of what stands there; of a choice, go to that value."""
    go_to(terminal, label)

    def value() -> str:
        found = re.search(rf"{re.escape(label)}.*◂ (.*) ▸", terminal.text)
        return found[1] if found else ""

    if value():
        for _ in range(12):
            if value() == text:
                return
            step(terminal, "right", value)
        raise AssertionError(f"{label!r} offers no {text!r}:\n{terminal.text}")
    terminal.press("ctrl+u")  # what stands there gives way
    terminal.type(text)


def send(terminal: Terminal) -> str:
    """Review the form and say yes; what the review said."""
    terminal.press("ctrl+s")
    said = terminal.wait_for(r"Send \d+ .*\?")
    terminal.read(DEAF)
    terminal.press("enter")
    terminal.wait_for(lambda screen: "New task" not in screen)
    return next(line for line in said.splitlines() if re.search(r"Send \d+ ", line))


def find(terminal: Terminal, word: str) -> None:
    """Have the list show the one row with that word, and nothing else."""
    terminal.press("/")
    terminal.wait_for(r"esc +clear")
    terminal.press("ctrl+u")
    terminal.type(word)
    terminal.press("enter")
    terminal.wait_for(rf"/ {word} +1\b")


def open_result(terminal: Terminal, name: str, line: str) -> None:
    """Open the result of that task full screen; it shows a line of the result itself."""
    find(terminal, name)
    terminal.press("o")
    terminal.wait_for(lambda screen: f" {name} " in screen and re.search(line, screen) is not None)


def save(terminal: Terminal, folder: Path, name: str, ends: Sequence[str]) -> dict[str, Path]:
    """Save the opened task; its files by what follows its name and key. It waits until all are told of as saved."""

    def found() -> dict[str, Path]:
        paths = (path for path in folder.glob(f"{name}-*") if path.is_file())
        return {re.sub(rf"^{name}-[a-z0-9]{{10}}", "", path.name): path for path in paths}

    terminal.press("s")
    terminal.wait_for(lambda screen: sorted(found()) == sorted(ends) and screen.count("Saved  ") == len(ends))
    return found()
