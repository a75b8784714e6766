"""The desk: what the task keys do. Looks at the chosen tasks, asks where it must, and sends the engine a command.

Knows the bottom line and the engine, and no other widget; the screen gives it the tasks and does what concerns screens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from camb_tui.domain.results import Result
from camb_tui.domain.tasks import NEEDS_USER, POLLED, Hold, Task, TaskStatus
from camb_tui.services.changes import (
    Adopt,
    CancelStream,
    Command,
    Look,
    Mark,
    OpenResult,
    Play,
    Release,
    Retry,
    Save,
    Severity,
    Split,
    Submit,
    Undo,
    Watch,
)
from camb_tui.ui.adopt import kind_behind, kind_options, read_ids
from camb_tui.ui.copying import curl_text, ids_text, links_text, paths_text, words_text
from camb_tui.ui.retrying import name_of, plan_retry, sent_words
from camb_tui.ui.splitting import plan_split, split_words
from camb_tui.ui.strip import BottomLine, Option
from camb_tui.ui.words import count_text

_ADOPT_AT_ONCE = 3
"""Ids adopted without a question; adopting costs nothing but rows."""


class Chosen(Protocol):
    """What the desk asks of the screen."""

    def chosen_tasks(self) -> list[Task]:
        """The marked tasks, or the one under the cursor."""
        ...

    def held_tasks(self) -> list[Task]:
        """Every held task."""
        ...

    def result_of(self, key: str) -> Result | None:
        """The result of a task, where it is known here."""
        ...

    def send(self, command: Command) -> None:
        """Hand a command to the engine and look for its effect soon."""
        ...

    def copy(self, text: str) -> None:
        """Put a text on the clipboard and say which way it went."""
        ...


class Desk:
    """One method for each task key."""

    def __init__(self, screen: Chosen, strip: BottomLine, *, window: float, base_url: str) -> None:
        """Args:
        screen: Knows the tasks and the engine.
        strip: Where the desk speaks and asks.
        window: Seconds in which a submission can be taken back.
        base_url: The service, for curl lines.
        """
        self._screen, self._strip, self._window, self._base_url = screen, strip, window, base_url
        self._undoable: list[tuple[str, tuple[Command, ...]]] = []
        self.sending_held = ""

    # ------------------------------------------------------------ sending

    def retry(self) -> None:
        """Send the chosen tasks again, after a question where one is due."""
        plan = plan_retry(self._screen.chosen_tasks())
        if not plan.keys:
            self._refuse(plan.words)
        elif plan.asks:
            self._strip.ask(plan.words, lambda yes: self._retry(plan.keys) if yes else None, opened_by="r")
        else:
            self._retry(plan.keys)

    def _retry(self, keys: tuple[str, ...]) -> None:
        self._screen.send(Retry(keys))
        self._strip.say(sent_words(len(keys), self._window) + self._held_remark())

    def split(self) -> None:
        """Send the chosen task's text in smaller requests, after a question."""
        plan = plan_split(self._screen.chosen_tasks())
        key = plan.key
        if key is None:
            self._refuse(plan.words)
            return

        def go_on(yes: bool) -> None:
            if yes:
                self._screen.send(Split(key))
                self._strip.say(split_words(plan.number, self._window) + self._held_remark())

        self._strip.ask(plan.words, go_on, opened_by="|")

    def submit(self, submit: Submit) -> None:
        """Send what the form gave."""
        self._screen.send(submit)
        self._strip.say(sent_words(len(submit.submissions), self._window) + self._held_remark())

    def _held_remark(self) -> str:
        return f"; sending is held: {self.sending_held}" if self.sending_held else ""

    def undo(self) -> None:
        """Take back what still waits to be sent; else undo the last archiving or pinning."""
        waiting = [task for task in self._screen.held_tasks() if task.hold == Hold.UNDO]
        if waiting:
            self._screen.send(Undo(tuple(task.key for task in waiting)))
            self._strip.say(f"taken back: {count_text(len(waiting), 'task')}, nothing was sent")
        elif self._undoable:
            words, commands = self._undoable.pop()
            for command in commands:
                self._screen.send(command)
            self._strip.say(f"undone: {words}")
        else:
            self._refuse("there is nothing to undo")

    def resume(self) -> None:
        """Send what is held."""
        held = [task for task in self._screen.held_tasks() if task.hold != Hold.UNDO]
        if not held and not self.sending_held:
            self._refuse("nothing is held")
            return
        reason = f" ({self.sending_held})" if self.sending_held else ""
        first = "; one first, the rest once it is accepted" if any(t.hold == Hold.PAYMENT for t in held) else ""
        words = f"Send {count_text(len(held), 'held task')}{reason}{first}?" if held else f"Send again{reason}?"
        self._strip.ask(words, self._release, opened_by="H")

    def _release(self, yes: bool) -> None:
        if yes:
            self._screen.send(Release())
            self._strip.say("released: held tasks are being sent")

    # ----------------------------------------------------------- watching

    def look(self) -> None:
        """Ask now how the chosen tasks stand."""
        tasks = self._screen.chosen_tasks()
        keys = tuple(task.key for task in tasks if task.task_id)
        if not keys:
            self._refuse("there is nothing to look at: no task id from the service yet")
            return
        self._screen.send(Look(keys))
        self._strip.say(f"looking: {self._names(tasks, len(keys))}")

    def watch(self) -> None:
        """Watch overdue and missing tasks again, or stop watching live ones."""
        tasks = self._screen.chosen_tasks()
        again = tuple(t.key for t in tasks if t.status in NEEDS_USER and t.task_id)
        live = tuple(t.key for t in tasks if t.status in POLLED and t.task_id)
        if again:
            self._screen.send(Watch(again, on=True))
            self._strip.say(f"watching again: {self._names(tasks, len(again))}")
        elif live:
            self._screen.send(Watch(live, on=False))
            self._strip.say(f"no longer watched: {self._names(tasks, len(live))}; w watches again")
        else:
            self._refuse("only a live, overdue or missing task can be watched")

    def adopt(self, text: str) -> None:
        """Watch the task ids in a text; asks for their kind where the text does not begin with it."""
        pasted = read_ids(text)
        if not pasted.task_ids:
            self._refuse("there is no task id in that text")
            return
        if pasted.kind is not None:
            self._adopt(pasted.kind, pasted.task_ids)
            return
        options = [Option(key, words) for key, words in kind_options()]
        what = f"adopt {count_text(len(pasted.task_ids), 'task')} as:"
        self._strip.choose(what, options, lambda key: self._adopt(kind_behind(key), pasted.task_ids))

    def _adopt(self, kind: str, task_ids: tuple[str, ...]) -> None:
        chosen = self._screen.chosen_tasks()
        orphan = chosen[0] if len(chosen) == 1 and chosen[0].status is TaskStatus.UNCONFIRMED else None
        if orphan is not None and len(task_ids) == 1 and orphan.kind == kind:
            self._strip.ask(
                f"Is {task_ids[0]} the id of {name_of(orphan)}, which is unconfirmed? n makes it a row of its own.",
                lambda yes: self._adopt_each(kind, task_ids, orphan.key if yes else None),
                opened_by="a",
            )
        elif len(task_ids) > _ADOPT_AT_ONCE:
            self._strip.ask(
                f"Watch {len(task_ids)} tasks of kind {kind}?",
                lambda yes: self._adopt_each(kind, task_ids, None) if yes else None,
                opened_by="a",
            )
        else:
            self._adopt_each(kind, task_ids, None)

    def _adopt_each(self, kind: str, task_ids: tuple[str, ...], key: str | None) -> None:
        for task_id in task_ids:
            self._screen.send(Adopt(kind, task_id, key=key))
        self._strip.say(f"adopted {count_text(len(task_ids), 'task')} of kind {kind}")

    # ------------------------------------------------------- only ours

    def archive(self) -> None:
        """Take the chosen tasks out of the list, or back into it; a held one is not sent any more."""
        tasks = self._screen.chosen_tasks()
        held = tuple(t.key for t in tasks if t.status is TaskStatus.HELD)
        free = [t for t in tasks if not t.is_live]
        if not held and not free:
            self._refuse("a live task stays in the list; w stops watching it" if tasks else "there is no task here")
            return
        if held:
            self._screen.send(Undo(held))
        if free:
            on = not all(task.archived for task in free)
            self._mark("archived", on, tuple(t.key for t in free if t.archived != on))
        left = len(tasks) - len(held) - len(free)
        word = "taken back" if not free else "archived" if not all(t.archived for t in free) else "back in the list"
        more = f", {left} live left where they are" if left else ""
        self._strip.say(f"{word}: {self._names(tasks, len(held) + len(free))}{more}; z undoes it" if free else word)

    def pin(self) -> None:
        """Pin the chosen tasks, or unpin them where all are pinned."""
        tasks = self._screen.chosen_tasks()
        if not tasks:
            self._refuse("there is no task here")
            return
        on = not all(task.pinned for task in tasks)
        self._mark("pinned", on, tuple(t.key for t in tasks if t.pinned != on))
        self._strip.say(f"{'pinned' if on else 'unpinned'}: {self._names(tasks, len(tasks))}")

    def _mark(self, what: str, on: bool, keys: tuple[str, ...]) -> None:
        if what == "archived":
            there, back = Mark(keys, archived=on), Mark(keys, archived=not on)
        else:
            there, back = Mark(keys, pinned=on), Mark(keys, pinned=not on)
        self._screen.send(there)
        self._undoable.append((f"{what} {count_text(len(keys), 'task')}", (back,)))
        del self._undoable[:-20]

    def play(self) -> None:
        """Play the saved sound of the first chosen task, or stop it."""
        tasks = self._screen.chosen_tasks()
        if not tasks or not tasks[0].saved:
            self._refuse("there is no saved sound to play; s saves it")
        else:
            self._screen.send(Play(tasks[0].key))

    def stop_stream(self) -> None:
        """End the streams of the chosen tasks, after a question: what came is lost and may be paid for."""
        tasks = [task for task in self._screen.chosen_tasks() if task.streamed and task.status is TaskStatus.SENDING]
        if not tasks:
            self._refuse("no stream is under way here")
            return
        keys = tuple(task.key for task in tasks)
        words = f"End the stream of {self._names(tasks, len(tasks))}? What came is thrown away, and may be charged."
        self._strip.ask(words, lambda yes: self._screen.send(CancelStream(keys)) if yes else None, opened_by="X")

    # ------------------------------------------------- results and copies

    def save(self) -> None:
        """Save the results of the chosen tasks to disk."""
        tasks = self._screen.chosen_tasks()
        keys = tuple(task.key for task in tasks if task.status is TaskStatus.SUCCESS)
        if not keys:
            self._refuse("only a task that is SUCCESS has a result to save")
            return
        self._screen.send(Save(keys))
        left = len(tasks) - len(keys)
        self._strip.say(f"saving: {self._names(tasks, len(keys))}" + (f", {left} without a result" if left else ""))

    def copy_ids(self) -> None:
        """Copy the service's ids."""
        self._copy(ids_text(self._screen.chosen_tasks()), "no id to copy: the service gave none yet")

    def copy_more(self) -> None:
        """Offer what else can be copied of the task."""
        tasks = self._screen.chosen_tasks()
        if not tasks:
            self._refuse("there is no task here")
            return
        task, result = tasks[0], self._screen.result_of(tasks[0].key)
        if task.status is TaskStatus.SUCCESS and result is None:
            self._screen.send(OpenResult(task.key))  # so that it is there when the menu is answered
        options = [
            Option("l", "link"),
            Option("p", "path"),
            Option("t", "text"),
            Option("c", "curl"),
            Option("k", "our key"),
        ]
        self._strip.choose("copy:", options, lambda key: self._copy_part(key, tasks))

    def _copy_part(self, part: str, tasks: Sequence[Task]) -> None:
        task, result = tasks[0], self._screen.result_of(tasks[0].key)
        makers: dict[str, Callable[[], tuple[str, str]]] = {
            "l": lambda: (links_text(result), "no link to copy: its result is not here (yet)"),
            "p": lambda: (paths_text(tasks), "no path to copy: nothing of it was saved"),
            "t": lambda: (words_text(task, result), "no text to copy"),
            "c": lambda: (curl_text(task, self._base_url), "no curl line: the service gave no id yet"),
            "k": lambda: ("\n".join(one.key for one in tasks), "no key"),
        }
        self._copy(*makers[part]())

    def _copy(self, text: str, otherwise: str) -> None:
        if text:
            self._screen.copy(text)
        else:
            self._refuse(otherwise)

    # ------------------------------------------------------------- words

    def _refuse(self, why: str) -> None:
        self._strip.say(why, Severity.WARNING)

    @staticmethod
    def _names(tasks: Sequence[Task], number: int) -> str:
        return name_of(tasks[0]) if number == 1 == len(tasks) else count_text(number, "task")
