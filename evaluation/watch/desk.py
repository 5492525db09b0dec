"""The alerts of a simulated home, in memory: findings and people's acts go through the real pure decisions.

It keeps what `analytics.alerts.store` keeps in the database, without locks and texts, and counts what must never
happen: two open alerts about one thing, a sound under a valid acknowledgement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import heappop, heappush

from analytics.alerts import lifecycle, people
from analytics.alerts.escalation import advance
from analytics.alerts.model import Action, Alert, Decision, Place, subject_key
from analytics.alerts.refusal import Refused
from analytics.alerts.roster import Roster
from analytics.finding import Change, Finding
from anxin.catalogue import ALERTS
from anxin.vocabulary import AlertKind, Outcome, Priority

_SILENCED = frozenset({Action.ACKNOWLEDGED, Action.ARRIVED, Action.RESOLVED})
_LOUD = frozenset({Action.RAISED, Action.RECURRED, Action.UPGRADED, Action.ACKNOWLEDGEMENT_EXPIRED})


@dataclass(eq=False)
class Record:
    """One alert and what became of it. rang: when it was raised, recurred or upgraded. sends: how many people were
    told, and when. answered_at, arrived_at: the first time. silenced: an acknowledgement holds, by our own count."""

    alert: Alert
    rang: list[datetime] = field(default_factory=list)
    sends: list[tuple[datetime, int]] = field(default_factory=list)
    answered_at: datetime | None = None
    arrived_at: datetime | None = None
    silenced: bool = False


@dataclass
class Faulty:
    """What must be zero."""

    twins: int = 0
    sends_under_acknowledgement: int = 0
    lost: int = 0


Told = Callable[[int, int, datetime], None]  # (account, record number, when)


class Desk:
    """tell: called for each person who is to be told of an alert."""

    def __init__(self, roster: Roster, tell: Told) -> None:
        self._roster, self._tell = roster, tell
        self.records: list[Record] = []
        self.faulty = Faulty()
        self._open: dict[tuple[AlertKind, str], int] = {}
        self._closed: dict[tuple[AlertKind, str], Priority] = {}
        self._due: list[tuple[datetime, int]] = []

    def hear(self, findings: Sequence[Finding], now: datetime) -> None:
        """Bring findings into the alerts and tell who must be told."""
        for finding in findings:
            key = finding.kind, subject_key(finding)
            number = self._open.get(key)
            alert = self.records[number].alert if number is not None else None
            decision = lifecycle.hear(alert, finding, now, self._closed.get(key))
            if decision is not None:
                number = self._new(key, decision) if number is None else number
                self._write(number, decision, now)
            elif finding.change in (Change.BEGAN, Change.RECURRED):
                self.faulty.lost += 1
        self.rounds(now)

    def _new(self, key: tuple[AlertKind, str], decision: Decision) -> int:
        resident = decision.alert.subject.resident_id
        others = [self.records[number].alert.subject for (kind, _), number in self._open.items() if kind is key[0]]
        equipment = decision.alert.subject.device_id if ALERTS[key[0]].alert_class.value == "technical" else None
        if resident is not None and equipment is None and any(other.resident_id == resident for other in others):
            self.faulty.twins += 1
        self.records.append(Record(decision.alert))
        self._open[key] = len(self.records) - 1
        return len(self.records) - 1

    def next_due(self) -> datetime | None:
        """Return when somebody must be told again, as far as it is known."""
        return self._due[0][0] if self._due else None

    def rounds(self, now: datetime) -> None:
        """Take every alert that is due one level further."""
        while self._due and self._due[0][0] <= now:
            _, number = heappop(self._due)
            record = self.records[number]
            if record.alert.next_step_at is None or record.alert.next_step_at > now:
                continue
            round_ = advance(record.alert, self._roster, now)
            self._write(number, Decision(round_.alert, round_.entries), now)
            if round_.ring:
                record.sends.append((now, len(round_.recipients)))
                self.faulty.sends_under_acknowledgement += record.silenced
                for account in round_.recipients:
                    self._tell(account, number, now)

    def acknowledge(self, number: int, account: int, now: datetime) -> bool:
        """Return whether she has it now; False where somebody else does, or it is over."""
        return self._act(number, now, lambda alert: people.acknowledge(alert, account, now))

    def arrive(self, number: int, account: int, now: datetime) -> bool:
        subject = self.records[number].alert.subject
        place = Place(subject.room_id or 0, subject.bed_id)
        return self._act(number, now, lambda alert: people.arrive(alert, account, place, now))

    def resolve(self, number: int, account: int, outcome: Outcome, now: datetime) -> bool:
        return self._act(number, now, lambda alert: people.resolve(alert, account, outcome, None, now))

    def _act(self, number: int, now: datetime, decide: Callable[[Alert], Decision | None]) -> bool:
        try:
            decision = decide(self.records[number].alert)
        except Refused:
            return False
        if decision is not None:
            self._write(number, decision, now)
        return True

    def _write(self, number: int, decision: Decision, now: datetime) -> None:
        record, alert = self.records[number], replace(decision.alert, id=number + 1)
        record.alert = alert
        for entry in decision.entries:
            if entry.action in _SILENCED:
                record.silenced = True
            elif entry.action in _LOUD:
                record.silenced = False
            if entry.action in (Action.RAISED, Action.RECURRED, Action.UPGRADED):
                record.rang.append(now)
            if entry.action in (Action.ACKNOWLEDGED, Action.ARRIVED) and record.answered_at is None:
                record.answered_at = now
            if entry.action is Action.ARRIVED and record.arrived_at is None:
                record.arrived_at = now
        if alert.resolved_at is not None:
            key = alert.kind, alert.subject_key
            self._closed[key] = alert.priority
            self._open.pop(key, None)
        elif alert.next_step_at is not None:
            heappush(self._due, (alert.next_step_at, number))
