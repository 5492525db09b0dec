"""What a carer's entry says by itself: aggression, choking, somebody of another room in this one (about the room: no
sensor tells whose steps they are), a headcount that does not agree, the wrong medicine or the same twice, NEWS2 of a
charted round, an activity for which the last chart does not speak.

NEWS2 scores charted rounds only, never bed sensors, and a partial score has no band (RCP 2017; `analytics.news2`). The
next complete chart ends or changes it. A medicine is another's when the scanned resident is not the one it was entered
for, or no line of the schedules has it for her; it is given twice within `medicine.double_min`. What was scanned for
another was not given to her: that the right scan follows is no second time.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from analytics import news2
from analytics.detector import Detector, Memory, finding, is_late
from analytics.directory import View
from analytics.finding import Change, Evidence, Finding, Subject
from analytics.hearing import Hearing
from analytics.moment import minutes, to_ms
from analytics.rows import Rows
from anxin.care import EntryKind, Facts, ScheduleKind
from anxin.columns import Noted
from anxin.vocabulary import AlertKind, ObservationKind

_A = AlertKind
AT_ONCE = {
    EntryKind.AGGRESSION: _A.AGGRESSION,
    EntryKind.CHOKING: _A.CHOKING,
    EntryKind.STRANGER_IN_ROOM: _A.INTRUSION_OTHER_ROOM,
}
BANDS: dict[news2.Risk, AlertKind] = {
    news2.Risk.HIGH: _A.NEWS2_HIGH,
    news2.Risk.MEDIUM: _A.NEWS2_MEDIUM,
    news2.Risk.LOW_MEDIUM: _A.NEWS2_SINGLE_3,
}
KEPT = 32


class Told(msgspec.Struct):
    """A resident, or a place. seen: the newest entries. given: medicine → when (ms). band: the NEWS2 alert
    that is present. charted_ms: of the newest complete chart; total: its score. wrong_count: a headcount is present."""

    seen: list[str] = []
    given: dict[str, int] = {}
    band: str | None = None
    charted_ms: int | None = None
    total: int = 0
    unfit: bool = False
    wrong_count: bool = False


class EntryDetector(Detector):
    """Entries, by resident or place."""

    name: ClassVar[str] = "entry"
    raises: ClassVar[tuple[AlertKind, ...]] = (
        *AT_ONCE.values(), _A.HEADCOUNT_MISMATCH, _A.MEDICATION_MISMATCH, _A.MEDICATION_DOUBLE, *BANDS.values(),
        _A.ACTIVITY_UNFIT,
    )  # fmt: skip
    reads: ClassVar[frozenset[ObservationKind]] = frozenset()

    def __init__(self) -> None:
        self.memory: Memory[Told] = Memory(Told)

    def use(self, view: View) -> None:
        self._view = view
        self._homes = {home.code: home.id for home in view.directory.homes}
        self._ward_of = {bed.room_id: bed.ward_id for bed in view.directory.beds}

    def consume(self, rows: Rows, heard: Hearing, tell: list[Finding]) -> None:
        for noted in rows.entries:
            if (facility := self._homes.get(noted.facility)) is not None:
                self._entered(noted, self._subject(facility, noted), tell)

    def _subject(self, facility: int, noted: Noted) -> Subject:
        entry = noted.entry
        resident = self._view.resident(entry.resident) if entry.resident is not None else None
        ward = entry.ward if entry.room is None else self._ward_of.get(entry.room, entry.ward)
        return resident or Subject(facility, ward, entry.room, resident_id=entry.resident)

    def _entered(self, noted: Noted, subject: Subject, tell: list[Finding]) -> None:
        kind = noted.entry.kind
        judge = {
            EntryKind.HEADCOUNT: self._counted,
            EntryKind.MEDICATION: self._given,
            EntryKind.VITALS: self._charted,
            EntryKind.ACTIVITY: self._active,
        }.get(kind)
        name = f"{kind}/{noted.entry.facts.get('code', '')}/{to_ms(noted.time)}/{noted.entry.account}"
        if (judge is None and kind not in AT_ONCE) or name in self.memory.get(subject.key).seen:
            return
        state = self.memory.change(subject.key)
        state.seen = [*state.seen, name][-KEPT:]
        if judge is not None:
            judge(noted, subject, state, tell)
        else:
            self._tell(AT_ONCE[kind], noted, subject, f"A carer reports: {kind.replace('_', ' ')}.", {}, tell)

    def _tell(
        self, kind: AlertKind, noted: Noted, subject: Subject, reason: str, evidence: Evidence, tell: list[Finding],
        change: Change = Change.BEGAN,
    ) -> None:  # fmt: skip
        late = change is not Change.ENDED and is_late(to_ms(noted.time), to_ms(noted.received_at))
        evidence = {"entered_by": noted.entry.account, **evidence}
        tell.append(finding(kind, subject, change, noted.time, reason, evidence, late=late))

    def _counted(self, noted: Noted, subject: Subject, state: Told, tell: list[Finding]) -> None:
        facts = noted.entry.facts
        present, expected = _number(facts, "present"), _number(facts, "expected")
        if present is None or expected is None:
            return
        reason = f"{present:g} residents were counted, {expected:g} should be there."
        if present != expected:
            change = Change.RECURRED if state.wrong_count else Change.BEGAN
            evidence: Evidence = {"present": present, "expected": expected}
            self._tell(_A.HEADCOUNT_MISMATCH, noted, subject, reason, evidence, tell, change)
        elif state.wrong_count:
            self._tell(_A.HEADCOUNT_MISMATCH, noted, subject, reason, {}, tell, Change.ENDED)
        state.wrong_count = present != expected

    def _given(self, noted: Noted, subject: Subject, state: Told, tell: list[Finding]) -> None:
        facts, at = noted.entry.facts, to_ms(noted.time)
        code, scanned = str(facts.get("code")), _number(facts, "scanned_resident")
        double_ms = minutes(self._view.number("medicine", "double_min", subject))
        before = state.given.get(code)
        known = any(
            line.kind is ScheduleKind.MEDICATION and line.code == code and line.resident_id == subject.resident_id
            for line in self._view.schedules
        )
        evidence: Evidence = {"code": code}
        if scanned is not None and scanned != subject.resident_id:
            reason = f"{code} was entered for this resident, but the code of another was scanned."
            self._tell(_A.MEDICATION_MISMATCH, noted, subject, reason, evidence, tell)
            return
        if not known:
            reason = f"{code} is not planned for this resident."
            self._tell(_A.MEDICATION_MISMATCH, noted, subject, reason, evidence, tell)
        if before is not None and abs(at - before) < double_ms:
            within, least = abs(at - before) / 60_000, double_ms / 60_000
            reason = f"{code} was given twice within {within:.0f} min; at least {least:g} lie between."
            self._tell(_A.MEDICATION_DOUBLE, noted, subject, reason, evidence, tell)
        state.given = {**state.given, code: max(at, before or 0)}

    def _charted(self, noted: Noted, subject: Subject, state: Told, tell: list[Finding]) -> None:
        score = news2.score(_chart(noted.entry.facts, self._view, subject))
        at = to_ms(noted.time)
        if score.risk is None or (state.charted_ms is not None and at < state.charted_ms):
            return  # partial: it could only look lower than it is
        band = BANDS.get(score.risk)
        state.charted_ms, state.total = at, score.total
        evidence: Evidence = {
            "total": score.total,
            **{f"{name}_points": points for name, points in score.parts.items()},
        }
        reason = (
            f"NEWS2 {score.total}: {', '.join(f'{name} {points}' for name, points in score.parts.items())}.".replace(
                "_", " "
            )
        )
        if state.band is not None and state.band != band:
            self._tell(AlertKind(state.band), noted, subject, reason, evidence, tell, Change.ENDED)
        if band is not None:
            change = Change.UPDATED if state.band == band else Change.BEGAN
            self._tell(band, noted, subject, reason, evidence, tell, change)
        state.band = band.value if band else None

    def _active(self, noted: Noted, subject: Subject, state: Told, tell: list[Finding]) -> None:
        """Before an activity: does the last chart of the day speak against it? Without one nothing is known."""
        recent = minutes(60 * self._view.number("activity", "chart_h", subject))
        least = self._view.number("activity", "news2_from", subject)
        known = state.charted_ms is not None and to_ms(noted.time) - state.charted_ms <= recent
        unfit = known and (state.total >= least or state.band is not None)
        if unfit:
            reason = f"The last chart scored NEWS2 {state.total}; from {least:g} an activity waits for the nurse."
            change = Change.RECURRED if state.unfit else Change.BEGAN
            self._tell(_A.ACTIVITY_UNFIT, noted, subject, reason, {"total": state.total}, tell, change)
        elif state.unfit and known:
            self._tell(_A.ACTIVITY_UNFIT, noted, subject, "The last chart is fine.", {}, tell, Change.ENDED)
        state.unfit = unfit or (state.unfit and not known)


def _chart(facts: Facts, view: View, subject: Subject) -> news2.Chart:
    word = facts.get("consciousness")
    oxygen = facts.get("oxygen")
    return news2.Chart(
        _number(facts, "respiratory_rate"), _number(facts, "spo2"), oxygen if isinstance(oxygen, bool) else None,
        _number(facts, "systolic"), _number(facts, "pulse"), news2.Consciousness(str(word)) if word else None,
        _number(facts, "temperature"), scale2=view.value("resident", "oxygen_scale_2", subject) == "yes",
    )  # fmt: skip


def _number(facts: Facts, name: str) -> float | None:
    value = facts.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
