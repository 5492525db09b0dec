"""All gateways of a city in one process, each with the edge's own batcher and encoder, a window and a watermark.

Started by the runner (`python -m tests.benchmarks.gateways`), which writes the plan as JSON to stdin and reads one line
of JSON a message: `{"ready": true}`, then the figures. A gateway's clock starts when its batch lies encoded.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from anxin import event, topic
from anxin.config import Broker
from anxin.event import Event, Heartbeat, Observations
from anxin.mqtt import Client, Received
from anxin.topic import LaneKey
from anxin.vocabulary import Lane
from edge.batch import Batcher
from tests.benchmarks.city import GATEWAY_BEDS
from tests.benchmarks.measuring import percentiles

HEARTBEAT_S = 15
PATIENCE_S = 3.0  # then a lane goes back to its watermark, as the edge does


class Plan(msgspec.Struct, frozen=True):
    """homes: their codes; gateways: of each; seconds: how long, after warm_s in which nothing is timed (the watch meets
    every resident for the first time). epoch: a new one begins the lanes at 1."""

    broker: Broker
    homes: list[str]
    gateways: int
    seconds: float
    epoch: str = "e1"
    warm_s: int = 0


class Lanes:
    """One home's gateways on one connection."""

    def __init__(self, broker: Broker, home: str, gateways: int, epoch: str) -> None:
        self.keys = [LaneKey(home, f"gw-{number}", Lane.DATA, epoch) for number in range(1, gateways + 1)]
        self.sent = dict.fromkeys(self.keys, 0)
        self.committed = dict.fromkeys(self.keys, 0)
        self.held: dict[LaneKey, dict[int, bytes]] = {key: {} for key in self.keys}
        self.latencies: list[float] = []
        self.resends = 0
        self._ready: dict[tuple[LaneKey, int], float] = {}
        self._heard_at = dict.fromkeys(self.keys, time.monotonic())
        self._lock = threading.Lock()
        self._client = Client(
            broker, f"bench-{home}", user="edge", subscriptions=(topic.committed_filter(home, "+"),),
            on_message=self._told,
        )  # fmt: skip
        self._client.start()

    def wait_up(self) -> None:
        if not self._client.wait_up(30):
            raise TimeoutError("the broker does not let the gateways in")

    def stop(self) -> None:
        self._client.stop()

    def send(self, key: LaneKey, payload: bytes) -> None:
        """Number a batch, keep it until the store has it, and send it."""
        with self._lock:
            seq = self.sent[key] = self.sent[key] + 1
            self.held[key][seq] = payload
            self._ready[key, seq] = time.monotonic()
        self._client.publish(topic.message(key, seq), payload)

    def repeat(self) -> None:
        """Send again what the store has not confirmed for a while."""
        now = time.monotonic()
        for key in self.keys:
            if self.sent[key] > self.committed[key] and now - self._heard_at[key] > PATIENCE_S:
                self._again(key)

    def _again(self, key: LaneKey) -> None:
        with self._lock:
            self.resends += 1
            self._heard_at[key] = time.monotonic()
            held = sorted(self.held[key].items())
        for seq, payload in held:
            self._client.publish(topic.message(key, seq), payload)

    def _told(self, received: Received) -> None:
        key, told = topic.parse_committed(received.topic), event.decode_committed(received.payload)
        now = time.monotonic()
        if key in self.committed:
            with self._lock:
                for seq in range(self.committed[key] + 1, told.seq + 1):
                    self.latencies.append(now - self._ready.pop((key, seq), now))
                    self.held[key].pop(seq, None)
                self.committed[key] = max(self.committed[key], told.seq)
                self._heard_at[key] = now
            if told.resend:
                self._again(key)
        self._client.ack(received)


class City:
    """Makes the samples: 1 bed in 100 empty, 1 in 1,000 with a heart that beats too fast."""

    def __init__(self) -> None:
        self._dice = np.random.default_rng(1)
        self._pads = [f"pad-{number}" for number in range(1, GATEWAY_BEDS + 1)]
        self._place = np.arange(GATEWAY_BEDS)
        self._offsets = [number * 1_000 // GATEWAY_BEDS for number in range(GATEWAY_BEDS)]

    def batch(self, key: LaneKey, number: int, tick: int, now: datetime) -> list[Event]:
        """What one gateway gathered in the second before now, sample by sample, through the edge's batcher."""
        dice, beds = self._dice, self._place + number * GATEWAY_BEDS
        occupied = beds % 100 != tick // 60 % 100
        heart = np.where(beds % 1_000 == 0, 130.0, 68.0) + dice.normal(0, 4, GATEWAY_BEDS)
        columns = {
            "bed_occupied": occupied.astype(float),
            "heart_rate": np.where(occupied, heart.round(1), np.nan),
            "respiratory_rate": np.where(occupied, dice.normal(16, 1, GATEWAY_BEDS).round(1), np.nan),
            "movement": (dice.random(GATEWAY_BEDS) * 10).round(1),
        }
        values = {
            kind: [None if value != value else value for value in column.tolist()] for kind, column in columns.items()
        }
        batcher = Batcher(0.0)
        batcher.add(Observations(now - timedelta(seconds=1), self._pads, values, self._offsets), 0.0)
        if (tick + number) % HEARTBEAT_S == 0:
            batcher.add(Heartbeat(now), 0.0)
        return batcher.take(1.0, all_now=True)


def run(plan: Plan) -> dict[str, object]:
    """Every gateway sends one batch a second, the gateways spread over the second; return the figures."""
    lanes = [Lanes(plan.broker, home, plan.gateways, plan.epoch) for home in plan.homes]
    for one in lanes:
        one.wait_up()
    print(json.dumps({"ready": True}), flush=True)
    late = _send(lanes, plan)
    until = time.monotonic() + 180
    while any(one.sent != one.committed for one in lanes) and time.monotonic() < until:
        time.sleep(0.05)
        for one in lanes:
            one.repeat()
    for one in lanes:
        one.stop()
    sent = _sent(lanes)
    latencies = [latency for one in lanes for latency in one.latencies]
    oldest = [latency + 1.0 for latency in latencies]
    return {
        "messages_sent": sent,
        "messages_confirmed": sum(sum(one.committed.values()) for one in lanes),
        "samples_sent": sent * GATEWAY_BEDS,
        "samples_timed": len(latencies) * GATEWAY_BEDS,
        "resends": sum(one.resends for one in lanes),
        "ready_to_committed": percentiles(latencies),
        "oldest_sample_at_commit": percentiles(oldest),
        "mean_age_of_a_sample_ms": round(1e3 * (sum(latencies) / max(1, len(latencies)) + 0.5), 1),
        "generator_late": percentiles(late),
        "generator_cpu_percent": round(100 * time.process_time() / max(1e-9, plan.warm_s + plan.seconds), 1),
    }


def _sent(lanes: list[Lanes]) -> int:
    return sum(sum(one.sent.values()) for one in lanes)


def _send(lanes: list[Lanes], plan: Plan) -> list[float]:
    """Return by how much the generator itself was late, for each batch."""
    city, begun, start = City(), time.monotonic(), datetime.now(UTC)
    late: list[float] = []
    for tick in range(plan.warm_s + round(plan.seconds)):
        if tick == plan.warm_s:
            late.clear()
            for one in lanes:
                one.latencies.clear()
            print(json.dumps({"warm": True, "messages": _sent(lanes)}), flush=True)
        for due, number, one, key in _turns(lanes):
            at = begun + tick + due
            time.sleep(max(0.0, at - time.monotonic()))
            events = city.batch(key, number, tick, start + timedelta(seconds=tick + due))
            payload = event.encode(event.compose(key, one.sent[key] + 1, datetime.now(UTC), events))
            late.append(max(0.0, time.monotonic() - at))
            one.send(key, payload)
        for one in lanes:
            one.repeat()
    return late


def _turns(lanes: list[Lanes]) -> Iterator[tuple[float, int, Lanes, LaneKey]]:
    places = [(one, key) for one in lanes for key in one.keys]
    for number, (one, key) in enumerate(places):
        yield number / len(places), number, one, key


def main() -> int:
    plan = msgspec.json.decode(sys.stdin.buffer.readline(), type=Plan)
    print(json.dumps(run(plan)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
