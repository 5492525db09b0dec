"""A gateway's clock is wrong: its heartbeats come from the future, or all from the same distance in the past.

An age of messages alone proves nothing, for what was spooled is old too; but a backlog drains within seconds while a
wrong clock stays wrong by the same amount. Two heartbeats must agree (for the past five), two good ones clear.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from analytics.detector import Detector, Memory, finding
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding
from analytics.hearing import Hearing
from analytics.moment import seconds
from analytics.rows import Rows
from anxin.columns import Discrete, to_ms
from anxin.event import Heartbeat
from anxin.vocabulary import AlertKind, ObservationKind

AHEAD, BEHIND, GOOD = 2, 5, 2
STEADY_MS = 5_000


class Ages(msgspec.Struct):
    """A gateway: how old its newest heartbeats were when they came (ms, negative: from the future),
    and when the newest says that it was sent."""

    ages: list[int] = []
    newest_ms: int = 0
    wrong: bool = False


class ClockDetector(Detector):
    """Wrong clocks, by gateway."""

    name: ClassVar[str] = "clock_wrong"
    raises: ClassVar[tuple[AlertKind, ...]] = (AlertKind.CLOCK_WRONG,)
    reads: ClassVar[frozenset[ObservationKind]] = frozenset()

    def __init__(self) -> None:
        self.memory: Memory[Ages] = Memory(Ages)

    def use(self, view: View) -> None:
        self._view = view

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        for event in rows.events:
            if isinstance(event.event, Heartbeat) and event.gateway_id in self._view.directory.gateway_index:
                self._hear(event, event.event, tell)

    def _hear(self, event: Discrete, heartbeat: Heartbeat, tell: list[Finding]) -> None:
        subject = self._view.gateway(self._view.directory.gateway_index[event.gateway_id])
        limit = seconds(self._view.number("clock", "wrong_s", subject))
        # The time as sent: the log's reader replaces one that cannot be true.
        sent_ms = to_ms(heartbeat.time)
        age = to_ms(event.received_at) - sent_ms
        key = f"gateway:{event.gateway_id}"
        known = self.memory.get(key)
        if (abs(age) < limit / 2 and not known.ages) or (known.ages and sent_ms == known.newest_ms):
            return  # nothing to remember, or a repeat
        state = self.memory.change(key)
        state.newest_ms = sent_ms
        state.ages = [*state.ages, age][-BEHIND:]
        good = len(state.ages) >= GOOD and all(abs(one) < limit / 2 for one in state.ages[-GOOD:])
        if good:
            state.ages, state.newest_ms = [], 0
            if state.wrong:
                state.wrong = False
                reason = "Its clock is right again."
                tell.append(finding(AlertKind.CLOCK_WRONG, subject, Change.ENDED, event.received_at, reason))
        elif not state.wrong and _wrong(state.ages, limit):
            state.wrong = True
            which = "ahead" if age < 0 else "behind"
            reason = f"The clock of {self._view.named(event.gateway_id)} is {abs(age) / 1_000:.0f} s {which}."
            evidence: Evidence = {"offset_s": -age / 1_000}
            tell.append(finding(AlertKind.CLOCK_WRONG, subject, Change.BEGAN, event.received_at, reason, evidence))


def _wrong(ages: list[int], limit: int) -> bool:
    if len(ages) >= AHEAD and all(age < -limit for age in ages[-AHEAD:]):
        return True
    return len(ages) >= BEHIND and min(ages) > limit and max(ages) - min(ages) <= STEADY_MS
