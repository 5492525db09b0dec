"""An alert as a value, what happens to it in words, and the rules that hold at any time. Pure.

The same rules stand in the database as constraints; `broken_rules` is their twin, so that a wrong decision is found
in a test of a microsecond and refused by the store in any case.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from analytics.finding import Evidence, Finding, Subject
from anxin.catalogue import ALERTS, AlertSpec
from anxin.vocabulary import AlertClass, AlertKind, AlertState, Outcome, Priority

Detail = dict[str, object]
Sources = dict[str, dict[str, object]]  # device:12 → kind, at, present, evidence


class Action(StrEnum):
    """What can happen to an alert: the word in `alert_history.action`."""

    RAISED = "raised"
    RECURRED = "recurred"
    UPGRADED = "upgraded"
    BECAME = "became"
    JOINED = "joined"
    UPDATED = "updated"
    CLEARED = "cleared"
    HELD = "held"
    LET_RING = "let_ring"
    ACKNOWLEDGED = "acknowledged"
    ACKNOWLEDGEMENT_EXPIRED = "acknowledgement_expired"
    ARRIVED = "arrived"
    RESOLVED = "resolved"
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    HANDED_OVER = "handed_over"
    ESCALATED = "escalated"
    NOBODY_ON_DUTY = "nobody_on_duty"
    NOT_REACHED = "not_reached"
    NOT_SENT = "not_sent"
    RELEASED = "released"


RINGS = frozenset({
    Action.RAISED, Action.RECURRED, Action.UPGRADED, Action.BECAME, Action.LET_RING, Action.ACKNOWLEDGEMENT_EXPIRED,
    Action.ESCALATED,
})  # fmt: skip
"""The actions that make a sound, unless a line `held` follows."""


class HoldReason(StrEnum):
    """Why an alert is recorded and does not ring: the word in `alert.held`."""

    PARENT = "parent"
    FLOOD = "flood"
    PRESENCE = "presence"
    LEAVE = "leave"
    SHELVED = "shelved"
    SHADOW = "shadow"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an alert's history. account_id: the person who did it, None for the watch itself."""

    action: Action
    account_id: int | None = None
    detail: Detail = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alert:
    """One condition of one kind about one subject, from its onset to its end.

    id is 0 until the store has given one. rang_at: since when it rings unanswered; step: how many levels of the
    escalation have been told in this ringing; next_step_at: when somebody must look at it again (None: never).
    acknowledged_until: when the acknowledgement ends if nobody has arrived (None: it does not end by itself).
    held: why it does not ring although nobody has answered; held_until: when that is looked at again (None: when what
    holds it ends). parent_id: the alert that it belongs to, also after it was held. sources: what each sensor said.
    """

    id: int
    kind: AlertKind
    subject: Subject
    subject_key: str
    priority: Priority
    latching: bool
    life_safety: bool
    late: bool
    condition_present: bool
    occurrences: int
    onset_at: datetime
    raised_at: datetime
    rang_at: datetime
    notified_at: datetime | None = None
    cleared_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: int | None = None
    acknowledged_until: datetime | None = None
    arrived_at: datetime | None = None
    arrived_by: int | None = None
    resolved_at: datetime | None = None
    resolved_by: int | None = None
    outcome: Outcome | None = None
    note: str | None = None
    assigned_to: int | None = None
    step: int = 0
    next_step_at: datetime | None = None
    evidence: Evidence = field(default_factory=dict)
    held: HoldReason | None = None
    held_until: datetime | None = None
    parent_id: int | None = None
    sources: Sources = field(default_factory=dict)

    @property
    def spec(self) -> AlertSpec:
        return ALERTS[self.kind]

    @property
    def state(self) -> AlertState:
        """The derived word; the database derives the same in a generated column."""
        if self.resolved_at is not None:
            return AlertState.OFF
        if self.condition_present:
            return AlertState.ON if self.acknowledged_at is None else AlertState.ACK
        return AlertState.LATCHED if self.acknowledged_at is None and self.latching else AlertState.OFF

    @property
    def outcome_required(self) -> bool:
        """Whether only a person may close it."""
        return self.life_safety or self.latching

    @property
    def rings(self) -> bool:
        """Whether it waits for an answer."""
        return self.resolved_at is None and self.acknowledged_at is None and self.held is None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be written: the alert as it is now, its new history, and whether those told so far hear it again."""

    alert: Alert
    entries: tuple[Entry, ...]
    tell_again: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """What a scanned code stands for. bed_id is None for the code of a room."""

    room_id: int
    bed_id: int | None = None


def subject_key(finding: Finding) -> str:
    """Return what makes one alert of a kind: the person or place, for technical kinds the equipment."""
    subject = finding.subject
    technical = ALERTS[finding.kind].alert_class is AlertClass.TECHNICAL
    if technical and (subject.device_id is not None or subject.gateway_id is not None):
        return subject.equipment_key
    return subject.key


def latches(kind: AlertKind, priority: Priority) -> bool:
    """A kind latches by its nature; any condition of a person also does once it is high.

    Bedside monitors latch what is high (clinical.md 5.1, S103), and the catalogue wants it of out of bed long,
    bathroom overstay and NEWS2 (clinical.md 8, grade E).
    """
    spec = ALERTS[kind]
    return spec.latching or (spec.alert_class is AlertClass.PHYSIOLOGICAL and priority is Priority.HIGH)


def may_be_held(kind: AlertKind) -> bool:
    """Life-safety kinds and a suspected fall are never suppressed, whatever the reason."""
    return ALERTS[kind].suppressible


def broken_rules(alert: Alert) -> list[str]:
    """Return the rules that this alert breaks, by the names of the database's constraints; empty is right."""
    a, open_ = alert, alert.resolved_at is None
    rules = {
        "occurrences": a.occurrences >= 1,
        "acknowledged_means_who_and_when": (a.acknowledged_at is None) == (a.acknowledged_by is None),
        "arrived_means_who_and_when": (a.arrived_at is None) == (a.arrived_by is None),
        "resolved_has_an_outcome": open_ == (a.outcome is None),
        "resolved_by_a_person_or_by_itself": open_ or a.resolved_by is not None or a.outcome is Outcome.SELF_CLEARED,
        "life_safety_ends_at_the_place": open_ or not a.life_safety or a.arrived_at is not None,
        "resolved_is_not_escalated": open_ or a.next_step_at is None,
        "held_is_open_and_silent": a.held is None or (open_ and a.acknowledged_at is None and a.next_step_at is None),
        "life_is_never_held": a.held is None or may_be_held(a.kind),
    }
    return [name for name, holds in rules.items() if not holds]
