"""Values that move too much or not at all: restless in bed, and a sensor whose value is stuck.

Both look at one sample in each slot of ten minutes (`analytics.slots`), the first. Restless: the movement of
`restless.slots` slots in a row in bed lies above the resident's own 95th percentile of at least seven days (and above
`restless.least`); it ends with a calm slot. Stuck: a heart rate that is exactly the same in `stuck.slots` slots in a
row: hearts vary, so what does not is no measurement, and its silence about alarms is not to be trusted (technical). A
breathing rate may stay the same and is not judged. Null is unknown and breaks no row.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
import numpy as np

from analytics.detector import Detector, Memory, finding, is_late
from analytics.directory import IntArray, View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import from_ms
from analytics.rows import Rows
from analytics.slots import slot_of
from anxin.vocabulary import OBSERVATIONS, AlertKind, DeviceKind, ObservationKind

_O = ObservationKind
SLOT_MS = 600_000
KEPT = 14 * 144  # two weeks of slots
LEAST_KNOWN = 7 * 48  # seven days of eight hours in bed
WATCHED = (_O.MOVEMENT, _O.HEART_RATE)


class Slots(msgspec.Struct):
    """One kind of value of a device. slot: the newest. value: seen in it, `same` slots in a row. bins: how often the
    movement was 0, 1 … 100 %; count: of all. high: slots in a row above. told: about whom it was told."""

    slot: int = -1
    value: float = -1.0
    same: int = 0
    bins: list[int] = []
    high: int = 0
    told: Subject | None = None


class SteadinessDetector(Detector):
    """Slots, by device and kind of value."""

    name: ClassVar[str] = "steadiness"
    raises: ClassVar[tuple[AlertKind, ...]] = (AlertKind.RESTLESS, AlertKind.STUCK_VALUE)
    reads: ClassVar[frozenset[ObservationKind]] = frozenset(WATCHED)

    def __init__(self) -> None:
        self.memory: Memory[Slots] = Memory(Slots)

    def use(self, view: View) -> None:
        self._view = view
        devices = view.directory.devices
        self._is_bed = np.array([device.kind is DeviceKind.BED_SENSOR for device in devices], bool)
        self._number = np.array([device.id for device in devices], np.int64)
        self._slot: dict[ObservationKind, IntArray] = {
            kind: np.array([self.memory.get(f"{kind}/device:{device.id}").slot for device in devices], np.int64)
            for kind in WATCHED
        }

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        for kind in WATCHED:
            column = rows.columns.get(kind)
            if column is None:
                continue
            slot, known = slot_of(column.time, self._number[column.device], SLOT_MS), self._slot[kind]
            news = self._is_bed[column.device] & (slot > known[column.device]) & (column.value == column.value)
            if not np.count_nonzero(news):
                continue
            arrays = (column.device, slot, column.time, column.received, column.value)
            for device, number, time, received, value in zip(*(array[news].tolist() for array in arrays), strict=True):
                if number > known[device]:
                    known[device] = number
                    self._look(kind, device, number, time, received, value, tell)

    def _look(
        self, kind: ObservationKind, device: int, slot: int, time: int, received: int, value: float, tell: list[Finding]
    ) -> None:
        state = self.memory.change(f"{kind}/device:{self._view.directory.devices[device].id}")
        follows, state.slot = slot == state.slot + 1, slot
        subject, late = self._view.subject(device), is_late(time, received)
        if kind is _O.MOVEMENT:
            self._restless(state, subject, time, value, follows, late, tell)
        else:
            self._stuck(state, kind, subject, time, value, late, tell)

    def _restless(
        self, state: Slots, subject: Subject, time: int, value: float, follows: bool, late: bool, tell: list[Finding]
    ) -> None:
        usual = percentile(state.bins)
        bins = state.bins or [0] * 101
        bins[min(int(value), 100)] += 1
        # Old slots fade: at the double of what is kept all counts are halved.
        state.bins = [count // 2 for count in bins] if sum(bins) >= 2 * KEPT else bins
        high = usual is not None and value > max(usual, self._view.number("restless", "least", subject))
        state.high = (state.high + 1 if follows else 1) if high else 0
        if state.high >= self._view.number("restless", "slots", subject) and state.told is None:
            state.told = subject
            reason = f"Movement in bed {value:g} % for {state.high * 10} min; usually below {usual:g} %."
            evidence: Evidence = {"movement": value, "usual_p95": usual}
            tell.append(finding(AlertKind.RESTLESS, subject, Change.BEGAN, time, reason, evidence, late=late))
        elif not high and state.told is not None:
            tell.append(finding(AlertKind.RESTLESS, state.told, Change.ENDED, time, f"Movement {value:g} %."))
            state.told = None

    def _stuck(
        self, state: Slots, kind: ObservationKind, subject: Subject, time: int, value: float, late: bool,
        tell: list[Finding],
    ) -> None:  # fmt: skip
        state.same = state.same + 1 if value == state.value else 1
        state.value = value
        limit = self._view.number("stuck", "slots", subject)
        if state.same >= limit and state.told is None:
            state.told = subject
            since = from_ms(time - (state.same - 1) * SLOT_MS).isoformat()
            same = f"{OBSERVATIONS[kind].en} is exactly {value:g} in {state.same} readings ten minutes apart"
            reason = f"{same}: not a measurement."
            evidence: Evidence = {"measured": kind.value, "value": value, "since": since}
            tell.append(finding(AlertKind.STUCK_VALUE, subject, Change.BEGAN, time, reason, evidence, late=late))
        elif state.same == 1 and state.told is not None:
            tell.append(finding(AlertKind.STUCK_VALUE, state.told, Change.ENDED, time, "The value moves again."))
            state.told = None


def percentile(bins: list[int]) -> float | None:
    """Return the 95th percentile of movement (%), None while too little is known."""
    total = sum(bins)
    if total < LEAST_KNOWN:
        return None
    seen = 0
    for movement, count in enumerate(bins):
        seen += count
        if seen >= 0.95 * total:
            return float(movement + 1)
    return 100.0
