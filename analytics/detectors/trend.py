"""Slow deterioration: a resident's nights against her own nights (clinical.md 1.5, grade E; Zimlichman 2012).

The nightly value of a sign is the median of good samples between `trend.starts` and `trend.ends`, one of each five
minutes, of each device by itself: two devices err differently. It is set against her last `nights_most` nights by
robust z. She is worse when a sign lies `at_once` spreads off in one night, `repeated` in two of three nights, when two
signs lie `repeated` off in the same night, or several that lie a spread off sum up to `together` (the root of the sum
of squares: scores that add signs up find illness before any single sign does, as NEWS2 does). Where two devices measure
a sign both must say so: one of them drifts. A sign that stood still all night is a stuck sensor and no night. A small
change that only repeats, or only adds up, waits on the worklist until a further night confirms it; all others are
medium. While an alert is open no night is learned; it ends after two nights that are near her usual ones again.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
import numpy as np

from analytics.baselines.nights import Night, Nights, Rule, judge
from analytics.baselines.robust import median_of_counts
from analytics.detector import Detector, Memory, finding
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import NEVER, minutes
from analytics.policy import night_around
from analytics.rows import Column, Rows
from analytics.slots import slot_of
from anxin.vocabulary import AlertKind, DeviceKind, ObservationKind, Priority

SLOT_MS = 300_000
SLOTS_LEAST = 12  # an hour of good samples makes a night
SETTLE_MS = 1_800_000  # a spool may be so late
KIND = AlertKind.TREND_DETERIORATION
_K = ObservationKind
# Sign, its observations, steps in which it is counted, smallest spread (clinical.md 1.5), sides that mean worse.
SIGNS: dict[ObservationKind, tuple[str, float, float, tuple[int, ...]]] = {
    _K.HEART_RATE: ("heart_rate", 1.0, 2.0, (-1, 1)),
    _K.PULSE_RATE: ("heart_rate", 1.0, 2.0, (-1, 1)),
    _K.RESPIRATORY_RATE: ("respiratory_rate", 0.5, 0.7, (-1, 1)),
    _K.SPO2: ("spo2", 0.5, 0.7, (-1,)),
}


class Series(msgspec.Struct):
    """One sign of one device tonight. slot: the last one that gave a sample. counts: samples by value."""

    slot: int = 0
    counts: dict[str, int] = {}


class Sleeper(msgspec.Struct):
    """A resident. until_ms: end of the night that runs, NEVER if none does. tonight, nights: by `kind:device`."""

    until_ms: int = NEVER
    tonight: dict[str, Series] = {}
    nights: dict[str, Nights] = {}
    quiet: int = 0
    raised: bool = False
    subject: Subject | None = None


class TrendDetector(Detector):
    """Nights against nights, by resident."""

    name: ClassVar[str] = "trend"
    raises: ClassVar[tuple[AlertKind, ...]] = (KIND,)
    reads: ClassVar[frozenset[ObservationKind]] = frozenset(SIGNS)

    def __init__(self) -> None:
        self.memory: Memory[Sleeper] = Memory(Sleeper)

    def use(self, view: View) -> None:
        self._view = view
        devices = view.directory.devices
        self._number = np.array([device.id for device in devices], np.int64)
        self._resident = [view.subject(index).resident_id for index in range(len(devices))]
        trusted = (DeviceKind.BED_SENSOR, DeviceKind.VITALS, DeviceKind.WEARABLE)
        self._counts = np.array(
            [device.kind in trusted and self._resident[i] is not None for i, device in enumerate(devices)], bool
        )
        self._least = view.numbers("quality", "least")
        self._slot = {kind: np.full(len(devices), -1, np.int64) for kind in SIGNS}
        for key, state in self.memory.states():
            for name, series in state.tonight.items():
                kind, _, device = name.partition(":")
                index = view.directory.device_index.get(int(device))
                if index is not None and self._resident[index] == int(key.removeprefix("resident:")):
                    self._slot[ObservationKind(kind)][index] = series.slot
        self._windows: dict[int, tuple[int, int]] = {}
        self._due = {key: state.until_ms + SETTLE_MS for key, state in self.memory.states() if state.until_ms < NEVER}
        self._next = min(self._due.values(), default=NEVER)

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        for kind in SIGNS:
            column = rows.columns.get(kind)
            if column is not None and len(column.device):
                self._count(kind, column)

    def _count(self, kind: ObservationKind, column: Column) -> None:
        """Take the first good sample of each device and slot."""
        slot = slot_of(column.time, self._number[column.device], SLOT_MS)
        first = (slot > self._slot[kind][column.device]) & self._counts[column.device]
        if not np.count_nonzero(first):
            return
        good = first & ~np.isnan(column.value) & (column.quality >= self._least[column.device])
        chosen = np.nonzero(good)[0]
        if not len(chosen):
            return
        parts = (array[chosen].tolist() for array in (column.device, slot, column.time, column.value))
        for device, number, time, value in zip(*parts, strict=True):
            if number > self._slot[kind][device]:
                self._take(kind, device, number, time, value)

    def _take(self, kind: ObservationKind, device: int, slot: int, time: int, value: float) -> None:
        row = self._view.directory.devices[device]
        starts, ends = self._window(row.facility_id, time)
        if not starts <= time < ends:
            self._slot[kind][device] = slot_of(starts, row.id, SLOT_MS) - 1 if time < starts else slot
            return
        self._slot[kind][device] = slot
        key, name = f"resident:{self._resident[device]}", f"{kind.value}:{row.id}"
        if (known := self.memory.get(key)).until_ms < ends and known.until_ms < NEVER:
            return  # the night before is not judged yet
        state = self.memory.change(key)
        if state.until_ms == NEVER:
            state.until_ms = ends
            self._due[key] = ends + SETTLE_MS
            self._next = min(self._next, ends + SETTLE_MS)
        series = state.tonight.setdefault(name, Series())
        series.slot = slot
        step = str(round(value / SIGNS[kind][1]))
        series.counts[step] = series.counts.get(step, 0) + 1

    def _window(self, facility: int, at_ms: int) -> tuple[int, int]:
        """Return the night that contains a moment, or the next one."""
        known = self._windows.get(facility)
        if known is not None and known[1] - minutes(24 * 60) <= at_ms < known[1]:
            return known
        subject = Subject(facility)
        starts, ends = (str(self._view.value("trend", name, subject)) for name in ("starts", "ends"))
        zone = self._view.zone(facility)
        found = next(
            night for hours in range(26) if (night := night_around(at_ms + hours * 3_600_000, starts, ends, zone))
        )
        self._windows[facility] = found
        return found

    def next_due(self) -> int:
        return self._next

    def pass_time(self, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        for key in sorted(key for key, due in self._due.items() if due <= at_ms):
            due = self._due.pop(key)
            self._judge(key, due, tell)
        self._next = min(self._due.values(), default=NEVER)

    def _judge(self, key: str, due: int, tell: list[Finding]) -> None:
        """The night is over: set it against those before it."""
        state = self.memory.change(key)
        resident = int(key.removeprefix("resident:"))
        tonight = {
            name: median_of_counts(series.counts, SIGNS[ObservationKind(name.partition(":")[0])][1])
            for name, series in state.tonight.items()
            if sum(series.counts.values()) >= SLOTS_LEAST and len(series.counts) > 1
        }
        state.until_ms, state.tonight = NEVER, {}
        if resident not in self._resident or not tonight:
            return
        subject = self._view.subject(self._resident.index(resident))
        night = judge(state.nights, tonight, _traits, self._rule(subject), learn=not state.raised)
        self._tell(state, night, subject, due, tell)

    def _rule(self, subject: Subject) -> Rule:
        def number(name: str) -> float:
            return self._view.number("trend", name, subject)

        nights = int(number("nights_least")), int(number("nights_most"))
        return Rule(*nights, number("at_once"), number("repeated"), number("together"))

    def _tell(self, state: Sleeper, night: Night, subject: Subject, due: int, tell: list[Finding]) -> None:
        evidence: Evidence = {f"{name}_spreads": round(z, 1) for name, z in night.off.items()}
        evidence |= {f"{name}_usual": round(usual, 1) for name, usual in night.usual.items()}
        if night.worse:
            change = Change.UPDATED if state.raised else Change.BEGAN
            priority = Priority.MEDIUM if night.clear or state.raised else Priority.LOW
            state.raised, state.quiet, state.subject = True, 0, state.subject or subject
            reason = f"Worse than the own nights of this resident: {night.why}."
            tell.append(finding(KIND, state.subject, change, due, reason, evidence, priority=priority))
        elif state.raised and state.subject is not None:
            state.quiet = state.quiet + 1 if night.near else 0
            if state.quiet >= 2:
                reason = "Two nights as usual."
                tell.append(finding(KIND, state.subject, Change.ENDED, due, reason, evidence))
                state.raised, state.quiet, state.subject = False, 0, None


def _traits(series: str) -> tuple[str, float, tuple[int, ...]]:
    """Return sign, smallest spread and bad sides of a series."""
    sign, _, floor, sides = SIGNS[ObservationKind(series.partition(":")[0])]
    return sign, floor, sides
