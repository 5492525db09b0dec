"""What gateways and devices are called on the wire, and their numbers in the database. Immutable, knows no database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class GatewayNames:
    """One gateway and the devices it speaks for: wire name → database id (from 1)."""

    id: int
    facility: str
    code: str
    devices: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Names:
    """gateways: by (facility, gateway) code. codes: device id → (facility, gateway, device) code. partitions: which
    partition of the log a facility belongs to."""

    gateways: dict[tuple[str, str], GatewayNames]
    codes: dict[int, tuple[str, str, str]]
    partitions: dict[str, int]


def gather(rows: Iterable[tuple[Any, ...]]) -> Names:
    """Build Names from rows of (facility, partition, gateway id, gateway, device id or None, device or None)."""
    names = Names({}, {}, {})
    for facility, partition, gateway_id, gateway, device_id, device in rows:
        names.partitions[facility] = partition
        entry = names.gateways.get((facility, gateway))
        if entry is None:
            entry = names.gateways[facility, gateway] = GatewayNames(gateway_id, facility, gateway)
        if device_id is not None:
            entry.devices[device] = device_id
            names.codes[device_id] = (facility, gateway, device)
    return names
