"""No sign of life for too long, and not up in the morning.

A sign of life is a vital sign, a movement, presence or motion in a room of her own, steps, a call, or a carer's entry
about her; an occupied bed alone is none. It is kept to ten minutes. After `life_signs.limit_h` without any it is high,
also when her sensors were out of hearing all the time: unknown is not normal, somebody must look. Who is on leave is
not looked for; a sign from a sensor of hers, a call or a fall, `leave.settle_min` after she left is a contradiction,
and told: here and nowhere else. Residents without any sensor are not judged: they are shown as not covered.

Not up: still in bed, and not out of it since the night ended, at `morning.by`, though she was up by then on at least
`morning.usual` of the seven mornings known before. Without seven mornings there is no habit to judge by. Who is
bedbound is got up by others: that it happens later than usual says nothing of her.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec
import numpy as np

from analytics.bed_turns import OUT, UNSEEN, first_sensors, turns
from analytics.detector import LATE_MS, Memory, Waiting, finding
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import CELL_MS, NEVER, from_ms, minutes, to_ms
from analytics.policy import next_clock, night_around
from analytics.rows import Rows
from analytics.slots import slot_begins, slot_of
from anxin.care import EntryKind
from anxin.event import Call, Detection
from anxin.vocabulary import AlertKind, DetectionKind, DeviceKind, ObservationKind, Origin, Phase

_O = ObservationKind
SLOT_MS = 600_000
# Kind → a value above this is a sign of life.
SIGNS: dict[ObservationKind, float] = {
    _O.HEART_RATE: 0.0, _O.PULSE_RATE: 0.0, _O.RESPIRATORY_RATE: 0.0, _O.SPO2: 0.0, _O.MOVEMENT: 1.0, _O.MOTION: 0.5,
    _O.PRESENCE: 0.5, _O.STEPS: 0.5, _O.ACTIVITY: 1.0, _O.HEART_RATE_ACTIVITY: 0.0,
}  # fmt: skip
# Of these a sensor may see some where there is no life; it says so by its quality. Movement makes the quality poor.
VITAL = frozenset({_O.HEART_RATE, _O.PULSE_RATE, _O.RESPIRATORY_RATE, _O.SPO2, _O.HEART_RATE_ACTIVITY})
SENSORS = (
    DeviceKind.BED_SENSOR, DeviceKind.VITALS, DeviceKind.WEARABLE, DeviceKind.FALL_SENSOR, DeviceKind.PRESENCE,
)  # fmt: skip
MORNINGS = 7


class Life(msgspec.Struct):
    """A resident (signs) or a bed sensor (mornings). slot: the ten minutes of the newest sign. received_ms: of what
    changed. away: on leave, since left_ms. here: seen all the same. told: about whom it was told. level: of the bed;
    out_ms: out of it last. judged_ms: the last morning; mornings: 1 where she was up."""

    slot: int | None = None
    received_ms: int = 0
    away: bool = False
    left_ms: int = 0
    here: Subject | None = None
    told: Subject | None = None
    level: int = UNSEEN
    out_ms: int = 0
    judged_ms: int | None = None
    mornings: list[int] = []


class LifeSignsDetector(Waiting):
    """Signs of life, by resident; mornings, by bed sensor."""

    name: ClassVar[str] = "life_signs"
    raises: ClassVar[tuple[AlertKind, ...]] = (
        AlertKind.NO_SIGN_OF_LIFE, AlertKind.NOT_UP_IN_MORNING, AlertKind.PRESENCE_CONTRADICTION,
    )  # fmt: skip
    reads: ClassVar[frozenset[ObservationKind]] = frozenset({*SIGNS, _O.BED_OCCUPIED})

    def __init__(self) -> None:
        self.memory: Memory[Life] = Memory(Life)

    def use(self, view: View) -> None:
        self._view = view
        devices = view.directory.devices
        self._index = view.directory.device_index
        self._homes = {home.code: home.id for home in view.directory.homes}
        self._resident = np.array([view.subject(i).resident_id or 0 for i in range(len(devices))], np.int64)
        watched = {int(self._resident[i]) for i, device in enumerate(devices) if device.kind in SENSORS} - {0}
        self._watched = {f"resident:{resident}" for resident in watched}
        self._sensors = first_sensors(view)
        self._least = view.numbers("quality", "least")
        self._slot = np.full(int(self._resident.max(initial=0)) + 1, -1, np.int64)
        for resident in watched:
            key = f"resident:{resident}"
            if self.memory.get(key).slot is None:
                self.memory.change(key).slot = slot_of(view.at_ms, resident, SLOT_MS)
            self._slot[resident] = self.memory.get(key).slot or 0
        self._level = np.full(len(devices), UNSEEN, np.int64)
        self._beds: dict[str, int] = {}
        for index in np.nonzero(self._sensors)[0].tolist():
            key = f"device:{devices[index].id}"
            self._beds[key] = index
            if self.memory.get(key).judged_ms is None:
                self.memory.change(key).judged_ms = view.at_ms
            self._level[index] = self.memory.get(key).level
        self._due = {key: due for key in self.memory if (due := self._due_of(key)) < NEVER}

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        for _, who, at, received in sorted(self._signs(rows)):
            if self._alive(who, at, received, tell):
                self._contradicts(who, at, received, tell)
        for event in rows.events:  # whether or not it is her first sign in ten minutes
            if event.origin is Origin.LIVE and _of_a_body(event.event) and event.device_id in self._index:
                who = int(self._resident[self._index[event.device_id]])
                self._contradicts(who, to_ms(event.time), to_ms(event.received_at), tell)
        for noted in rows.entries:
            if noted.entry.resident is not None and noted.facility in self._homes:
                self._entered(noted.entry.resident, noted.entry.kind, to_ms(noted.time), to_ms(noted.received_at), tell)
        for _, device, level, time, received in turns(rows, self._sensors, self._level):
            self._turn(f"device:{self._view.directory.devices[device].id}", level, time, received, tell)

    def _signs(self, rows: Rows) -> Iterator[tuple[int, int, int, int]]:
        """Yield (arrival, resident, time, received) of what may be a newer sign."""
        for kind, above in SIGNS.items():
            column = rows.columns.get(kind)
            if column is None:
                continue
            resident = self._resident[column.device]
            later = slot_of(column.time, resident, SLOT_MS) > self._slot[resident]
            sure = column.quality >= self._least[column.device] if kind in VITAL else True
            news = (column.value > above) & (resident > 0) & later & column.live & sure
            if np.count_nonzero(news):
                arrays = (column.arrival, resident, column.time, column.received)
                yield from zip(*(array[news].tolist() for array in arrays), strict=True)
        for event in rows.events:
            if isinstance(event.event, Call) and event.device_id in self._index:
                who = int(self._resident[self._index[event.device_id]])
                yield event.arrival, who, to_ms(event.time), to_ms(event.received_at)

    def _entered(self, who: int, kind: EntryKind, at: int, received: int, tell: list[Finding]) -> None:
        key = f"resident:{who}"
        if key not in self._watched:
            return
        away = kind is EntryKind.LEAVE_OUT if kind in (EntryKind.LEAVE_OUT, EntryKind.LEAVE_BACK) else None
        if away is not None and away != self.memory.get(key).away:
            state = self.memory.change(key)
            state.away, state.left_ms, state.received_ms = away, at if away else 0, received
            if state.here is not None:
                tell.append(finding(AlertKind.PRESENCE_CONTRADICTION, state.here, Change.ENDED, at, "Back from leave."))
                state.here = None
        self._alive(who, at, received, tell)
        self._plan(key)

    def _alive(self, who: int, at: int, received: int, tell: list[Finding]) -> bool:
        """Note a sign; return whether it is of newer ten minutes than the last."""
        key, slot = f"resident:{who}", slot_of(at, who, SLOT_MS)
        if key not in self._watched or slot <= self._slot[who]:
            return False
        state = self.memory.change(key)
        state.slot, state.received_ms = slot, received
        self._slot[who] = slot
        if state.told is not None:
            tell.append(finding(AlertKind.NO_SIGN_OF_LIFE, state.told, Change.ENDED, at, "A sign of life came."))
            state.told = None
        if key not in self._due:  # a later sign only puts it off: looked at again when the old deadline has come
            self._plan(key)
        return True

    def _contradicts(self, who: int, at: int, received: int, tell: list[Finding]) -> None:
        """A sign of somebody who is on leave: she is here, or somebody else is."""
        known, subject = self.memory.get(f"resident:{who}"), self._view.resident(who)
        if not known.away or known.here is not None or subject is None:
            return
        if at < known.left_ms + minutes(self._view.number("leave", "settle_min", subject)):
            return
        self.memory.change(f"resident:{who}").here = subject
        reason = "A sign of life of a resident who is on leave: the resident is back, or somebody else is there."
        evidence: Evidence = {"left_at": from_ms(known.left_ms).isoformat()}
        late = received - at > LATE_MS
        kind = AlertKind.PRESENCE_CONTRADICTION
        tell.append(finding(kind, subject, Change.BEGAN, at, reason, evidence, late=late))

    def _turn(self, key: str, level: int, time: int, received: int, tell: list[Finding]) -> None:
        state = self.memory.change(key)
        state.level, state.received_ms = level, received
        state.out_ms = max(state.out_ms, time)
        if level == OUT and state.told is not None:
            tell.append(finding(AlertKind.NOT_UP_IN_MORNING, state.told, Change.ENDED, time, "Out of bed."))
            state.told = None

    def pass_time(self, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        for key in sorted(key for key, due in self._due.items() if due <= at_ms):
            while (due := self._due_of(key)) <= at_ms:
                if key in self._beds:
                    self._morning(key, due, at_ms, heard, tell)
                else:
                    self._lifeless(key, at_ms, heard, tell)
            self._plan(key)

    def _lifeless(self, key: str, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        resident = int(key.removeprefix("resident:"))
        state, subject = self.memory.change(key), self._view.resident(resident)
        limit = self._limit_h(key)
        slot = state.slot or 0
        due = slot_begins(slot + 1, resident, SLOT_MS) + round(limit * 3_600_000)
        blind = [
            index for index, device in enumerate(self._view.directory.devices)
            if self._resident[index] == resident and device.kind in SENSORS and not heard.fresh(index, at_ms)
        ]  # fmt: skip
        state.told = subject or Subject(self._view.directory.homes[0].id, resident_id=resident)
        unheard = f"; out of hearing: {', '.join(map(self._view.words, blind))}" if blind else ""
        reason = f"No sign of life for {limit:g} h{unheard}. Look now."
        last = from_ms(slot_begins(slot, resident, SLOT_MS))
        numbers = ",".join(str(self._view.directory.devices[index].id) for index in blind)
        evidence: Evidence = {"last_sign": last.isoformat(), "unheard": numbers}
        late = at_ms - due > LATE_MS
        kind = AlertKind.NO_SIGN_OF_LIFE
        tell.append(finding(kind, state.told, Change.BEGAN, due, reason, evidence, late=late))

    def _morning(self, key: str, due: int, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        state, index = self.memory.change(key), self._beds[key]
        subject = self._view.subject(index)
        by = self._by(key)
        state.judged_ms = by
        if state.level == UNSEEN or not heard.fresh(index, at_ms):
            return  # unknown: no morning to learn from, and nothing to tell
        starts, ends = (str(self._view.value("night", name, subject)) for name in ("starts", "ends"))
        zone = self._view.zone(subject.facility_id)
        ended = next_clock(by - 86_400_000, ends, zone)
        in_night = night_around(by, starts, ends, zone) is not None
        up = state.level == OUT or state.out_ms >= ended or in_night
        usual = self._view.number("morning", "usual", subject)
        rises = self._view.value("resident", "mobility", subject) != "bedbound"
        known = len(state.mornings) >= MORNINGS and sum(state.mornings) >= usual
        if not up and rises and known and state.told is None:
            state.told = subject
            local = from_ms(by).astimezone(zone).strftime("%H:%M")
            reason = f"Still in bed at {local}; up by then on {sum(state.mornings)} of the last {MORNINGS} mornings."
            evidence: Evidence = {"usually_up": sum(state.mornings)}
            tell.append(finding(AlertKind.NOT_UP_IN_MORNING, subject, Change.BEGAN, by, reason, evidence))
        state.mornings = [*state.mornings, int(up)][-MORNINGS:]

    def _by(self, key: str) -> int:
        subject = self._view.subject(self._beds[key])
        text = str(self._view.value("morning", "by", subject))
        judged = self.memory.get(key).judged_ms
        return next_clock(judged or 0, text, self._view.zone(subject.facility_id))

    def _limit_h(self, key: str) -> float:
        subject = self._view.resident(int(key.removeprefix("resident:")))
        return self._view.number("life_signs", "limit_h", subject) if subject else 1e9

    def _due_of(self, key: str) -> int:
        state = self.memory.get(key)
        if key in self._beds:
            return self._by(key)
        if key not in self._watched or state.slot is None or state.away or state.told is not None:
            return NEVER
        begins = slot_begins(state.slot + 1, int(key.removeprefix("resident:")), SLOT_MS)
        due = begins + round(self._limit_h(key) * 3_600_000)
        return min(max(due, state.received_ms + CELL_MS), NEVER)


def _of_a_body(event: object) -> bool:
    """Whether somebody must be there: who calls, or falls."""
    if isinstance(event, Detection):
        return event.detection is DetectionKind.FALL and event.phase in (Phase.SUSPECTED, Phase.CONFIRMED)
    return isinstance(event, Call)
