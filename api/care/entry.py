"""Noting an entry, and what the page of entries shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.errors import ForeignKeyViolation
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from anxin.care import EntryError, EntryKind, Facts, check
from anxin.db.connect import Connection
from anxin.db.sql import load
from api.people import Person

_queries = load("api.care")
LONGEST_AGO = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class About:
    """Whom or where an entry is about, by ids of the person's own facility."""

    resident: int | None = None
    room: int | None = None
    ward: int | None = None


@dataclass(frozen=True, slots=True)
class HereResident:
    id: int
    name: str
    bed: str
    away: bool
    medicines: list[str]
    tasks: list[str]


@dataclass(frozen=True, slots=True)
class Ward:
    """expected: who stays there and is not on leave."""

    id: int
    name: str
    expected: int


@dataclass(frozen=True, slots=True)
class Line:
    """One entry, for people."""

    id: int
    kind: str
    time: datetime
    account: str
    resident: str | None
    room: str | None
    ward: str | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Covered:
    """A kind: covered for so many of all. without: the names of those it is not covered for; lacks: what is missing."""

    kind: str
    total: int
    covered: int
    without: list[str]
    lacks: list[str]


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """A kind for one resident, room, or (neither) the home."""

    kind: str
    resident_id: int | None
    room_id: int | None
    covered: bool
    missing: list[str]


def note(
    connection: Connection, person: Person, kind: EntryKind, about: About, facts: Facts, *, key: str, time: datetime,
    now: datetime,
) -> int:  # fmt: skip
    """Note an entry and return its id; the same key again changes nothing. EntryError says what is wrong with it."""
    check(kind, facts)
    if not key or len(key) > 100:
        raise EntryError("key: give each tap a key of its own, of at most 100 characters")
    if not now - LONGEST_AGO <= time <= now + timedelta(minutes=1):
        raise EntryError(f"time: {time.isoformat()} is not within the last {LONGEST_AGO.days} days")
    wanted = {
        "facility": person.facility_id, "key": f"{person.account_id}/{key}", "kind": kind.value, "time": min(time, now),
        "account": person.account_id, "resident": about.resident, "room": about.room, "ward": about.ward,
        "facts": Jsonb(facts), "now": now,
    }  # fmt: skip
    try:
        with connection.transaction():
            row = connection.execute(_queries.note_entry, wanted).fetchone()
    except ForeignKeyViolation as error:
        raise EntryError("resident, room or ward: there is no such one in this facility") from error
    assert row is not None
    return int(row[0])


def residents_at(
    connection: Connection, facility_id: int, now: datetime, room: int | None = None, bed: int | None = None
) -> list[HereResident]:
    wanted = {"facility": facility_id, "now": now, "room": room, "bed": bed}
    with connection.cursor(row_factory=class_row(HereResident)) as cursor:
        return cursor.execute(_queries.residents_at, wanted).fetchall()


def wards(connection: Connection, facility_id: int, now: datetime) -> list[Ward]:
    with connection.cursor(row_factory=class_row(Ward)) as cursor:
        return cursor.execute(_queries.wards, {"facility": facility_id, "now": now}).fetchall()


def latest(connection: Connection, facility_id: int) -> list[Line]:
    with connection.cursor(row_factory=class_row(Line)) as cursor:
        return cursor.execute(_queries.latest, {"facility": facility_id}).fetchall()


def coverage(connection: Connection, facility_id: int) -> dict[str, Covered]:
    with connection.cursor(row_factory=class_row(Covered)) as cursor:
        return {one.kind: one for one in cursor.execute(_queries.coverage, {"facility": facility_id})}


def coverage_rows(connection: Connection, facility_id: int) -> list[CoverageRow]:
    with connection.cursor(row_factory=class_row(CoverageRow)) as cursor:
        return cursor.execute(_queries.coverage_rows, {"facility": facility_id}).fetchall()
