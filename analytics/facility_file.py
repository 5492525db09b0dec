"""Makes a directory from a facility file, without a database: for tests, simulations and evaluations."""

from __future__ import annotations

from analytics.directory import Bed, Device, Directory, Gateway, Home, Stay
from analytics.moment import to_ms
from analytics.policy import PolicyRow, check
from analytics.schedule import ScheduleRow
from anxin.facility import Facility
from anxin.vocabulary import RoomKind


def from_facility(facility: Facility) -> Directory:
    """Return the directory of a facility file. Ids are positions in the file, from 1."""
    beds: dict[str, Bed] = {}
    rooms: dict[str, tuple[int, int]] = {}
    kinds: dict[int, RoomKind] = {}
    suites: dict[int, str | None] = {}
    names: dict[str, str] = {}  # of rooms and beds
    wards: dict[str, int] = {}
    for ward in facility.wards:
        wards[ward.code] = len(wards) + 1
        for room in ward.rooms:
            rooms[room.code] = len(rooms) + 1, wards[ward.code]
            kinds[len(rooms)], suites[len(rooms)] = room.kind, room.suite
            names |= {f"room {room.code}": room.name} | {f"bed {bed.code}": bed.name for bed in room.beds}
            for bed in room.beds:
                beds[bed.code] = Bed(len(beds) + 1, *rooms[room.code], 1, room.suite)
    residents = {resident.code: number for number, resident in enumerate(facility.residents, 1)}
    devices: list[Device] = []
    for number, gateway in enumerate(facility.gateways, 1):
        for entry in gateway.devices:
            at = beds[entry.bed] if entry.bed else None
            room_id, ward_id = (at.room_id, at.ward_id) if at else rooms[entry.room] if entry.room else (None, None)
            devices.append(Device(
                len(devices) + 1, 1, number, entry.id, entry.kind, ward_id, room_id, at.id if at else None,
                residents[entry.resident] if entry.resident else None, entry.supervision_s, kinds.get(room_id or 0),
                suites.get(room_id or 0), names.get(f"bed {entry.bed}", names.get(f"room {entry.room}", "")),
            ))  # fmt: skip
    return Directory(
        (Home(1, facility.code, facility.time_zone, facility.partition),),
        tuple(beds.values()),
        tuple(Gateway(n, 1, gateway.code, gateway.heartbeat_s) for n, gateway in enumerate(facility.gateways, 1)),
        tuple(devices),
        tuple(
            Stay(residents[r.code], beds[r.bed].id, to_ms(r.since) if r.since else 0)
            for r in facility.residents
            if r.bed
        ),
        tuple(
            check(PolicyRow(
                1, wards[p.ward] if p.ward else None, residents[p.resident] if p.resident else None,
                p.rule, p.parameter, p.value, starts=p.starts, ends=p.ends,
            ))
            for p in facility.all_policies()
        ),
        tuple(
            ScheduleRow(
                1, line.kind, line.code or line.kind.value, line.times, line.every_min,
                wards[line.ward] if line.ward else None, residents[line.resident] if line.resident else None,
                line.care_level,
            )
            for line in facility.schedules
        ),
    )  # fmt: skip
