"""Pacing at night: somebody walks up and down a corridor while a bed of the ward is empty (clinical.md 4: 20 min).

A corridor's sensor sees somebody, now and then nobody for less than `pacing.gone_s`, for `pacing.minutes` between
`pacing.starts` and `pacing.ends`, and a bed of the ward has been empty for half as long: carers walk there as well, and
no empty bed means that it is them. Where just one bed is empty its resident is named, else the corridor: a signal that
cannot be attributed says the room, not a name. It ends when the corridor is empty, or all lie in bed.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
import numpy as np

from analytics.bed_turns import OUT, UNSEEN, first_sensors, turns
from analytics.detector import LATE_MS, Memory, Waiting, finding
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import CELL_MS, NEVER, from_ms, minutes, seconds
from analytics.policy import night_around
from analytics.rows import Column, Rows
from anxin.vocabulary import AlertKind, ObservationKind, RoomKind

KIND = AlertKind.NIGHT_WANDER
SEEING = (ObservationKind.PRESENCE, ObservationKind.MOTION)


class Corridor(msgspec.Struct):
    """A bed sensor (out_ms: empty since), or a corridor's sensor. since_ms: somebody is there since. gone_ms: not seen
    since, not yet believed. told: about whom it was told."""

    level: int = UNSEEN
    out_ms: int | None = None
    since_ms: int | None = None
    gone_ms: int | None = None
    last_ms: int = 0
    received_ms: int = 0
    told: Subject | None = None


class PacingDetector(Waiting):
    """Pacing, by corridor sensor."""

    name: ClassVar[str] = "pacing"
    raises: ClassVar[tuple[AlertKind, ...]] = (KIND,)
    reads: ClassVar[frozenset[ObservationKind]] = frozenset({*SEEING, ObservationKind.BED_OCCUPIED})

    def __init__(self) -> None:
        self.memory: Memory[Corridor] = Memory(Corridor)

    def use(self, view: View) -> None:
        self._view = view
        devices = view.directory.devices
        self._key = [f"device:{device.id}" for device in devices]
        self._index = {key: index for index, key in enumerate(self._key)}
        self._beds = first_sensors(view)
        self._corridor = np.array([device.room_kind is RoomKind.CORRIDOR for device in devices], bool)
        self._level = np.array([self.memory.get(key).level for key in self._key], np.int64)
        self._ward_beds: dict[int | None, list[int]] = {}
        for index in np.nonzero(self._beds)[0].tolist():
            self._ward_beds.setdefault(view.subject(index).ward_id, []).append(index)
        self._due = {key: due for key in self.memory if key in self._index and (due := self._due_of(key)) < NEVER}

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        for _, device, level, time, received in turns(rows, self._beds, self._level):
            state = self.memory.change(self._key[device])
            state.level, state.received_ms = level, received
            state.out_ms = time if level == OUT else None
        for kind in SEEING:
            if (column := rows.columns.get(kind)) is not None:
                self._see(column, tell)

    def _see(self, column: Column, tell: list[Finding]) -> None:
        level = np.where(column.value >= 0.5, 1, np.where(column.value < 0.5, OUT, UNSEEN))
        news = self._corridor[column.device] & (level != UNSEEN) & column.live & (level != self._level[column.device])
        if not np.count_nonzero(news):
            return
        moved = np.zeros(len(self._level), bool)
        moved[column.device[news]] = True
        part = np.nonzero(moved[column.device] & (level != UNSEEN))[0]
        arrays = (column.device, level, column.time, column.received)
        for device, now, time, received in zip(*(array[part].tolist() for array in arrays), strict=True):
            key = self._key[device]
            if now == self._level[device] or time < self.memory.get(key).last_ms:
                continue
            self._level[device] = now
            state = self.memory.change(key)
            state.level, state.last_ms, state.received_ms = now, time, received
            if now == OUT:
                state.gone_ms = time
            else:
                if state.gone_ms is not None and time - state.gone_ms >= self._gone(device):
                    self._over(state, tell)
                state.gone_ms = None
                state.since_ms = time if state.since_ms is None else state.since_ms
            self._plan(key)

    def _gone(self, device: int) -> int:
        return seconds(self._view.number("pacing", "gone_s", self._view.subject(device)))

    def _over(self, state: Corridor, tell: list[Finding]) -> None:
        assert state.gone_ms is not None
        if state.told is not None:
            tell.append(finding(KIND, state.told, Change.ENDED, state.gone_ms, "Nobody paces the corridor any more."))
        state.since_ms, state.gone_ms, state.told = None, None, None

    def pass_time(self, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        for key in sorted(key for key, due in self._due.items() if due <= at_ms):
            state, device = self.memory.change(key), self._index[key]
            gone, long = self._deadlines(state, device)
            if gone <= long:
                self._over(state, tell)
            else:
                self._judge(device, state, self._due[key], at_ms, tell)
            self._plan(key)

    def _judge(self, device: int, state: Corridor, due: int, at_ms: int, tell: list[Finding]) -> None:
        """The time is up: tell it if a bed is empty, else look again after as long."""
        here = self._view.subject(device)
        limit = minutes(self._view.number("pacing", "minutes", here))
        empty = [
            bed
            for bed in self._ward_beds.get(here.ward_id, [])
            if (out := self.memory.get(self._key[bed]).out_ms) is not None
            and due - out >= limit // 2
            and self._view.subject(bed).resident_id is not None
        ]
        assert state.since_ms is not None
        starts, ends = (str(self._view.value("pacing", name, here)) for name in ("starts", "ends"))
        zone = self._view.zone(here.facility_id)
        night = night_around(state.since_ms, starts, ends, zone) or night_around(due, starts, ends, zone)
        if not empty or night is None:
            state.since_ms = due
            return
        if state.since_ms < night[0]:  # what is paced before the night does not count, and does not excuse what follows
            state.since_ms = night[0]
            return
        state.told = self._view.subject(empty[0]) if len(empty) == 1 else here
        evidence: Evidence = {"since": from_ms(state.since_ms).isoformat(), "empty_beds": len(empty)}
        reason = f"Somebody has paced the corridor for {limit / 60_000:g} min at night; empty beds: {len(empty)}."
        late = at_ms - due > LATE_MS
        tell.append(finding(KIND, state.told, Change.BEGAN, due, reason, evidence, late=late))

    def _due_of(self, key: str) -> int:
        state, device = self.memory.get(key), self._index[key]
        due = min(self._deadlines(state, device))
        return NEVER if due == NEVER else max(due, state.received_ms + CELL_MS)

    def _deadlines(self, state: Corridor, device: int) -> tuple[int, int]:
        """Return when the corridor counts as empty, and when somebody has paced it for long. Who looks into a room
        just then has still paced so long; who has been away for half of `gone_s` may be in bed again, and has when she
        is seen again."""
        if state.since_ms is None:
            return NEVER, NEVER
        gone = NEVER if state.gone_ms is None else state.gone_ms + self._gone(device)
        long = state.since_ms + minutes(self._view.number("pacing", "minutes", self._view.subject(device)))
        away = state.gone_ms is not None and long - state.gone_ms > self._gone(device) // 2
        return gone, NEVER if state.told is not None or away else long
