"""What was wrong with the equipment, as things that must or may be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from anxin.vocabulary import DeviceKind
from evaluation.watch.matching import HOUR, MINUTE
from evaluation.watch.places import MUTE, Places, Truth, works
from simulators.faults import Fault, FaultKind, Faults

HEARTBEAT_S = 30.0


def broken(faults: Iterable[Fault], places: Places, all_faults: Faults) -> Iterator[Truth]:
    """Yield what is wrong with the equipment."""
    for f in faults:
        if f.device and f.kind is FaultKind.STUCK:
            yield Truth("stuck_value", f.start, False, f.start, f.end + HOUR, device=f.device)
        if f.device and f.kind in MUTE:
            device = places.devices[f.gateway, f.device]
            kind = "call_path_down" if device.kind is DeviceKind.CALL_BUTTON else "device_silent"
            interval = device.supervision_s or 0.0
            clear = works(all_faults, (f.gateway, f.device), f.start - 2 * interval, f.end, ())
            mute = clear and f.kind is not FaultKind.STUCK
            must = bool(interval) and f.end - f.start > interval + 2 * MINUTE and mute
            due = f.start + interval
            yield Truth(kind, due, must, f.start, f.end + 2 * interval + MINUTE, device=f.device)
        elif f.device and f.kind is FaultKind.CLOCK:
            yield Truth("clock_wrong", f.start, False, f.start, f.end + 3 * HOUR, device=f.device)
        elif not f.device and f.kind in (FaultKind.OFFLINE, FaultKind.SILENT):
            must = f.end - f.start > 90
            yield Truth("gateway_silent", f.start + HEARTBEAT_S, must, f.start, f.end + MINUTE, device=f.gateway)
            for key, device in places.devices.items():
                if key[0] == f.gateway:
                    kind = "call_path_down" if device.kind is DeviceKind.CALL_BUTTON else "device_silent"
                    end = f.end + 2 * (device.supervision_s or 0.0)
                    yield Truth(kind, f.start, False, f.start, end, device=key[1])
