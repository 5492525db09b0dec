"""Ingest under pressure: killed again and again while it packs, and with a full queue before a store that is away."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from anxin.config import Ingest, Settings
from anxin.db.connect import connect
from anxin.embedded.nats import Nats
from anxin.service import Service
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from ingest.intake import Intake
from ingest.service import IngestService
from tests.support.databases import TestDatabase
from tests.support.facility_rows import add_facility
from tests.support.ingest_process import Gateway, IngestProcess
from tests.support.servers import Mosquitto, start_broker
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.database, pytest.mark.broker, pytest.mark.system]


def test_killed_while_packing_every_sample_is_reported_once(tmp_path: Path, database: TestDatabase) -> None:
    broker = start_broker("nats", tmp_path / "broker")
    ingest = IngestProcess(tmp_path, database.settings, broker.broker, pack_s=0.2, project_s=0.02)
    gateway = Gateway(broker.broker, LaneKey("home", "gw-1", Lane.DATA, "e1"), 400)
    with closing(database.connect()) as owner:
        add_facility(owner, "home")
        ingest.start()
        gateway.start()
        for seq in range(50, 401, 50):
            gateway.send_until(seq)
            ingest.kill()
            ingest.start()
        shown = "select count(*), count(distinct value), min(value), max(value) from report.observation"
        wait_for(lambda: owner.execute(shown).fetchone() == (400, 400, 50.0, 89.9), "all packed")
        assert owner.execute("select count(*) from report.current").fetchone() == (1,)
    gateway.stop()
    assert ingest.stop() == 0
    broker.stop()


@pytest.fixture
def handlers() -> Iterator[None]:
    """A Service takes over the signals of the process: give them back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
def test_a_full_queue_waits_for_the_store(broker: Nats | Mosquitto, embedded_database: TestDatabase) -> None:
    """With room for five messages and no store, the broker's thread waits; nothing is lost, nothing comes twice."""
    store = embedded_database.settings
    settings = Settings(store, broker.broker, ingest=Ingest(partition=90, facilities=("full",)))
    intake = Intake(messages=5)
    key = LaneKey("full", "gw-1", Lane.DATA, f"e-{type(broker).__name__.lower()}")
    gateway = Gateway(broker.broker, key, 60)
    service = Service("ingest")
    parts = IngestService(settings, intake)
    failures: list[BaseException] = []

    def steps() -> None:
        with (
            closing(embedded_database.connect()) as owner,
            closing(connect(msgspec.structs.replace(store, name="postgres"), store.owner, autocommit=True)) as admin,
        ):
            gateway.send_until(10)
            admin.execute(f"alter database {store.name} allow_connections false")
            owner.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'anxin_ingest'")
            gateway.push(60)
            wait_for(lambda: not parts.ready and len(intake) == 5, "a full queue")
            admin.execute(f"alter database {store.name} allow_connections true")
            gateway.send_until(60)
            rows = owner.execute("select seq from anxin.log order by arrival").fetchall()
            assert [row[0] for row in rows] == list(range(1, 61))

    def guarded() -> None:
        try:
            steps()
        except BaseException as error:  # noqa: BLE001  raised again by the test
            failures.append(error)
        service.stop.set()

    with closing(embedded_database.connect()) as owner:
        add_facility(owner, "full", partition=90)
    gateway.start()
    parts.start(service)
    thread = threading.Thread(target=guarded)
    thread.start()
    code = service.run()
    thread.join()
    gateway.stop()
    if failures:
        raise failures[0]
    assert code == 0
