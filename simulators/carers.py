"""The staff's rounds, as far as sensors notice them: a carer in a room is presence, and opens its door. Pure.

Night rounds about every two hours and a morning round are assumptions of this simulator; no rule prescribes a fixed
interval (clinical.md, "Not found").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simulators.chance import Chance

NIGHT_ROUNDS = (22.3, 24.4, 26.6, 28.7)  # local hours; above 24: after midnight
MORNING_ROUND = 30.6


class Visit(NamedTuple):
    """A carer is in a room from start to end (seconds since 1970)."""

    room: str
    start: float
    end: float


def visits(seed: int, ward: str, rooms: Sequence[str], day: int, noon: float) -> list[Visit]:
    """Return the rounds through a ward's bedrooms in the day that begins at noon, in order of time."""
    chance = Chance(seed, "round", ward, day)
    found: list[Visit] = []
    for hour in (*NIGHT_ROUNDS, MORNING_ROUND):
        t = noon + (hour + chance.between(-0.15, 0.15) - 12.0) * 3_600.0
        for room in rooms:
            stay = chance.between(25, 75) if hour != MORNING_ROUND else chance.between(120, 420)
            found.append(Visit(room, t, t + stay))
            t += stay + chance.between(10, 25)
    return found
