"""Vital signs out of limits: heart rate, respiratory rate, oxygen saturation, temperature.

Each sign has a medium and a high band (`analytics.policy`), must stay there for its persistence and clears only after
it was inside by the hysteresis for a while. Null, poor quality and an empty bed are unknown: they neither raise nor
clear. A bed sensor's word counts only while it says "in bed", and its fast heart rate is at most medium: above 100
bpm such sensors miss beats (Migliorini 2014), so a nurse measures. Several sensors of one resident make one
condition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import msgspec
import numpy as np

from analytics.detector import Detector, Memory, finding, is_late
from analytics.directory import FloatArray, View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.rows import BoolArray, Column, Rows
from analytics.sign import Limits, Sample, Sign, Verdict, judge, limits_for
from anxin.vocabulary import AlertKind, DeviceKind, ObservationKind, Priority

IN_BED, EMPTY, NOT_SEEN = 1, 0, -1


@dataclass(frozen=True, slots=True)
class Measured:
    """A kind of observation, the rule that judges it and the alert it raises."""

    observation: ObservationKind
    rule: str
    alert: AlertKind


MEASURED: tuple[Measured, ...] = (
    Measured(ObservationKind.HEART_RATE, "heart_rate", AlertKind.HEART_RATE_ABNORMAL),
    Measured(ObservationKind.PULSE_RATE, "heart_rate", AlertKind.HEART_RATE_ABNORMAL),
    Measured(ObservationKind.RESPIRATORY_RATE, "respiratory_rate", AlertKind.RESPIRATORY_RATE_ABNORMAL),
    Measured(ObservationKind.SPO2, "spo2", AlertKind.SPO2_ABNORMAL),
    Measured(ObservationKind.BODY_TEMPERATURE, "temperature", AlertKind.TEMPERATURE_ABNORMAL),
)


class Vitals(msgspec.Struct):
    """A device: its signs that are not plainly normal, and for a bed sensor whether somebody lies there."""

    in_bed: int = NOT_SEEN
    signs: dict[str, Sign] = {}


class VitalsDetector(Detector):
    """Vital signs, by device; told once for each resident and kind."""

    name: ClassVar[str] = "vitals"
    raises: ClassVar[tuple[AlertKind, ...]] = tuple(dict.fromkeys(measured.alert for measured in MEASURED))
    reads: ClassVar[frozenset[ObservationKind]] = frozenset(
        [ObservationKind.BED_OCCUPIED, *(measured.observation for measured in MEASURED)]
    )

    def __init__(self) -> None:
        self.memory: Memory[Vitals] = Memory(Vitals)

    def use(self, view: View) -> None:
        self._view = view
        devices = view.directory.devices
        self._is_bed = np.array([device.kind is DeviceKind.BED_SENSOR for device in devices], bool)
        self._in_bed = np.full(len(devices), NOT_SEEN, np.int64)
        self._least = view.numbers("quality", "least")
        self._active: dict[ObservationKind, BoolArray] = {}
        self._bounds: dict[ObservationKind, tuple[FloatArray, FloatArray]] = {}
        for measured in MEASURED:
            self._active[measured.observation] = np.zeros(len(devices), bool)
            self._bounds[measured.observation] = view.numbers(measured.rule, "low"), view.numbers(measured.rule, "high")
        self._limits: dict[tuple[int, str], Limits] = {}
        self._raised: dict[tuple[AlertKind, str], set[tuple[int, str]]] = {}
        for key, state in self.memory.states():
            if (index := view.directory.device_index.get(int(key.removeprefix("device:")))) is not None:
                self._in_bed[index] = state.in_bed
                for name, sign in state.signs.items():
                    self._active[ObservationKind(name)][index] = True
                    self._note(index, name, sign)

    def _note(self, device: int, name: str, sign: Sign) -> None:
        if sign.raised and sign.subject is not None:
            alert = next(measured.alert for measured in MEASURED if measured.observation == name)
            self._raised.setdefault((alert, sign.subject.key), set()).add((device, name))

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        beds = rows.columns.get(ObservationKind.BED_OCCUPIED)
        if beds is not None:
            beds = beds.take(self._is_bed[beds.device])
        for measured in MEASURED:
            column = rows.columns.get(measured.observation)
            if column is not None:
                self._watch(measured, column, beds, tell)
        if beds is not None and len(beds.device):
            self._lie_down(beds)

    def _watch(self, measured: Measured, column: Column, beds: Column | None, tell: list[Finding]) -> None:
        """Pick the devices that are out of limits or were: for all others a sample changes nothing."""
        low, high = self._bounds[measured.observation]
        out = (column.value < low[column.device]) | (column.value > high[column.device])
        active = self._active[measured.observation]
        news = out | active[column.device]
        if not np.count_nonzero(news):
            return
        chosen = np.zeros(len(active), bool)
        chosen[column.device[news]] = True
        part = column.take(chosen[column.device])
        known = self._occupied(part, beds)
        arrays = (part.device, part.time, part.received, part.value, part.quality, part.live, known)
        for device, time, received, value, quality, live, seen in zip(*(a.tolist() for a in arrays), strict=True):
            good = value == value and quality >= self._least[device] and seen
            self._sample(measured, device, Sample(time, received, value if good else None, live), tell)

    def _occupied(self, part: Column, beds: Column | None) -> BoolArray:
        """Return for each sample whether its sensor may be believed: not a bed sensor, or somebody lies there."""
        known: BoolArray = ~self._is_bed[part.device] | (self._in_bed[part.device] == IN_BED)
        if beds is None:
            return known
        said: dict[int, list[tuple[int, int, bool]]] = {}
        arrays = (beds.device, beds.arrival, beds.time, beds.value)
        wanted = set(part.device.tolist())
        for device, arrival, time, value in zip(*(array.tolist() for array in arrays), strict=True):
            if device in wanted:
                said.setdefault(device, []).append((arrival, time, value >= 0.5))
        for row, (device, arrival, time) in enumerate(
            zip(part.device.tolist(), part.arrival.tolist(), part.time.tolist(), strict=True)
        ):
            for came, at, lies in said.get(device, ()):
                if came <= arrival and at <= time:
                    known[row] = lies
        return known

    def _lie_down(self, beds: Column) -> None:
        level = np.where(beds.value >= 0.5, IN_BED, np.where(beds.value < 0.5, EMPTY, NOT_SEEN))
        before = self._in_bed.copy()
        self._in_bed[beds.device] = level
        for index in np.nonzero(before != self._in_bed)[0].tolist():
            self.memory.change(self._key(index)).in_bed = int(self._in_bed[index])

    def _sample(self, measured: Measured, device: int, sample: Sample, tell: list[Finding]) -> None:
        name, key = measured.observation.value, self._key(device)
        subject = self._view.subject(device)
        sign = self.memory.get(key).signs.get(name)
        if subject.resident_id is None and (sign is None or not sign.raised):
            return
        if sign is None and sample.value is None:
            return
        limits = self._limits.get((device, measured.rule))
        if limits is None:
            careful = bool(self._is_bed[device]) and measured.rule == "heart_rate"
            limits = self._limits[device, measured.rule] = limits_for(self._view, measured.rule, subject, careful)
        state = self.memory.change(key)
        sign = state.signs.setdefault(name, Sign())
        before = sign.raised
        verdict = judge(sign, sample, limits)
        if verdict is not None:
            sign.subject = sign.subject or subject
            self._tell(measured, device, sign, before, verdict, sample, tell)
        if sign.idle:
            del state.signs[name]
        self._active[measured.observation][device] = not sign.idle

    def _tell(
        self, measured: Measured, device: int, sign: Sign, before: int, verdict: Verdict, sample: Sample,
        tell: list[Finding],
    ) -> None:  # fmt: skip
        """Tell a change once for each resident and kind: further sensors only add their evidence."""
        subject: Subject | None = sign.subject
        assert subject is not None
        key, source = (measured.alert, subject.key), (device, measured.observation.value)
        others = self._raised.setdefault(key, set()) - {source}
        self._raised[key] = others | ({source} if sign.raised else set())
        change = verdict.change
        if others and change in (Change.BEGAN, Change.ENDED):
            change = Change.UPDATED
        evidence: Evidence = {
            **verdict.evidence, "device_id": self._view.directory.devices[device].id,
            "measured": measured.observation.value,
        }  # fmt: skip
        priority = Priority(sign.raised) if sign.raised else None
        late = is_late(sample.time, sample.received)
        tell.append(
            finding(
                measured.alert, subject, change, verdict.at_ms, verdict.reason, evidence, priority=priority, late=late
            )
        )
        if not sign.raised:
            sign.subject = None

    def _key(self, device: int) -> str:
        return f"device:{self._view.directory.devices[device].id}"
