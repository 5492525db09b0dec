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


class Habits(NamedTuple):
    """How carers answer a notification. All assumptions of this simulator, but for the shares that the evaluation asks
    for: one carer in four busy, one phone in ten dead. Times in seconds."""

    busy: float = 0.25
    busy_s: float = 240.0
    dead_phone: float = 0.1
    forgets: float = 0.03
    looks_s: float = 12.0
    walk_s: tuple[float, float] = (20.0, 80.0)
    stays_s: tuple[float, float] = (120.0, 420.0)


HABITS = Habits()


class Responder(NamedTuple):
    """One carer on duty: how she hears, walks and forgets is a function of the seed, her number and the time."""

    seed: int
    number: int
    habits: Habits = HABITS

    def hears(self, t: float) -> bool:
        """Return whether her phone works; it is charged or dead for half a day at a time."""
        return not Chance(self.seed, "phone", self.number, int(t // 43_200)).happens(self.habits.dead_phone)

    def free_at(self, t: float) -> float:
        """Return when she is first not busy with a resident, from t on."""
        slot = int(t // self.habits.busy_s)
        while Chance(self.seed, "busy", self.number, slot).happens(self.habits.busy):
            slot += 1
        return max(t, slot * self.habits.busy_s)

    def looks_after(self, t: float) -> float:
        """Return how long after she heard it she has read it."""
        return 3.0 + Chance(self.seed, "looks", self.number, t).exponential(self.habits.looks_s)

    def forgets(self, t: float) -> bool:
        """Return whether she takes an alert at t and then does not go."""
        return Chance(self.seed, "forgets", self.number, t).happens(self.habits.forgets)

    def walks_for(self, t: float) -> float:
        return Chance(self.seed, "walk", self.number, t).between(*self.habits.walk_s)

    def stays_for(self, t: float) -> float:
        """Return how long she stays with the resident before she writes down what she found."""
        return Chance(self.seed, "stays", self.number, t).between(*self.habits.stays_s)
