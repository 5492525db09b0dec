"""The schema comes out the same on both engines, and again at a second run."""

from __future__ import annotations

import pytest
from psycopg import errors

from anxin.db.connect import connect
from anxin.db.migrate import ROLES, migrate
from tests.support.databases import TestDatabase

pytestmark = pytest.mark.database


def test_a_second_run_changes_nothing(database: TestDatabase) -> None:
    with database.connect() as connection:
        assert migrate(connection) == []


def test_partitions_are_made_and_dropped(database: TestDatabase) -> None:
    with database.connect() as connection:
        for day in (1, 2, 9):
            moment = f"2026-03-0{day} 12:00:00+00"
            connection.execute("select anxin.ensure_partition('anxin.log', %s)", (moment,))
            connection.execute(
                "insert into anxin.log values (0, %s, %s, 'home', 'g', 'data', 'e', %s, 'x')", (day, moment, day)
            )
        connection.execute("select anxin.drop_partitions_before('anxin.log', '2026-03-08 00:00:00+00')")
        assert connection.execute("select arrival from anxin.log order by 1").fetchall() == [(9,)]


@pytest.mark.parametrize("role", ROLES)
def test_roles_are_walled_off(database: TestDatabase, role: str) -> None:
    """No role below the owner may take an alert or its history away, and residents are for two of them only."""
    with connect(database.settings, role, autocommit=True) as connection:
        for statement in ("delete from anxin.alert", "delete from anxin.alert_history", "delete from anxin.log"):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(statement)
        if role in ("anxin_analytics", "anxin_api"):
            assert connection.execute("select count(*) from anxin.resident").fetchone() == (0,)
        else:
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute("select count(*) from anxin.resident")
