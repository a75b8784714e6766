"""The filter language: what each word of it finds, and where it says that a text is no filter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camb_tui.domain.query import Query, QueryEnv, QueryFault, Sort, parse
from camb_tui.domain.tasks import Task, TaskStatus

NOON = 1_785_585_600.0  # 2026-08-01T12:00:00Z


def make(key: str = "k1", **fields: Any) -> Task:  # any field of a task
    return Task(**{"key": key, "kind": "tts", "status": TaskStatus.PENDING, "created_at": NOON, **fields})


def matches(text: str, task: Task, **env: Any) -> bool:  # any field of the environment
    return parse(text).matches(task, QueryEnv(**{"now": NOON, **env}))


TASKS = (
    make("k1", label="ch 12 narration", status=TaskStatus.ERROR, exception_reason="SOURCE_TOO_LONG", code=422),
    make("k2", label="Trailer", kind="dubbing", tags=("launch",), request={"target_languages": [54, "hi-in"]}),
    make("k3", kind="story", status=TaskStatus.SUCCESS, submitted_at=NOON - 400, settled_at=NOON - 100, run_id=777),
    make("k4", kind="translation", status=TaskStatus.UNKNOWN, word="THINKING", batch="book1", task_id="abc-123"),
    make("k5", status=TaskStatus.HELD, created_at=NOON - 7200, request={"text": "Once upon a time", "voice_id": 20303}),
    make("k6", status=TaskStatus.SUCCESS, saved=("/tmp/a.flac",), attempt=3, stale=True, pinned=True),
    make("k7", status=TaskStatus.PAYMENT_REQUIRED, superseded_by="k1"),
    make("k8", status=TaskStatus.TIMEOUT, archived=True),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "k1 k2 k3 k4 k5 k6"),
        ("trailer", "k2"),
        ("trailer OR narration", "k1 k2"),
        ("trailer | narration", "k1 k2"),
        ("ch narration", "k1"),
        ("ch AND narration", "k1"),
        ("narr & trailer", ""),
        ("Narration", ""),
        ("Trailer", "k2"),
        ('"ch 12"', "k1"),
        ("upon", "k5"),
        ("abc-123", "k4"),
        ("777", "k3"),
        ("LAUNCH", ""),
        ("launch", "k2"),
        ("/n.rr/", "k1"),
        ("status:error,success", "k1 k3 k6"),
        ("status:succ", "k3 k6"),
        ("status=succ", ""),
        ("status!=success", "k1 k2 k4 k5"),
        ("status:thinking", "k4"),
        ("status~/^(ERR|THI)/", "k1 k4"),
        ("kind:dub", "k2"),
        ("kind:dubbing,story", "k2 k3"),
        ("kind=tr", ""),
        ("kind:tr", "k4"),
        ("is:live", "k2 k4 k5"),
        ("is:live -is:held", "k2 k4"),
        ("is:settled", "k1 k3 k6"),
        ("is:failed", "k1"),
        ("is:done is:unsaved", "k3"),
        ("is:saved", "k6"),
        ("is:stale", "k6"),
        ("is:pinned", "k6"),
        ("is:archived", "k8"),
        ("is:failed is:archived", "k8"),
        ("is!=live", "k1 k3 k6"),
        ("NOT (status:success OR status:pending)", "k1 k4 k5"),
        ("! kind:tts", "k2 k3 k4"),
        ("-kind:tts", "k2 k3 k4"),
        ('-"ch 12" kind:tts', "k5 k6"),
        ("NOT NOT kind:story", "k3"),
        ("(kind:dubbing OR kind:story) is:live", "k2"),
        ("kind:dubbing kind:tts OR kind:story", "k3"),
        ("name:narr", "k1"),
        ("name=Trailer", "k2"),
        ("name~/ch(apter)?\\s*1[0-9]/", "k1"),
        ("name!~/./", "k3 k4 k5 k6"),
        ("tag:launch", "k2"),
        ("tag:lau", ""),
        ("batch:BOOK1", "k4"),
        ("lang:hi", "k2"),
        ("lang:hi-in", "k2"),
        ("lang=hi", ""),
        ("voice:20303", "k5"),
        ("text:once", "k5"),
        ("reason:too_long", "k1"),
        ("-reason:SOURCE_TOO_LONG kind:tts", "k5 k6"),
        ("http:422", "k1"),
        ("http:400..499", "k1"),
        ("http!=422 is:failed", ""),
        ("try>1", "k6"),
        ("try<=1 is:done", "k3"),
        ("run:777", "k3"),
        ("age>1h", "k5"),
        ("age<1h is:held", ""),
        ("age:2h", "k5"),
        ("age:1h..3h", "k5"),
        ("dur:5m", "k3"),
        ("dur>=300s", "k3"),
        ("dur>5m", "k3"),
        ("dur:..1m", ""),
        ("created>-30m -is:held", "k1 k2 k3 k4 k6"),
        ("created<-30m", "k5"),
        ("ended:-1h", "k3"),
        ("created:2026-07-30..2026-08-03 is:held", "k5"),
        ("created<2026-07-30", ""),
        ("id:k3", "k3"),
        ("task:abc", "k4"),
        ("5:30", ""),
    ],
)
def test_a_query_finds_these_tasks(text: str, found: str) -> None:
    assert [task.key for task in TASKS if matches(text, task)] == found.split()


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("status:", 7, "value expected after status:"),
        ("kind:tts statsu:error", 10, "did you mean status?"),
        ("is:fail", 4, "did you mean failed?"),
        ("foo OR", 6, "something expected after OR"),
        ("OR foo", 6, "both sides of OR"),
        ("(kind:tts", 1, "never closed"),
        ("kind:tts)", 9, "a ( is missing"),
        ('name:"x', 6, "quote is never closed"),
        ("/abc", 1, "never closed"),
        ("name~/(/", 6, "not a regular expression"),
        ("name>5", 5, "> does not go with name"),
        ("age>5", 5, "a duration such as 30s"),
        ("http:4xx", 6, "a whole number"),
        ("created:2026-13-01", 9, "a time such as"),
        ("age>1m..5m", 5, "a range does not go with >"),
        ("limit:0", 7, "a number above 0"),
        ("sort:colour", 6, "no field 'colour'"),
        ("sort:is", 6, "no field 'is'"),
        ("-sort:age", 7, "does not go"),
        ("is:failed,", 10, "value expected after ,"),
        ("a &", 3, "something expected after &"),
        ("()", 2, "something expected in ( )"),
        ("!", 1, "something expected after !"),
        ("(" * 60, 42, "too many brackets"),
        ("a" * 2001, 2000, "at most 2,000 characters"),
    ],
)
def test_a_fault_says_where_and_what(text: str, column: int, words: str) -> None:
    with pytest.raises(QueryFault) as caught:
        parse(text)
    assert caught.value.column == column
    assert words in caught.value.message
    assert str(caught.value).startswith(f"col {column}: ")


def test_directives_tell_order_and_number_and_are_no_condition() -> None:
    query = parse("batch:book1 sort:-dur sort:name limit:20 group:kind cols:status,name")
    assert query.sort == (Sort("dur", down=True), Sort("name"))
    assert (query.limit, query.group, query.columns) == (20, "kind", ("status", "name"))
    assert [item.source for item in query.items] == ["batch:book1"]


def test_words_whose_facts_live_elsewhere_are_asked_of_the_environment() -> None:
    failed = make(status=TaskStatus.ERROR)
    assert matches("is:marked is:new", failed, marked={"k1"}, new={"k1"})
    assert not matches("is:marked", failed)
    assert matches("is:permanent", failed, permanent=lambda _: True)
    assert not matches("is:retryable", failed, permanent=lambda _: True)
    assert matches("is:retryable", failed)
    assert matches("is:stuck", failed, stuck=lambda task: task.key == "k1")
    assert matches("left<1m", failed, left=lambda _: 40.0)
    assert not matches("left<1m", failed)


def test_today_is_the_day_of_the_users_clock() -> None:
    day = 86400
    assert matches("created:today", make(created_at=NOON))
    assert not matches("created:today", make(created_at=NOON - day))
    assert not matches("created:today", make(created_at=NOON + day))


@pytest.mark.parametrize(
    ("new", "old", "narrows"),
    [
        ("cha", "ch", True),
        ("ch", "", True),
        ("ch 12", "ch", True),
        ("is:failed ch", "is:failed", True),
        ("Cha", "ch", True),
        ("cHa", "Ch", False),
        ("ch", "cha", False),
        ("ch OR x", "ch", False),
        ("-cha", "-ch", False),
        ("ch is:archived", "ch", False),
        ("age>1h cha", "age>1h ch", False),
        ("cha", "a OR b", False),
    ],
)
def test_a_filter_typed_on_only_searches_what_is_left(new: str, old: str, *, narrows: bool) -> None:
    """Each key over 10,000 tasks would else search them all."""
    assert parse(new).narrows(parse(old)) is narrows


@given(st.text(alphabet='ab:12 ()|&!-"/~<>=.,NOTRAD_is:kindstatus', max_size=40))
def test_any_text_is_a_query_or_a_fault_within_it(text: str) -> None:
    column = 1
    try:
        parse(text).matches(TASKS[0], QueryEnv(NOON))
    except QueryFault as fault:
        column = fault.column
    assert 1 <= column <= max(1, len(text))


@given(st.lists(st.sampled_from(["ch", "cha", "is:live", "kind:tts", "12", "-ch", "a OR b"]), max_size=4))
def test_what_narrows_finds_no_more(words: Sequence[str]) -> None:
    queries: list[Query] = [parse(" ".join(words[:end])) for end in range(len(words) + 1)]
    env = QueryEnv(NOON)
    for old in queries:
        for new in queries:
            if new.narrows(old):
                assert {t.key for t in TASKS if new.matches(t, env)} <= {t.key for t in TASKS if old.matches(t, env)}
