"""Somebody is in her room, not in bed, and does not move (clinical.md 4: 60 to 90 min, grade E).

Only in a bedroom of one resident, whose bed has a sensor: in a shared room nobody could be named, and who lies in bed
may lie still. A motion sensor must have spoken there. She is inside while a presence sensor says so, or, where the
room has none, if something moved `stillness.settle_s` after its door last opened. Then, with her bed empty and nothing
that moved or opened for `stillness.minutes`, it is told. It ends when something moves, the door opens, she lies down or
nobody is seen any more. A motion sensor that is out of hearing sees nothing: no stillness, but a silent device.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import ClassVar

import msgspec
import numpy as np

from analytics.bed_turns import first_sensors
from analytics.detector import LATE_MS, Memory, Waiting, finding
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import CELL_MS, NEVER, from_ms, minutes, seconds
from analytics.rows import Rows
from anxin.vocabulary import AlertKind, DeviceKind, ObservationKind, RoomKind

KIND = AlertKind.INACTIVITY_ROOM
_O = ObservationKind
READS = (_O.BED_OCCUPIED, _O.DOOR_OPEN, _O.MOTION, _O.PRESENCE)
STILL_MOVING_MS = 60_000  # a sensor that says so again and again is noted once a minute
Said = tuple[int, int, ObservationKind, int, int, int]  # arrival, device, kind, level, time, received


class Room(msgspec.Struct):
    """A room. levels: `kind:device` → level and when it was said. moved_ms: something moved last. opened_ms: the door
    did. out_ms: the bed is empty since. looked_ms: judged blind then. told: about whom it was told."""

    levels: dict[str, tuple[int, int]] = {}
    moved_ms: int | None = None
    opened_ms: int = 0
    out_ms: int | None = None
    looked_ms: int = 0
    received_ms: int = 0
    told: Subject | None = None


class StillnessDetector(Waiting):
    """Stillness, by room."""

    name: ClassVar[str] = "stillness"
    raises: ClassVar[tuple[AlertKind, ...]] = (KIND,)
    reads: ClassVar[frozenset[ObservationKind]] = frozenset(READS)

    def __init__(self) -> None:
        self.memory: Memory[Room] = Memory(Room)

    def use(self, view: View) -> None:
        self._view = view
        devices = view.directory.devices
        sensors = first_sensors(view)
        self._bed = {f"room:{device.room_id}": index for index, device in enumerate(devices) if sensors[index]}
        shared = {f"room:{room}" for room in _shared(view)}
        judged = self._bed.keys() - shared
        self._key: list[str] = [
            key if device.room_kind is RoomKind.BEDROOM and (key := f"room:{device.room_id}") in judged else ""
            for device in devices
        ]
        chosen = np.array([bool(key) for key in self._key], bool)
        beds = np.array([device.kind is DeviceKind.BED_SENSOR for device in devices], bool)
        doors = np.array([device.kind is DeviceKind.DOOR for device in devices], bool)
        self._of = {
            _O.BED_OCCUPIED: chosen & sensors,
            _O.DOOR_OPEN: chosen & doors,
            _O.MOTION: chosen & ~beds,
            _O.PRESENCE: chosen & ~beds,
        }
        number = {device.id: index for index, device in enumerate(devices)}
        self._level = {kind: np.full(len(devices), -1, np.int64) for kind in READS}
        for _, state in self.memory.states():
            for name, (level, _) in state.levels.items():
                kind, _, device = name.partition(":")
                if (place := number.get(int(device))) is not None:
                    self._level[_O(kind)][place] = level
        self._due = {key: due for key in self.memory if (due := self._due_of(key)) < NEVER}

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        # In the order of the log over all kinds: what a door means depends on what moved before.
        for _, device, kind, level, time, received in heapq.merge(*(self._said(rows, kind) for kind in READS)):
            self._say(device, kind, level, time, received, tell)

    def _said(self, rows: Rows, kind: ObservationKind) -> Iterator[Said]:
        column = rows.columns.get(kind)
        if column is None:
            return
        said = self._of[kind][column.device] & column.live & ~np.isnan(column.value)
        if kind is not _O.MOTION:  # what only repeats a level says nothing new; motion goes on moving
            news = said & ((column.value >= 0.5) != self._level[kind][column.device])
            if not np.count_nonzero(news):
                return
            moved = np.zeros(len(self._key), bool)
            moved[column.device[news]] = True
            said &= moved[column.device]
        part = column.take(said)
        arrays = (part.arrival, part.device, part.value >= 0.5, part.time, part.received)
        for arrival, device, on, time, received in zip(*(array.tolist() for array in arrays), strict=True):
            yield arrival, device, kind, int(on), time, received

    def _say(
        self, device: int, kind: ObservationKind, level: int, time: int, received: int, tell: list[Finding]
    ) -> None:
        key, name = self._key[device], f"{kind}:{self._view.directory.devices[device].id}"
        known = self.memory.get(key)
        before, at = known.levels.get(name, (-1, 0))
        moves_on = kind is _O.MOTION and level == 1 and time - (known.moved_ms or 0) >= STILL_MOVING_MS
        if time < at or (level == before and not moves_on):
            return
        state = self.memory.change(key)
        state.levels = {**state.levels, name: (level, time)}
        self._level[kind][device] = level
        state.received_ms = received
        if kind is _O.MOTION:
            state.moved_ms = max(state.moved_ms or 0, time) if level or before == 1 else state.moved_ms or time
        elif kind is _O.DOOR_OPEN and level:
            state.opened_ms = max(state.opened_ms, time)
        elif kind is _O.BED_OCCUPIED:
            state.out_ms = None if level else time
        if state.told is not None and not (kind is _O.MOTION and not level) and not self._still_there(key, kind, level):
            tell.append(finding(KIND, state.told, Change.ENDED, time, _ENDS[kind]))
            state.told = None
        self._plan(key)

    def _still_there(self, key: str, kind: ObservationKind, level: int) -> bool:
        """Whether this word leaves it as it was: a door that closes, somebody who is seen."""
        return level == 0 if kind is _O.DOOR_OPEN else kind is _O.PRESENCE and self._inside(key)

    def _inside(self, key: str) -> bool:
        state = self.memory.get(key)
        seen = [level for name, (level, _) in state.levels.items() if name.startswith(f"{_O.PRESENCE}:")]
        if seen:
            return 1 in seen
        if not any(name.startswith(f"{_O.DOOR_OPEN}:") for name in state.levels) or state.moved_ms is None:
            return False
        settle = seconds(self._view.number("stillness", "settle_s", self._view.subject(self._bed[key])))
        return state.moved_ms >= state.opened_ms + settle

    def pass_time(self, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        for key in sorted(key for key, due in self._due.items() if due <= at_ms):
            while (due := self._due_of(key)) <= at_ms:
                self._judge(key, due, at_ms, heard, tell)
            self._plan(key)

    def _judge(self, key: str, due: int, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        state = self.memory.change(key)
        eyes = [index for index, room in enumerate(self._key) if room == key and self._speaks(state, index)]
        if not any(heard.fresh(index, at_ms) for index in eyes):
            state.looked_ms = due
            return
        subject = self._view.subject(self._bed[key])
        since = max(state.moved_ms or 0, state.out_ms or 0, state.opened_ms)
        state.told = subject
        limit = self._view.number("stillness", "minutes", subject)
        reason = f"In the room, not in bed, and nothing has moved for {limit:g} min."
        evidence: Evidence = {"still_since": from_ms(since).isoformat(), "minutes": limit}
        tell.append(finding(KIND, subject, Change.BEGAN, due, reason, evidence, late=at_ms - due > LATE_MS))

    def _speaks(self, state: Room, index: int) -> bool:
        return f"{_O.MOTION}:{self._view.directory.devices[index].id}" in state.levels

    def _due_of(self, key: str) -> int:
        state = self.memory.get(key)
        if key not in self._key or state.told is not None or state.moved_ms is None or state.out_ms is None:
            return NEVER
        if not self._inside(key):
            return NEVER
        limit = minutes(self._view.number("stillness", "minutes", self._view.subject(self._bed[key])))
        due = max(state.moved_ms, state.opened_ms, state.out_ms, state.looked_ms) + limit
        return max(due, state.received_ms + CELL_MS)


_ENDS = {
    _O.BED_OCCUPIED: "Lies in bed.",
    _O.DOOR_OPEN: "The room's door opened.",
    _O.MOTION: "Something moved in the room.",
    _O.PRESENCE: "Nobody is seen in the room any more.",
}


def _shared(view: View) -> set[int]:
    """Return the rooms in which not exactly one resident lives now."""
    room_of = {bed.id: bed.room_id for bed in view.directory.beds}
    people: dict[int, int] = dict.fromkeys(room_of.values(), 0)
    for stay in view.directory.stays:
        if stay.bed_id in room_of and stay.starts_ms <= view.at_ms < stay.ends_ms:
            people[room_of[stay.bed_id]] += 1
    return {room for room, count in people.items() if count != 1}
