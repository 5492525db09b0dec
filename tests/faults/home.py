"""The home that the fault runs watch over: some gateways, each with as many beds, a pad and a call button at each."""

from __future__ import annotations

from anxin.facility import Account, Bed, Device, Facility, Gateway, Resident, Room, Ward
from anxin.facility_people import Duty
from anxin.vocabulary import DeviceKind, Role

HOME, NURSE = "home", "nurse"
AWAY = "gw-away"  # a gateway that no agent of the stand speaks for: faults bring their own
AWAY_BEDS = 5


def gateways(count: int) -> list[str]:
    return [f"gw-{number}" for number in range(1, count + 1)]


def pad(bed: int) -> str:
    return f"pad-{bed}"


def button(bed: int) -> str:
    return f"button-{bed}"


def make(count: int, beds: int, time_zone: str) -> Facility:
    """Return a home of `count` gateways with `beds` beds each, and a small gateway AWAY."""
    codes = {**dict.fromkeys(gateways(count), beds), AWAY: AWAY_BEDS}
    places = {gateway: [f"bed-{gateway}-{n}" for n in range(1, size + 1)] for gateway, size in codes.items()}
    rooms = tuple(
        Room(f"room-{bed}", bed, scan_code=f"scan-room-{bed}", beds=(Bed(bed, bed, f"scan-{bed}"),))
        for beds_of in places.values()
        for bed in beds_of
    )
    return Facility(
        HOME,
        "故障之家",
        time_zone,
        wards=(Ward("ward-1", "一区", rooms),),
        residents=tuple(Resident(f"resident-{room.code}", "王秀英", bed=room.beds[0].code) for room in rooms),
        gateways=tuple(Gateway(gateway, gateway, devices=_devices(beds_of)) for gateway, beds_of in places.items()),
        accounts=(Account(NURSE, "张护士", Role.NURSE),),
        duties=(Duty(NURSE, "nurse", "always", "00:00", "00:00"),),
    )


def _devices(beds: list[str]) -> tuple[Device, ...]:
    return tuple(
        device
        for number, bed in enumerate(beds, 1)
        for device in (
            Device(pad(number), DeviceKind.BED_SENSOR, bed=bed),
            Device(button(number), DeviceKind.CALL_BUTTON, bed=bed),
        )
    )
