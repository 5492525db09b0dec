"""What happens to an alert when a detector speaks, a person acts or an acknowledgement runs out. Pure decisions.

Whoever calls these has loaded the alert under a lock and writes what comes back in the same transaction. A refusal is
raised as a `Refused`; None means that nothing changes.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta

from analytics.alerts.model import Action, Alert, Decision, Detail, Entry, Place, latches, subject_key
from analytics.alerts.refusal import AlreadyResolved, AlreadyTaken, ArrivalFirst, OutcomeNeeded, TextNeeded, WrongPlace
from analytics.finding import Change, Evidence, Finding
from anxin.vocabulary import ALERTS, AlertClass, Outcome, Priority

MAX_TEXT = 2_000

# How long after an acknowledgement somebody must have arrived. People: the published mean of nurse calls is 8 min, the
# best tenth of homes 2 min (clinical.md 5.4, S122); a high alert's goal is p90 <= 5 min (clinical.md 9, grade E).
# Equipment: a fault that is not repaired within 2 h needs substitute rounds (JGJ/T 484, clinical.md 6.1).
ARRIVE_WITHIN: dict[AlertClass, dict[Priority, timedelta]] = {
    AlertClass.PHYSIOLOGICAL: {Priority.HIGH: timedelta(minutes=5), Priority.MEDIUM: timedelta(minutes=15)},
    AlertClass.TECHNICAL: {Priority.HIGH: timedelta(hours=2), Priority.MEDIUM: timedelta(hours=2)},
}


def hear(alert: Alert | None, finding: Finding, now: datetime, closed: Priority | None = None) -> Decision | None:
    """Decide what a finding does to the open alert of its kind and subject (None: there is none).

    closed: the priority of the newest closed alert of the kind and subject. A person may close an alert while its
    condition lasts; then news of that condition is silent, unless it became more urgent than what she closed.
    """
    if alert is not None:
        return _hear_open(alert, finding, now)
    if finding.change is Change.ENDED:
        return None
    if finding.change is Change.UPDATED and closed is not None and _priority(finding) >= closed:
        return None
    return _raise(finding, now)


def _hear_open(alert: Alert, finding: Finding, now: datetime) -> Decision | None:
    match finding.change:
        case Change.BEGAN | Change.RECURRED:
            return _recur(alert, finding, now)
        case Change.UPDATED:
            return _update(alert, finding, now)
        case Change.ENDED:
            return _end(alert, finding, now)


def _raise(finding: Finding, now: datetime) -> Decision:
    """Nothing begins after it was heard of: a device's clock that runs ahead does not make an onset of tomorrow."""
    priority = _priority(finding)
    alert = Alert(
        id=0,
        kind=finding.kind,
        subject=finding.subject,
        subject_key=subject_key(finding),
        priority=priority,
        latching=latches(finding.kind, priority),
        life_safety=ALERTS[finding.kind].life_safety,
        late=finding.late,
        condition_present=True,
        occurrences=1,
        onset_at=min(finding.at, now),
        raised_at=now,
        rang_at=now,
        next_step_at=_first_step(priority, now),
        evidence=_numbers(finding),
    )
    return Decision(alert, (Entry(Action.RAISED, None, _told(finding, alert)),))


def _recur(alert: Alert, finding: Finding, now: datetime) -> Decision:
    """A further occurrence rings. Where nobody has answered yet, the escalation goes on as it stood: somebody who
    presses again and again must not push back the next level; those told so far hear it once more."""
    upgraded = _priority(finding) < alert.priority
    changed = replace(
        alert,
        priority=min(alert.priority, _priority(finding)),
        condition_present=True,
        cleared_at=None,
        occurrences=alert.occurrences + 1,
        late=finding.late or (alert.rings and alert.late),
        onset_at=min(alert.onset_at, finding.at),
        evidence={**alert.evidence, **_numbers(finding)},
    )
    anew = upgraded or not alert.rings
    if anew:
        changed = _ring(changed, now)
    entry = Entry(Action.RECURRED, None, {**_told(finding, changed), **_withdrawn(alert, changed)})
    return Decision(changed, (entry,), tell_again=not anew)


def _update(alert: Alert, finding: Finding, now: datetime) -> Decision:
    changed = replace(alert, evidence={**alert.evidence, **_numbers(finding)})
    if finding.priority is None or finding.priority >= alert.priority:
        return Decision(changed, (Entry(Action.UPDATED, None, _told(finding, changed)),))
    worse = replace(changed, priority=finding.priority, condition_present=True, cleared_at=None)
    worse = _ring(worse, now)
    detail = {**_told(finding, worse), "before": int(alert.priority), **_withdrawn(alert, worse)}
    return Decision(worse, (Entry(Action.UPGRADED, None, detail),))


def _end(alert: Alert, finding: Finding, now: datetime) -> Decision | None:
    if not alert.condition_present:
        return None
    evidence = {**alert.evidence, **_numbers(finding)}
    changed = replace(alert, condition_present=False, cleared_at=min(finding.at, now), evidence=evidence)
    entry = Entry(Action.CLEARED, None, _told(finding, changed))
    if alert.outcome_required:
        return Decision(changed, (entry,))
    closed = _close(changed, None, Outcome.SELF_CLEARED, None, now)
    return Decision(closed, (entry, Entry(Action.RESOLVED, None, {"outcome": Outcome.SELF_CLEARED.value})))


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
    closed = _close(taken, account_id, outcome, note, now)
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
        changed = _ring(changed, now)
    detail: Detail = {"assigned_to": assignee_id, **_withdrawn(alert, changed)}
    return Decision(changed, (Entry(Action.ASSIGNED, account_id, detail),))


def expire(alert: Alert, now: datetime) -> Decision | None:
    """End an acknowledgement under which nobody arrived in time: it rings again, now from the second level on."""
    until = alert.acknowledged_until
    if alert.resolved_at is not None or until is None or alert.arrived_at is not None or now < until:
        return None
    changed = replace(_ring(alert, now), step=1)
    return Decision(changed, (Entry(Action.ACKNOWLEDGEMENT_EXPIRED, None, _withdrawn(alert, changed)),))


def _priority(finding: Finding) -> Priority:
    return ALERTS[finding.kind].priority if finding.priority is None else finding.priority


def _first_step(priority: Priority, now: datetime) -> datetime | None:
    """What is low waits on the worklist and is never sent."""
    return None if priority is Priority.LOW else now


def _ring(alert: Alert, now: datetime) -> Alert:
    """Acknowledgement and arrival cover one occurrence at one priority: withdraw both and ring from the start."""
    return replace(
        alert,
        latching=latches(alert.kind, alert.priority),
        acknowledged_at=None,
        acknowledged_by=None,
        acknowledged_until=None,
        arrived_at=None,
        arrived_by=None,
        rang_at=now,
        step=0,
        next_step_at=_first_step(alert.priority, now),
    )


def _take(alert: Alert, account_id: int, now: datetime, until: datetime | None) -> Alert:
    return replace(alert, acknowledged_at=now, acknowledged_by=account_id, acknowledged_until=until, next_step_at=until)


def _close(alert: Alert, account_id: int | None, outcome: Outcome, note: str | None, now: datetime) -> Alert:
    return replace(
        alert,
        resolved_at=now,
        resolved_by=account_id,
        outcome=outcome,
        note=note,
        acknowledged_until=None,
        next_step_at=None,
    )


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


def _numbers(finding: Finding) -> Evidence:
    """The evidence as JSON can hold it: a number that is none is unknown."""
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in finding.evidence.items()}


def _told(finding: Finding, alert: Alert) -> Detail:
    """What the history keeps of a detector's word."""
    return {
        "reason": finding.reason,
        "at": finding.at.isoformat(),
        "late": finding.late,
        "priority": int(alert.priority),
        "occurrence": alert.occurrences,
        "evidence": _numbers(finding),
    }


def _withdrawn(before: Alert, after: Alert) -> Detail:
    """Whose acknowledgement and arrival ended with this step."""
    if before.acknowledged_at is None or after.acknowledged_at is not None:
        return {}
    return {"withdrawn_from": before.acknowledged_by, "arrived": before.arrived_at is not None}
