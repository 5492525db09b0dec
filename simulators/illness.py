"""Illnesses that rise over days, come to a crisis and ebb away, and how far each moves the vital signs. Pure.

What an illness does to the body is this simulator's own picture: breathing and saturation in chest infections,
frequency of toilet visits in urinary ones, slow congestion in heart failure. Fever is absent in more than half of the
serious infections of residents (clinical.md 1.4, S15). Onset 4 per 1,000 resident-days is an assumption.
"""

from __future__ import annotations

from typing import NamedTuple

from simulators.calendar import DAY_S
from simulators.chance import Chance
from simulators.people import Person

BLOCK_DAYS = 30
ONSETS_PER_BLOCK = 0.12
FEVER_SHARE = 0.45


class Effect(NamedTuple):
    """What is added to the vital signs; `trips` to the mean number of night trips, `movement` to restlessness."""

    heart: float = 0.0
    breathing: float = 0.0
    saturation: float = 0.0
    temperature: float = 0.0
    systolic: float = 0.0
    movement: float = 0.0
    trips: float = 0.0

    def times(self, factor: float) -> Effect:
        return Effect(*(part * factor for part in self))

    def plus(self, other: Effect) -> Effect:
        return Effect(*(mine + its for mine, its in zip(self, other, strict=True)))


NONE = Effect()


class Course(NamedTuple):
    """At the crisis the body shows `peak`; it takes rise_days to get there and ebb_days to recover."""

    peak: Effect
    rise_days: float
    ebb_days: float


COURSES = {
    "chest_infection": Course(Effect(20, 8.5, -5.0, 1.2, -8, 6, 0.3), 2.5, 6),
    "urinary_infection": Course(Effect(14, 2.5, -0.8, 0.9, -6, 5, 2.0), 2.5, 4),
    "heart_failure": Course(Effect(15, 6.0, -4.0, 0.0, -4, 5, 1.5), 6.0, 6),
    "dehydration": Course(Effect(18, 1.5, -0.5, 0.4, -15, -2, -0.5), 3.0, 2),
}


class Illness(NamedTuple):
    """One illness of one person. Times in seconds since 1970."""

    kind: str
    onset: float
    crisis: float
    end: float
    peak: Effect

    def share(self, t: float) -> float:
        """Return how much of the peak shows at t: 0 outside, slow at first, 1 at the crisis."""
        if not self.onset <= t < self.end:
            return 0.0
        if t < self.crisis:
            return float(((t - self.onset) / (self.crisis - self.onset)) ** 1.5)
        return (self.end - t) / (self.end - self.crisis)


def drawn(person: Person, start: float, end: float) -> list[Illness]:
    """Return the illnesses that chance has given this person and that may show in [start, end)."""
    block = int(start // (BLOCK_DAYS * DAY_S))
    found = [_of_block(person, number) for number in (block - 1, block, block + 1)]
    return [illness for illness in found if illness is not None and illness.onset < end and illness.end > start]


def begin(person: Person, kind: str, onset: float, severity: float = 1.0, rise_s: float | None = None) -> Illness:
    """Return an illness that begins at onset. severity 1 is an ordinary crisis; rise_s: how long it takes to it."""
    course = COURSES[kind]
    chance = Chance(person.seed, "illness", kind, onset)
    rise = course.rise_days * DAY_S * chance.between(0.7, 1.4) if rise_s is None else rise_s
    ebb = course.ebb_days * DAY_S * chance.between(0.8, 1.2)
    peak = course.peak.times(severity * chance.between(0.85, 1.15))
    if "infection" in kind and not chance.happens(FEVER_SHARE):
        peak = peak._replace(temperature=peak.temperature * 0.25)
    return Illness(kind, onset, onset + rise, onset + rise + ebb, peak)


def _of_block(person: Person, block: int) -> Illness | None:
    chance = Chance(person.seed, "illnesses", block)
    if not chance.happens(ONSETS_PER_BLOCK):
        return None
    onset = (block + chance.unit()) * BLOCK_DAYS * DAY_S
    return begin(person, chance.choice(sorted(COURSES)), onset, chance.between(0.6, 1.2))
