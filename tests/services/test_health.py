"""The breaker and the paces: when the service may be asked, and what the summary says of it."""

from __future__ import annotations

import pytest

from camb_tui.domain.errors import RateLimitedError
from camb_tui.services.changes import ApiState
from camb_tui.services.health import FIRST_PAUSE, LONGEST_PAUSE, Breaker
from camb_tui.services.pace import LONGEST_RETRY_AFTER, Pace, RetryBudget
from tests.services.fakes import Clock


def a_breaker() -> tuple[Breaker, Clock]:
    clock = Clock()
    return Breaker(clock=clock, draw=lambda: 0.5), clock


def test_pauses_double_up_to_five_minutes_while_tries_fail() -> None:
    """A service that is down for hours is asked every five minutes."""
    breaker, clock = a_breaker()
    for _ in range(5):
        breaker.failed()
    pauses = []
    for _ in range(8):
        again = breaker.asks_again_at
        assert again is not None
        pauses.append(again - clock.now)
        assert not breaker.may_ask()
        clock.now = again
        assert breaker.may_ask()
        assert not breaker.may_ask(), "one at a time"
        breaker.failed()
    assert pauses[0] == FIRST_PAUSE
    assert pauses[-1] == LONGEST_PAUSE


def test_a_try_that_never_went_out_leaves_room_for_another() -> None:
    """Else the breaker would wait for ever for its answer."""
    breaker, clock = a_breaker()
    for _ in range(5):
        breaker.failed()
    clock.pass_time(100.0)
    assert breaker.may_ask()
    breaker.abandoned()
    assert breaker.may_ask()


def test_half_of_the_last_twenty_failing_opens_it() -> None:
    """Every second answer an error is no service either."""
    breaker, _ = a_breaker()
    for number in range(20):
        breaker.answered(0.1) if number % 2 else breaker.failed()
        if number < 18:
            assert not breaker.is_open
    breaker.failed()
    assert breaker.is_open


def test_the_first_answer_closes_it_and_the_time_it_went_down_is_forgotten() -> None:
    """The summary says `ok` again at once."""
    breaker, clock = a_breaker()
    for _ in range(5):
        breaker.failed()
    assert breaker.health().since == clock.now
    breaker.answered(0.04)
    assert breaker.health() == (ApiState.OK, 0.04, None, None)


def test_the_summary_words_follow_the_state() -> None:
    """Slow, limited, refused and keyless each read differently."""
    breaker, clock = a_breaker()
    assert breaker.health().state is ApiState.UNKNOWN
    breaker.answered(9.0)
    assert breaker.health().state is ApiState.SLOW
    breaker.limited(30.0)
    assert breaker.health() == (ApiState.LIMITED, None, None, clock.now + 30.0)
    clock.pass_time(31.0)
    assert breaker.health().state is ApiState.SLOW
    assert breaker.refused()
    assert not breaker.refused(), "news only once"
    assert breaker.health().state is ApiState.REFUSED
    breaker.key_changed(has_key=False)
    assert breaker.health().state is ApiState.NO_KEY
    assert not breaker.may_ask()


async def test_the_rate_is_halved_by_429_and_recovers_slowly() -> None:
    """Politeness that lasts, and ends."""
    clock = Clock()
    pace = Pace(10.0, clock=clock, sleep=clock.sleep)
    pace.slow_down(None)
    pace.slow_down(None)
    assert pace.rate == 2.5
    for _ in range(100):
        pace.went_well()
    assert 5.0 < pace.rate < 10.0
    for _ in range(100):
        pace.went_well()
    assert pace.rate == 10.0


def test_the_429s_of_requests_that_left_together_halve_the_rate_once() -> None:
    """Eight polls in flight that are all refused say one thing, not eight."""
    clock = Clock()
    pace = Pace(10.0, clock=clock, sleep=clock.sleep)
    left = clock.now
    clock.pass_time(1.0)
    for _ in range(8):
        pace.slow_down(None, sent_at=left)
    assert pace.rate == 5.0
    pace.slow_down(None, sent_at=clock.now)
    assert pace.rate == 2.5, "this one left at the lower rate"


async def test_a_pause_that_is_asked_for_while_turns_are_waited_for_holds_for_these_too() -> None:
    """And they do not all go at once when it ends."""
    clock = Clock()
    pace = Pace(1.0, burst=1, clock=clock, sleep=clock.sleep)
    began = clock.now
    await pace.turn()
    slept: list[float] = []

    async def told_to_wait(seconds: float) -> None:
        if not slept:
            pace.slow_down(60.0)
        slept.append(seconds)
        await clock.sleep(seconds)

    pace._sleep = told_to_wait
    await pace.turn()
    assert clock.now - began >= 60.0
    before = clock.now
    await pace.turn()
    assert clock.now - before >= 1.0


def test_a_retry_after_of_a_week_is_no_reason_to_ask_never_again() -> None:
    """A slip of the service must not end all polls."""
    clock = Clock()
    pace = Pace(10.0, clock=clock, sleep=clock.sleep)
    pace.slow_down(7 * 86_400.0)
    assert pace.paused_until - clock.now == LONGEST_RETRY_AFTER


async def test_a_burst_is_small_and_the_long_run_keeps_the_rate() -> None:
    """Four at once at most, then one each tenth of a second."""
    clock = Clock()
    pace = Pace(10.0, burst=4, clock=clock, sleep=clock.sleep)
    began = clock.now
    for _ in range(4):
        await pace.turn()
    assert clock.now == began
    for _ in range(100):
        await pace.turn()
    assert clock.now - began == pytest.approx(10.0, abs=0.01)


def test_the_retry_budget_is_spent_by_tries_and_earned_by_successes() -> None:
    """Ten tries, then a tenth for each success."""
    budget = RetryBudget()
    assert [budget.take() for _ in range(11)] == [True] * 10 + [False]
    for _ in range(11):
        budget.earn()
    assert [budget.take() for _ in range(2)] == [True, False]


async def test_a_persons_question_waits_out_a_short_patience_and_is_told_of_a_long_one() -> None:
    """Retry-After is for everybody; but nobody looks at an empty pane for ten minutes."""
    clock = Clock()
    pace = Pace(10.0, clock=clock, sleep=clock.sleep)
    await pace.quiet()
    pace.slow_down(30.0)
    began = clock.now
    await pace.quiet()
    assert clock.now == began + 30.0
    pace.slow_down(600.0)
    with pytest.raises(RateLimitedError, match=r"asks to wait until \d\d:\d\d") as caught:
        await pace.quiet()
    assert (caught.value.retry_after, clock.now) == (600.0, began + 30.0)
