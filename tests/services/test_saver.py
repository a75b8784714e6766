"""The saver: who waits for the disk waits for a sync, and a full disk loses nothing."""

from __future__ import annotations

import asyncio

import pytest

from camb_tui.domain.errors import SessionWriteError
from camb_tui.domain.tasks import TaskStatus
from camb_tui.services.saver import Saver
from camb_tui.services.store import Store
from tests.services.fakes import Disk, a_task


def a_saver() -> tuple[Store, Disk, Saver, list[str]]:
    store, disk = Store({}), Disk()
    said: list[str] = []
    return store, disk, Saver(store, disk, trouble=said.append), said


async def test_several_who_wait_share_one_flush() -> None:
    """A flush costs milliseconds; four answers at once need one."""
    store, disk, saver, _ = a_saver()

    async def one(key: str) -> None:
        store.put(a_task(key))
        await saver.written()

    await asyncio.gather(*(one(f"key{number}") for number in range(4)))
    assert [(len(tasks), sync) for tasks, sync in disk.writes] == [(4, True)]


async def test_what_was_written_without_sync_is_synced_for_who_waits() -> None:
    """Else a task could be shown that a power cut takes back."""
    store, disk, saver, _ = a_saver()
    store.put(a_task())
    assert saver.flush()
    await saver.written()
    assert [sync for _, sync in disk.writes] == [False, True]


async def test_a_full_disk_is_told_once_and_what_waits_fails() -> None:
    """Nothing that depends on the disk may happen, and one sentence is enough."""
    store, disk, saver, said = a_saver()
    disk.is_full = True
    store.put(a_task())
    with pytest.raises(SessionWriteError):
        await saver.written()
    assert not saver.flush()
    assert len(said) == 1
    disk.is_full = False
    assert saver.flush()
    assert "again" in said[1]


async def test_fields_that_are_true_of_this_run_only_are_not_written() -> None:
    """A poll that changed nothing but its cadence must not grow the file."""
    store, disk, saver, _ = a_saver()
    store.put(a_task())
    saver.flush()
    store.put(store["aaaaaaaaaa"].but(stale=True, every=5.0, polled_at=1.0))
    assert not store.has_unsaved
    store.put(store["aaaaaaaaaa"].but(status=TaskStatus.SUCCESS))
    saver.flush()
    assert disk.statuses("aaaaaaaaaa") == ["PENDING", "SUCCESS"]


def test_the_store_tells_of_news_once_until_they_are_taken() -> None:
    """A hundred changes in one turn are one publish."""
    calls: list[int] = []
    store = Store({}, lambda: calls.append(1))
    for number in range(100):
        store.put(a_task(f"key{number}"))
    assert calls == [1]
    assert len(store.take_news()) == 100
    store.put(a_task("key1"))
    assert calls == [1], "nothing differs, so there is no news"


def test_what_must_be_on_disk_first_is_not_shown_before() -> None:
    """The user must not read an id that a crash would take away."""
    store = Store({})
    store.put(a_task(), show=False)
    assert store.take_news() == ()
    store.show("aaaaaaaaaa")
    assert [task.task_id for task in store.take_news()] == ["id-aaaaaaaaaa"]
