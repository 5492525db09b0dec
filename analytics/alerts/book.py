"""The alerts of homes in memory, for a replay: the store's decisions, folded over values. Pure; rings nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from analytics.alerts import lifecycle
from analytics.alerts.board import Board, Carers, Step
from analytics.alerts.holding import Hold
from analytics.alerts.model import Alert, Decision, Entry
from analytics.alerts.refusal import Refused
from analytics.finding import Finding
from anxin.vocabulary import AlertKind, Priority


@dataclass
class Page:
    """One alert and what happened to it."""

    alert: Alert
    entries: list[Entry] = field(default_factory=list)


class Book:
    """holds: all that were ever set; each holds only in its time."""

    def __init__(self, holds: Iterable[Hold], carers: Carers) -> None:
        self.pages: dict[int, Page] = {}
        self._closed: dict[tuple[int, AlertKind, str], Priority] = {}
        self._board = Board((), holds, lambda *key: self._closed.get(key), carers, count(1))

    def hear(self, findings: Sequence[Finding], now: datetime) -> None:
        """Take detectors' words."""
        self.pass_time(now)
        for finding in findings:
            self._write(self._board.hear(finding, now))

    def act(self, alert_id: int, decide: Callable[[Alert], Decision | None], now: datetime) -> str:
        """Do what a person did; return the code of a refusal, "" where there is none."""
        self.pass_time(now)
        alert = self.pages[alert_id].alert
        try:
            decision = decide(alert)
        except Refused as refused:
            return refused.code
        if decision is not None:
            closed = alert.resolved_at is not None
            self._write([Step(alert, decision)] if closed else self._board.acted(alert, decision, now))
        return ""

    def look_at_all(self, now: datetime) -> None:
        """A hold began or ended."""
        self._write(self._board.look_at_all(now))

    def pass_time(self, now: datetime) -> None:
        """Let holds and acknowledgements run out that are due until now, the earliest first."""
        while due := [(at, alert) for alert in self._board.open if (at := _due(alert)) is not None and at <= now]:
            at, alert = min(due, key=lambda pair: (pair[0], pair[1].id))
            if alert.held_until is not None:
                self._write(self._board.look_again(alert, at))
            elif (expired := lifecycle.expire(alert, at)) is not None:
                self._write(self._board.stepped(alert, expired))

    def _write(self, steps: Sequence[Step]) -> None:
        for step in steps:
            alert = step.alert
            page = self.pages.setdefault(alert.id, Page(alert))
            page.alert = alert
            page.entries += step.decision.entries
            if alert.resolved_at is not None:
                self._closed[alert.subject.facility_id, alert.kind, alert.subject_key] = alert.priority


def _due(alert: Alert) -> datetime | None:
    return alert.held_until if alert.held is not None else alert.acknowledged_until
