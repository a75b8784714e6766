"""Store: the one owner of the tasks. Notes what changed for the screen and what must be written for the session."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from camb_tui.domain import life
from camb_tui.domain.parts import latest
from camb_tui.domain.tasks import EPHEMERAL, Task, TaskStatus

_KEPT = tuple(name for name in Task.__struct_fields__ if name not in EPHEMERAL)


def _stands_otherwise(before: Task, now: Task) -> bool:
    return (before.status, before.superseded_by, before.archived) != (now.status, now.superseded_by, now.archived)


class Store(Mapping[str, Task]):
    """Tasks by key, in submission order, over the shelf they were loaded as (which may decode on demand)."""

    def __init__(self, loaded: Mapping[str, Task], on_news: Callable[[], None] = lambda: None) -> None:
        self._loaded = loaded
        self._on_news = on_news
        self._changed: dict[str, Task] = {}
        self._new: dict[str, None] = {}
        self._news: dict[str, Task] = {}
        self._unsaved: dict[str, Task] = {}
        self._by_task_id: dict[str, str] | None = None

    def __getitem__(self, key: str) -> Task:
        found = self._changed.get(key)
        return found if found is not None else self._loaded[key]

    def __iter__(self) -> Iterator[str]:
        yield from self._loaded
        yield from self._new

    def __len__(self) -> int:
        return len(self._loaded) + len(self._new)

    def __contains__(self, key: object) -> bool:
        return key in self._changed or key in self._loaded

    def put(self, task: Task, *, show: bool = True) -> None:
        """Take a new or changed task: to be saved unless only unwritten fields differ, and news for the screen.

        With `show` off the screen hears of it only at `show(key)`: what must be on disk before it is shown.
        """
        before = self.get(task.key)
        if before == task:
            return
        if before is None:
            self._new[task.key] = None
        if before is None or any(getattr(before, name) != getattr(task, name) for name in _KEPT):
            self._unsaved[task.key] = task
        if task.task_id is not None and self._by_task_id is not None:
            self._by_task_id[task.task_id] = task.key
        self._changed[task.key] = task
        if show:
            self.show(task.key)
        if task.part_of is not None and (before is None or _stands_otherwise(before, task)):
            self._gather(task.part_of)

    def _gather(self, key: str) -> None:
        """What a change of one part makes of the task it is a part of: always news and saved together with it."""
        parent = self.get(key)
        if parent is not None and parent.parts:
            found = [latest(part, self.get) for part in parent.parts]
            self.put(life.gathered(parent, [part for part in found if part is not None]))

    def show(self, key: str) -> None:
        """The task as it is now is news for the screen."""
        if not self._news:
            self._on_news()
        self._news[key] = self[key]

    def take_news(self) -> tuple[Task, ...]:
        """What changed since this was last called."""
        news, self._news = tuple(self._news.values()), {}
        return news

    def statuses(self) -> Iterator[tuple[str, TaskStatus]]:
        """Key and status of every task, without decoding what the shelf has not decoded yet."""
        brief = getattr(self._loaded, "brief", None)
        for key in self:
            if brief is not None and key not in self._changed:
                yield key, brief(key).status
            else:
                yield key, self[key].status

    def take_unsaved(self) -> tuple[Task, ...]:
        """What is to be written and was not handed out yet."""
        unsaved, self._unsaved = tuple(self._unsaved.values()), {}
        return unsaved

    @property
    def has_unsaved(self) -> bool:
        return bool(self._unsaved)

    def find_task_id(self, task_id: str) -> Task | None:
        """The task with this id of the service's."""
        if self._by_task_id is None:
            self._by_task_id = {task.task_id: task.key for task in self.values() if task.task_id is not None}
        key = self._by_task_id.get(task_id)
        return self[key] if key is not None else None
