"""The tasks in the snapshots: few, none of them the demo's, so that the demo may change without them."""

from __future__ import annotations

from camb_tui.domain.kinds import ResultShape
from camb_tui.domain.results import Result
from camb_tui.domain.tasks import Hold, Task, TaskStatus
from camb_tui.services.changes import Exchange
from tests.scenes import NOW, Answers
from tests.ui.fake_engine import task

FAILED, AGAIN, TRANSLATED = "ch 2", "ch 3", "subs"
_TEXTS = {"texts": ["Where were you?", "At sea."], "source_language": "en-us", "target_language": "fr-fr"}

TASKS: tuple[Task, ...] = (
    task("1", TaskStatus.SUCCESS, kind="translation", label=TRANSLATED, request=_TEXTS, run_id=11),
    task("2", TaskStatus.ERROR, exception_reason="SOURCE_TOO_LONG", message="4,812 characters", tags=("book",)),
    task("3", TaskStatus.TIMEOUT, batch="book", superseded_by="9"),
    task("4", TaskStatus.PENDING, every=5.0, polled_at=NOW - 2),
    task("5", TaskStatus.PENDING, every=5.0, polled_at=NOW - 60, stale=True),
    task("6", TaskStatus.UNCONFIRMED, message="no answer within 120 s"),
    task("7", TaskStatus.PAYMENT_REQUIRED, batch="book"),
    task("8", TaskStatus.HELD, hold=Hold.PAUSE.value),
    task("9", TaskStatus.SUCCESS, label=AGAIN, attempt=2, retry_of="3", batch="book", run_id=12),
)
ANSWERS = Answers(
    results={"1": Result(shape=ResultShape.TEXTS, texts=("Où étais-tu ?", "En mer."))},
    exchanges={
        "2": (
            Exchange(
                at=NOW - 300,
                seconds=0.04,
                method="GET",
                url="https://client.camb.ai/apis/tts/id-2",
                code=200,
                request="",
                response='{"status": "ERROR", "run_id": null, "exception_reason": "SOURCE_TOO_LONG"}',
                error="",
            ),
        )
    },
)
