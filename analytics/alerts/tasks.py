"""What is to be done because of an alert, with due times: it stands on the worklist until somebody ticks it. Pure.

After a fall: not lifted alone, checked first; then the head-injury observation clock, half-hourly for 2 h, hourly for
4 h, then 2-hourly, here to the end of the day (NICE; clinical.md 3.5, S88 to S90). An outer door: heads are counted.
A fault that leaves somebody unwatched: a round every 2 h by hand (JGJ/T 484).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from analytics.alerts import episode
from analytics.alerts.model import Action, Alert, Entry, HoldReason
from anxin.vocabulary import AlertKind, Outcome


class TaskKind(StrEnum):
    """What is to be done."""

    CHECK_BEFORE_LIFTING = "check_before_lifting"
    OBSERVE_HEAD = "observe_head"
    HEADCOUNT = "headcount"
    ROUND = "round"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do, due at a moment."""

    kind: TaskKind
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Follow:
    """What a step of an alert makes of its tasks: which open ones fall away (None: none, empty: all), and new ones."""

    drop: frozenset[TaskKind] | None = None
    new: tuple[Task, ...] = ()


ROUND_EVERY = timedelta(hours=2)
SHIFT = timedelta(hours=8)  # how far ahead a shift looks
HEADCOUNT_WITHIN = timedelta(minutes=10)
_HALF_HOURLY = [timedelta(minutes=30) * n for n in range(1, 5)]
_HOURLY = [timedelta(hours=2 + n) for n in range(1, 5)]
_TWO_HOURLY = [timedelta(hours=6 + 2 * n) for n in range(1, 10)]
OBSERVATIONS = (*_HALF_HOURLY, *_HOURLY, *_TWO_HOURLY)

_K = AlertKind
UNWATCHED = frozenset({_K.WATCH_STALLED, _K.GATEWAY_SILENT, _K.CALL_PATH_DOWN, _K.DEVICE_SILENT, _K.STUCK_VALUE})
_EXITS = frozenset({_K.DOOR_EXIT_UNAUTHORISED, _K.GEOFENCE_OUT})
_NOTHING_HAPPENED = frozenset({Outcome.FALSE, Outcome.TEST, Outcome.NOT_FOUND})
_OBSERVED = frozenset({TaskKind.CHECK_BEFORE_LIFTING, TaskKind.OBSERVE_HEAD})


def follow(alert: Alert, entries: Sequence[Entry], now: datetime) -> Follow:
    """Return what follows for the tasks of an alert as it is after a step."""
    actions = {entry.action for entry in entries}
    if Action.RESOLVED in actions:
        return Follow(_left_over(alert))
    if episode.ladder(alert.kind) == episode.FALL:
        return _after_fall(alert, actions, now)
    if alert.kind in _EXITS and actions & {Action.RAISED, Action.RECURRED}:
        return Follow(frozenset({TaskKind.HEADCOUNT}), (Task(TaskKind.HEADCOUNT, now + HEADCOUNT_WITHIN),))
    if alert.kind in UNWATCHED:
        if Action.LET_RING in actions or (Action.RAISED in actions and alert.held is not HoldReason.PARENT):
            return Follow(frozenset({TaskKind.ROUND}), (Task(TaskKind.ROUND, now + ROUND_EVERY),))
        if Action.HELD in actions and alert.held is HoldReason.PARENT:
            return Follow(frozenset({TaskKind.ROUND}))
    return Follow()


def next_round(alert: Alert, done: TaskKind, now: datetime) -> Task | None:
    """Return the next round after one was done, while the fault goes on."""
    goes_on = done is TaskKind.ROUND and alert.resolved_at is None and alert.kind in UNWATCHED
    return Task(TaskKind.ROUND, now + ROUND_EVERY) if goes_on else None


def _after_fall(alert: Alert, actions: set[Action], now: datetime) -> Follow:
    fell = actions & {Action.RAISED, Action.RECURRED, Action.BECAME}
    if not fell or episode.rung(alert.kind) == 0 or (alert.kind is AlertKind.LONG_LIE and Action.BECAME in actions):
        return Follow()
    clock = tuple(Task(TaskKind.OBSERVE_HEAD, now + after) for after in OBSERVATIONS)
    return Follow(_OBSERVED, (Task(TaskKind.CHECK_BEFORE_LIFTING, now), *clock))


def _left_over(alert: Alert) -> frozenset[TaskKind] | None:
    """A closed alert leaves what is still to be done for her: not where nothing had happened, nor the rounds of a
    fault that is over."""
    if alert.outcome in _NOTHING_HAPPENED:
        return frozenset()
    return frozenset({TaskKind.ROUND, TaskKind.CHECK_BEFORE_LIFTING})
