"""Readers behind a cursor see every row once, in order, also while several writers commit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from anxin.clock import ManualClock
from anxin.db.connect import Connection
from anxin.log_reader import CursorMovedError, move, open_cursor, read
from anxin.log_row import START, Position
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from ingest.writer import Writer
from tests.ingest.support import numbered, raw, sample
from tests.support.databases import TestDatabase
from tests.support.facility_rows import add_facility

pytestmark = pytest.mark.database

_HOLD = """
create function hold() returns trigger language plpgsql as $$
begin
    if new.gateway = 'gw-1' then perform pg_advisory_xact_lock_shared(8); end if;
    return null;
end $$;
create trigger hold after insert or update on anxin.watermark for each row execute function hold();
"""


@pytest.fixture
def owner(database: TestDatabase) -> Iterator[Connection]:
    with closing(database.connect()) as connection:
        add_facility(connection, "home", gateways=3)
        yield connection


def lane(gateway: str) -> LaneKey:
    return LaneKey("home", gateway, Lane.DATA, "e1")


def write(database: TestDatabase, clock: ManualClock, gateway: str, batches: int, partition: int = 0) -> None:
    with closing(database.connect("anxin_ingest")) as mine:
        writer = Writer(mine, partition, clock.now())
        for seq in range(1, batches + 1):
            writer.write([numbered(seq, [sample(clock.now())], clock.now(), lane(gateway))], clock.now())


def test_a_row_that_commits_late_is_not_skipped(database: TestDatabase, owner: Connection, clock: ManualClock) -> None:
    """The first writer has its numbers and is held before its commit; the second must not become visible before."""
    owner.execute(_HOLD)
    slow = threading.Thread(target=write, args=(database, clock, "gw-1", 1))
    fast = threading.Thread(target=write, args=(database, clock, "gw-2", 1))
    with database.connect() as holder:
        holder.execute("select pg_advisory_lock(8)")
        slow.start()
        waiting = "select count(*) from pg_locks where not granted and locktype = %s"
        while holder.execute(waiting, ("advisory",)).fetchone() != (1,):
            pass
        fast.start()
        while holder.execute("select count(*) from pg_locks where not granted").fetchone() != (2,):
            pass
        assert read(owner, 0, START) == []
    slow.join()
    fast.join()
    assert [(row.arrival, row.gateway) for row in read(owner, 0, START)] == [(1, "gw-1"), (2, "gw-2")]


def test_a_reader_beside_several_writers_misses_nothing(
    database: TestDatabase, owner: Connection, clock: ManualClock
) -> None:
    writers = [threading.Thread(target=write, args=(database, clock, f"gw-{n}", 60)) for n in (1, 2, 3)]
    for thread in writers:
        thread.start()
    seen: list[tuple[str, int]] = []
    at = START
    while len(seen) < 180:
        rows = read(owner, 0, at, rows=7)
        assert [row.arrival for row in rows] == list(range(at.arrival + 1, at.arrival + 1 + len(rows)))
        seen += [(row.gateway, row.seq) for row in rows]
        at = rows[-1].position if rows else at
    for thread in writers:
        thread.join()
    assert sorted(seen) == [(f"gw-{n}", seq) for n in (1, 2, 3) for seq in range(1, 61)]


def test_partitions_are_numbered_and_read_apart(database: TestDatabase, owner: Connection, clock: ManualClock) -> None:
    add_facility(owner, "other", partition=1)
    write(database, clock, "gw-1", 3)
    with closing(database.connect("anxin_ingest")) as mine:
        writer = Writer(mine, 1, clock.now())
        key = LaneKey("other", "gw-1", Lane.DATA, "e1")
        writer.write([numbered(1, [sample(clock.now())], clock.now(), key)], clock.now())
    assert [(row.arrival, row.facility) for row in read(owner, 1, START)] == [(1, "other")]


def test_reading_is_bounded_by_rows_and_bytes(database: TestDatabase, owner: Connection, clock: ManualClock) -> None:
    with closing(database.connect("anxin_ingest")) as mine:
        writer = Writer(mine, 0, clock.now())
        one = numbered(1, [sample(clock.now())], clock.now())
        writer.write([raw(n, one.payload + b" " * 1_000) for n in range(1, 6)], clock.now())
    size = len(one.payload) + 1_000
    bounds = [(2, 10**6), (9, 1), (9, size + 1), (9, 10**6)]
    assert [len(read(owner, 0, START, rows, most)) for rows, most in bounds] == [2, 1, 2, 5]


def test_reading_goes_on_across_partitions_of_time(
    database: TestDatabase, owner: Connection, clock: ManualClock
) -> None:
    with closing(database.connect("anxin_ingest")) as mine:
        writer = Writer(mine, 0, clock.now())
        for seq in range(1, 6):
            writer.write([numbered(seq, [sample(clock.now())], clock.now())], clock.now())
            clock.forward(timedelta(hours=7))
    first = read(owner, 0, START, rows=2)
    assert [row.seq for row in first + read(owner, 0, first[-1].position)] == [1, 2, 3, 4, 5]


def test_a_cursor_that_somebody_else_moved_is_refused(
    database: TestDatabase, owner: Connection, clock: ManualClock
) -> None:
    mine = open_cursor(owner, "test", 0, clock.now())
    again = open_cursor(owner, "test", 0, clock.now())
    to = Position(7, clock.now())
    assert move(owner, mine, to, clock.now()) == open_cursor(owner, "test", 0, clock.now())
    with pytest.raises(CursorMovedError, match="second process"):
        move(owner, again, Position(5, clock.now()), clock.now())
