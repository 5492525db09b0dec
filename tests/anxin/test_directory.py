"""Loading a facility file: idempotent, moving people, retiring what is gone, keeping the past."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.finding import Subject
from analytics.moment import to_ms
from analytics.reload import load_directory
from anxin.care import ScheduleKind
from anxin.clock import ManualClock
from anxin.db.connect import Connection
from anxin.db.directory import load
from tests.support.databases import TestDatabase
from tests.support.homes import SMALL_HOME, small_home

pytestmark = pytest.mark.database

TABLES = (
    "region facility ward room bed resident stay gateway device account consent duty policy schedule".split()  # noqa: SIM905
)


def contents(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    # Duties are replaced as a whole, so their ids are not compared.
    columns = {"duty": "account_id, ward_id, post, shift, starts, ends"}
    return {t: connection.execute(f"select {columns.get(t, '*')} from anxin.{t} order by 1").fetchall() for t in TABLES}


def test_a_second_load_changes_nothing(database: TestDatabase, clock: ManualClock) -> None:
    with database.connect() as connection:
        load(connection, small_home(), clock.now())
        before = contents(connection)
        assert all(before.values()), "the small home has something in every table"
        clock.forward(timedelta(hours=1))
        load(connection, small_home(), clock.now())
        assert contents(connection) == before


def test_a_move_ends_one_stay_and_begins_another(embedded_database: TestDatabase, clock: ManualClock) -> None:
    swapped = SMALL_HOME.replace('bed = "bed-101-1"\nprofile', 'bed = "x"\nprofile')
    swapped = swapped.replace('name = "李国华"\nbed = "bed-101-2"', 'name = "李国华"\nbed = "bed-101-1"')
    swapped = swapped.replace('bed = "x"', 'bed = "bed-101-2"')
    with embedded_database.connect() as connection:
        load(connection, small_home(), clock.now())
        moved_at = clock.forward(timedelta(hours=1))
        load(connection, small_home(swapped), moved_at)
        stays = connection.execute(
            "select r.code, b.code, s.ends_at from anxin.stay s join anxin.resident r on r.id = s.resident_id"
            " join anxin.bed b on b.id = s.bed_id order by s.starts_at, r.code"
        ).fetchall()
    assert stays == [
        ("li", "bed-101-2", moved_at),
        ("wang", "bed-101-1", moved_at),
        ("li", "bed-101-1", None),
        ("wang", "bed-101-2", None),
    ]


def test_what_is_gone_is_kept_as_not_active(embedded_database: TestDatabase, clock: ManualClock) -> None:
    without = SMALL_HOME.replace(
        '[[gateways.devices]]\nid = "radar 101"\nkind = "fall_sensor"\nroom = "room-101"\n', ""
    )
    with embedded_database.connect() as connection:
        load(connection, small_home(), clock.now())
        load(connection, small_home(without), clock.now())
        gone = connection.execute("select code from anxin.device where not active").fetchall()
        load(connection, small_home(), clock.now())
        back = connection.execute("select count(*) from anxin.device where active").fetchone()
    assert (gone, back) == ([("radar 101",)], (3,))


def test_a_changed_policy_holds_from_its_time_on(embedded_database: TestDatabase, clock: ManualClock) -> None:
    with embedded_database.connect() as connection:
        first = clock.now()
        load(connection, small_home(), first)
        second = clock.forward(timedelta(days=1))
        load(connection, small_home(SMALL_HOME.replace("value = 15", "value = 25")), second)
        rows = connection.execute(
            "select value, valid_from, valid_to from anxin.policy where rule = 'bed_absence' order by id"
        ).fetchall()
    assert rows == [(15, first, second), (10, first, None), (25, second, None)]


def test_schedules_and_what_rules_know_of_a_resident_hold_from_their_time_on(
    embedded_database: TestDatabase, clock: ManualClock
) -> None:
    later = SMALL_HOME.replace('times = ["08:00", "20:00"]', 'times = ["09:00"]').replace('"full" }', '"special" }')
    with embedded_database.connect() as connection:
        first = clock.now()
        load(connection, small_home(), first)
        second = clock.forward(timedelta(days=1))
        load(connection, small_home(later), second)
        times = connection.execute(
            "select line->'times', valid_from, valid_to from anxin.schedule"
            " where line->>'kind' = 'medication' order by id"
        ).fetchall()
        directory = load_directory(connection, 0, second)
    assert times == [(["08:00", "20:00"], first, second), (["09:00"], second, None)]
    assert [(line.kind, line.times, line.care_level) for line in directory.view(to_ms(second)).schedules] == [
        (ScheduleKind.ROUND, (), "full"),
        (ScheduleKind.MEDICATION, ("09:00",), None),
    ]
    wang = Subject(1, resident_id=1)
    levels = [directory.view(to_ms(at)).value("resident", "care_level", wang) for at in (first, second)]
    assert levels == ["full", "special"]
