"""That talking to the service does not load a command line."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import sys
from camb_tui.services.wire.lean_httpx import load_httpx
load_httpx()
import camb_tui.services.client, httpx
print(sorted({name.partition(".")[0] for name in sys.modules} & {"click", "pygments", "httpx"}))
import httpx._main
"""


def test_httpx_comes_without_its_command_line_which_can_still_be_had() -> None:
    """A stub left behind would break whoever wants the real one."""
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout == "['httpx']\n"
