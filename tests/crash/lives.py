"""One session's lives: the program started, used, killed and looked at, again and again, against one simulator."""

from __future__ import annotations

import csv
import http.client
import random
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from camb_tui.domain.tasks import FAILED, UNSENT, Task, TaskStatus
from camb_tui.services.changes import Stop
from camb_tui.services.session import load_session
from camb_tui.simulator import SimulatorOptions, SimulatorServer
from tests.crash import weather
from tests.crash.child import PATIENCE, Child, Driver, SubmitCommand
from tests.crash.ledger import Ledger, Life, orphans
from tests.crash.user import KEY, User
from tests.e2e.terminal import clean_environment

UPLOADED = "Once upon a time there was a session. " * 200
CONFIG = "[poll]\nrate = 400.0\n"


@dataclass(slots=True)
class Figures:
    """What a run counted."""

    kills: int = 0
    restarts: int = 0
    kills_by_moment: Counter[str] = field(default_factory=Counter)
    faults_met: Counter[str] = field(default_factory=Counter)
    intents: int = 0
    creates: int = 0
    """Requests for a task that reached the service."""
    accepted: int = 0
    """Tasks the service made of them."""
    unconfirmed: int = 0
    """Tasks unconfirmed after the last start."""
    orphans: int = 0
    """Tasks the service made whose ids never reached us; each is unconfirmed."""
    lost: int = 0
    doubled: int = 0
    sent_without_word: int = 0
    violations: list[str] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        """Take in the figures of another session."""
        for name in self.__slots__:
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, Counter):
                mine.update(theirs)
            else:
                setattr(self, name, mine + theirs)

    def blame(self, faults: list[str]) -> None:
        """Enter what did not hold; what is found again after each later life is entered once."""
        faults = [fault for fault in dict.fromkeys(faults) if fault not in self.violations]
        self.violations += faults
        self.lost += sum(fault.startswith("lost") for fault in faults)
        self.doubled += sum(fault.startswith("doubled") for fault in faults)
        self.sent_without_word += sum(fault.startswith("sent") for fault in faults)


def run_session(seed: str, kills: int, folder: Path) -> Figures:
    """Kill the program so many times on one session in `folder`, then start it once more and close the books."""
    draw = random.Random(seed)
    routes = draw.choice(("both", "both", "reference", "guide"))
    with SimulatorServer(SimulatorOptions(seed=draw.randrange(1 << 30), speed=200.0, routes=routes)) as server:
        lives = Lives(draw, server, folder)
        while lives.figures.kills < kills:
            if lives.figures.restarts > 3 * kills + 10:
                lives.figures.blame([f"{seed}: only {lives.figures.kills} kills in {lives.figures.restarts} starts"])
                break
            lives.live()
        lives.close()
        lives.figures.violations += server.world.failures
    lives.figures.violations = [f"session {seed}: {fault}" for fault in lives.figures.violations]
    return lives.figures


class Lives:
    """A session, its simulator, its user and its ledger."""

    def __init__(self, draw: random.Random, server: SimulatorServer, folder: Path) -> None:
        self.figures = Figures()
        self._draw, self._server = draw, server
        self._folder = folder
        self._path = folder / "session.toml"
        self._ledger = Ledger()
        upload = folder / "story.txt"
        upload.write_text(UPLOADED)
        config = folder / "config.toml"
        config.write_text(CONFIG)
        self._user = User(draw, self._ledger, upload, self._make_elsewhere)
        self._env = clean_environment(
            folder,
            CAMB_API_KEY=KEY,
            CAMB_BASE_URL=server.base_url,
            CAMB_TUI_SESSION=str(self._path),
            CAMB_TUI_CONFIG=str(config),
        )
        self._files: list[tuple[Path, list[str]]] = []

    def live(self) -> None:
        """One start, some use, one end, and what must hold after it."""
        life = self._begin()
        if self._draw.random() < 0.12:
            self._submit_a_file(life)
        else:
            self._drive(life)
        self._look_after(life)

    def close(self) -> None:
        """Start once more in fair weather, end properly, and count."""
        self._server.world.rules.add_faults({"rules": []})
        life = self._begin()
        with Driver(self._path, self._server.base_url, self._env, life.before) as driver:
            if driver.wait_ready():
                time.sleep(0.2)
                driver.send(Stop())
            code = driver.wait()
            if code != 0:
                self.figures.blame([f"the last start ended with {code}: {driver.complaint.decode()}"])
            life.shown = driver.shown
        self._look_after(life)
        session, creates = self._session(), self._server.world.creates
        left = [task.key for task in session.values() if task.status in (TaskStatus.SENDING, TaskStatus.QUEUED)]
        missed = [key for key in orphans(session, creates) if session[key].status is not TaskStatus.UNCONFIRMED]
        self.figures.blame([f"lost: {key} is not told to be unconfirmed at the end" for key in left + missed])
        self.figures.intents = len(session)
        self.figures.creates = len(creates)
        self.figures.accepted = sum(seen.task_id is not None for seen in creates)
        self.figures.faults_met = Counter(seen.fault.split()[0] if seen.fault else "none" for seen in creates)
        self.figures.unconfirmed = sum(task.status is TaskStatus.UNCONFIRMED for task in session.values())
        self.figures.orphans = len(orphans(session, creates))

    def _begin(self) -> Life:
        self.figures.restarts += 1
        return Life(self._session(), len(self._server.world.creates))

    def _session(self) -> dict[str, Task]:
        loaded = load_session(self._path, now=time.time())
        return dict(loaded.tasks)

    def _make_elsewhere(self) -> str:
        request = {"text": "made on the web page", "voice_id": 1, "language": 1}
        return self._server.add_task("tts", request, seconds=None)[0]

    # ------------------------------------------------------------ the engine

    def _drive(self, life: Life) -> None:
        world = self._server.world
        world.rules.add_faults({"rules": []})
        if rules := weather.faults(self._draw, self._server.base_url):
            world.rules.add_faults({"rules": rules})
        world.rules.add_outcomes({"rules": [weather.outcome(self._draw)]})
        moment = self._draw.choices(
            ("any", "at a create", "at the start", "in silence", "while ending", "no server"), (10, 5, 2, 1, 2, 1)
        )[0]
        with free_port() as nobody:
            url = nobody if moment == "no server" else self._server.base_url
            with Driver(self._path, url, self._env, life.before) as driver:
                if moment == "at the start":
                    time.sleep(self._draw.uniform(0.15, 0.5))
                elif driver.wait_ready():
                    self._use(driver, life, moment)
                else:
                    self.figures.blame([f"it did not start: {driver.complaint.decode()}"])
                self._kill(driver, moment)
                life.shown = driver.shown

    def _use(self, driver: Driver, life: Life, moment: str) -> None:
        creates = self._server.world.creates
        if moment == "in silence":
            time.sleep(self._draw.uniform(0.3, 1.0))
            return
        time.sleep(self._draw.uniform(0.0, 0.06))
        life.spoke_at = len(creates)
        words = self._user.words(life, driver.rows, orphans(life.before, creates))
        cut = self._draw.randint(0, len(words))
        driver.send(*words[:cut])
        wait = self._draw.uniform(0.005, 0.4)
        time.sleep(wait * self._draw.random())
        driver.send(*words[cut:])
        if moment == "at a create":
            wait_for_more(creates, wait)
            time.sleep(self._draw.choice((0.0, 0.0005, 0.001, 0.002, 0.004)))
        else:
            time.sleep(wait)
        if moment == "while ending":
            driver.send(Stop())
            time.sleep(self._draw.uniform(0.0, 0.08))

    def _kill(self, child: Child, moment: str) -> None:
        if child.kill():
            self.figures.kills += 1
            self.figures.kills_by_moment[moment] += 1

    # ------------------------------------------------------------ the command

    def _submit_a_file(self, life: Life) -> None:
        """`submit --from` a new file, or one that a kill may have cut short before; the command is the user's word."""
        self._server.world.rules.add_faults({"rules": []})
        if rules := weather.faults(self._draw, self._server.base_url):
            self._server.world.rules.add_faults({"rules": rules})
        if not self._files or self._draw.random() < 0.5:
            self._files.append(self._write_rows())
        path, names = self._draw.choice(self._files)
        for name in names:
            tasks = [task for task in life.before.values() if task.label == name]
            life.released.update(task.key for task in tasks if task.status in UNSENT)
            if all(task.status in FAILED or task.is_hidden for task in tasks):
                self._ledger.asked[name] += 1
        life.spoke_at = life.first
        creates = self._server.world.creates
        with SubmitCommand(path, self._env) as command:
            if self._draw.random() < 0.7:
                wait_for_more(creates, 3.0, command)
                time.sleep(self._draw.uniform(0.0, 0.1))
            else:
                time.sleep(self._draw.uniform(0.2, 0.9))
            self._kill(command, "submit --from")
            life.shown = command.shown

    def _write_rows(self) -> tuple[Path, list[str]]:
        path = self._folder / f"rows-{len(self._files)}.csv"
        names = [f"row {len(self._files)}.{number}" for number in range(self._draw.randint(2, 20))]
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["kind", "text", "voice_id", "language", "label"])
            writer.writerows(["tts", f"The text of {name}.", 20303, "en-us", name] for name in names)
        return path, names

    # ------------------------------------------------------------ after each life

    def _look_after(self, life: Life) -> None:
        self._wait_until_quiet()
        self.figures.blame(self._ledger.check(life, self._session(), list(self._server.world.creates)))
        strange = [file.name for file in self._folder.iterdir() if ".damaged." in file.name or ".changed." in file.name]
        for name in strange:
            (self._folder / name).unlink()
        self.figures.blame([f"the session was set aside as {name}" for name in strange])

    def _wait_until_quiet(self) -> None:
        """Return when the service has read all that the killed process sent: nothing may arrive after that."""
        probe = http.client.HTTPConnection(*_address(self._server))
        probe.request("GET", "/_simulator/requests", headers={"connection": "close"})
        probe.getresponse().read()  # connections are taken in order, so those before this one are known now
        probe.close()
        end = time.monotonic() + PATIENCE
        while self._server.connections and time.monotonic() < end:
            time.sleep(0.001)


def _address(server: SimulatorServer) -> tuple[str, int]:
    host, _, port = server.origin.rpartition("/")[2].partition(":")
    return host, int(port)


@contextmanager
def free_port() -> Iterator[str]:
    """A base URL at which nobody listens, for as long as it lasts."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/apis"


def wait_for_more(creates: Sized, seconds: float, child: Child | None = None) -> None:
    """Return when one more create has arrived, or after so many seconds, or when the child has ended."""
    count, end = len(creates), time.monotonic() + seconds
    while len(creates) == count and time.monotonic() < end:
        if child is not None and not child.is_running:
            return
        time.sleep(0.0005)
