"""Who may hold whom: why an alert is recorded and does not ring. Pure; one visible table.

A held alert belongs to what holds it and rings by itself when that ends while its condition goes on. Life-safety kinds
and a suspected fall are never held, and nothing is held by what is less urgent. A parent holds until somebody stands at
its place; from then on it is her presence that holds, for a quarter of an hour (clinical.md 5.5, grade E).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics.alerts.model import Alert, HoldReason, may_be_held
from anxin.vocabulary import AlertClass, AlertKind, Priority

PRESENCE = timedelta(minutes=15)
SHELVED_AT_MOST = timedelta(minutes=15)
FLOOD_WINDOW = timedelta(minutes=1)
FLOOD_A_MINUTE = 3
FLOOD_OPEN_A_CARER = 10
FLOOD_HOLDS_PEOPLE = timedelta(minutes=5)  # a person's condition waits no longer behind a flood

_K = AlertKind
# A person's word, which is no guess of a sensor: shadow does not keep it back.
CALLS = frozenset({_K.SOS_CALL, _K.TOILET_CALL, _K.BATH_CALL, _K.STAFF_ASSIST, _K.DURESS, _K.ROUTINE_CALL})


def _same_gateway(parent: Alert, child: Alert) -> bool:
    return parent.subject.gateway_id is not None and parent.subject.gateway_id == child.subject.gateway_id


def _same_home(parent: Alert, child: Alert) -> bool:
    return parent.subject.facility_id == child.subject.facility_id


def _same_ward(parent: Alert, child: Alert) -> bool:
    return _same_home(parent, child) and parent.subject.ward_id in (None, child.subject.ward_id)


def _same_person(parent: Alert, child: Alert) -> bool:
    """The same resident, or, where one of them is known by the room only, the same room."""
    a, b = parent.subject, child.subject
    if a.resident_id is not None and b.resident_id is not None:
        return a.resident_id == b.resident_id
    return a.room_id is not None and a.room_id == b.room_id


@dataclass(frozen=True, slots=True)
class Family:
    """Parents and the children that they hold where `related` says so."""

    parents: frozenset[AlertKind]
    children: frozenset[AlertKind]
    related: Callable[[Alert, Alert], bool]


_OF_A_DEVICE = frozenset({
    _K.DEVICE_SILENT, _K.CALL_PATH_DOWN, _K.BATTERY_LOW, _K.SIGNAL_POOR, _K.STUCK_VALUE, _K.DATA_GAP, _K.CLOCK_WRONG,
})  # fmt: skip
_OUT_OF_BED = frozenset({_K.BED_EDGE_PREEXIT, _K.BED_EXIT, _K.OUT_OF_BED_LONG, _K.BATHROOM_OVERSTAY})
_FALLS = frozenset({_K.FALL_SUSPECTED, _K.FALL_CONFIRMED, _K.BED_FALL, _K.LONG_LIE})
FAMILIES: tuple[Family, ...] = (
    Family(frozenset({_K.WATCH_STALLED}), _OF_A_DEVICE | {_K.GATEWAY_SILENT}, _same_home),
    Family(frozenset({_K.GATEWAY_SILENT}), _OF_A_DEVICE, _same_gateway),
    Family(_FALLS, _OUT_OF_BED | {_K.INACTIVITY_ROOM, _K.NO_SIGN_OF_LIFE, _K.NIGHT_WANDER}, _same_person),
    Family(frozenset({_K.BED_EXIT, _K.BATHROOM_OVERSTAY}), frozenset({_K.OUT_OF_BED_LONG}), _same_person),
    Family(frozenset({_K.DOOR_EXIT_UNAUTHORISED, _K.GEOFENCE_OUT}), frozenset({_K.NIGHT_WANDER}), _same_ward),
)


@dataclass(frozen=True, slots=True)
class Hold:
    """What people set, or the first days of a resident. kind: for `shelved`, the only kind it is about."""

    id: int
    facility_id: int
    reason: HoldReason
    starts_at: datetime
    ends_at: datetime | None
    resident_id: int | None = None
    room_id: int | None = None
    device_id: int | None = None
    kind: AlertKind | None = None
    account_id: int | None = None
    note: str | None = None

    def in_force(self, now: datetime) -> bool:
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True, slots=True)
class Held:
    """Why an alert does not ring. until: when that must be looked at again, None: when what holds it ends."""

    reason: HoldReason
    until: datetime | None = None
    parent_id: int | None = None
    account_id: int | None = None
    note: str | None = None


def presence(facility_id: int, room_id: int, account_id: int | None, now: datetime) -> Hold:
    """Somebody stands in a room; that expires by itself."""
    return Hold(0, facility_id, HoldReason.PRESENCE, now, now + PRESENCE, room_id=room_id, account_id=account_id)


def why_held(alert: Alert, others: Iterable[Alert], holds: Iterable[Hold], now: datetime) -> Held | None:
    """Return what keeps an open, unanswered alert from ringing, None where it rings.

    others: the open alerts around it. A parent comes first, because its end is seen; then what lasts longest.
    """
    if alert.resolved_at is not None or alert.acknowledged_at is not None or not may_be_held(alert.kind):
        return None
    parent = next((other for other in others if holds_child(other, alert)), None)
    if parent is not None:
        return Held(HoldReason.PARENT, parent_id=parent.id)
    fitting = [hold for hold in holds if hold.in_force(now) and _fits(hold, alert)]
    if not fitting:
        return None
    last = max(fitting, key=lambda hold: (hold.ends_at is None, hold.ends_at or now, -hold.id))
    return Held(last.reason, last.ends_at, account_id=last.account_id, note=last.note)


def holds_child(parent: Alert, child: Alert) -> bool:
    """Whether a parent holds a child now: it is open, not less urgent, nobody stands at its place, and it is not itself
    kept quiet by something else than its own parent."""
    return (
        parent.id != child.id
        and parent.resolved_at is None
        and parent.arrived_at is None
        and parent.priority <= child.priority
        and parent.held in (None, HoldReason.PARENT)
        and may_be_held(child.kind)
        and any(parent.kind in f.parents and child.kind in f.children and f.related(parent, child) for f in FAMILIES)
    )


def _fits(hold: Hold, alert: Alert) -> bool:
    subject = alert.subject
    person = alert.spec.alert_class is AlertClass.PHYSIOLOGICAL
    if hold.facility_id != subject.facility_id:
        return False
    match hold.reason:
        case HoldReason.PRESENCE:
            return person and alert.priority > Priority.HIGH and subject.room_id == hold.room_id
        case HoldReason.LEAVE:
            about_leave = alert.kind in (_K.PRESENCE_CONTRADICTION, _K.LEAVE_OVERDUE)
            return person and not about_leave and subject.resident_id == hold.resident_id
        case HoldReason.SHADOW:
            return person and alert.kind not in CALLS and subject.resident_id == hold.resident_id
        case HoldReason.SHELVED:
            about = subject.resident_id if hold.resident_id is not None else subject.device_id
            return alert.kind is hold.kind and about == (hold.resident_id or hold.device_id)
        case _:
            return False


def passes_a_flood(alert: Alert) -> bool:
    """What rings whatever else rings: all that is high of a person, and what may never be held."""
    high = alert.spec.alert_class is AlertClass.PHYSIOLOGICAL and alert.priority is Priority.HIGH
    return high or not may_be_held(alert.kind)


def floods(alert: Alert, others: Iterable[Alert], carers: int) -> bool:
    """Whether a new alert is one too many for its ward: more than three within a minute, or more than ten unanswered
    for each carer on duty (clinical.md 5.5, grade E). carers: on duty in the ward. What counts is when it
    happened: what comes all at once after an outage is no flood."""
    near = [other for other in others if other.id != alert.id and _counts(other, alert)]
    new = [other for other in near if abs(alert.onset_at - other.onset_at) < FLOOD_WINDOW]
    ringing = [other for other in near if other.rings]
    return len(new) >= FLOOD_A_MINUTE or len(ringing) >= FLOOD_OPEN_A_CARER * max(carers, 1)


def _counts(other: Alert, alert: Alert) -> bool:
    return (
        other.kind is not AlertKind.ALERT_FLOOD
        and other.priority < Priority.LOW
        and other.held in (None, HoldReason.FLOOD)
        and _same_home(other, alert)
        and other.subject.ward_id == alert.subject.ward_id
    )
