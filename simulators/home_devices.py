"""Which devices a made-up home has, and behind which gateway: per ward a Zigbee bridge, a bed-pad line, a wristband
gateway and, in the first ward, a gateway for raw accelerometers. Pure.

A gateway's family is told by the end of its code, so a home written by hand can be simulated as well.
"""

from __future__ import annotations

from enum import StrEnum

from anxin.facility import Device, Facility, Gateway, Room, Ward
from anxin.vocabulary import DeviceKind, RoomKind
from simulators.chance import seed_of
from simulators.people import Mobility, Person

PAD_SUPERVISION_S = 30.0
BAND_SUPERVISION_S = 300.0
MAINS_SUPERVISION_S = 1_500.0
BATTERY_SUPERVISION_S = 7_500.0
WEARABLES = 2


class Family(StrEnum):
    """What a simulated gateway speaks: the end of its code."""

    ZIGBEE = "zigbee"
    BEDS = "beds"
    BANDS = "bands"
    MOTION = "motion"


def family_of(gateway: str) -> Family | None:
    """Return the family of a gateway by its code (`w1-beds` → beds); None where it is none of ours."""
    return next((family for family in Family if gateway == family or gateway.endswith(f"-{family}")), None)


def gateways_of(facility: Facility, people: tuple[Person, ...], seed: int) -> tuple[Gateway, ...]:
    """Return the gateways with their devices for a facility's wards and residents."""
    gateways: list[Gateway] = []
    for ward in facility.wards:
        own = tuple(person for person in people if person.ward == ward.code)
        gateways.append(Gateway(f"{ward.code}-zigbee", f"{ward.name} Zigbee 网关", devices=_zigbee(ward, own)))
        gateways.append(Gateway(f"{ward.code}-beds", f"{ward.name} 床垫网关", devices=_pads(own)))
        gateways.append(Gateway(f"{ward.code}-bands", f"{ward.name} 手环网关", devices=_bands(own, seed)))
    walkers = [person for person in people if person.ward == facility.wards[0].code]
    walkers = sorted(walkers, key=lambda person: person.mobility == Mobility.BEDBOUND)[:WEARABLES]
    if walkers:
        first = facility.wards[0]
        gateways.append(
            Gateway(f"{first.code}-motion", f"{first.name} 体动网关", devices=tuple(_wearable(p) for p in walkers))
        )
    return tuple(gateways)


def _pads(people: tuple[Person, ...]) -> tuple[Device, ...]:
    return tuple(
        Device(f"BM87{person.code.removeprefix('r-').zfill(4)}-0001", DeviceKind.BED_SENSOR, bed=person.bed,
               model="Sleepace BM8701", supervision_s=PAD_SUPERVISION_S)
        for person in people
    )  # fmt: skip


def _bands(people: tuple[Person, ...], seed: int) -> tuple[Device, ...]:
    return tuple(
        Device(_mac(seed, person.code), DeviceKind.VITALS, resident=person.code, model="300B",
               supervision_s=BAND_SUPERVISION_S)
        for person in people
    )  # fmt: skip


def _mac(seed: int, code: str) -> str:
    tail = seed_of(seed, code, "mac").to_bytes(8, "big")[:3]
    return "E0:0E:08:" + ":".join(f"{byte:02X}" for byte in tail)


def _wearable(person: Person) -> Device:
    """Unsupervised: the edge keeps the raw samples and speaks of a wearable only when something has happened."""
    return Device(f"acc-{person.code}", DeviceKind.WEARABLE, resident=person.code, model="waist accelerometer 50 Hz")


def _zigbee(ward: Ward, people: tuple[Person, ...]) -> tuple[Device, ...]:
    # The bridge speaks about itself under this name.
    devices = [Device("bridge", DeviceKind.OTHER, model="Zigbee2MQTT")]
    devices += [
        Device(f"call-{person.bed}", DeviceKind.CALL_BUTTON, bed=person.bed, model="TS0215A_sos",
               supervision_s=BATTERY_SUPERVISION_S)
        for person in people
    ]  # fmt: skip
    risky = {person.places.bedroom for person in people if person.fall_risk != "low"}
    for room in ward.rooms:
        devices += _of_room(room, room.code in risky)
    return tuple(devices)


def _of_room(room: Room, risky: bool) -> list[Device]:
    def mains(prefix: str, kind: DeviceKind, model: str) -> Device:
        return Device(f"{prefix}-{room.code}", kind, room.code, model=model, supervision_s=MAINS_SUPERVISION_S)

    def door() -> Device:
        return Device(
            f"door-{room.code}", DeviceKind.DOOR, room.code, model="MCCGQ11LM", supervision_s=BATTERY_SUPERVISION_S
        )

    def alarm(prefix: str, model: str) -> Device:
        kind = DeviceKind.ENVIRONMENT
        return Device(f"{prefix}-{room.code}", kind, room.code, model=model, supervision_s=BATTERY_SUPERVISION_S)

    radar = mains("radar", DeviceKind.FALL_SENSOR, "HS2FD-EF1")
    presence = mains("presence", DeviceKind.PRESENCE, "RTCZCGQ13LM")
    if room.kind == RoomKind.BEDROOM:
        return [presence, door(), *([radar] if risky else [])]
    if room.kind == RoomKind.BATHROOM:
        return [radar]
    if room.kind == RoomKind.COMMON:
        return [presence, alarm("smoke", "TS0205_smoke"), alarm("gas", "TS0204_gas")]
    return [door()] if room.kind == RoomKind.EXIT else [presence]
