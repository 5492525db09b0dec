"""A truth as the score sees it, where things and people of a home are, and which devices were sound when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from anxin.facility import Device, Facility
from anxin.vocabulary import DeviceKind
from simulators.faults import FaultKind, Faults

MUTE = (FaultKind.SILENT, FaultKind.LOST, FaultKind.STUCK)
_BAD = (*MUTE, FaultKind.FLICKER, FaultKind.CLOCK, FaultKind.MISPLACED)


@dataclass(frozen=True, slots=True)
class Truth:
    """due: when it should be told (seconds since 1970); first, last: it holds from … to, an alert raised then is not
    false. resident, room, device: whom or what it is about, "" where that is not known. crisis: of an illness."""

    kind: str
    due: float
    must: bool
    first: float
    last: float
    resident: str = ""
    room: str = ""
    device: str = ""
    crisis: float | None = None


class Places:
    """Where devices are and who lives where, by code."""

    def __init__(self, facility: Facility) -> None:
        self.room_of_bed = {bed.code: room.code for ward in facility.wards for room in ward.rooms for bed in room.beds}
        self.resident_of_bed = {resident.bed: resident.code for resident in facility.residents}
        self.gets_up = {one.code: one.profile.get("gets_up", "alone") for one in facility.residents}
        self.bed_of = {resident.code: resident.bed for resident in facility.residents}
        self.devices = {(g.code, d.id): d for g in facility.gateways for d in g.devices}
        self.gateway_of = {device: gateway for gateway, device in self.devices}

    @cached_property
    def pad_of(self) -> dict[str, tuple[str, str]]:
        """Resident → gateway and id of the bed sensor."""
        pads = [(key, d) for key, d in self.devices.items() if d.kind is DeviceKind.BED_SENSOR and d.bed]
        return {self.resident_of_bed[d.bed]: key for key, d in pads if d.bed in self.resident_of_bed}

    @cached_property
    def radar_of(self) -> dict[str, tuple[str, str]]:
        """Room → gateway and id of its fall sensor."""
        return {d.room: key for key, d in self.devices.items() if d.kind is DeviceKind.FALL_SENSOR and d.room}

    @cached_property
    def eye_of(self) -> dict[str, tuple[str, str]]:
        """Room → gateway and id of its presence sensor."""
        return {d.room: key for key, d in self.devices.items() if d.kind is DeviceKind.PRESENCE and d.room}

    def about(self, device: Device) -> tuple[str, str]:
        """Resident and room that a device speaks of, "" where unknown."""
        resident = device.resident or self.resident_of_bed.get(device.bed or "", "")
        return resident or "", device.room or self.room_of_bed.get(device.bed or "", "")


def works(
    faults: Faults, key: tuple[str, str] | None, start: float, end: float, bad: Sequence[FaultKind] = _BAD
) -> bool:
    """Return whether a device and its gateway had no fault in [start, end]."""
    if key is None:
        return False
    own = [fault for fault in faults.of(*key) if fault.kind in bad]
    return not any(f.start < end and f.end > start for f in (*own, *faults.of(key[0], "")))
