"""The children of a standalone system: store, brokers, components. Started in order, started again when they die,
stopped in reverse within ten seconds.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from anxin import admission
from anxin.db.passwords import secret
from anxin.embedded.child import Child, ChildError
from anxin.embedded.nats import Nats
from anxin.embedded.postgres import Postgres
from anxin.log import Log

_log = Log("system")
# Nobody is watched while a part is down: even one that keeps dying is not left alone for longer than five seconds.
_BACKOFF_S = (0.5, 1.0, 2.0, 5.0)
_STEADY_S = 20.0


@dataclass
class Part:
    """A child and how it is doing. group: parts of one group are stopped together; higher groups stop first."""

    name: str
    child: Child
    launch: Callable[[], None]
    group: int
    stop_s: float
    deaths: int = 0
    started_at: float = 0.0
    due_at: float | None = field(default=None)


class System:
    """All children below one data folder. Nothing of a second system may run on the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secrets = folder / "secrets"
        self.logs = folder / "logs"
        for place in (folder, self.logs):
            place.mkdir(parents=True, exist_ok=True)
        self.secrets.mkdir(mode=0o700, exist_ok=True)
        self._parts: list[Part] = []
        self._lock = _lock(folder / "lock")

    def start_postgres(self) -> Postgres:
        postgres = Postgres(self.folder / "store", self.secrets)
        self._add(Part("postgres", postgres.child, postgres.launch, group=0, stop_s=3.0), postgres.start)
        return postgres

    def start_broker(self, name: str, users: tuple[str, ...] = ()) -> Nats:
        """users: who may do everything there; without any it is our own, which lets ingest in, and gateways later."""
        nats = Nats(self.folder / name, self.secrets, users, name=name)
        if not users:
            secret(self.secrets, admission.INGEST)
            for user in (admission.LIGHTS, admission.LIGHT_PANEL):
                secret(self.secrets, user)
            nats.admit([admission.ingest_rights(), *admission.light_rights()])
        self._add(Part(name, nats.child, nats.start, group=0, stop_s=3.0), nats.start)
        return nats

    def start_component(self, name: str, argv: list[str], *, group: int, stop_s: float) -> None:
        """Start `anxin <argv>` as the part `name`; its log is logs/<name>.log."""
        child = Child(
            name,
            [sys.executable, "-m", "anxin.cli", *argv],
            log=self.logs / f"{name}.log",
            pid_file=self.folder / f"{name}.pid",
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._add(Part(name, child, child.start, group, stop_s), child.start)

    def tend(self, now_s: float) -> None:
        """Start again what has died, sooner at first, later when it keeps dying."""
        for part in self._parts:
            if part.child.running():
                if part.deaths and now_s - part.started_at > _STEADY_S:
                    part.deaths = 0
            elif part.due_at is None:
                wait = _BACKOFF_S[min(part.deaths, len(_BACKOFF_S) - 1)]
                part.due_at = now_s + wait
                part.deaths += 1
                _log.error("a part died", part=part.name, code=part.child.exit_code(), again_in_s=wait)
            elif now_s >= part.due_at:
                part.due_at, part.started_at = None, now_s
                try:
                    part.launch()
                except ChildError as error:
                    _log.error("a part cannot be started again", part=part.name, error=error)

    def dead(self) -> list[str]:
        """The names of the parts that do not run."""
        return [part.name for part in self._parts if not part.child.running()]

    def stop_part(self, name: str) -> None:
        """Stop one part for good."""
        for part in [part for part in self._parts if part.name == name]:
            self._parts.remove(part)
            part.child.stop(part.stop_s)

    def stop(self) -> None:
        """Stop everything, group after group; within a group all at once."""
        for group in sorted({part.group for part in self._parts}, reverse=True):
            members = [part for part in self._parts if part.group == group]
            until = time.monotonic() + max(part.stop_s for part in members)
            for part in members:
                part.child.ask_to_stop()
            for part in members:
                part.child.stop(max(0.1, until - time.monotonic()))
        self._parts.clear()
        self._lock.close()

    def _add(self, part: Part, start: Callable[[], None]) -> None:
        self._parts.append(part)
        part.started_at = time.monotonic()
        start()


def _lock(path: Path) -> IO[str]:
    """Hold the folder; the lock goes with the process, however it ends."""
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise ChildError(f"another anxin runs on {path.parent}: stop it, or give this one another --data-dir") from None
    return file
