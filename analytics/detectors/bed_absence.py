"""Long out of bed at night: medium once it is long for her, high after `bed_absence.alarm_min` and a step.

What is long is her own 95th centile between `warn_min` and `cap_min` (`analytics.baselines.habit`; clinical.md 2.4): a
normal trip to the toilet raises nothing. Where a nurse set `warn_min`, hers holds as it stands. Only an absence that
begins at night counts: who has not gone to bed yet is not missing, and who leaves the bed within an hour of her usual
time (or after `rise_from` until that is known) has got up. Unknown occupancy (a null, or a sensor out of hearing)
counts neither as in bed nor as out: the clock of the absence stands still meanwhile. Where several sensors watch one
bed, one that says "in bed" is believed. It clears when the resident was back for `bed_absence.return_s`.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
import numpy as np

from analytics.baselines.habit import Habit
from analytics.detector import LATE_MS, Detector, Memory, finding
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import CELL_MS, NEVER, from_ms, minutes, seconds
from analytics.parameters import DEFAULTS
from analytics.policy import minute_of_day, night_around
from analytics.rows import Rows
from anxin.vocabulary import AlertKind, DeviceKind, ObservationKind, Priority

OUT, IN, UNKNOWN, UNSEEN = 0, 1, 2, -1
ORDER_MS = (
    120_000  # an older sample that comes within this time of a newer one is out of order; later, the clock stepped
)
TRIP_MS, UP_MS = 3_600_000, 7_200_000  # shorter: a trip; longer, begun in the morning: she got up for the day
MORNING = (4 * 60, 9 * 60)  # local minutes in which she may get up


class Level(msgspec.Struct):
    """What one sensor last said, since when (its time), and when that came."""

    level: int
    since_ms: int
    received_ms: int


class Absence(msgspec.Struct):
    """A bed. out_ms: empty since. back_ms: seen in bed again, not yet believed. unknown_ms: not known since. unseen_ms:
    time not known, summed up. lost: how long each sensor that speaks of the bed had been out of hearing when the
    absence began. raised: the priority told, 0 for none. warned_min: the limit that was told. habit: what is usual for
    whoever sleeps here."""

    levels: dict[str, Level] = {}
    out_ms: int | None = None
    back_ms: int | None = None
    unknown_ms: int | None = None
    received_ms: int = 0
    unseen_ms: int = 0
    lost: dict[str, int] = {}
    raised: int = 0
    warned_min: float = 0.0
    sleeper: int | None = None
    habit: Habit = msgspec.field(default_factory=Habit)
    subject: Subject | None = None


class BedAbsenceDetector(Detector):
    """Absence from bed at night, by bed."""

    name: ClassVar[str] = "bed_absence"
    raises: ClassVar[tuple[AlertKind, ...]] = (AlertKind.OUT_OF_BED_LONG,)
    reads: ClassVar[frozenset[ObservationKind]] = frozenset({ObservationKind.BED_OCCUPIED})

    def __init__(self) -> None:
        self.memory: Memory[Absence] = Memory(Absence)

    def use(self, view: View) -> None:
        self._view = view
        devices = view.directory.devices
        self._bed = [device.bed_id for device in devices]
        self._watches = np.array([bed is not None for bed in self._bed], bool)
        self._sensors: dict[str, list[int]] = {}
        self._level = np.full(len(devices), UNSEEN, np.int64)
        # The bed's own sensors first: an absence is told as theirs, not as that of the call button beside them.
        for index, device in sorted(enumerate(devices), key=lambda pair: pair[1].kind is not DeviceKind.BED_SENSOR):
            if device.bed_id is not None:
                key = f"bed:{device.bed_id}"
                self._sensors.setdefault(key, []).append(index)
                if (level := self.memory.get(key).levels.get(str(device.id))) is not None:
                    self._level[index] = level.level
        self._due = {key: due for key in self.memory if (due := self._due_of(key, None)) < NEVER}

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        column = rows.columns.get(ObservationKind.BED_OCCUPIED)
        if column is None:
            return
        level = np.where(np.isnan(column.value), UNKNOWN, np.where(column.value >= 0.5, IN, OUT))
        changed = (level != self._level[column.device]) & self._watches[column.device]
        if not np.count_nonzero(changed):
            return
        moved = np.zeros(len(self._level), bool)
        moved[column.device[changed]] = True
        which = np.nonzero(moved[column.device])[0]
        parts = (array[which].tolist() for array in (column.device, level, column.time, column.received))
        for device, value, time, received in zip(*parts, strict=True):
            if value != self._level[device]:
                self._move(device, value, time, received, heard, tell)

    def _move(self, device: int, value: int, time: int, received: int, heard: Hearing, tell: list[Finding]) -> None:
        key, sensor = f"bed:{self._bed[device]}", str(self._view.directory.devices[device].id)
        last = self.memory.get(key).levels.get(sensor)
        if last is not None and time < last.since_ms and received - last.received_ms < ORDER_MS:
            return
        state = self.memory.change(key)
        before = _together(state)
        state.levels = {**state.levels, sensor: Level(value, time, received)}
        self._level[device] = value
        if (now := _together(state)) != before:
            state.received_ms = received
            if now == IN and state.out_ms is not None:
                state.back_ms = time
            elif now == OUT:
                self._leave(key, state, time, heard, tell)
            if now == UNKNOWN and state.back_ms is None:
                state.unknown_ms = time
            elif state.unknown_ms is not None:
                state.unseen_ms += max(0, time - state.unknown_ms)
                state.unknown_ms = None
        self._plan(key, heard)

    def _leave(self, key: str, state: Absence, time: int, heard: Hearing, tell: list[Finding]) -> None:
        """The bed is seen empty. A return too short to be believed was none: the absence goes on."""
        if state.back_ms is not None:
            if time - state.back_ms < seconds(self._number(key, "return_s")):
                state.back_ms = None
            else:
                self._return(key, state, tell)
        if state.out_ms is None:
            state.out_ms, state.unseen_ms, state.unknown_ms = time, 0, None
            state.lost = {str(self._id(i)): int(heard.lost_ms[i]) for i in self._sensors[key] if self._speaks(state, i)}

    def next_due(self) -> int:
        return min(self._due.values(), default=NEVER)

    def pass_time(self, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        for key in sorted(key for key, due in self._due.items() if due <= at_ms):
            while self._due_of(key, heard) <= at_ms:
                if not self._judge(key, at_ms, heard, tell):
                    break
            self._plan(key, heard)

    def _judge(self, key: str, at_ms: int, heard: Hearing, tell: list[Finding]) -> bool:
        """Act on a deadline that has come; False where the sensor is out of hearing: then nothing is known now."""
        if self.memory.get(key).back_ms is not None:
            self._return(key, self.memory.change(key), tell)
            return True
        levels = self.memory.get(key).levels
        empty = [i for i in self._sensors.get(key, []) if levels.get(str(self._id(i)), _NOTHING).level == OUT]
        if not any(heard.fresh(index, at_ms) for index in empty):
            return False
        lost = self._lost(key, heard)
        due = self._due_seen(key) + lost
        state = self.memory.change(key)
        assert state.out_ms is not None
        state.subject = state.subject or self._view.subject(self._sensors[key][0])
        absent = round((due - state.out_ms) / 60_000)
        unseen = state.unseen_ms + lost
        evidence: Evidence = {
            "out_since": from_ms(state.out_ms).isoformat(), "absent_min": absent, "unseen_s": unseen / 1_000,
        }  # fmt: skip
        first = state.raised == 0
        limit = self._limit_min(key, state)
        state.raised = Priority.MEDIUM if first else Priority.HIGH
        if first:
            state.warned_min = limit
        reason = f"Out of bed at night for {absent} min; {self._whose(key, state, first)} is {limit:.0f} min."
        reason += f" For {unseen / 60_000:.0f} min of it no sensor saw the bed." if unseen >= minutes(1) else ""
        change = Change.BEGAN if first else Change.UPDATED
        late, priority = at_ms - due > LATE_MS, Priority(state.raised)
        kind = AlertKind.OUT_OF_BED_LONG
        tell.append(finding(kind, state.subject, change, due, reason, evidence, priority=priority, late=late))
        return True

    def _plan(self, key: str, heard: Hearing) -> None:
        due = self._due_of(key, heard)
        if due < NEVER:
            self._due[key] = due
        else:
            self._due.pop(key, None)

    def _due_of(self, key: str, heard: Hearing | None) -> int:
        """Return when the bed must be judged next; without hearing, a lower bound of it."""
        state = self.memory.get(key)
        if state.out_ms is None or key not in self._sensors:
            return NEVER
        if state.back_ms is not None:
            return max(state.back_ms + seconds(self._number(key, "return_s")), state.received_ms + CELL_MS)
        if state.unknown_ms is not None or state.raised == Priority.HIGH:
            return NEVER
        due = self._due_seen(key) + (self._lost(key, heard) if heard is not None else 0)
        if state.raised == 0 and not self._is_missing(key, state, state.out_ms, due):
            return NEVER
        return max(due, state.received_ms + CELL_MS)

    def _is_missing(self, key: str, state: Absence, out_ms: int, due: int) -> bool:
        """Whether leaving the bed then is an absence: at night, long before its end, and not getting up."""
        subject = self._view.subject(self._sensors[key][0])
        night = self._night(subject, out_ms)
        if subject.resident_id is None or night is None or due >= night[1]:
            return False
        habit = state.habit if state.sleeper == subject.resident_id else Habit()
        unknown = float(minute_of_day(str(self._view.value("bed_absence", "rise_from", subject))))
        minute = self._minute(subject, out_ms)
        return not habit.rises_from(self._number(key, "rise_min"), unknown) <= minute < MORNING[1]

    def _due_seen(self, key: str) -> int:
        """When the next delay ends, if the sensors were never out of hearing."""
        state = self.memory.get(key)
        return (state.out_ms or 0) + state.unseen_ms + minutes(self._limit_min(key, state))

    def _limit_min(self, key: str, state: Absence) -> float:
        """After how many minutes the next priority is due."""
        if state.raised:
            return max(self._number(key, "alarm_min"), state.warned_min + self._number(key, "step_min"))
        floor = self._number(key, "warn_min")
        known = state.sleeper == self._view.subject(self._sensors[key][0]).resident_id
        if not known or floor != DEFAULTS["bed_absence", "warn_min"]:
            return floor
        return state.habit.limit_min(floor, self._number(key, "cap_min"))

    def _whose(self, key: str, state: Absence, first: bool) -> str:
        if not first:
            return "the urgent limit"
        learnt = state.warned_min > self._number(key, "warn_min")
        return f"the limit learnt from {len(state.habit.trips)} absences" if learnt else "the limit"

    def _night(self, subject: Subject, at_ms: int) -> tuple[int, int] | None:
        starts, ends = (str(self._view.value("night", name, subject)) for name in ("starts", "ends"))
        return night_around(at_ms, starts, ends, self._view.zone(subject.facility_id))

    def _minute(self, subject: Subject, at_ms: int) -> int:
        """The local minute of the day."""
        local = from_ms(at_ms).astimezone(self._view.zone(subject.facility_id))
        return local.hour * 60 + local.minute

    def _speaks(self, state: Absence, index: int) -> bool:
        """Whether a device speaks of the bed: that the call button beside it can be heard shows no empty bed."""
        return str(self._id(index)) in state.levels

    def _lost(self, key: str, heard: Hearing) -> int:
        """How long, since the absence began, none of the sensors that spoke of the bed then could be heard."""
        known = self.memory.get(key).lost
        sensors = [(i, known[name]) for i in self._sensors[key] if (name := str(self._id(i))) in known]
        return min((int(heard.lost_ms[i]) - before for i, before in sensors), default=0)

    def _number(self, key: str, name: str) -> float:
        return self._view.number("bed_absence", name, self._view.subject(self._sensors[key][0]))

    def _id(self, index: int) -> int:
        return self._view.directory.devices[index].id

    def _return(self, key: str, state: Absence, tell: list[Finding]) -> None:
        """The resident is believed to be back."""
        assert state.back_ms is not None
        if state.raised and state.subject is not None:
            reason = "Back in bed."
            tell.append(finding(AlertKind.OUT_OF_BED_LONG, state.subject, Change.ENDED, state.back_ms, reason))
        if state.out_ms is not None and key in self._sensors:
            self._learn(key, state, state.out_ms, state.back_ms - state.out_ms)
        state.out_ms = state.back_ms = state.unknown_ms = state.subject = None
        state.unseen_ms = state.raised = 0
        state.lost = {}
        state.warned_min = 0.0

    def _learn(self, key: str, state: Absence, out_ms: int, absent_ms: int) -> None:
        """Remember how long she was out, or when she got up. What was not seen throughout teaches nothing."""
        subject = self._view.subject(self._sensors[key][0])
        if subject.resident_id is None or state.unseen_ms > absent_ms // 10:
            return
        if state.sleeper != subject.resident_id:
            state.sleeper, state.habit = subject.resident_id, Habit()
        minute = self._minute(subject, out_ms)
        if absent_ms >= UP_MS and MORNING[0] <= minute < MORNING[1]:
            state.habit.got_up(minute)
        elif absent_ms <= TRIP_MS and self._night(subject, out_ms) is not None:
            state.habit.made_a_trip(absent_ms / 1_000)


_NOTHING = Level(UNSEEN, 0, 0)


def _together(state: Absence) -> int:
    """What the sensors of a bed say together."""
    levels = [level.level for level in state.levels.values()]
    return IN if IN in levels else OUT if OUT in levels else UNKNOWN
