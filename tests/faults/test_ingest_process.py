"""Ingest as a process on every broker and engine: whatever is killed or cut, each message is in the store once."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from anxin.db.connect import Connection, connect
from anxin.embedded.nats import Nats
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from tests.benchmarks.measuring import family
from tests.support.databases import TestDatabase
from tests.support.facility_rows import add_facility
from tests.support.ingest_process import Gateway, IngestProcess
from tests.support.servers import Mosquitto, start_broker
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.database, pytest.mark.broker, pytest.mark.system]

# Every broker and every engine, but not each with each: ingest's two sides meet only in its queue.
everywhere = pytest.mark.parametrize(
    ("broker", "database"), [("nats", "native"), ("mosquitto", "timescale")], indirect=True
)
# The shared broker keeps a session per partition: each test takes its own.
_partitions = itertools.count(100)
_HOLD = """
create function hold() returns trigger language plpgsql as $$
begin perform pg_advisory_xact_lock_shared(7); return null; end $$;
create constraint trigger hold after insert or update on anxin.watermark {} for each row execute function hold();
grant execute on function hold to anxin_ingest;
"""


class World:
    """A facility of this test's own, on the shared broker and a fresh store."""

    def __init__(self, folder: Path, database: TestDatabase, broker: Nats | Mosquitto) -> None:
        self.database, self.broker, self.folder = database, broker, folder
        self.facility = f"f{folder.name.lower().replace('_', '-')}"[-60:]
        self.owner = database.connect()
        partition = next(_partitions)
        add_facility(self.owner, self.facility, gateways=2, partition=partition)
        settings = {"facilities": [self.facility], "project_s": 0.1, "partition": partition}
        self.ingest = IngestProcess(folder, database.settings, broker.broker, **settings)
        self.gateways: list[Gateway] = []

    def gateway(self, number: int, messages: int, lane: Lane = Lane.DATA) -> Gateway:
        gateway = Gateway(self.broker.broker, LaneKey(self.facility, f"gw-{number}", lane, "e1"), messages)
        gateway.start()
        self.gateways.append(gateway)
        return gateway

    def cut_store(self) -> None:
        """Cut every connection that ingest has."""
        self.owner.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and application_name = 'anxin_ingest'"
        )

    def stored(self, gateway: int = 1) -> list[int]:
        rows = self.owner.execute(
            "select seq from anxin.log where facility = %s and gateway = %s order by arrival",
            (self.facility, f"gw-{gateway}"),
        )
        return [row[0] for row in rows]

    def projected(self) -> int:
        """How many messages the projections have behind them."""
        row = self.owner.execute("select arrival from anxin.cursor where consumer = 'projector'").fetchone()
        return row[0] if row is not None else 0

    def close(self) -> None:
        for gateway in self.gateways:
            gateway.stop()
        code = self.ingest.stop()
        self.owner.close()
        assert code == 0


@pytest.fixture
def world(tmp_path: Path, database: TestDatabase, broker: Nats | Mosquitto) -> Iterator[World]:
    with closing(World(tmp_path, database, broker)) as one:
        yield one


def in_hold(owner: Connection) -> bool:
    """Whether ingest stands in the trigger, held by the test's lock."""
    found = owner.execute("select 1 from pg_locks where locktype = 'advisory' and objid = 7 and not granted")
    return found.fetchone() is not None


@everywhere
def test_connections_cut_in_mid_stream(world: World) -> None:
    world.ingest.start()
    one, two = world.gateway(1, 400), world.gateway(2, 100, Lane.URGENT)
    for number in range(1, 5):
        one.push(number * 100)
        world.cut_store()
        one.send_until(number * 100)
        two.send_until(number * 25)
    assert world.stored(1) == list(range(1, 401))
    assert world.stored(2) == list(range(1, 101))


@everywhere
@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
def test_killed_in_mid_batch(world: World, moment: str) -> None:
    """A trigger holds the transaction either before its COMMIT, or in it, with nobody left to hear of it."""
    deferred = "deferrable initially deferred" if moment == "after the commit" else ""
    world.owner.execute(_HOLD.format(deferred))
    world.ingest.start()
    one = world.gateway(1, 60)
    one.send_until(20)
    with world.database.connect() as holder:
        holder.execute("select pg_advisory_lock(7)")
        one.push(40)
        wait_for(lambda: in_hold(world.owner), "ingest in its transaction")
        world.ingest.kill()
    assert one.watermark == 20
    world.ingest.start()
    one.send_until(60)
    assert world.stored() == list(range(1, 61))


@everywhere
def test_a_store_that_is_away_is_waited_for(world: World) -> None:
    world.ingest.start()
    one = world.gateway(1, 40)
    one.send_until(10)
    name = world.database.settings.name
    with closing(
        connect(msgspec.structs.replace(world.database.settings, name="postgres"), world.database.settings.owner)
    ) as admin:
        admin.autocommit = True
        admin.execute(f'alter database "{name}" allow_connections false')
        world.cut_store()
        one.push(40)
        world.ingest.wait_log("ingest not ready")
        admin.execute(f'alter database "{name}" allow_connections true')
    one.send_until(40)
    assert world.stored() == list(range(1, 41))


@everywhere
def test_link_states_and_heartbeats_reach_the_store(world: World) -> None:
    world.ingest.start()
    one = world.gateway(1, 3)
    one.send_until(2)
    one.tell_link(up=True, session="s2")
    one.tell_link(up=False, session="s1")  # an old connection's will, late
    one.send_until(3)
    state = "select up, session, heard_at is not null from anxin.gateway_state"
    wait_for(lambda: world.owner.execute(state).fetchall() == [(True, "s2", True)], "the gateway's state")
    one.tell_link(up=False, session="s2")
    wait_for(lambda: world.owner.execute(state).fetchall() == [(False, "s2", True)], "the link's end")


@everywhere
def test_a_poisoned_and_flooding_gateway_does_not_hold_up_another(world: World) -> None:
    world.ingest.start()
    flood, good = world.gateway(1, 1), world.gateway(2, 50)
    for seq in range(1, 2_000):
        flood.publish(seq, b"\x00 not of the contract %d" % seq)
    good.send_until(50)
    assert world.stored(2) == list(range(1, 51))
    rows = world.owner.execute("select count(*), sum(count) from anxin.quarantine").fetchone()
    assert rows is not None
    assert rows[0] <= 501


def test_a_broker_that_forgot_everything(tmp_path: Path, embedded_database: TestDatabase) -> None:
    """Mosquitto without persistence: sessions, retained watermarks and what was under way are gone."""
    broker = start_broker("mosquitto", tmp_path / "broker")
    with closing(World(tmp_path, embedded_database, broker)) as world:
        world.ingest.start()
        one = world.gateway(1, 300)
        one.send_until(100)
        one.push(150)
        broker.child.kill()
        broker.start()
        one.send_until(300)
        assert world.stored() == list(range(1, 301))
    broker.stop()


@everywhere
def test_projections_follow_whoever_is_killed(world: World) -> None:
    """The projections' process ends with a killed ingest; an ingest whose projections were killed ends, to be started
    again. Every sample is readable once."""
    one = world.gateway(1, 90)
    world.ingest.start()
    one.send_until(30)
    wait_for(lambda: world.projected() == 30, "the first messages are projected")
    (projector,) = family(world.ingest.pid)[1:]
    world.ingest.kill()
    wait_for(lambda: not Path(f"/proc/{projector}").exists(), "the projector ends with its parent")
    world.ingest.start()
    one.send_until(60)
    wait_for(lambda: world.projected() == 60, "what came while nothing was packed is projected")
    (projector,) = family(world.ingest.pid)[1:]
    os.kill(projector, signal.SIGKILL)
    world.ingest.wait_log("the projections' process ended with -9")
    assert world.ingest.stop() != 0
    world.ingest.start()
    one.send_until(90)
    wait_for(lambda: world.projected() == 90, "everything is projected")
    assert world.ingest.stop() == 0
    packed = world.owner.execute("select sum(n) from anxin.observation_pack").fetchone()
    assert packed == (90,), "packed at the end, once"
