"""Whole partitions go when their time is over, never what a reader still needs, never because a clock was wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from anxin.clock import ManualClock
from anxin.config import Ingest
from anxin.db.connect import Connection
from anxin.log_reader import move, open_cursor
from anxin.log_row import Position
from ingest.projector import Projector
from ingest.retention import Retention
from ingest.writer import Writer
from tests.ingest.support import numbered, sample
from tests.support.databases import TestDatabase
from tests.support.facility_rows import add_facility

pytestmark = pytest.mark.database
_HOURS = timedelta(hours=1)


@pytest.fixture
def owner(database: TestDatabase, clock: ManualClock) -> Iterator[Connection]:
    """A store with ten days of one message every six hours, projected and packed."""
    with closing(database.connect()) as connection, closing(database.connect("anxin_ingest")) as mine:
        add_facility(connection, "home")
        writer, projector = Writer(mine, 0, clock.now()), Projector(mine, Ingest(), clock.now())
        for seq in range(1, 41):
            writer.write([numbered(seq, [sample(clock.now())], clock.now())], clock.now())
            clock.forward(6 * _HOURS)
            projector.step(clock.now())
        yield connection


@pytest.fixture
def retention(database: TestDatabase) -> Iterator[Retention]:
    with closing(database.connect("anxin_ingest")) as connection:
        yield Retention(connection, Ingest(log_days=1, raw_days=3))


def left(connection: Connection, table: str) -> int:
    row = connection.execute(f"select count(*) from anxin.{table}").fetchone()
    assert row is not None
    return int(row[0])


def settled(retention: Retention, clock: ManualClock) -> None:
    """Two rounds with the first hour between them, in which nothing is dropped."""
    assert retention.step(clock.now()) == {}
    retention.step(clock.forward(_HOURS))


def test_old_partitions_are_dropped(retention: Retention, owner: Connection, clock: ManualClock) -> None:
    settled(retention, clock)
    assert 4 <= left(owner, "log") <= 5
    assert 4 * 4 <= left(owner, "observation_pack") <= 5 * 4
    row = owner.execute("select min(minute) from anxin.observation_pack").fetchone()
    assert row is not None
    assert row[0] >= clock.now() - timedelta(days=5)


def test_the_log_waits_for_its_slowest_reader(retention: Retention, owner: Connection, clock: ManualClock) -> None:
    found = owner.execute("select arrival, received_at from anxin.log where arrival = 20").fetchone()
    assert found is not None
    slow = open_cursor(owner, "analytics", 0, clock.now(), Position(*found))
    settled(retention, clock)
    assert owner.execute("select count(*) from anxin.log where arrival > 20").fetchone() == (20,)
    assert left(owner, "log") < 40
    move(owner, slow, Position(40, clock.now()), clock.now())
    retention.step(clock.forward(_HOURS))
    assert left(owner, "log") <= 5


def test_a_clock_that_jumps_drops_nothing(retention: Retention, owner: Connection, clock: ManualClock) -> None:
    retention.step(clock.now())
    assert retention.step(clock.forward(timedelta(days=3_650))) == {}
    assert retention.step(clock.forward(timedelta(days=-3_650))) == {}
    assert left(owner, "log") == left(owner, "observation_pack") == 40


def test_partitions_are_there_before_they_are_needed(
    retention: Retention, owner: Connection, database: TestDatabase, clock: ManualClock
) -> None:
    retention.step(clock.now())
    if database.engine == "native":
        for table, ahead in (("anxin.log", 12), ("anxin.observation_pack", 24)):
            for hour in range(ahead + 1):
                moment = clock.now() + hour * _HOURS
                made = owner.execute("select anxin.ensure_partition(%s, %s)", (table, moment)).fetchone()
                assert made == (False,)
    else:
        owner.execute("insert into anxin.log values (0, 99, %s, 'h', 'g', 'data', 'e', 1, 'x')", (clock.now(),))
        assert left(owner, "log") == 41
