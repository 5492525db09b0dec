"""Reads what pages and the JSON interface show, as values. No decisions, no words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import class_row

from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.vocabulary import DeviceKind, ObservationKind
from api.model import Bed, BedValue, Entry, OpenAlert, Resident, ScannedPlace, Segment

_queries = load("api")
VITAL_KINDS = (ObservationKind.HEART_RATE, ObservationKind.RESPIRATORY_RATE)


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
