"""Long in the bathroom: a warning once it is long for this room and hour, high after `bathroom.alarm_min` (clinical.md
8, grade E). Long is the 99th centile of its stays (the centile that clinical.md 4 gives for inactivity in a room), from
`warn_min` on: a morning wash of 25 min every day is no news. In a room for everybody, and where several are up, that
centile stands for `alarm_min` as well, up to `cap_min` (the cap of clinical.md 2.4).

By room, because a presence sensor does not know who is there. Who sleeps in the same suite is who may be there, unless
a bed sensor that can be heard says that she lies in bed: so nobody counts as there for longer than she is up, and where
only one is up it is about her, and `alarm_min` holds. Where several are up and somebody was in their bedroom meanwhile
(or no presence sensor says that nobody was), one long stay cannot be told from two who wash in turn: it is about the
room, without a warning, after `warn_min` for each of them or what is usual, at most `cap_min`; where one had been there
for longer than usual before the next got up, `alarm_min` holds. Who is not seen for less than `bathroom.gone_s` sat
still. A sensor out of hearing says nothing: nothing is told then, and what it says when it is heard again counts from
when the stay began, because whoever lies there has lain all the while.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, NamedTuple

import msgspec
import numpy as np

from analytics.baselines.habit import Stays
from analytics.bed_turns import IN, OUT, first_sensors, turns
from analytics.detector import LATE_MS, Memory, Waiting, finding
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import CELL_MS, NEVER, from_ms, minutes, seconds
from analytics.parameters import DEFAULTS
from analytics.rows import Rows
from anxin.vocabulary import AlertKind, DeviceKind, ObservationKind, Priority, RoomKind

GONE, THERE, UNSEEN = 0, 1, -1
ORDER_MS = 120_000  # an older sample so soon after a newer one is out of order; later, the sensor's clock was set back
HELD_MS = 60_000  # a presence sensor sees her still so long after she has left the room
LOOK_MS = 60_000  # how often it is looked at again who is up, once the shortest limit is over
KIND = AlertKind.BATHROOM_OVERSTAY


class Who(NamedTuple):
    """Who may be there: since when at the longest, how many in turn, and whom it is about. joined_ms: when the second
    of them got up; until then it was one."""

    since_ms: int
    turns: int = 1
    alone: int | None = None
    joined_ms: int = 0


class Visit(msgspec.Struct):
    """A bathroom, or a sensor of a bed or bedroom (level, turned_ms: when that changed). there: device → 1 where it
    sees somebody, 0 where not. since_ms: somebody is there since. gone_ms: not seen since, not yet believed. last_ms,
    received_ms: of the newest change. waiting: a delay ended out of hearing. raised: the priority told, 0 for none.
    stays: how long they last here."""

    there: dict[str, int] = {}
    since_ms: int | None = None
    gone_ms: int | None = None
    last_ms: int = 0
    received_ms: int = 0
    waiting: bool = False
    raised: int = 0
    stays: Stays = msgspec.field(default_factory=Stays)
    level: int = UNSEEN
    turned_ms: int = 0
    subject: Subject | None = None


class BathroomDetector(Waiting):
    """Stays in bathrooms, by room; who is up, by bed sensor."""

    name: ClassVar[str] = "bathroom"
    raises: ClassVar[tuple[AlertKind, ...]] = (KIND,)
    reads: ClassVar[frozenset[ObservationKind]] = frozenset({ObservationKind.PRESENCE, ObservationKind.BED_OCCUPIED})

    def __init__(self) -> None:
        self.memory: Memory[Visit] = Memory(Visit)

    def use(self, view: View) -> None:
        self._view = view
        devices = view.directory.devices
        self._room = [d.room_id if d.room_kind is RoomKind.BATHROOM else None for d in devices]
        self._watches = np.array([room is not None for room in self._room], bool)
        self._level = np.full(len(devices), UNSEEN, np.int64)
        self._waiting = np.zeros(len(devices), bool)
        self._sensors: dict[str, list[int]] = {}
        for index, device in enumerate(devices):
            if self._watches[index]:
                key = f"room:{self._room[index]}"
                self._sensors.setdefault(key, []).append(index)
                state = self.memory.get(key)
                self._level[index] = state.there.get(str(device.id), UNSEEN)
                self._waiting[index] = state.waiting
        self._sleepers_of(view)
        self._at = view.at_ms  # how far time has come, so that a look falls on the same minute after a restart
        self._due = {key: due for key in self.memory if (due := self._due_of(key)) < NEVER}

    def _sleepers_of(self, view: View) -> None:
        """Lay out for each bathroom who sleeps in its suite, each with her bed's sensor (-1: none)."""
        devices = view.directory.devices
        self._beds = first_sensors(view)
        self._up = np.array([self.memory.get(f"device:{device.id}").level for device in devices], np.int64)
        sensor = {devices[index].bed_id: index for index in np.nonzero(self._beds)[0].tolist()}
        self._eyes = np.zeros(len(devices), bool)
        eyes: dict[tuple[int, str], list[int]] = {}
        for index, d in enumerate(devices):
            if d.kind is DeviceKind.PRESENCE and d.room_kind is RoomKind.BEDROOM and d.suite is not None:
                eyes.setdefault((d.facility_id, d.suite), []).append(index)
                self._eyes[index] = True
        self._sleepers: dict[str, list[tuple[int, int]]] = {}
        self._beside: dict[str, list[int]] = {}  # bathroom → presence sensors of its bedrooms
        self._baths: dict[int, list[str]] = {}  # sensor of a bed or bedroom → bathrooms
        for key, sensors in self._sensors.items():
            bath = devices[sensors[0]]
            there = view.residents_of_suite(bath)
            self._sleepers[key] = [(resident, sensor.get(view.bed_of(resident), -1)) for resident in there]
            self._beside[key] = eyes.get((bath.facility_id, bath.suite or ""), [])
            for index in (*(bed for _, bed in self._sleepers[key]), *self._beside[key]):
                self._baths.setdefault(index, []).append(key)

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        beside = turns(rows, self._eyes, self._up, ObservationKind.PRESENCE)
        for _, sensor, said, time, received in (*turns(rows, self._beds, self._up), *beside):
            self._turn(sensor, said, time, received)
        column = rows.columns.get(ObservationKind.PRESENCE)
        if column is None:
            return
        level = np.where(column.value >= 0.5, THERE, GONE)
        known = self._watches[column.device] & ~np.isnan(column.value)
        news = known & ((level != self._level[column.device]) | self._waiting[column.device])
        if not np.count_nonzero(news):
            return
        moved = np.zeros(len(self._level), bool)
        moved[column.device[news]] = True
        part = np.nonzero(moved[column.device] & known)[0]
        arrays = (column.device, level, column.time, column.received)
        for device, now, time, received in zip(*(array[part].tolist() for array in arrays), strict=True):
            if now != self._level[device] or self._waiting[device]:
                self._move(device, now, time, received, tell)

    def _move(self, device: int, level: int, time: int, received: int, tell: list[Finding]) -> None:
        key, sensor = f"room:{self._room[device]}", str(self._view.directory.devices[device].id)
        before = self.memory.get(key)
        if time < before.last_ms and received - before.received_ms < ORDER_MS:
            return
        state = self.memory.change(key)
        state.there = {**state.there, sensor: level}
        state.last_ms, state.received_ms, state.waiting = time, received, False
        self._at = max(self._at, received)
        self._level[device] = level
        self._waiting[self._sensors[key]] = False
        if THERE in state.there.values():
            if state.gone_ms is not None and time - state.gone_ms >= seconds(self._number(key, "gone_s")):
                self._left(key, state, tell)
            state.gone_ms = None
            state.since_ms = time if state.since_ms is None else state.since_ms
        elif state.since_ms is not None and state.gone_ms is None:
            state.gone_ms = time
        self._plan(key)

    def _turn(self, device: int, level: int, time: int, received: int) -> None:
        state = self.memory.change(f"device:{self._view.directory.devices[device].id}")
        state.level, state.turned_ms, state.received_ms = level, time, received
        self._at = max(self._at, received)
        for key in self._baths.get(device, ()):
            self._plan(key)

    def pass_time(self, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        self._at = at_ms
        for key in sorted(key for key, due in self._due.items() if due <= at_ms):
            while self._due_of(key) <= at_ms:
                if not self._judge(key, at_ms, heard, tell):
                    break
            self._plan(key)

    def _who(self, key: str, since_ms: int, at_ms: int, heard: Hearing | None) -> Who:
        """Return who may be there. heard: None where who can be heard is not asked."""
        up: list[tuple[int, int | None]] = []
        for resident, bed in self._sleepers[key]:
            state = self._said(bed) if bed >= 0 else Visit()
            known = bed >= 0 and (heard is None or heard.fresh(bed, at_ms))
            if state.level == IN and known:
                continue
            sure = state.level == OUT and known
            whose = resident if sure or len(self._sleepers[key]) == 1 else None
            up.append((max(since_ms, state.turned_ms) if sure else since_ms, whose))
        if not up:  # all lie in bed: somebody else is there
            return Who(since_ms)
        in_turn = len(up) if self._was_beside(key, since_ms, at_ms, heard) else 1
        since = sorted(since for since, _ in up)
        return Who(since[0], in_turn, up[0][1] if len(up) == 1 else None, since[min(1, len(up) - 1)])

    def _was_beside(self, key: str, since_ms: int, at_ms: int, heard: Hearing | None) -> bool:
        """Whether anybody was in the suite's bedrooms during the stay; so too where no sensor can deny it."""
        eyes = self._beside[key]
        if not eyes or (heard is not None and not all(heard.fresh(eye, at_ms) for eye in eyes)):
            return True
        states = [self._said(eye) for eye in eyes]
        return any(state.level != OUT or state.turned_ms > since_ms + HELD_MS for state in states)

    def _said(self, device: int) -> Visit:
        return self.memory.get(f"device:{self._view.directory.devices[device].id}")

    def _subject(self, key: str, who: Who) -> Subject:
        """Return her where only one is up, else the room."""
        return replace(self._view.subject(self._sensors[key][0]), resident_id=who.alone)

    def _judge(self, key: str, at_ms: int, heard: Hearing, tell: list[Finding]) -> bool:
        """Act on a deadline that has come; False where it turns out that it has not."""
        state = self.memory.change(key)
        if state.gone_ms is not None:
            self._left(key, state, tell)
            return True
        seeing = [i for i in self._sensors[key] if self._level[i] == THERE]
        if not any(heard.fresh(index, at_ms) for index in seeing):
            state.waiting = True
            self._waiting[self._sensors[key]] = True
            return True
        assert state.since_ms is not None
        who = self._who(key, state.since_ms, at_ms, heard)
        first = state.raised == 0
        limit = self._limit_min(key, state, who)
        due = who.since_ms + minutes(limit)
        if due > at_ms:
            return False
        state.subject = state.subject or self._subject(key, who)
        alarm = self._number(key, "alarm_min")
        state.raised = Priority.MEDIUM if limit < alarm else Priority.HIGH
        whose = "at which it is urgent" if limit == alarm else "here at this hour"
        reason = f"Somebody has been in the bathroom for {limit:.0f} min, the limit {whose}."
        reason += " Several who use it are up: it may be two in turn." if who.turns > 1 else ""
        evidence: Evidence = {"there_since": from_ms(who.since_ms).isoformat(), "minutes": limit}
        change, late = Change.BEGAN if first else Change.UPDATED, at_ms - due > LATE_MS
        priority = Priority(state.raised)
        tell.append(finding(KIND, state.subject, change, due, reason, evidence, priority=priority, late=late))
        return True

    def _due_of(self, key: str) -> int:
        """Return when the room must be judged next."""
        state = self.memory.get(key)
        if state.since_ms is None or key not in self._sensors:
            return NEVER
        if state.gone_ms is not None:
            due = state.gone_ms + seconds(self._number(key, "gone_s"))
        elif state.waiting or state.raised == Priority.HIGH:
            return NEVER
        else:
            # The soonest that it can be, whoever is up; from then on as the beds say, looked at again every minute,
            # because a bed sensor that falls silent says nothing any more.
            due = state.since_ms + minutes(self._limit_min(key, state, Who(state.since_ms)))
            if due <= self._at and self._sleepers[key]:
                who = self._who(key, state.since_ms, self._at, None)
                again = (self._at // LOOK_MS + 1) * LOOK_MS
                due = min(who.since_ms + minutes(self._limit_min(key, state, who)), again)
        return max(due, state.received_ms + CELL_MS)

    def _limit_min(self, key: str, state: Visit, who: Who) -> float:
        """After how many minutes the next priority is due; limits that somebody set hold as they stand."""
        warn, alarm = self._number(key, "warn_min"), self._number(key, "alarm_min")
        if state.raised and who.turns == 1:
            return alarm
        if warn != DEFAULTS["bathroom", "warn_min"] or state.since_ms is None:
            return alarm if state.raised else warn
        usual = state.stays.limit_min(self._minute(key, state.since_ms), warn, alarm)
        long_alone = who.joined_ms - who.since_ms >= minutes(usual)
        hers = bool(self._sleepers[key]) and (who.turns == 1 or long_alone)
        cap = alarm if hers or alarm != DEFAULTS["bathroom", "alarm_min"] else self._number(key, "cap_min")
        floor = warn if who.turns == 1 else alarm if long_alone else max(alarm, min(who.turns * warn, cap))
        return state.stays.limit_min(self._minute(key, state.since_ms), floor, cap)

    def _minute(self, key: str, at_ms: int) -> int:
        """The local minute of the day."""
        local = from_ms(at_ms).astimezone(self._view.zone(self._view.subject(self._sensors[key][0]).facility_id))
        return local.hour * 60 + local.minute

    def _left(self, key: str, state: Visit, tell: list[Finding]) -> None:
        """Whoever was there is believed to have left."""
        assert state.gone_ms is not None
        if state.since_ms is not None and key in self._sensors:
            state.stays.ended(self._minute(key, state.since_ms), (state.gone_ms - state.since_ms) / 1_000)
        if state.raised and state.subject is not None:
            reason = "Nobody is in the bathroom any more."
            tell.append(finding(KIND, state.subject, Change.ENDED, state.gone_ms, reason))
        state.since_ms = state.gone_ms = state.subject = None
        state.raised = 0

    def _number(self, key: str, name: str) -> float:
        return self._view.number("bathroom", name, self._view.subject(self._sensors[key][0]))
