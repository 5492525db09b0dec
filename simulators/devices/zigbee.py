"""A Zigbee2MQTT bridge: state, availability and bridge topics under a base of its own, cached fields in every
message.

As the real one it says all states again when it starts, without the retain flag, retains availability and its own
state, and leaves a last will (gateways.md 1). Friendly names have no blanks, because the embedded broker refuses those.
"""

from __future__ import annotations

from typing import Any

import msgspec

from anxin.facility import Device, Gateway
from anxin.vocabulary import DeviceKind, RoomKind
from simulators.chance import seed_of, smooth
from simulators.devices.base import Raw, Site, phase_of, ticks
from simulators.devices.sensors import Alarm, CallButton, Door, ExitDoor, FallRadar, Presence, Sensor
from simulators.faults import FaultKind

_encode = msgspec.json.Encoder().encode
_ONLINE, _OFFLINE = _encode({"state": "online"}), _encode({"state": "offline"})


def base_of(gateway: str) -> str:
    """Return the base topic of a bridge, because several share one broker here."""
    return f"zigbee2mqtt-{gateway.removesuffix('-zigbee')}"


class Bridge:
    """One bridge with its devices."""

    has_time = True

    def __init__(self, gateway: Gateway, site: Site) -> None:
        self.code, self._site = gateway.code, site
        self.base = base_of(gateway.code)
        self._sensors = sensors_of(gateway, site)

    def messages(self, start: float, end: float) -> list[Raw]:
        found: list[Raw] = []
        for name, sensor in self._sensors:
            for t, fields in sensor.changes(start, end):
                found += self._message(name, sensor, t, fields)
            for t in ticks(start, end, sensor.report_s, phase_of(name, sensor.report_s)):
                found += self._message(name, sensor, t, {})
            found += self._availability(name, start, end)
        return sorted(found)

    def birth(self, t: float) -> list[Raw]:
        found = [self._retained(t, "bridge/state", _ONLINE)]
        for name, sensor in self._sensors:
            found.append(self._retained(t, f"{name}/availability", _ONLINE))
            found += self._message(name, sensor, t, {})
        return found

    def will(self, t: float) -> list[Raw]:
        return [self._retained(t, "bridge/state", _OFFLINE)]

    def _message(self, name: str, sensor: Sensor, t: float, fields: dict[str, Any]) -> list[Raw]:
        """Return the message with what changed and what is cached; nothing from a silent or stuck device."""
        faults = self._site.faults
        seen = faults.seen(self.code, name, t)
        if faults.silent(self.code, name, t) or (fields and seen != t):
            return []
        seed = seed_of(name)
        said = {**sensor.state(seen), **fields}
        if sensor.battery:
            said["battery"] = 100 - seed % 40
            said["voltage"] = 2_900 + seed % 180
        said["linkquality"] = max(10, min(255, round(60 + seed % 150 + 12 * smooth(seed, t, 3_600))))
        said["last_seen"] = self._site.world.calendar.text(faults.stamp(self.code, name, t))
        return [Raw(t, self.code, f"{self.base}/{name}", _encode(said))]

    def _availability(self, name: str, start: float, end: float) -> list[Raw]:
        found = []
        for fault in self._site.faults.of(self.code, name):
            for at, payload in ((fault.start, _OFFLINE), (fault.end, _ONLINE)):
                if fault.kind == FaultKind.LOST and start <= at < end:
                    found.append(self._retained(at, f"{name}/availability", payload))
        return found

    def _retained(self, t: float, topic: str, payload: bytes) -> Raw:
        return Raw(t, self.code, f"{self.base}/{topic}", payload, retain=True, qos=1)


def sensors_of(gateway: Gateway, site: Site) -> list[tuple[str, Sensor]]:
    """Return a bridge's sensors by their names."""
    return [(device.id, sensor) for device in gateway.devices if (sensor := _sensor(device, site)) is not None]


def _sensor(device: Device, site: Site) -> Sensor | None:
    """Return what a device is by its kind and room; None where this simulator has no such thing."""
    seed = seed_of(site.world.seed, device.id)
    if device.kind == DeviceKind.CALL_BUTTON:
        return CallButton(site, site.by_bed.get(device.bed or ""))
    if device.room is None:
        return None
    if device.kind == DeviceKind.PRESENCE:
        return Presence(site, device.room, seed)
    if device.kind == DeviceKind.FALL_SENSOR:
        return FallRadar(site, device.room, seed)
    if device.kind == DeviceKind.ENVIRONMENT:
        return Alarm(site, device.room, device.id.partition("-")[0])
    if device.kind == DeviceKind.DOOR:
        for ward in site.facility.wards:
            if any(room.code == device.room and room.kind == RoomKind.EXIT for room in ward.rooms):
                return ExitDoor(site, device.room, ward.code, seed)
        return Door(site, device.room)
    return None
