"""An outer door opens while nobody watches it: high, because a contact cannot know who passed (rule 6 of the watch).

Whoever comes counts heads. Between `exit_door.starts` and `exit_door.ends` every opening rings, a further one again;
by day staff and visitors pass, and only an identification could tell a resident from them. The door that is shut ends
the condition; the kind latches and is closed at the place only. A door that was never seen shut and reports "open" has
opened: unknown is not normal.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
import numpy as np

from analytics.detector import Detector, Memory, finding, is_late
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding
from analytics.hearing import Hearing
from analytics.moment import from_ms, seconds
from analytics.policy import night_around
from analytics.rows import Rows
from anxin.vocabulary import AlertKind, DeviceKind, ObservationKind, RoomKind

SHUT, OPEN, UNSEEN = 0, 1, -1
KIND = AlertKind.DOOR_EXIT_UNAUTHORISED


class Door(msgspec.Struct):
    """A door. level: as last said, at at_ms (its time). told_ms: the newest opening that was told. rings: told, and not
    shut since."""

    level: int = UNSEEN
    at_ms: int = 0
    told_ms: int | None = None
    rings: bool = False


class ExitDoorDetector(Detector):
    """Openings of outer doors, by contact."""

    name: ClassVar[str] = "exit_door"
    raises: ClassVar[tuple[AlertKind, ...]] = (KIND,)
    reads: ClassVar[frozenset[ObservationKind]] = frozenset({ObservationKind.DOOR_OPEN})

    def __init__(self) -> None:
        self.memory: Memory[Door] = Memory(Door)

    def use(self, view: View) -> None:
        self._view = view
        devices = view.directory.devices
        self._outer = np.array([d.kind is DeviceKind.DOOR and d.room_kind is RoomKind.EXIT for d in devices], bool)
        self._level = np.array([self.memory.get(f"device:{device.id}").level for device in devices], np.int64)

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        column = rows.columns.get(ObservationKind.DOOR_OPEN)
        if column is None:
            return
        level = np.where(np.isnan(column.value), UNSEEN, np.where(column.value >= 0.5, OPEN, SHUT))
        doors = self._outer[column.device]
        news = doors & (level != self._level[column.device])
        if not np.count_nonzero(news):
            return
        moved = np.zeros(len(self._level), bool)
        moved[column.device[news]] = True
        part = np.nonzero(moved[column.device])[0]
        arrays = (column.device, level, column.time, column.received, column.live)
        for device, now, time, received, live in zip(*(array[part].tolist() for array in arrays), strict=True):
            self._move(device, now, time, received, live, tell)

    def _move(self, device: int, level: int, time: int, received: int, live: bool, tell: list[Finding]) -> None:
        key = f"device:{self._view.directory.devices[device].id}"
        known = self.memory.get(key)
        late = is_late(time, received)
        if level == known.level or (time <= known.at_ms and not late):
            return  # a repeat, or a little out of order
        state = self.memory.change(key)
        if time >= state.at_ms:
            state.level, state.at_ms = level, time
            self._level[device] = level
        if level == OPEN and live:
            self._opened(device, state, time, received, tell)
        elif level == SHUT and state.rings:
            state.rings = False
            tell.append(finding(KIND, self._view.subject(device), Change.ENDED, time, "The door is shut again."))

    def _opened(self, device: int, state: Door, time: int, received: int, tell: list[Finding]) -> None:
        subject = self._view.subject(device)
        starts, ends = (str(self._view.value("exit_door", name, subject)) for name in ("starts", "ends"))
        zone = self._view.zone(subject.facility_id)
        if night_around(time, starts, ends, zone) is None:
            return
        same = seconds(self._view.number("exit_door", "same_s", subject))
        if state.told_ms is not None and abs(time - state.told_ms) < same:
            return
        change = Change.RECURRED if state.rings else Change.BEGAN
        state.told_ms, state.rings = time, True
        clock = from_ms(time).astimezone(zone).strftime("%H:%M")
        reason = (
            f"Opened at {clock}: {self._view.words(device)}, watched from {starts} to {ends}. "
            "A contact cannot know who passed: count heads."
        )
        evidence: Evidence = {"opened_at": from_ms(time).isoformat(), "delay_s": (received - time) / 1_000}
        late = is_late(time, received)
        tell.append(finding(KIND, subject, change, time, reason, evidence, late=late))
