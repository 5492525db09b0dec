"""What goes wrong with devices and gateways, seeded: silence, stuck and drifting values, flicker, wrong clocks,
repeats, lateness, outages. Pure.

The rates are assumptions of this simulator: about one fault per 40 device-days, one outage per 20 gateway-days.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from anxin.facility import Facility
from simulators.chance import Chance, seed_of, unit


class FaultKind(StrEnum):
    """What can go wrong.

    silent: says nothing. lost: the same, and its gateway says so. stuck: values stand still. drift: a value creeps by
    `amount` an hour. flicker: the bed pad now and then reads empty for a moment. clock: stamps are `amount` seconds
    off. misplaced: a pad lies under the next bed of its line, a band is on the next wrist of its gateway; other devices
    have no such fault. duplicate: messages come twice. late: messages come up to `amount` seconds late. offline: the
    gateway has no network and delivers all when it is back.
    """

    SILENT = "silent"
    LOST = "lost"
    STUCK = "stuck"
    DRIFT = "drift"
    FLICKER = "flicker"
    CLOCK = "clock"
    MISPLACED = "misplaced"
    DUPLICATE = "duplicate"
    LATE = "late"
    OFFLINE = "offline"


class Fault(NamedTuple):
    """From start to end (seconds since 1970). device "": the whole gateway."""

    kind: FaultKind
    gateway: str
    device: str
    start: float
    end: float
    amount: float = 0.0


# kind, share per device-day, shortest and longest in minutes, lowest and highest amount
DEVICE_RATES = (
    (FaultKind.SILENT, 0.008, 10, 240, 0, 0),
    (FaultKind.LOST, 0.004, 10, 120, 0, 0),
    (FaultKind.STUCK, 0.002, 60, 600, 0, 0),
    (FaultKind.DRIFT, 0.002, 600, 1_400, 0.5, 2),
    (FaultKind.FLICKER, 0.006, 120, 900, 0, 0),
    (FaultKind.CLOCK, 0.002, 60, 1_400, -7_200, 7_200),
    (FaultKind.MISPLACED, 0.001, 600, 2_880, 0, 0),
)
GATEWAY_RATES = (
    (FaultKind.OFFLINE, 0.05, 2, 40, 0, 0),
    (FaultKind.DUPLICATE, 0.02, 10, 120, 0, 0),
    (FaultKind.LATE, 0.02, 10, 120, 5, 90),
)
FLICKER_S = 6.0
OF_DEVICES = {kind for kind, *_ in DEVICE_RATES}
OF_GATEWAYS = {kind for kind, *_ in GATEWAY_RATES} | {FaultKind.SILENT}
_NO_FAULTS: tuple[Fault, ...] = ()


def drawn(facility: Facility, seed: int, noon: float) -> list[Fault]:
    """Return the faults that begin in the day after noon (seconds since 1970)."""
    found: list[Fault] = []
    for gateway in facility.gateways:
        places = [("", GATEWAY_RATES), *((device.id, DEVICE_RATES) for device in gateway.devices)]
        for device, rates in places:
            chance = Chance(seed, "faults", gateway.code, device, noon)
            for kind, share, shortest, longest, low, high in rates:
                if chance.happens(share):
                    start = noon + chance.between(0, 86_400)
                    end = start + 60 * chance.between(shortest, longest)
                    found.append(Fault(kind, gateway.code, device, start, end, chance.between(low, high)))
    return found


class Faults:
    """All faults of a run; the devices ask it what they may say."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._of: dict[tuple[str, str], tuple[Fault, ...]] = {}
        for fault in faults:
            key = fault.gateway, fault.device
            self._of[key] = (*self._of.get(key, ()), fault)

    def of(self, gateway: str, device: str) -> tuple[Fault, ...]:
        """Return all faults of a device (or, device "", of a gateway)."""
        return self._of.get((gateway, device), _NO_FAULTS)

    def at(self, gateway: str, device: str, t: float) -> dict[FaultKind, Fault]:
        """Return the faults that hold at t, by kind; nearly always none."""
        faults = self._of.get((gateway, device))
        return {fault.kind: fault for fault in faults if fault.start <= t < fault.end} if faults else {}

    def touched(self, gateway: str, device: str, start: float, end: float) -> bool:
        """True where a device or its gateway has any fault in [start, end)."""
        found = (*self.of(gateway, device), *self.of(gateway, ""))
        return any(fault.start < end and fault.end > start for fault in found)

    def silent(self, gateway: str, device: str, t: float) -> bool:
        """True where the device, or its whole gateway, says nothing."""
        found = self.at(gateway, device, t)
        return FaultKind.SILENT in found or FaultKind.LOST in found or FaultKind.SILENT in self.at(gateway, "", t)

    def seen(self, gateway: str, device: str, t: float) -> float:
        """Return the time whose values a device shows at t: t itself, or when it got stuck."""
        stuck = self.at(gateway, device, t).get(FaultKind.STUCK)
        return stuck.start if stuck else t

    def drift(self, gateway: str, device: str, t: float) -> float:
        fault = self.at(gateway, device, t).get(FaultKind.DRIFT)
        return (t - fault.start) / 3_600.0 * fault.amount if fault else 0.0

    def flicker(self, gateway: str, device: str, t: float) -> bool:
        if FaultKind.FLICKER not in self.at(gateway, device, t):
            return False
        return unit(seed_of(gateway, device, "flicker"), int(t // FLICKER_S)) < 0.01

    def misplaced(self, gateway: str, device: str, t: float) -> bool:
        return FaultKind.MISPLACED in self.at(gateway, device, t)

    def stamp(self, gateway: str, device: str, t: float) -> float:
        """Return what the device's clock says at t."""
        fault = self.at(gateway, device, t).get(FaultKind.CLOCK)
        return t + fault.amount if fault else t

    def deliveries(self, gateway: str, t: float) -> list[float]:
        """Return when a message of t reaches the broker: once at t, later, or twice."""
        found = self.at(gateway, "", t)
        if outage := found.get(FaultKind.OFFLINE):
            return [outage.end + (t - outage.start) * 0.001]
        if late := found.get(FaultKind.LATE):
            return [t + late.amount * unit(seed_of(gateway, "late"), int(t * 10))]
        return [t, t + 2.0] if FaultKind.DUPLICATE in found else [t]
