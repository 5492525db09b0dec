"""NATS, the embedded broker, is a cluster engine: three servers, three replicas, one killed while gateways send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from anxin.config import Broker
from anxin.embedded.child import Child
from anxin.embedded.nats import _binary
from anxin.embedded.postgres import free_port
from anxin.mqtt import Client
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from tests.support.databases import TestDatabase
from tests.support.facility_rows import add_facility
from tests.support.ingest_process import Gateway, IngestProcess
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.database, pytest.mark.broker, pytest.mark.system]
MESSAGES = 300


class Cluster:
    """Three servers on loopback, with JetStream, whose streams stand on all of them."""

    def __init__(self, folder: Path) -> None:
        self.ports = [free_port() for _ in range(3)]
        routes = [free_port() for _ in range(3)]
        self.servers = [self._server(folder, number, routes) for number in range(3)]

    def _server(self, folder: Path, number: int, routes: list[int]) -> Child:
        settings = {
            "server_name": f"anxin-{number}",
            "host": "127.0.0.1",
            "port": free_port(),
            "jetstream": {"store_dir": str(folder / f"store-{number}")},
            "cluster": {
                "name": "anxin", "host": "127.0.0.1", "port": routes[number],
                "routes": [f"nats-route://127.0.0.1:{port}" for port in routes],
            },
            "mqtt": {
                "host": "127.0.0.1", "port": self.ports[number], "ack_wait": "60s", "max_ack_pending": 5_000,
                "stream_replicas": 3,
            },
        }  # fmt: skip
        file = folder / f"nats-{number}.conf"
        file.write_text(json.dumps(settings))
        return Child(f"nats-{number}", [_binary(), "-c", str(file)], log=folder / f"nats-{number}.log")

    def broker(self, number: int) -> Broker:
        return Broker(port=self.ports[number])

    def start(self) -> None:
        """Start them all and wait until each lets a client in, which needs an agreed leader."""
        for server in self.servers:
            server.start()
        for number, server in enumerate(self.servers):
            self._wait(number, server)

    def _wait(self, number: int, server: Child) -> None:
        def lets_in() -> bool:
            assert server.running(), server.log
            client = Client(self.broker(number), f"probe-{number}", subscriptions=("anxin/probe",))
            client.start()
            up = client.wait_up(3)
            client.stop()
            return up

        wait_for(lets_in, f"a leader: {server.log}")

    def stop(self) -> None:
        for server in self.servers:
            server.stop()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with ExitStack() as stack:
        one = Cluster(tmp_path)
        stack.callback(one.stop)
        one.start()
        yield one


@pytest.mark.parametrize("lane", [Lane.DATA, Lane.URGENT])
def test_a_killed_server_of_three_loses_nothing(
    cluster: Cluster, embedded_database: TestDatabase, tmp_path: Path, lane: Lane
) -> None:
    with embedded_database.connect() as owner, ExitStack() as stack:
        add_facility(owner, "home", devices=1)
        ingest = IngestProcess(tmp_path, embedded_database.settings, cluster.broker(0))
        stack.callback(ingest.stop)
        ingest.start()
        gateway = Gateway(cluster.broker(1), LaneKey("home", "gw-1", lane, "e1"), MESSAGES)
        stack.callback(gateway.stop)
        gateway.start()
        gateway.send_until(MESSAGES // 3)
        gateway.push(MESSAGES // 2)
        cluster.servers[2].kill()
        gateway.send_until(MESSAGES)
        stored = owner.execute("select seq from anxin.log where lane = %s order by seq", (lane.value,)).fetchall()
        assert [seq for (seq,) in stored] == list(range(1, MESSAGES + 1))
