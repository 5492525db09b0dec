"""Out of bed and about at night: leaving the bed where that is not safe alone, more trips than usual, wandering.

Leaving the bed is told only for residents who get up supervised (after `bed_exit.supervised_s`) or never alone (after
`bed_exit.never_alone_s`); for all others a trip is normal (1.8 to 3.3 a night, Hamza 2023) and only counted. At the end
of a night the trips of `nocturia.least` and `nocturia.more` above the resident's own median of at least seven nights
are a low trend where they come in two of three nights, or where it is `nocturia.at_once` more, until a night is as
usual: counts of one night scatter widely (SD about 2), so two spreads must repeat and three are told at once, as for
vital signs (clinical.md 1.5). Wandering is `night_wander.times` exits from the room in `night_wander.within_min`,
between `night_wander.starts` and `ends` (clinical.md 4). Of the openings of its door during one absence from a bed
every second is a return: one trip to the corridor and back, and a carer's round meanwhile, are two exits at most. A
door alone is a carer's round, and so many trips in a whole night are an ordinary night.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from statistics import median
from typing import ClassVar

import msgspec
import numpy as np

from analytics.bed_turns import OUT, UNSEEN, Turn, first_sensors, turns
from analytics.detector import LATE_MS, Memory, Waiting, finding
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import CELL_MS, NEVER, from_ms, minutes, seconds
from analytics.policy import night_around
from analytics.rows import Rows
from anxin.vocabulary import AlertKind, DeviceKind, ObservationKind, RoomKind

NIGHTS, FEWEST, RECENT = 14, 7, 3
SAME_DOOR_MS = minutes(2)  # going and coming back is one trip
ORDER_MS = 120_000
GETS_UP = {"supervised": "gets up under supervision only", "never_alone": "never gets up alone"}


class Trips(msgspec.Struct):
    """A bed sensor (trips, exit), or a room (doors). level: of the bed. out_ms: empty since. exit, trend, wander: about
    whom it was told. night_ms: the night or the hours of wandering that end then. doors: when its door opened while a
    bed was empty, and since when that was."""

    level: int = UNSEEN
    out_ms: int | None = None
    changed_ms: int = 0
    received_ms: int = 0
    exit: Subject | None = None
    trips: int = 0
    night_ms: int = NEVER
    nights: list[int] = []
    trend: Subject | None = None
    doors: list[tuple[int, int]] = []
    wander: Subject | None = None


class NightMovesDetector(Waiting):
    """Trips, by bed sensor; openings, by room."""

    name: ClassVar[str] = "night_moves"
    raises: ClassVar[tuple[AlertKind, ...]] = (AlertKind.BED_EXIT, AlertKind.NOCTURIA_RISE, AlertKind.NIGHT_WANDER)
    reads: ClassVar[frozenset[ObservationKind]] = frozenset({ObservationKind.BED_OCCUPIED, ObservationKind.DOOR_OPEN})

    def __init__(self) -> None:
        self.memory: Memory[Trips] = Memory(Trips)

    def use(self, view: View) -> None:
        self._view = view
        devices = view.directory.devices
        self._sensors = first_sensors(view)
        self._level = np.array([self.memory.get(f"device:{d.id}").level for d in devices], np.int64)
        self._door = np.array([d.kind is DeviceKind.DOOR and d.room_kind is RoomKind.BEDROOM for d in devices], bool)
        self._beds: dict[int, list[int]] = {}
        for index in np.nonzero(self._sensors)[0].tolist():
            self._beds.setdefault(view.subject(index).room_id or 0, []).append(index)
        self._plan_all()

    def _plan_all(self) -> None:
        self._due = {key: due for key in self.memory if (due := self._due_of(key)) < NEVER}

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        # In the order of the log: whether a bed was empty when a door opened must not depend on how it was cut.
        for _, device, level, time, received in heapq.merge(
            turns(rows, self._sensors, self._level), self._doors(rows), key=lambda turn: turn[0]
        ):
            if self._door[device]:
                self._opened(device, time, received, tell)
            else:
                self._turn(device, level, time, received, tell)

    def _turn(self, device: int, level: int, time: int, received: int, tell: list[Finding]) -> None:
        key = self._key(device)
        known = self.memory.get(key)
        if time < known.changed_ms and received - known.received_ms < ORDER_MS:
            self._level[device] = known.level
            return
        state = self.memory.change(key)
        state.level, state.changed_ms, state.received_ms = level, time, received
        if level == OUT:
            state.out_ms = time
        else:
            self._returned(state, device, time, tell)
        self._plan(key)

    def _key(self, device: int) -> str:
        return f"device:{self._view.directory.devices[device].id}"

    def _returned(self, state: Trips, device: int, time: int, tell: list[Finding]) -> None:
        subject = self._view.subject(device)
        if state.exit is not None:
            tell.append(finding(AlertKind.BED_EXIT, state.exit, Change.ENDED, time, "Back in bed."))
        trip_ms = seconds(self._view.number("nocturia", "trip_s", subject))
        night = self._hours("night", subject, state.out_ms or time)
        long_enough = state.out_ms is not None and time - state.out_ms >= trip_ms
        if long_enough and night is not None and state.night_ms in (NEVER, night[1]):
            state.night_ms = night[1]
            state.trips += 1
        state.out_ms, state.exit = None, None

    def _hours(self, rule: str, subject: Subject, at_ms: int) -> tuple[int, int] | None:
        starts, ends = (str(self._view.value(rule, name, subject)) for name in ("starts", "ends"))
        return night_around(at_ms, starts, ends, self._view.zone(subject.facility_id))

    def _doors(self, rows: Rows) -> Iterator[Turn]:
        column = rows.columns.get(ObservationKind.DOOR_OPEN)
        if column is None:
            return
        part = column.take(self._door[column.device] & (column.value >= 0.5) & column.live)
        arrays = (part.arrival, part.device, part.time, part.received)
        for arrival, device, time, received in zip(*(array.tolist() for array in arrays), strict=True):
            yield arrival, device, OUT, time, received

    def _opened(self, device: int, time: int, received: int, tell: list[Finding]) -> None:
        subject = self._view.subject(device)
        beds = [self.memory.get(self._key(bed)) for bed in self._beds.get(subject.room_id or 0, ())]
        empty = [bed.out_ms or 0 for bed in beds if bed.level == OUT]
        if not empty:
            return
        hours, key = self._hours("night_wander", subject, time), f"room:{subject.room_id}"
        known = self.memory.get(key)
        if hours is None or any(abs(time - at) < SAME_DOOR_MS for at, _ in known.doors):
            return
        if known.night_ms not in (NEVER, hours[1]):
            return  # of another night: too late to matter
        state = self.memory.change(key)
        before = len(_exits(state.doors))
        state.doors, state.night_ms, state.received_ms = sorted([*state.doors, (time, min(empty))]), hours[1], received
        exits = _exits(state.doors)
        times = self._view.number("night_wander", "times", subject)
        within = minutes(self._view.number("night_wander", "within_min", subject))
        pairs = zip(exits, exits[int(times) - 1 :], strict=False)
        first = next((start for start, end in pairs if end - start <= within), None)
        if first is not None and len(exits) > before:
            change = Change.UPDATED if state.wander else Change.BEGAN
            state.wander = state.wander or subject
            count = sum(at >= first for at in exits)
            reason = f"Somebody left the room {count} times at night while a bed there is empty."
            evidence: Evidence = {"times": count, "since": from_ms(first).isoformat()}
            late = received - time > LATE_MS
            tell.append(finding(AlertKind.NIGHT_WANDER, state.wander, change, time, reason, evidence, late=late))
        self._plan(key)

    def pass_time(self, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        for key in sorted(key for key, due in self._due.items() if due <= at_ms):
            while self._due_of(key) <= at_ms:
                state = self.memory.change(key)
                if key.startswith("room:"):
                    self._wander_over(state, tell)
                elif self._exit_due(key, state) <= at_ms:
                    self._left(key, state, at_ms, tell)
                else:
                    self._night_over(key, state, tell)
            self._plan(key)

    def _left(self, key: str, state: Trips, at_ms: int, tell: list[Finding]) -> None:
        assert state.out_ms is not None
        state.exit = self._subject(key)
        delay = self._delay_s(state.exit) or 0.0
        reason = f"Left the bed {delay:g} s ago; {GETS_UP[str(self._view.value('resident', 'gets_up', state.exit))]}."
        due = state.out_ms + seconds(delay)
        evidence: Evidence = {"out_since": from_ms(state.out_ms).isoformat()}
        late = at_ms - due > LATE_MS
        tell.append(finding(AlertKind.BED_EXIT, state.exit, Change.BEGAN, due, reason, evidence, late=late))

    def _night_over(self, key: str, state: Trips, tell: list[Finding]) -> None:
        trips, at, subject = state.trips, state.night_ms, self._subject(key)
        usual = median(state.nights) if len(state.nights) >= FEWEST else None
        state.nights = [*state.nights, trips][-NIGHTS:]
        state.trips, state.night_ms = 0, NEVER
        if usual is None:
            return
        least, more, at_once = (self._view.number("nocturia", name, subject) for name in ("least", "more", "at_once"))
        many = [count >= least and count >= usual + more for count in state.nights[-RECENT:]]
        rose = many[-1] and (sum(many) > 1 or state.trend is not None or trips >= usual + at_once)
        reason = f"{trips} trips out of bed in the night, usually {usual:g}."
        evidence: Evidence = {"trips": trips, "usual": usual}
        if rose and state.trend is None:
            state.trend = subject
            tell.append(finding(AlertKind.NOCTURIA_RISE, subject, Change.BEGAN, at, reason, evidence))
        elif not rose and state.trend is not None:
            tell.append(finding(AlertKind.NOCTURIA_RISE, state.trend, Change.ENDED, at, reason, evidence))
            state.trend = None

    def _wander_over(self, state: Trips, tell: list[Finding]) -> None:
        if state.wander is not None:
            reason = "The hours of the night are over."
            tell.append(finding(AlertKind.NIGHT_WANDER, state.wander, Change.ENDED, state.night_ms, reason))
        state.doors, state.night_ms, state.received_ms, state.wander = [], NEVER, 0, None

    def _due_of(self, key: str) -> int:
        state = self.memory.get(key)
        over = NEVER if state.night_ms == NEVER else max(state.night_ms + CELL_MS, state.received_ms + CELL_MS)
        return over if key.startswith("room:") else min(over, self._exit_due(key, state))

    def _exit_due(self, key: str, state: Trips) -> int:
        if state.out_ms is None or state.exit is not None or self._index(key) is None:
            return NEVER
        delay = self._delay_s(self._subject(key))
        return NEVER if delay is None else max(state.out_ms + seconds(delay), state.received_ms + CELL_MS)

    def _delay_s(self, subject: Subject) -> float | None:
        how = str(self._view.value("resident", "gets_up", subject))
        return None if how == "alone" else self._view.number("bed_exit", f"{how}_s", subject)

    def _index(self, key: str) -> int | None:
        return self._view.directory.device_index.get(int(key.removeprefix("device:")))

    def _subject(self, key: str) -> Subject:
        index = self._index(key)
        assert index is not None
        return self._view.subject(index)


def _exits(doors: list[tuple[int, int]]) -> list[int]:
    """Return the openings by which somebody left: during one absence the first, the third, and so on."""
    absences: dict[int, list[int]] = {}
    for at, out_ms in doors:
        absences.setdefault(out_ms, []).append(at)
    return sorted(at for openings in absences.values() for at in openings[::2])
