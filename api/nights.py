"""A resident's last night: what her bed saw and what rang. Shared by her page and the JSON interface."""

from __future__ import annotations

from datetime import date, datetime

from anxin.db.connect import Connection
from anxin.db.sql import load
from api import reading
from api.model import Night
from api.people import Person
from api.web import NotFound

_queries = load("api")


def bounds(connection: Connection, person: Person, now: datetime) -> tuple[date, datetime, datetime]:
    """Return the date, start and end of the night that began last, in the facility's time zone."""
    row = connection.execute(_queries.nights, {"now": now, "zone": person.time_zone, "count": 1}).fetchone()
    assert row is not None, "there always is a night before now"
    return row[0], row[1], row[2]


def last(connection: Connection, person: Person, resident_id: int, now: datetime) -> Night:
    """Return the last night of a resident of the person's facility. Raises NotFound."""
    if reading.resident(connection, person.facility_id, resident_id, now) is None:
        raise NotFound
    night, start, stop = bounds(connection, person, now)
    segments = reading.bed_segments(connection, resident_id, start, min(stop, now))
    alerts = reading.resident_alerts(connection, person.facility_id, resident_id, start, max(stop, now))
    return Night(night, start, stop, segments, alerts)
