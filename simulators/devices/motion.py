"""Raw accelerometers at the waist: each second one JSON line with 50 samples, for the edge's raw-sample feed.

{"device","placement","rate_hz","t0","unit":"g","samples":[[x,y,z],…]}
"""

from __future__ import annotations

import msgspec

from anxin.facility import Gateway
from simulators.biomechanics import feel
from simulators.devices.base import Raw, Site, ticks
from simulators.people import Person
from simulators.truth import moment_of

RATE_HZ = 50
PERIOD_S = 1.0
_encode = msgspec.json.Encoder().encode


class MotionFeed:
    """The accelerometers of one gateway. Their raw samples are not worth telling late, so the past is left out."""

    has_time = False

    def __init__(self, gateway: Gateway, site: Site) -> None:
        self.code, self._site = gateway.code, site
        people = site.world.people
        self._worn = [(d.id, people[d.resident]) for d in gateway.devices if d.resident in people]

    def messages(self, start: float, end: float) -> list[Raw]:
        return [
            Raw(t, self.code, "", self._line(device, person, t))
            for t in ticks(start, end, PERIOD_S)
            for device, person in self._worn
            if not self._site.faults.silent(self.code, device, t)
        ]

    def birth(self, t: float) -> list[Raw]:
        return []

    def will(self, t: float) -> list[Raw]:
        return []

    def _line(self, device: str, person: Person, t: float) -> bytes:
        """Return the samples of the second that ends at t."""
        world = self._site.world
        samples = []
        for number in range(RATE_HZ):
            at = t - PERIOD_S + number / RATE_HZ
            now, before = world.at(person.code, at)
            after = world.at(person.code, now.end)[0] if now.end - at < 1.0 else now
            samples.append([round(part, 3) for part in feel(person, before, now, after, at)])
        t0 = moment_of(t - PERIOD_S).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return _encode(
            {"device": device, "placement": "waist", "rate_hz": RATE_HZ, "t0": t0, "unit": "g", "samples": samples}
        )
