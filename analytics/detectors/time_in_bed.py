"""Time in bed at night, against her own nights (clinical.md 2.3: time in and out of bed is what a bed sensor measures
well; sleep is not).

What is counted lies between `night.starts` and `night.ends`. It is set against her last nights like the signs of the
trend (`trend.*`, the same spreads; the smallest spread is half an hour), to both sides: much more or much less is told
low, for the report, until two nights are near her usual ones. A night with less than `time_in_bed.least_min` was spent
elsewhere and is no night, nor is one at whose end the sensor is out of hearing, or that it has not seen begin.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
import numpy as np

from analytics.baselines.nights import Nights, Rule, judge
from analytics.bed_turns import IN, UNSEEN, first_sensors, turns
from analytics.detector import Memory, Waiting, finding
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import CELL_MS, NEVER, minutes
from analytics.policy import night_around
from analytics.rows import Rows
from anxin.vocabulary import AlertKind, ObservationKind

KIND = AlertKind.SLEEP_CHANGE
ORDER_MS = 120_000
SETTLE_MS = 1_800_000  # a spool may be so late
SPREAD_MIN = 30.0
SIGN = "minutes_in_bed"


class InBed(msgspec.Struct):
    """A bed sensor. since_ms: of its level. seen_ms: it spoke first. night_ms: the night that ends then runs; total_ms:
    in bed in it. nights: those before, of who lies there. quiet: nights near the usual ones. told: about whom."""

    level: int = UNSEEN
    since_ms: int = 0
    received_ms: int = 0
    seen_ms: int | None = None
    night_ms: int = NEVER
    total_ms: int = 0
    nights: dict[str, Nights] = {}
    quiet: int = 0
    told: Subject | None = None


class TimeInBedDetector(Waiting):
    """Time in bed, by bed sensor."""

    name: ClassVar[str] = "time_in_bed"
    raises: ClassVar[tuple[AlertKind, ...]] = (KIND,)
    reads: ClassVar[frozenset[ObservationKind]] = frozenset({ObservationKind.BED_OCCUPIED})

    def __init__(self) -> None:
        self.memory: Memory[InBed] = Memory(InBed)

    def use(self, view: View) -> None:
        self._view = view
        devices = view.directory.devices
        self._sensors = first_sensors(view)
        self._index = {f"device:{devices[i].id}": i for i in np.nonzero(self._sensors)[0].tolist()}
        self._level = np.array([self.memory.get(f"device:{device.id}").level for device in devices], np.int64)
        self._due = {key: due for key in self.memory if (due := self._due_of(key)) < NEVER}

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        for _, device, level, time, received in turns(rows, self._sensors, self._level):
            key = f"device:{self._view.directory.devices[device].id}"
            known = self.memory.get(key)
            if time < known.since_ms and received - known.received_ms < ORDER_MS:
                self._level[device] = known.level
                continue
            state = self.memory.change(key)
            if state.level == IN:
                state.total_ms += self._overlap(state, device, time)
            state.level, state.since_ms, state.received_ms = level, time, received
            state.seen_ms = time if state.seen_ms is None else state.seen_ms
            if state.night_ms == NEVER:
                state.night_ms = self._night(device, time)[1]
            self._plan(key)

    def _night(self, device: int, at_ms: int) -> tuple[int, int]:
        """Return the night that contains a moment, or the next one."""
        subject = self._view.subject(device)
        starts, ends = (str(self._view.value("night", name, subject)) for name in ("starts", "ends"))
        zone = self._view.zone(subject.facility_id)
        return next(
            night for hours in range(26) if (night := night_around(at_ms + hours * 3_600_000, starts, ends, zone))
        )

    def _overlap(self, state: InBed, device: int, until: int) -> int:
        """Return how much of the stay in bed until then lies in the night that runs."""
        starts, ends = self._night(device, state.night_ms - 1)
        return max(0, min(until, ends) - max(state.since_ms, starts))

    def pass_time(self, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        for key in sorted(key for key, due in self._due.items() if due <= at_ms):
            while (due := self._due_of(key)) <= at_ms:
                self._judge(key, due, at_ms, heard, tell)
            self._plan(key)

    def _judge(self, key: str, due: int, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        state, device = self.memory.change(key), self._index[key]
        subject = self._view.subject(device)
        starts, ends = self._night(device, state.night_ms - 1)
        total = state.total_ms + (self._overlap(state, device, ends) if state.level == IN else 0)
        state.night_ms, state.total_ms = self._night(device, ends)[1], 0
        least = minutes(self._view.number("time_in_bed", "least_min", subject))
        begun = state.seen_ms is not None and state.seen_ms <= starts
        if not begun or total < least or subject.resident_id is None or not heard.fresh(device, at_ms):
            return
        series = f"{SIGN}:{subject.resident_id}"
        state.nights = {series: state.nights.get(series, Nights())}  # another resident of the bed begins anew
        night = judge(state.nights, {series: total / 60_000}, _traits, self._rule(subject), learn=state.told is None)
        evidence: Evidence = {SIGN: round(total / 60_000)}
        evidence |= {f"{name}_usual": round(usual) for name, usual in night.usual.items()}
        if night.worse:
            change = Change.BEGAN if state.told is None else Change.UPDATED
            state.told, state.quiet = state.told or subject, 0
            tell.append(
                finding(
                    KIND, state.told, change, due, f"Unlike the own nights of this resident: {night.why}.", evidence
                )
            )
        elif state.told is not None:
            state.quiet = state.quiet + 1 if night.near else 0
            if state.quiet >= 2:
                reason = "Two nights as usual."
                tell.append(finding(KIND, state.told, Change.ENDED, due, reason, evidence))
                state.told, state.quiet = None, 0

    def _rule(self, subject: Subject) -> Rule:
        def number(name: str) -> float:
            return self._view.number("trend", name, subject)

        return Rule(int(number("nights_least")), int(number("nights_most")), number("at_once"), number("repeated"))

    def _due_of(self, key: str) -> int:
        state = self.memory.get(key)
        if key not in self._index or state.night_ms == NEVER:
            return NEVER
        return max(state.night_ms + SETTLE_MS, state.received_ms + CELL_MS)


def _traits(series: str) -> tuple[str, float, tuple[int, ...]]:
    return series.partition(":")[0], SPREAD_MIN, (-1, 1)
