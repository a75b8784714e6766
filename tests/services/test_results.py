"""Kept results and saved files: fetched in bulk, without links, under safe names, never over another file."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from camb_tui.domain.errors import CambError, NoAnswerError, RejectedError, UsageError
from camb_tui.domain.kinds import KINDS, ResultShape
from camb_tui.domain.results import Result, read_result
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.downloads import Downloads, file_stem, put_in_place, safe_name, saved_together
from camb_tui.services.result_folder import ResultFolder
from camb_tui.services.results import ResultKeeper
from camb_tui.services.transcripts import fetch_transcripts
from tests.services.fakes import Clock, ScriptedClient, a_task

SEGMENT = {"start": 0, "end": 1.5, "text": "Hola", "speaker": "S1"}
DUB = {"54": {"audio_url": "http://files/a?sig=1", "video_url": None, "transcript": [SEGMENT]}}


def texts(*words: str) -> Result:
    return read_result(ResultShape.TEXTS, {"texts": list(words)})


class Bench:
    """A keeper over a scripted client and a folder of the test's."""

    def __init__(self, folder: Path) -> None:
        self.client, self.clock = ScriptedClient(), Clock()
        self.kept: dict[str, Result] = {}
        self.said: list[str] = []
        self.folder = ResultFolder(folder / "results")

        async def source() -> Any:  # the scripted client stands for the real one
            return self.client

        self.source = source
        self.keeper = ResultKeeper(
            source, self.folder, kept=self.kept.__setitem__, trouble=self.said.append, sleep=self.clock.sleep
        )
        self.downloads = Downloads(source, self.keeper, template="{label}{part}")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def done(key: str, kind: str = "translation", run_id: int | None = 7, **fields: Any) -> Task:
    return a_task(key, TaskStatus.SUCCESS, kind=kind, run_id=run_id, **fields)


async def test_what_nobody_waits_for_keeps_to_the_accounts_rate_and_what_a_person_opens_does_not(bench: Bench) -> None:
    """Gathering must not push polls and submissions over the rate; a key press must not wait behind them."""
    turns: list[int] = []

    async def turn() -> None:
        turns.append(len(bench.client.bulks))

    bench.keeper._turn = turn
    bench.client.bulk_answer = {number: texts(f"text {number}") for number in range(7)}
    for number in range(7):
        bench.keeper.settled(done(f"key{number}", run_id=number))
    await bench.keeper.fetch_waiting()
    assert turns == [0, 1], "one before each request"
    await bench.keeper.open(done("other", run_id=99))
    assert turns == [0, 1]


async def test_runs_that_settle_together_are_fetched_five_at_a_time(bench: Bench) -> None:
    """Seven results cost two requests instead of seven."""
    bench.client.bulk_answer = {number: texts(f"text {number}") for number in range(7)}
    for number in range(7):
        bench.keeper.settled(done(f"key{number}", run_id=number))
    await bench.keeper.fetch_waiting()
    assert [len(ids) for ids in bench.client.bulks] == [5, 2]
    assert {key: result.texts[0] for key, result in bench.kept.items()} == {f"key{n}": f"text {n}" for n in range(7)}


async def test_who_can_wait_has_results_with_others_in_one_request(bench: Bench) -> None:
    """A command that prints what hundreds of tasks gave back must not ask for each a second time."""
    bench.client.bulk_answer = {number: texts(f"text {number}") for number in range(5)}
    tasks = [done(f"key{number}", run_id=number) for number in range(5)]
    for task in tasks[:3]:
        bench.keeper.settled(task)
    opening = [asyncio.create_task(bench.keeper.open_along(task)) for task in tasks]
    await asyncio.sleep(0)
    await bench.keeper.fetch_waiting()
    assert [(await one).texts for one in opening] == [(f"text {number}",) for number in range(5)]
    assert (bench.client.bulks, bench.client.singles) == ([[0, 1, 2, 3, 4]], [])
    assert (await bench.keeper.open_along(tasks[0])).texts == ("text 0",), "kept by now"
    assert len(bench.client.bulks) == 1


async def test_links_come_with_others_too(bench: Bench) -> None:
    """Speech is not gathered by itself, since its links die; whoever asks for many has them five at a time."""
    speech = read_result(ResultShape.AUDIO, {"output_url": "http://files/a.flac"})
    bench.client.bulk_answer = dict.fromkeys(range(5), speech)
    opening = [
        asyncio.create_task(bench.keeper.open_along(done(f"key{number}", "tts", run_id=number))) for number in range(5)
    ]
    await asyncio.sleep(0)
    await bench.keeper.fetch_waiting()
    assert {(await one).audio_url for one in opening} == {"http://files/a.flac"}
    assert (len(bench.client.bulks), bench.client.singles) == (1, [])


async def test_what_does_not_come_with_others_is_asked_for_alone(bench: Bench) -> None:
    """And its error is told, not swallowed."""
    bench.client.bulk_answer = {1: texts("one"), 3: RejectedError("gone", code=410)}
    bench.client.result_script = [texts("two"), RejectedError("gone", code=410)]
    tasks = [done(f"key{number}", run_id=number) for number in (1, 2, 3)]
    opening = [asyncio.create_task(bench.keeper.open_along(task)) for task in tasks]
    await asyncio.sleep(0)
    await bench.keeper.fetch_waiting()
    assert [(await one).texts for one in opening[:2]] == [("one",), ("two",)]
    with pytest.raises(RejectedError):
        await opening[2]
    assert bench.client.singles == [2, 3]


async def test_what_a_person_opened_is_not_gathered_again(bench: Bench) -> None:
    """Two requests for one result, because somebody looked quickly, would be one too many."""
    bench.client.result_script = [texts("here")]
    task = done("key1", run_id=1)
    bench.keeper.settled(task)
    await bench.keeper.open(task)
    await bench.keeper.fetch_waiting()
    assert (bench.client.bulks, bench.client.singles) == ([], [1])
    saved = [done(f"dub{number}", "dubbing", run_id=number) for number in (2, 3)]
    bench.client.bulk_answer = {number: read_result(ResultShape.DUB, DUB) for number in (2, 3)}
    for one in saved:
        bench.keeper.settled(one)
    await bench.keeper.fetch_links(saved)
    await bench.keeper.fetch_waiting()
    assert bench.client.bulks == [[2, 3]]


async def test_links_for_saving_are_asked_for_five_at_a_time(bench: Bench) -> None:
    """What failed, what was joined, and what another task has the run of goes alone."""
    tasks = [done(f"speech{number}", "tts", run_id=number) for number in range(7)]
    others = [
        done("text", "translation", run_id=1),
        done("same", "tts", run_id=3),
        a_task("failed", TaskStatus.ERROR, kind="tts", run_id=9),
        done("voice", "text-to-voice", run_id=5),
        done("adopted", "a kind of tomorrow", run_id=5),
    ]
    groups = saved_together([*tasks, *others])
    assert [[task.key for task in group] for group in groups] == [
        [f"speech{number}" for number in range(5)],
        ["speech5", "speech6"],
        *([one.key] for one in others),
    ]
    bench.client.bulk_answer = {
        number: read_result(ResultShape.AUDIO, {"output_url": f"http://files/{number}.flac"}) for number in (0, 1, 2)
    }
    fresh = await bench.keeper.fetch_links(groups[0])
    assert {key: result.audio_url for key, result in fresh.items()} == {
        f"speech{number}": f"http://files/{number}.flac" for number in (0, 1, 2)
    }


async def test_a_kept_text_is_read_without_the_network(bench: Bench) -> None:
    """A result read once can be read offline."""
    bench.client.result_script = [texts("Bonjour")]
    task = done("key1")
    assert (await bench.keeper.open(task)).texts == ("Bonjour",)
    assert (await bench.keeper.open(task)).texts == ("Bonjour",)
    assert len(bench.client.singles) == 1


async def test_links_are_never_kept(bench: Bench, tmp_path: Path) -> None:
    """They die, and they open the file to whoever reads them."""
    bench.client.result_script = [read_result(ResultShape.DUB, DUB), NoAnswerError("away")]
    task = done("key1", kind="dubbing")
    assert (await bench.keeper.open(task)).links() == [("audio 54", "http://files/a?sig=1")]
    text = (tmp_path / "results" / "key1.json").read_text()
    assert "sig=1" not in text
    offline = await bench.keeper.open(task)
    assert offline.links() == []
    assert offline.dubs[0].transcript[0].text == "Hola"


async def test_a_result_that_lags_success_is_asked_again(bench: Bench) -> None:
    """An early 404 right after SUCCESS is the service catching its breath."""
    early = RejectedError("not found", code=404)
    bench.client.result_script = [early, early, texts("here")]
    assert (await bench.keeper.open(done("key1"))).texts == ("here",)
    bench.client.result_script = [RejectedError("gone", code=410)]
    with pytest.raises(RejectedError):
        await bench.keeper.open(done("key2"))


async def test_a_task_without_success_has_no_result(bench: Bench) -> None:
    """And nothing is asked of the service."""
    with pytest.raises(UsageError, match="ERROR"):
        await bench.keeper.open(a_task("key1", TaskStatus.ERROR))
    assert bench.client.singles == []


async def test_every_piece_of_a_dub_is_saved_under_its_language(bench: Bench, tmp_path: Path) -> None:
    """Audio, and the transcript in the usual formats; no video where there is none."""
    bench.client.result_script = [read_result(ResultShape.DUB, DUB)]
    paths = await bench.downloads.save(done("key1", kind="dubbing", label="trailer"), tmp_path / "out")
    assert [Path(path).name for path in paths] == [f"trailer-es-es.{form}" for form in ("flac", "srt", "txt", "json")]
    assert "00:00:00,000 --> 00:00:01,500\nHola" in Path(paths[1]).read_text()
    assert not list((tmp_path / "out").glob(".*")), "nothing half written stays"


@pytest.mark.parametrize(
    ("kind", "body", "names"),
    [
        ("translated-tts", {"output_url": "http://x/a.flac", "texts": ["Hola"]}, ["it.flac", "it.txt"]),
        ("translated-story", {"audio_url": "http://x/a.mp3", "dialogue_url": None}, ["it.flac"]),
        ("text-to-voice", {"previews": ["http://x/a.wav?e=1", "http://x/b"]}, ["it-preview-1.wav", "it-preview-2.bin"]),
        (
            "audio-separation",
            {"foreground_audio_url": "http://x/f.flac", "background_audio_url": "http://x/b.flac"},
            ["it-foreground.flac", "it-background.flac"],
        ),
        ("subtitles", {"transcript": [SEGMENT]}, ["it.srt", "it.txt", "it.json"]),
        ("subtitles", {"54": {"transcript": "1\n00 --> 01"}, "76": "http://x/a"}, ["it-es-es.srt", "it-fr-fr.txt"]),
        ("project-setup", {"run_id": 7, "project_details": {"studio_url": "http://x"}}, ["it.json"]),
        ("dub-alt-format", {"output_url": "http://x/dub.mkv?e=1"}, ["it.mkv"]),
    ],
)
async def test_every_kind_is_saved_under_names_that_tell_its_files_apart(
    bench: Bench, tmp_path: Path, kind: str, body: Any, names: list[str]
) -> None:
    bench.client.result_script = [read_result(KINDS[kind].result, body)]
    paths = await bench.downloads.save(done("key1", kind=kind, label="it"), tmp_path)
    assert [Path(path).name for path in paths] == names


async def test_results_that_are_nothing_but_links_are_not_kept_and_others_lose_theirs(tmp_path: Path) -> None:
    """A project's place in the web app is no link that dies."""
    folder = ResultFolder(tmp_path)
    for name, body in {
        "a1": (ResultShape.PREVIEWS, {"previews": ["http://x/a"]}),
        "a2": (ResultShape.FILE, {"output_url": "http://x/a"}),
        "b1": (ResultShape.SUBTITLES, {"54": {"transcript": "http://x/a"}}),
        "b2": (ResultShape.SPEECH_AND_TEXTS, {"output_url": "http://x/a", "texts": ["http://y"]}),
        "b3": (ResultShape.PROJECT, {"run_id": 1, "project_details": {"studio_url": "http://x/a"}}),
    }.items():
        folder.keep(name, read_result(*body))
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["b1", "b2", "b3"]
    kept = {shape: folder.read(key, shape) for key, shape in [
        ("b1", ResultShape.SUBTITLES), ("b2", ResultShape.SPEECH_AND_TEXTS), ("b3", ResultShape.PROJECT),
    ]}  # fmt: skip
    assert [found.links() if found is not None else None for found in kept.values()] == [
        [], [], [("project", "http://x/a")],
    ]  # fmt: skip
    speech = kept[ResultShape.SPEECH_AND_TEXTS]
    assert speech is not None
    assert speech.texts == ("http://y",)


async def test_kinds_without_a_bulk_route_are_gathered_one_by_one(bench: Bench) -> None:
    """With the request, of which the result's route needs a part."""
    told = read_result(ResultShape.STORY, {"audio_url": "http://x/a.mp3"})
    bench.client.result_script = [told]
    for number in (1, 2):
        bench.keeper.settled(done(f"key{number}", kind="translated-story", run_id=number, request={"run_id": 9}))
    await bench.keeper.fetch_waiting()
    assert (bench.client.bulks, bench.client.singles) == ([], [1, 2])
    assert bench.client.requests == [{"run_id": 9}, {"run_id": 9}]


@pytest.mark.parametrize("kind", ["translated-story", "dub-alt-format"])
async def test_a_result_that_needs_the_request_says_so_where_that_is_not_known(bench: Bench, kind: str) -> None:
    """An adopted task has none."""
    with pytest.raises(UsageError, match="made elsewhere"):
        await bench.keeper.open(done("key1", kind=kind, request={}))
    assert bench.client.singles == []


async def test_another_format_has_a_result_without_a_run(bench: Bench) -> None:
    """The service may answer its status with a bare word."""
    bench.client.result_script = [read_result(ResultShape.FILE, "http://x/a.mp3")]
    task = done("key1", kind="dub-alt-format", run_id=None, request={"run_id": 9, "language": 54})
    assert (await bench.keeper.open(task)).links() == [("file", "http://x/a.mp3")]


async def test_transcripts_are_fetched_in_every_language_the_run_has(bench: Bench, tmp_path: Path) -> None:
    """The source's is in no result; one language that is not there does not spoil the others."""
    bench.client.transcripts = {"en-us": "Hello", 54: "Hola"}
    request = {"source_language": "en-us", "target_languages": [54, "fr-fr"]}
    task = done("key1", kind="dubbing", label="film", request=request)
    found = await fetch_transcripts(bench.client, task, "srt")
    paths = await bench.downloads.save_texts(task, tmp_path, found)
    assert [Path(path).name for path in paths] == ["film-transcript-en-us.srt", "film-transcript-es-es.srt"]
    assert Path(paths[1]).read_text() == "Hola"
    bench.client.transcripts = {}
    with pytest.raises(RejectedError):
        await fetch_transcripts(bench.client, task, "srt")
    with pytest.raises(UsageError):
        await fetch_transcripts(bench.client, done("key2"), "srt")


async def test_saving_twice_never_writes_over_a_file(bench: Bench, tmp_path: Path) -> None:
    """The first may have been edited since; where it was not, one is enough."""
    task = done("key1", kind="tts", label="ch 12")
    first = await bench.downloads.save(task, tmp_path)
    same = await bench.downloads.save(task.but(saved=tuple(first)), tmp_path)
    Path(first[0]).write_bytes(b"edited")
    third = await bench.downloads.save(task.but(saved=tuple(first)), tmp_path)
    assert [Path(path).name for path in (*first, *same, *third)] == ["ch 12.flac", "ch 12.flac", "ch 12-2.flac"]
    assert Path(first[0]).read_bytes() == b"edited"


def test_a_long_label_leaves_room_for_what_tells_the_files_apart() -> None:
    """Cut at the end, all files of a task with a long Japanese label had the same name."""
    task = done("key1", label="日本" * 60)
    names = [file_stem("{label}-{key}{part}", task, part) for part in ("foreground", "background")]
    assert [name.rpartition("-key1")[2] for name in names] == ["-foreground", "-background"]
    assert all(len(name.encode()) <= 120 for name in names)


SEPARATION = {"foreground_audio_url": "http://x/f.wav", "background_audio_url": "http://x/b.wav"}


@pytest.mark.parametrize(("template", "fetched"), [("{label}{part}", 1), ("{label}", 2)])
async def test_a_second_save_brings_only_what_the_first_did_not(
    bench: Bench, tmp_path: Path, template: str, fetched: int
) -> None:
    """Both files are of one size; names that do not tell them apart must not make one of them the other."""
    bench.client.result_script = [read_result(ResultShape.SEPARATION, SEPARATION)]
    downloads = Downloads(bench.source, bench.keeper, template=template)
    task = done("key1", kind="audio-separation", label="it")
    old = tmp_path / ("it-background.wav" if template.endswith("{part}") else "it.wav")
    old.write_bytes(b"http://x/b.wav")
    came: dict[str, bool] = {}
    await downloads.save(task.but(saved=(str(old),)), tmp_path, done=came.__setitem__)
    assert sorted(came.values()) == [False, True]
    assert sorted(path.read_bytes() for path in tmp_path.glob("*.wav")) == [b"http://x/b.wav", b"http://x/f.wav"]
    assert len(bench.client.downloads) == fetched


async def test_a_folder_that_cannot_be_written_is_named(bench: Bench, tmp_path: Path) -> None:
    """The sentence says which folder and why."""
    (tmp_path / "file").write_text("")
    with pytest.raises(CambError, match=r"cannot save into .*file"):
        await bench.downloads.save(done("key1", kind="tts"), tmp_path / "file" / "sub")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc-passwd"),
        (".hidden", "hidden"),
        ("a\x1b[31mb\x00c\nd", "a [31mb c d"),
        ("a\u202eb", "a b"),
        ("///", "result"),
        ("x" * 500, "x" * 120),
        ("日本" * 100, "日本" * 20),
        ("CON: part|1?", "CON- part-1"),
    ],
)
def test_names_from_elsewhere_are_made_safe(name: str, safe: str) -> None:
    """A label must not choose a folder, hide a file or colour a terminal."""
    assert safe_name(name) == safe


def test_a_file_is_put_in_place_where_hard_links_do_not_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Network and FAT file systems know none."""

    def refuse(*_: Any) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr("os.link", refuse)
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "part").write_text("new")
    assert put_in_place(tmp_path / "part", tmp_path, "a", ".txt").name == "a-2.txt"
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_broken_kept_file_counts_as_none(tmp_path: Path) -> None:
    """It is fetched again rather than trusted."""
    folder = ResultFolder(tmp_path)
    folder.keep("key1", texts("x"))
    assert json.loads((tmp_path / "key1.json").read_text()) == {"texts": ["x"]}
    (tmp_path / "key1.json").write_text("{")
    assert folder.read("key1", ResultShape.TEXTS) is None
