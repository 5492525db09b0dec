"""What the families share: a raw message, a gateway that makes messages for a window of time, and where things stand.

A gateway's messages are a function of world, faults and window, so that any split of the time gives the same messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple, Protocol

from anxin.facility import Facility, Gateway
from simulators.chance import seed_of
from simulators.faults import Faults
from simulators.people import Person
from simulators.truth import moment_of
from simulators.world import World


class Raw(NamedTuple):
    """One message at the moment it reaches the gateway's broker (seconds since 1970). topic "": a raw-sample feed."""

    time: float
    gateway: str
    topic: str
    payload: bytes
    retain: bool = False
    qos: int = 0

    @property
    def at(self) -> datetime:
        """The time as aware UTC."""
        return moment_of(self.time)


class Speaker(Protocol):
    """A foreign gateway. has_time: its payloads carry their own time, so the past can be told late."""

    code: str
    has_time: bool

    def messages(self, start: float, end: float) -> list[Raw]:
        """Return what the gateway publishes in [start, end), in order of time."""

    def birth(self, t: float) -> list[Raw]:
        """Return what it publishes when it connects."""

    def will(self, t: float) -> list[Raw]:
        """Return what its broker publishes for it when it vanishes (its last will), or nothing."""


@dataclass(frozen=True)
class Site:
    """The home around a gateway: its world, its faults, and who uses which bed."""

    world: World
    faults: Faults

    @property
    def facility(self) -> Facility:
        return self.world.facility

    @cached_property
    def by_bed(self) -> dict[str, Person]:
        return {person.bed: person for person in self.world.people.values()}

    def number(self, gateway: Gateway, family: str) -> int:
        """Return the gateway's place among those of its family, from 0."""
        same = [other.code for other in self.facility.gateways if other.code.endswith(family)]
        return same.index(gateway.code)


def ticks(start: float, end: float, period_s: float, phase_s: float = 0.0) -> list[float]:
    """Return the times period_s x n + phase_s in [start, end)."""
    first = -int((phase_s - start) // period_s)
    found = []
    while (t := first * period_s + phase_s) < end:
        if t >= start:
            found.append(t)
        first += 1
    return found


def phase_of(code: str, period_s: float) -> float:
    """Return a device's own offset within its period."""
    return seed_of(code, "phase") % 1_000_000 / 1_000_000 * period_s
