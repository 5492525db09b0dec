"""The open alerts of one home and what one step does to all of them: between findings and people on one side and the
alerts on the other. Pure; the store gives it rows and writes what comes back, an evaluation keeps it in memory.

A step may touch more than one alert: a fall takes what it explains under itself, the end of a parent lets its children
ring, a flood is told by one alert. Each change carries its own history, so all of it can be written in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from analytics.alerts import episode, holding, lifecycle
from analytics.alerts.model import RINGS, Action, Alert, Decision, Detail, Entry, HoldReason, subject_key
from analytics.finding import Change, Finding, Subject
from anxin.vocabulary import AlertClass, AlertKind, Priority

Closed = Callable[[int, AlertKind, str], Priority | None]
Carers = Callable[[int, int | None, datetime], int]  # facility, ward (None: any), moment


# What may be held back: news of a condition. An escalation goes on, and nobody's silence holds an alert.
_NEWS = RINGS - {Action.ESCALATED, Action.ACKNOWLEDGEMENT_EXPIRED}


@dataclass(frozen=True, slots=True)
class Step:
    """One alert as it was (None: new) and what is decided about it."""

    before: Alert | None
    decision: Decision

    @property
    def alert(self) -> Alert:
        return self.decision.alert


class Board:
    """alerts: all that are open. holds: all that may be in force. closed: the priority of the newest closed alert of a
    home, kind and subject. carers: how many are on duty in a ward. A new alert is given the next id of `ids`."""

    def __init__(
        self, alerts: Iterable[Alert], holds: Iterable[holding.Hold], closed: Closed, carers: Carers, ids: Iterator[int]
    ) -> None:
        self._open = {alert.id: alert for alert in alerts}
        self.holds = tuple(holds)
        self.begun: list[holding.Hold] = []
        self._closed, self._carers, self._ids = closed, carers, ids

    @property
    def open(self) -> list[Alert]:
        return list(self._open.values())

    def hear(self, finding: Finding, now: datetime) -> list[Step]:
        """Take a detector's word."""
        before = self._about(finding)
        asks = before is None and finding.change is Change.UPDATED
        home = finding.subject.facility_id
        closed = self._closed(home, finding.kind, subject_key(finding)) if asks else None
        decision = lifecycle.hear(before, finding, now, closed)
        if decision is None:
            return []
        return self._take(before, decision, now)

    def acted(self, before: Alert, decision: Decision, now: datetime) -> list[Step]:
        """Take what a person decided about an open alert. Who arrives is present in the room for a while."""
        rooms = set()
        for entry in decision.entries:
            room = entry.detail.get("room_id")
            if entry.action is Action.ARRIVED and isinstance(room, int):
                self.begin(holding.presence(before.subject.facility_id, room, entry.account_id, now))
                rooms.add(room)
        steps = self._take(before, decision, now)
        there = [alert.id for alert in self.open if alert.subject.room_id in rooms]
        return steps + [step for id_ in there if id_ in self._open for step in self.look_again(self._open[id_], now)]

    def stepped(self, before: Alert, decision: Decision) -> list[Step]:
        """Take a step of the escalation: it changes nothing for others."""
        return [self._keep(before, decision)]

    def begin(self, hold: holding.Hold) -> None:
        """Let something hold from now on. What was begun here stands in `begun`, for the store to write."""
        self.holds = (*self.holds, hold)
        self.begun.append(hold)

    def look_again(self, alert: Alert, now: datetime) -> list[Step]:
        """Decide anew whether an alert is held: its time has come, or something that held it has changed."""
        return self._settle_held(alert, now) if alert.held is not None else self._silence(alert, now)

    def look_at_all(self, now: datetime) -> list[Step]:
        """Decide anew about every open alert."""
        return [step for id_ in list(self._open) if id_ in self._open for step in self.look_again(self._open[id_], now)]

    def _about(self, finding: Finding) -> Alert | None:
        """Return the open alert that a finding is about: the same ladder and subject, or a fall of the same room."""
        name, key = episode.ladder(finding.kind), subject_key(finding)
        same = [a for a in self._open.values() if episode.ladder(a.kind) == name]
        exact = [a for a in same if a.subject_key == key and a.subject.facility_id == finding.subject.facility_id]
        if exact:
            return max(exact, key=lambda a: (a.parent_id is None, episode.rung(a.kind), a.id))
        near = [a for a in same if episode.is_one_room(a, finding)]
        mine = [a for a in near if episode.source_of(finding) in a.sources]
        fresh = [a for a in near if finding.change is not Change.ENDED and a.condition_present
                 and abs(finding.at - episode.newest_word(a)) <= episode.SAME]  # fmt: skip
        return next(iter(mine or fresh), None)

    def _take(self, before: Alert | None, decision: Decision, now: datetime) -> list[Step]:
        if before is None:
            decision = replace(decision, alert=replace(decision.alert, id=next(self._ids)))
        flood: list[Step] = []
        if any(entry.action in _NEWS for entry in decision.entries):
            decision, flood = self._hold_back(before, decision, now)
        first = self._keep(before, decision)
        return [first, *flood, *self._consequences(before, first.alert, now)]

    def _keep(self, before: Alert | None, decision: Decision) -> Step:
        alert = decision.alert
        if alert.resolved_at is None:
            self._open[alert.id] = alert
        else:
            self._open.pop(alert.id, None)
        return Step(before, decision)

    def _hold_back(self, before: Alert | None, decision: Decision, now: datetime) -> tuple[Decision, list[Step]]:
        """Let what would ring ring, or keep it quiet with the reason."""
        alert = decision.alert
        held = holding.why_held(alert, self._open.values(), self.holds, now)
        flood: list[Step] = []
        if held is None and before is None:
            held, flood = self._flooded(alert, now)
        if held is None:
            return decision, flood
        entries = (*decision.entries, _held_line(held))
        return replace(decision, alert=keep_quiet(alert, held), entries=entries, tell_again=False), flood

    def _flooded(self, alert: Alert, now: datetime) -> tuple[holding.Held | None, list[Step]]:
        if alert.priority is Priority.LOW or alert.kind is AlertKind.ALERT_FLOOD or holding.passes_a_flood(alert):
            return None, []
        carers = self._carers(alert.subject.facility_id, alert.subject.ward_id, now)
        if not holding.floods(alert, self._open.values(), carers):
            return None, []
        steps = []
        subject = Subject(alert.subject.facility_id, alert.subject.ward_id)
        told = self._about(Finding(AlertKind.ALERT_FLOOD, subject, Change.BEGAN, now, ""))
        if told is None:
            reason = "More than 3 alerts within a minute, or more than 10 unanswered a carer: the rest is listed here."
            raised = lifecycle.hear(None, Finding(AlertKind.ALERT_FLOOD, subject, Change.BEGAN, now, reason), now)
            assert raised is not None
            told = replace(raised.alert, id=next(self._ids))
            steps = [self._keep(None, replace(raised, alert=told))]
        person = alert.spec.alert_class is AlertClass.PHYSIOLOGICAL
        until = now + holding.FLOOD_HOLDS_PEOPLE if person else None
        return holding.Held(HoldReason.FLOOD, until, told.id), steps

    def _consequences(self, before: Alert | None, alert: Alert, now: datetime) -> list[Step]:
        """What a changed alert does to the others."""
        steps: list[Step] = []
        for id_ in list(self._open):
            other = self._open.get(id_)
            if other is None:
                continue
            if other.parent_id == alert.id and other.held in (HoldReason.PARENT, HoldReason.FLOOD):
                if alert.resolved_at is not None or other.held is HoldReason.PARENT:
                    steps += self._settle_held(other, now)
            elif holding.holds_child(alert, other) and other.held is None:
                steps += self._silence(other, now)
        return steps + self._calm(alert, now)

    def _calm(self, alert: Alert, now: datetime) -> list[Step]:
        """A flood is over when nothing is left under it."""
        flood = self._open.get(alert.parent_id or 0)
        if flood is None or flood.kind is not AlertKind.ALERT_FLOOD or not flood.condition_present:
            return []
        if any(other.parent_id == flood.id and other.held is not None for other in self._open.values()):
            return []
        return self.hear(Finding(flood.kind, flood.subject, Change.ENDED, now, "Nothing is left under it."), now)

    def _settle_held(self, alert: Alert, now: datetime) -> list[Step]:
        """A held alert: held further, closed because it is over, or ringing from now on."""
        held = holding.why_held(alert, self._open.values(), self.holds, now)
        if held is None and alert.held is HoldReason.FLOOD and alert.parent_id in self._open:
            still = alert.held_until is None or alert.held_until > now
            held = holding.Held(alert.held, alert.held_until, alert.parent_id) if still else None
        if held is not None:
            quiet = keep_quiet(alert, held)
            if (quiet.held, quiet.held_until, quiet.parent_id) == (alert.held, alert.held_until, alert.parent_id):
                return []
            return [self._keep(alert, Decision(quiet, (_held_line(held),)))]
        if not alert.condition_present:
            closed = lifecycle.close(alert, None, lifecycle.SELF_CLEARED_OUTCOME, None, now)
            return [self._keep(alert, Decision(closed, (lifecycle.SELF_CLEARED,))), *self._calm(closed, now)]
        detail: Detail = {"why": alert.held.value if alert.held else None, "at": now.isoformat()}
        rings = replace(lifecycle.ring_anew(alert, now), parent_id=alert.parent_id)
        first = self._keep(alert, Decision(rings, (Entry(Action.LET_RING, None, detail),)))
        return [first, *self._consequences(alert, rings, now)]

    def _silence(self, alert: Alert, now: datetime) -> list[Step]:
        """Keep quiet what rings and is held from now on."""
        held = holding.why_held(alert, self._open.values(), self.holds, now)
        if held is None:
            return []
        return [self._keep(alert, Decision(keep_quiet(alert, held), (_held_line(held),)))]


def keep_quiet(alert: Alert, held: holding.Held) -> Alert:
    """Return an alert as held. What it belonged to stays written."""
    return replace(
        alert,
        held=held.reason,
        held_until=held.until,
        parent_id=alert.parent_id if held.parent_id is None else held.parent_id,
        next_step_at=None,
    )


def _held_line(held: holding.Held) -> Entry:
    until = None if held.until is None else held.until.isoformat()
    detail: Detail = {"why": held.reason.value, "until": until, "parent_id": held.parent_id, "by": held.account_id}
    if held.note:
        detail["note"] = held.note
    return Entry(Action.HELD, None, detail)
