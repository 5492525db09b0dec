"""Breathing that stopped in bed: high when the edge reported a stop and no end for `breathing.stopped_s`.

Pauses of ten seconds and more are common in sleep and no emergency by themselves: their number is for a report, not
for an alarm (bed sensors against sleep laboratories: sensitivity 57 to 100 %, clinical.md 2.3). So each night's pauses
are counted, and `breathing.rise` times as many as the resident's own median of the nights before, on a night of at
least `breathing.least`, is told as a low trend until a night is quiet again. Fewer than seven nights are no baseline.
"""

from __future__ import annotations

from statistics import median
from typing import ClassVar

import msgspec

from analytics.detector import Detector, Memory, finding, is_late
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import CELL_MS, NEVER, seconds, to_ms
from analytics.policy import night_around
from analytics.rows import Rows
from anxin.columns import Discrete
from anxin.event import Detection
from anxin.vocabulary import AlertKind, DetectionKind, ObservationKind, Origin, Phase

NIGHTS, FEWEST = 14, 7
ENDS = (Phase.ENDED, Phase.WITHDRAWN)


class Breath(msgspec.Struct):
    """A device. since_ms: a stop that has not ended. seen: the newest stops, not counted twice. told: about whom the
    stop was told. pauses: of the night that ends at night_ms; nights: of those before. trend: about whom the trend was
    told."""

    since_ms: int | None = None
    received_ms: int = 0
    live: bool = False
    seen: list[str] = []
    told: Subject | None = None
    pauses: int = 0
    night_ms: int = NEVER
    nights: list[int] = []
    trend: Subject | None = None


class BreathingDetector(Detector):
    """Stops of breathing, by device."""

    name: ClassVar[str] = "breathing"
    raises: ClassVar[tuple[AlertKind, ...]] = (AlertKind.BREATHING_STOPPED, AlertKind.APNOEA_TREND)
    reads: ClassVar[frozenset[ObservationKind]] = frozenset()

    def __init__(self) -> None:
        self.memory: Memory[Breath] = Memory(Breath)

    def use(self, view: View) -> None:
        self._view = view

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        for event in rows.events:
            one = event.event
            if isinstance(one, Detection) and one.detection is DetectionKind.BREATHING_STOPPED:
                index = self._view.directory.device_index.get(event.device_id or 0)
                if index is not None:
                    self._hear(f"device:{event.device_id}", event, one, self._view.subject(index), tell)

    def _hear(self, key: str, event: Discrete, one: Detection, subject: Subject, tell: list[Finding]) -> None:
        at, received = to_ms(event.time), to_ms(event.received_at)
        name = f"{one.episode or at}/{'end' if one.phase in ENDS else 'stop'}"
        if name in self.memory.get(key).seen:
            return
        state = self.memory.change(key)
        state.seen = [*state.seen, name][-16:]
        if one.phase in ENDS:
            if state.told is not None:
                tell.append(finding(self.raises[0], state.told, Change.ENDED, event.time, "Breathing was seen again."))
            state.since_ms = state.told = None
            return
        self._count(state, at, subject)
        if one.phase is not Phase.ONCE and state.since_ms is None:
            state.since_ms, state.received_ms, state.live = at, received, event.origin is Origin.LIVE

    def _count(self, state: Breath, at: int, subject: Subject) -> None:
        starts, ends = (str(self._view.value("night", name, subject)) for name in ("starts", "ends"))
        night = night_around(at, starts, ends, self._view.zone(subject.facility_id))
        if night is not None and (state.night_ms == NEVER or night[1] == state.night_ms):
            state.night_ms = night[1]
            state.pauses += 1

    def next_due(self) -> int:
        return min((self._due(key, state) for key, state in self.memory.states()), default=NEVER)

    def _due(self, key: str, state: Breath) -> int:
        if key.removeprefix("device:") not in self._known():
            return NEVER
        night = state.night_ms + CELL_MS if state.night_ms < NEVER else NEVER
        if state.since_ms is None or state.told is not None or not state.live:
            return night
        stopped_ms = seconds(self._view.number("breathing", "stopped_s", self._subject(key)))
        return min(night, max(state.since_ms + stopped_ms, state.received_ms + CELL_MS))

    def _known(self) -> set[str]:
        return {str(number) for number in self._view.directory.device_index}

    def _subject(self, key: str) -> Subject:
        return self._view.subject(self._view.directory.device_index[int(key.removeprefix("device:"))])

    def pass_time(self, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        for key in self.memory:
            while self._due(key, self.memory.get(key)) <= at_ms:
                state, subject = self.memory.change(key), self._subject(key)
                if state.night_ms + CELL_MS <= at_ms:
                    self._night_over(state, subject, tell)
                    continue
                assert state.since_ms is not None
                state.told = subject
                stopped_s = self._view.number("breathing", "stopped_s", subject)
                due = state.since_ms + seconds(stopped_s)
                reason = f"The bed sensor has seen no breathing for {stopped_s:g} s."
                evidence: Evidence = {"stopped_s": stopped_s, "device_id": subject.device_id}
                late = is_late(due, at_ms)
                tell.append(finding(self.raises[0], subject, Change.BEGAN, due, reason, evidence, late=late))

    def _night_over(self, state: Breath, subject: Subject, tell: list[Finding]) -> None:
        pauses, at = state.pauses, state.night_ms
        usual = median(state.nights) if len(state.nights) >= FEWEST else None
        state.nights = [*state.nights, pauses][-NIGHTS:]
        state.pauses, state.night_ms = 0, NEVER
        if usual is None:
            return
        rise = self._view.number("breathing", "rise", subject)
        more = pauses >= self._view.number("breathing", "least", subject) and pauses >= rise * max(usual, 1.0)
        if more and state.trend is None:
            state.trend = subject
            reason = f"{pauses} breathing pauses in the night, usually {usual:g}; told from {rise:g} times as many."
            evidence: Evidence = {"pauses": pauses, "usual": usual}
            tell.append(finding(AlertKind.APNOEA_TREND, subject, Change.BEGAN, at, reason, evidence))
        elif not more and state.trend is not None:
            reason = f"{pauses} breathing pauses in the night, usually {usual:g}."
            tell.append(finding(AlertKind.APNOEA_TREND, state.trend, Change.ENDED, at, reason))
            state.trend = None
