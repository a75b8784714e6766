"""The program `camb-tui`, and `python -m camb_tui`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    from camb_tui.cli import camb_tui

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a character the terminal has not must not end the program
            stream.reconfigure(errors="backslashreplace")
    camb_tui()


if __name__ == "__main__":
    main()
