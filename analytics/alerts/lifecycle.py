"""What happens to an alert when a detector speaks or an acknowledgement runs out. Pure decisions; people's are in
`people`.

Whoever calls these has loaded the alert under a lock and writes what comes back in the same transaction. None means
that nothing changes.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime

from analytics.alerts import episode
from analytics.alerts.model import Action, Alert, Decision, Detail, Entry, latches, subject_key
from analytics.finding import Change, Evidence, Finding
from anxin.catalogue import ALERTS
from anxin.vocabulary import Outcome, Priority


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
    if finding.change is Change.ENDED:
        return _end(alert, finding, now)
    if episode.rung(finding.kind) > episode.rung(alert.kind):
        return _become(alert, finding, now)
    if finding.change is Change.UPDATED:
        return _update(alert, finding, now)
    return _join(alert, finding, now) or _recur(alert, finding, now)


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
        sources=episode.said({}, finding, True, _numbers(finding)),
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
        sources=episode.said(alert.sources, finding, True, _numbers(finding)),
    )
    anew = upgraded or not alert.rings
    if anew:
        changed = ring_anew(changed, now)
    entry = Entry(Action.RECURRED, None, {**_told(finding, changed), **withdrawn(alert, changed)})
    return Decision(changed, (entry,), tell_again=not anew)


def _become(alert: Alert, finding: Finding, now: datetime) -> Decision:
    """The same happening, now known to be worse: the alert climbs its ladder and rings anew for everybody, whoever has
    taken it so far (rule 2 of the watch)."""
    changed = episode.climb(alert, finding)
    changed = replace(
        changed,
        priority=min(alert.priority, _priority(finding)),
        late=finding.late or (alert.rings and alert.late),
        onset_at=min(alert.onset_at, finding.at),
        evidence={**alert.evidence, **_numbers(finding)},
        sources=episode.said(alert.sources, finding, True, _numbers(finding)),
    )
    changed = ring_anew(changed, now)
    detail = {**_told(finding, changed), "before": alert.kind.value, "now": changed.kind.value}
    return Decision(changed, (Entry(Action.BECAME, None, {**detail, **withdrawn(alert, changed)}),))


def _join(alert: Alert, finding: Finding, now: datetime) -> Decision | None:
    """A further sensor tells of the same happening: more is known, and nobody is called a second time for it."""
    if not episode.joins(alert, finding, now) or _priority(finding) < alert.priority:
        return None
    changed = replace(
        alert,
        onset_at=min(alert.onset_at, finding.at),
        evidence={**_numbers(finding), **alert.evidence},
        sources=episode.said(alert.sources, finding, True, _numbers(finding)),
    )
    return Decision(changed, (Entry(Action.JOINED, None, _told(finding, changed)),))


def _update(alert: Alert, finding: Finding, now: datetime) -> Decision:
    sources = episode.said(alert.sources, finding, True, _numbers(finding))
    changed = replace(alert, evidence={**alert.evidence, **_numbers(finding)}, sources=sources)
    if finding.priority is None or finding.priority >= alert.priority:
        return Decision(changed, (Entry(Action.UPDATED, None, _told(finding, changed)),))
    worse = replace(changed, priority=finding.priority, condition_present=True, cleared_at=None)
    worse = ring_anew(worse, now)
    detail = {**_told(finding, worse), "before": int(alert.priority), **withdrawn(alert, worse)}
    return Decision(worse, (Entry(Action.UPGRADED, None, detail),))


def _end(alert: Alert, finding: Finding, now: datetime) -> Decision | None:
    """The condition is over once every sensor that saw it says so. What never rang closes without a person."""
    if not alert.condition_present or episode.has_climbed_on(alert, finding):
        return None
    evidence = {**alert.evidence, **_numbers(finding)}
    sources = episode.said(alert.sources, finding, False, _numbers(finding))
    changed = replace(alert, evidence=evidence, sources=sources)
    if episode.others_still_see(alert, finding):
        return Decision(changed, (Entry(Action.UPDATED, None, _told(finding, changed)),))
    changed = replace(changed, condition_present=False, cleared_at=min(finding.at, now))
    entry = Entry(Action.CLEARED, None, _told(finding, changed))
    if alert.outcome_required and (alert.held is None or has_rung(alert)):
        return Decision(changed, (entry,))
    return Decision(close(changed, None, Outcome.SELF_CLEARED, None, now), (entry, SELF_CLEARED))


def has_rung(alert: Alert) -> bool:
    """Whether anybody was called for it in its present ringing."""
    return alert.step > 0


def expire(alert: Alert, now: datetime) -> Decision | None:
    """End an acknowledgement under which nobody arrived in time: it rings again, now from the second level on."""
    until = alert.acknowledged_until
    if alert.resolved_at is not None or until is None or alert.arrived_at is not None or now < until:
        return None
    changed = replace(ring_anew(alert, now), step=1)
    return Decision(changed, (Entry(Action.ACKNOWLEDGEMENT_EXPIRED, None, withdrawn(alert, changed)),))


SELF_CLEARED_OUTCOME = Outcome.SELF_CLEARED
SELF_CLEARED = Entry(Action.RESOLVED, None, {"outcome": Outcome.SELF_CLEARED.value})


def _priority(finding: Finding) -> Priority:
    return ALERTS[finding.kind].priority if finding.priority is None else finding.priority


def _first_step(priority: Priority, now: datetime) -> datetime | None:
    """What is low waits on the worklist and is never sent."""
    return None if priority is Priority.LOW else now


def ring_anew(alert: Alert, now: datetime) -> Alert:
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
        held=None,
        held_until=None,
    )


def close(alert: Alert, account_id: int | None, outcome: Outcome, note: str | None, now: datetime) -> Alert:
    """Close it; account_id None: it closes by itself."""
    return replace(
        alert,
        resolved_at=now,
        resolved_by=account_id,
        outcome=outcome,
        note=note,
        acknowledged_until=None,
        next_step_at=None,
        held=None,
        held_until=None,
    )


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


def withdrawn(before: Alert, after: Alert) -> Detail:
    """Whose acknowledgement and arrival ended with this step."""
    if before.acknowledged_at is None or after.acknowledged_at is not None:
        return {}
    return {"withdrawn_from": before.acknowledged_by, "arrived": before.arrived_at is not None}
