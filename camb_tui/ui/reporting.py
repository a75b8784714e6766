"""The report of a retry of many: which tasks were sent and what became of them, which were left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from camb_tui.domain.retrying import Plan, failed_again, outcome_words
from camb_tui.domain.tasks import LIVE, Task, TaskStatus
from camb_tui.ui.retrying import name_of
from camb_tui.ui.words import count_text


class RetryReport:
    """Follows the tasks of one retry from the word to send them to their ends."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._last: dict[str, Task] = {task.key: task for task in plan.sent}
        """The newest try of each task that was sent, by the key it was marked under."""
        self._first: dict[str, str] = {task.key: task.key for task in plan.sent}
        """Of each try, the key its line was marked under."""
        self._told = False

    def take(self, tasks: Iterable[Task]) -> str:
        """Take changed tasks in; once all have ended, the sum of it, given once."""
        touched = False
        for task in tasks:
            first = self._first.get(task.retry_of or "")
            if first is not None:
                self._first[task.key] = first
            if task.key in self._first and task.attempt >= self._last[self._first[task.key]].attempt:
                self._last[self._first[task.key]] = task
                touched = True
        if not touched or self._told or not self._is_over() or self._is_taken_back():
            return ""
        self._told = True
        return self.summary()

    def _is_over(self) -> bool:
        begun = {task.key for task in self.plan.sent}
        return all(task.key not in begun and (task.status not in LIVE or task.archived) for task in self._last.values())

    def _is_taken_back(self) -> bool:
        """Nothing was sent after all, which who took it back knows."""
        return all(_was_taken_back(task) for task in self._last.values())

    def summary(self) -> str:
        """What became of those sent, in one line."""
        ends = list(self._last.values())
        again = [task for task in ends if failed_again(task)]
        done = sum(task.status is TaskStatus.SUCCESS for task in ends)
        words = [f"retry of {count_text(len(ends), 'task')}: {done} done"]
        if again:
            reasons = Counter(outcome_words(task).removeprefix("failed again: ") for task in again).most_common(3)
            words.append(f"{len(again)} failed again ({', '.join(reason for reason, _ in reasons)})")
        back = sum(map(_was_taken_back, ends))
        words += [f"{back} taken back"] if back else []
        live = sum(task.is_live or self._is_unsent(task) for task in ends) - back
        words += [f"{live} under way"] if live else []
        other = len(ends) - done - len(again) - back - live
        words += [f"{other} to decide"] if other else []
        return ", ".join(words) + "; :report lists them"

    def lines(self) -> Iterator[tuple[str, str, str]]:
        """Name, outcome and colour of every task of the retry, what needs the user first."""
        ends = [(task, *self._outcome(task)) for task in self._last.values()]
        for task, words, colour in sorted(ends, key=lambda one: _ORDER.index(one[2])):
            yield name_of(task), words, colour
        for one in self.plan.left_out:
            yield name_of(one.task), f"left out: {one.why}", "$text-muted"

    def _outcome(self, task: Task) -> tuple[str, str]:
        if _was_taken_back(task):
            return "taken back", "$text-muted"
        if self._is_unsent(task):
            return "not sent", "$text-warning"
        words = outcome_words(task)
        if task.is_failed:
            return words, "$text-error"
        return words, "$text-success" if task.status is TaskStatus.SUCCESS else "$text-primary"

    def _is_unsent(self, task: Task) -> bool:
        """The old try is still the newest."""
        return self._first.get(task.key) == task.key


def _was_taken_back(task: Task) -> bool:
    return task.archived and task.status is TaskStatus.HELD


_ORDER = ("$text-error", "$text-warning", "$text-primary", "$text-success", "$text-muted")
