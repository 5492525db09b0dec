"""Random stories of alerts for property tests: steps of detectors, people and time, and what they do to plain values.

`Model` is the oracle: the same pure decisions folded over values. The database must come out equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import strategies as st

from analytics.alerts import board as boards
from analytics.alerts import people
from analytics.alerts.escalation import advance
from analytics.alerts.model import Action, Alert, Decision, Entry, Place
from analytics.alerts.refusal import Refused
from analytics.alerts.roster import Duty, Post, Roster
from analytics.finding import Change, Finding, Subject
from anxin.vocabulary import AlertKind, Outcome, Priority

START = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
KINDS = (
    AlertKind.SOS_CALL,
    AlertKind.FALL_SUSPECTED,
    AlertKind.FALL_CONFIRMED,
    AlertKind.OUT_OF_BED_LONG,
    AlertKind.GATEWAY_SILENT,
    AlertKind.DEVICE_SILENT,
)


ROSTER = Roster(
    "Asia/Shanghai",
    tuple(
        Duty(account, post, None, (START + timedelta(hours=8)).time(), (START + timedelta(hours=12)).time())
        for account, post in ((1, Post.CARER), (2, Post.NURSE), (3, Post.PHONE))
    ),
)


@dataclass(frozen=True)
class Hear:
    kind: AlertKind
    change: Change
    priority: Priority | None
    late: bool
    age_s: int


@dataclass(frozen=True)
class Act:
    """A person does something to the newest alert of a kind. person: 0 or 1."""

    what: str
    kind: AlertKind
    person: int
    at_the_place: bool
    outcome: Outcome


@dataclass(frozen=True)
class Wait:
    seconds: int


Step = Hear | Act | Wait
_kinds = st.sampled_from(KINDS)
steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(
        Hear,
        kind=_kinds,
        change=st.sampled_from(Change),
        priority=st.none() | st.sampled_from(Priority),
        late=st.booleans(),
        age_s=st.sampled_from([0, 0, 30, 2_000]),
    ),
    st.builds(
        Act,
        what=st.sampled_from(["acknowledge", "arrive", "resolve", "comment", "assign"]),
        kind=_kinds,
        person=st.integers(0, 1),
        at_the_place=st.booleans(),
        outcome=st.sampled_from(Outcome),
    ),
    st.builds(Wait, seconds=st.sampled_from([0, 1, 30, 60, 200, 400, 1_000, 8_000])),
)
stories = st.lists(steps, min_size=5, max_size=40)


@dataclass
class Model:
    """All alerts of a story as values, and their histories."""

    subject: Subject
    equipment: Subject
    people: tuple[int, int]
    place: Place
    elsewhere: Place
    roster: Roster
    now: datetime = START
    alerts: list[Alert] = field(default_factory=list)
    history: list[tuple[int, Entry]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.board = boards.Board((), (), self._closed, lambda facility, ward, now: 1, count(1))

    def _closed(self, facility_id: int, kind: AlertKind, subject: str) -> Priority | None:
        newest = self.newest(kind)
        return None if newest is None or newest.resolved_at is None else newest.priority

    def finding(self, step: Hear) -> Finding:
        technical = step.kind in (AlertKind.GATEWAY_SILENT, AlertKind.DEVICE_SILENT)
        subject = self.equipment if technical else self.subject
        at = self.now - timedelta(seconds=step.age_s)
        return Finding(step.kind, subject, step.change, at, "story", step.priority, step.late, {"n": 1.0})

    def newest(self, kind: AlertKind) -> Alert | None:
        return next((alert for alert in reversed(self.alerts) if alert.kind is kind), None)

    def run(self, step: Step) -> str:
        """Do a step; return the code of a refusal, or an empty string."""
        match step:
            case Hear():
                self._hear(self.finding(step))
            case Wait(seconds):
                self.now += timedelta(seconds=seconds)
                self.advance_due()
            case Act():
                alert = self.newest(step.kind)
                try:
                    if alert is not None:
                        self._decide(alert, self._act(alert, step))
                except Refused as refused:
                    return refused.code
        return ""

    def _hear(self, finding: Finding) -> None:
        self._keep(self.board.hear(finding, self.now))

    def _act(self, alert: Alert, step: Act) -> Decision | None:
        who, other = self.people[step.person], self.people[1 - step.person]
        match step.what:
            case "acknowledge":
                return people.acknowledge(alert, who, self.now)
            case "arrive":
                place = self.place if step.at_the_place else self.elsewhere
                return people.arrive(alert, who, place, self.now)
            case "resolve":
                return people.resolve(alert, who, step.outcome, "note", self.now)
            case "comment":
                return people.comment(alert, who, "text")
            case _:
                return people.assign(alert, who, other, self.now)

    def advance_due(self) -> None:
        for alert in self.board.open:
            if alert.held_until is not None and alert.held_until <= self.now:
                self._keep(self.board.look_again(alert, self.now))
        due = [a for a in self.alerts if a.next_step_at is not None and a.next_step_at <= self.now]
        for alert in sorted(due, key=lambda a: (not a.life_safety, a.priority, a.next_step_at, a.id)):
            round_ = advance(alert, self.roster, self.now)
            self._keep(self.board.stepped(alert, Decision(round_.alert, round_.entries)))

    def _decide(self, alert: Alert, decision: Decision | None) -> None:
        if decision is None:
            return
        self._keep([boards.Step(alert, decision)] if alert.resolved_at else self.board.acted(alert, decision, self.now))

    def _keep(self, steps: list[boards.Step]) -> None:
        for step in steps:
            if step.before is None:
                self.alerts.append(step.alert)
            else:
                self.alerts[step.alert.id - 1] = step.alert
            self.history += [(step.alert.id, entry) for entry in step.decision.entries]

    def actions(self, alert_id: int) -> list[Action]:
        return [entry.action for id_, entry in self.history if id_ == alert_id]


def plain(alert: Alert) -> dict[str, Any]:
    """What must be equal in the model and in the database."""
    return {name: getattr(alert, name) for name in Alert.__dataclass_fields__}


def model() -> Model:
    """A home as plain values: one resident, one device, two people, three of them on duty for some hours."""
    subject = Subject(1, ward_id=1, room_id=1, bed_id=1, resident_id=1)
    return Model(subject, Subject(1, device_id=1), (1, 2), Place(1, 1), Place(2), ROSTER)
