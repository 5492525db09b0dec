"""What a relative may know, and what the database itself refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from psycopg import errors

from anxin.clock import ManualClock
from anxin.db.connect import Connection
from anxin.vocabulary import AlertKind, Outcome
from api.family.routes import read
from tests.api.conftest import SignIn
from tests.api.house import House, build
from tests.api.scene import busy_night
from tests.support.databases import TestDatabase

pytestmark = pytest.mark.database


def consented(house: House, account: str = "family1") -> int:
    return house.one("select resident_id from anxin.consent where account_id = %s", house.account(account))


def as_family(house: House) -> Connection:
    return house.database.connect("anxin_family", autocommit=False)


def test_a_relative_sees_the_consented_resident_only(database: TestDatabase, clock: ManualClock) -> None:
    house = build(database, clock)
    busy_night(house)
    with as_family(house) as connection:
        (view,) = read(connection, house.account("family1"), clock.now())
        assert view.relation.resident_id == consented(house)
        assert view.last is not None
        assert view.tonight is not None
    house.connection.execute("update anxin.consent set revoked_at = %s", (clock.now() - timedelta(days=1),))
    with as_family(house) as connection:
        assert read(connection, house.account("family1"), clock.now()) == []
    house.connection.close()


def test_only_confirmed_events_are_told(house: House) -> None:
    resident = consented(house)
    bed = next(bed for bed in house.beds() if house.subject(bed).resident_id == resident)
    ids = [house.alert(kind, bed, 600) for kind in (AlertKind.FALL_CONFIRMED, AlertKind.SOS_CALL)]
    with as_family(house) as connection:
        (view,) = read(connection, house.account("family1"), house.clock.now())
        assert view.events == []
        assert [night.state for night in view.nights][:1] == ["unknown"]
    for alert, outcome in zip(ids, (Outcome.REAL, Outcome.FALSE), strict=True):
        house.connection.execute(
            "update anxin.alert set arrived_at = %s, arrived_by = %s, resolved_at = %s, resolved_by = %s, outcome = %s,"
            " next_step_at = null where id = %s",
            (*[house.clock.now(), house.account("nurse1")] * 2, outcome, alert),
        )
    house.connection.execute(
        "insert into anxin.family_release (alert_id, released_at, released_by)"
        " select id, %s, resolved_by from anxin.alert where id = any(%s)",
        (house.clock.now(), ids),
    )
    with as_family(house) as connection:
        (view,) = read(connection, house.account("family1"), house.clock.now())
    assert [event.kind for event in view.events] == ["fall_confirmed"]
    assert view.nights[0].state == "attention"


REFUSED = (
    "select * from anxin.resident",
    "select * from anxin.alert",
    "select * from anxin.observation_pack",
    "select * from anxin.current_state",
    "select * from anxin.consent",
    "select * from anxin.bed_segments(1, now() - interval '1 day', now())",
    "select * from report.observation",
    "update family.resident set name = 'x'",
    "create table family.mine (x integer)",
)


def test_the_database_refuses_the_rest(house: House) -> None:
    with as_family(house) as connection:
        assert read(connection, house.account("family1"), house.clock.now())
        for statement in REFUSED:
            with (
                pytest.raises((errors.InsufficientPrivilege, errors.ObjectNotInPrerequisiteState)),
                connection.transaction(),
            ):
                connection.execute(statement)


def test_without_an_account_nothing_is_seen(house: House) -> None:
    with as_family(house) as connection:
        for account in ("", str(house.account("nurse1")), "999999"):
            connection.execute("select set_config('anxin.account', %s, true)", (account,))
            for view in ("resident", "night", "event"):
                assert connection.execute(f"select count(*) from family.{view}").fetchone() == (0,)


def test_the_account_does_not_outlive_its_transaction(house: House) -> None:
    connection = house.database.connect("anxin_family", autocommit=False)
    assert read(connection, house.account("family1"), house.clock.now())
    connection.commit()
    assert connection.execute("select count(*) from family.resident").fetchone() == (0,)
    connection.close()


def test_the_page_says_so_when_nobody_consented(house: House, sign_in: SignIn) -> None:
    house.connection.execute("update anxin.consent set revoked_at = %s", (house.clock.now() - timedelta(days=1),))
    assert "还没有老人同意" in sign_in("family1").get("/family").text
