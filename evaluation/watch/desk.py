"""The alerts of a simulated home, in memory: findings and people's acts go through the real pure decisions.

It keeps what `analytics.alerts.store` keeps in the database, without locks and texts, and counts what must never
happen: two open alerts about one thing, a sound under a valid acknowledgement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

from analytics.alerts import people
from analytics.alerts.board import Board, Step
from analytics.alerts.escalation import advance
from analytics.alerts.holding import Hold
from analytics.alerts.model import RINGS, Action, Alert, Decision, Entry, HoldReason, Place
from analytics.alerts.refusal import Refused
from analytics.alerts.roster import Post, Roster
from analytics.finding import Change, Finding
from anxin.catalogue import ALERTS
from anxin.vocabulary import AlertClass, AlertKind, Outcome, Priority

_RANG = RINGS - {Action.ESCALATED, Action.ACKNOWLEDGEMENT_EXPIRED}
_SILENCED = frozenset({Action.ACKNOWLEDGED, Action.ARRIVED, Action.RESOLVED})


@dataclass(eq=False)
class Record:
    """One alert and what became of it. rang: when it was raised, recurred, became worse or was let ring. told: when it
    was told as which kind, also with the parent that held it. sends: how many people were told, and when. answered_at,
    arrived_at: the first time. silenced: an acknowledgement holds, by our own count."""

    alert: Alert
    rang: list[datetime] = field(default_factory=list)
    told: list[tuple[datetime, AlertKind]] = field(default_factory=list)
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
    """tell: called for each person who is to be told of an alert. The number of a record is its alert's id less one."""

    def __init__(self, roster: Roster, tell: Told) -> None:
        self._roster, self._tell = roster, tell
        self.records: list[Record] = []
        self.faulty = Faulty()
        self.history: dict[int, list[Entry]] = {}  # alert id → its history
        self._closed: dict[tuple[int, AlertKind, str], Priority] = {}
        self._due: list[tuple[datetime, int]] = []
        self._held: list[tuple[datetime, int]] = []
        self.board = Board((), (), lambda *key: self._closed.get(key), self._carers, count(1))

    def _carers(self, facility_id: int, ward: int | None, now: datetime) -> int:
        return len(self._roster.on_duty((Post.CARER,), ward, now))

    def hear(self, findings: Sequence[Finding], now: datetime) -> None:
        """Bring findings into the alerts and tell who must be told."""
        for finding in findings:
            steps = self.board.hear(finding, now)
            self._write(steps, now)
            if not steps and finding.change in (Change.BEGAN, Change.RECURRED):
                self.faulty.lost += 1
        self.rounds(now)

    def begin(self, hold: Hold, now: datetime) -> None:
        """Let something hold from now on: a carer in a room, a leave, what was put aside."""
        self.board.begin(hold)
        self._write(self.board.look_at_all(now), now)

    def _new(self, alert: Alert) -> None:
        resident = alert.subject.resident_id
        if resident is not None and ALERTS[alert.kind].alert_class is AlertClass.PHYSIOLOGICAL:
            others = [one for one in self.board.open if one.kind is alert.kind and one.id != alert.id]
            self.faulty.twins += any(other.subject.resident_id == resident for other in others)
        self.records.append(Record(alert))

    def next_due(self) -> datetime | None:
        """Return when somebody must be told again, or something held looked at, as far as it is known."""
        return min((queue[0][0] for queue in (self._due, self._held) if queue), default=None)

    def rounds(self, now: datetime) -> None:
        """Look again at what was held until now, and take every alert that is due one level further."""
        while self._held and self._held[0][0] <= now:
            alert = self.records[heappop(self._held)[1]].alert
            if alert.held_until is not None and alert.held_until <= now:
                self._write(self.board.look_again(alert, now), now)
        while self._due and self._due[0][0] <= now:
            _, number = heappop(self._due)
            record = self.records[number]
            if record.alert.next_step_at is None or record.alert.next_step_at > now:
                continue
            round_ = advance(record.alert, self._roster, now)
            self._write(self.board.stepped(record.alert, Decision(round_.alert, round_.entries)), now)
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
            self._write(self.board.acted(self.records[number].alert, decision, now), now)
        return True

    def _write(self, steps: Sequence[Step], now: datetime) -> None:
        for step in steps:
            if step.before is None:
                self._new(step.alert)
            self.history.setdefault(step.alert.id, []).extend(step.decision.entries)
            self._note(self.records[step.alert.id - 1], step.decision, now)

    def _note(self, record: Record, decision: Decision, now: datetime) -> None:
        alert = record.alert = decision.alert
        actions = [entry.action for entry in decision.entries]
        if not _SILENCED.isdisjoint(actions):
            record.silenced = True
        if not _RANG.isdisjoint(actions) and alert.held is None:
            record.rang.append(now)
        if not _RANG.isdisjoint(actions) and alert.held in (None, HoldReason.PARENT):
            record.told.append((now, alert.kind))
        if not RINGS.isdisjoint(set(actions) - {Action.ESCALATED}):
            record.silenced = False
        if record.answered_at is None and not {Action.ACKNOWLEDGED, Action.ARRIVED}.isdisjoint(actions):
            record.answered_at = now
        if record.arrived_at is None and Action.ARRIVED in actions:
            record.arrived_at = now
        if alert.resolved_at is not None:
            self._closed[alert.subject.facility_id, alert.kind, alert.subject_key] = alert.priority
        elif alert.next_step_at is not None:
            heappush(self._due, (alert.next_step_at, alert.id - 1))
        elif alert.held_until is not None:
            heappush(self._held, (alert.held_until, alert.id - 1))
