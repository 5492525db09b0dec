"""Long in the bathroom: a warning once it is long for this room and hour, high after `bathroom.alarm_min` (clinical.md
8, grade E). Long is the 99th centile of its stays (the centile that clinical.md 4 gives for inactivity in a room), from
`warn_min` on: a morning wash of 25 min every day is no news. Where such long stays are usual at this hour, because two
wash one after the other, that centile stands for `alarm_min` as well, up to `cap_min` (the cap of clinical.md 2.4).

By room, because a presence sensor does not know who is there: where two share a bathroom their visits may join. Who is
not seen for less than `bathroom.gone_s` sat still. A sensor out of hearing says nothing: nothing is told then, and what
it says when it is heard again counts from when the stay began, because whoever lies there has lain all the while.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
import numpy as np

from analytics.baselines.habit import Stays
from analytics.detector import LATE_MS, Memory, Waiting, finding
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import CELL_MS, NEVER, from_ms, minutes, seconds
from analytics.parameters import DEFAULTS
from analytics.rows import Rows
from anxin.vocabulary import AlertKind, ObservationKind, Priority, RoomKind

GONE, THERE, UNSEEN = 0, 1, -1
ORDER_MS = 120_000  # an older sample so soon after a newer one is out of order; later, the sensor's clock was set back
KIND = AlertKind.BATHROOM_OVERSTAY


class Visit(msgspec.Struct):
    """A bathroom. there: device → 1 where it sees somebody, 0 where not. since_ms: somebody is there since. gone_ms:
    not seen since, not yet believed. last_ms, received_ms: of the newest change. waiting: a delay ended out of hearing.
    raised: the priority told, 0 for none. stays: how long they last here."""

    there: dict[str, int] = {}
    since_ms: int | None = None
    gone_ms: int | None = None
    last_ms: int = 0
    received_ms: int = 0
    waiting: bool = False
    raised: int = 0
    stays: Stays = msgspec.field(default_factory=Stays)
    subject: Subject | None = None


class BathroomDetector(Waiting):
    """Stays in bathrooms, by room."""

    name: ClassVar[str] = "bathroom"
    raises: ClassVar[tuple[AlertKind, ...]] = (KIND,)
    reads: ClassVar[frozenset[ObservationKind]] = frozenset({ObservationKind.PRESENCE})

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
        self._due = {key: due for key in self.memory if (due := self._due_of(key)) < NEVER}

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
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

    def pass_time(self, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        for key in sorted(key for key, due in self._due.items() if due <= at_ms):
            while self._due_of(key) <= at_ms:
                self._judge(key, at_ms, heard, tell)
            self._plan(key)

    def _judge(self, key: str, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        """Act on a deadline that has come."""
        state = self.memory.change(key)
        if state.gone_ms is not None:
            self._left(key, state, tell)
            return
        seeing = [i for i in self._sensors[key] if self._level[i] == THERE]
        if not any(heard.fresh(index, at_ms) for index in seeing):
            state.waiting = True
            self._waiting[self._sensors[key]] = True
            return
        assert state.since_ms is not None
        first = state.raised == 0
        limit = self._limit_min(key, state)
        due = state.since_ms + minutes(limit)
        state.subject = state.subject or self._view.subject(self._sensors[key][0])
        alarm = self._number(key, "alarm_min")
        state.raised = Priority.MEDIUM if limit < alarm else Priority.HIGH
        whose = "alarm_min" if limit == alarm else "usual here at this hour"
        reason = f"Somebody is in the bathroom for {limit:.0f} min; the limit ({whose}) is {limit:.0f} min."
        evidence: Evidence = {"there_since": from_ms(state.since_ms).isoformat(), "minutes": limit}
        change, late = Change.BEGAN if first else Change.UPDATED, at_ms - due > LATE_MS
        priority = Priority(state.raised)
        tell.append(finding(KIND, state.subject, change, due, reason, evidence, priority=priority, late=late))

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
            due = state.since_ms + minutes(self._limit_min(key, state))
        return max(due, state.received_ms + CELL_MS)

    def _limit_min(self, key: str, state: Visit) -> float:
        """After how many minutes the next priority is due; limits that somebody set hold as they stand."""
        warn, alarm = self._number(key, "warn_min"), self._number(key, "alarm_min")
        if state.raised:
            return alarm
        if warn != DEFAULTS["bathroom", "warn_min"] or state.since_ms is None:
            return warn
        cap = self._number(key, "cap_min") if alarm == DEFAULTS["bathroom", "alarm_min"] else alarm
        return state.stays.limit_min(self._minute(key, state.since_ms), warn, cap)

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
