"""Reads what pages and the JSON interface show, as values. No decisions, no words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.vocabulary import AlertKind, DeviceKind, ObservationKind

_queries = load("api")
BED_KINDS = (
    ObservationKind.BED_OCCUPIED,
    ObservationKind.BED_EDGE,
    ObservationKind.HEART_RATE,
    ObservationKind.RESPIRATORY_RATE,
)
VITAL_KINDS = (ObservationKind.HEART_RATE, ObservationKind.RESPIRATORY_RATE)


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert with the names around it, as screens and integrators see it (resolved ones too)."""

    id: int
    kind: AlertKind
    alert_class: str
    priority: int
    state: str
    latching: bool
    life_safety: bool
    late: bool
    condition_present: bool
    occurrences: int
    onset_at: datetime
    raised_at: datetime
    rang_at: datetime
    cleared_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_until: datetime | None
    arrived_at: datetime | None
    arrived_by: str | None
    resolved_at: datetime | None
    resolved_by: str | None
    outcome: str | None
    note: str | None
    assigned_to: str | None
    step: int
    evidence: dict[str, Any]
    ward_id: int | None
    ward: str | None
    room_id: int | None
    room: str | None
    bed_id: int | None
    bed: str | None
    resident_id: int | None
    resident: str | None
    device_id: int | None
    device: str | None
    device_kind: str | None
    gateway_id: int | None
    gateway: str | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", AlertKind(self.kind))

    @property
    def rings(self) -> bool:
        """Whether it waits for somebody to take it."""
        return self.acknowledged_at is None and self.resolved_at is None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an alert's history."""

    id: int
    at: datetime
    action: str
    account: str | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bed:
    """A bed and who lives in it."""

    id: int
    name: str
    code: str
    room_id: int
    room: str
    ward_id: int
    ward: str
    resident_id: int | None
    resident: str | None


@dataclass(frozen=True, slots=True)
class BedValue:
    """The newest value of one kind at a bed, and what tells whether its device still lives."""

    bed_id: int
    kind: str | None
    value: float | None
    time: datetime
    supervision_s: float | None
    device_heard_at: datetime
    heartbeat_s: float
    gateway_up: bool | None
    gateway_heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class Resident:
    """A resident and the place she lives at."""

    id: int
    name: str
    birth_year: int | None
    profile: dict[str, Any]
    bed_id: int | None
    bed: str | None
    room: str | None
    ward: str | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A span of a night: `in`, `out` or `unknown`."""

    starts_at: datetime
    ends_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class ScannedPlace:
    """What a scan code stands for."""

    room_id: int
    room: str
    bed_id: int | None
    bed: str | None
    ward: str


def tip(connection: Connection, facility_id: int) -> int:
    """Return the newest history entry; read it before what a page shows, so that the stream misses nothing."""
    row = connection.execute(_queries.tip, {"facility": facility_id}).fetchone()
    return int(row[0]) if row else 0


def wards(connection: Connection, facility_id: int) -> list[tuple[int, str, str]]:
    """Return (id, code, name) of the wards."""
    return connection.execute(_queries.ward_list, {"facility": facility_id}).fetchall()


def alerts(
    connection: Connection,
    facility_id: int,
    *,
    open_ones: bool = True,
    ids: Sequence[int] = (),
    ward_id: int | None = None,
) -> list[OpenAlert]:
    """Return the unresolved alerts and those listed, most urgent first. ward_id also lets through what has no ward."""
    wanted = {"facility": facility_id, "open": open_ones, "ids": list(ids), "ward": ward_id}
    with connection.cursor(row_factory=class_row(OpenAlert)) as cursor:
        return cursor.execute(_queries.alerts, wanted).fetchall()


def alert(connection: Connection, facility_id: int, alert_id: int) -> OpenAlert | None:
    found = alerts(connection, facility_id, open_ones=False, ids=[alert_id])
    return found[0] if found else None


def recent(connection: Connection, facility_id: int, before: int | None, limit: int) -> list[OpenAlert]:
    """Return the latest alerts in any state, newest first."""
    wanted = {"facility": facility_id, "before": before, "limit": limit}
    ids = [id_ for (id_,) in connection.execute(_queries.recent_alerts, wanted)]
    return sorted(alerts(connection, facility_id, open_ones=False, ids=ids), key=lambda found: -found.id)


def history(connection: Connection, facility_id: int, alert_id: int) -> list[Entry]:
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        return cursor.execute(_queries.alert_history, {"facility": facility_id, "alert": alert_id}).fetchall()


def beds(connection: Connection, facility_id: int, now: datetime, ward_id: int | None = None) -> list[Bed]:
    wanted = {"facility": facility_id, "now": now, "ward": ward_id}
    with connection.cursor(row_factory=class_row(Bed)) as cursor:
        found = cursor.execute(_queries.beds, wanted).fetchall()
    return list({bed.id: bed for bed in reversed(found)}.values())[::-1]


def bed_values(connection: Connection, facility_id: int, now: datetime) -> dict[int, list[BedValue]]:
    """Return the newest values by bed."""
    values: dict[int, list[BedValue]] = {}
    with connection.cursor(row_factory=class_row(BedValue)) as cursor:
        for row in cursor.execute(_queries.bed_values, {"facility": facility_id, "now": now}):
            values.setdefault(row.bed_id, []).append(row)
    return values


def bed_equipment(connection: Connection, facility_id: int, now: datetime) -> dict[int, set[DeviceKind]]:
    """Return which kinds of devices each bed has."""
    kinds: dict[int, set[DeviceKind]] = {}
    for bed_id, kind, _ in connection.execute(_queries.bed_equipment, {"facility": facility_id, "now": now}):
        kinds.setdefault(bed_id, set()).add(DeviceKind(kind))
    return kinds


def resident(connection: Connection, facility_id: int, resident_id: int, now: datetime) -> Resident | None:
    wanted = {"facility": facility_id, "resident": resident_id, "now": now}
    with connection.cursor(row_factory=class_row(Resident)) as cursor:
        return cursor.execute(_queries.resident, wanted).fetchone()


def resident_alerts(
    connection: Connection, facility_id: int, resident_id: int, start: datetime, stop: datetime
) -> list[OpenAlert]:
    wanted = {"facility": facility_id, "resident": resident_id, "start": start, "stop": stop}
    ids = [id_ for (id_,) in connection.execute(_queries.resident_alerts, wanted)]
    found = alerts(connection, facility_id, open_ones=False, ids=ids)
    return sorted(found, key=lambda one: one.raised_at)


def bed_segments(connection: Connection, resident_id: int, start: datetime, stop: datetime) -> list[Segment]:
    wanted = {"resident": resident_id, "start": start, "stop": stop}
    with connection.cursor(row_factory=class_row(Segment)) as cursor:
        return cursor.execute(_queries.bed_segments, wanted).fetchall()


def vitals(
    connection: Connection, facility_id: int, resident_id: int, start: datetime, stop: datetime
) -> dict[ObservationKind, dict[datetime, float]]:
    """Return mean heart and respiratory rate by minute."""
    wanted = {
        "facility": facility_id, "resident": resident_id, "start": start, "stop": stop, "kinds": list(VITAL_KINDS),
    }  # fmt: skip
    found: dict[ObservationKind, dict[datetime, float]] = {kind: {} for kind in VITAL_KINDS}
    for minute, kind, value in connection.execute(_queries.vitals, wanted):
        found[ObservationKind(kind)][minute] = float(value)
    return found


def place(connection: Connection, facility_id: int, code: str) -> ScannedPlace | None:
    """Return the room or bed of a scan code."""
    wanted = {"facility": facility_id, "code": code.replace("\0", "").strip()}
    with connection.cursor(row_factory=class_row(ScannedPlace)) as cursor:
        return cursor.execute(_queries.place, wanted).fetchone()
