"""What becomes of a try: delivered, to be repeated after a pause, or failed for good; and whether that is an alert.

Pure. Jitter is an argument, so that the same try is judged the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from analytics.notify.channel import Answer, Result

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
ALARM_AFTER_ATTEMPTS = 3
# Nothing is told so long after its ring: the escalation has rung anew since, and an old text misleads.
TOO_OLD = timedelta(minutes=15)


class Fate(StrEnum):
    """The state of the outbox row after a try."""

    SENT = "sent"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """again_after: pause before the next try, only for `pending`. alarm: the channel itself is now in trouble."""

    fate: Fate
    again_after: timedelta | None = None
    alarm: bool = False


def judge(result: Result, attempts: int, age: timedelta, jitter: float) -> Verdict:
    """Judge a try.

    attempts: tries so far, this one included, at least 1. age: since the ring that is told. jitter: 0 up to 1, spreads
    the pauses of many rows between half and the whole.
    """
    if result.answer is Answer.DELIVERED:
        return Verdict(Fate.SENT)
    if result.answer is Answer.NO_ADDRESS:
        return Verdict(Fate.FAILED)
    alarm = result.answer is Answer.REFUSED or attempts >= ALARM_AFTER_ATTEMPTS
    pause = _pause(attempts, result.retry_after_s, jitter)
    if result.answer is Answer.REFUSED or age + pause > TOO_OLD:
        return Verdict(Fate.FAILED, None, alarm)
    return Verdict(Fate.PENDING, pause, alarm)


def of_http(status: int, retry_after: str | None = None) -> Result:
    """Judge a bare HTTP status: for receivers whose only word it is. 3xx counts as refused: a moved receiver is a
    mistake in the settings, and following it would carry the alert somewhere unknown."""
    detail = f"HTTP {status}"
    if 200 <= status < 300:
        return Result(Answer.DELIVERED, detail)
    if status in (408, 409, 423, 425, 429) or status >= 500:
        return Result(Answer.NOT_NOW, detail, _seconds(retry_after))
    return Result(Answer.REFUSED, detail)


def _pause(attempts: int, retry_after_s: float | None, jitter: float) -> timedelta:
    doubling = FIRST_PAUSE_S * 2.0 ** min(attempts - 1, 16)
    wanted = min(max(doubling, retry_after_s or 0.0), LONGEST_PAUSE_S)
    return timedelta(seconds=wanted * (0.5 + jitter / 2))


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After in seconds; its other form, a date, is left to our own pauses."""
    return float(retry_after) if retry_after is not None and retry_after.isdecimal() else None
