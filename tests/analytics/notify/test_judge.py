"""What becomes of a try. Pure."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from analytics.notify.channel import Answer, Result
from analytics.notify.judge import LONGEST_PAUSE_S, TOO_OLD, Fate, judge, of_http

YOUNG = timedelta(seconds=1)


def pause(attempts: int, result: Result | None = None, jitter: float = 1.0) -> float:
    verdict = judge(result or Result(Answer.NOT_NOW), attempts, YOUNG, jitter)
    assert verdict.fate is Fate.PENDING
    assert verdict.again_after is not None
    return verdict.again_after.total_seconds()


def test_pauses_double_up_to_a_minute() -> None:
    assert [pause(n) for n in (1, 2, 3, 6, 7, 40)] == [1, 2, 4, 32, 60, 60]
    assert pause(3, jitter=0.0) == 2


def test_the_third_failure_and_any_refusal_are_an_alarm() -> None:
    alarms = [judge(Result(Answer.NOT_NOW), n, YOUNG, 0.5).alarm for n in (1, 2, 3, 4)]
    assert alarms == [False, False, True, True]
    refused = judge(Result(Answer.REFUSED), 1, YOUNG, 0.5)
    assert (refused.fate, refused.alarm) == (Fate.FAILED, True)


def test_a_provider_may_ask_for_patience_but_not_for_hours() -> None:
    assert pause(1, of_http(429, "20")) == 20
    assert pause(1, of_http(503, "86400")) == LONGEST_PAUSE_S
    assert pause(1, of_http(503, "Wed, 21 Oct 2026 07:28:00 GMT")) == 1


def test_a_try_that_would_come_too_late_is_not_planned() -> None:
    assert judge(Result(Answer.NOT_NOW), 1, TOO_OLD - timedelta(seconds=2), 1.0).fate is Fate.PENDING
    assert judge(Result(Answer.NOT_NOW), 3, TOO_OLD - timedelta(seconds=2), 1.0).fate is Fate.FAILED


@given(st.sampled_from(Answer), st.integers(1, 10_000), st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_no_try_is_planned_when_it_is_too_old(answer: Answer, attempts: int, age_s: int, jitter: float) -> None:
    age = timedelta(seconds=age_s)
    verdict = judge(Result(answer), attempts, age, jitter)
    assert (verdict.fate is Fate.SENT) == (answer is Answer.DELIVERED)
    assert (verdict.again_after is not None) == (verdict.fate is Fate.PENDING)
    if verdict.again_after is not None:
        assert timedelta() < verdict.again_after <= timedelta(seconds=LONGEST_PAUSE_S)
        assert age + verdict.again_after <= TOO_OLD
