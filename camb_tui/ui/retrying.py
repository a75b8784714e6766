"""The words of a retry: what is asked before tasks go again, and what is said after."""

from __future__ import annotations

from collections.abc import Sequence

from camb_tui.domain.retrying import Plan, characters, wait_before
from camb_tui.domain.tasks import Task
from camb_tui.domain.text import one_line
from camb_tui.ui.words import age_text, clock_text, count_text


def name_of(task: Task) -> str:
    """A task as a notice calls it."""
    return one_line(task.label or task.kind, 40)


def twin_words(twin: Task, *, now: float) -> str:
    """That the same was sent before: "same as a81f, sent 40 s ago, PENDING"."""
    since = twin.submitted_at or twin.created_at
    age = max(0.0, now - since)
    ago = f"{int(age)} s" if age < 60 else age_text(age)
    verb = "sent" if twin.submitted_at is not None else "made"
    return f"same as {one_line(twin.key, 20)}, {verb} {ago} ago, {one_line(twin.shown_status, 20)}"


def plan_words(plan: Plan) -> str:
    """What a retry of many comes to, for the question about it."""
    number = len(plan.sent) + len(plan.left_out)
    if not plan.sent:
        worth = "is worth sending" if plan.insistent else "can be sent"
        return f"None of {number} {worth} again: {plan.reasons}."
    size = characters(plan.sent)
    much = f" (about {count_text(size, 'character')})" if size else ""
    out = f", {len(plan.left_out)} left out ({plan.reasons})" if plan.left_out else ""
    return f"Retry {number} marked: {len(plan.sent)} will be sent{much}{out}"


def insisting_words(plan: Plan) -> str:
    """The second question, for who wants to send also what is better left out."""
    extra = [one for one in plan.left_out if one.may_insist]
    number = len(plan.sent) + len(extra)
    return f"Send all {number} again, also {Plan((), tuple(extra)).reasons}? They may be charged once more."


def sent_words(number: int, window: float) -> str:
    """What to say once tasks were handed to the outbox."""
    if window <= 0:
        return f"sending {count_text(number, 'task')}"
    return f"{count_text(number, 'task')} will be sent in {window:g} s; z takes {'it' if number == 1 else 'them'} back"


def later_words(tasks: Sequence[Task], *, now: float) -> str:
    """What to say of tasks whose next try waits for hours; empty where none does."""
    waits = [wait for task in tasks if (wait := wait_before(task)) > 0]
    if not waits:
        return ""
    when = clock_text(now + min(waits), now=now).removesuffix(":00")
    what = "it waits" if len(waits) == 1 else f"{len(waits)} wait"
    return f"{what} for a quota until {when}; x takes back, :resume sends now"
