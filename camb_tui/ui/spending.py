"""What the keys do that can cost money: retry, undo, send held, adopt, with the questions to ask before.

The part of the desk that spends. Knows the bottom line and the engine, and no other widget.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from camb_tui.domain.results import Result
from camb_tui.domain.retrying import Plan, blocked, may_check, plan_retry, risk
from camb_tui.domain.tasks import Hold, Task, TaskStatus
from camb_tui.services.changes import Adopt, Command, Question, Release, Retry, Severity, Split, Submit, TakeOver, Undo
from camb_tui.ui.adopt import MORE, kind_behind, kind_options, page_after, read_ids
from camb_tui.ui.reporting import RetryReport
from camb_tui.ui.retrying import insisting_words, later_words, name_of, plan_words, sent_words, twin_words
from camb_tui.ui.splitting import plan_split, split_words
from camb_tui.ui.strip import BottomLine, Option
from camb_tui.ui.words import clock_text, count_text

_ADOPT_AT_ONCE = 3
"""Ids adopted without a question; adopting costs nothing but rows."""
CHECK = Option("h", "ask the address first")
INSIST = Option("!", "send all the same")


class Chosen(Protocol):
    """What the desk asks of the screen."""

    clock: Callable[[], float]
    sending_held: str
    """Why sending is held; empty where it is not."""

    def chosen_tasks(self) -> list[Task]:
        """The marked tasks, or the one under the cursor."""
        ...

    def held_tasks(self) -> list[Task]:
        """Every held task."""
        ...

    def twin_finder(self) -> Callable[[Task], Task | None]:
        """Finds another task of the same request that is live or new."""
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


class Spending:
    """One method for each key that sends, or keeps from being sent."""

    def __init__(self, screen: Chosen, strip: BottomLine, *, window: float) -> None:
        """Args:
        screen: Knows the tasks and the engine.
        strip: Where the desk speaks and asks.
        window: Seconds in which a submission can be taken back.
        """
        self._screen, self._strip, self._window = screen, strip, window
        self._undoable: list[tuple[str, tuple[Command, ...]]] = []
        self._questions: deque[Question] = deque()
        self.report: RetryReport | None = None
        """The last retry of many."""

    # -------------------------------------------------------------- retry

    def retry(self) -> None:
        """Send the chosen tasks again, after a question where one is due. The list is the one of this moment."""
        tasks = self._screen.chosen_tasks()
        if not tasks:
            self._refuse("there is no task here to send again")
        elif len(tasks) == 1:
            self._retry_one(tasks[0])
        else:
            self._retry_many(plan_retry(tasks, self._screen.twin_finder()))

    def _retry_one(self, task: Task) -> None:
        if why := blocked(task):
            self._refuse(f"{name_of(task)}: cannot be sent again, {why}")
            return
        words = risk(task)
        if not words and (twin := self._screen.twin_finder()(task)) is not None:
            words = twin_words(twin, now=self._screen.clock())
        checkable = may_check(task)
        if checkable and not words:
            words = "its source could not be fetched"
        if words:
            self._ask(f"{name_of(task)}: {words}. Send it again?", Plan((task,), ()), (CHECK,) if checkable else ())
        else:
            self._send_again(Plan((task,), ()))

    def _retry_many(self, plan: Plan) -> None:
        others = [CHECK] if any(map(may_check, plan.sent)) else []
        if plan.insistent:
            others.append(INSIST)
        if plan.sent:
            self._ask(plan_words(plan), plan, others)
        elif plan.insistent:
            self._strip.choose(plan_words(plan), others, lambda _: self._insist(plan))
        else:
            self._refuse(plan_words(plan))

    def _ask(self, words: str, plan: Plan, others: Sequence[Option]) -> None:
        def take(key: str) -> None:
            if key == INSIST.key:
                self._insist(plan)
            else:
                self._send_again(plan, check=True)

        self._strip.ask(
            words,
            lambda yes: self._send_again(plan) if yes else None,
            opened_by="r",
            others=others,
            take=take,
        )

    def _insist(self, plan: Plan) -> None:
        """Ask a second time before what is better left out goes too."""
        left = tuple(one for one in plan.left_out if not one.may_insist)
        whole = Plan(plan.sent + plan.insistent, left)
        self._strip.ask(
            insisting_words(plan), lambda yes: self._send_again(whole) if yes else None, opened_by=INSIST.key
        )

    def _send_again(self, plan: Plan, *, check: bool = False) -> None:
        self._screen.send(Retry(tuple(task.key for task in plan.sent), check_sources=check))
        if len(plan.sent) + len(plan.left_out) > 1:
            self.report = RetryReport(plan)
        if check:
            self._strip.say("asking the source's address; what serves is sent again")
            return
        later = later_words(plan.sent, now=self._screen.clock())
        if later and len(plan.sent) == 1:
            self._strip.say(f"{name_of(plan.sent[0])}: {later}")
            return
        words = sent_words(len(plan.sent), self._window)
        out = f"; {len(plan.left_out)} left out, :report says why" if plan.left_out else ""
        self._strip.say(words + (f"; {later}" if later else "") + out + self._held_remark())

    def take(self, tasks: Sequence[Task]) -> None:
        """Tasks changed: the report of the last retry may be complete."""
        words = self.report.take(tasks) if self.report is not None else ""
        if words:
            self._strip.say(words)

    # ------------------------------------------- split, submit and undo

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
        return f"; sending is held: {self._screen.sending_held}" if self._screen.sending_held else ""

    def undo(self) -> None:
        """Take back what still waits to be sent; else undo the last archiving or pinning."""
        waiting = [task for task in self._screen.held_tasks() if task.hold == Hold.UNDO]
        if waiting:
            self._screen.send(Undo(tuple(task.key for task in waiting)))
            self._strip.say(f"taking back {count_text(len(waiting), 'task')}")  # the engine knows what had left already
        elif self._undoable:
            words, commands = self._undoable.pop()
            for command in commands:
                self._screen.send(command)
            self._strip.say(f"undone: {words}")
        else:
            self._refuse("there is nothing to undo")

    # ---------------------------------------------------------- send held

    def resume(self) -> None:
        """Send what is held; what waits for its own time only where nothing else is held."""
        waiting = [task for task in self._screen.held_tasks() if task.hold != Hold.UNDO]
        held = [task for task in waiting if task.hold != Hold.LATER]
        if waiting and not held and not self._screen.sending_held:
            self._resume_early(waiting)
            return
        if not held and not self._screen.sending_held:
            self._refuse("nothing is held")
            return
        reason = f" ({self._screen.sending_held})" if self._screen.sending_held else ""
        first = "; one first, the rest once it is accepted" if any(t.hold == Hold.PAYMENT for t in held) else ""
        later = self._later_words(held)
        words = f"Send {count_text(len(held), 'held task')}{reason}{first}{later}?" if held else f"Send again{reason}?"
        self._strip.ask(words, lambda yes: self._release((), len(held)) if yes else None, opened_by="H")

    def _later_words(self, held: Sequence[Task]) -> str:
        """That some of them wait for their time all the same; empty where none does."""
        now = self._screen.clock()
        times = [task.held_until for task in held if task.held_until is not None and task.held_until > now]
        if not times:
            return ""
        who = "it leaves" if len(held) == 1 else f"{len(times)} of them {'leaves' if len(times) == 1 else 'leave'}"
        return f"; {who} once the quota is back, from {clock_text(min(times), now=now)} on"

    def _resume_early(self, waiting: Sequence[Task]) -> None:
        now = self._screen.clock()
        until = clock_text(min(task.held_until or now for task in waiting), now=now)
        keys = tuple(task.key for task in waiting)
        self._strip.ask(
            f"Send {count_text(len(keys), 'task')} now that {'waits' if len(keys) == 1 else 'wait'} until {until}?",
            lambda yes: self._release(keys, len(keys)) if yes else None,
            opened_by="H",
        )

    def _release(self, keys: tuple[str, ...], number: int) -> None:
        self._screen.send(Release(keys))
        self._strip.say(f"releasing {count_text(number, 'held task')}" if number else "the next task will be sent")

    def take_over(self, *, reads: bool) -> None:
        """Write the session from here on, where nobody else does."""
        if reads:
            self._screen.send(TakeOver())
        else:
            self._refuse("this camb-tui writes the session already")

    # --------------------------------------------------------------- adopt

    def adopt(self, text: str) -> None:
        """Watch the task ids in a text, or give one to the unconfirmed task under the cursor."""
        pasted = read_ids(text)
        if not pasted.task_ids:
            self._refuse("there is no task id in that text")
            return
        chosen = self._screen.chosen_tasks()
        orphan = chosen[0] if len(chosen) == 1 and chosen[0].status is TaskStatus.UNCONFIRMED else None
        if orphan is not None and len(pasted.task_ids) == 1 and pasted.kind in (None, orphan.kind):
            self._adopt_for(orphan, pasted.task_ids, pasted.kind)
        elif pasted.kind is not None:
            self._adopt(pasted.kind, pasted.task_ids)
        else:
            self._ask_kind(pasted.task_ids)

    def _ask_kind(self, task_ids: tuple[str, ...], page: int = 0) -> None:
        def take(key: str) -> None:
            if key == MORE:
                self._ask_kind(task_ids, page_after(page))
            else:
                self._adopt(kind_behind(key, page), task_ids)

        options = [Option(key, words) for key, words in kind_options(page)]
        self._strip.choose(f"adopt {count_text(len(task_ids), 'task')} as:", options, take)

    def _adopt_for(self, orphan: Task, task_ids: tuple[str, ...], kind: str | None) -> None:
        """One id and an unconfirmed task: they may belong together, or the id may be of something else."""

        def take(_: str) -> None:
            if kind is None:
                self._ask_kind(task_ids)
            else:
                self._adopt(kind, task_ids)

        self._strip.ask(
            f"Is {task_ids[0]} the id of {name_of(orphan)}, which is unconfirmed?",
            lambda yes: self._adopt_each(orphan.kind, task_ids, orphan.key) if yes else None,
            opened_by="a",
            others=(Option("o", "another row"),),
            take=take,
        )

    def _adopt(self, kind: str, task_ids: tuple[str, ...]) -> None:
        if len(task_ids) > _ADOPT_AT_ONCE:
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

    # ---------------------------------------------- what the engine asks

    def ask_user(self, questions: Sequence[Question]) -> None:
        """The engine needs the user's word; asked once no other question is open."""
        self._questions.extend(questions)
        self.ask_next()

    def ask_next(self) -> None:
        """Ask what waits, if nothing is asked now."""
        if self._questions and not self._strip.is_asking:
            question = self._questions.popleft()
            self._strip.ask(question.words, lambda yes: self._answer(question, yes))

    def _answer(self, question: Question, yes: bool) -> None:
        if yes:
            self._screen.send(question.yes)
            self._strip.say("as you say")
        else:
            self._strip.say("left as it is; nothing was sent")

    def _refuse(self, why: str) -> None:
        self._strip.say(why, Severity.WARNING)
