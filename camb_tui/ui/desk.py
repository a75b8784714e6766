"""The desk: what the task keys do. Looks at the chosen tasks, asks where it must, and sends the engine a command.

Knows the bottom line and the engine, and no other widget; the screen gives it the tasks and does what concerns screens.
What can cost something stands in `spending`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from camb_tui.domain.tasks import NEEDS_USER, POLLED, UNSENT, Task, TaskStatus
from camb_tui.domain.transcripts import FORMS, has_transcripts
from camb_tui.services.changes import CancelStream, Look, Mark, OpenResult, Play, Save, SaveTranscript, Undo, Watch
from camb_tui.ui.copying import curl_text, ids_text, links_text, paths_text, words_text
from camb_tui.ui.retrying import name_of
from camb_tui.ui.spending import Chosen, Spending
from camb_tui.ui.strip import BottomLine, Option
from camb_tui.ui.words import count_text


class Desk(Spending):
    """One method for each task key."""

    def __init__(self, screen: Chosen, strip: BottomLine, *, window: float, base_url: str) -> None:
        """Args:
        screen: Knows the tasks and the engine.
        strip: Where the desk speaks and asks.
        window: Seconds in which a submission can be taken back.
        base_url: The service, for curl lines.
        """
        super().__init__(screen, strip, window=window)
        self._base_url = base_url

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

    # ------------------------------------------------------- only ours

    def archive(self) -> None:
        """Take the chosen tasks out of the list, or back into it; a held one is not sent any more."""
        tasks = self._screen.chosen_tasks()
        held = tuple(t.key for t in tasks if t.status in UNSENT)
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
        tasks = [task for task in self._screen.chosen_tasks() if task.is_streaming]
        if tasks:
            self._ask_to_stop(tasks, opened_by="X")
        else:
            self._refuse("no stream is under way here")

    def leave_stream(self, key: str | None) -> None:
        """End the stream under the cursor, after the same question; nothing where there is none or marks are."""
        tasks = self._screen.chosen_tasks()
        if len(tasks) == 1 and tasks[0].key == key and tasks[0].is_streaming:
            self._ask_to_stop(tasks, opened_by="escape")

    def end_stream(self, task: Task) -> None:
        """End a stream at once: who watches it was told that the key does."""
        self._screen.send(CancelStream((task.key,)))

    def _ask_to_stop(self, tasks: Sequence[Task], *, opened_by: str) -> None:
        keys = tuple(task.key for task in tasks)
        words = f"End the stream of {self._names(tasks, len(tasks))}? What came is thrown away, and may be charged."
        self._strip.ask(words, lambda yes: self._screen.send(CancelStream(keys)) if yes else None, opened_by=opened_by)

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

    def transcript(self) -> None:
        """Save the transcripts of the chosen tasks; asks in which format."""
        keys = tuple(task.key for task in self._screen.chosen_tasks() if has_transcripts(task))
        if not keys:
            self._refuse("only a dub or subtitles that are SUCCESS have transcripts by language")
            return
        options = [Option(form[0], form) for form in FORMS]
        forms = {option.key: option.words for option in options}
        self._strip.choose("transcripts as:", options, lambda key: self._screen.send(SaveTranscript(keys, forms[key])))

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

    @staticmethod
    def _names(tasks: Sequence[Task], number: int) -> str:
        return name_of(tasks[0]) if number == 1 == len(tasks) else count_text(number, "task")
