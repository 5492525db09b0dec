"""What another number would have done: the counting, and a stored night judged twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from psycopg.types.json import Jsonb

from analytics import what_if, what_if_store
from analytics.directory import Directory
from analytics.policy import PolicyError, PolicyRow
from analytics.what_if import Past, Ring
from anxin.clock import ManualClock, monotonic_s
from anxin.vocabulary import AlertKind, ObservationKind, Outcome, Priority
from tests.api.house import House, build
from tests.support.databases import TestDatabase
from tests.support.waiting import PATIENCE_S

NIGHT = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
OUT = AlertKind.OUT_OF_BED_LONG


def ring(minute: int, subject: str = "resident:1", kind: AlertKind = OUT) -> Ring:
    return Ring(kind, subject, NIGHT + timedelta(minutes=minute), Priority.MEDIUM)


def test_what_would_not_have_rung_is_named_with_what_people_found() -> None:
    before = [ring(0), ring(120), ring(121), ring(200, "resident:2")]
    after = [ring(25), ring(122)]
    past = [
        Past(OUT, "resident:2", NIGHT + timedelta(minutes=201), "real"),
        Past(OUT, "resident:1", NIGHT + timedelta(minutes=201), "false"),
    ]
    found = what_if.compare(before, after, past)
    assert [(one.subject, outcome) for one, outcome in found.gone] == [("resident:1", None), ("resident:2", "real")]
    assert found.new == ()
    assert (found.before[OUT], found.after[OUT]) == (4, 2)
    told = what_if.as_json(found, 20.0, str.upper)
    assert told["gone_by_outcome"] == {"real": 1, "unknown": 1}
    assert told["shown"][0]["who"] == "RESIDENT:2", "what would have been missed stands first"


def test_a_kind_that_is_new_is_named() -> None:
    found = what_if.compare([], [ring(0)], [])
    assert (found.gone, found.new) == ((), (ring(0),))


def test_the_homes_number_is_changed_and_a_residents_own_stays() -> None:
    own = PolicyRow(1, None, 7, "bed_absence", "warn_min", 90.0)
    homes = PolicyRow(1, None, None, "bed_absence", "warn_min", 25.0)
    other = what_if.changed(Directory(policies=(own, homes)), 1, "bed_absence", "warn_min", 40.0)
    assert other.policies == (own, PolicyRow(1, None, None, "bed_absence", "warn_min", 40.0))
    with pytest.raises(PolicyError, match="no such parameter"):
        what_if.changed(Directory(), 1, "bed_absence", "warn", 40.0)


@pytest.fixture
def house(embedded_database: TestDatabase, clock: ManualClock) -> Iterator[House]:
    built = build(embedded_database, clock, 4)
    yield built
    built.connection.close()


@pytest.mark.database
def test_a_stored_night_is_judged_twice(house: House) -> None:
    """Two absences of 33 and 75 min in one night: at 30 min both ring, at 60 min the longer only."""
    bed, now = house.beds()[0], house.clock.now()
    start = now - timedelta(hours=4)
    occupied: list[float | None] = [1.0] * 230
    occupied[20:53] = [0.0] * 33
    occupied[100:175] = [0.0] * 75
    house.connection.execute("update anxin.stay set starts_at = %s", (now - timedelta(days=30),))
    house.pack(bed, ObservationKind.BED_OCCUPIED, start, occupied)
    alert = house.alert(OUT, bed, (now - start - timedelta(minutes=51)).total_seconds())
    house.connection.execute(
        "update anxin.alert set resolved_at = %s, resolved_by = %s, outcome = %s, next_step_at = null where id = %s",
        (now, house.account("nurse1"), Outcome.REAL, alert),
    )
    house.connection.execute(
        "insert into anxin.what_if (facility_id, asked_at, rule, parameter, value, days) values"
        " (%(f)s, %(now)s, 'bed_absence', 'warn_min', %(value)s, 1), (%(f)s, %(now)s, 'bed', 'x', '1', 1)",
        {"f": house.facility_id, "now": now, "value": Jsonb(60)},
    )
    with house.database.connect("anxin_analytics") as connection:
        assert what_if_store.answer_next(connection, 0, now)
        assert what_if_store.answer_next(connection, 0, now)
        assert not what_if_store.answer_next(connection, 0, now)
    (first, second) = house.connection.execute("select state, result from anxin.what_if order by id").fetchall()
    assert second[0] == "failed" and "no such parameter" in second[1]["problem"]
    state, told = first
    assert state == "done"
    (out,) = [one for one in told["kinds"] if one["kind"] == OUT.value]
    assert out["before"] > out["after"] >= 1
    assert told["gone_by_outcome"] == {"real": 1}
    assert told["old"] == 30.0


@pytest.mark.database
@pytest.mark.system
def test_a_question_is_answered_by_a_process_of_its_own(house: House) -> None:
    house.connection.execute(
        "insert into anxin.what_if (facility_id, asked_at, rule, parameter, value, days)"
        " values (%s, %s, 'call', 'same_s', '5', 1)",
        (house.facility_id, house.clock.now()),
    )
    stop = threading.Event()
    thread = threading.Thread(target=what_if_store.watch_questions, args=(house.settings, house.clock, stop))
    thread.start()
    until = monotonic_s() + PATIENCE_S
    while house.one("select count(*) from anxin.what_if where state = 'asked'") and monotonic_s() < until:
        stop.wait(0.1)
    stop.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert house.connection.execute("select state, result ->> 'old' from anxin.what_if").fetchall() == [("done", "3.0")]
