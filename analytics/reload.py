"""Loads the facility model of a partition from the database."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from analytics.directory import Bed, Device, Directory, Gateway, Home, Stay
from analytics.moment import NEVER, to_ms
from analytics.policy import PolicyError, PolicyRow, check
from analytics.schedule import ScheduleRow
from anxin.db.connect import Connection
from anxin.db.sql import load
from anxin.facility import Schedule as Line
from anxin.log import Log
from anxin.vocabulary import DeviceKind, RoomKind

# Rows of the log are never older than their retention, a day by default; a month is ample for a replay.
MEMORY = timedelta(days=31)
_queries = load("analytics")
_log = Log("analytics")


def load_directory(connection: Connection, partition: int, now: datetime) -> Directory:
    """Return the directory as it is stored, with the stays and policies of the last month. A policy that no rule knows
    is left out and logged: one wrong number must not stop the watch."""
    about = {"partition": partition, "since": now - MEMORY}
    with connection.transaction():
        homes = tuple(Home(*row) for row in connection.execute(_queries.homes, about))
        beds = tuple(Bed(*row) for row in connection.execute(_queries.beds, about))
        gateways = tuple(Gateway(*row) for row in connection.execute(_queries.gateways, about))
        devices = tuple(_device(row) for row in connection.execute(_queries.devices, about))
        stays = tuple(
            Stay(resident, bed, to_ms(starts), _end(ends))
            for resident, bed, starts, ends in connection.execute(_queries.stays, about)
        )
        policies = connection.execute(_queries.policies, about).fetchall()
        schedules = tuple(_schedule(row) for row in connection.execute(_queries.schedules, about))
    rows = [
        PolicyRow(facility, ward, resident, rule, parameter, value, to_ms(begins), _end(until), starts, ends)
        for facility, ward, resident, rule, parameter, value, begins, until, starts, ends in policies
    ]
    return Directory(homes, beds, gateways, devices, stays, tuple(filter(_valid, rows)), schedules)


def _device(row: tuple[Any, ...]) -> Device:
    *columns, supervision_s, room_kind, suite, at = row
    number, facility, gateway, code, kind, ward, room, bed, resident = columns
    known = RoomKind(room_kind) if room_kind else None
    return Device(
        number, facility, gateway, code, DeviceKind(kind), ward, room, bed, resident, supervision_s, known, suite, at
    )


def _schedule(row: tuple[Any, ...]) -> ScheduleRow:
    facility, ward, resident, stored, begins, until = row
    line = msgspec.convert(stored, Line)
    code, times = line.code or line.kind.value, tuple(line.times)
    return ScheduleRow(
        facility, line.kind, code, times, line.every_min, ward, resident, line.care_level, to_ms(begins), _end(until)
    )


def _valid(row: PolicyRow) -> bool:
    try:
        check(row)
    except PolicyError as error:
        _log.error("policy left out", facility_id=row.facility_id, problem=error)
        return False
    return True


def _end(moment: datetime | None) -> int:
    return NEVER if moment is None else to_ms(moment)
