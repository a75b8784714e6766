"""The demo's service: the simulator in a process of its own, with the demo's tasks in it.

Run as `python -m camb_tui.demo_service FD FOLDER`. FD is a listening socket that the screen's process made, which so
knows the address before this process has loaded anything; what it asks meanwhile waits in the socket's queue. Ends when
its standard input ends, however the screen's process ends, and then removes FOLDER, which holds the demo's session.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import threading
import time
from pathlib import Path

from camb_tui.demo_tasks import FOLDER_PREFIX, SEED, demo_tasks, wire_request
from camb_tui.simulator import SimulatorOptions, SimulatorServer


def fill(server: SimulatorServer) -> None:
    """Put the demo's tasks into the simulator."""
    for one in demo_tasks(time.time()):
        if one.ending is None or one.task.task_id is None:
            continue
        server.add_task(
            one.task.kind,
            wire_request(one.task),
            task_id=one.task.task_id,
            run_id=one.run_id,
            status=one.ending.status,
            exception_reason=one.ending.reason,
            seconds=one.ending.seconds,
        )


def main() -> None:
    """Serve until standard input ends."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    server = SimulatorServer(SimulatorOptions(seed=SEED))
    fill(server)
    threading.Thread(target=_end_with_input, args=(Path(sys.argv[2]),), daemon=True).start()
    server.start_on(listener)
    threading.Event().wait()


def _end_with_input(folder: Path) -> None:
    while os.read(0, 4096):
        pass
    if folder.name.startswith(FOLDER_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    main()
