"""Real servers for tests: the embedded pair always, TimescaleDB and Mosquitto where they are installed.

`ANXIN_TEST_REQUIRE=timescaledb,mosquitto,chromium` (set by CI) turns a missing one from a skip into a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from anxin.config import Broker, Database
from anxin.embedded.child import Child
from anxin.embedded.nats import Nats, accepts
from anxin.embedded.postgres import free_port
from tests.support.waiting import PATIENCE_S

TIMESCALE_SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "timescaledb"
BROKER_USERS = ("ingest", "edge", "simulator", "test", "sdk.gw")


def missing(name: str, why: str) -> None:
    """Skip, or fail where CI says that nothing may skip."""
    if name in os.environ.get("ANXIN_TEST_REQUIRE", "").split(","):
        pytest.fail(f"{name} is required here: {why}")
    pytest.skip(f"{name}: {why}")


def timescale() -> Database:
    """Return the running TimescaleDB of the script `.ci/timescaledb`."""
    if not TIMESCALE_SCRIPT.exists():
        missing("timescaledb", "its script .ci/timescaledb is not there")
    shown = subprocess.run(["bash", str(TIMESCALE_SCRIPT), "url"], capture_output=True, text=True, check=False)
    if shown.returncode != 0:
        missing("timescaledb", "no server runs (start it with .ci/timescaledb up, as root)")
    port = int(shown.stdout.strip().rsplit(":", 1)[1].split("/")[0])
    return Database(port=port, name="postgres", owner="postgres", sslmode="disable")


class Mosquitto:
    """A real Mosquitto on a free port of loopback, without passwords unless `lines` ask for them."""

    def __init__(self, folder: Path, port: int | None = None, lines: str = "allow_anonymous true") -> None:
        binary = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
        if binary is None:
            missing("mosquitto", "not installed (Debian package mosquitto)")
        assert binary is not None
        self.port = port or free_port()
        self.broker = Broker(port=self.port)
        configuration = folder / "mosquitto.conf"
        configuration.write_text(
            f"listener {self.port} 127.0.0.1\n{lines}\npersistence false\nmax_queued_messages 0\n"
            f"max_inflight_messages 60000\nuser root\n"
        )
        self.child = Child("mosquitto", [binary, "-c", str(configuration)], log=folder / "mosquitto.log")

    def start(self, deadline_s: float = PATIENCE_S) -> None:
        self.child.start()
        until = time.monotonic() + deadline_s
        while not accepts(self.port):
            if not self.child.running() or time.monotonic() > until:
                raise RuntimeError(f"mosquitto did not start; its log: {self.child.log}")
            time.sleep(0.02)

    def stop(self) -> None:
        self.child.stop()


def start_broker(kind: str, folder: Path) -> Nats | Mosquitto:
    """Start a broker of a kind, `nats` or `mosquitto`, whose data live under folder."""
    folder.mkdir(parents=True, exist_ok=True)
    server: Nats | Mosquitto
    server = Nats(folder, folder / "secrets", BROKER_USERS) if kind == "nats" else Mosquitto(folder)
    server.start()
    return server
