"""Splits in the store: a task and the tasks its work was given to, kept in step when they are sent and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from camb_tui.domain import life
from camb_tui.domain.tasks import Task
from camb_tui.services.store import Store


def note_split(store: Store, tasks: Sequence[Task]) -> None:
    """Of new tasks, those that are parts do the work of what they are parts of from now on."""
    parts: dict[str, list[str]] = {}
    for task in tasks:
        if task.part_of is not None and task.retry_of is None:
            parts.setdefault(task.part_of, []).append(task.key)
    for key, its in parts.items():
        store.put(life.split(store[key], tuple(its)))


def with_siblings(store: Store, keys: Iterable[str], is_takeable: Callable[[str], bool]) -> list[str]:
    """What is to be taken back, with the other parts of a split of which nothing was sent; that is whole again first.

    Once a part was sent, each is taken back by itself.
    """
    wanted = dict.fromkeys(keys)
    parents = dict.fromkeys(store[key].part_of for key in wanted if key in store and is_takeable(key))
    for parent in filter(None, map(store.get, filter(None, parents))):
        if parent.parts and not wanted.keys().isdisjoint(parent.parts) and all(map(is_takeable, parent.parts)):
            wanted.update(dict.fromkeys(parent.parts))
            store.put(life.unsplit(parent))
    return list(wanted)
