"""Spool and publisher against the store's acceptance rule over the worst network: stored once, or a declared gap.

The network loses, repeats and reorders in both directions; either side restarts, ingest also between its commit and its
answer; the store is restored from a backup; the spool is wiped, damaged or runs full. After all that the network heals,
and then every message must be in the store exactly once, in order, or stand under a gap the store knows; only what a
wiped spool held may be missing without a word. What is urgent is never dropped for want of room.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from anxin import topic
from anxin.event import Call, Committed, DeviceStatus, Event, Gap, decode, encode
from anxin.mqtt import Received
from anxin.topic import LaneKey, MessageTopic
from anxin.vocabulary import Lane
from edge.publisher import Publisher
from edge.spool import Entry, Spool
from edge.spool_file import open_spool
from ingest.watermark import Verdict, judge

MEMORY = Path("/dev/shm")  # where the system has it: a hundred worlds on a busy disk take their time
START = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


@dataclass
class Store:
    """A store in memory that takes messages by ingest's own rule."""

    marks: dict[LaneKey, int] = field(default_factory=dict)
    log: list[tuple[LaneKey, int, Event]] = field(default_factory=list)

    def take(self, name: str, payload: bytes) -> tuple[LaneKey, Committed]:
        address = topic.parse(name)
        assert isinstance(address, MessageTopic)
        judgement = judge(self.marks.get(address.key, 0), address.seq, payload)
        assert judgement.verdict is not Verdict.QUARANTINE, judgement.detail
        if judgement.verdict in (Verdict.STORE, Verdict.GAP):
            self.log += [(address.key, address.seq, event) for event in decode(payload).data]
            self.marks[address.key] = judgement.watermark
        return address.key, Committed(judgement.watermark, resend=judgement.verdict is Verdict.JUMP)


@dataclass
class Net:
    """Messages and watermarks under way, and what the broker retains. It is the publisher's connection, too."""

    up: bool = False
    there: list[tuple[str, bytes]] = field(default_factory=list)
    back: list[tuple[str, bytes]] = field(default_factory=list)
    retained: dict[str, bytes] = field(default_factory=dict)

    def publish(self, name: str, payload: bytes) -> bool:
        if self.up:
            self.there.append((name, payload))
        return self.up

    def ack(self, received: Received) -> None:
        pass


class World:
    """One gateway, one store, one bad network. `ops` names what may happen to them."""

    def __init__(self, folder: Path) -> None:
        self.path, self.net, self.store, self.backup = folder / "spool.db", Net(), Store(), Store()
        self.now, self.made, self.wiped = START, itertools.count(1), set[str]()
        self.torn: dict[str, LaneKey] = {}  # message in a damaged spool → the lane that must tell of it
        self.sent: dict[str, tuple[LaneKey, int]] = {}
        self.spool = self._open()
        self.publisher = self._publisher()

    def _open(self) -> Spool:
        spool = open_spool(self.path, "home", "gw", 1 << 20, self.now)
        spool._db.execute("pragma synchronous = off")  # speed: no test here cuts the power
        spool._data_limit = 8_000
        return spool

    def _publisher(self) -> Publisher:
        return Publisher(self.spool, lambda: None, window=4)

    def step(self) -> None:
        self.publisher.step(self.net, self.now, (self.now - START).total_seconds())

    def write(self, lane: Lane, count: int) -> None:
        for _ in range(count):
            name = f"m{next(self.made)}"
            event: Event = Call(name, self.now) if lane is Lane.URGENT else DeviceStatus(name, self.now, True)
            number = self.spool.write([Entry(lane, [event])], self.now)[0]
            self.sent[name] = self.spool.key(lane), number
        self.step()

    def urgent(self, count: int) -> None:
        self.write(Lane.URGENT, count)

    def data(self, count: int) -> None:
        self.write(Lane.DATA, count)

    def flood(self, count: int) -> None:
        self.write(Lane.DATA, 15 * count)

    def deliver(self, count: int) -> None:
        for name, payload in self.net.there[:count]:
            key, committed = self.store.take(name, payload)
            mark = (topic.committed(key), encode(committed))
            self.net.retained[mark[0]] = encode(Committed(committed.seq))
            self.net.back.append(mark)
        del self.net.there[:count]

    def answer(self, count: int) -> None:
        for name, payload in self.net.back[:count]:
            self.publisher.on_message(Received(name, payload, False, False, 1, 1))
        del self.net.back[:count]
        self.step()

    def lose(self, count: int) -> None:
        del self.net.there[:count]

    def lose_answer(self, count: int) -> None:
        del self.net.back[:count]

    def repeat(self, count: int) -> None:
        self.net.there += self.net.there[:count]
        self.net.back += self.net.back[:count]

    def reorder(self, count: int) -> None:
        self.net.there = self.net.there[count:] + self.net.there[:count]
        self.net.back = self.net.back[count:] + self.net.back[:count]

    def wait(self, count: int) -> None:
        self.now += timedelta(seconds=4 * count)
        self.step()

    def connect(self, _count: int) -> None:
        self.net.up = True
        self.publisher.on_link(True)
        for name, payload in self.net.retained.items():
            self.publisher.on_message(Received(name, payload, True, False, 1, 1))
        self.step()

    def disconnect(self, _count: int) -> None:
        self.net.up = False
        self.publisher.on_link(False)
        self.step()

    def broker_forgets(self, _count: int) -> None:
        self.disconnect(1)
        self.net.there, self.net.back, self.net.retained = [], [], {}

    def edge_restarts(self, _count: int) -> None:
        self.net.up = False
        self.spool.close()  # a second close does no harm
        self.spool = self._open()
        self.publisher = self._publisher()

    def spool_is_wiped(self, _count: int) -> None:
        self.wiped |= set(self.sent)
        self.spool.close()
        for file in self.path.parent.iterdir():
            file.unlink()
        self.spool = self._open()
        self.publisher = self._publisher()
        self.net.up = False

    def spool_is_damaged(self, _count: int) -> None:
        self.net.up = False
        self.spool.close()
        with self.path.open("r+b") as file:
            file.write(b"\xa5" * 30_000)
        self.spool = self._open()
        self.publisher = self._publisher()
        self.torn = {name: self.spool.key(key.lane) for name, (key, _) in self.sent.items()}

    def ingest_dies_after_its_commit(self, count: int) -> None:
        """Nobody hears of the commit, and the broker delivers the batch again."""
        for name, payload in self.net.there[:count]:
            self.store.take(name, payload)

    def back_up(self, _count: int) -> None:
        self.backup = Store(dict(self.store.marks), list(self.store.log))

    def restore(self, _count: int) -> None:
        self.store = Store(dict(self.backup.marks), list(self.backup.log))

    def heal(self) -> None:
        """Let the network work until nothing is held."""
        self.connect(1)
        # Idle lanes hear of a restored store with their next message; a gateway's heartbeat is one.
        self.urgent(1)
        self.data(1)
        for _ in range(400):
            self.deliver(len(self.net.there))
            self.answer(len(self.net.back))
            if not any(self.spool.held(lane) for lane in Lane) and not self.net.there:
                return
            if not self.net.there:
                self.wait(16)
        raise AssertionError(f"still held: {[self.spool.held(lane) for lane in Lane]}, marks {self.store.marks}")


OPS: tuple[Callable[[World, int], None], ...] = (
    World.urgent, World.data, World.flood, World.deliver, World.answer, World.lose, World.lose_answer, World.repeat,
    World.reorder, World.wait, World.connect, World.disconnect, World.broker_forgets, World.edge_restarts,
    World.spool_is_wiped, World.spool_is_damaged, World.ingest_dies_after_its_commit, World.back_up, World.restore,
)  # fmt: skip
PROGRAM = st.lists(st.tuples(st.sampled_from(OPS), st.integers(1, 6)), max_size=40)


def covers(declared: tuple[LaneKey, Gap], key: LaneKey, seq: int) -> bool:
    return declared[0] == key and declared[1].first <= seq <= declared[1].last


def check(world: World) -> None:
    found = [event.device for _, _, event in world.store.log if isinstance(event, Call | DeviceStatus)]
    assert len(found) == len(set(found)), "stored twice"
    for key in {key for key, _, _ in world.store.log}:
        numbers = [seq for entry, seq, _ in world.store.log if entry == key]
        assert numbers == sorted(numbers), "out of order"
    missing = set(world.sent) - set(found) - world.wiped
    gaps = [(key, event) for key, _, event in world.store.log if isinstance(event, Gap)]
    told = {key for key, gap in gaps if "spool_damaged" in gap.reason}
    unexplained = [
        name
        for name in missing
        if world.torn.get(name) not in told and not any(covers(gap, *world.sent[name]) for gap in gaps)
    ]
    assert not unexplained, f"neither stored nor declared: {unexplained}"
    dropped = [gap for key, gap in gaps if key.lane is Lane.URGENT and "full" in gap.reason]
    assert not dropped, "what is urgent was dropped for want of room"
    covered: dict[LaneKey, int] = {}
    for key, seq, event in world.store.log:
        first = event.first if isinstance(event, Gap) else seq
        assert first <= covered.get(key, 0) + 1, f"{key}: a jump before {seq}"
        covered[key] = seq


@settings(max_examples=120, deadline=None)
@given(PROGRAM)
def test_every_message_is_stored_once_or_declared_missing(
    program: list[tuple[Callable[[World, int], None], int]],
) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        world = World(Path(folder))
        for op, count in program:
            op(world, count)
        world.heal()
        check(world)
        world.spool.close()


def test_without_trouble_nothing_is_missing_and_nothing_is_sent_twice(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.spool._data_limit = 1 << 20
    world.connect(1)
    for _ in range(10):
        world.urgent(2)
        world.data(3)
        assert len(world.net.there) == 5
        world.deliver(5)
        world.answer(5)
    names = [event.device for _, _, event in world.store.log if isinstance(event, Call | DeviceStatus)]
    assert sorted(names) == sorted(world.sent)
    world.spool.close()


def test_an_urgent_message_overtakes_a_backlog(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.data(20)
    world.urgent(1)
    world.connect(1)
    assert "/urgent/" in world.net.there[0][0]
    assert len(world.net.there) == 1 + 4
    world.spool.close()


def test_a_restored_database_is_told_what_the_gateway_no_longer_has(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.connect(1)
    world.back_up(1)
    world.data(3)
    world.deliver(3)
    world.answer(3)
    world.restore(1)
    world.heal()
    gaps = [event for _, _, event in world.store.log if isinstance(event, Gap)]
    assert [(gap.first, gap.last, gap.reason) for gap in gaps] == [(1, 3, "store_lost")]
    world.spool.close()


def test_an_old_copy_of_the_spool_loses_nothing_new(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.connect(1)
    world.data(2)
    copy = world.path.read_bytes(), (wal := Path(f"{world.path}-wal")).read_bytes()
    world.data(5)
    for _ in range(3):
        world.deliver(7)
        world.answer(7)
    assert len(world.store.log) == 7
    world.spool.close()
    world.path.write_bytes(copy[0])
    wal.write_bytes(copy[1])
    world.edge_restarts(1)
    world.data(3)
    world.heal()
    check(world)
    world.spool.close()
