"""All foreign gateways of a home as one stream of raw messages in order of time. Pure.

`messages` runs a world in process, for tests and benchmarks; the process shell paces the same stream by a clock.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator

from anxin.facility import Gateway
from simulators.devices.bands import BandGateway
from simulators.devices.base import Raw, Site, Speaker
from simulators.devices.motion import MotionFeed
from simulators.devices.pads import PadLine
from simulators.devices.zigbee import Bridge
from simulators.faults import FaultKind, Faults
from simulators.home_devices import Family, family_of
from simulators.world import World

CHUNK_S = 30.0
WILL_AFTER_S = 22.0  # a broker misses a client after one and a half keep-alives
NO_FAULTS = Faults()
ALL = tuple(Family)


def speakers(world: World, faults: Faults = NO_FAULTS, families: Collection[Family] = ALL) -> tuple[Speaker, ...]:
    """Return the simulated gateways of the world's home; those of other or unknown families are left out."""
    site = Site(world, faults)
    return tuple(
        _speaker(family, gateway, site)
        for gateway in world.facility.gateways
        if (family := family_of(gateway.code)) is not None and family in families
    )


def _speaker(family: Family, gateway: Gateway, site: Site) -> Speaker:
    match family:
        case Family.ZIGBEE:
            return Bridge(gateway, site)
        case Family.BEDS:
            return PadLine(gateway, site)
        case Family.BANDS:
            return BandGateway(gateway, site)
        case Family.MOTION:
            return MotionFeed(gateway, site)


class Stream:
    """Messages of all gateways, window after window. It keeps what a fault holds back beyond the window's end."""

    def __init__(self, world: World, faults: Faults = NO_FAULTS, families: Collection[Family] = ALL) -> None:
        self.speakers = speakers(world, faults, families)
        self._faults = faults
        self._held: list[Raw] = []

    def birth(self, t: float) -> list[Raw]:
        """Return what all gateways say when they connect."""
        return [raw for speaker in self.speakers for raw in speaker.birth(t)]

    def window(self, start: float, end: float, dated: bool = False) -> list[Raw]:
        """Return what reaches the brokers in [start, end), in order of time.

        dated: only from gateways whose payloads carry their own time.
        """
        for speaker in self.speakers:
            if dated and not speaker.has_time:
                continue
            for raw in speaker.messages(start, end):
                for delivered in self._faults.deliveries(raw.gateway, raw.time):
                    heapq.heappush(self._held, raw._replace(time=delivered))
            for raw in self._outages(speaker, start, end):
                heapq.heappush(self._held, raw)
        ready: list[Raw] = []
        while self._held and self._held[0].time < end:
            ready.append(heapq.heappop(self._held))
        return ready

    def _outages(self, speaker: Speaker, start: float, end: float) -> Iterator[Raw]:
        """Yield last wills and births around the times a gateway is without network."""
        for fault in self._faults.of(speaker.code, ""):
            if fault.kind == FaultKind.OFFLINE:
                gone, back = fault.start + WILL_AFTER_S, fault.end
                if start <= gone < end and gone < back:
                    yield from speaker.will(gone)
                if start <= back < end:
                    yield from speaker.birth(back)


def messages(
    world: World, start: float, end: float, faults: Faults = NO_FAULTS, families: Collection[Family] = ALL
) -> Iterator[Raw]:
    """Yield what reaches the brokers in [start, end) (seconds since 1970), in order of time."""
    stream = Stream(world, faults, families)
    while start < end:
        until = min(end, start + CHUNK_S)
        yield from stream.window(start, until)
        start = until
