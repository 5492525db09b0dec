"""The table of conditions that are a level which holds for a time: wet, hot, open, low, on.

One line a rule; the numbers stand in `analytics.parameters` under the rule's name: `low` and `high` (bad outside of
them) with their `hysteresis`, `persist_s`, `clear_s`, and `alarm_min` for what becomes more urgent. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from anxin.vocabulary import AlertKind, DeviceKind, ObservationKind, Priority, RoomKind


class About(StrEnum):
    """Whom or what such a condition is about."""

    RESIDENT = "resident"
    ROOM = "room"
    EQUIPMENT = "equipment"


@dataclass(frozen=True, slots=True)
class LevelRule:
    """name: of its parameters. states: bad where 1. measured: (observation, prefix of its parameters), bad outside of
    low and high. devices, room: only of these, there. later: the priority after `alarm_min`. gets_up: only for
    residents who get up in one of these ways."""

    name: str
    kind: AlertKind
    about: About
    states: tuple[ObservationKind, ...] = ()
    measured: tuple[tuple[ObservationKind, str], ...] = ()
    devices: frozenset[DeviceKind] | None = None
    room: RoomKind | None = None
    later: Priority | None = None
    gets_up: tuple[str, ...] = ()


_A, _O = AlertKind, ObservationKind
LEVEL_RULES: tuple[LevelRule, ...] = (
    LevelRule("smoke", _A.SMOKE, About.ROOM, (_O.SMOKE,)),
    LevelRule("gas", _A.GAS, About.ROOM, (_O.GAS,)),
    LevelRule("water_leak", _A.WATER_LEAK, About.ROOM, (_O.WATER_LEAK,)),
    LevelRule("wet_bed", _A.WET_BED, About.RESIDENT, (_O.WET,), later=Priority.MEDIUM),
    LevelRule("hot_water", _A.HOT_WATER, About.ROOM, measured=((_O.WATER_TEMPERATURE, ""),)),
    LevelRule(
        "room_temperature", _A.ROOM_TEMPERATURE, About.ROOM, measured=((_O.TEMPERATURE, ""),),
        devices=frozenset({DeviceKind.ENVIRONMENT}),
    ),
    LevelRule("restricted_area", _A.RESTRICTED_AREA_OPEN, About.ROOM, (_O.DOOR_OPEN,), room=RoomKind.RESTRICTED),
    LevelRule(
        "bed_edge", _A.BED_EDGE_PREEXIT, About.RESIDENT, (_O.BED_EDGE,), gets_up=("supervised", "never_alone"),
    ),
    LevelRule("battery", _A.BATTERY_LOW, About.EQUIPMENT, (_O.BATTERY_LOW,), ((_O.BATTERY, ""),)),
    LevelRule("signal", _A.SIGNAL_POOR, About.EQUIPMENT, measured=((_O.RSSI, ""), (_O.LINK_QUALITY, "link_"))),
)  # fmt: skip
