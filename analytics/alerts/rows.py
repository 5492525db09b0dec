"""An alert as a row of anxin.alert and back. Pure; knows the columns and nothing of connections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from analytics.alerts.holding import Hold
from analytics.alerts.model import Alert, HoldReason
from analytics.finding import Subject
from anxin.vocabulary import AlertKind, Outcome, Priority

_SUBJECT = ("facility_id", "ward_id", "room_id", "bed_id", "resident_id", "device_id", "gateway_id")
_AS_THEY_ARE = (
    *("latching", "life_safety", "late", "condition_present", "occurrences", "onset_at", "raised_at", "rang_at"),
    *("notified_at", "cleared_at", "acknowledged_at", "acknowledged_by", "acknowledged_until", "arrived_at"),
    *("arrived_by", "resolved_at", "resolved_by", "note", "assigned_to", "step", "next_step_at", "evidence"),
    *("held_until", "parent_id", "sources"),
)


def alert_of(row: Mapping[str, Any]) -> Alert:
    """Return the alert in a row of `lock_alert` or `lock_open_alerts`."""
    places = {name: row[name] for name in _SUBJECT}
    places["room_id"] = row["place_room_id"]
    return Alert(
        id=row["id"],
        kind=AlertKind(row["kind"]),
        subject=Subject(**places),
        subject_key=row["subject"],
        priority=Priority(row["priority"]),
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        held=None if row["held"] is None else HoldReason(row["held"]),
        **{name: row[name] for name in _AS_THEY_ARE},
    )


def row_of(alert: Alert) -> dict[str, Any]:
    """Return the parameters of `insert_alert` and `update_alert`."""
    row = {name: getattr(alert, name) for name in _AS_THEY_ARE}
    row |= {name: getattr(alert.subject, name) for name in _SUBJECT}
    return row | {
        "id": alert.id,
        "kind": alert.kind.value,
        "subject": alert.subject_key,
        "class": alert.spec.alert_class.value,
        "priority": int(alert.priority),
        "outcome": None if alert.outcome is None else alert.outcome.value,
        "held": None if alert.held is None else alert.held.value,
        "evidence": Jsonb(alert.evidence),
        "sources": Jsonb(alert.sources),
    }


def hold_of(row: Mapping[str, Any]) -> Hold:
    """Return the hold in a row of `holds`."""
    kind = None if row["kind"] is None else AlertKind(row["kind"])
    return Hold(**{**row, "reason": HoldReason(row["reason"]), "kind": kind})


def hold_row(hold: Hold) -> dict[str, Any]:
    """Return the parameters of `insert_hold`."""
    row = {name: getattr(hold, name) for name in Hold.__dataclass_fields__}
    return row | {"reason": hold.reason.value, "kind": None if hold.kind is None else hold.kind.value}
