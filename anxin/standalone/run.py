"""One run of the whole system on one machine: the order of the start, readiness, the loop, the order of the stop."""

from __future__ import annotations

import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from anxin.admission import gateway_user, ingest_rights, light_rights
from anxin.clock import Clock
from anxin.config import ClockSettings, Settings
from anxin.db.admission import admitted, adopt
from anxin.db.connect import SERVICE_DOWN, Connection, connect
from anxin.db.directory import load
from anxin.db.passwords import secret
from anxin.db.sql import load as load_queries
from anxin.embedded.child import ChildError
from anxin.embedded.nats import Nats
from anxin.embedded.postgres import free_port
from anxin.facility import Facility
from anxin.log import Log
from anxin.standalone.system import System

READY_S = 180.0  # a small machine after a power cut takes its time
_queries = load_queries("anxin.standalone")
ADMIT_S = 2.0  # how long a new gateway waits at most
_log = Log("standalone")


class Run:
    """Starts everything below `folder` and tends it until told to stop. `say` takes progress, one line each.

    begun: the beginning on the clock that never steps; ready_s: seconds from there until the pages were ready.
    """

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self._say = say
        self.begun = time.monotonic()
        self.folder = folder.resolve()
        self.system = System(self.folder)
        self.settings = Settings()
        self.config_file = self.folder / "anxin.toml"
        self.ready_s: float | None = None
        self._stop = False
        self._broker: Nats | None = None
        self._admit_at = 0.0
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def start_servers(self, foreign_users: tuple[str, ...] = ()) -> Nats | None:
        """Start store and broker; foreign_users: also a second broker, as foreign gateways bring their own."""
        self._say("starting the store (PostgreSQL)")
        database = self.system.start_postgres().database
        self._say("starting the broker (NATS, MQTT 3.1.1)")
        self._broker = self.system.start_broker("broker")
        broker = msgspec.structs.replace(self._broker.broker, embedded=True)
        self.settings = msgspec.structs.replace(
            self.settings, database=database, broker=broker, data_dir=str(self.folder)
        )
        return self.system.start_broker("foreign-broker", foreign_users) if foreign_users else None

    def start_components(self, home: Facility, settings: Settings) -> None:
        """Load the home, write the settings, start ingest, analytics, edge and api, and wait until they are ready."""
        api = settings.api
        if api.port == 0:
            api = msgspec.structs.replace(api, port=free_port(api.host))
        self.settings = msgspec.structs.replace(
            settings, database=self.settings.database, broker=self.settings.broker, api=api, data_dir=str(self.folder)
        )
        self._write_settings()
        self._say(f"loading the home: {len(home.residents)} residents, {len(home.gateways)} gateways")
        with connect(self.settings.database, self.settings.database.owner, autocommit=True) as connection:
            load(connection, home, self.clock().now())
            tell_clock(connection, self.settings.clock)
            self._enrol(connection, home)
        self._admit()
        self._say("starting ingest, analytics, edge agents and pages")
        for name, group, stop_s in (("ingest", 1, 3.0), ("analytics", 1, 3.0), ("api", 1, 3.0), ("edge", 2, 2.5)):
            if name != "edge" or self.settings.edge:
                argv = [name, "run", "--config", str(self.config_file)]
                self.system.start_component(name, argv, group=group, stop_s=stop_s)
        self._wait_ready()

    def clock(self) -> Clock:
        return self.settings.clock.clock()

    def url(self, path: str = "/") -> str:
        return f"http://{self.settings.api.host}:{self.settings.api.port}{path}"

    def tend(self, until_s: float | None, every: Callable[[datetime], None]) -> None:
        """Keep everything up until a signal comes or until_s seconds have passed; call `every` about once a second."""
        begun = time.monotonic()
        while not self._stop and (until_s is None or time.monotonic() - begun < until_s):
            self.system.tend(time.monotonic())
            self._admit()
            every(self.clock().now())
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop everything; nothing of it is left afterwards."""
        self.system.stop()

    def _enrol(self, connection: Connection, home: Facility) -> None:
        """The home's gateways speak from this machine: each has a password of its own in the secrets."""
        now = self.clock().now()
        gateways = {(home.code, gateway.code) for gateway in home.gateways}
        for facility, gateway in sorted(gateways | {(edge.facility, edge.gateway) for edge in self.settings.edge}):
            password = secret(self.system.secrets, gateway_user(facility, gateway))
            if not adopt(connection, facility, gateway, password, now):
                self._say(f"gateway {gateway}: was revoked, or is not in the facility file; its messages are refused")

    def _admit(self) -> None:
        """Now and then let the broker know who has been enrolled or revoked. A store that is away is asked later."""
        if time.monotonic() < self._admit_at or self._broker is None:
            return
        self._admit_at = time.monotonic() + ADMIT_S
        try:
            with connect(self.settings.database, self.settings.database.owner, autocommit=True) as connection:
                gateways = admitted(connection)
        except SERVICE_DOWN as error:
            _log.warning("store is away, the broker's users stay as they are", error=str(error).strip())
            return
        if self._broker.admit([ingest_rights(), *light_rights(), *(rights for rights, _ in gateways)]):
            _log.info("broker users renewed", gateways=len(gateways))

    def _on_signal(self, number: int, _frame: object) -> None:
        self._stop = True
        if self.ready_s is None:  # a start is broken off where it stands; what runs already is stopped on the way out
            raise SystemExit(128 + number)

    def _wait_ready(self) -> None:
        until = time.monotonic() + READY_S
        while not _answers(self.url("/health/ready")):
            if dead := self.system.dead():
                raise ChildError(f"{dead[0]} ended at its start; its log: {self.system.logs / (dead[0] + '.log')}")
            if time.monotonic() > until:
                raise ChildError(f"the pages are not ready after {READY_S:.0f} s; logs: {self.system.logs}")
            time.sleep(0.1)
        self.ready_s = time.monotonic() - self.begun

    def _write_settings(self) -> None:
        """The settings hold no secret, so anybody of this machine may read them."""
        raw: dict[str, Any] = _without_none(msgspec.to_builtins(self.settings, enc_hook=str, builtin_types=(datetime,)))
        part = self.config_file.with_suffix(".part")
        part.write_text(tomli_w.dumps(raw), encoding="utf-8")
        os.replace(part, self.config_file)


def tell_clock(connection: Connection, clock: ClockSettings) -> None:
    """Dashboards ask the store for the time: let it know a simulated home's clock, and forget an earlier run's."""
    with connection.transaction():
        connection.execute(_queries.forget_clock)
        if clock.origin is not None and clock.anchor is not None:
            connection.execute(_queries.tell_clock, msgspec.structs.asdict(clock))


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _without_none(node: Any) -> Any:
    """TOML knows no null: what is None is left out."""
    if isinstance(node, dict):
        return {key: _without_none(value) for key, value in node.items() if value is not None}
    return [_without_none(value) for value in node] if isinstance(node, (list, tuple)) else node
