"""What was due and not done: rounds, turns, medication, supervised meals, headcounts, handovers, tasks, button tests
(table: `analytics.due_rules`), and who is not back from leave.

A line of the schedules says when; an entry says that it was done, as may a sensor: a call tests its button, and a turn
of the resident's own, or an empty bed, is a turn (66 % of residents turn by themselves every hour, Schnelle 1993). It
is told `grace_min` after it was due, once, and ends when it is done. Who is on leave is due nothing; who is not back
`leave.grace_min` after the time that was agreed is told. What was due before the watch began is not asked for.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec
import numpy as np

from analytics.detector import LATE_MS, Detector, Memory, finding
from analytics.directory import IntArray, View
from analytics.due_items import Item, items, key_of, named, ward_of
from analytics.due_rules import CODED, DUE_RULES, For
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import CELL_MS, NEVER, from_ms, minutes, to_ms
from analytics.rows import Column, Rows
from anxin.care import EntryKind, ScheduleKind
from anxin.columns import Noted
from anxin.event import Call
from anxin.vocabulary import AlertKind, ObservationKind

LEAVE = "leave"
TURN_STEP_MS = 60_000  # turns that are seen count by the minute: an empty bed says so every second


class Duty(msgspec.Struct):
    """Something due, or a leave. done_ms: done last, or (not entered) watched since. received_ms: of that. away: on
    leave. back_ms: agreed. raised: 0 nothing, 1 due, 2 missed. subject: about whom it was told."""

    done_ms: int | None = None
    entered: bool = False
    received_ms: int = 0
    away: bool = False
    back_ms: int = NEVER
    raised: int = 0
    subject: Subject | None = None


class DueDetector(Detector):
    """What is due, by line of the schedules and subject."""

    name: ClassVar[str] = "due"
    raises: ClassVar[tuple[AlertKind, ...]] = tuple(
        dict.fromkeys(
            [kind for rule in DUE_RULES.values() for kind in (rule.first, rule.missed) if kind]
            + [AlertKind.LEAVE_OVERDUE]
        )
    )
    reads: ClassVar[frozenset[ObservationKind]] = frozenset({ObservationKind.BED_OCCUPIED, ObservationKind.TURN_AGE})

    def __init__(self) -> None:
        self.memory: Memory[Duty] = Memory(Duty)

    def use(self, view: View) -> None:
        self._view = view
        self._homes = {home.code: home.id for home in view.directory.homes}
        self._items = {item.key: item for item in items(view)}
        self._late: dict[tuple[AlertKind, str], set[str]] = {}
        for key, item in self._items.items():
            if self.memory.get(key).done_ms is None:
                self.memory.change(key).done_ms = view.at_ms
            elif item.rule.by_ward and self.memory.get(key).raised:
                self._late.setdefault((item.rule.missed, ward_of(item.subject).key), set()).add(key)
        self._turns = {
            resident: key
            for key, item in self._items.items()
            if item.line.kind is ScheduleKind.TURN and (resident := item.subject.resident_id) is not None
        }
        self._gone = sorted(k for k, _ in self.memory.states() if k not in self._items and not k.startswith(LEAVE))
        self._plan_all()

    def _plan_all(self) -> None:
        self._due = {key: due for key in self._items if (due := self._due_of(key)) < NEVER}
        for key, state in self.memory.states():
            if key.startswith(LEAVE) and state.back_ms < NEVER and not state.raised:
                resident = self._view.resident(int(key.split(":")[1]))
                grace = self._view.number(LEAVE, "grace_min", resident) if resident else 0.0
                self._due[key] = max(state.back_ms + minutes(grace), state.received_ms + CELL_MS)

    # What was done ---------------------------------------------------------------------------------------------------

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        for noted in rows.entries:
            self._entered(noted, tell)
        for event in rows.events:
            if isinstance(event.event, Call) and event.device_id is not None:
                self._done(f"device:{event.device_id}", None, For.BUTTON, (), event.time, event.received_at, tell)
        if self._turns:
            self._turned(rows, tell)

    def _entered(self, noted: Noted, tell: list[Finding]) -> None:
        facility = self._homes.get(noted.facility)
        if facility is None:
            return
        entry = noted.entry
        if entry.kind in (EntryKind.LEAVE_OUT, EntryKind.LEAVE_BACK) and entry.resident is not None:
            self._leave(entry.resident, noted, tell)
        code = entry.facts.get("code")
        for whom, keys in named(self._view, facility, noted).items():
            for key in keys:
                self._done(key, code, whom, (entry.kind,), noted.time, noted.received_at, tell)

    def _turned(self, rows: Rows, tell: list[Finding]) -> None:
        """A turn of one's own, or an empty bed."""
        ages, beds = rows.columns.get(ObservationKind.TURN_AGE), rows.columns.get(ObservationKind.BED_OCCUPIED)
        seen: dict[int, tuple[int, int]] = {}
        if ages is not None:
            known = ages.take(ages.value == ages.value)
            _note(seen, known, known.time - np.round(known.value * 1_000).astype(np.int64))
        if beds is not None:
            empty = beds.take(beds.value < 0.5)
            _note(seen, empty, empty.time)
        for device in sorted(seen):
            key = self._turns.get(self._view.subject(device).resident_id or 0)
            if key is not None:
                self._finish(self._items[key], *seen[device], "A turn was seen.", tell)

    def _done(
        self, subject: str, code: object, whom: For, kinds: tuple[EntryKind, ...], time: datetime, received: datetime,
        tell: list[Finding],
    ) -> None:  # fmt: skip
        for item in list(self._items.values()):
            if item.rule.whom is whom and key_of(item) == subject and (not kinds or kinds[0] in item.rule.done):
                if item.line.kind in CODED and code != item.line.code:
                    continue
                self._finish(item, to_ms(time), to_ms(received), "Done.", tell)

    def _finish(self, item: Item, at: int, received: int, reason: str, tell: list[Finding]) -> None:
        known = self.memory.get(item.key)
        if known.done_ms is not None and at <= known.done_ms:
            return
        state = self.memory.change(item.key)
        state.done_ms, state.entered, state.received_ms = at, True, received
        self._end(item, state, at, reason, tell)
        self._plan(item.key)

    def _leave(self, resident: int, noted: Noted, tell: list[Finding]) -> None:
        key, at, subject = f"{LEAVE}/resident:{resident}", to_ms(noted.time), self._view.resident(resident)
        known = self.memory.get(key)
        if subject is None or (known.done_ms is not None and at < known.done_ms):
            return
        state = self.memory.change(key)
        state.away = noted.entry.kind is EntryKind.LEAVE_OUT
        state.done_ms, state.received_ms = at, to_ms(noted.received_at)
        state.back_ms = _moment(noted.entry.facts.get("back_at")) if state.away else NEVER
        if state.raised and state.subject is not None:
            tell.append(
                finding(AlertKind.LEAVE_OVERDUE, state.subject, Change.ENDED, at, "Back, or a new time agreed.")
            )
        state.raised, state.subject = 0, None
        for item in list(self._items.values()):
            if item.subject.resident_id == resident and item.rule.whom is For.RESIDENT:
                duty = self.memory.change(item.key)
                duty.done_ms, duty.entered, duty.received_ms = max(at, duty.done_ms or 0), False, state.received_ms
                self._end(item, duty, at, "On leave." if state.away else "Back from leave.", tell)
        self._due.pop(key, None)
        self._plan_all()

    # What is due -----------------------------------------------------------------------------------------------------

    def next_due(self) -> int:
        return 0 if self._gone else min(self._due.values(), default=NEVER)

    def pass_time(self, at_ms: int, heard: Hearing, tell: list[Finding]) -> None:
        over: set[tuple[AlertKind, str]] = set()
        for key in self._gone:
            self._forget(key, at_ms, over, tell)
        self._gone.clear()
        for key in sorted(key for key, due in self._due.items() if due <= at_ms):
            if key.startswith(LEAVE):
                self._overdue(key, at_ms, tell)
            else:
                while self._due_of(key) <= at_ms:
                    self._missed(self._items[key], at_ms, tell)
                self._plan(key)

    def _forget(self, key: str, at_ms: int, over: set[tuple[AlertKind, str]], tell: list[Finding]) -> None:
        """A line of the schedules that holds no longer asks for nothing."""
        state, rule = self.memory.change(key), DUE_RULES[ScheduleKind(key.split("/")[0])]
        if state.raised and state.subject is not None:
            kind = rule.first if state.raised == 1 and rule.first else rule.missed
            subject = ward_of(state.subject) if rule.by_ward else state.subject
            if not rule.by_ward or not (self._late.get((kind, subject.key)) or (kind, subject.key) in over):
                over.add((kind, subject.key))
                tell.append(finding(kind, subject, Change.ENDED, at_ms, "No longer asked for."))
        state.done_ms, state.entered, state.received_ms, state.raised, state.subject = None, False, 0, 0, None

    def _missed(self, item: Item, at_ms: int, tell: list[Finding]) -> None:
        state = self.memory.change(item.key)
        due = self._next(item, state)
        first = state.raised == 0 and item.rule.first is not None
        state.raised = 1 if first else 2
        state.subject = state.subject or item.subject
        kind = item.rule.first if first else item.rule.missed
        assert kind is not None
        if item.rule.first is not None and not first:
            tell.append(finding(item.rule.first, state.subject, Change.ENDED, at_ms, "Now overdue."))
        moment = due if first else due + item.grace
        reason = f"{item.line.code} was due at {_clock(self._view, item.subject, due)} and is not done."
        evidence: Evidence = {"due_at": from_ms(due).isoformat(), "what": item.line.code}
        if item.rule.by_ward:
            self._tell_ward(item, Change.BEGAN, moment, reason, at_ms, tell)
            return
        late = at_ms - moment > LATE_MS
        tell.append(finding(kind, state.subject, Change.BEGAN, moment, reason, evidence, late=late))

    def _tell_ward(self, item: Item, change: Change, at: int, reason: str, now: int, tell: list[Finding]) -> None:
        """One alert for a ward: it begins with the first resident who misses something and ends with the last."""
        ward = ward_of(item.subject)
        missing = self._late.setdefault((item.rule.missed, ward.key), set())
        others = bool(missing - {item.key})
        if change is Change.BEGAN:
            missing.add(item.key)
        else:
            missing.discard(item.key)
        residents = sorted(self._items[key].subject.resident_id or 0 for key in missing if key in self._items)
        evidence: Evidence = {"residents": ",".join(map(str, residents)), "what": item.line.code}
        change = Change.UPDATED if others else change
        late = change is Change.BEGAN and now - at > LATE_MS
        tell.append(finding(item.rule.missed, ward, change, at, reason, evidence, late=late))

    def _end(self, item: Item, state: Duty, at: int, reason: str, tell: list[Finding]) -> None:
        if state.raised and state.subject is not None:
            kind = item.rule.first if state.raised == 1 and item.rule.first else item.rule.missed
            if item.rule.by_ward:
                self._tell_ward(item, Change.ENDED, at, reason, at, tell)
            else:
                tell.append(finding(kind, state.subject, Change.ENDED, at, reason))
        state.raised, state.subject = 0, None

    def _overdue(self, key: str, at_ms: int, tell: list[Finding]) -> None:
        subject = self._view.resident(int(key.split(":")[1]))
        due = self._due.pop(key)
        if subject is None:
            return
        state = self.memory.change(key)
        state.raised, state.subject = 2, subject
        reason = f"Agreed to be back at {_clock(self._view, subject, state.back_ms)}; no entry says so."
        evidence: Evidence = {"back_at": from_ms(state.back_ms).isoformat()}
        late = at_ms - due > LATE_MS
        tell.append(finding(AlertKind.LEAVE_OVERDUE, subject, Change.BEGAN, due, reason, evidence, late=late))

    def _plan(self, key: str) -> None:
        due = self._due_of(key)
        if due < NEVER:
            self._due[key] = due
        else:
            self._due.pop(key, None)

    def _due_of(self, key: str) -> int:
        item, state = self._items[key], self.memory.get(key)
        away = self.memory.get(f"{LEAVE}/resident:{item.subject.resident_id}").away
        if state.raised == 2 or state.done_ms is None or (away and item.rule.whom is For.RESIDENT):
            return NEVER
        waits = 0 if state.raised == 0 and item.rule.first is not None else item.grace
        return max(self._next(item, state) + waits, state.received_ms + CELL_MS)

    def _next(self, item: Item, state: Duty) -> int:
        assert state.done_ms is not None
        early = item.early if state.entered else 0
        return item.line.due_after(state.done_ms, early, self._view.zone(item.subject.facility_id))


def _note(seen: dict[int, tuple[int, int]], column: Column, at: IntArray) -> None:
    """Keep the newest turn of each device, by the minute, with the receipt of the first row that said so."""
    minute = at // TURN_STEP_MS * TURN_STEP_MS
    for device, time, received in zip(column.device.tolist(), minute.tolist(), column.received.tolist(), strict=True):
        if time > seen.get(device, (-1, 0))[0]:
            seen[device] = time, received


def _clock(view: View, subject: Subject, ms: int) -> str:
    return from_ms(ms).astimezone(view.zone(subject.facility_id)).strftime("%H:%M")


def _moment(text: object) -> int:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return NEVER
    return to_ms(moment) if moment.tzinfo else NEVER
