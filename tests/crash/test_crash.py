"""The program killed some fifteen times, and the ledger that judges it shown accounts that do not balance."""

from __future__ import annotations

from pathlib import Path

import pytest

from camb_tui.domain.tasks import Task, TaskStatus
from camb_tui.services.outbox import TAKEN_BACK
from camb_tui.simulator.world import SeenCreate
from tests.crash.ledger import Ledger, Life
from tests.crash.lives import run_session
from tests.services.fakes import a_task


def test_killed_fifteen_times_it_loses_nothing_and_sends_nothing_twice(tmp_path: Path) -> None:
    """The short form of `python -m tests.crash --kills 1000`."""
    figures = run_session("pytest", 15, tmp_path)
    assert figures.violations == []
    assert figures.kills == 15
    assert figures.creates >= figures.accepted > 0
    assert (figures.lost, figures.doubled, figures.sent_without_word) == (0, 0, 0)


def book(session: list[Task], creates: list[SeenCreate], life: Life | None = None) -> list[str]:
    """What a ledger in which each name was asked for once finds wrong."""
    books = Ledger()
    books.asked.update({task.label for task in session})
    return books.check(life or Life({}, 0, spoke_at=0), {task.key: task for task in session}, creates)


def made(key: str, task_id: str | None = None, fault: str = "") -> SeenCreate:
    return SeenCreate("/tts", key, fault, task_id or f"id-{key}")


HELD = a_task("k", TaskStatus.HELD)
SENT = a_task("k")
DOUBT = a_task("k", TaskStatus.UNCONFIRMED)


def test_books_that_balance_are_not_blamed() -> None:
    """Refused, then taken; taken, with the answer lost; held and never sent."""
    other, third = a_task("o", TaskStatus.UNCONFIRMED), a_task("h", TaskStatus.HELD)
    creates = [SeenCreate("/tts", "k", "status 429"), made("k"), made("o", "unknown", "swallow")]
    assert book([SENT, other, third], creates, Life({"h": third}, 0, spoke_at=0, shown={"k": "id-k"})) == []


@pytest.mark.parametrize(
    ("session", "creates", "life", "fault"),
    [
        ([SENT], [made("k"), made("k", "id-2")], None, "doubled: 2 tasks"),
        ([SENT], [SeenCreate("/tts", "k", "status 502"), made("k")], None, "doubled: 2 requests"),
        ([], [made("k")], None, "does not hold it"),
        ([HELD], [made("k")], None, "the session says held"),
        ([SENT], [made("k", "id-other")], None, "made task id-other"),
        ([SENT], [made("k")], Life({}, 0), "sent at the start"),
        ([DOUBT], [made("k")], Life({"k": HELD}, 0, spoke_at=0), "sent without a word: k, held before"),
        ([], [], Life({"k": SENT}, 0, spoke_at=0), "the row k is gone"),
        ([DOUBT], [], Life({}, 0, spoke_at=0, shown={"k": "id-k"}), "task id id-k of k"),
        ([SENT, a_task("two", label=SENT.label)], [], None, "2 intents named"),
        ([HELD.but(archived=True, message=TAKEN_BACK)], [made("k")], None, "although taken back"),
    ],
)
def test_what_does_not_balance_is_named(
    session: list[Task], creates: list[SeenCreate], life: Life | None, fault: str
) -> None:
    """A harness that finds nothing wrong anywhere proves nothing."""
    assert any(fault in found for found in book(session, creates, life))


def test_an_id_seen_once_is_missed_for_ever() -> None:
    """The disk had it after an earlier life."""
    books = Ledger()
    books.asked[SENT.label] += 1
    life = Life({}, 0, spoke_at=0)
    assert books.check(life, {"k": SENT}, []) == []
    assert books.check(life, {"k": DOUBT}, []) == ["lost: task id id-k of k"]
