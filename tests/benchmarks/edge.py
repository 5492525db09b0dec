"""One edge agent at its limit, with a real spool on the disk of the temporary folder.

Three figures: batches of 50 samples offered one by one (what a busy gateway gives), the same with everything a round
gathers in one transaction, and urgent events one by one, handed over to durable. The store is a loop that commits what
was sent, so nothing but the agent is measured.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from anxin import topic
from anxin.clock import monotonic_s
from anxin.config import Edge
from anxin.event import Call, Committed, DeviceInfo, Event, Observations, encode
from anxin.mqtt import Received
from anxin.topic import LaneKey, MessageTopic
from edge.agent import Agent
from edge.spool_file import open_spool
from edge.translator import Raw

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


class Prepared:
    """A translator whose events are ready, so that no mapping is measured."""

    def __init__(self, rows: int) -> None:
        beds = [f"bed-{n}" for n in range(rows)]
        values: dict[str, list[float | None]] = {"heart_rate": [61.0] * rows, "respiratory_rate": [14.0] * rows}
        self._table = Observations(NOW, beds, values)

    def take(self, raw: Raw, now: datetime) -> list[Event]:
        return [Call("button", NOW)] if raw.payload == b"call" else [self._table]

    def idle(self, now: datetime) -> list[Event]:
        return []

    def devices(self) -> list[DeviceInfo]:
        return []

    def state(self) -> bytes:
        return b""

    def restore(self, state: bytes) -> None:
        pass


class Loop:
    """A connection whose other end has committed everything at once."""

    def __init__(self) -> None:
        self.marks: dict[LaneKey, int] = {}
        self.bytes = 0

    def publish(self, topic_name: str, payload: bytes) -> bool:
        address = topic.parse(topic_name)
        assert isinstance(address, MessageTopic)
        self.marks[address.key] = address.seq
        self.bytes += len(payload)
        return True

    def ack(self, received: Received) -> None:
        pass

    def answer(self, agent: Agent) -> None:
        for key, seq in self.marks.items():
            agent.publisher.on_message(Received(topic.committed(key), encode(Committed(seq)), False, False, 1, 1))
        self.marks.clear()


def run(folder: Path, rows: int, seconds: float, offer: Callable[[Agent], int]) -> dict[str, float]:
    """Offer and step until the time is over; return rates per second of real time."""
    spool = open_spool(folder / "spool.db", "home", "gw", 256 << 20, NOW)
    agent = Agent(Edge(batch_ms=0), spool, {"s": Prepared(rows)}, threading.Event())
    agent.publisher.on_link(True)
    loop, begun, offered, steps, slowest = Loop(), monotonic_s(), 0, 0, 0.0
    while (tick := monotonic_s()) - begun < seconds:
        offered += offer(agent)
        agent.step(loop, NOW, tick)
        loop.answer(agent)
        steps += 1
        slowest = max(slowest, monotonic_s() - tick)
    took = monotonic_s() - begun
    size = (folder / "spool.db").stat().st_size
    agent.close(NOW, monotonic_s())
    return {
        "offered_per_s": round(offered / took), "rounds_per_s": round(steps / took),
        "round_ms_mean": round(1_000 * took / steps, 3), "round_ms_worst": round(1_000 * slowest, 1),
        "mb_sent_per_s": round(loop.bytes / took / 1e6, 1), "spool_mb": round(size / 1e6, 1),
    }  # fmt: skip


def _offering(payload: bytes, count: int) -> Callable[[Agent], int]:
    def offer(agent: Agent) -> int:
        for _ in range(count):
            agent.offer("s", Raw(None, payload))
        return count

    return offer


def limits(rows: int = 50, seconds: float = 3.0) -> dict[str, object]:
    """Return the figures of all three cases."""
    cases = {
        "batches_one_by_one": (b"data", 1), "batches_in_rounds_of_20": (b"data", 20), "urgent_one_by_one": (b"call", 1),
    }  # fmt: skip
    result: dict[str, object] = {"rows_per_batch": rows}
    for name, (payload, count) in cases.items():
        with tempfile.TemporaryDirectory() as folder:
            figures = run(Path(folder), rows, seconds, _offering(payload, count))
        if payload == b"data":
            figures["samples_per_s"] = figures["offered_per_s"] * rows
        result[name] = figures
    return result
