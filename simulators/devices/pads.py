"""Bed pads of the Sleepace kind: one topic `sleepace-<n>` for a line of pads, a JSON array every three seconds.

bedStatus 0 is IN bed; heart and breath 0 or 255 are invalid (gateways.md 15). Under-mattress heart rates err by 1 to 2
/min in quiet minutes and are not given while the person moves (clinical.md 2.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from anxin.facility import Gateway
from simulators.bodies import BoolArray, FloatArray, bodies
from simulators.chance import seed_of, smooth, smooth_columns
from simulators.devices.base import Raw, Site, ticks
from simulators.faults import FaultKind
from simulators.people import Person

PERIOD_S = 3.0
FIRST_TOPIC = 57_136
SETTLING_S = 18.0  # so long after lying down the pad has no rates yet
MOVING, TURNING = 28.0, 45.0
INVALID = 255
_encode = msgspec.json.Encoder().encode
Columns = tuple[BoolArray, FloatArray, FloatArray]


def topic_of(number: int) -> str:
    """Return the topic of the home's pad line number 0, 1 …"""
    return f"sleepace-{FIRST_TOPIC + number}"


class PadLine:
    """The pads of one gateway."""

    has_time = True

    def __init__(self, gateway: Gateway, site: Site) -> None:
        self.code, self._site = gateway.code, site
        self.topic = topic_of(site.number(gateway, "beds"))
        self.pads = [(device.id, site.by_bed.get(device.bed or "")) for device in gateway.devices]
        self._phase = seed_of(gateway.code) % 3_000 / 1_000.0

    def messages(self, start: float, end: float) -> list[Raw]:
        found = [
            Raw(t, self.code, self.topic, _encode(records), qos=1)
            for t in ticks(start, end, PERIOD_S, self._phase)
            if (records := self._records(t))
        ]
        found += self._connections(start, end)
        return sorted(found)

    def birth(self, t: float) -> list[Raw]:
        records = [self._connection(pad, t, 1) for pad, _ in self.pads]
        return [Raw(t, self.code, self.topic, _encode(records), qos=1)]

    def will(self, t: float) -> list[Raw]:
        return []

    def _records(self, t: float) -> list[dict[str, Any]]:
        faults = self._site.faults
        return [self._record(pad, person, t) for pad, person in self.pads if not faults.silent(self.code, pad, t)]

    def _record(self, pad: str, person: Person | None, t: float) -> dict[str, Any]:
        stamp = int(self._site.faults.stamp(self.code, pad, t))
        return {
            "deviceId": pad,
            "dataKey": "realtime",
            "timestamp": stamp,
            "data": {"deviceId": pad, "timestamp": stamp, **self.reading(pad, person, t)},
        }

    def reading(self, pad: str, person: Person | None, t: float) -> dict[str, int]:
        """Return what a pad measures at t, in the vendor's fields."""
        world, faults = self._site.world, self._site.faults
        t = faults.seen(self.code, pad, t)
        person = self.felt(pad, person, t)
        if person is None:
            return _EMPTY
        now, before = world.at(person.code, t)
        if not now.in_bed or faults.flicker(self.code, pad, t):
            return _EMPTY
        body = world.vitals(person.code, t)
        moving = body.movement > MOVING or now.doing in ("edge", "lifeless")
        settling = not before.in_bed and t - now.start < SETTLING_S
        heart = breath = 0
        if not moving and not settling:
            error = 1.1 * smooth(person.seed + 501, t, 90) + faults.drift(self.code, pad, t)
            heart = round(body.heart + error)
            breath = round(body.breathing + 0.6 * smooth(person.seed + 502, t, 60))
        return {
            "leftRight": 0,
            "breath": breath,
            "heart": heart,
            "turnOver": int(body.movement > TURNING),
            "bodyMove": int(body.movement > MOVING),
            "sitUp": int(now.doing == "edge"),
            "initStatus": 1,
            "bedStatus": 0,
            "signalQuality": 30 if moving or settling else 92 + int(4 * smooth(person.seed + 503, t, 120) / 2.2),
        }

    def felt(self, pad: str, person: Person | None, t: float) -> Person | None:
        """Return whose bed the pad lies under at t: that of its own person, or, misplaced, of the next one."""
        return self.next_to(pad) if self._site.faults.misplaced(self.code, pad, t) else person

    def next_to(self, pad: str) -> Person | None:
        """Return the person of the next pad of this line."""
        names = [name for name, _ in self.pads]
        return self.pads[(names.index(pad) + 1) % len(names)][1]

    def rates(self, pads: Sequence[tuple[str, Person]], moments: FloatArray) -> Columns:
        """Return occupancy, heart and breath (NaN: invalid) of pads without faults, shape (pads, moments), as `reading`
        gives them."""
        people = [person for _, person in pads]
        seen = bodies(self._site.world, people, moments)
        seed = np.array([[person.seed] for person in people], np.uint64)
        moving = (seen.vitals.movement > MOVING) | seen.edge
        valid = seen.in_bed & ~moving & ~seen.lifeless & (seen.was_in_bed | (seen.since >= SETTLING_S))
        heart = np.rint(seen.vitals.heart + 1.1 * smooth_columns(seed + np.uint64(501), moments, 90))
        breath = np.rint(seen.vitals.breathing + 0.6 * smooth_columns(seed + np.uint64(502), moments, 60))
        return seen.in_bed, np.where(valid, heart, np.nan), np.where(valid, breath, np.nan)

    def _connections(self, start: float, end: float) -> list[Raw]:
        """Return the words of the line on pads it has lost and found again."""
        found = []
        for pad, _ in self.pads:
            for fault in self._site.faults.of(self.code, pad):
                for at, up in ((fault.start, 0), (fault.end, 1)):
                    if fault.kind == FaultKind.LOST and start <= at < end:
                        found.append(Raw(at, self.code, self.topic, _encode([self._connection(pad, at, up)]), qos=1))
        return found

    def _connection(self, pad: str, t: float, up: int) -> dict[str, Any]:
        data = {"deviceId": pad, "timestamp": int(t), "connectionStatus": up}
        return {"deviceId": pad, "dataKey": "connectionStatus", "timestamp": int(t), "data": data}


_EMPTY = {
    "leftRight": 0,
    "breath": INVALID,
    "heart": INVALID,
    "turnOver": 0,
    "bodyMove": 0,
    "sitUp": 0,
    "initStatus": 1,
    "bedStatus": 1,
    "signalQuality": 0,
}
