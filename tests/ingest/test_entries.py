"""Carers' entries travel through the log: in order with what gateways send, once each, and by nobody else's hand."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import psycopg
import pytest
from psycopg.types.json import Jsonb

from anxin.care import EntryKind
from anxin.clock import ManualClock
from anxin.columns import decode
from anxin.db.connect import Connection
from anxin.event import Heartbeat
from anxin.log_reader import load_names, read
from anxin.log_row import START
from tests.ingest.store import Store
from tests.support.databases import TestDatabase

pytestmark = pytest.mark.database
NOTE = "select anxin.note_entry(%s, %s, %s, %s, %s, %s, null, null, %s, %s)"


def people(owner: Connection) -> tuple[int, int, int]:
    """Return the ids of the facility, an account and a resident."""
    (facility,) = owner.execute("select id from anxin.facility").fetchone() or (0,)
    account = "insert into anxin.account (facility_id, code, name, role) values (%s, 'n', 'n', 'nurse') returning id"
    resident = "insert into anxin.resident (facility_id, code, name) values (%s, 'r', 'r') returning id"
    ids = [(owner.execute(statement, (facility,)).fetchone() or (0,))[0] for statement in (account, resident)]
    return facility, ids[0], ids[1]


def tap(page: Connection, home: tuple[int, int, int], key: str, now: datetime, kind: str = "turned") -> int:
    row = page.execute(NOTE, (home[0], key, kind, now, home[1], home[2], Jsonb({"a": 1}), now)).fetchone()
    assert row is not None
    return int(row[0])


def test_an_entry_stands_in_the_log_once_in_its_turn(database: TestDatabase, clock: ManualClock) -> None:
    store = Store(database, clock)
    with database.connect("anxin_api") as page:
        home = people(store.owner)
        store.send(Heartbeat(clock.now()))
        first = tap(page, home, "tap-1", clock.now())
        assert tap(page, home, "tap-1", clock.forward(timedelta(minutes=1))) == first
        store.send(Heartbeat(clock.now()))
        store.project()
        rows = read(store.owner, 0, START)
        (noted,) = decode(rows, load_names(store.owner)).entries
        kept = store.all("select convert_from(anxin.entry_payload(e), 'UTF8')::jsonb from anxin.care_entry e")
        stored = store.all("select convert_from(payload, 'UTF8')::jsonb from anxin.log where lane = 'entry'")
    store.close()
    assert [(row.arrival, row.lane) for row in rows] == [(1, "data"), (2, "entry"), (3, "data")]
    assert (noted.entry.kind, noted.entry.resident, noted.entry.account) == (EntryKind.TURNED, home[2], home[1])
    assert (noted.time, noted.facility) == (clock.now() - timedelta(minutes=1), "home")
    assert kept == stored


def test_many_who_write_at_once_leave_no_gap_and_no_disorder(database: TestDatabase, clock: ManualClock) -> None:
    store = Store(database, clock)
    home = people(store.owner)

    def taps(name: str) -> None:
        with database.connect("anxin_api") as page:
            for number in range(10):
                tap(page, home, f"{name}-{number}", clock.now())

    threads = [threading.Thread(target=taps, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for _ in range(10):
        store.send(Heartbeat(clock.forward(timedelta(milliseconds=1))))
    for thread in threads:
        thread.join()
    rows = read(store.owner, 0, START)
    store.close()
    assert [row.arrival for row in rows] == list(range(1, 31))
    assert [row.received_at for row in rows] == sorted(row.received_at for row in rows)


def test_the_page_can_append_entries_and_nothing_else(database: TestDatabase, clock: ManualClock) -> None:
    store = Store(database, clock)
    home = people(store.owner)
    elsewhere = (home[0], home[1], home[2] + 1)
    with database.connect("anxin_api") as page:
        with pytest.raises(psycopg.errors.ForeignKeyViolation, match="another facility"):
            tap(page, elsewhere, "tap-1", clock.now())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            page.execute("insert into anxin.log select * from anxin.log")
    with database.connect("anxin_ingest") as other, pytest.raises(psycopg.errors.InsufficientPrivilege):
        tap(other, home, "tap-1", clock.now())
    store.close()
