"""Spot readings: blood pressure, and the pulse taken with it.

A cuff gives one reading, not a stream: there is nothing to persist, so each reading out of limits is told, with the
advice to measure again after five minutes (clinical.md 1.6). Limits are those of guidelines for a resting measurement:
systolic from 160 or diastolic from 100 mmHg (second grade of hypertension, ESC/ESH 2018), systolic to 90 (NEWS2's
3-point band); pulse above 100 or below 50 /min (usual definitions of a fast and a slow heart). A further reading out of
limits `spot.again_h` after the last one told rings again: an acknowledgement covers one occurrence. A device that
promises to be heard within the hour is a monitor, and none of this holds for it.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
import numpy as np

from analytics.detector import Detector, Memory, finding, is_late
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.rows import Column, Rows
from anxin.vocabulary import AlertKind, DeviceKind, ObservationKind

MONITOR_S = 3_600.0
HOUR_MS = 3_600_000
_K = ObservationKind
PRESSURES = (_K.BP_SYSTOLIC, _K.BP_DIASTOLIC)
RULES: dict[ObservationKind, tuple[str, AlertKind]] = {
    _K.BP_SYSTOLIC: ("systolic", AlertKind.BLOOD_PRESSURE_ABNORMAL),
    _K.BP_DIASTOLIC: ("diastolic", AlertKind.BLOOD_PRESSURE_ABNORMAL),
    _K.HEART_RATE: ("pulse", AlertKind.HEART_RATE_ABNORMAL),
    _K.PULSE_RATE: ("pulse", AlertKind.HEART_RATE_ABNORMAL),
}


class Reading(msgspec.Struct):
    """One sign of one device. time_ms: of the newest reading. told_ms: of the last one told, None where the newest is
    inside the limits."""

    time_ms: int = 0
    told_ms: int | None = None
    subject: Subject | None = None


class Spot(msgspec.Struct):
    """A device: its readings by kind of alert and sign."""

    readings: dict[str, Reading] = {}


class SpotDetector(Detector):
    """Spot readings, by device."""

    name: ClassVar[str] = "spot"
    raises: ClassVar[tuple[AlertKind, ...]] = (AlertKind.BLOOD_PRESSURE_ABNORMAL, AlertKind.HEART_RATE_ABNORMAL)
    reads: ClassVar[frozenset[ObservationKind]] = frozenset(PRESSURES)

    def __init__(self) -> None:
        self.memory: Memory[Spot] = Memory(Spot)

    def use(self, view: View) -> None:
        self._view = view
        devices = view.directory.devices
        slow = [d.kind is DeviceKind.VITALS and (d.supervision_s or MONITOR_S) >= MONITOR_S for d in devices]
        self._cuff = np.array(slow, bool)
        self._least = view.numbers("quality", "least")

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        if not any(kind in rows.columns for kind in PRESSURES):
            return
        cuffs = {
            (device, time)
            for kind in PRESSURES
            if (column := rows.columns.get(kind)) is not None
            for device, time in zip(column.device.tolist(), column.time.tolist(), strict=True)
            if self._cuff[device]
        }
        for kind in RULES:
            if (column := rows.columns.get(kind)) is not None:
                self._read(kind, column, cuffs, tell)

    def _read(self, kind: ObservationKind, column: Column, cuffs: set[tuple[int, int]], tell: list[Finding]) -> None:
        arrays = (column.device, column.time, column.received, column.value, column.quality, column.live)
        for device, time, received, value, quality, live in zip(*(array.tolist() for array in arrays), strict=True):
            if (device, time) in cuffs and live and value == value and quality >= self._least[device]:
                self._judge(kind, device, time, received, value, tell)

    def _judge(
        self, kind: ObservationKind, device: int, time: int, received: int, value: float, tell: list[Finding]
    ) -> None:
        rule, alert = RULES[kind]
        subject = self._view.subject(device)
        key = f"device:{self._view.directory.devices[device].id}"
        known = self.memory.get(key).readings.get(kind.value, Reading())
        low, high = (self._view.number("spot", f"{rule}_{side}", subject) for side in ("low", "high"))
        out = value <= low or value >= high
        if time <= known.time_ms or subject.resident_id is None or (not out and known.told_ms is None):
            return
        state = self.memory.change(key).readings.setdefault(kind.value, Reading())
        state.time_ms = time
        evidence: Evidence = {"value": value, "measured": kind.value, "device_id": subject.device_id}
        words = f"{rule.capitalize()} {value:g} in a spot reading; limits are {low:g} and {high:g}."
        if not out:
            tell.append(
                finding(alert, state.subject or subject, Change.ENDED, time, f"{words} Inside again.", evidence)
            )
            state.told_ms, state.subject = None, None
            return
        again = state.told_ms is not None
        if state.told_ms is not None and time - state.told_ms < self._view.number("spot", "again_h", subject) * HOUR_MS:
            return
        state.told_ms, state.subject = time, state.subject or subject
        change = Change.RECURRED if again else Change.BEGAN
        reason = f"{words} Measure again after 5 min."
        late = is_late(time, received)
        tell.append(finding(alert, state.subject, change, time, reason, evidence, late=late))
