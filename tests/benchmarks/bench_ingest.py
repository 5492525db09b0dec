"""Ingest under load: `python -m tests.benchmarks.bench_ingest [--beds 20000] [--seconds 60] [--peak] [--mosquitto] …`.

Gateways of 50 beds each send one batch a second over a real broker to a real ingest process and a real store. With
--peak each sends as fast as its window allows. Prints one JSON object: messages and samples sent and stored, the age of
a batch when its watermark comes back, processor time and memory of ingest.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

from anxin import event, topic
from anxin.config import Broker
from anxin.embedded.postgres import Postgres
from anxin.mqtt import Client, Received
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from tests.benchmarks.bench_pack import GATEWAY_BEDS, table
from tests.support.databases import Server
from tests.support.facility_rows import add_facility
from tests.support.ingest_process import IngestProcess, wait_for
from tests.support.servers import start_broker, timescale

_WINDOW = 64


class Load:
    """All gateways behind one connection: they keep no spool, but go back to the watermark when asked."""

    def __init__(self, broker: Broker, gateways: int) -> None:
        self._keys = [LaneKey("bench", f"gw-{number}", Lane.DATA, "e1") for number in range(1, gateways + 1)]
        self._sent = dict.fromkeys(self._keys, 0)
        self._committed = dict.fromkeys(self._keys, 0)
        self._ready: dict[tuple[LaneKey, int], float] = {}
        self.ages: list[float] = []
        self.resends = 0
        self._changed = threading.Condition()
        self._client = Client(
            broker, "bench-load", user="edge",
            subscriptions=(topic.committed_filter("bench", "+"),), on_message=self._told,
        )  # fmt: skip
        self._client.start()
        assert self._client.wait_up(20)

    def stop(self) -> None:
        self._client.stop()

    @property
    def sent(self) -> int:
        return sum(self._sent.values())

    @property
    def committed(self) -> int:
        return sum(self._committed.values())

    def steady(self, seconds: int) -> None:
        """One batch a second from each gateway, spread over the second."""
        dice, begin = random.Random(2), time.monotonic()
        for tick in range(seconds):
            for place, key in enumerate(self._keys):
                due = begin + tick + place / len(self._keys)
                time.sleep(max(0.0, due - time.monotonic()))
                self._send(key, dice)

    def peak(self, seconds: int) -> float:
        """As fast as the windows allow; returns the seconds until everything was committed."""
        begin, dice = time.monotonic(), random.Random(2)
        payload_of = {key: self._payload(key, 0, dice) for key in self._keys}
        while time.monotonic() < begin + seconds:
            busy = False
            for key in self._keys:
                while self._sent[key] - self._committed[key] < _WINDOW:
                    seq = self._sent[key] + 1
                    self._ready[key, seq] = time.monotonic()
                    if not self._client.publish(topic.message(key, seq), payload_of[key]):
                        break
                    self._sent[key] = seq
                    busy = True
            if not busy:
                with self._changed:
                    self._changed.wait(0.05)
        self.wait()
        return time.monotonic() - begin

    def wait(self) -> None:
        wait_for(lambda: self.committed >= self.sent, "all committed", 120)

    def _send(self, key: LaneKey, dice: random.Random) -> None:
        seq = self._sent[key] + 1
        payload = self._payload(key, seq, dice)
        self._ready[key, seq] = time.monotonic()
        if self._client.publish(topic.message(key, seq), payload):
            self._sent[key] = seq

    def _payload(self, key: LaneKey, seq: int, dice: random.Random) -> bytes:
        now = datetime.now(UTC)
        return event.encode(event.compose(key, seq, now, [table(now, dice)]))

    def _told(self, received: Received) -> None:
        key, told = topic.parse_committed(received.topic), event.decode_committed(received.payload)
        now = time.monotonic()
        for seq in range(self._committed[key] + 1, told.seq + 1):
            self.ages.append(now - self._ready.pop((key, seq), now))
        if told.resend:
            self.resends += 1
            self._sent[key] = told.seq
        with self._changed:
            self._committed[key] = max(self._committed[key], told.seq)
            self._changed.notify_all()
        self._client.ack(received)


def spent_s(pid: int) -> float:
    """Processor time of a process so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def run(options: argparse.Namespace, folder: Path, stack: ExitStack) -> dict[str, object]:
    """Start everything, load it, and return the figures."""
    postgres = Postgres(folder, folder / "secrets")
    postgres.start()
    stack.callback(postgres.stop)
    server = Server(timescale() if options.timescale else postgres.database, "bench", "load")
    database = server.fresh()
    stack.callback(server.drop, database)
    broker = start_broker("mosquitto" if options.mosquitto else "nats", folder / "broker")
    stack.callback(broker.stop)
    owner = stack.enter_context(closing(database.connect()))
    gateways = options.beds // GATEWAY_BEDS
    add_facility(owner, "bench", gateways, GATEWAY_BEDS)
    ingest = IngestProcess(folder, database.settings, broker.broker)
    ingest.start()
    stack.callback(ingest.stop)
    load = Load(broker.broker, gateways)
    stack.callback(load.stop)
    before, took, peak_mb = spent_s(ingest.pid), float(options.seconds), 0.0
    if options.peak:
        took = load.peak(options.seconds)
    else:
        load.steady(options.seconds)
        load.wait()
    cpu = spent_s(ingest.pid) - before
    peak_mb = resident_mb(ingest.pid)
    stored = owner.execute("select count(*), count(distinct (gateway, seq)) from anxin.log").fetchone()
    assert stored is not None
    ages = sorted(load.ages)
    return {
        "sent": load.sent, "stored": stored[0], "twice": stored[0] - stored[1], "resends": load.resends,
        "samples_per_s": round(load.sent * GATEWAY_BEDS / took),
        "ingest_cpu_percent": round(100 * cpu / took, 1),
        "ingest_rss_mb": round(peak_mb),
        "age_ms": {str(p): round(1e3 * ages[min(len(ages) - 1, len(ages) * p // 100)], 1) for p in (50, 99, 100)},
    }  # fmt: skip


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench_ingest")
    parser.add_argument("--beds", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=60)
    for flag in ("--peak", "--mosquitto", "--timescale"):
        parser.add_argument(flag, action="store_true")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        Path(folder).chmod(0o755)
        figures = run(options, Path(folder), stack)
    print(json.dumps({**vars(options), **figures}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
