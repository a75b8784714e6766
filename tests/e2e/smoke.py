"""The demo in a terminal, as a stranger would try it first: `python -m tests.e2e.smoke PATH-OF-CAMB-TUI`.

Run by hand or by `.ci/run` against the installed program, outside pytest.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.e2e.terminal import Terminal, clean_environment


def main() -> int:
    """Start the demo at 80x24, look, press keys, leave; 0 where all of it went well."""
    program = str(Path(sys.argv[1]).absolute())
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        environ = clean_environment(home)
        del environ["PYTHONPATH"]  # the installed program, not this checkout
        with Terminal([program, "demo"], env=environ, cwd=home) as terminal:
            terminal.wait_for(r"camb-tui\s+demo")
            terminal.wait_for(r"ch \d+ narration")
            terminal.press("G", "g", "down", "down", "p", "p", "enter", "enter")
            terminal.press("/")
            terminal.type("is:failed")
            terminal.wait_for("is:failed")
            terminal.press("enter", "esc", "?")
            terminal.read(0.5)
            terminal.press("esc", "ctrl+q")
            code = terminal.wait_for_exit()
    if code != 0:
        print(f"the demo ended with exit code {code}; its last screen:\n{terminal.text}")
        return 1
    print("the demo started, answered to keys and left")
    return 0


if __name__ == "__main__":
    sys.exit(main())
