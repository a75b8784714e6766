"""Every kind by keys alone, in a terminal: from the form to a line of its result and to its files; sent once each."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from camb_tui.domain.kinds import KINDS
from camb_tui.services.audio import read_facts
from camb_tui.services.changes import AudioFacts
from camb_tui.simulator import SimulatorOptions, SimulatorServer
from tests.e2e.by_keys import choose_kind, command, fill, find, open_result, save, send
from tests.e2e.terminal import Terminal, camb_tui, clean_environment
from tests.e2e.test_kinds import DESCRIPTION, FILM, KEY, STORY
from tests.support import StartSimulator

STORY_RUN = "{a finished story}"
TRANSCRIPT = (".srt", ".txt", ".json")


class Case(NamedTuple):
    """One kind: what is filled in, what its result shows, and what its files' names end in."""

    kind: str
    fields: Sequence[tuple[str, str]]
    line: str
    ends: Sequence[str]


NARROW = (
    Case(
        "tts",
        [("Text *", "Good evening."), ("Voice *", "20303"), ("Language *", "en-us")],
        r"Audio +127.*speech\.flac",
        [".flac"],
    ),
    Case(
        "translation",
        [("Texts *", "Hello, world!"), ("From *", "en-us"), ("To *", "fr-fr")],
        r"Hello, world! +Bonjour, le monde !",
        [".txt"],
    ),
    Case(
        "transcription",
        [("File *", "talk.wav"), ("Language *", "en-us")],
        r"0:00\.4  Speaker 1  Welcome to our channel\.",
        TRANSCRIPT,
    ),
    Case(
        "story",
        [("File *", "tale.txt"), ("Language *", "en-us"), ("Title", "The wolf")],
        r"Narrator  Nobody answered\.",
        [".mp3", "-dialogue.mp3", *TRANSCRIPT],
    ),
    Case(
        "translated-tts",
        [("Text *", "Hello, world!"), ("Voice *", "20303"), ("From *", "auto"), ("To *", "fr-fr")],
        r"Hello, world! +Bonjour, le monde !",
        [".flac", ".txt"],
    ),
    Case("text-to-sound", [("Prompt *", "Rain on a tin roof"), ("Seconds", "2")], r"Audio +127.*speech\.wav", [".wav"]),
)
WIDE = (
    Case(
        "dubbing",
        [("Video *", FILM), ("From *", "en-us"), ("To *", "es-es, fr-fr")],
        r"Spanish .Spain.[\s\S]*Bienvenidos a nuestro canal\.",
        [f"-{tag}{end}" for tag in ("es-es", "fr-fr") for end in (".mp4", ".flac", *TRANSCRIPT)],
    ),
    Case(
        "translated-story",
        [("Story's run *", STORY_RUN), ("To *", "de-de")],
        r"Narrator  Willkommen auf unserem Kanal\.",
        [".mp3", "-dialogue.mp3", *TRANSCRIPT],
    ),
    Case(
        "subtitles",
        [("Film *", FILM), ("From *", "en-us"), ("To *", "es-es, fr-fr")],
        r"Spanish .Spain.[\s\S]*Bienvenidos a nuestro canal\.",
        [f"-{tag}{end}" for tag in ("es-es", "fr-fr") for end in TRANSCRIPT],
    ),
    Case(
        "text-to-voice",
        [("Text *", "Good evening."), ("Voice *", DESCRIPTION)],
        r"Preview 3 .*preview-3\.flac",
        [f"-preview-{number}.flac" for number in (1, 2, 3)],
    ),
    Case(
        "audio-separation",
        [("File *", "talk.wav")],
        r"Background .*background\.flac",
        ["-foreground.flac", "-background.flac"],
    ),
    Case(
        "project-setup",
        [("Film *", FILM), ("From *", "en-us"), ("To *", "es-es")],
        r"To +Spanish \(Spain\)[\s\S]*Studio +studio\.example",
        [".json"],
    ),
)
FORMAT = Case("dub-alt-format", [("Language *", "es-es"), ("Format *", "mp3")], r"File +.*dub\.es-es\.mp3", [".mp3"])


@pytest.fixture
def server(simulator: StartSimulator) -> SimulatorServer:
    return simulator(SimulatorOptions(seed=1, speed=1000))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    folder = tmp_path / "saved"
    folder.mkdir()
    return folder


@pytest.fixture
def env(tmp_path: Path, saved: Path, server: SimulatorServer) -> dict[str, str]:
    config = tmp_path / "config.toml"
    config.write_text(f'download_folder = "{saved}"\n[send]\nundo_window = 0.0\n')
    (tmp_path / "talk.wav").write_bytes(b"RIFF" + bytes(200_000))
    (tmp_path / "tale.txt").write_text("It was night. The wolf came to the door. Nobody answered.")
    return clean_environment(
        tmp_path,
        CAMB_API_KEY=KEY,
        CAMB_BASE_URL=server.base_url,
        CAMB_TUI_SESSION=str(tmp_path / "session.toml"),
        CAMB_TUI_CONFIG=str(config),
        SSH_CONNECTION="",
    )


def submit(terminal: Terminal, case: Case, server: SimulatorServer) -> None:
    """Fill in the form of the kind and send it, under a name by which its row is found again."""
    choose_kind(terminal, case.kind)
    for label, text in case.fields:
        run_id = server.add_task("story", STORY)[1] if text == STORY_RUN else 0
        fill(terminal, label, str(run_id) if run_id else text)
    fill(terminal, "Name", f"my-{case.kind}")
    assert f"Send 1 {case.kind} task" in send(terminal)


def read_and_save(terminal: Terminal, case: Case, saved: Path) -> None:
    """See a line of the result, save it, and see that each file is what its name says."""
    name = f"my-{case.kind}"
    open_result(terminal, name, case.line)
    for end, path in save(terminal, saved, name, case.ends).items():
        assert is_whole(path), end
    terminal.press("q")
    terminal.wait_for(r"  Status  ")


def is_whole(path: Path) -> bool:
    """Whether the file is what its ending says, through to its end."""
    match path.suffix:
        case ".flac" | ".mp3" | ".wav":
            facts = read_facts(path)
            return facts.format[:3] == path.suffix[1:4].upper() and (facts.seconds or 0) > 0.5 and _decodes(facts)
        case ".mp4":
            return path.read_bytes()[4:8] == b"ftyp"
        case ".json":
            return bool(json.loads(path.read_text("utf-8")))
        case ".srt":
            cues = path.read_text("utf-8").strip().split("\n\n")
            timing = re.compile(r"\d+\n\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}\n\S")
            return all(timing.match(cue) for cue in cues)
        case ".txt":
            return bool(path.read_text("utf-8").strip())
    return False


def _decodes(facts: AudioFacts) -> bool:
    """Its waveform is that of the decoded sound; without the extra that decodes, the header has to do."""
    return bool(facts.peaks) or "miniaudio" in facts.remark


def creates(server: SimulatorServer) -> dict[str, int]:
    """How often each route was posted to, results in bulk left out."""
    posted = {route: n for route, n in server.world.counts.items() if route.startswith("POST ")}
    return {route: n for route, n in posted.items() if not route.endswith("-results")}


@pytest.mark.parametrize(("cases", "size"), [(NARROW, (80, 24)), (WIDE, (120, 40))], ids=["80x24", "120x40"])
def test_a_kind_goes_by_keys_from_its_form_to_its_files(
    env: dict[str, str],
    tmp_path: Path,
    saved: Path,
    server: SimulatorServer,
    cases: Sequence[Case],
    size: tuple[int, int],
) -> None:
    """Nothing is sent a second time, neither by looking at a result nor by saving it."""
    with Terminal(camb_tui(), size=size, env=env, cwd=tmp_path) as terminal:
        terminal.wait_for(r"No tasks yet")
        for case in cases:
            submit(terminal, case, server)
        for case in cases:
            terminal.wait_for(rf"SUCCESS .* my-{case.kind} ")
        for case in cases:
            read_and_save(terminal, case, saved)
        assert creates(server) == {f"POST {KINDS[case.kind].reference.create}": 1 for case in cases}
        if any(case.kind == "dubbing" for case in cases):
            have_in_another_format(terminal, saved, server)
        terminal.press("ctrl+q")
        assert terminal.wait_for_exit() == 0


def have_in_another_format(terminal: Terminal, saved: Path, server: SimulatorServer) -> None:
    """The one kind that begins at a finished task, the dub under the cursor: its run and languages are filled in."""
    made = server.world.made
    open_result(terminal, "my-dubbing", "Spanish")
    command(terminal, "alt-format")
    screen = terminal.wait_for(rf"New task  {KINDS[FORMAT.kind].title}[\s\S]*es-es, fr-fr")
    assert re.search(r"Dub's run \* +│ \d+", screen)
    for label, text in FORMAT.fields:
        fill(terminal, label, text)
    fill(terminal, "Name", f"my-{FORMAT.kind}")
    assert f"Send 1 {FORMAT.kind} task" in send(terminal)
    terminal.press("q")
    find(terminal, f"my-{FORMAT.kind}")
    terminal.wait_for(r"SUCCESS +alt")
    read_and_save(terminal, FORMAT, saved)
    assert server.world.made == made + 1, "its create is also how its result is asked for, but makes no second task"


def test_every_kind_is_driven() -> None:
    """A kind that is added wants its place here."""
    assert {case.kind for case in (*NARROW, *WIDE, FORMAT)} == set(KINDS)
