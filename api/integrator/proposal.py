"""What a device that nobody assigned seems to be, by the message it stood in. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from anxin.event import UNMAPPED, Call, ContractError, Detection, DeviceStatus, Observations, decode
from anxin.vocabulary import DetectionKind, DeviceKind, ObservationKind

_O, _D = ObservationKind, DeviceKind
# The first line of which a device measures something says what it is.
_BY_MEASUREMENT: tuple[tuple[DeviceKind, frozenset[ObservationKind]], ...] = (
    (_D.BED_SENSOR, frozenset({_O.BED_OCCUPIED, _O.BED_EDGE})),
    (_D.WEARABLE, frozenset({_O.WORN, _O.STEPS, _O.IN_RANGE})),
    (
        _D.VITALS,
        frozenset({_O.HEART_RATE, _O.RESPIRATORY_RATE, _O.SPO2, _O.PULSE_RATE, _O.BP_SYSTOLIC, _O.BODY_TEMPERATURE}),
    ),
    (_D.DOOR, frozenset({_O.DOOR_OPEN, _O.WINDOW_OPEN})),
    (_D.PRESENCE, frozenset({_O.PRESENCE, _O.MOTION})),
    (_D.ENVIRONMENT, frozenset({_O.TEMPERATURE, _O.HUMIDITY, _O.ILLUMINANCE, _O.SMOKE, _O.GAS, _O.WATER_LEAK})),
)
_FALLS = {DetectionKind.FALL, DetectionKind.BED_FALL}


@dataclass(frozen=True, slots=True)
class Proposal:
    """kind: to be confirmed by a person. measures: what it sent. said: its words on what it cannot map."""

    kind: DeviceKind
    measures: tuple[ObservationKind, ...] = ()
    calls: bool = False
    said: str = ""

    @property
    def guess(self) -> str | None:
        """What the edge takes an unmapped topic for; None where it has no idea."""
        said = self.said.removeprefix("looks like ").removesuffix(" (text)").removesuffix(" (binary data)")
        return said if self.said.startswith("looks like ") else None


def propose(payload: bytes, device: str) -> Proposal:
    """Return what one message says of a device; `other` where the message is cut off, unreadable or says nothing."""
    try:
        events = decode(payload).data
    except ContractError:
        return Proposal(DeviceKind.OTHER)
    kinds: set[str] = set()
    calls = falls = False
    said = ""
    for event in events:
        if isinstance(event, Observations):
            if device in event.devices:
                row = event.devices.index(device)
                kinds |= {name for name, column in event.values.items() if column[row] is not None}
        elif getattr(event, "device", None) == device:
            calls = calls or isinstance(event, Call)
            falls = falls or (isinstance(event, Detection) and event.detection in _FALLS)
            if isinstance(event, DeviceStatus) and (event.fault or "").startswith(UNMAPPED):
                said = (event.fault or "").removeprefix(UNMAPPED)
    measures = tuple(kind for kind in ObservationKind if kind.value in kinds)
    return Proposal(_kind(set(measures), calls, falls), measures, calls, said)


def _kind(measures: set[ObservationKind], calls: bool, falls: bool) -> DeviceKind:
    if falls:
        return DeviceKind.FALL_SENSOR
    for kind, telling in _BY_MEASUREMENT[:2]:
        if measures & telling:
            return kind
    if calls:
        return DeviceKind.CALL_BUTTON
    return next((kind for kind, telling in _BY_MEASUREMENT if measures & telling), DeviceKind.OTHER)
