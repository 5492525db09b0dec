"""Alerts on the real database, both engines: what is written, what is refused, and that the words agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from analytics.alerts import refusal, store
from analytics.finding import Change, Finding, Subject
from anxin.db.connect import Connection
from anxin.vocabulary import AlertKind, Outcome
from tests.support.databases import TestDatabase
from tests.support.home import Home, build
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.database
NOW = datetime(2026, 3, 1, 18, 10, tzinfo=UTC)


@pytest.fixture
def home(database: TestDatabase) -> Iterator[tuple[Connection, Home]]:
    with database.connect() as owner:
        built = build(owner)
    with database.connect("anxin_analytics") as connection:
        yield connection, built


def fall(home: Home, change: Change = Change.BEGAN, at: datetime = NOW) -> Finding:
    return Finding(AlertKind.FALL_CONFIRMED, home.in_bed("bed-12"), change, at, "impact and lying", evidence={"g": 4.2})


def history(connection: Connection, alert_id: int) -> list[str]:
    rows = connection.execute("select action from anxin.alert_history where alert_id = %s order by id", (alert_id,))
    return [action for (action,) in rows]


def test_a_fall_from_onset_to_outcome(home: tuple[Connection, Home]) -> None:
    connection, at = home
    nurse = at.accounts["nurse-n"]
    (alert_id,) = store.apply(connection, [fall(at)], NOW)
    store.acknowledge(connection, alert_id, nurse, NOW + timedelta(seconds=20))
    with pytest.raises(refusal.ArrivalFirst):
        store.resolve(connection, alert_id, nurse, Outcome.REAL, None, NOW + timedelta(seconds=30))
    with pytest.raises(refusal.WrongPlace):
        store.arrive(connection, alert_id, nurse, "scan-bed-21a", NOW + timedelta(seconds=60))
    store.arrive(connection, alert_id, nurse, " scan-12 ", NOW + timedelta(seconds=70))
    store.apply(connection, [fall(at, Change.ENDED)], NOW + timedelta(minutes=3))
    done = store.resolve(connection, alert_id, nurse, Outcome.REAL, "hip", NOW + timedelta(minutes=9))
    assert (done.outcome, done.note, done.arrived_by, done.next_step_at) == (Outcome.REAL, "hip", nurse, None)
    assert history(connection, alert_id) == ["raised", "acknowledged", "arrived", "cleared", "resolved"]
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute("select * from anxin.alert").fetchone()
    assert row is not None
    assert (row["state"], row["class"], row["evidence"]) == ("off", "physiological", {"g": 4.2})


def test_a_call_of_a_button_that_nobody_registered_ends_where_its_presser_was_found(
    home: tuple[Connection, Home],
) -> None:
    connection, at = home
    about = Subject(at.facility_id, gateway_id=at.gateway_id)
    found = Finding(AlertKind.SOS_CALL, about, Change.BEGAN, NOW, "nobody registered it", evidence={"device": "x"})
    (alert_id,) = store.apply(connection, [found], NOW)
    store.arrive(connection, alert_id, at.accounts["nurse-n"], "scan-12", NOW + timedelta(seconds=90))
    done = store.resolve(connection, alert_id, at.accounts["nurse-n"], Outcome.REAL, None, NOW + timedelta(minutes=9))
    assert (done.outcome, done.subject.gateway_id) == (Outcome.REAL, at.gateway_id)


def test_the_pages_may_do_all_that_people_do(database: TestDatabase, home: tuple[Connection, Home]) -> None:
    connection, at = home
    (alert_id,) = store.apply(connection, [fall(at)], NOW)
    nurse, carer = at.accounts["nurse-n"], at.accounts["carer-a"]
    with database.connect("anxin_api") as page:
        store.comment(page, alert_id, nurse, " looks pale ", NOW)
        store.assign(page, alert_id, nurse, carer, NOW)
        store.shown(page, alert_id, NOW)
        store.shown(page, alert_id, NOW + timedelta(hours=1))
        store.acknowledge(page, alert_id, carer, NOW)
        store.arrive(page, alert_id, carer, "scan-bed-12", NOW)
        done = store.resolve(page, alert_id, carer, Outcome.ASSISTED, "  ", NOW)
        comment = page.execute("select detail ->> 'text' from anxin.alert_history where action = 'commented'")
        assert comment.fetchone() == ("looks pale",)
    assert (done.notified_at, done.assigned_to, done.note) == (NOW, carer, None)


def test_a_bed_knows_its_room(home: tuple[Connection, Home]) -> None:
    """Where a detector names only the bed, the code of its room is an arrival too; that of another room is not."""
    connection, at = home
    nurse, subject = at.accounts["nurse-n"], Subject(at.facility_id, bed_id=at.beds["bed-12"])
    (alert_id,) = store.apply(connection, [Finding(AlertKind.SOS_CALL, subject, Change.BEGAN, NOW, "pressed")], NOW)
    with pytest.raises(refusal.WrongPlace):
        store.arrive(connection, alert_id, nurse, "scan-11", NOW)
    assert store.arrive(connection, alert_id, nurse, "scan-12", NOW).arrived_by == nurse


def wall_button(database: TestDatabase, home: Home, room: str) -> int:
    """Hang a button for carers into a room."""
    with database.connect() as owner:
        row = owner.execute(
            "insert into anxin.device (facility_id, gateway_id, code, kind, room_id) values (%s, %s, %s, 'other', %s)"
            " returning id",
            (home.facility_id, home.gateway_id, f"wall-{room}", home.rooms[room]),
        ).fetchone()
    assert row is not None
    return int(row[0])


def press(database: TestDatabase, device_id: int, at: datetime, **other: Any) -> None:
    """A press of the carers' button, as the projector writes it."""
    row = {"origin": "live", "detection": "carer_present", "received_at": at, **other}
    with database.connect() as owner:
        owner.execute(
            "insert into anxin.device_event (partition, arrival, item, gateway_id, device_id, time, received_at, type,"
            " origin, detail) select 0, coalesce(max(arrival), 0) + 1, 0, 1, %s, %s, %s, 'detection', %s, %s"
            " from anxin.device_event",
            (device_id, at, row["received_at"], row["origin"], Jsonb({"detection": row["detection"]})),
        )


def test_the_carers_button_at_the_place_is_an_arrival_for_three_minutes(
    database: TestDatabase, home: tuple[Connection, Home]
) -> None:
    connection, at = home
    nurse, seconds = at.accounts["nurse-n"], timedelta(seconds=1)
    (alert_id,) = store.apply(connection, [fall(at)], NOW)
    connection.commit()
    here, elsewhere = wall_button(database, at, "12"), wall_button(database, at, "21")
    now = NOW + timedelta(hours=1)
    press(database, elsewhere, now - 10 * seconds)
    press(database, here, now - 181 * seconds)
    press(database, here, now - 10 * seconds, origin="retained")
    press(database, here, now - 10 * seconds, detection="button")
    press(database, here, now - timedelta(minutes=30), received_at=now - seconds)
    press(database, here, now + seconds)
    with pytest.raises(refusal.PressFirst):
        store.arrive_by_button(connection, alert_id, nurse, now)
    press(database, here, now - 179 * seconds)
    arrived = store.arrive_by_button(connection, alert_id, nurse, now)
    assert (arrived.arrived_by, arrived.arrived_at) == (nurse, now)
    with pytest.raises(refusal.NotAllowed):
        store.arrive_by_button(connection, alert_id, at.accounts["relative-r"], now)
    assert store.resolve(connection, alert_id, nurse, Outcome.REAL, None, now).arrived_by == nurse


def test_a_change_and_its_history_are_one_transaction(home: tuple[Connection, Home]) -> None:
    connection, at = home
    with connection.transaction(force_rollback=True):
        assert store.apply(connection, [fall(at)], NOW)
    for table in ("alert", "alert_history", "outbox"):
        assert connection.execute(f"select count(*) from anxin.{table}").fetchone() == (0,)


def test_whoever_listens_is_woken_with_the_home(database: TestDatabase, home: tuple[Connection, Home]) -> None:
    connection, at = home
    with database.connect("anxin_api") as stream:
        stream.execute("listen anxin_alert")
        (alert_id,) = store.apply(connection, [fall(at)], NOW)
        store.acknowledge(connection, alert_id, at.accounts["nurse-n"], NOW)
        heard = [notice.payload for notice in stream.notifies(timeout=PATIENCE_S, stop_after=2)]
    assert heard == [str(at.facility_id)] * 2


def test_one_batch_may_close_one_alert_and_open_the_next(home: tuple[Connection, Home]) -> None:
    connection, at = home
    kind, subject = AlertKind.GATEWAY_SILENT, at.equipment()
    steps = [Finding(kind, subject, change, NOW, "x") for change in (Change.BEGAN, Change.ENDED, Change.BEGAN)]
    first, second = store.apply(connection, steps, NOW)
    assert history(connection, first) == ["raised", "cleared", "resolved"]
    assert history(connection, second) == ["raised"]
    assert store.apply(connection, [], NOW) == []


def test_only_responders_of_the_same_home_may_act(database: TestDatabase, home: tuple[Connection, Home]) -> None:
    connection, at = home
    with database.connect() as owner:
        other = build(owner, "other")
    (alert_id,) = store.apply(connection, [fall(at)], NOW)
    for account in (at.accounts["relative-r"], at.accounts["wall-w"], other.accounts["nurse-n"], 999_999):
        with pytest.raises(refusal.NotAllowed):
            store.acknowledge(connection, alert_id, account, NOW)
    with pytest.raises(refusal.NoSuchAlert):
        store.acknowledge(connection, alert_id + 1, at.accounts["nurse-n"], NOW)
    with pytest.raises(refusal.WrongPlace):
        store.arrive(connection, alert_id, at.accounts["nurse-n"], "scan-\0nowhere", NOW)
    assert history(connection, alert_id) == ["raised"]
