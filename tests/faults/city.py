"""A city before a stopped store: 20,000 beds send each second into the same broker and ingest, and nobody can write.

What is measured is memory: that of every process must stay below its stated bound and must not grow while the store is
away. The gateways are the edge's own lanes behind one connection; what they hold is made anew from its number.
"""

from __future__ import annotations

import queue
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

from anxin import event, topic
from anxin.event import Observations
from anxin.mqtt import Client, Received
from anxin.topic import LaneKey
from anxin.vocabulary import Lane as LaneName
from edge.lane import Lane
from tests.benchmarks import measuring
from tests.benchmarks.goals import MEMORY_MB
from tests.faults.acts import Act, Scene
from tests.faults.stand import STRANGER, Stand
from tests.support.facility_rows import add_facility

CITY, BEDS_EACH = "city", 50
BOUNDS_MB = {**MEMORY_MB, "edge": 200}
GROWTH_MB = 48  # allocators keep what they once had; a leak of one message in flight a second would be more
_STEP_S = 0.05


class Fleet:
    """`count` gateways that send a table of 50 beds a second from `start` on, by the rule of the edge's lanes."""

    def __init__(self, stand: Stand, count: int) -> None:
        self._keys = {LaneKey(CITY, f"gw-{n}", LaneName.DATA, "e1"): Lane("e1", 0, 1) for n in range(1, count + 1)}
        self._heard: queue.SimpleQueue[Received | bool] = queue.SimpleQueue()
        self._stop, self._begun, self.made = threading.Event(), datetime.now(UTC), 0
        self._devices = [f"dev-{n}" for n in range(1, BEDS_EACH + 1)]
        self._client = Client(
            stand.broker(), "fleet", user=STRANGER, subscriptions=(topic.committed_filter(CITY, "+"),),
            on_message=self._heard.put, on_link=self._heard.put,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._run, name="fleet", daemon=True)

    def start(self) -> None:
        self._client.start()
        self._begun = datetime.now(UTC)
        self._thread.start()

    def pause(self) -> int:
        """Make no more messages; return how many each gateway has made."""
        self._pausing = True
        return self.made

    _pausing = False

    def close(self) -> None:
        self._stop.set()
        self._thread.join(10)
        self._client.stop()

    @property
    def committed(self) -> int:
        return sum(lane.watermark for lane in self._keys.values())

    def _run(self) -> None:
        while not self._stop.wait(_STEP_S):
            if not self._pausing:
                self.made = round((datetime.now(UTC) - self._begun) / timedelta(seconds=1))
            tick = time.monotonic()
            while not self._heard.empty():
                self._take(self._heard.get(), tick)
            for key, lane in self._keys.items():
                lane.expire(tick)
                if (room := lane.room(tick)) is not None:
                    self._send(key, lane, room.after, min(room.after + room.count, self.made), tick)

    def _take(self, heard: Received | bool, tick: float) -> None:
        if isinstance(heard, bool):
            for lane in self._keys.values():
                lane.link(heard, tick)
        else:
            self._keys[topic.parse_committed(heard.topic)].heard(event.decode_committed(heard.payload), tick)
            self._client.ack(heard)

    def _send(self, key: LaneKey, lane: Lane, after: int, last: int, tick: float) -> None:
        for seq in range(after + 1, last + 1):
            at = self._begun + timedelta(seconds=seq)
            values: dict[str, list[float | None]] = {"heart_rate": [70.0] * BEDS_EACH, "weight": [60.0] * BEDS_EACH}
            payload = event.encode(event.compose(key, seq, at, [Observations(at, self._devices, values)]))
            if not self._client.publish(topic.message(key, seq), payload):
                return
            lane.sent(seq, len(payload), tick)


def store_away_from_a_city(gateways: int, away_s: float) -> Act:
    """400 gateways are 20,000 beds."""

    def act(scene: Scene) -> None:
        stand = scene.stand
        with stand.owner() as owner:
            add_facility(owner, CITY, gateways, BEDS_EACH)
            owner.execute("notify anxin_directory")
        with closing(Fleet(stand, gateways)) as fleet:
            fleet.start()
            before = _highest(stand, 12)
            stand.store_line.cut()
            first = _highest(stand, away_s / 2)
            second = _highest(stand, away_s / 2)
            stand.store_line.heal()
            after = _highest(stand, 8)
            made = fleet.pause() * gateways
            stand.wait_for(lambda: fleet.committed >= made, "the city has caught up", 240)
        with stand.owner() as owner:
            row = owner.execute(
                "select count(*), count(distinct (gateway, seq)) from anxin.log where facility = %s", (CITY,)
            ).fetchone()
        scene.expect(row == (made, made), f"the city's {made} messages are stored once: {row}")
        for part, bound in BOUNDS_MB.items():
            figures = [moment[part] for moment in (before, first, second, after)]
            scene.notes.append(f"{part} {figures[0]} / {figures[1]} / {figures[2]} / {figures[3]} MB (bound {bound})")
            scene.expect(max(figures) <= bound, f"{part} stays below {bound} MB: {figures}")
            scene.expect(second[part] <= first[part] + GROWTH_MB, f"{part} does not grow without a store: {figures}")

    return act


def _highest(stand: Stand, seconds: float) -> dict[str, int]:
    """Let time pass; return the highest resident memory of each part meanwhile, in MB."""
    highest = dict.fromkeys(BOUNDS_MB, 0)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        stand.run(1.0)
        for part in highest:
            highest[part] = max(highest[part], resident_mb(stand.pid(part)))
    return highest


def resident_mb(pid: int | None) -> int:
    """The resident memory of a process and its children, 0 where there is none (Linux)."""
    return round(measuring.resident_mb(pid)) if pid is not None else 0
