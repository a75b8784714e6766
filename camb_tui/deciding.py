"""The commands `retry`, `release`, `adopt` and `dismiss`: what a person decides about tasks, without the screen.

They ask no questions: what the screen would ask about is left out and told, and an option says yes to it beforehand.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from camb_tui.domain.advice import RetryClass, retry_class
from camb_tui.domain.errors import SessionError, UsageError
from camb_tui.domain.kinds import KINDS, find_kind
from camb_tui.domain.retrying import LeftOut, Plan, may_check, plan_retry, wait_before
from camb_tui.domain.tasks import UNSENT, Task, TaskStatus, account_fingerprint
from camb_tui.domain.text import one_line
from camb_tui.exits import Exit
from camb_tui.headless import Goal, Run
from camb_tui.selecting import select
from camb_tui.services.adopting import adoption, known_id
from camb_tui.services.changes import Adopt, Release, Retry
from camb_tui.services.session import Loaded, SessionFile
from camb_tui.services.settings import Settings
from camb_tui.submitting import OUTAGE
from camb_tui.ui.kin import TWIN_AGE, Twins
from camb_tui.waiting import reporter, say
from camb_tui.wiring import Options, key_of, make_engine, needed_key, session_file, settings_of


def retry(
    options: Options,
    *,
    query: Sequence[str],
    yes_pay_twice: bool,
    insist: bool,
    new_files: bool,
    check_sources: bool,
    dry_run: bool,
    wait: bool,
    timeout: float | None,
    as_json: bool,
) -> int:
    """Send tasks again, each as a new task in the old one's place; the exit code.

    Raises:
        CambError: It cannot be done as asked; nothing was sent.
    """
    settings = _sending_settings(options)
    with _writing(settings) as (session, loaded):
        asked = _meant(loaded, query, [task for task in loaded.tasks.values() if task.is_failed] if not query else None)
        now = time.time()
        recent = (task for task in loaded.tasks.values() if task.is_live or now - task.created_at < TWIN_AGE)
        plan = plan_retry(list(asked.values()), Twins(recent, account="").of)
        plan = _consented(plan, yes_pay_twice=yes_pay_twice, insist=insist)
        for one in plan.left_out:
            say(f"{one.task.key} {one_line(one.task.label, 60)}: left out, {one.why}")
        if dry_run:
            for task in plan.sent:
                lost = may_check(task) and not check_sources
                hint = (
                    ", though its source could not be fetched; --check-sources asks the address first" if lost else ""
                )
                say(f"{task.key} {one_line(task.label, 60)}: would be sent again{hint}")
        if dry_run or not plan.sent:
            return _verdict(Exit.SUCCESS if dry_run else Exit.FAILED, plan)
        keys = tuple(task.key for task in plan.sent)
        goal = Goal(
            commands=(Retry(keys, window=0.0, check_sources=check_sources, new_files=new_files, now=insist),),
            expected=len(keys),
            sends=True,
            retries=frozenset(keys),
            until_settled=wait,
            results=wait and as_json,
            timeout=timeout,
            outage=None if wait else OUTAGE,
        )
        return _verdict(_run(session, loaded, settings, goal, {}, as_json=as_json), plan)


def _consented(plan: Plan, *, yes_pay_twice: bool, insist: bool) -> Plan:
    """The plan with what the options say yes to, in the order asked for, and without what had better wait."""
    sent, left_out = [], []
    for task in plan.sent:
        if wait_before(task) and not insist:
            left_out.append(LeftOut(task, "its quota needs hours; --insist sends it now", may_insist=True))
        elif retry_class(task) is RetryClass.ASK and not insist:
            why = "nobody knows whether it can succeed; --insist sends it all the same"
            left_out.append(LeftOut(task, why, may_insist=True))
        else:
            sent.append(task)
    for one in plan.left_out:
        twice = retry_class(one.task) in (RetryClass.DOUBT, RetryClass.DONE)
        if one.may_insist and (yes_pay_twice if twice else insist):
            sent.append(one.task)
        else:
            option = "--yes-pay-twice" if twice else "--insist"
            hint = f"; {option} sends it all the same" if one.may_insist else ""
            left_out.append(one._replace(why=one.why + hint))
    return Plan(tuple(sent), tuple(left_out))


def _verdict(code: int, plan: Plan) -> int:
    """The exit code of a retry that left some out: an unconfirmed one weighs most, then that not all was done."""
    if code in (Exit.SUCCESS, Exit.FAILED) and any(one.task.status is TaskStatus.UNCONFIRMED for one in plan.left_out):
        return Exit.UNCONFIRMED
    return Exit.FAILED if code == Exit.SUCCESS and plan.left_out else code


def release(options: Options, *, query: Sequence[str], wait: bool, timeout: float | None, as_json: bool) -> int:
    """Send what is held; after a payment hold one first, and the others once it is accepted.

    Raises:
        CambError: It cannot be done as asked; nothing was sent.
    """
    settings = _sending_settings(options)
    with _writing(settings) as (session, loaded):
        held = {key: task for key, task in loaded.tasks.items() if task.status in UNSENT and not task.archived}
        asked = {key: held[key] for key in _meant(loaded, query, list(held.values())) if key in held}
        if not asked:
            if query:
                raise UsageError("none of these is held; `camb-tui list is:held` shows what is")
            say("nothing is held")
            return Exit.SUCCESS
        goal = Goal(
            commands=(Release(tuple(asked)),),
            releases=frozenset(asked),
            until_settled=wait,
            results=wait and as_json,
            timeout=timeout,
            outage=None if wait else OUTAGE,
        )
        return _run(session, loaded, settings, goal, asked, as_json=as_json)


def adopt(
    options: Options,
    *,
    kind: str,
    task_id: str,
    key: str | None,
    label: str | None,
    wait: bool,
    timeout: float | None,
    as_json: bool,
) -> int:
    """Take in a task id found elsewhere, as a new row or as that of an unconfirmed task.

    Raises:
        CambError: It cannot be done as asked; nothing was adopted.
    """
    settings = _sending_settings(options)
    found = find_kind(kind)
    if found is None:
        raise UsageError(f'there is no kind "{one_line(kind, 40)}"; there are {", ".join(KINDS)}')
    api_key = key_of(settings).api_key
    with _writing(settings) as (session, loaded):
        if key is not None and key not in loaded.tasks:
            raise UsageError(f"there is no task {one_line(key, 40)} in this session")
        wanted = known_id(task_id)
        holder = next((task for task in loaded.tasks.values() if task.task_id == wanted), None)
        task = adoption(
            Adopt(found.name, task_id, label or "", key),
            loaded.tasks,
            holder,
            account=account_fingerprint(api_key) if api_key else "",
            server=settings.base_url,
            now=time.time(),
        )
        session.append([task], sync=True)
        if not wait:
            reporter(as_json=as_json)(task, None)
            return Exit.SUCCESS
        loaded.tasks.put(task)
        goal = Goal(results=as_json, timeout=timeout)
        return _run(session, loaded, settings, goal, {task.key: task}, as_json=as_json)


def dismiss(options: Options, *, query: Sequence[str], as_json: bool) -> int:
    """Archive tasks that wait for a decision, here only; nothing is sent or cancelled.

    Raises:
        CambError: It cannot be done as asked; nothing was changed.
    """
    settings = _sending_settings(options)
    with _writing(settings) as (session, loaded):
        asked = _meant(loaded, query, None)
        busy = [task for task in asked.values() if task.is_live and task.status is not TaskStatus.HELD]
        if busy:
            names = ", ".join(f"{task.key} is {task.shown_status}" for task in busy[:5])
            raise UsageError(f"only what is not under way can be dismissed: {names}; nothing was changed")
        changed = [task.but(archived=True) for task in asked.values()]
        session.append(changed, sync=True)
        for task in changed:
            reporter(as_json=as_json)(task, None)
    return Exit.SUCCESS


def _sending_settings(options: Options) -> Settings:
    settings = settings_of(options)
    if settings.read_only:
        raise UsageError("nothing is sent or changed: the settings or --read-only forbid it")
    return settings


@contextmanager
def _writing(settings: Settings) -> Iterator[tuple[SessionFile, Loaded]]:
    """The session, locked and read, for as long as the block lasts."""
    session = session_file(settings)
    session.lock()
    try:
        loaded = session.load(time.time())
        if loaded.read_only:
            raise SessionError("; ".join(loaded.notices) or f"the session {session.path} cannot be written")
        for notice in loaded.notices:
            say(notice)
        yield session, loaded
    finally:
        session.release()


def _meant(loaded: Loaded, query: Sequence[str], otherwise: Sequence[Task] | None) -> Mapping[str, Task]:
    """The tasks that the words mean; without words those that `otherwise` names."""
    if not query and otherwise is not None:
        return {task.key: task for task in otherwise if not task.is_hidden}
    if not query:
        raise UsageError("name tasks by key or task id, or give a filter; `camb-tui list` shows what there is")
    found = select(loaded.tasks, query, now=time.time())
    if not found:
        raise UsageError("no task is meant by that; `camb-tui list` shows what there is")
    return found


def _run(
    session: SessionFile,
    loaded: Loaded,
    settings: Settings,
    goal: Goal,
    asked: Mapping[str, Task],
    *,
    as_json: bool,
) -> int:
    engine = make_engine(session, loaded, settings, needed_key(settings))
    run = Run(engine, goal, asked, before=set(loaded.tasks), report=reporter(as_json=as_json), say=say)
    return asyncio.run(run.finish())
