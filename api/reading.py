"""Reads what pages and the JSON interface show, as values. No decisions, no words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import class_row, dict_row

from analytics.alerts.blind import Blind, blind_times, watchers_of
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.vocabulary import AlertKind, DeviceKind, ObservationKind
from api.model import Bed, BedValue, Entry, OpenAlert, Resident, ScannedPlace, Segment, ToCheck

_queries = load("api")
# Kinds after which somebody must look at the residents by hand (rule 5 of the watch).
ALARM_PATH = frozenset({
    AlertKind.CALL_PATH_DOWN, AlertKind.GATEWAY_SILENT, AlertKind.WATCH_STALLED, AlertKind.NOTIFY_FAILED,
})  # fmt: skip
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


def children(connection: Connection, facility_id: int, alert_id: int) -> list[OpenAlert]:
    """Return the alerts that belong to an alert."""
    ids = [id_ for (id_,) in connection.execute(_queries.children, {"facility": facility_id, "alert": alert_id})]
    return alerts(connection, facility_id, open_ones=False, ids=ids) if ids else []


def to_check(connection: Connection, facility_id: int, alert: OpenAlert, now: datetime) -> list[ToCheck]:
    """Return who must be looked at by hand while the alarm path is down; nobody for other kinds."""
    named = alert.evidence.get("residents")
    if alert.kind not in ALARM_PATH:
        return []
    ids = [int(one) for one in str(named).split(",") if one] if named is not None else None
    if alert.kind is AlertKind.CALL_PATH_DOWN:
        ids = [alert.resident_id] if alert.resident_id is not None else []
    with connection.cursor(row_factory=class_row(ToCheck)) as cursor:
        return cursor.execute(_queries.to_check, {"facility": facility_id, "ids": ids, "now": now}).fetchall()


def colleagues(connection: Connection, facility_id: int) -> list[tuple[int, str]]:
    """Return (account, name) of who may be given an alert."""
    return connection.execute(_queries.colleagues, {"facility": facility_id}).fetchall()


def blind(connection: Connection, facility_id: int, resident_id: int, start: datetime, now: datetime) -> list[Blind]:
    """Return for how long nothing of each kind watched a resident since `start`."""
    wanted = {"facility": facility_id, "resident": resident_id, "start": start, "now": now}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_queries.silences, wanted).fetchall()
    return blind_times(watchers_of(rows, now), start, now)


def recent(connection: Connection, facility_id: int, before: int | None, limit: int) -> list[OpenAlert]:
    """Return the latest alerts in any state, newest first."""
    wanted = {"facility": facility_id, "before": before, "limit": limit}
    ids = [id_ for (id_,) in connection.execute(_queries.recent_alerts, wanted)]
    return sorted(alerts(connection, facility_id, open_ones=False, ids=ids), key=lambda found: -found.id)


def limits_of_care(connection: Connection, facility_id: int, alert_id: int) -> str | None:
    """Return the limits of care of whom an alert is about, None where none are entered. For nurses and managers."""
    row = connection.execute(_queries.limits_of_care, {"facility": facility_id, "alert": alert_id}).fetchone()
    return None if row is None else str(row[0])


def history(connection: Connection, facility_id: int, alert_id: int) -> list[Entry]:
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        return cursor.execute(_queries.alert_history, {"facility": facility_id, "alert": alert_id}).fetchall()


def beds(
    connection: Connection, facility_id: int, now: datetime, ward_id: int | None = None, bed_id: int | None = None
) -> list[Bed]:
    """Return the beds of a facility, of one of its wards, or one bed."""
    wanted = {"facility": facility_id, "now": now, "ward": ward_id, "bed": bed_id}
    with connection.cursor(row_factory=class_row(Bed)) as cursor:
        found = cursor.execute(_queries.beds, wanted).fetchall()
    return list({bed.id: bed for bed in reversed(found)}.values())[::-1]


def bed_values(
    connection: Connection, facility_id: int, now: datetime, beds: Sequence[int]
) -> dict[int, list[BedValue]]:
    """Return the newest values by bed."""
    wanted = {"facility": facility_id, "now": now, "beds": list(beds)}
    values: dict[int, list[BedValue]] = {}
    with connection.cursor(row_factory=class_row(BedValue)) as cursor:
        for row in cursor.execute(_queries.bed_values, wanted):
            values.setdefault(row.bed_id, []).append(row)
    return values


def bed_equipment(
    connection: Connection, facility_id: int, now: datetime, beds: Sequence[int]
) -> dict[int, set[DeviceKind]]:
    """Return which kinds of devices each bed has."""
    kinds: dict[int, set[DeviceKind]] = {}
    wanted = {"facility": facility_id, "now": now, "beds": list(beds)}
    for bed_id, kind, _ in connection.execute(_queries.bed_equipment, wanted):
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
