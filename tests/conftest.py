"""Fixtures of all tests: real servers, fresh databases, a clock that tests move."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest

from anxin.clock import ManualClock
from anxin.db.connect import connect
from anxin.embedded.nats import Nats
from anxin.embedded.postgres import OWNER, Postgres
from tests.support import memory
from tests.support.databases import Server, TestDatabase
from tests.support.servers import Mosquitto, start_broker, timescale

memory.use()
# A busy machine is not a failure: no example has a time limit of its own. Where nothing may skip, nothing may depend on
# dice either: the examples are the same each time; everywhere else each run looks at new ones.
hypothesis.settings.register_profile("anxin", deadline=None, derandomize="ANXIN_TEST_REQUIRE" in os.environ)
hypothesis.settings.load_profile("anxin")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole processes first: they take long and mostly wait, and at the end no worker has to wait for one of them."""
    items.sort(key=lambda item: item.get_closest_marker("system") is None)


@pytest.fixture(scope="session")
def embedded_postgres() -> Iterator[Postgres]:
    """One embedded PostgreSQL for the whole run."""
    with tempfile.TemporaryDirectory(prefix="anxin-test-") as name:
        Path(name).chmod(0o755)  # the server's user must get there when the tests run as root
        postgres = Postgres(Path(name), Path(name) / "secrets")
        postgres.start()
        # Tests make hundreds of databases: do not wait for the disk. A killed server still has everything.
        with connect(postgres.database, OWNER, autocommit=True) as connection:
            for setting in ("fsync", "full_page_writes"):
                connection.execute(f"alter system set {setting} = off")
            connection.execute("select pg_reload_conf()")
        yield postgres
        postgres.stop()


@pytest.fixture(scope="session")
def embedded_server(embedded_postgres: Postgres) -> Server:
    assert embedded_postgres.database.owner == OWNER
    return Server(embedded_postgres.database, "native", "e")


@pytest.fixture(scope="session")
def timescale_server() -> Iterator[Server]:
    server = Server(timescale(), "timescale", f"t{os.getpid()}")
    yield server
    server.close()


@pytest.fixture(params=["native", "timescale"])
def database(request: pytest.FixtureRequest) -> Iterator[TestDatabase]:
    """A fresh migrated database, once on the embedded PostgreSQL and once on TimescaleDB."""
    name = "embedded_server" if request.param == "native" else "timescale_server"
    server: Server = request.getfixturevalue(name)
    fresh = server.fresh()
    yield fresh
    server.drop(fresh)


@pytest.fixture
def embedded_database(embedded_server: Server) -> Iterator[TestDatabase]:
    """A fresh migrated database on the embedded PostgreSQL only, where the engine cannot matter."""
    fresh = embedded_server.fresh()
    yield fresh
    embedded_server.drop(fresh)


@pytest.fixture(scope="session", params=["nats", "mosquitto"])
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nats | Mosquitto]:
    """An MQTT broker, once the embedded one and once Mosquitto. Tests share it: use facility codes of your own."""
    server = start_broker(request.param, tmp_path_factory.mktemp(request.param))
    yield server
    server.stop()


@pytest.fixture
def clock() -> ManualClock:
    """A clock at a night in Shanghai (02:00 local), moved by the test."""
    return ManualClock(datetime(2026, 3, 1, 18, 0, tzinfo=UTC))
