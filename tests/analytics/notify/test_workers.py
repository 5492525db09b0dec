"""The threads themselves: woken by an alert, alive when the store goes away, stopped when told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from analytics.alerts import rounds, store
from analytics.finding import Change, Finding
from analytics.notify import workers
from anxin.clock import ManualClock
from anxin.config import Analytics, Database, Settings
from anxin.embedded.postgres import free_port
from anxin.service import Service
from anxin.vocabulary import AlertKind
from tests.support.databases import TestDatabase
from tests.support.home import Home, build
from tests.support.receiver import Receiver
from tests.support.waiting import PATIENCE_S

pytestmark = pytest.mark.database
NOW = datetime(2026, 3, 1, 18, 10, tzinfo=UTC)


@contextmanager
def running(settings: Settings) -> Iterator[Service]:
    """All workers in threads, as in the process."""
    service = Service("test")
    workers.start(service, settings, ManualClock(NOW))
    yield service
    service.stop.set()
    for thread in threading.enumerate():
        if thread.name == "escalation" or thread.name.startswith("notify-"):
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


def press(database: TestDatabase, home: Home, bed: str) -> None:
    with database.connect("anxin_analytics") as connection, connection.transaction():
        store.apply(connection, [Finding(AlertKind.SOS_CALL, home.in_bed(bed), Change.BEGAN, NOW, "pressed")], NOW)


def test_workers_tell_and_outlive_a_lost_connection(database: TestDatabase, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a shared secret of the two")
    with database.connect() as owner, Receiver() as receiver:
        home = build(owner)
        analytics = Analytics(webhook_url=receiver.url, webhook_secret=str(tmp_path / "secret"))
        with running(Settings(database=database.settings, analytics=analytics)) as service:
            press(database, home, "bed-12")
            assert receiver.had(1, within_s=PATIENCE_S)
            owner.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where usename = 'anxin_analytics' and datname = current_database()"
            )
            press(database, home, "bed-21a")
            assert receiver.had(2, within_s=PATIENCE_S)
            assert not service.stop.is_set()


def test_a_store_that_is_away_is_waited_for() -> None:
    nowhere = msgspec.structs.replace(Database(), port=free_port())
    stop = threading.Event()
    thread = threading.Thread(
        target=rounds.run, args=("test", lambda _connection, _now: 0, nowhere, ManualClock(NOW), 0.1, stop)
    )
    thread.start()
    thread.join(0.5)
    assert thread.is_alive()
    stop.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
