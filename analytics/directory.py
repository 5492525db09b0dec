"""The facility model as the detectors see it: which device is where, who lives there, which rule holds for whom, when.

A Directory is immutable and knows the whole history of stays and policies; `view(at)` is what holds at one moment. It
is made from the database (`analytics.reload`) or from a facility file (`analytics.facility_file`), for tests and
simulations, without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from analytics.finding import Subject
from analytics.moment import NEVER
from analytics.parameters import Value
from analytics.policy import PolicyRow, PolicyView
from analytics.schedule import ScheduleRow
from anxin.names import Names, gather
from anxin.vocabulary import DeviceKind, RoomKind

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Home:
    """A facility: its id, its code on the wire and its time zone."""

    id: int
    code: str
    time_zone: str
    partition: int = 0


@dataclass(frozen=True, slots=True)
class Bed:
    """A bed and where it stands. suite: the rooms behind one door, with their bathroom."""

    id: int
    room_id: int
    ward_id: int
    facility_id: int
    suite: str | None = None


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway; heartbeat_s: how often it promises to speak."""

    id: int
    facility_id: int
    code: str
    heartbeat_s: float


@dataclass(frozen=True, slots=True)
class Device:
    """A device behind a gateway. It stands in a room, at a bed, or is worn by a resident. supervision_s: it promises to
    be heard at least that often; None: unsupervised. at: the name of its bed or room, as people say it."""

    id: int
    facility_id: int
    gateway_id: int
    code: str
    kind: DeviceKind
    ward_id: int | None = None
    room_id: int | None = None
    bed_id: int | None = None
    resident_id: int | None = None
    supervision_s: float | None = None
    room_kind: RoomKind | None = None
    suite: str | None = None
    at: str = ""


@dataclass(frozen=True, slots=True)
class Stay:
    """A resident in a bed from starts_ms until before ends_ms."""

    resident_id: int
    bed_id: int
    starts_ms: int = 0
    ends_ms: int = NEVER


@dataclass(frozen=True)
class Directory:
    """Everything, in a fixed order: a device's or gateway's position is its index in the detectors' columns."""

    homes: tuple[Home, ...] = ()
    beds: tuple[Bed, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    devices: tuple[Device, ...] = ()
    stays: tuple[Stay, ...] = ()
    policies: tuple[PolicyRow, ...] = ()
    schedules: tuple[ScheduleRow, ...] = ()

    @cached_property
    def names(self) -> Names:
        """What gateways and devices are called on the wire."""
        homes = {home.id: home for home in self.homes}
        behind: dict[int, list[Device]] = {}
        for device in self.devices:
            behind.setdefault(device.gateway_id, []).append(device)
        rows: list[tuple[object, ...]] = []
        for gateway in self.gateways:
            home = homes[gateway.facility_id]
            head = (home.code, home.partition, gateway.id, gateway.code)
            rows += [(*head, device.id, device.code) for device in behind.get(gateway.id, [])] or [(*head, None, None)]
        return gather(rows)

    @cached_property
    def index_by_id(self) -> IntArray:
        """Device index at the place of each device id, -1 where there is none; shape (highest id + 1,)."""
        table = np.full(max((device.id for device in self.devices), default=0) + 1, -1, np.int64)
        for index, device in enumerate(self.devices):
            table[device.id] = index
        return table

    @cached_property
    def device_index(self) -> dict[int, int]:
        """Device id → index."""
        return {device.id: index for index, device in enumerate(self.devices)}

    @cached_property
    def gateway_index(self) -> dict[int, int]:
        """Gateway id → index."""
        return {gateway.id: index for index, gateway in enumerate(self.gateways)}

    @cached_property
    def gateway_of(self) -> IntArray:
        """Gateway index of each device."""
        return np.array([self.gateway_index[device.gateway_id] for device in self.devices], np.int64)

    def view(self, at_ms: int) -> View:
        return View(self, at_ms)


_CALLED = {
    DeviceKind.VITALS: "vital signs monitor",
    DeviceKind.PRESENCE: "presence sensor",
    DeviceKind.DOOR: "door contact",
    DeviceKind.ENVIRONMENT: "room sensor",
    DeviceKind.OTHER: "device",
}


def called(kind: DeviceKind, at: str | None, code: str) -> str:
    """Return what a device is called to people: its kind and where it stands, or its own name."""
    return f"the {_CALLED.get(kind) or kind.value.replace('_', ' ')} {f'at {at}' if at else code}"


class View:
    """The directory at one moment. It holds until `until_ms`, when a stay or a policy changes."""

    def __init__(self, directory: Directory, at_ms: int) -> None:
        self.directory, self.at_ms = directory, at_ms
        self._zones = {home.id: ZoneInfo(home.time_zone) for home in directory.homes}
        self.policies = PolicyView(directory.policies, at_ms, self._zones)
        moments = [ms for stay in directory.stays for ms in (stay.starts_ms, stay.ends_ms)]
        moments += [ms for line in directory.schedules for ms in (line.from_ms, line.to_ms)]
        self.until_ms = min([self.policies.until_ms, *(ms for ms in moments if ms > at_ms)])
        self.schedules = tuple(line for line in directory.schedules if line.from_ms <= at_ms < line.to_ms)
        self._beds = {bed.id: bed for bed in directory.beds}
        self._current = current = [stay for stay in directory.stays if stay.starts_ms <= at_ms < stay.ends_ms]
        self.resident_of_bed = {stay.bed_id: stay.resident_id for stay in current}
        self._bed_of_resident = {stay.resident_id: stay.bed_id for stay in current}
        self._residents_of_room: dict[int, list[int]] = {}
        self._residents_of_suite: dict[tuple[int, str | None], list[int]] = {}
        for stay in current:
            if (bed := self._beds.get(stay.bed_id)) is not None:
                self._residents_of_room.setdefault(bed.room_id, []).append(stay.resident_id)
                self._residents_of_suite.setdefault((bed.facility_id, bed.suite), []).append(stay.resident_id)
        self._subjects: dict[int, Subject] = {}
        self._behind: dict[int, list[int]] | None = None

    def zone(self, facility_id: int) -> ZoneInfo:
        return self._zones[facility_id]

    def subject(self, device: int) -> Subject:
        """Whom a signal of the device (index) is about. In a room of several residents it names the room, nobody."""
        if (known := self._subjects.get(device)) is None:
            known = self._subjects[device] = self._subject(self.directory.devices[device])
        return known

    def _subject(self, device: Device) -> Subject:
        resident, bed_id, room_id, ward_id = device.resident_id, device.bed_id, device.room_id, device.ward_id
        if resident is not None:
            bed_id = self._bed_of_resident.get(resident)
        elif bed_id is not None:
            resident = self.resident_of_bed.get(bed_id)
        elif room_id is not None:
            there = self._residents_of_room.get(room_id) or self.residents_of_suite(device)
            resident = there[0] if len(there) == 1 else None
        if bed_id is not None and (bed := self._beds.get(bed_id)) is not None:
            room_id, ward_id = bed.room_id, bed.ward_id
        return Subject(device.facility_id, ward_id, room_id, bed_id, resident, device.id, device.gateway_id)

    def stays(self) -> Iterator[Stay]:
        """Yield who lives where now."""
        return (stay for stay in self._current if stay.bed_id in self._beds)

    def resident(self, resident_id: int) -> Subject | None:
        """Return a resident, with her bed, as a subject; None if she lives nowhere now."""
        bed = self._beds.get(self._bed_of_resident.get(resident_id, -1))
        return Subject(bed.facility_id, bed.ward_id, bed.room_id, bed.id, resident_id) if bed else None

    def residents_of_suite(self, device: Device) -> list[int]:
        """Return who sleeps behind the same door as the room of a device; nobody where that is a room for everybody."""
        return self._residents_of_suite.get((device.facility_id, device.suite), []) if device.suite else []

    def bed_of(self, resident_id: int) -> int | None:
        return self._bed_of_resident.get(resident_id)

    def residents_of_room(self, room_id: int) -> list[int]:
        return self._residents_of_room.get(room_id, [])

    def room(self, device: int) -> Subject:
        """The room of a device (index) as a subject that names nobody; the device itself where no room is known."""
        found = self.subject(device)
        if found.room_id is None:
            return replace(found, resident_id=None, bed_id=None)
        return Subject(found.facility_id, found.ward_id, found.room_id)

    def words(self, device: int) -> str:
        """What a device (index) is called to people: its kind and where it stands, or its own name."""
        row = self.directory.devices[device]
        return called(row.kind, row.at, row.code)

    def named(self, gateway: int) -> str:
        """What a gateway (id) is called to people: its own name, as far as it is known."""
        index = self.directory.gateway_index.get(gateway)
        return "a gateway" if index is None else f"gateway {self.directory.gateways[index].code}"

    def equipment(self, device: int) -> Subject:
        """The device itself as a subject: people and places left out of the key."""
        row = self.directory.devices[device]
        return Subject(row.facility_id, self.subject(device).ward_id, device_id=row.id, gateway_id=row.gateway_id)

    def gateway(self, gateway: int) -> Subject:
        """The gateway (index) as a subject."""
        row = self.directory.gateways[gateway]
        return Subject(row.facility_id, gateway_id=row.id)

    def value(self, rule: str, name: str, about: Subject) -> Value:
        return self.policies.value(rule, name, about.facility_id, about.ward_id, about.resident_id)

    def number(self, rule: str, name: str, about: Subject) -> float:
        return float(self.value(rule, name, about))

    def numbers(self, rule: str, name: str) -> FloatArray:
        """Return a parameter for each device, shape (devices,)."""
        count = len(self.directory.devices)
        if not self.policies.overridden(rule, name):
            return np.full(count, self.policies.default(rule, name))
        return np.array([self.number(rule, name, self.subject(index)) for index in range(count)], np.float64)

    def residents_of(self, facility_id: int) -> list[int]:
        """Return the ids of the residents whom any device of a facility watches."""
        gateways = [gateway.id for gateway in self.directory.gateways if gateway.facility_id == facility_id]
        return sorted({resident for gateway in gateways for resident in self.residents_behind(gateway)})

    def residents_behind(self, gateway_id: int) -> list[int]:
        """Return the ids of the residents whom a gateway's devices watch."""
        if self._behind is None:
            found: dict[int, set[int]] = {}
            for index, device in enumerate(self.directory.devices):
                if (resident := self.subject(index).resident_id) is not None:
                    found.setdefault(device.gateway_id, set()).add(resident)
            self._behind = {gateway: sorted(residents) for gateway, residents in found.items()}
        return self._behind.get(gateway_id, [])
