"""All that was recorded about one alert, as values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from analytics.alerts.escalation import PLANS, Plan
from analytics.alerts.model import Action, Alert
from anxin.vocabulary import AlertKind


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history."""

    id: int
    at: datetime
    action: Action
    account_id: int | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """One row of the outbox."""

    history_id: int
    channel: str
    recipient: str
    state: str
    attempts: int
    due_at: datetime
    done_at: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Override:
    """A rule's number that the home had set itself. scope: facility, ward or resident."""

    rule: str
    parameter: str
    value: Any
    scope: str


@dataclass(frozen=True, slots=True)
class Story:
    """Everything about one alert. codes: of places and equipment; accounts: code by id; policies: what the home had
    set otherwise than the defaults when it was raised; children: the alerts that belong to it; own_plan: by which it
    is escalated now, where the home has set one; devices: `device:ID` → what a sensor that spoke is called."""

    alert: Alert
    zone: str
    codes: Mapping[str, str]
    accounts: Mapping[int, str]
    lines: tuple[Line, ...]
    told: tuple[Told, ...]
    policies: tuple[Override, ...] = ()
    children: tuple[tuple[int, AlertKind], ...] = ()
    own_plan: Plan | None = None
    devices: Mapping[str, str] = field(default_factory=dict)

    @property
    def plan(self) -> Plan | None:
        """By which it is escalated; None: it is never sent."""
        return self.own_plan or PLANS.get(self.alert.priority)

    def who(self, account_id: Any) -> str:
        return self.accounts.get(account_id, f"#{account_id}")

    def clock(self, moment: datetime | None) -> str:
        """The facility's local time, with the date: a story may run over midnight."""
        return "?" if moment is None else f"{moment.astimezone(ZoneInfo(self.zone)):%m-%d %H:%M:%S}"
