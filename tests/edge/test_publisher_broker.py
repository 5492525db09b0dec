"""The publisher over real brokers: a spool, a connection, and a small store that answers with watermarks."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anxin.clock import SystemClock, monotonic_s
from anxin.config import Broker
from anxin.embedded.nats import Nats
from anxin.event import Call, DeviceStatus, Event
from anxin.vocabulary import Lane
from edge.connection import Connection
from edge.publisher import Publisher
from edge.spool import Entry
from edge.spool_file import open_spool
from tests.edge.support import Store
from tests.support.servers import Mosquitto
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.broker
NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


class Box:
    """A gateway: spool, publisher, connection."""

    def __init__(self, broker: Broker, facility: str, path: Path) -> None:
        self.wake = threading.Event()
        self.spool = open_spool(path, facility, "gw", 8 << 20, NOW)
        self.publisher = Publisher(self.spool, self.wake.set)
        self.connection = Connection(broker, facility, "gw", self.publisher, SystemClock(), user="edge")
        self.connection.start()

    def until(self, reached: Callable[[], bool], hurry_s: float = 0.0) -> None:
        """Work until it is reached. hurry_s: seconds by which waiting is cut short."""
        end = monotonic_s() + PATIENCE_S
        while not reached():
            assert monotonic_s() < end, f"not reached; held {[self.spool.held(lane) for lane in Lane]}"
            self.wake.wait(0.05)
            self.wake.clear()
            self.publisher.step(self.connection, NOW, monotonic_s() + hurry_s)
            self.connection.check()

    def close(self) -> None:
        self.connection.stop()
        self.spool.close()


def data(count: int, first: int = 0) -> list[Entry]:
    return [Entry(Lane.DATA, [DeviceStatus(f"d{n}", NOW, True)]) for n in range(first, first + count)]


def names(events: list[Event]) -> list[str]:
    return [event.device for event in events if isinstance(event, DeviceStatus | Call)]


@pytest.fixture
def facility() -> str:
    return f"edge-{secrets.token_hex(4)}"


@pytest.fixture
def store(broker: Nats | Mosquitto, facility: str) -> Iterator[Store]:
    store = Store(broker.broker, facility)
    yield store
    store.stop()


def test_a_backlog_arrives_in_order_and_leaves_the_spool(
    broker: Nats | Mosquitto, facility: str, store: Store, tmp_path: Path
) -> None:
    box = Box(broker.broker, facility, tmp_path / "spool.db")
    box.spool.write([*data(300), Entry(Lane.URGENT, [Call("sos", NOW)])], NOW)
    box.until(lambda: box.spool.drained)
    # Not always the very first: a broker may deliver the two lanes side by side.
    assert names(store.taken).index("sos") <= 64
    assert [name for name in names(store.taken) if name != "sos"] == [f"d{n}" for n in range(300)]
    box.close()


def test_a_gateway_that_starts_again_learns_from_the_broker_what_the_store_has(
    broker: Nats | Mosquitto, facility: str, store: Store, tmp_path: Path
) -> None:
    box = Box(broker.broker, facility, tmp_path / "spool.db")
    box.spool.write(data(10), NOW)
    box.until(lambda: len(store.taken) == 10)
    box.close()  # nothing was written since, so the file still holds what the store has
    again = Box(broker.broker, facility, tmp_path / "spool.db")
    again.spool.write(data(5, first=10), NOW)
    again.until(lambda: again.spool.drained)
    assert names(store.taken) == [f"d{n}" for n in range(15)]
    again.close()


def test_what_a_deaf_store_missed_is_repeated(
    broker: Nats | Mosquitto, facility: str, store: Store, tmp_path: Path
) -> None:
    box = Box(broker.broker, facility, tmp_path / "spool.db")
    store.deaf = True
    box.spool.write(data(20), NOW)
    box.until(lambda: box.publisher.up)
    box.until(lambda: store.missed >= 20)
    store.deaf = False
    box.until(lambda: box.spool.drained, hurry_s=100.0)
    assert names(store.taken) == [f"d{n}" for n in range(20)]
    box.close()


def test_a_wiped_gateway_is_not_taken_for_a_repeat(
    broker: Nats | Mosquitto, facility: str, store: Store, tmp_path: Path
) -> None:
    for life in range(2):
        box = Box(broker.broker, facility, tmp_path / f"spool-{life}.db")
        box.spool.write(data(3, first=3 * life), NOW)
        box.until(lambda box=box: box.spool.drained)  # type: ignore[misc]
        box.close()
    assert names(store.taken) == [f"d{n}" for n in range(6)]


def test_every_connection_has_a_session_of_its_own_and_its_last_will(
    broker: Nats | Mosquitto, facility: str, store: Store, tmp_path: Path
) -> None:
    box = Box(broker.broker, facility, tmp_path / "spool.db")
    box.until(lambda: len(store.links) == 1)
    cable = box.connection._client._paho.socket()
    assert cable is not None
    with socket.socket(fileno=os.dup(cable.fileno())) as end:
        end.shutdown(socket.SHUT_RDWR)  # no DISCONNECT is sent
    # A word may come twice: where its acknowledgement was cut off with the cable, it is sent again.
    box.until(lambda: store.links[-1].up and store.links[-1].session != store.links[0].session)
    first, second = store.links[0].session, store.links[-1].session
    box.connection.stop()
    box.until(lambda: not store.links[-1].up)
    assert {(link.session, link.up) for link in store.links} == {
        (s, up) for s in (first, second) for up in (True, False)
    }
    assert store.links[-1].session == second
    box.spool.close()
