"""Smoke and gas in common rooms. Pure. How often, and for how long, are assumptions: burnt food, an open valve."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from simulators.calendar import Calendar
from simulators.chance import Chance

PER_DAY = {"smoke": 1 / 200, "gas": 1 / 400}  # of a room with such a sensor
LASTS_S = (300.0, 1_500.0)


class Hazard(NamedTuple):
    """Smoke or gas in a room from start to end (seconds since 1970)."""

    kind: str
    room: str
    start: float
    end: float


def drawn(seed: int, calendar: Calendar, kind: str, room: str, start: float, end: float) -> Iterator[Hazard]:
    """Yield what chance brings on the days around [start, end)."""
    for day in calendar.days(start - LASTS_S[1], end):
        chance = Chance(seed, kind, room, day)
        if chance.happens(PER_DAY[kind]):
            at = calendar.noon(day) + chance.between(0, 86_400)
            yield Hazard(kind, room, at, at + chance.between(*LASTS_S))
