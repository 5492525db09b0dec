"""Each message is stored once and counts once, on both engines."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta

import pytest

from anxin import event, topic
from anxin.clock import ManualClock
from anxin.db.connect import SERVICE_DOWN, Connection
from anxin.event import Committed, Link
from anxin.log_reader import read
from anxin.log_row import START
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from ingest.intake import Entry
from ingest.quarantine import Quarantine, Refusal
from ingest.writer import Writer
from tests.ingest.support import KEY, at, gap, numbered, raw, sample
from tests.support.databases import TestDatabase
from tests.support.facility_rows import add_facility

pytestmark = pytest.mark.database


@pytest.fixture
def owner(database: TestDatabase) -> Iterator[Connection]:
    with closing(database.connect()) as connection:
        add_facility(connection, "home", gateways=2)
        yield connection


@pytest.fixture
def connection(database: TestDatabase, owner: Connection) -> Iterator[Connection]:
    with closing(database.connect("anxin_ingest")) as one:
        yield one


@pytest.fixture
def writer(connection: Connection, clock: ManualClock) -> Writer:
    return Writer(connection, 0, clock.now())


def stored(connection: Connection, key: LaneKey = KEY) -> list[int]:
    """The numbers of a lane in the log, in the order of arrival; arrivals must be 1, 2, 3 …"""
    rows = connection.execute("select arrival, facility, gateway, lane, epoch, seq from anxin.log order by arrival")
    found = rows.fetchall()
    assert [row[0] for row in found] == list(range(1, len(found) + 1))
    return [row[5] for row in found if LaneKey(*row[1:5]) == key]


def refused(connection: Connection) -> dict[str, int]:
    rows = connection.execute("select reason, sum(count)::int from anxin.quarantine group by reason")
    return dict(rows.fetchall())


def messages(clock: ManualClock, *numbers: int, key: LaneKey = KEY) -> list[Entry]:
    return [numbered(seq, [sample(clock.now())], clock.now(), key) for seq in numbers]


def test_a_batch_is_stored_and_its_lane_told(writer: Writer, owner: Connection, clock: ManualClock) -> None:
    outcome = writer.write(messages(clock, 1, 2, 3), clock.now())
    assert outcome.committed == {KEY: Committed(3)}
    assert stored(owner) == [1, 2, 3]
    (row,) = read(owner, 0, START, rows=1)
    assert (row.received_at, row.payload) == (clock.now(), messages(clock, 1)[0].payload)


def test_repeats_and_disorder_change_nothing(writer: Writer, owner: Connection, clock: ManualClock) -> None:
    writer.write(messages(clock, 2, 1, 2, 1, 3), clock.now())
    outcome = writer.write(messages(clock, 3, 1, 2), clock.now())
    assert (outcome.stored, outcome.repeats, outcome.committed) == (0, 3, {KEY: Committed(3)})
    assert stored(owner) == [1, 2, 3]


def test_a_jump_is_asked_for_again_once_a_second(writer: Writer, owner: Connection, clock: ManualClock) -> None:
    writer.write(messages(clock, 1), clock.now())
    assert writer.write(messages(clock, 3, 4), clock.now()).committed == {KEY: Committed(1, resend=True)}
    assert writer.write(messages(clock, 5), clock.now()).committed == {}
    clock.forward(timedelta(seconds=1))
    assert writer.write(messages(clock, 6), clock.now()).committed == {KEY: Committed(1, resend=True)}
    assert writer.write(messages(clock, 2, 3, 5), clock.now()).committed == {KEY: Committed(3, resend=True)}
    assert stored(owner) == [1, 2, 3]


def test_an_unknown_epoch_begins_at_one(writer: Writer, owner: Connection, clock: ManualClock) -> None:
    wiped = LaneKey("home", "gw-1", Lane.DATA, "e2")
    writer.write(messages(clock, 1, 2), clock.now())
    outcome = writer.write(messages(clock, 1, key=wiped), clock.now())
    assert outcome.committed == {wiped: Committed(1)}
    assert stored(owner, wiped) == [1]


def test_a_gap_moves_the_watermark_over_what_is_lost(writer: Writer, owner: Connection, clock: ManualClock) -> None:
    writer.write(messages(clock, 1), clock.now())
    outcome = writer.write([gap(2, 9, clock.now()), *messages(clock, 10)], clock.now())
    assert (outcome.gaps, outcome.committed) == (1, {KEY: Committed(10)})
    assert stored(owner) == [1, 9, 10]


def test_poison_counts_as_committed_and_is_kept(writer: Writer, owner: Connection, clock: ManualClock) -> None:
    bad = [raw(1, b"\x00\xff not json"), raw(2, b'{"id":"\\u0000"}'), raw(3, b"x" * 300_000)]
    outcome = writer.write([*bad, *messages(clock, 4)], clock.now())
    assert (outcome.quarantined, outcome.committed) == (3, {KEY: Committed(4)})
    assert stored(owner) == [4]
    assert refused(owner) == {"not_json": 1, "not_contract": 1, "too_large": 1}
    writer.write(bad, clock.now())
    assert refused(owner)["not_json"] == 1


def test_a_newer_schema_waits_at_the_edge_until_ingest_is_updated(
    writer: Writer, owner: Connection, clock: ManualClock
) -> None:
    """It is not committed, so that the edge keeps it and rings on site; it is said; and nobody is asked to hurry."""
    newer = [
        raw(n, event.encode(event.compose(KEY, n, clock.now(), [])).replace(b'"schemaversion":1', b'"schemaversion":9'))
        for n in (2, 3)
    ]
    outcome = writer.write([*messages(clock, 1), *newer], clock.now())
    assert (outcome.too_new, outcome.committed) == (1, {KEY: Committed(1)})
    clock.forward(timedelta(seconds=5))
    assert writer.write(newer, clock.now()).committed == {}
    assert (stored(owner), refused(owner)) == ([1], {"schema_newer": 2})
    # Updated, it understands both.
    assert writer.write(messages(clock, 2, 3), clock.now()).committed == {KEY: Committed(3)}
    assert stored(owner) == [1, 2, 3]


def test_strangers_are_kept_apart_and_do_not_block(writer: Writer, owner: Connection, clock: ManualClock) -> None:
    stranger = LaneKey("home", "gw-9", Lane.DATA, "e1")
    nowhere = LaneKey("nowhere", "gw-1", Lane.DATA, "e1")
    batch = [*messages(clock, 1, key=stranger), *messages(clock, 1, key=nowhere), *messages(clock, 1)]
    batch += [at("anxin/v1/Home/gw-1/data/e/1", b"x"), at(topic.link("home", "gw-9"), b"x")]
    outcome = writer.write(batch, clock.now())
    assert outcome.committed == {stranger: Committed(1), nowhere: Committed(1), KEY: Committed(1)}
    assert refused(owner) == {"unknown_gateway": 2, "unknown_facility": 1, "bad_topic": 1}
    assert stored(owner) == [1]


def test_a_gateway_registered_later_is_known_soon(writer: Writer, owner: Connection, clock: ManualClock) -> None:
    late = LaneKey("annex", "gw-1", Lane.DATA, "e1")
    writer.write(messages(clock, 1, key=late), clock.now())
    add_facility(owner, "annex")
    clock.forward(timedelta(seconds=6))
    writer.write(messages(clock, 2, key=late), clock.now())
    assert stored(owner, late) == [2]


def test_a_gateway_taken_away_is_refused_once_somebody_says_so(
    writer: Writer, owner: Connection, clock: ManualClock
) -> None:
    """Long before the names would be read again anyway: the word comes with the answers to the next batch."""
    writer.write(messages(clock, 1), clock.now())
    owner.execute("update anxin.gateway set active = false")
    owner.execute("notify anxin_directory")
    writer.write(messages(clock, 2), clock.now())
    assert writer.write(messages(clock, 3), clock.now()).quarantined == 1
    assert refused(owner) == {"unknown_facility": 1}  # it had no other


def test_another_partition_is_left_alone(writer: Writer, owner: Connection, clock: ManualClock) -> None:
    add_facility(owner, "other", partition=1)
    other = LaneKey("other", "gw-1", Lane.DATA, "e1")
    clock.forward(timedelta(seconds=6))
    writer.write(messages(clock, 1, key=LaneKey("nowhere", "g", Lane.DATA, "e")), clock.now())
    outcome = writer.write(messages(clock, 1, key=other), clock.now())
    assert (outcome.foreign, outcome.committed) == (1, {})
    assert stored(owner, other) == []


def test_a_link_state_is_logged_without_a_number(writer: Writer, owner: Connection, clock: ManualClock) -> None:
    up = event.encode(Link(True, "s1", clock.now()))
    writer.write([at(topic.link("home", "gw-1"), up), at(topic.link("home", "gw-1"), b"?")], clock.now())
    assert owner.execute("select lane, epoch, seq, payload from anxin.log").fetchall() == [("link", "s1", 0, up)]
    assert refused(owner) == {"link_not_contract": 1}


def test_receipt_times_do_not_run_backwards_in_small_steps(
    writer: Writer, owner: Connection, clock: ManualClock
) -> None:
    first = clock.now()
    writer.write(messages(clock, 1), first)
    writer.write(messages(clock, 2), clock.forward(timedelta(minutes=-30)))
    writer.write(messages(clock, 3), clock.forward(timedelta(minutes=40)))
    times = [row[0] for row in owner.execute("select received_at from anxin.log order by arrival")]
    assert times == [first, first, clock.now()]


def test_a_clock_put_back_by_a_year_hides_nothing(writer: Writer, owner: Connection, clock: ManualClock) -> None:
    """Nor do the times stay wrong for a year; a reader that stands in the future reads on."""
    clock.forward(timedelta(days=365))
    writer.write(messages(clock, 1, 2), clock.now())
    first, second = read(owner, 0, START)
    writer.write(messages(clock, 3), clock.forward(timedelta(days=-365)))
    writer.write(messages(clock, 4), clock.forward(timedelta(days=400)))
    for position, later in ((START, [1, 2, 3, 4]), (first.position, [2, 3, 4]), (second.position, [3, 4])):
        assert [row.seq for row in read(owner, 0, position)] == later
    third = read(owner, 0, second.position)[0]
    assert third.received_at == clock.now() - timedelta(days=400)
    assert [row.seq for row in read(owner, 0, third.position)] == [4]


def test_a_batch_cut_off_is_written_once(
    database: TestDatabase, owner: Connection, writer: Writer, connection: Connection, clock: ManualClock
) -> None:
    writer.write(messages(clock, 1), clock.now())
    with owner.transaction():  # holds the writer between its begin and its COPY
        owner.execute("lock anxin.ingest_partition in exclusive mode")
        pid = connection.info.backend_pid
        failed: list[bool] = []

        def write() -> None:
            with suppress(*SERVICE_DOWN):
                writer.write(messages(clock, 2, 3), clock.now())
                return
            failed.append(True)

        thread = threading.Thread(target=write)
        thread.start()
        with database.connect() as other:
            while not other.execute("select 1 from pg_locks where pid = %s and not granted", (pid,)).fetchone():
                pass
            other.execute("select pg_terminate_backend(%s)", (pid,))
        thread.join()
    assert failed == [True]
    assert stored(owner) == [1]
    with closing(database.connect("anxin_ingest")) as again:
        outcome = Writer(again, 0, clock.now()).write(messages(clock, 2, 3), clock.now())
    assert outcome.committed == {KEY: Committed(3)}
    assert stored(owner) == [1, 2, 3]


def test_two_ingests_by_mistake_store_each_message_once(
    database: TestDatabase, owner: Connection, clock: ManualClock
) -> None:
    lanes = [LaneKey("home", gateway, Lane.DATA, "e1") for gateway in ("gw-1", "gw-2")]

    def run() -> None:
        with closing(database.connect("anxin_ingest")) as mine:
            writer = Writer(mine, 0, clock.now())
            for seq in range(1, 40, 3):
                batch = [one for key in lanes for one in messages(clock, seq, seq + 1, seq + 2, key=key)]
                writer.write(batch, clock.now())

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [stored(owner, key) for key in lanes] == [list(range(1, 40))] * 2


def test_a_stale_memory_is_corrected_by_the_database(
    database: TestDatabase, owner: Connection, writer: Writer, clock: ManualClock
) -> None:
    """What another writer stored must not be asked for again, nor an old watermark be published."""
    writer.write(messages(clock, 1), clock.now())
    with closing(database.connect("anxin_ingest")) as other:
        Writer(other, 0, clock.now()).write(messages(clock, 2, 3, 4), clock.now())
    assert writer.write(messages(clock, 6), clock.now()).committed == {KEY: Committed(4, resend=True)}
    assert writer.write(messages(clock, 5), clock.now()).committed == {KEY: Committed(5)}


@pytest.mark.parametrize(("gateway_rows", "rows", "kept"), [(3, 100, 3 * (3 + 1)), (100, 5, 5 + 1)])
def test_quarantine_is_bounded_and_counts_everything(
    connection: Connection, owner: Connection, clock: ManualClock, gateway_rows: int, rows: int, kept: int
) -> None:
    for gateway in ("a", "b", "c"):
        quarantine = Quarantine(connection, gateway_rows, rows)  # what an earlier one wrote counts
        refusals = [Refusal("home", gateway, "t", "not_json", "d", str(number).encode()) for number in range(10)]
        with connection.transaction():
            assert quarantine.put(refusals, clock.now()) == 10
    found = owner.execute("select count(*), sum(count) from anxin.quarantine").fetchone()
    assert found == (kept, 30)
