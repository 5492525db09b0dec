"""Writes down what is covered, for pages and reports: whole, when the facility model or what devices say changed."""

from __future__ import annotations

from datetime import datetime

from analytics.coverage import Coverage, coverage
from analytics.directory import Directory
from analytics.moment import to_ms
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.vocabulary import OBSERVATION_BY_CODE, ObservationKind

_queries = load("analytics", "coverage.sql")


def judge(connection: Connection, directory: Directory, now: datetime) -> list[Coverage]:
    """Return what is covered now, by what each device was heard to say."""
    said: dict[int, frozenset[ObservationKind]] = {}
    for device, codes in connection.execute(_queries.said):
        said[device] = frozenset(OBSERVATION_BY_CODE[code] for code in codes if code in OBSERVATION_BY_CODE)
    return coverage(directory.view(to_ms(now)), said)


def write(connection: Connection, directory: Directory, now: datetime) -> None:
    """Replace what is written about the directory's homes, in one transaction."""
    rows = [
        {
            "facility": one.subject.facility_id, "kind": one.kind.value, "resident": one.subject.resident_id,
            "room": one.subject.room_id if one.subject.resident_id is None else None, "missing": list(one.missing),
        }
        for one in judge(connection, directory, now)
    ]  # fmt: skip
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(_queries.clear_coverage, {"facilities": [home.id for home in directory.homes]})
        cursor.executemany(_queries.put_coverage, rows)
