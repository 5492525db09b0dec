"""What happens to an alert when a person acts: takes it, arrives, closes it, says something, hands it over. Pure.

Whoever calls these has loaded the alert under a lock and writes what comes back in the same transaction. A refusal is
raised as a `Refused`; None means that nothing changes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from analytics.alerts.lifecycle import close, ring_anew, withdrawn
from analytics.alerts.model import Action, Alert, Decision, Detail, Entry, Place
from analytics.alerts.refusal import AlreadyResolved, AlreadyTaken, ArrivalFirst, OutcomeNeeded, TextNeeded, WrongPlace
from anxin.vocabulary import AlertClass, Outcome, Priority

MAX_TEXT = 2_000

# How long after an acknowledgement somebody must have arrived. People: the published mean of nurse calls is 8 min, the
# best tenth of homes 2 min (clinical.md 5.4, S122); a high alert's goal is p90 <= 5 min (clinical.md 9, grade E).
# Equipment: a fault that is not repaired within 2 h needs substitute rounds (JGJ/T 484, clinical.md 6.1).
ARRIVE_WITHIN: dict[AlertClass, dict[Priority, timedelta]] = {
    AlertClass.PHYSIOLOGICAL: {Priority.HIGH: timedelta(minutes=5), Priority.MEDIUM: timedelta(minutes=15)},
    AlertClass.TECHNICAL: {Priority.HIGH: timedelta(hours=2), Priority.MEDIUM: timedelta(hours=2)},
}


def acknowledge(alert: Alert, account_id: int, now: datetime) -> Decision | None:
    """A named person takes it: it is silent until she had time to arrive. A second tap of hers changes nothing."""
    _must_be_open(alert)
    if alert.acknowledged_by == account_id:
        return None
    if alert.acknowledged_by is not None:
        raise AlreadyTaken
    limit = ARRIVE_WITHIN[alert.spec.alert_class].get(alert.priority)
    until = now + limit if limit else None
    changed = _take(alert, account_id, now, until)
    detail: Detail = {"until": until.isoformat() if until else None, "occurrence": alert.occurrences}
    return Decision(changed, (Entry(Action.ACKNOWLEDGED, account_id, detail),))


def arrive(alert: Alert, account_id: int, place: Place | None, now: datetime) -> Decision | None:
    """Somebody stands at the place, proven by the code that hangs there. Whoever arrives first has also taken it.

    place: what the scanned code stands for in this facility, None for an unknown code. Where the alert knows neither
    bed nor room, any place of the facility is right: it is where she was found.
    """
    _must_be_open(alert)
    if place is None or not _is_at(alert, place):
        raise WrongPlace
    if alert.arrived_at is not None:
        return None
    changed = alert if alert.acknowledged_at is not None else _take(alert, account_id, now, None)
    changed = replace(changed, arrived_at=now, arrived_by=account_id, acknowledged_until=None, next_step_at=None)
    detail: Detail = {"room_id": place.room_id, "bed_id": place.bed_id, "occurrence": alert.occurrences}
    return Decision(changed, (Entry(Action.ARRIVED, account_id, detail),))


def resolve(alert: Alert, account_id: int, outcome: Outcome, note: str | None, now: datetime) -> Decision:
    """A person closes it with what she found. Life-safety alerts only after an arrival for this occurrence."""
    _must_be_open(alert)
    if outcome is Outcome.SELF_CLEARED:
        raise OutcomeNeeded
    if note is not None:
        note = _text(note) if note.strip() else None
    if alert.life_safety and alert.arrived_at is None:
        raise ArrivalFirst
    taken = alert if alert.acknowledged_at is not None else _take(alert, account_id, now, None)
    closed = close(taken, account_id, outcome, note, now)
    detail: Detail = {"outcome": outcome.value, "note": note, "condition_present": alert.condition_present}
    return Decision(closed, (Entry(Action.RESOLVED, account_id, detail),))


def comment(alert: Alert, account_id: int, text: str) -> Decision:
    """A person adds a sentence; also possible when the alert is closed."""
    return Decision(alert, (Entry(Action.COMMENTED, account_id, {"text": _text(text)}),))


def assign(alert: Alert, account_id: int, assignee_id: int, now: datetime) -> Decision | None:
    """Give the alert to somebody. While it rings she is told at once and the escalation starts again with her; what a
    colleague has acknowledged is handed over: it rings until the new one takes it."""
    _must_be_open(alert)
    if alert.assigned_to == assignee_id:
        return None
    changed = replace(alert, assigned_to=assignee_id)
    if alert.arrived_at is None and alert.acknowledged_by != assignee_id:
        changed = ring_anew(changed, now)
    detail: Detail = {"assigned_to": assignee_id, **withdrawn(alert, changed)}
    return Decision(changed, (Entry(Action.ASSIGNED, account_id, detail),))


def _take(alert: Alert, account_id: int, now: datetime, until: datetime | None) -> Alert:
    return replace(
        alert, acknowledged_at=now, acknowledged_by=account_id, acknowledged_until=until, next_step_at=until, held=None,
        held_until=None,
    )  # fmt: skip


def _must_be_open(alert: Alert) -> None:
    if alert.resolved_at is not None:
        raise AlreadyResolved


def _is_at(alert: Alert, place: Place) -> bool:
    bed, room = alert.subject.bed_id, alert.subject.room_id
    if bed is None and room is None:
        return True
    if place.bed_id is not None and bed is not None:
        return place.bed_id == bed
    return place.room_id == room


def _text(text: str) -> str:
    """The store keeps no NUL characters."""
    clean = text.replace("\0", "").strip()
    if not 0 < len(clean) <= MAX_TEXT:
        raise TextNeeded
    return clean
