"""The program `camb-tui`, and `python -m camb_tui`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line."""
    from camb_tui.quick_start import plain_start, run_monitor

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a character the terminal has not must not end the program
            stream.reconfigure(errors="backslashreplace")
    options = plain_start(sys.argv[1:], os.environ)
    if options is not None:
        sys.exit(run_monitor(options))
    from camb_tui.cli import camb_tui

    camb_tui()


if __name__ == "__main__":
    main()
