"""Data that will never come: an edge dropped messages (Gap), or its spool is full and it is dropping now.

A gap is a fact, not a state, so its alert is shown for `data_gap.shown_h`; a full spool is shown while it lasts.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from analytics.detector import Detector, Memory, finding
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import CELL_MS, NEVER, to_ms
from analytics.rows import Rows
from anxin.columns import Discrete
from anxin.event import Gap, Heartbeat
from anxin.vocabulary import AlertKind, ObservationKind

KEPT = 8


class Gaps(msgspec.Struct):
    """A gateway. until_ms: a gap is shown until then. full: its spool is full. seen: the newest gaps, not told
    twice."""

    until_ms: int = NEVER
    full: bool = False
    seen: list[tuple[int, int, int]] = []


class DataGapDetector(Detector):
    """Gaps and full spools, by gateway."""

    name: ClassVar[str] = "data_gap"
    raises: ClassVar[tuple[AlertKind, ...]] = (AlertKind.DATA_GAP,)
    reads: ClassVar[frozenset[ObservationKind]] = frozenset()

    def __init__(self) -> None:
        self.memory: Memory[Gaps] = Memory(Gaps)

    def use(self, view: View) -> None:
        self._view = view

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        for event in rows.events:
            if event.gateway_id not in self._view.directory.gateway_index:
                continue
            if isinstance(event.event, Gap):
                self._gap(event, event.event, tell)
            elif isinstance(event.event, Heartbeat):
                self._spool(event, event.event, tell)

    def next_due(self) -> int:
        return min((state.until_ms for _, state in self.memory.states()), default=NEVER)

    def pass_time(self, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        for key in self.memory:
            if (due := self.memory.get(key).until_ms) <= at_ms:
                state = self.memory.change(key)
                state.until_ms = NEVER
                index = self._view.directory.gateway_index.get(int(key.removeprefix("gateway:")))
                if index is not None and not state.full:
                    reason = "The gap was shown long enough."
                    tell.append(finding(AlertKind.DATA_GAP, self._view.gateway(index), Change.ENDED, due, reason))

    def _gap(self, event: Discrete, gap: Gap, tell: list[Finding]) -> None:
        key, subject = self._about(event)
        known = self.memory.get(key)
        mark = (gap.first, gap.last, to_ms(gap.time))
        if mark in known.seen:
            return
        state = self.memory.change(key)
        change = Change.RECURRED if state.until_ms < NEVER or state.full else Change.BEGAN
        state.seen = [*state.seen, mark][-KEPT:]
        shown_ms = round(self._view.number("data_gap", "shown_h", subject) * 3_600_000)
        state.until_ms = to_ms(event.received_at) + max(shown_ms, CELL_MS)
        evidence: Evidence = {
            "messages": gap.last - gap.first + 1,
            "earliest": gap.earliest.isoformat() if gap.earliest else None,
            "latest": gap.latest.isoformat() if gap.latest else None,
            "why": gap.reason,
        }
        lost = f"{gap.last - gap.first + 1} messages of {self._view.named(event.gateway_id)}"
        reason = f"{lost} are lost for good: {gap.reason}."
        tell.append(finding(AlertKind.DATA_GAP, subject, change, event.time, reason, evidence))

    def _spool(self, event: Discrete, heartbeat: Heartbeat, tell: list[Finding]) -> None:
        key, subject = self._about(event)
        known = self.memory.get(key)
        if heartbeat.spool_full == known.full:
            return
        state = self.memory.change(key)
        state.full = heartbeat.spool_full
        if heartbeat.spool_full:
            change = Change.RECURRED if state.until_ms < NEVER else Change.BEGAN
            reason = f"The spool of {self._view.named(event.gateway_id)} is full; it drops its oldest data."
            evidence: Evidence = {"dropped": float(sum(heartbeat.dropped.values()))}
            tell.append(finding(AlertKind.DATA_GAP, subject, change, event.time, reason, evidence))
        elif state.until_ms == NEVER:
            tell.append(finding(AlertKind.DATA_GAP, subject, Change.ENDED, event.time, "The spool has room again."))

    def _about(self, event: Discrete) -> tuple[str, Subject]:
        index = self._view.directory.gateway_index[event.gateway_id]
        return f"gateway:{event.gateway_id}", self._view.gateway(index)
