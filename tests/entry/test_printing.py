"""What scripts may rely on: the JSON of a task, and the plain columns."""

from __future__ import annotations

import json

from camb_tui.domain.kinds import ResultShape
from camb_tui.domain.results import Result
from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.printing import result_object, rfc3339, table_lines, task_line, task_object, to_json

PROMISED = {
    "key", "kind", "status", "label", "task_id", "run_id", "retry_of", "batch", "submitted_at", "settled_at",
    "exception_reason", "message", "request", "result", "stale",
}  # fmt: skip
TASK = Task(
    key="abc", kind="tts", status=TaskStatus.SUCCESS, created_at=0.0, submitted_at=1.5, settled_at=61.0,
    request={"text": "hello", "language": 1}, label="chapter", task_id="t-1", run_id=7,
)  # fmt: skip


def test_a_task_object_has_all_that_is_promised() -> None:
    made = json.loads(to_json(task_object(TASK)))
    assert set(made) >= PROMISED
    assert made["submitted_at"] == "1970-01-01T00:00:01.500Z"
    assert made["settled_at"] == "1970-01-01T00:01:01.000Z"
    assert made["result"] is None
    assert made["stale"] is False
    assert made["request"] == {"text": "hello", "language": 1}


def test_a_word_the_service_coined_is_told_as_it_came() -> None:
    assert task_object(TASK.but(status=TaskStatus.UNKNOWN, word="QUEUED_REMOTELY"))["status"] == "QUEUED_REMOTELY"


def test_a_result_is_always_an_object() -> None:
    def of(raw: object) -> object:
        return result_object(Result(shape=ResultShape.AUDIO, raw=raw))

    assert of({"texts": ["a"]}) == {"texts": ["a"]}
    assert of("https://files.example/a.flac") == {"output_url": "https://files.example/a.flac"}
    assert of([{"start": 0}]) == {"transcript": [{"start": 0}]}


def test_json_is_one_line_of_ascii_whatever_the_text() -> None:
    """C1 control characters and line separators pass plain JSON; a terminal or a line reader would trip over them."""
    line = to_json({"label": "a\x1b[31m\x9b\u2028\ud800\nb", "odd": float("nan")})
    assert line.isascii()
    assert "\n" not in line
    assert "\x1b" not in line
    assert json.loads(line)["odd"] == "nan"


def test_a_time_no_calendar_has_is_none() -> None:
    assert rfc3339(1e300) is None
    assert rfc3339(None) is None


def test_columns_line_up_also_under_wide_letters() -> None:
    lines = table_lines([TASK, TASK.but(key="def", label="章の朗読", task_id=None)], now=120.0)
    header, first, second = lines
    assert header.split() == ["KEY", "STATUS", "KIND", "NAME", "LANG", "AGE", "TASK", "ID", "RUN", "ID"]
    assert first.index("t-1") == header.index("TASK ID")
    assert second.index("en-us") == header.index("LANG") - 4  # four letters two cells wide stand before it


def test_hostile_text_reaches_no_terminal() -> None:
    hostile = TASK.but(label="a\x1b]0;x\x07\nb", exception_reason="\x9b2J", message="\u202eright", task_id="i\rd")
    for line in (*table_lines([hostile], now=0.0), task_line(hostile)):
        assert line.isprintable()
