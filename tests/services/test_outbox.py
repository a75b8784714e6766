"""The outbox: what is sent, what is never sent twice, and in which order it reaches the disk."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from camb_tui.domain.errors import (
    CambError,
    KeyRefusedError,
    NoAnswerError,
    NotSentError,
    PaymentRequiredError,
    RateLimitedError,
    RejectedError,
    ServerTroubleError,
    SessionWriteError,
    SettingsError,
    UnreadableAnswerError,
    UsageError,
)
from camb_tui.domain.tasks import Hold, Task, TaskStatus
from camb_tui.services.changes import Notice
from camb_tui.services.health import Breaker
from camb_tui.services.outbox import Outbox
from camb_tui.services.pace import Pace
from camb_tui.services.saver import Saver
from camb_tui.services.store import Store
from tests.services.fakes import Clock, Disk, ScriptedClient, a_submission, a_task, settle

START = Clock().now


class Bench:
    """An outbox with everything around it in the test's hands."""

    def __init__(self, *tasks: Task, careful_429: bool = False, in_flight: int = 4) -> None:
        self.clock, self.disk, self.client = Clock(), Disk(), ScriptedClient()
        self.store = Store({task.key: task for task in tasks})
        self.notices: list[Notice] = []
        self.watched: list[Task] = []
        self.saver = Saver(self.store, self.disk, trouble=lambda text: self.notices.append(Notice(text)))
        self.breaker = Breaker(clock=self.clock, draw=lambda: 0.5)
        self.breaker.key_changed(has_key=True)
        self.on_disk_at_post: list[list[str]] = []
        self.outbox = Outbox(
            self.store,
            self.saver,
            self.post,
            pace=Pace(1000.0, clock=self.clock, sleep=self.clock.sleep),
            breaker=self.breaker,
            in_flight=in_flight,
            clock=self.clock,
            draw=lambda: 0.5,
            accepted=self.watched.append,
            notice=self.notices.append,
            careful_429=careful_429,
            ready=self.ready,
        )
        self.on_disk_when_ready: list[list[str]] = []
        self.fault: CambError | None = None

    async def ready(self) -> None:
        self.on_disk_when_ready += [self.disk.statuses(key) for key in self.store]
        await asyncio.sleep(0)
        if self.fault is not None:
            raise self.fault

    async def post(self, task: Task) -> str:
        self.on_disk_at_post.append(self.disk.statuses(task.key))
        answer = await self.client.create(task.kind, task.request, intent=task.key)
        return str(answer.task_id)

    async def submit(self, count: int = 1, window: float = 0.0, **more: Any) -> list[str]:
        submissions = [a_submission(f"text {number}") for number in range(count)]
        tasks = await self.outbox.submit(submissions, window=window, account="acc", server="s", **more)
        return [task.key for task in tasks]

    async def work(self, seconds: float = 0.0) -> None:
        self.clock.pass_time(seconds)
        for _ in range(30):
            self.outbox.step()
            await settle()

    def status(self, key: str) -> TaskStatus:
        return self.store[key].status


async def test_intent_then_sending_then_task_id_reach_the_disk_in_that_order() -> None:
    """A kill between any two of them must leave the truth on the disk."""
    bench = Bench()
    (key,) = await bench.submit()
    await bench.work()
    assert bench.on_disk_at_post == [["held", "sending"]]
    assert bench.disk.statuses(key) == ["held", "sending", "PENDING"]
    assert all(sync for _, sync in bench.disk.writes)
    assert bench.store[key].task_id == "task-1"
    assert [task.key for task in bench.watched] == [key]


async def test_what_sending_needs_is_there_before_the_mark() -> None:
    """Libraries load for a tenth of a second; a kill in it must find the task queued, and not perhaps sent."""
    bench = Bench()
    (key,) = await bench.submit()
    await bench.work()
    assert bench.on_disk_when_ready == [["held"]]
    assert bench.status(key) is TaskStatus.PENDING


async def test_what_cannot_be_got_ready_is_met_by_the_create() -> None:
    """An address that cannot be used rejects the task, as it would without getting ready."""
    bench = Bench()
    bench.fault = SettingsError("no such address")
    bench.client.create_script = [bench.fault]
    (key,) = await bench.submit()
    await bench.work()
    assert bench.status(key) is TaskStatus.REJECTED
    assert len(bench.on_disk_at_post) == 1


async def test_a_batch_writes_its_intents_in_one_flush() -> None:
    """Two hundred flushes would take longer than the sending."""
    bench = Bench()
    keys = await bench.submit(200, batch="b")
    assert [len(tasks) for tasks, _ in bench.disk.writes] == [200]
    assert {bench.store[key].batch for key in keys} == {"b"}
    for _ in range(20):
        await bench.work()
    assert bench.client.creates == keys, "in order, each once"


async def test_nothing_is_sent_within_the_undo_window_and_undo_takes_it_back() -> None:
    """The window is there to save money."""
    bench = Bench()
    first, second = await bench.submit(2, window=5.0)
    await bench.work(4.9)
    assert bench.client.creates == []
    assert [task.key for task in bench.outbox.undo([first])] == [first]
    await bench.work(0.2)
    assert bench.client.creates == [second]
    assert bench.store[first].archived
    assert bench.outbox.undo([second]) == [], "what was sent cannot be taken back"


@pytest.mark.parametrize("window", [0.0, 5.0])
async def test_a_release_while_the_intent_is_being_written_does_not_send_it_twice(window: float) -> None:
    """The row is on the screen before the disk has it, and a slow disk gives time enough to press the key."""
    bench = Bench()
    submitting = asyncio.create_task(bench.submit(window=window))
    await asyncio.sleep(0)
    assert bench.disk.writes == [], "the intent is seen and not yet written"
    assert bench.outbox.release() == []
    (key,) = await submitting
    assert bench.outbox.release() == [], "what is in its window is released by the window's end alone"
    await bench.work()
    await bench.work(10.0)
    assert bench.client.creates == [key]


async def test_what_is_taken_back_while_it_is_being_written_is_not_sent() -> None:
    """Even where no window was asked for."""
    bench = Bench()
    submitting = asyncio.create_task(bench.submit())
    await asyncio.sleep(0)
    assert len(bench.outbox.undo()) == 1
    await submitting
    await bench.work(10.0)
    assert bench.client.creates == []


async def test_what_is_archived_in_its_window_is_not_sent() -> None:
    """Nobody would look for a charge behind a row that was put away."""
    bench = Bench()
    (key,) = await bench.submit(window=5.0)
    bench.store.put(bench.store[key].but(archived=True))
    await bench.work(10.0)
    assert bench.client.creates == []


async def test_a_key_that_stands_in_the_queue_twice_is_sent_once() -> None:
    """The last guard before money is spent: only what is queued leaves."""
    bench = Bench()
    (key,) = await bench.submit()
    bench.outbox.queue._queue.extend([key, key])
    await bench.work(1.0)
    assert bench.client.creates == [key]


async def test_undoing_a_retry_brings_the_old_row_back() -> None:
    """Else the failed task would be gone from the table."""
    old = a_task("old0000000", TaskStatus.ERROR)
    bench = Bench(old)
    (new,) = await bench.outbox.retry([old], window=5.0, account="acc", server="s")
    assert bench.store["old0000000"].superseded_by == new.key
    assert (new.retry_of, new.attempt) == ("old0000000", 2)
    bench.outbox.undo()
    assert bench.store["old0000000"].superseded_by is None


@pytest.mark.parametrize(
    ("error", "status", "posts"),
    [
        (NoAnswerError("reset"), TaskStatus.UNCONFIRMED, 1),
        (UnreadableAnswerError("html"), TaskStatus.UNCONFIRMED, 1),
        (ServerTroubleError("bad gateway", code=502), TaskStatus.UNCONFIRMED, 1),
        (ServerTroubleError("conflict", code=409), TaskStatus.UNCONFIRMED, 1),
        (RejectedError("text: too long", code=422, faults=[("text", "too long")]), TaskStatus.REJECTED, 1),
        (PaymentRequiredError("no credits", code=402), TaskStatus.HELD, 1),
        (KeyRefusedError("bad key", code=401), TaskStatus.HELD, 1),
        (NotSentError("refused"), TaskStatus.PENDING, 2),
        (RateLimitedError("slow down", retry_after=3.0), TaskStatus.PENDING, 2),
    ],
)
async def test_each_outcome_of_a_create_has_its_class(error: CambError, status: TaskStatus, posts: int) -> None:
    """Only what certainly was not taken goes again by itself."""
    bench = Bench()
    bench.client.create_script = [error]
    (key,) = await bench.submit()
    await bench.work()
    await bench.work(100.0)
    assert (bench.status(key), len(bench.client.creates)) == (status, posts)


async def test_an_error_nobody_foresaw_leaves_the_task_unconfirmed() -> None:
    """Whatever broke, the POST may have left."""
    bench = Bench()
    bench.client.create = None  # type: ignore[method-assign, assignment]  # calling it is the error
    (key,) = await bench.submit()
    await bench.work()
    await bench.work(100.0)
    assert bench.status(key) is TaskStatus.UNCONFIRMED


async def test_a_careful_user_has_429_count_as_unconfirmed() -> None:
    """That 429 took nothing is a convention, not a promise."""
    bench = Bench(careful_429=True)
    bench.client.create_script = [RateLimitedError("slow down", retry_after=1.0)]
    (key,) = await bench.submit()
    await bench.work()
    await bench.work(100.0)
    assert (bench.status(key), len(bench.client.creates)) == (TaskStatus.UNCONFIRMED, 1)


async def test_retry_after_is_waited_for_whole() -> None:
    """The service said when."""
    bench = Bench()
    bench.client.create_script = [RateLimitedError("slow down", retry_after=30.0)]
    await bench.submit()
    await bench.work()
    await bench.work(29.0)
    assert len(bench.client.creates) == 1
    await bench.work(1.5)
    assert len(bench.client.creates) == 2


async def test_payment_holds_everything_in_order_and_resumes_with_the_cheapest_alone() -> None:
    """One refusal is enough to know; two hundred more would be noise."""
    bench = Bench(in_flight=1)
    bench.client.create_script = [PaymentRequiredError("no credits", code=402)]
    keys = await bench.submit(4)
    await bench.work()
    assert [bench.status(key) for key in keys] == [TaskStatus.HELD] * 4
    assert {bench.store[key].hold for key in keys} == {Hold.PAYMENT}
    (late,) = await bench.submit()
    await bench.work(1.0)
    assert bench.store[late].hold == Hold.PAYMENT, "what is submitted meanwhile waits too"
    bench.client.create_script = [PaymentRequiredError("no credits", code=402)]
    bench.outbox.release()
    await bench.work()
    assert len(bench.client.creates) == 2, "the canary alone went, and was refused"
    assert bench.outbox.hold is Hold.PAYMENT
    bench.outbox.release()
    await bench.work()
    assert len(bench.client.creates) == 2 + 5
    assert bench.outbox.hold is None


async def test_a_refused_key_stops_sending_until_it_changes() -> None:
    """Each further create would be refused the same."""
    bench = Bench(in_flight=1)
    bench.client.create_script = [KeyRefusedError("bad key", code=401)]
    await bench.submit(3)
    await bench.work()
    assert len(bench.client.creates) == 1
    assert bench.outbox.release() == [], "there is still no key that works"
    bench.breaker.key_changed(has_key=True)
    bench.outbox.key_changed()
    await bench.work()
    assert len(bench.client.creates) == 1, "a new key alone sends nothing"
    bench.outbox.release()
    await bench.work()
    assert len(bench.client.creates) == 4


async def test_an_intent_that_cannot_be_written_is_not_sent() -> None:
    """Nothing leaves that the disk has not seen."""
    bench = Bench()
    bench.disk.is_full = True
    with pytest.raises(SessionWriteError):
        await bench.submit()
    bench.disk.is_full = False
    await bench.work(10.0)
    assert bench.client.creates == []
    assert [task.status for task in bench.store.values()] == [TaskStatus.HELD]


async def test_a_sending_mark_that_cannot_be_written_stops_the_post() -> None:
    """The disk may fill up between the intent and the POST."""
    bench = Bench()
    (key,) = await bench.submit(window=5.0)
    bench.disk.is_full = True
    await bench.work(6.0)
    assert bench.client.creates == []
    assert bench.status(key) is TaskStatus.HELD


async def test_a_task_id_stays_when_the_disk_is_full_and_is_written_later() -> None:
    """The task exists and costs money; its id must survive in memory at least."""
    bench = Bench()

    async def fill_then_answer(task: Task) -> str:
        bench.disk.is_full = True
        return "precious"

    bench.outbox._create = fill_then_answer
    (key,) = await bench.submit()
    await bench.work()
    assert bench.store[key].task_id == "precious"
    assert any("no space" in notice.text for notice in bench.notices)


async def test_the_retry_budget_ends_in_a_pause_not_in_a_storm() -> None:
    """A service that refuses every connection must not be hammered for ever."""
    bench = Bench()
    bench.client.create_script = [NotSentError("refused") for _ in range(50)]
    (key,) = await bench.submit()
    for _ in range(40):
        await bench.work(100.0)
        bench.breaker.answered(0.1)  # a probe found it well, so the breaker does not hide the budget
    assert len(bench.client.creates) == 11
    assert bench.status(key) is TaskStatus.HELD
    assert "too often" in bench.outbox.held_because


async def test_a_retry_after_of_hours_holds_sending_and_says_until_when() -> None:
    """Nobody should find out by silence that the queue stands still until the evening."""
    bench = Bench(in_flight=1)
    bench.client.create_script = [RateLimitedError("slow down", retry_after=3 * 3600.0)]
    keys = await bench.submit(2)
    await bench.work()
    until = time.strftime("%H:%M", time.localtime(bench.clock.now + 3 * 3600.0))
    assert f"the API asks to wait until {until}" in bench.outbox.held_because
    assert [bench.store[key].hold for key in keys] == [Hold.PAUSE, Hold.PAUSE]
    await bench.work(4 * 3600.0)
    assert len(bench.client.creates) == 1, "only a person's word goes on"
    bench.outbox.release()
    await bench.work()
    assert bench.client.creates == [keys[0], *keys]


def held_for_credits(key: str, text: str = "Hello there", **fields: Any) -> Task:
    request = {"text": text, "voice_id": 1, "language": 1}
    return a_task(key, TaskStatus.HELD, hold=Hold.PAYMENT.value, request=request, **fields)


async def test_the_others_stay_held_until_the_cheapest_was_accepted() -> None:
    """Shown as queued, they would look as if nothing stood in their way."""
    long, short = held_for_credits("long000000", "x" * 500), held_for_credits("short00000", "x")
    video = held_for_credits("video00000").but(kind="dubbing", request={"video_url": "https://v.example/a.mp4"})
    bench = Bench(video, long, short)
    bench.client.create_script = [RateLimitedError("slow down", retry_after=5.0)]
    bench.outbox.release()
    await bench.work()
    (late,) = await bench.submit()
    await bench.work()
    assert bench.status("short00000") is TaskStatus.QUEUED
    assert {bench.status(key) for key in ("video00000", "long000000", late)} == {TaskStatus.HELD}
    await bench.work(6.0)
    assert bench.client.creates == ["short00000", "short00000", "video00000", "long000000", late]
    assert bench.outbox.hold is None


async def test_a_hold_for_credits_outlives_a_restart() -> None:
    """After it too one goes first: the tasks themselves remember why they are held."""
    bench = Bench(held_for_credits("one0000000"), held_for_credits("two0000000"))
    bench.outbox.queue.stay_held()
    bench.client.create_script = [PaymentRequiredError("no credits", code=402)]
    bench.outbox.release()
    await bench.work()
    assert bench.client.creates == ["one0000000"]
    assert bench.outbox.hold is Hold.PAYMENT


async def test_a_canary_that_was_rejected_gives_way_and_one_without_answer_stops() -> None:
    """A faulty request says nothing about credits; silence may have cost some."""
    bench = Bench(*(held_for_credits(f"key{number:07}") for number in range(3)))
    bench.client.create_script = [RejectedError("bad", code=422), NoAnswerError("reset")]
    bench.outbox.release()
    await bench.work()
    assert len(bench.client.creates) == 2
    statuses = [task.status for task in bench.store.values()]
    assert statuses == [TaskStatus.REJECTED, TaskStatus.UNCONFIRMED, TaskStatus.HELD]
    assert "no answer" in bench.outbox.held_because


async def test_released_with_nothing_held_the_next_one_is_the_canary() -> None:
    """The hold came from a poll, so there was nobody to send first."""
    bench = Bench()
    bench.outbox.hold_all(Hold.PAYMENT)
    bench.outbox.release()
    bench.client.create_script = [PaymentRequiredError("no credits", code=402)]
    await bench.submit(3)
    await bench.work()
    assert len(bench.client.creates) == 1
    bench.outbox.release()
    await bench.work()
    assert len(bench.client.creates) == 4


async def test_news_of_a_task_sent_before_credits_were_added_hold_nothing() -> None:
    """Ten old tasks that end in PAYMENT_REQUIRED must not stop what was just paid for."""
    bench = Bench(held_for_credits("one0000000"))
    unpaid = a_task("unpaid0000", TaskStatus.PAYMENT_REQUIRED, submitted_at=bench.clock.now)
    bench.clock.pass_time(60.0)
    bench.outbox.release()
    await bench.work()
    bench.outbox.queue.payment_required(unpaid)
    assert bench.outbox.hold is None
    bench.outbox.queue.payment_required(unpaid.but(submitted_at=bench.clock.now + 1.0))
    assert bench.outbox.hold is Hold.PAYMENT


async def test_a_pause_does_not_forget_that_credits_are_out() -> None:
    """Released after it, all would go at once."""
    bench = Bench(held_for_credits("one0000000"), held_for_credits("two0000000"))
    bench.outbox.release()
    bench.client.create_script = [NotSentError("refused") for _ in range(20)]
    for _ in range(30):
        await bench.work(100.0)
        bench.breaker.answered(0.1)
    assert bench.outbox.hold is Hold.PAYMENT
    assert bench.status("two0000000") is TaskStatus.HELD


async def test_what_is_held_or_queued_can_be_taken_back_by_name() -> None:
    """`x` on a held row means that it is not wanted any more, whatever holds it."""
    bench = Bench(held_for_credits("one0000000"), held_for_credits("two0000000"), in_flight=1)
    assert bench.outbox.undo() == [], "without names only the undo window is meant"
    bench.outbox.undo(["one0000000"])
    assert bench.store["one0000000"].archived
    bench.outbox.release()
    await bench.work()
    assert bench.client.creates == ["two0000000"]


async def test_what_waits_for_later_is_sent_then_and_not_before() -> None:
    """A quota of hours; `H` for all the others must not send it, its own name does."""
    bench = Bench(a_task("early00000", TaskStatus.HELD, hold=Hold.PAUSE.value))
    old = [a_task(f"old{number:07}", TaskStatus.ERROR) for number in range(2)]
    for task in old:
        bench.store.put(task)
    first, second = await bench.outbox.retry(old, window=5.0, account="acc", server="s", later=[3600.0, 7200.0])
    assert (bench.store[first.key].hold, bench.store[first.key].held_until) == (Hold.LATER, bench.clock.now + 3600.0)
    bench.outbox.release()
    await bench.work(60.0)
    assert bench.client.creates == ["early00000"]
    bench.outbox.release([second.key])
    await bench.work()
    assert bench.client.creates[1:] == [second.key]
    await bench.work(3600.0)
    assert bench.client.creates[2:] == [first.key]


async def test_what_waited_for_later_when_the_program_ended_waits_on_once_the_user_says_so() -> None:
    """Nothing is sent by itself after a start; nor does the word to go on bring back a quota before its time."""
    due = START + 3600.0
    bench = Bench(a_task("late000000", TaskStatus.HELD, hold=Hold.PAUSE.value, held_until=due))
    bench.store.put(a_task("past000000", TaskStatus.HELD, hold=Hold.PAUSE.value, held_until=START + 60.0))
    await bench.work(3540.0)
    assert bench.client.creates == []
    bench.outbox.release()
    await bench.work()
    assert bench.client.creates == ["past000000"]
    assert bench.store["late000000"].hold == Hold.LATER
    await bench.work(120.0)
    assert bench.client.creates == ["past000000", "late000000"]


async def test_a_named_task_goes_before_its_time_after_a_start_too() -> None:
    bench = Bench(a_task("late000000", TaskStatus.HELD, hold=Hold.PAUSE.value, held_until=START + 3600.0))
    bench.outbox.release(["late000000"])
    await bench.work()
    assert bench.client.creates == ["late000000"]


async def test_a_file_that_is_another_by_now_is_not_sent() -> None:
    """What was agreed to was the file as it was."""
    bench = Bench()

    async def check(task: Task) -> None:
        raise UsageError("media.wav has changed")

    bench.outbox._check = check
    (key,) = await bench.submit()
    await bench.work()
    assert bench.client.creates == []
    assert bench.status(key) is TaskStatus.REJECTED
    assert "media.wav has changed" in (bench.store[key].message or "")
    assert bench.store[key].submitted_at is None
    assert "sending" not in bench.disk.statuses(key)


async def test_a_create_that_answers_with_the_result_leaves_a_finished_task_without_an_id() -> None:
    """There is nothing to poll, and the row says that it is done."""
    bench = Bench()
    bench.client.create_script = [""]
    (task,) = await bench.outbox.submit([a_submission()], window=0.0, account="a", server="s")
    bench.outbox.step()
    await bench.outbox.drain()
    found = bench.store[task.key]
    assert (found.status, found.task_id, found.settled_at) == (TaskStatus.SUCCESS, None, bench.clock.now)
    assert bench.disk.statuses(task.key)[-1] == "SUCCESS"
