"""Somebody lies in bed and no heartbeat and no breath is seen.

"No signal" is not "no heartbeat": most often a sensor has slipped or the signal is poor (clinical.md 1.6). So the bed
sensor must have shown vital signs since this person lay down, then say in so many words (null) that it sees none, and
see no movement. A vital sign of poor quality is unknown: it neither begins nor ends that. With a second, independent
cue that somebody lies there (a further sensor of the bed, or presence in a room of one) it is high after
`vital_absence.persist_s`; with the bed's own word alone, or poor quality, it is medium, "look in now", after
`vital_absence.look_in_s`, also when the sensor has fallen silent meanwhile: never silence. A vital sign, a movement or
an empty bed ends it.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
import numpy as np

from analytics.detector import LATE_MS, Detector, Memory, finding
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import CELL_MS, NEVER, from_ms, seconds, spoken, to_ms
from analytics.rows import BoolArray, Column, Rows
from anxin.event import Detection
from anxin.vocabulary import AlertKind, DetectionKind, DeviceKind, ObservationKind, Origin, Phase, Priority

OUT, IN, UNKNOWN = 0, 1, -1
KIND = AlertKind.NO_VITAL_SIGNS_IN_BED
VITAL = (ObservationKind.HEART_RATE, ObservationKind.RESPIRATORY_RATE)
LEVEL, SIGN, NOTHING = 0, 1, 2  # what a sample says, in the order in which those of one moment count
_Word = tuple[int, int, int, int, float, bool]  # arrival, time, LEVEL …, received, value, live and of good quality


class Lying(msgspec.Struct):
    """A device. level: of the bed, or of presence. lively: showed vital signs since somebody lay down. quiet_ms: says
    since then that it sees none. poor: some of that with poor quality, or not live. looked: the first deadline is over.
    raised: the priority told."""

    level: int = UNKNOWN
    lively: bool = False
    quiet_ms: int | None = None
    received_ms: int = 0
    poor: bool = False
    looked: bool = False
    raised: int = 0
    subject: Subject | None = None


class VitalAbsenceDetector(Detector):
    """Vital signs that are no more, by bed sensor."""

    name: ClassVar[str] = "vital_absence"
    raises: ClassVar[tuple[AlertKind, ...]] = (KIND,)
    reads: ClassVar[frozenset[ObservationKind]] = frozenset(
        {*VITAL, ObservationKind.BED_OCCUPIED, ObservationKind.MOVEMENT, ObservationKind.PRESENCE}
    )

    def __init__(self) -> None:
        self.memory: Memory[Lying] = Memory(Lying)

    def use(self, view: View) -> None:
        self._view = view
        devices = view.directory.devices
        self._is_bed = np.array([d.kind is DeviceKind.BED_SENSOR and d.bed_id is not None for d in devices], bool)
        self._keys = [f"device:{device.id}" for device in devices]
        states = [self.memory.get(key) for key in self._keys]
        self._level = np.array([state.level for state in states], np.int64)
        self._lively = np.array([state.lively for state in states], bool)
        self._quiet = np.array([state.quiet_ms is not None for state in states], bool)
        self._least, self._still = view.numbers("quality", "least"), view.numbers("vital_absence", "still")
        known = {key: index for index, key in enumerate(self._keys)}
        self._due = {known[k]: due for k in self.memory if k in known and (due := self._due_of(known[k])) < NEVER}

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        words: dict[int, list[_Word]] = {}
        beds = rows.columns.get(ObservationKind.BED_OCCUPIED)
        vitals = [column for kind in VITAL if (column := rows.columns.get(kind)) is not None]
        self._see(rows.columns.get(ObservationKind.PRESENCE))
        vitals = [column.take(said) if not (said := self._says(column)).all() else column for column in vitals]
        lies = self._level == IN
        if beds is not None:
            lies[beds.device[beds.value >= 0.5]] = True
        wanted = self._quiet.copy()
        for column in vitals:  # of an empty bed a null says nothing
            null = np.isnan(column.value) & self._is_bed[column.device] & lies[column.device]
            wanted[column.device[null]] = True
        if np.count_nonzero(wanted):
            if beds is not None:
                self._gather(words, beds, wanted, LEVEL)
            for column in vitals:
                self._gather(words, column, wanted, NOTHING)
            if (movement := rows.columns.get(ObservationKind.MOVEMENT)) is not None:
                self._gather(words, movement.take(movement.value > self._still[movement.device]), wanted, SIGN)
            for device in sorted(words):
                for word in sorted(words[device], key=lambda word: word[:3]):
                    self._hear(device, word, tell)
        self._plainly(beds, vitals, wanted)
        for event in rows.events:
            if isinstance(event.event, Detection) and event.event.detection is DetectionKind.NO_VITAL_SIGNS:
                index = self._view.directory.device_index.get(event.device_id or 0)
                if index is not None and self._is_bed[index]:
                    over = event.event.phase in (Phase.ENDED, Phase.WITHDRAWN)
                    at, received = to_ms(event.time), to_ms(event.received_at)
                    if not over:
                        self._change(index).lively = self._lively[index] = True
                    value, live = (1.0 if over else float("nan")), event.origin is Origin.LIVE
                    self._hear(index, (0, at, SIGN if over else NOTHING, received, value, live), tell)

    def _see(self, presence: Column | None) -> None:
        """Presence sensors: their level, as a further cue."""
        if presence is None:
            return
        level = np.where(presence.value >= 0.5, IN, np.where(presence.value < 0.5, OUT, UNKNOWN))
        before = self._level.copy()
        self._level[presence.device] = np.where(self._good(presence), level, UNKNOWN)
        for device in np.nonzero(before != self._level)[0].tolist():
            self._change(device).level = int(self._level[device])

    def _good(self, column: Column) -> BoolArray:
        """What a sensor is not sure of is unknown: it shows no life, and is no second cue."""
        good: BoolArray = column.quality >= self._least[column.device]
        return good

    def _says(self, column: Column) -> BoolArray:
        """A vital sign counts where it is sure, that none is seen also where it is not."""
        said: BoolArray = self._good(column) | np.isnan(column.value)
        return said

    def _gather(self, words: dict[int, list[_Word]], column: Column, wanted: BoolArray, what: int) -> None:
        part = column.take(wanted[column.device])
        good = part.live & self._good(part)
        arrays = (part.arrival, part.time, part.received, part.value, good, part.device)
        for arrival, time, received, value, fine, device in zip(*(a.tolist() for a in arrays), strict=True):
            said = SIGN if what == NOTHING and value == value else what
            words.setdefault(device, []).append((arrival, time, said, received, value, fine))

    def _plainly(self, beds: Column | None, vitals: list[Column], wanted: BoolArray) -> None:
        """All other devices: whether somebody lies there, and that vital signs are seen."""
        if beds is not None:
            part = beds.take(~wanted[beds.device] & self._is_bed[beds.device])
            before = self._level.copy()
            self._level[part.device] = np.where(part.value >= 0.5, IN, np.where(part.value < 0.5, OUT, UNKNOWN))
            for device in np.nonzero(before != self._level)[0].tolist():
                state = self._change(device)
                state.level = int(self._level[device])
                if state.level == OUT:
                    state.lively = self._lively[device] = False
        for column in vitals:
            seen = ~wanted[column.device] & self._is_bed[column.device] & (self._level[column.device] == IN)
            for device in np.unique(column.device[seen & ~self._lively[column.device]]).tolist():
                self._change(device).lively = self._lively[device] = True

    def _hear(self, device: int, word: _Word, tell: list[Finding]) -> None:
        _, time, what, received, value, fine = word
        if what == LEVEL:
            level = IN if value >= 0.5 else OUT if value < 0.5 else UNKNOWN
            if level != self._level[device]:
                self._change(device).level = self._level[device] = level
            if level == OUT:
                self._over(device, time, "Nobody is in the bed any more.", tell)
                if self._lively[device]:
                    self._change(device).lively = self._lively[device] = False
        elif what == SIGN:
            if self._level[device] == IN and value == value and not self._lively[device]:
                self._change(device).lively = self._lively[device] = True
            self._over(device, time, "A sign of life was seen.", tell)
        elif self._level[device] == IN and self._lively[device]:
            state = self.memory.get(self._keys[device])
            if state.quiet_ms is None:
                state = self._change(device)
                state.quiet_ms, state.received_ms, state.poor = time, received, not fine
                self._quiet[device] = True
                self._plan(device)
            elif not fine and not state.poor:
                self._change(device).poor = True

    def _over(self, device: int, time: int, reason: str, tell: list[Finding]) -> None:
        if not self._quiet[device]:
            return
        state = self._change(device)
        if state.quiet_ms is not None and time < state.quiet_ms:
            return
        if state.raised and state.subject is not None:
            tell.append(finding(KIND, state.subject, Change.ENDED, time, reason))
        state.quiet_ms, state.poor, state.looked, state.raised, state.subject = None, False, False, 0, None
        self._quiet[device] = False
        self._due.pop(device, None)

    def next_due(self) -> int:
        return min(self._due.values(), default=NEVER)

    def pass_time(self, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        for device in sorted(device for device, due in self._due.items() if due <= at_ms):
            while self._due_of(device) <= at_ms:
                self._judge(device, at_ms, heard, tell)
            self._plan(device)

    def _judge(self, device: int, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        state = self._change(device)
        second = self._second_cue(device, at_ms, heard)
        high = second is not None and not state.poor and heard.fresh(device, at_ms)
        name = "look_in_s" if state.looked else "persist_s"
        if not state.looked and not high:
            state.looked = True
            return
        assert state.quiet_ms is not None
        state.looked = True
        state.subject, state.raised = self._view.subject(device), Priority.HIGH if high else Priority.MEDIUM
        limit = self._view.number("vital_absence", name, state.subject)
        due = state.quiet_ms + seconds(limit)
        cue = "no second cue says so: look in now"
        if high and second is not None:
            cue = f"and {self._view.words(self._view.directory.device_index[second])} sees somebody there"
        reason = f"The bed sensor sees somebody in bed and no vital signs for {spoken(seconds(limit))}, {cue}."
        evidence: Evidence = {
            "quiet_since": from_ms(state.quiet_ms).isoformat(), "cues": 2 if high else 1, "poor": state.poor,
            "device_id": self._view.directory.devices[device].id, "second_device_id": second,
        }  # fmt: skip
        late, priority = at_ms - due > LATE_MS, Priority(state.raised)
        tell.append(finding(KIND, state.subject, Change.BEGAN, due, reason, evidence, priority=priority, late=late))

    def _second_cue(self, device: int, at_ms: int, heard: Hearing) -> int | None:
        """Return the id of another device, heard in time, that sees somebody in this bed, or in this room of one."""
        mine = self._view.directory.devices[device]
        alone = len(self._view.residents_of_room(self._view.subject(device).room_id or 0)) == 1
        for index, other in enumerate(self._view.directory.devices):
            same_bed = self._is_bed[index] and other.bed_id == mine.bed_id
            same_room = alone and not self._is_bed[index] and other.room_id == self._view.subject(device).room_id
            if index != device and self._level[index] == IN and (same_bed or same_room) and heard.fresh(index, at_ms):
                return other.id
        return None

    def _due_of(self, device: int) -> int:
        state = self.memory.get(self._keys[device])
        if state.quiet_ms is None or state.raised:
            return NEVER
        name = "look_in_s" if state.looked else "persist_s"
        limit = self._view.number("vital_absence", name, self._view.subject(device))
        return max(state.quiet_ms + seconds(limit), state.received_ms + CELL_MS)

    def _plan(self, device: int) -> None:
        due = self._due_of(device)
        if due < NEVER:
            self._due[device] = due
        else:
            self._due.pop(device, None)

    def _change(self, device: int) -> Lying:
        return self.memory.change(self._keys[device])
