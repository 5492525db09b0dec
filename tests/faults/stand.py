"""The system under fault: real store, broker and components, each started again when it dies, bad networks in between.

                    sender ──HTTP──▶ edge ──outer proxy──▶ broker ◀──inner proxy── ingest
                                             store proxy ◀── ingest, analytics, api ──▶ console

Everything that starts processes must be called in the thread that made the stand (they die with it).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import tomli_w

from anxin.admission import Rights, gateway_rights, gateway_user, ingest_rights
from anxin.config import Broker, ClockSettings, Database
from anxin.db.connect import Connection, connect
from anxin.db.directory import load
from anxin.db.passwords import secret
from anxin.embedded.nats import accepts
from anxin.embedded.postgres import free_port
from anxin.standalone.system import System
from tests.faults import home
from tests.support.demo import PID_FILES
from tests.support.proxy import Proxy
from tests.support.waiting import PATIENCE_S

STRANGER = "stranger"  # a broker user who may do everything: what attackers and broken devices need
TOKEN = "a token for the gateways"
_SPOOL_MB, _DISK_MB = 8, 48
_SERVER_PARTS = ("ingest", "analytics", "api")


@dataclass(frozen=True)
class Plan:
    """What kind of stand a fault needs. small_store: the store's disk is a small one. clock: of all parts."""

    gateways: int = 4
    beds: int = 60
    time_zone: str = "Asia/Shanghai"
    small_store: bool = False
    clock: ClockSettings | None = None
    pack_s: float = 2.0


class Stand:
    """A running system. `folder` is empty and everybody may enter it."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.plan = folder, plan
        self._stack = ExitStack()
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def _build(self) -> None:
        if self.plan.small_store:
            self.mount("store", 400)
        self.spools = self.mount("spools", _DISK_MB) if os.geteuid() == 0 else self._folder("spools")
        self.system = System(self.folder)
        self._stack.callback(self.system.stop)
        self.postgres = self.system.start_postgres()
        self.nats = self.system.start_broker("broker")
        self._let_in()
        self.store_line = self._stack.enter_context(Proxy(self.postgres.port))
        self.inner_line = self._stack.enter_context(Proxy(self.nats.port))
        self.outer_line = self._stack.enter_context(Proxy(self.nats.port))
        with self.owner() as connection:
            load(connection, home.make(self.plan.gateways, self.plan.beds, self.plan.time_zone), self.now())
        self.ports = {gateway: free_port() for gateway in home.gateways(self.plan.gateways)}
        self.api_port = free_port()
        self._write("server", self._server_settings())
        self.set_edge_clock(None)
        for name in _SERVER_PARTS:
            self.system.start_component(
                name, [name, "run", "--config", str(self.folder / "server.toml")], group=1, stop_s=4.0
            )
        argv = ["edge", "run", "--config", str(self.folder / "edge.toml")]
        self.system.start_component("edge", argv, group=2, stop_s=4.0)
        self.wait_for(lambda: "ingest ready" in self.log("ingest"), "ingest ready")
        self.wait_for(lambda: "watching" in self.log("analytics"), "analytics ready")

    def close(self) -> None:
        self._stack.close()

    def now(self) -> datetime:
        """The time that the parts believe."""
        return (self.plan.clock or ClockSettings()).clock().now()

    # Time passes only here, so that what dies is started again.

    def run(self, seconds: float) -> None:
        """Let the system work for a while."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.system.tend(time.monotonic())
            time.sleep(min(0.05, left))

    def wait_for(self, condition: Callable[[], bool], what: str, deadline_s: float = PATIENCE_S) -> None:
        """Let the system work until something is so; fails naming it."""
        until = time.monotonic() + deadline_s
        while not condition():
            assert time.monotonic() < until, f"not within {deadline_s:.0f} s: {what}; logs in {self.folder / 'logs'}"
            self.run(0.1)

    # Processes.

    def pid(self, part: str) -> int | None:
        """What the pid file of a part says; None while it is being started again."""
        try:
            return int((self.folder / f"{PID_FILES.get(part, part)}.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def end(self, part: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal that ends a part (kill -9 by default), and wait until it runs again."""
        pid = self.pid(part)
        assert pid is not None, f"{part} does not run"
        os.kill(pid, number)
        self.wait_for(lambda: self.pid(part) not in (None, pid) and self._answers(part), f"{part} is back")

    def hit(self, part: str) -> None:
        """kill -9 whatever runs of a part now, and go on."""
        if (pid := self.pid(part)) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def up(self, part: str) -> bool:
        """Whether a part runs (and answers, where it can be asked)."""
        pid = self.pid(part)
        return pid is not None and _runs(pid) and self._answers(part)

    def _answers(self, part: str) -> bool:
        if part == "postgres":
            return self.postgres.answers()
        return part != "broker" or accepts(self.nats.port)

    def freeze(self, part: str, seconds: float) -> None:
        """SIGSTOP a part and its children for a while: it is there and does not answer."""
        pid = self.pid(part)
        assert pid is not None
        stopped = [pid, *_children(pid)]
        for each in stopped:
            os.kill(each, signal.SIGSTOP)
        try:
            self.run(seconds)
        finally:
            for each in stopped:
                os.kill(each, signal.SIGCONT)

    def log(self, part: str) -> str:
        return (self.system.logs / f"{part}.log").read_text(errors="replace")

    # Disks.

    def mount(self, name: str, megabytes: int) -> Path:
        """Return a file system of its own below the folder; only root can have one."""
        folder = self._folder(name)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", folder], check=True)
        self._stack.callback(subprocess.run, ["umount", "--lazy", str(folder)], check=True)
        return folder

    @contextmanager
    def full_disk(self, folder: Path) -> Iterator[None]:
        """Somebody else fills the disk that `folder` lies on, and leaves again."""
        other = folder / "other"
        with other.open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4_096) == 4_096:
                    pass
            except OSError:
                pass
        try:
            yield
        finally:
            other.unlink()

    # Settings.

    @contextmanager
    def owner(self) -> Iterator[Connection]:
        """A connection of the owner's own, past the proxy."""
        with closing(connect(self.postgres.database, self.postgres.database.owner, autocommit=True)) as connection:
            yield connection

    def database(self) -> Database:
        """The store behind its proxy. A statement may take four seconds, so that what hangs shows soon."""
        return msgspec.structs.replace(self.postgres.database, port=self.store_line.port, statement_timeout_ms=4_000)

    def broker(self, port: int | None = None) -> Broker:
        return msgspec.structs.replace(self.nats.broker, port=port or self.nats.port, keepalive_s=4)

    def set_edge_clock(self, by: timedelta | None) -> None:
        """Write the agents' settings, with a clock that is off by so much; they hold from the next start."""
        clock: dict[str, object] = {}
        if by is not None:
            anchor = datetime.now(UTC)
            clock = {"clock": {"anchor": anchor, "origin": anchor + by}}
        elif self.plan.clock is not None:
            clock = {"clock": _given(self.plan.clock)}
        (self.folder / "token").write_text(TOKEN)
        edges = [self.edge_section(gateway, port) for gateway, port in self.ports.items()]
        self._write("edge", {"broker": self.given_broker(), **clock, "edge": edges})

    def given_broker(self) -> dict[str, object]:
        """The broker as agents find it: behind the outer proxy."""
        return _given(self.broker(self.outer_line.port))

    def edge_section(self, gateway: str, port: int) -> dict[str, object]:
        """The settings of one gateway's agent that takes pushes at a port."""
        source = {
            "kind": "http", "name": "push", "port": port, "password_file": str(self.folder / "token"),
        }  # fmt: skip
        return {
            "facility": home.HOME, "gateway": gateway, "spool": str(self.spools / f"{gateway}.db"),
            "spool_mb": _SPOOL_MB, "heartbeat_s": 3.0, "batch_ms": 200, "sources": [source],
        }  # fmt: skip

    def _server_settings(self) -> dict[str, object]:
        clock = {"clock": _given(self.plan.clock)} if self.plan.clock else {}
        return {
            "database": _given(self.database()),
            "broker": _given(self.broker(self.inner_line.port)),
            "ingest": {"pack_s": self.plan.pack_s, "project_s": 0.2},
            "api": {"port": self.api_port, "facility": home.HOME},
            **clock,
        }

    def _write(self, name: str, settings: dict[str, object]) -> None:
        (self.folder / f"{name}.toml").write_text(tomli_w.dumps(settings))

    def _let_in(self) -> None:
        codes = [*home.gateways(self.plan.gateways), home.AWAY]
        rights = [ingest_rights(), *(gateway_rights(home.HOME, code) for code in codes)]
        rights.append(Rights(STRANGER, ("anxin/v1/#",), ("anxin/v1/#",)))
        for user in (*(gateway_user(home.HOME, code) for code in codes), STRANGER):
            secret(self.system.secrets, user)
        self.nats.admit(rights)

    def _folder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder


def _runs(pid: int) -> bool:
    shown = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip()[:1] not in ("", "Z")


def _children(parent: int) -> list[int]:
    shown = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [pid for pid, of in (map(int, line.split()) for line in shown.splitlines()) if of == parent]


def _given(section: msgspec.Struct) -> dict[str, object]:
    """A section of the settings as TOML can hold it: without what is not set."""
    return {name: value for name, value in msgspec.structs.asdict(section).items() if value is not None}
