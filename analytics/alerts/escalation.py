"""To whom an unanswered alert goes next, and when. Pure: the alert, the roster and `now` in, a decision out.

A level is told once its gap since the level before has passed; after the last one everybody of the chain is told
again and again until somebody answers. A level with nobody on duty is recorded and skipped at once. Under a valid
acknowledgement nothing is sent; the row waits for the moment when that acknowledgement runs out. A home may set plans
of its own by kind, priority, ward and shift; what is not set follows PLANS.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from analytics.alerts import lifecycle
from analytics.alerts.model import Action, Alert, Detail, Entry
from analytics.alerts.roster import Post, Roster
from anxin.vocabulary import AlertKind, Priority


class Way(Protocol):
    """A channel, as far as it matters here: its name, and whether each person is told by it or the home once."""

    @property
    def name(self) -> str: ...
    @property
    def personal(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Level:
    """Some posts, told `after` the level before them. channels: by which names (empty: by all that there are)."""

    after: timedelta
    posts: tuple[Post, ...]
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The levels of a priority in their order; `repeat` passes between later rounds, which tell all of them."""

    levels: tuple[Level, ...]
    repeat: timedelta

    def gap_before(self, step: int) -> timedelta:
        """How long after the step before it step number `step` (0 is the first) is due."""
        return self.levels[step].after if step < len(self.levels) else self.repeat

    def posts_at(self, step: int) -> tuple[Post, ...]:
        if step < len(self.levels):
            return self.levels[step].posts
        return tuple(dict.fromkeys(post for level in self.levels for post in level.posts))

    def channels_at(self, step: int) -> tuple[str, ...]:
        """The channels of a step; a round that tells everybody uses all."""
        return self.levels[step].channels if step < len(self.levels) else ()


def _s(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)


_FLOOR = (Post.NURSE, Post.CARER)
# Delays of clinical.md 5.5 (grade E: high 0, 60, 120 and 300 s from the start; medium 0, 3 and 10 min; low is never
# sent). The pauses between repetitions are our own: as long as the last gap of the plan.
PLANS: dict[Priority, Plan] = {
    Priority.HIGH: Plan(
        (
            Level(_s(0), (Post.CARER,)),
            Level(_s(60), _FLOOR),
            Level(_s(60), (Post.SHIFT_LEAD,)),
            Level(_s(180), (Post.PHONE,)),
        ),
        repeat=_s(180),
    ),
    Priority.MEDIUM: Plan(
        (Level(_s(0), (Post.CARER,)), Level(_s(180), _FLOOR), Level(_s(420), (Post.SHIFT_LEAD,))), repeat=_s(420)
    ),
}


@dataclass(frozen=True, slots=True)
class OwnPlan:
    """A plan that the home has set for a priority. kind, ward_id, shift: None for all."""

    plan: Plan
    priority: Priority
    kind: AlertKind | None = None
    ward_id: int | None = None
    shift: str | None = None


@dataclass(frozen=True, slots=True)
class Plans:
    """The plans in force in a facility: its own, and the defaults for what it has not set."""

    own: tuple[OwnPlan, ...] = ()

    def of(self, alert: Alert, shifts: frozenset[str] = frozenset()) -> Plan | None:
        """Return the plan of an alert while these shifts run: the kind's own first, then the ward's, then the shift's.
        None: it is never sent."""
        fitting = [
            one
            for one in self.own
            if one.priority is alert.priority
            and one.kind in (None, alert.kind)
            and one.ward_id in (None, alert.subject.ward_id)
            and (one.shift is None or one.shift in shifts)
        ]
        if not fitting:
            return PLANS.get(alert.priority)
        return max(fitting, key=lambda one: (one.kind is not None, one.ward_id is not None, one.shift is not None)).plan


@dataclass(frozen=True, slots=True)
class Round:
    """What one look at a due alert gives: the alert as it is to be written, its history, and whom to tell (account
    ids) because of the last line of that history. ring: something is to be sent, even where nobody is on duty.
    channels: by which only (empty: by all)."""

    alert: Alert
    entries: tuple[Entry, ...]
    recipients: tuple[int, ...] = ()
    ring: bool = False
    channels: tuple[str, ...] = ()


def advance(alert: Alert, roster: Roster, now: datetime, plans: Plans = Plans()) -> Round:
    """Decide the next round of an alert whose `next_step_at` has come."""
    entries: tuple[Entry, ...] = ()
    if (expired := lifecycle.expire(alert, now)) is not None:
        alert, entries = expired.alert, expired.entries
    plan = plans.of(alert, roster.shifts_at(now))
    if not alert.rings or plan is None:
        waits_for = alert.acknowledged_until if alert.resolved_at is None else None
        return Round(replace(alert, next_step_at=waits_for), entries)
    return _tell(alert, plan, roster, now, entries)


def _tell(alert: Alert, plan: Plan, roster: Roster, now: datetime, entries: tuple[Entry, ...]) -> Round:
    """Find the next level with somebody on duty; at most one whole round of the chain is tried."""
    step = alert.step
    while True:
        posts, channels = plan.posts_at(step), plan.channels_at(step)
        recipients = _recipients(alert, step, posts, roster, now)
        whole_chain = step >= len(plan.levels)
        step = min(step + 1, len(plan.levels) + 1)
        detail: Detail = {"level": step, "posts": [post.value for post in posts]}
        if recipients or whole_chain:
            break
        entries += (Entry(Action.NOBODY_ON_DUTY, None, detail),)
    next_at = now + plan.gap_before(step)
    if not recipients:
        entries += (Entry(Action.NOBODY_ON_DUTY, None, detail),)
    detail = {**detail, "told": list(recipients), "next_at": next_at.isoformat(), "occurrence": alert.occurrences}
    detail["levels"] = len(plan.levels)
    if channels:
        detail["channels"] = list(channels)
    entries += (Entry(Action.ESCALATED, None, detail),)
    return Round(replace(alert, step=step, next_step_at=next_at), entries, recipients, True, channels)


def _recipients(alert: Alert, step: int, posts: tuple[Post, ...], roster: Roster, now: datetime) -> tuple[int, ...]:
    """The first level is the assigned person while she is on duty, else the carers of the ward."""
    ward = alert.subject.ward_id
    if step == 0 and alert.assigned_to is not None and alert.assigned_to in roster.on_duty(tuple(Post), None, now):
        return (alert.assigned_to,)
    return roster.on_duty(posts, ward, now)
