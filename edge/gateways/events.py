"""From results to the wire contract: one table of names (signals.py), phases of falls, and origins that cannot ring."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from anxin.event import Call, Detection, DeviceStatus, Event, Observations
from anxin.vocabulary import OBSERVATIONS, CallKind, DetectionKind, ObservationKind, Origin, Phase
from edge.gateways.model import Memory, Result, Value
from edge.gateways.signals import MOVEMENT_WORDS, SIGNALS

MAX_DEVICE = 128
_D = DetectionKind
_EVENTS: dict[str, DetectionKind] = {
    "bed_exit": _D.BED_EXIT,
    "motion": _D.MOTION,
    "vibration": _D.VIBRATION,
    "tilt": _D.TILT,
    "drop": _D.DROP,
    "dwell": _D.DWELL,
    "zone_exit": _D.ZONE_EXIT,
    "breathing_stopped": _D.BREATHING_STOPPED,
    "no_vital_signs": _D.NO_VITAL_SIGNS,
    "carer_present": _D.CARER_PRESENT,
}

EVENT_NAMES = frozenset(["sos", "fall", "button", *_EVENTS])  # button_… and presence_… too


@dataclass(frozen=True, slots=True)
class Site:
    """What the site adds. zone: of times without one. call_buttons: devices that a person has declared call buttons.

    devices: (gateway kind, foreign gateway) → its devices, for a link that failed as a whole.
    """

    zone: tzinfo
    call_buttons: Collection[str] = ()
    devices: Callable[[str, str], Iterable[str]] = field(default=lambda gateway, via: ())


def known_devices(memory: Memory) -> Callable[[str, str], list[str]]:
    """Return the lookup for Site.devices: who was heard through a foreign gateway ("" or unknown: all of its kind)."""

    def devices(gateway: str, via: str) -> list[str]:
        exact = memory.devices.get(f"{gateway}\x1f{via}", {})
        loose = memory.devices.get(f"{gateway}\x1f", {})
        nested = [name for name in loose if name.startswith(f"{via}/")] if exact else list(loose)
        return list(dict.fromkeys([*exact, *nested]))

    return devices


def to_events(results: Iterable[Result], arrival: datetime, site: Site) -> list[Event]:
    """Return the contract's events for the results of one message; nothing for what is ignored or a duplicate."""
    events: list[Event] = []
    for result in results:
        if not (result.ignore or result.duplicate or result.unknown):
            events += _events(result, arrival, site)
    return events


def wire_time(result: Result, arrival: datetime, site: Site) -> datetime:
    """Return when it happened as aware UTC: the message's own time, site time with its zone, or the arrival."""
    if result.at is None or result.stale:
        return arrival
    if result.at.tzinfo:
        return result.at
    # Once a year an hour has two meanings where clocks are put back: the one nearer to the arrival is meant.
    meanings = (result.at.replace(tzinfo=site.zone, fold=fold).astimezone(arrival.tzinfo) for fold in (0, 1))
    return min(meanings, key=lambda moment: abs(moment - arrival))


def _events(result: Result, arrival: datetime, site: Site) -> list[Event]:
    time, origin = wire_time(result, arrival, site), _origin(result)
    device = result.device[:MAX_DEVICE]
    events: list[Event] = []
    if result.availability is not None:
        events += _links(result, device, time, origin, site)
    values = {kind.value: [number] for kind, number in _observed(result)}
    if values:
        events.append(Observations(time, [device], values, origin=origin))
    events += _falls(result, device, time, origin)
    if result.event is not None or result.call is not None:
        events += _happening(result, device, time, origin, site)
    if result.signals.get("sos") is True and _rises(result, "sos"):
        events.append(Call(device, time, CallKind.SOS, result.dedupe_key, origin))
    code = result.fault or ("undecodable" if result.undecodable else None) or ("clock" if result.clock_fault else None)
    if code is not None:
        events.append(DeviceStatus(device, arrival, True, code, origin))
    elif result.seen and not events:
        events.append(DeviceStatus(device, time, True, None, origin))
    return events


def _origin(result: Result) -> Origin:
    if result.suppressed:
        return Origin.TEST
    if result.backfill:
        return Origin.BACKFILL
    return Origin.RETAINED if result.retained or result.picture or result.stale else Origin.LIVE


def _links(result: Result, device: str, time: datetime, origin: Origin, site: Site) -> list[Event]:
    online = result.availability == "online"
    names = [device]
    if result.scope == "gateway" and not online:
        names += [name[:MAX_DEVICE] for name in site.devices(result.gateway, result.via or result.device)]
    return [DeviceStatus(name, time, online, None, origin) for name in dict.fromkeys(names)]


def _observed(result: Result) -> Iterable[tuple[ObservationKind, float | None]]:
    for name, value in [*result.diagnostics.items(), *result.signals.items()]:
        spec = SIGNALS.get(name)
        if spec is not None and spec.kind is not None:
            number = wire_number(name, value)
            limits = OBSERVATIONS[spec.kind]
            yield spec.kind, number if number is not None and limits.low <= number <= limits.high else None


def wire_number(name: str, value: Value) -> float | None:
    """Return a signal's value as the number on the wire: states 0 or 1, unknown (and unbelievable) None."""
    if isinstance(value, str):
        return MOVEMENT_WORDS.get(value) if name == "movement" else {"open": 1.0, "closed": 0.0}.get(value)
    return None if value is None else float(value)


def _rises(result: Result, name: str) -> bool:
    """True where a ringing level is new: live it rings, retained it is told once as state."""
    return result.alert or (not result.duplicate and result.before.get(name) != result.signals.get(name))


def _falls(result: Result, device: str, time: datetime, origin: Origin) -> list[Event]:
    fall = result.signals.get("fall")
    if fall is None or not _rises(result, "fall"):
        return []
    before = result.before.get("fall")
    if fall is False:
        if before is None or before is False:
            return []
        phase = Phase.WITHDRAWN if before == "suspected" else Phase.ENDED
    else:
        phase = Phase.CONFIRMED if fall is True else Phase.SUSPECTED
    return [Detection(device, time, DetectionKind.FALL, phase, result.dedupe_key, origin=origin)]


def _happening(result: Result, device: str, time: datetime, origin: Origin, site: Site) -> list[Event]:
    event, key = result.event or "", result.dedupe_key
    if event == "sos" or result.call is not None or (event.startswith("button") and device in site.call_buttons):
        return [Call(device, time, CallKind(result.call or "sos"), key, origin)]
    if event == "fall":
        return [Detection(device, time, DetectionKind.FALL, Phase.CONFIRMED, key, origin=origin)]
    kind, evidence = _EVENTS.get(event), dict[str, Any]()
    if event.startswith("button"):
        kind, evidence = DetectionKind.BUTTON, {"press": event.removeprefix("button").strip("_") or "short"}
    elif event.startswith("presence_"):
        kind, evidence = DetectionKind.PRESENCE_CHANGE, {"change": event.removeprefix("presence_")}
    return [] if kind is None else [Detection(device, time, kind, Phase.ONCE, key, evidence, origin=origin)]
