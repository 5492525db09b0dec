"""The chain as processes: a database, a broker, ingest, analytics and api, each as in a real installation."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import tomli_w

from anxin.config import Broker, Database
from anxin.db.connect import Connection, connect
from anxin.embedded.child import Child
from anxin.embedded.nats import Nats
from anxin.embedded.postgres import OWNER, Postgres, free_port
from api.people import open_session
from tests.benchmarks import city, history
from tests.support.databases import Server, TestDatabase
from tests.support.servers import TIMESCALE_SCRIPT, Mosquitto

ROOT = Path(__file__).resolve().parents[2]
USERS = ("ingest", "edge", "bench")
STOP_S = 30.0


class NotInstalled(Exception):  # noqa: N818  an answer, not an error
    """A real part is missing; the text names it."""


class Stack:
    """kind: `durable` (TimescaleDB that waits for its disk, Mosquitto) or `embedded` (PostgreSQL of the wheel, NATS).

    Use as a context: everything that was started ends with it. components: of ingest, analytics, api. history_days: so
    much is in the store already (tests.benchmarks.history).
    """

    def __init__(
        self,
        kind: str,
        beds: int,
        components: tuple[str, ...] = ("ingest", "analytics", "api"),
        history_days: int = 0,
        pack_s: float = 60.0,
    ) -> None:
        self._pack_s = pack_s
        self.kind, self.beds, self._names, self._history_days = kind, beds, components, history_days
        self.history: dict[str, int] = {}
        self._stack = ExitStack()
        self.children: dict[str, Child] = {}

    def __enter__(self) -> Stack:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def gateways(self) -> int:
        """How many gateways of bed sensors each home has."""
        return city.wards(self.beds)

    @property
    def pids(self) -> dict[str, int]:
        """The main process of each part."""
        own = {name: child.pid for name, child in self.children.items() if child.pid is not None}
        return {"database": self.postmaster, "broker": self.broker_pid, **own}

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._api_port}{path}"

    def token(self) -> str:
        """A session of the first home's nurse."""
        row = self.owner.execute("select id from anxin.account order by id limit 1").fetchone()
        assert row is not None
        return open_session(self.owner, row[0], datetime.now(UTC), timedelta(days=1))

    def fresh(self) -> TestDatabase:
        """A further empty database, which ends with the stack."""
        database = self._server.fresh()
        self._stack.callback(self._server.drop, database)
        return database

    def stop(self, name: str) -> None:
        """End one component in good order."""
        self.children.pop(name).stop(STOP_S)

    def start(self, name: str) -> None:
        """Start one component and wait until it says so."""
        log = self.folder / f"{name}.log"
        argv = [sys.executable, "-m", "anxin.cli", name, "run", "--config", str(self.config)]
        child = Child(name, argv, log=log)
        child.start()
        self.children[name] = child
        self._stack.callback(child.stop, STOP_S)
        word = {"ingest": "ingest ready", "analytics": "watching", "api": "listening"}[name]
        wait_for(lambda: log.exists() and word in log.read_text(), f"{word!r} in {log}", 180)
        if name == "api":
            wait_for(lambda: _answers(self.url("/health/live")), "the pages answer", 180)

    def _start(self) -> None:
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="anxin-bench-")))
        self.folder.chmod(0o755)
        if self.kind == "durable":
            settings, self.postmaster = durable()
            broker = self._mosquitto()
        else:
            settings, self.postmaster = self._postgres()
            broker = self._nats()
        self._server = Server(settings, self.kind, f"bench_{self.kind}")
        self._stack.callback(self._server.close)
        self.database: TestDatabase = self.fresh()
        self.owner: Connection = self._stack.enter_context(closing(self.database.connect()))
        self.homes = city.build(self.owner, self.beds, datetime.now(UTC))
        if self._history_days:
            self.history = history.build(self.owner, datetime.now(UTC), city.HOME_BEDS, self._history_days)
        self.broker: Broker = broker
        self._api_port = free_port()
        self._write_settings()
        for name in self._names:
            self.start(name)

    def _mosquitto(self) -> Broker:
        if shutil.which("mosquitto", path="/usr/bin:/usr/sbin:/usr/local/bin:/usr/local/sbin") is None:
            raise NotInstalled("Mosquitto (Debian package mosquitto)")
        mosquitto = Mosquitto(self.folder, lines="allow_anonymous true\nset_tcp_nodelay true")
        mosquitto.start()
        self._stack.callback(mosquitto.stop)
        assert mosquitto.child.pid is not None
        self.broker_pid = mosquitto.child.pid
        return mosquitto.broker

    def _nats(self) -> Broker:
        nats = Nats(self.folder / "broker", self.folder / "secrets", USERS)
        nats.start()
        self._stack.callback(nats.stop)
        assert nats.child.pid is not None
        self.broker_pid = nats.child.pid
        return nats.broker

    def _postgres(self) -> tuple[Database, int]:
        postgres = Postgres(self.folder / "store", self.folder / "secrets")
        postgres.start()
        self._stack.callback(postgres.stop)
        assert postgres.child.pid is not None
        return msgspec.structs.replace(postgres.database, owner=OWNER), postgres.child.pid

    def _write_settings(self) -> None:
        sections = {
            "database": _fields(self.database.settings),
            "broker": _fields(self.broker),
            "ingest": {"pack_s": self._pack_s},
            "api": {"port": self._api_port, "facility": self.homes[0]},
        }
        self.config = self.folder / "anxin.toml"
        self.config.write_text(tomli_w.dumps(sections))


def durable() -> tuple[Database, int]:
    """Return the TimescaleDB that waits for its disk, and its main process. Raises NotInstalled."""
    shown = subprocess.run(
        ["bash", str(TIMESCALE_SCRIPT), "url"], capture_output=True, text=True, check=False,
        env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "TIMESCALEDB_DURABLE": "1"},
    )  # fmt: skip
    if shown.returncode != 0:
        raise NotInstalled("a durable TimescaleDB (as root: TIMESCALEDB_DURABLE=1 .ci/timescaledb up)")
    port = int(shown.stdout.strip().rsplit(":", 1)[1].split("/")[0])
    database = Database(port=port, name="postgres", owner="postgres", sslmode="disable")
    with connect(database, "postgres", autocommit=True) as connection:
        row = connection.execute(
            "select (regexp_split_to_array(pg_read_file('postmaster.pid'), E'\\n'))[1]::integer"
        ).fetchone()
    assert row is not None
    return database, int(row[0])


def wait_for(condition: Callable[[], bool], what: str, deadline_s: float) -> None:
    """Wait until something outside is so; fails naming it."""
    until = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"not within {deadline_s:.0f} s: {what}")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _fields(section: Database | Broker) -> dict[str, object]:
    values = {name: getattr(section, name) for name in section.__struct_fields__}
    return {name: value for name, value in values.items() if value is not None}
