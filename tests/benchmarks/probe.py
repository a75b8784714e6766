"""Runs one program under a pseudo-terminal and measures it from outside: start-up, keys, bytes, CPU, memory.

A thread of its own stamps every chunk the program writes and answers its questions; the emulator rebuilds the screen
from the chunks afterwards, so that a slow emulation delays no stamp. The start is stamped in the child right before it
becomes the program.
"""

from __future__ import annotations

import fcntl
import os
import random
import select
import signal
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Self

from tests.benchmarks import process_tree
from tests.benchmarks.answers import Answerer
from tests.benchmarks.emulator import Emulator

Seen = Callable[[Emulator], bool]
"""Whether the screen shows what is waited for."""
KEYS = {"enter": "\r", "esc": "\x1b", "up": "\x1b[A", "down": "\x1b[B", "backspace": "\x7f", "ctrl+q": "\x11"}
_READ = 65536
_SWITCH = 0.0003
"""Seconds between two switches of threads: the most by which our own work delays a stamp."""
_PATIENCE = 30.0
_LEAVE = 4.0


class Start(NamedTuple):
    """A program's start, in milliseconds from its exec, and what it wrote until it was quiet."""

    painted: float
    seen: float
    bytes: int


class Window(NamedTuple):
    """A stretch of time: its length, and the bytes and CPU seconds spent in it."""

    seconds: float
    bytes: int
    cpu: float

    @property
    def cpu_percent(self) -> float:
        """Of one core."""
        return 100 * self.cpu / self.seconds

    @property
    def bytes_per_second(self) -> float:
        return self.bytes / self.seconds


class Press(NamedTuple):
    """One key: milliseconds until what it does is seen, and until the last byte of the repaint; and its bytes."""

    ms: float
    last_ms: float
    bytes: int


class Probe:
    """One run of one program."""

    def __init__(self, argv: Sequence[str], *, size: tuple[int, int], env: Mapping[str, str]) -> None:
        self.argv, self.size = list(argv), size
        self.screen = Emulator(*size)
        self._chunks: list[tuple[float, bytes]] = []
        self._fed = 0
        self._news = threading.Condition()
        self._ended = False
        self._peak = 0
        self._reaped = False
        self._answerer = Answerer(*size)
        self._switch = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH)
        self.pid, self._terminal, self._t0 = _spawn(self.argv, size, env)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()

    # Reading and writing

    def _read(self) -> None:
        while True:
            try:
                if not select.select([self._terminal], [], [], 0.5)[0]:
                    continue
                data = os.read(self._terminal, _READ)
            except (OSError, ValueError):
                data = b""
            now = time.monotonic()
            if data and (reply := self._answerer.replies(data)):
                self.send(reply)
            with self._news:
                if data:
                    self._chunks.append((now, data))
                else:
                    self._ended = True
                self._news.notify_all()
            if not data:
                return

    def send(self, data: bytes) -> None:
        """Type into the terminal."""
        try:
            while data:
                data = data[os.write(self._terminal, data) :]
        except OSError:  # it ended; whoever waits for an effect will say so
            return

    def _wait_chunk(self, known: int, seconds: float) -> None:
        with self._news:
            if len(self._chunks) <= known and not self._ended:
                self._news.wait(max(0.0, seconds))

    def quiet(self, settle: float, patience: float = _PATIENCE) -> bool:
        """Wait until nothing was written for `settle` seconds; False where that did not come."""
        end = time.monotonic() + patience
        while time.monotonic() < end and not self._ended:
            known = len(self._chunks)
            last = self._chunks[-1][0] if known else self._t0
            rest = settle - (time.monotonic() - last)
            if rest <= 0:
                break
            self._wait_chunk(known, min(rest, end - time.monotonic()))
        else:
            return False
        self.sync()
        return True

    def sync(self) -> None:
        """Bring the screen up to the last chunk read."""
        while self._fed < len(self._chunks):
            self._feed_next()

    def _feed_next(self) -> float:
        stamp, data = self._chunks[self._fed]
        self.screen.feed(data)
        self._fed += 1
        return stamp

    def until(self, seen: Seen, patience: float = _PATIENCE) -> float:
        """The stamp of the chunk that made the screen show it.

        Raises:
            TimeoutError: It never did.
        """
        end = time.monotonic() + patience
        while True:
            while self._fed < len(self._chunks):
                stamp = self._feed_next()
                if seen(self.screen):
                    return stamp
            if self._ended or time.monotonic() >= end:
                raise TimeoutError(f"{' '.join(self.argv)}: not seen in time; the screen:\n{self.screen.text()}")
            self._wait_chunk(self._fed, min(0.25, end - time.monotonic()))

    # Measurements

    def start(self, seen: Seen, *, settle: float = 0.4) -> Start:
        """The program's first paint, what the caller waits for, and all bytes until it is quiet."""
        painted = self.until(Emulator.is_painted)
        shown = painted if seen(self.screen) else self.until(seen)
        self.quiet(settle, 8 * settle)  # a live program is never quiet
        size = sum(len(data) for _, data in self._chunks)
        return Start((painted - self._t0) * 1e3, (shown - self._t0) * 1e3, size)

    def window(self, seconds: float) -> Window:
        """What the program spends in that time, nothing being typed."""
        known, cpu, begun = len(self._chunks), process_tree.cpu_seconds(self.pid), time.monotonic()
        time.sleep(seconds)
        spent, ended = process_tree.cpu_seconds(self.pid) - cpu, time.monotonic()
        size = sum(len(data) for _, data in self._chunks[known:])
        self.sync()
        return Window(ended - begun, size, spent)

    def press(self, key: str, seen: Seen, *, settle: float = 0.05, patience: float = 5.0) -> Press:
        """One key, by name or as it is typed; its bytes are those until it is quiet."""
        self.sync()
        known = len(self._chunks)
        begun = time.monotonic()
        self.send(KEYS.get(key, key).encode())
        stamp = self.until(seen, patience)
        self.quiet(settle, 4 * settle)
        size = sum(len(data) for _, data in self._chunks[known:])
        return Press((stamp - begun) * 1e3, (self._chunks[-1][0] - begun) * 1e3, size)

    def presses(
        self, keys: Sequence[str], seen: Callable[[Emulator], Seen], *, gap: float = 0.06, settle: float = 0.05
    ) -> list[Press]:
        """One key after the other; `seen` is made from the screen before each. The pauses have no beat."""
        draw, out = random.Random(7), []
        for key in keys:
            self.sync()
            out.append(self.press(key, seen(self.screen), settle=settle))
            time.sleep(gap * (0.5 + draw.random()))
        return out

    def bytes_of(self, cause: Callable[[], None], seen: Seen, *, settle: float = 0.5) -> int:
        """What the program writes about something that is not a key."""
        self.sync()
        known = len(self._chunks)
        cause()
        self.until(seen)
        self.quiet(settle)
        return sum(len(data) for _, data in self._chunks[known:])

    def peak_mib(self) -> float:
        """The most memory the tree has held."""
        self._peak = max(self._peak, process_tree.peak_kib(self.pid))
        return self._peak / 1024

    # The end

    def finish(self) -> None:
        """Ask it to leave, and make it leave."""
        if self._reaped:
            return
        self.send(KEYS["ctrl+q"].encode())
        for signum, seconds in ((None, _LEAVE), (signal.SIGTERM, 2.0), (signal.SIGKILL, 2.0)):
            if signum is not None:
                os.killpg(self.pid, signum)
            if self._reap(seconds):
                break
        os.close(self._terminal)
        self._thread.join(1.0)
        sys.setswitchinterval(self._switch)

    def _reap(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not self._reaped and time.monotonic() < end:
            self._reaped = os.waitpid(self.pid, os.WNOHANG)[0] != 0
            time.sleep(0.005)
        return self._reaped


def _spawn(argv: list[str], size: tuple[int, int], env: Mapping[str, str]) -> tuple[int, int, float]:
    """Start a program as the leader of a terminal of its own: process id, our end, and when it began."""
    ours, theirs = os.openpty()
    columns, rows = size
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, columns * 8, rows * 16))
    read, write = os.pipe()  # both are closed by the exec
    pid = os.fork()
    if pid == 0:
        _become(argv, theirs, write, env)
    os.close(theirs)
    os.close(write)
    stamp = os.read(read, 8)
    os.close(read)
    return pid, ours, struct.unpack("d", stamp)[0]


def _become(argv: list[str], terminal: int, stamp: int, env: Mapping[str, str]) -> None:
    """In the child: take the terminal and become the program; never returns."""
    try:
        os.setsid()
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        for fd in (0, 1, 2):
            os.dup2(terminal, fd)
        for signum in (signal.SIGINT, signal.SIGPIPE, signal.SIGCHLD):
            signal.signal(signum, signal.SIG_DFL)
        os.write(stamp, struct.pack("d", time.monotonic()))
        os.execvpe(argv[0], argv, dict(env))
    except BaseException as error:
        os.write(2, f"{argv[0]}: {error}\r\n".encode())
    finally:
        os._exit(127)
