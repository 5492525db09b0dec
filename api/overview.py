"""All beds with what is known of them now: what the console, the wall and the JSON interface share."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from anxin.db.connect import Connection
from anxin.vocabulary import DeviceKind
from api import bedside, model, reading


@dataclass(frozen=True, slots=True)
class Tile:
    """A bed as the overview shows it. priority: of the most urgent open alert about its resident, None without one."""

    bed: model.Bed
    now: bedside.BedNow
    equipment: frozenset[DeviceKind]
    priority: int | None
    rings: bool


@dataclass(frozen=True, slots=True)
class WardTiles:
    """The beds of one ward and how many are in which state."""

    name: str
    id: int
    tiles: list[Tile]

    def count(self, *states: str) -> int:
        return sum(tile.now.occupancy in states for tile in self.tiles)


def by_ward(found: Iterable[Tile]) -> list[WardTiles]:
    """Return tiles that are in the order of their wards ward by ward."""
    groups = itertools.groupby(found, key=lambda tile: (tile.bed.ward_id, tile.bed.ward))
    return [WardTiles(name, id_, list(group)) for (id_, name), group in groups]


def tiles(
    connection: Connection, facility_id: int, now: datetime, ward_id: int | None = None, bed_id: int | None = None
) -> list[Tile]:
    """Return the beds of a facility, of one of its wards, or one bed, in the order of wards, rooms and beds."""
    beds = reading.beds(connection, facility_id, now, ward_id, bed_id)
    values = reading.bed_values(connection, facility_id, now, [bed.id for bed in beds])
    equipment = reading.bed_equipment(connection, facility_id, now, [bed.id for bed in beds])
    worst: dict[int, tuple[int, bool]] = {}
    for alert in reversed(reading.alerts(connection, facility_id)):
        if alert.bed_id is not None and alert.alert_class == "physiological":
            worst[alert.bed_id] = (alert.priority, alert.rings)
    return [
        Tile(
            bed,
            bedside.bed_now(values.get(bed.id, ()), now),
            frozenset(equipment.get(bed.id, ())),
            *worst.get(bed.id, (None, False)),
        )
        for bed in beds
    ]
