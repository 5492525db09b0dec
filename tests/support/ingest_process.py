"""Ingest as a process, and a gateway that keeps what is not committed and sends it again: what the edge does, bare."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import tomli_w

from anxin import event, topic
from anxin.config import Broker, Database
from anxin.event import Link, Observations
from anxin.mqtt import Client, Received
from anxin.topic import LaneKey
from tests.support.waiting import PATIENCE_S, wait_for

ROOT = Path(__file__).resolve().parents[2]


class IngestProcess:
    """`python -m ingest run` on a store and a broker."""

    def __init__(self, folder: Path, database: Database, broker: Broker, **ingest: object) -> None:
        self._config = folder / "ingest.toml"
        self._log = folder / "ingest.log"
        sections = {"database": _fields(database), "broker": _fields(broker), "ingest": ingest}
        given = {name: {k: v for k, v in values.items() if v is not None} for name, values in sections.items()}
        self._config.write_text(tomli_w.dumps(given))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ingest", "run", "--config", str(self._config)], cwd=ROOT, stderr=out
            )
        self.wait_log("ingest ready")

    def wait_log(self, text: str, deadline_s: float = PATIENCE_S) -> None:
        """Wait until the log has a line with this text since the last start."""
        wait_for(lambda: text in self.log(), f"{text!r} in {self._log}", deadline_s)

    def log(self) -> str:
        return self._log.read_text()

    def forget_log(self) -> None:
        with self._log.open("r+b") as file:
            file.truncate(0)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self.forget_log()

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE_S)


class Gateway:
    """One lane of a gateway: sends its messages in order, a window ahead of the watermark, and goes back when told to
    or when nothing moves for a while."""

    def __init__(self, broker: Broker, key: LaneKey, messages: int, window: int = 32, device: str = "dev-1") -> None:
        self._key, self._window = key, window
        now = datetime.now(UTC)
        table = [Observations(now, [device], {"heart_rate": [50 + n / 10]}, [n]) for n in range(messages)]
        self._payloads = [event.encode(event.compose(key, n + 1, now, [one])) for n, one in enumerate(table)]
        self.watermark = 0
        self._sent = 0
        self._changed = threading.Condition()
        self._client = Client(
            broker,
            f"test-{key.facility}-{key.gateway}",
            user="edge",
            subscriptions=(topic.committed_filter(key.facility, key.gateway),),
            on_message=self._committed,
        )

    def start(self) -> None:
        self._client.start()
        assert self._client.wait_up(PATIENCE_S)

    def stop(self) -> None:
        self._client.stop()

    def send_until(self, seq: int, deadline_s: float = PATIENCE_S) -> None:
        """Send up to message `seq` until the store says that it has it."""
        until = time.monotonic() + deadline_s
        while self.watermark < seq:
            assert time.monotonic() < until, f"{self._key} stands at {self.watermark}, not at {seq}"
            self._client.check()
            self.push(seq)
            with self._changed:
                before = self.watermark
                if not self._changed.wait_for(lambda before=before: self.watermark > before, 2.0):  # type: ignore[misc]
                    self._sent = self.watermark

    def push(self, seq: int) -> None:
        """Put messages up to `seq` under way, as far as the window allows."""
        with self._changed:
            while self._sent < min(seq, self.watermark + self._window):
                if not self._client.publish(topic.message(self._key, self._sent + 1), self._payloads[self._sent]):
                    self._changed.wait(0.1)
                    return
                self._sent += 1

    def publish(self, seq: int, payload: bytes) -> None:
        """Send something whatever the watermark says."""
        assert self._client.publish(topic.message(self._key, seq), payload)

    def tell_link(self, *, up: bool, session: str) -> None:
        """What the birth of a connection, or its last will, says."""
        assert self._client.publish(
            topic.link(self._key.facility, self._key.gateway), event.encode(Link(up, session, datetime.now(UTC)))
        )

    def _committed(self, received: Received) -> None:
        if topic.parse_committed(received.topic) == self._key:
            told = event.decode_committed(received.payload)
            with self._changed:
                self.watermark = max(self.watermark, told.seq)
                if told.resend:
                    self._sent = self.watermark
                self._changed.notify_all()
        self._client.ack(received)


def _fields(section: Database | Broker) -> dict[str, object]:
    return {name: getattr(section, name) for name in section.__struct_fields__}
