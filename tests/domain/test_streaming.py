"""Streaming twins in the catalogue, and what becomes of a streamed task."""

from __future__ import annotations

from camb_tui.domain.advice import advise
from camb_tui.domain.kinds import KINDS, form_of, read_fields, streaming, wire_value
from camb_tui.domain.life import streamed
from camb_tui.domain.submissions import Submission, again, intend, task_size
from camb_tui.domain.tasks import Task, TaskStatus

SPEECH = {"text": "Hello there", "voice_id": "20303", "language": "1", "output_configuration.format": "wav"}


def test_twins_exist_for_those_kinds_that_have_a_route() -> None:
    assert [name for name in KINDS if form_of(name, streamed=True)] == [
        name for name, kind in KINDS.items() if kind.stream is not None
    ]
    assert streaming(KINDS["dubbing"]) is None
    assert form_of("tts", streamed=False) is KINDS["tts"]


def test_the_speech_route_takes_a_tag_and_nested_options() -> None:
    twin = form_of("tts", streamed=True)
    assert twin is not None
    values, faults = read_fields(twin, {**SPEECH, "inference_options.temperature": "0.5"})
    assert faults == []
    assert wire_value(twin, values) == {
        "text": "Hello there",
        "voice_id": 20303,
        "language": "en-us",
        "output_configuration": {"format": "wav"},
        "inference_options": {"temperature": 0.5},
    }
    _, faults = read_fields(twin, {**SPEECH, "inference_options.temperature": "9", "age": "4"})
    assert {fault.field for fault in faults} == {"inference_options.temperature", "age"}


def test_a_stream_tried_again_is_a_stream_again() -> None:
    first = intend(Submission("translation", {"text": "Hello"}, streamed=True, folder="/out"), key="a", now=1.0)
    second = intend(again(first), key="b", now=2.0, retry_of=first)
    assert (second.streamed, second.folder) == (True, "/out")
    assert task_size(second) == 5


def test_a_stream_that_is_over_is_settled_without_an_id() -> None:
    sent = Task(key="a", kind="tts", status=TaskStatus.SENDING, created_at=1.0, streamed=True, request={"text": "x"})
    whole = streamed(sent, "2 kB", whole=True, saved=("/out/a.mp3",), now=3.0)
    assert (whole.status, whole.settled_at, whole.task_id) == (TaskStatus.SUCCESS, 3.0, None)
    broken = streamed(sent, "1 kB came", whole=False, saved=(), now=3.0)
    assert broken.status is TaskStatus.ERROR
    assert broken.is_settled


def test_no_advice_about_a_stream_speaks_of_task_ids_to_adopt() -> None:
    """There is none to be found."""
    for status in (TaskStatus.SENDING, TaskStatus.SUCCESS, TaskStatus.ERROR, TaskStatus.UNCONFIRMED):
        task = Task(key="a", kind="tts", status=status, created_at=1.0, streamed=True, request={"text": "x"})
        assert not any(step.startswith("a ") or "web app" in step for step in advise(task).steps)
