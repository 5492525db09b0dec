"""Simulated carers who answer: they hear a notification, take the alert, walk, stay, and write down what they found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from heapq import heappop, heappush
from typing import NamedTuple

from analytics.alerts.roster import Duty, Post, Roster
from anxin.vocabulary import AlertClass, Outcome
from evaluation.watch.desk import Desk, Record
from simulators.carers import HABITS, Habits, Responder
from simulators.truth import moment_of

RESIDENTS_PER_CARER = {"day": 10, "night": 20}  # assumption; no figure binds every home
AGAIN_S = 1_800.0  # a fault that is not repaired is looked at again
SHIFTS = (("day", time(7), time(19)), ("night", time(19), time(7)))


def roster_of(wards: dict[int, int], zone: str) -> Roster:
    """Return carers for wards (id → residents), one nurse a ward, a shift lead and the duty phone; accounts from 1."""
    duties: list[Duty] = []
    for shift, starts, ends in SHIFTS:
        for ward, residents in wards.items():
            carers = max(1, -(-residents // RESIDENTS_PER_CARER[shift]))
            for post in (*[Post.CARER] * carers, Post.NURSE):
                duties.append(Duty(len(duties) + 1, post, ward, starts, ends))
        for post in (Post.SHIFT_LEAD, Post.PHONE):
            duties.append(Duty(len(duties) + 1, post, None, starts, ends))
    return Roster(zone, tuple(duties))


class _Act(NamedTuple):
    at: float
    order: int
    word: str
    account: int
    number: int


Judge = Callable[[Record, float], bool]
Arrived = Callable[[Record, float], None]


class Staff:
    """desk: set by whoever builds both. judge: whether an alert is real at a moment. arrived: a carer stands there."""

    desk: Desk

    def __init__(self, seed: int, judge: Judge, arrived: Arrived, habits: Habits = HABITS) -> None:
        self._seed, self._judge, self._arrived, self._habits = seed, judge, arrived, habits
        self._acts: list[_Act] = []
        self._engaged: dict[int, float] = {}
        self._order = 0

    def told(self, account: int, number: int, t: float) -> None:
        """Her phone rings, if it works."""
        carer = self._carer(account)
        if carer.hears(t):
            at = carer.free_at(max(t, self._engaged.get(account, 0.0)))
            self._plan(at + carer.looks_after(at), "look", account, number)

    def next_at(self) -> float:
        """Return when somebody does something next; infinity where nobody has anything to do."""
        return self._acts[0].at if self._acts else float("inf")

    def step(self, t: float) -> None:
        """Do all that is due until t."""
        while self._acts and self._acts[0].at <= t:
            act = heappop(self._acts)
            record = self.desk.records[act.number]
            if record.alert.resolved_at is None:
                {"look": self._look, "arrive": self._arrive, "close": self._close}[act.word](act, record)

    def _look(self, act: _Act, record: Record) -> None:
        if record.alert.acknowledged_at is not None:
            return
        if (until := self._engaged.get(act.account, 0.0)) > act.at:
            self._plan(until, "look", act.account, act.number)
        elif self.desk.acknowledge(act.number, act.account, moment_of(act.at)):
            carer = self._carer(act.account)
            if not carer.forgets(act.at):
                arrives = act.at + carer.walks_for(act.at)
                self._engaged[act.account] = arrives + carer.stays_for(arrives)
                self._plan(arrives, "arrive", act.account, act.number)

    def _arrive(self, act: _Act, record: Record) -> None:
        if self.desk.arrive(act.number, act.account, moment_of(act.at)):
            self._plan(self._engaged[act.account], "close", act.account, act.number)
            self._arrived(record, act.at)

    def _close(self, act: _Act, record: Record) -> None:
        """Equipment is closed when it works again; an alert that came anew meanwhile is answered by who is there."""
        alert = record.alert
        if alert.spec.alert_class is AlertClass.TECHNICAL and alert.condition_present:
            self._plan(act.at + AGAIN_S, "close", act.account, act.number)
            return
        now = moment_of(act.at)
        if alert.arrived_at is None and not self.desk.arrive(act.number, act.account, now):
            return
        outcome = Outcome.REAL if self._judge(record, act.at) else Outcome.FALSE
        self.desk.resolve(act.number, act.account, outcome, now)

    def _plan(self, at: float, word: str, account: int, number: int) -> None:
        self._order += 1
        heappush(self._acts, _Act(at, self._order, word, account, number))

    def _carer(self, account: int) -> Responder:
        return Responder(self._seed, account, self._habits)
