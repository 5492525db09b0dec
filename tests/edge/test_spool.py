"""The spool on a real file: numbering, order, bound, full disk, damage, second opener, old copy."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from anxin.event import Call, Detection, Event, Gap, Observations, decode
from anxin.vocabulary import DetectionKind, Lane
from edge.spool import Entry, Spool, SpoolError, SpoolFullError
from edge.spool_file import open_spool

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
MIB = 1 << 20


def opened(folder: Path, limit: int = 64 * MIB) -> Spool:
    return open_spool(folder / "spool.db", "home", "gw-1", limit, NOW)


def call(n: int) -> Entry:
    return Entry(Lane.URGENT, [Call("button", NOW + timedelta(seconds=n), key=str(n))])


def data(n: int, rows: int = 1) -> Entry:
    table = Observations(NOW + timedelta(seconds=n), ["bed-1"] * rows, {"heart_rate": [float(n % 100 + 40)] * rows})
    return Entry(Lane.DATA, [table])


def fill(spool: Spool, flood: list[Entry]) -> None:
    while True:
        spool.write(flood, NOW)


def events(spool: Spool, lane: Lane) -> list[Event]:
    return [event for held in spool.read(lane, 0, -1) for event in decode(held.payload).data]


def test_lanes_number_from_one_each_and_continue_after_a_restart(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    assert spool.write([call(1), data(1), data(2)], NOW) == [1, 1, 2]
    keys = [spool.key(lane) for lane in Lane]
    spool.close()
    again = opened(tmp_path)
    assert [again.key(lane) for lane in Lane] == keys
    assert again.write([data(3), call(2)], NOW) == [3, 2]
    assert [held.seq for held in again.read(Lane.DATA, 0, 10)] == [1, 2, 3]
    assert [held.seq for held in again.read(Lane.DATA, 1, 10, size=1)] == [2]
    assert again.opened(Lane.DATA) == 3
    assert decode(again.read(Lane.DATA, 2, 1)[0].payload).id == f"data-{keys[1].epoch}-3"
    again.close()


def test_only_what_the_store_has_leaves_and_it_stays_away_after_a_restart(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.write([data(n) for n in range(5)], NOW)
    spool.forget(Lane.DATA, 3)
    assert (spool.held(Lane.DATA), spool.lowest(Lane.DATA)) == (2, 4)
    spool.write([], NOW)
    spool.close()
    again = opened(tmp_path)
    assert [held.seq for held in again.read(Lane.DATA, 0, 10)] == [4, 5]
    again.forget(Lane.DATA, 99)
    again.write([], NOW)
    assert again.lowest(Lane.DATA) == 6
    assert again.write([data(9)], NOW) == [6]
    again.close()


def test_an_unsynced_write_is_not_a_write(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    assert spool._db.execute("pragma synchronous").fetchone() == (2,)
    assert spool._db.execute("pragma journal_mode").fetchone() == ("wal",)
    spool.close()


def test_two_samples_of_one_device_in_the_same_millisecond_both_stay(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    twice = Observations(NOW, ["bed-1", "bed-1"], {"heart_rate": [60.0, 60.0]})
    spool.write([Entry(Lane.DATA, [twice]), Entry(Lane.DATA, [twice])], NOW)
    assert events(spool, Lane.DATA) == [twice, twice]
    spool.close()


def test_a_full_spool_drops_the_oldest_data_says_so_and_keeps_every_call(tmp_path: Path) -> None:
    spool = opened(tmp_path, 2 * MIB)
    spool.write([call(n) for n in range(50)], NOW)
    for n in range(400):
        spool.write([data(n, rows=400)], NOW)
    assert [event.key for event in events(spool, Lane.URGENT) if isinstance(event, Call)] == [str(n) for n in range(50)]
    rows = spool.read(Lane.DATA, 0, -1)
    gap = decode(rows[0].payload).data[0]
    assert isinstance(gap, Gap)
    assert (gap.first, gap.last, gap.reason) == (1, rows[0].seq, "spool_full")
    assert [row.seq for row in rows[1:]] == list(range(gap.last + 1, 401))
    assert spool.dropped(Lane.DATA) == gap.last
    assert gap.earliest == NOW
    assert sum(file.stat().st_size for file in tmp_path.glob("spool.db*")) < 2 * MIB + 5 * MIB
    assert (tmp_path / "spool.db").stat().st_size <= 2 * MIB
    spool.close()


def test_the_gap_grows_and_keeps_its_beginning_after_some_of_it_was_stored(tmp_path: Path) -> None:
    spool = opened(tmp_path, 2 * MIB)
    for n in range(200):
        spool.write([data(n, rows=400)], NOW)
    before = spool.read(Lane.DATA, 0, 1)[0]
    spool.forget(Lane.DATA, before.seq)
    for n in range(200):
        spool.write([data(n, rows=400)], NOW)
    after = spool.read(Lane.DATA, 0, 1)[0]
    assert after.first == before.seq + 1
    assert after.seq > after.first
    spool.close()


def test_a_file_at_its_bound_still_takes_calls_by_giving_up_data(tmp_path: Path) -> None:
    spool = opened(tmp_path, 2 * MIB)
    spool._db.execute("pragma max_page_count = 256")
    spool._limit_pages = 256
    while spool._db.execute("pragma page_count").fetchone()[0] < 240:
        spool.write([data(1, rows=400)], NOW)
    assert spool.dropped(Lane.DATA) == 0
    numbers = [number for n in range(500) for number in spool.write([call(n)], NOW)]
    assert numbers == list(range(1, 501))
    assert spool.held(Lane.URGENT) == 500
    assert spool.dropped(Lane.DATA) > 0
    spool.close()


def test_when_nothing_more_can_be_dropped_the_call_is_refused_aloud(tmp_path: Path) -> None:
    spool = opened(tmp_path, 1 * MIB)
    flood = [call(n) for n in range(100)]
    with pytest.raises(SpoolFullError, match=r"spool\.db: the disk is full"):
        fill(spool, flood)
    assert spool.full
    kept = spool.held(Lane.URGENT)
    spool.close()
    again = opened(tmp_path, 1 * MIB)
    assert again.held(Lane.URGENT) == kept > 0
    again.close()


def test_data_refused_on_a_full_disk_are_told_by_a_gap_of_their_own(tmp_path: Path) -> None:
    spool = opened(tmp_path, 1 * MIB)
    taken = 2_500
    spool.write([call(n) for n in range(taken)], NOW)
    while 0 not in (numbers := spool.write([call(taken), data(taken)], NOW)):
        taken += 1
        assert taken < 20_000
    assert numbers[0] == taken + 1
    missing = spool.dropped(Lane.DATA)
    assert missing >= 1
    spool.forget(Lane.URGENT, taken)
    number = spool.write([data(0)], NOW)[0]
    reasons = [event.reason for event in events(spool, Lane.DATA) if isinstance(event, Gap)]
    assert reasons[-1] == "disk_full"
    assert spool.read(Lane.DATA, number - 2, 1)[0].first == number - 1
    assert spool.dropped(Lane.DATA) == missing
    spool.close()


@pytest.mark.parametrize("damage", ["not a database", "torn in the middle"])
def test_a_damaged_file_is_set_aside_and_a_new_epoch_begins(tmp_path: Path, damage: str) -> None:
    spool = opened(tmp_path)
    old = spool.key(Lane.DATA)
    spool.write([data(n, rows=100) for n in range(300)], NOW)
    spool.close()
    file = tmp_path / "spool.db"
    raw = bytearray(file.read_bytes())
    start = 0 if damage == "not a database" else 8_192
    raw[start : start + 30_000] = b"\xa5" * 30_000
    file.write_bytes(raw)
    again = opened(tmp_path)
    assert again.key(Lane.DATA).epoch != old.epoch
    assert [type(event) for event in events(again, Lane.DATA)] == [Gap]
    assert [type(event) for event in events(again, Lane.URGENT)] == [Gap]
    assert [path.read_bytes() for path in tmp_path.glob("*.damaged-20260301T180000")] == [bytes(raw)]
    again.close()


def test_a_second_agent_on_the_same_file_is_refused(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.write([data(1)], NOW)
    with pytest.raises(SpoolError, match=r"spool\.db: .*does another agent run with this spool"):
        opened(tmp_path)
    spool.close()


def test_a_spool_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.write([call(1)], NOW)
    spool._db.execute("pragma user_version = 99")
    spool.close()
    with pytest.raises(SpoolError, match=r"spool\.db: written by a newer version \(form 99"):
        opened(tmp_path)
    assert not list(tmp_path.glob("*.damaged*"))


def test_an_old_copy_of_a_spool_numbers_its_new_messages_anew(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.write([data(1), data(2)], NOW)
    spool.close()
    again = opened(tmp_path)
    epoch = again.key(Lane.DATA).epoch
    again.write([data(7), data(8)], NOW)
    again.begin_again(Lane.DATA, NOW)
    assert again.key(Lane.DATA).epoch != epoch
    assert events(again, Lane.DATA) == [*data(7).events, *data(8).events]
    assert [held.seq for held in again.read(Lane.DATA, 0, 10)] == [1, 2]
    assert again.write([data(9)], NOW) == [3]
    again.close()


def test_the_alarm_mark_survives_a_restart(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.write([call(1), Entry(Lane.URGENT, [Detection("w", NOW, DetectionKind.FALL)])], NOW)
    spool.rung(1)
    spool.close()
    again = opened(tmp_path)
    assert [(seq, taken) for seq, taken, _ in again.unrung()] == [(2, NOW)]
    again.close()


def test_notes_are_written_with_the_events(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    assert spool.note("memory") is None
    spool.write([data(1)], NOW, {"memory": b"{}"})
    spool.close()
    again = opened(tmp_path)
    assert again.note("memory") == b"{}"
    again.close()


def test_the_file_is_plain_sqlite_that_a_technician_can_read(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.write([call(1)], NOW)
    spool.close()
    with sqlite3.connect(tmp_path / "spool.db") as connection:
        (payload,) = connection.execute("select payload from message").fetchone()
    connection.close()
    assert decode(payload).data == call(1).events
