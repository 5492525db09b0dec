"""A night on duty without a database: the real decisions about alerts, holds and escalation, and time that is moved.

night.at("02:10").say(FALL, IN_ROOM_1)
night.hears(CARER, FALL)
night.forward(minutes=1)
night.hears(NURSE, FALL)
night.nobody_else_hears()
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from analytics.alerts.holding import Hold
from analytics.alerts.model import Alert
from analytics.alerts.roster import Duty, Post, Roster
from analytics.finding import Change, Finding, Subject
from anxin.vocabulary import AlertKind, Outcome, Priority
from evaluation.watch.desk import Desk
from tests.analytics.stage import local

CARER, NURSE, LEAD, PHONE = 1, 2, 3, 4
ROSTER = Roster(
    "Asia/Shanghai",
    tuple(
        Duty(account, post, None, time(19), time(7))
        for account, post in ((CARER, Post.CARER), (NURSE, Post.NURSE), (LEAD, Post.SHIFT_LEAD), (PHONE, Post.PHONE))
    ),
)
# Resident 1 lives in bed 1 of room 1, resident 2 in room 2; a gateway stands on the ward.
ONE = Subject(1, ward_id=1, room_id=1, bed_id=1, resident_id=1)
TWO = Subject(1, ward_id=1, room_id=2, bed_id=2, resident_id=2)
GATEWAY = Subject(1, gateway_id=1)


class Night:
    """From 22:00 on."""

    def __init__(self) -> None:
        self.now = local("22:00")
        self.heard: list[tuple[int, AlertKind]] = []
        self.desk = Desk(ROSTER, lambda account, number, now: self.heard.append((account, self.alerts[number].kind)))

    @property
    def alerts(self) -> list[Alert]:
        return [record.alert for record in self.desk.records]

    def at(self, moment: str) -> Night:
        return self._until(local(moment))

    def forward(self, **parts: float) -> Night:
        return self._until(self.now + timedelta(**parts))

    def _until(self, then: datetime) -> Night:
        while (due := self.desk.next_due()) is not None and due <= then:
            self.now = max(due, self.now)
            self.desk.rounds(self.now)
        self.now = then
        return self

    def say(
        self, kind: AlertKind, subject: Subject = ONE, change: Change = Change.BEGAN, *, device: int | None = None,
        priority: Priority | None = None, ago: float = 0,
    ) -> Night:  # fmt: skip
        """A detector says something now."""
        about = subject if device is None else replace(subject, device_id=device)
        at = self.now - timedelta(seconds=ago)
        return self.hear([Finding(kind, about, change, at, f"{kind} {change}", priority, ago > 60, {"n": 1.0})])

    def hear(self, findings: Sequence[Finding]) -> Night:
        self.desk.hear(findings, self.now)
        return self

    def hold(self, hold: Hold) -> Night:
        """Something holds from now on."""
        self.desk.begin(hold, self.now)
        return self

    def alert(self, kind: AlertKind) -> Alert:
        """The newest alert of a kind."""
        return next(alert for alert in reversed(self.alerts) if alert.kind is kind)

    def open(self) -> list[AlertKind]:
        return [alert.kind for alert in self.alerts if alert.resolved_at is None]

    def acknowledge(self, kind: AlertKind, account: int = CARER) -> Night:
        assert self.desk.acknowledge(self.alert(kind).id - 1, account, self.now)
        return self

    def arrive(self, kind: AlertKind, account: int = CARER) -> Night:
        assert self.desk.arrive(self.alert(kind).id - 1, account, self.now)
        return self

    def resolve(self, kind: AlertKind, outcome: Outcome = Outcome.REAL, account: int = CARER) -> bool:
        """Return whether the rules let her close it."""
        return self.desk.resolve(self.alert(kind).id - 1, account, outcome, self.now)

    def hears(self, account: int, kind: AlertKind) -> None:
        """She was told once since anybody last asked."""
        assert self.heard.count((account, kind)) == 1, self.heard
        self.heard.remove((account, kind))

    def nobody_else_hears(self) -> None:
        assert self.heard == []
