"""What a sensor or the edge recognised by itself and rings at once: the permitted area left, choking.

Such a report is believed as it is. A further report after `reported.same_s` is a further occurrence; a report of the
end ends the condition, which latches. Breathing that stopped is judged elsewhere: pauses in sleep are common.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from analytics.detector import Detector, Memory, finding, is_late
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import seconds, to_ms
from analytics.rows import Rows
from anxin.columns import Discrete
from anxin.event import Detection
from anxin.vocabulary import AlertKind, DetectionKind, ObservationKind, Origin, Phase

KINDS: dict[DetectionKind, AlertKind] = {
    DetectionKind.ZONE_EXIT: AlertKind.GEOFENCE_OUT,
    DetectionKind.CHOKING: AlertKind.CHOKING,
}
ENDS = (Phase.ENDED, Phase.WITHDRAWN)
KEPT = 8


class Report(msgspec.Struct):
    """One occurrence. name: the sensor's word for it, or `@` and its time. rang: whether it was told."""

    name: str
    at_ms: int
    rang: bool


class Reports(msgspec.Struct):
    """A kind of report of a device. ended: names of those that are over. subject: about whom it was told, None when it
    is over."""

    reports: list[Report] = []
    ended: list[str] = []
    subject: Subject | None = None


class ReportedDetector(Detector):
    """Reports, by device and kind."""

    name: ClassVar[str] = "reported"
    raises: ClassVar[tuple[AlertKind, ...]] = tuple(KINDS.values())
    reads: ClassVar[frozenset[ObservationKind]] = frozenset()
    overtakes: ClassVar[bool] = True

    def __init__(self) -> None:
        self.memory: Memory[Reports] = Memory(Reports)

    def use(self, view: View) -> None:
        self._view = view

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        for event in rows.events:
            one = event.event
            if isinstance(one, Detection) and one.detection in KINDS:
                index = self._view.directory.device_index.get(event.device_id or 0)
                if index is not None:
                    self._hear(event, one, index, tell)

    def _hear(self, event: Discrete, one: Detection, index: int, tell: list[Finding]) -> None:
        subject, key = self._view.subject(index), f"{one.detection}/device:{event.device_id}"
        at, received = to_ms(event.time), to_ms(event.received_at)
        known = self.memory.get(key)
        if one.phase in ENDS:
            self._end(key, one.episode, event, tell)
            return
        late = is_late(at, received)
        rings = event.origin is Origin.LIVE and not (late and one.handled_by)
        same_ms = seconds(self._view.number("reported", "same_s", subject))
        same = next((r for r in known.reports if _same(r, one, at, same_ms)), None)
        if (same is not None and (same.rang or not rings)) or one.episode in known.ended:
            return
        state = self.memory.change(key)
        again = state.subject is not None
        if rings:
            state.subject = state.subject or subject
        fresh = Report(one.episode or f"@{at}", at, rings)
        state.reports = [*(report for report in state.reports if report is not same), fresh][-KEPT:]
        if not rings or state.subject is None:
            return
        evidence: Evidence = {**one.evidence, "device_id": event.device_id, "delay_s": (received - at) / 1_000}
        reason = f"Reported by {self._view.words(index)}: {one.detection.value.replace('_', ' ')}."
        change = Change.RECURRED if again else Change.BEGAN
        tell.append(finding(KINDS[one.detection], state.subject, change, event.time, reason, evidence, late=late))

    def _end(self, key: str, episode: str | None, event: Discrete, tell: list[Finding]) -> None:
        assert isinstance(event.event, Detection)
        known = self.memory.get(key)
        if episode is None and known.subject is None:
            return
        state = self.memory.change(key)
        if episode is not None:
            state.ended = [*(name for name in state.ended if name != episode), episode][-KEPT:]
        if state.subject is not None and (episode is None or any(r.name == episode and r.rang for r in state.reports)):
            kind = KINDS[event.event.detection]
            tell.append(finding(kind, state.subject, Change.ENDED, event.time, "The sensor says that it is over."))
            state.subject = None


def _same(report: Report, one: Detection, at_ms: int, same_ms: int) -> bool:
    if one.episode is not None and not report.name.startswith("@"):
        return report.name == one.episode
    return abs(report.at_ms - at_ms) <= same_ms
