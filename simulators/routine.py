"""A resident's ordinary day, from noon to noon: meals, nap, activities, evening, night with its trips, morning. Pure.

Decides where the person is at every second of an undisturbed day; knows nothing of falls and other incidents, which
`simulators.incidents` lays over it. A day depends on person and day only, never on the day before.

Night trips follow clinical.md 2.4 (numbers and lengths by function); hours of meals and sleep, the length of a day's
toilet visits, and how often people stay in their rooms are assumptions.
"""

from __future__ import annotations

from simulators.chance import Chance
from simulators.people import Mobility, Person
from simulators.truth import Stretch

MIN_TRIP_S = 120.0
TRIP_GAP_S = 1_500.0


class Path:
    """A timeline under construction: where it has come to, and the stretches so far."""

    __slots__ = ("_chance", "_person", "stretches", "t")

    def __init__(self, person: Person, start: float, chance: Chance) -> None:
        self._person, self._chance, self.t = person, chance, start
        self.stretches: list[Stretch] = []

    def stay(self, end: float, room: str, posture: str, doing: str, in_bed: bool = False, asleep: bool = False) -> None:
        """Go on to `end` like this; nothing where that is past already."""
        if end > self.t:
            self.stretches.append(Stretch(self.t, end, room, posture, doing, in_bed, asleep))
            self.t = end

    def go(self, room: str) -> None:
        """Walk to a room; over the corridor unless it is a bedroom's own bathroom."""
        places = self._person.places
        here = self.stretches[-1].room if self.stretches else room
        if here == room:
            return
        pace = 1.0 if self._person.mobility == Mobility.INDEPENDENT else 1.8
        if {here, room} != {places.bedroom, places.bathroom}:
            self.stay(self.t + self._chance.between(25, 70) * pace, places.corridor, "walking", "walk")
        self.stay(self.t + self._chance.between(5, 10) * pace, room, "walking", "walk")

    def toilet(self, low_s: float = 180, high_s: float = 540) -> None:
        """Visit the own bathroom and stay there."""
        self.go(self._person.places.bathroom)
        self.stay(self.t + self._chance.between(low_s, high_s), self._person.places.bathroom, "sitting", "toilet")

    def in_bed(self, end: float, asleep: bool, doing: str = "rest") -> None:
        self.stay(end, self._person.places.bedroom, "lying", "sleep" if asleep else doing, True, asleep)

    def edge(self) -> None:
        """Sit on the edge of the bed for a moment: before getting up, after sitting down."""
        seconds = self._chance.between(12, 50)
        self.stay(self.t + seconds, self._person.places.bedroom, "sitting", "edge", True)


def plan(person: Person, day: int, noon: float, end: float, extra_trips: float = 0.0) -> list[Stretch]:
    """Return the gapless stretches of [noon, end). extra_trips: added to the mean number of night trips (illness)."""
    chance = Chance(person.seed, "day", day)
    path = Path(person, noon, chance)
    if person.mobility == Mobility.BEDBOUND:
        _day_in_bed(path, noon, chance, person)
    else:
        _afternoon(path, noon, chance, person)
        _night(path, noon, chance, person, extra_trips)
        _morning(path, noon, chance, person)
    last = path.stretches[-1]
    path.stay(end, last.room, last.posture, last.doing, last.in_bed, last.asleep)
    return _cut(path.stretches, end)


def _cut(stretches: list[Stretch], end: float) -> list[Stretch]:
    while stretches[-1].start >= end:
        stretches.pop()
    stretches[-1] = stretches[-1]._replace(end=end)
    return stretches


def _hour(noon: float, hour: float) -> float:
    """hour: 12 is this noon, 36 the next."""
    return noon + (hour - 12.0) * 3_600.0


def _afternoon(path: Path, noon: float, chance: Chance, person: Person) -> None:
    places = person.places
    path.stay(_hour(noon, chance.between(12.2, 12.6)), places.common, "sitting", "meal")
    path.toilet()
    path.go(places.bedroom)
    path.edge()
    path.in_bed(path.t + chance.between(300, 1_200), False)
    path.in_bed(_hour(noon, chance.between(13.6, 14.6)), True)
    path.in_bed(path.t + chance.between(60, 600), False)
    path.edge()
    path.toilet()
    _pastime(path, _hour(noon, chance.between(15.5, 16.0)), chance, person)
    path.toilet()
    _pastime(path, _hour(noon, chance.between(17.0, 17.3)), chance, person)
    path.go(places.common)
    path.stay(_hour(noon, chance.between(17.8, 18.2)), places.common, "sitting", "meal")
    _pastime(path, _hour(noon, chance.between(19.2, 19.6)), chance, person)
    path.toilet(300, 900)
    path.go(places.bedroom)


def _pastime(path: Path, end: float, chance: Chance, person: Person) -> None:
    """Spend the time until end in company, alone in the room, or walking."""
    places = person.places
    sociable = 0.65 if person.mobility == Mobility.INDEPENDENT else 0.5
    room = places.common if chance.happens(sociable) else places.bedroom
    if person.wander_risk == "high" and chance.happens(0.4):
        path.go(places.corridor)
        path.stay(min(end, path.t + chance.between(600, 1_800)), places.corridor, "walking", "wander")
    elif person.mobility == Mobility.INDEPENDENT and chance.happens(0.3):
        path.go(places.corridor)
        path.stay(min(end, path.t + chance.between(300, 900)), places.corridor, "walking", "walk")
    path.go(room)
    path.stay(end, room, "sitting", "activity")


def _night(path: Path, noon: float, chance: Chance, person: Person, extra_trips: float) -> None:
    bed = max(path.t, _hour(noon, person.bed_hour + chance.normal(0, 0.3)))
    wake = _hour(noon, person.wake_hour + chance.normal(0, 0.25))
    path.stay(bed, person.places.bedroom, "sitting", "activity")
    path.edge()
    path.in_bed(path.t + chance.between(600, 2_400), False)
    for start, length in _trips(path.t, wake, chance, person, extra_trips):
        path.in_bed(start - chance.between(40, 240), True)
        path.in_bed(start - 40, False)
        path.edge()
        _trip(path, path.t + length, chance, person)
        path.in_bed(path.t + chance.between(180, 800), False)
    path.in_bed(wake, True)
    path.in_bed(wake + chance.between(120, 900), False)
    path.edge()


def _trips(start: float, end: float, chance: Chance, person: Person, extra: float) -> list[tuple[float, float]]:
    """Return (start, length) of the night's trips; those that would run into the next one start after it."""
    mean, deviation = person.trips
    number = chance.count(mean + extra, deviation) if mean else 0
    times = sorted(chance.between(start + 1_200, end - 1_200) for _ in range(number))
    trips: list[tuple[float, float]] = []
    free = start
    for time in times:
        length = max(MIN_TRIP_S, chance.lognormal(*person.trip_s))
        at = max(time, free)
        if at + length < end - 300:
            trips.append((at, length))
            free = at + length + TRIP_GAP_S
    return trips


def _trip(path: Path, end: float, chance: Chance, person: Person) -> None:
    """Be out of bed until end: bathroom, perhaps a chair, with dementia sometimes the corridor."""
    places = person.places
    path.stay(path.t + chance.between(5, 15), places.bedroom, "walking", "walk")
    if person.wander_risk == "high" and chance.happens(0.12):
        path.go(places.corridor)
        half = path.t + (end - path.t) * chance.between(0.4, 0.7)
        path.stay(half, places.corridor, "walking", "wander")
        if places.others and chance.happens(0.3):
            path.stay((half + end) / 2, chance.choice(places.others), "walking", "wander")
            path.stay(path.t + 30, places.corridor, "walking", "wander")
        path.go(places.bedroom)
    else:
        path.go(places.bathroom)
        stay = min(chance.lognormal(330, 180), 0.8 * (end - path.t))
        path.stay(path.t + stay, places.bathroom, "sitting", "toilet")
        path.go(places.bedroom)
    path.stay(end, places.bedroom, "sitting", "activity")


def _morning(path: Path, noon: float, chance: Chance, person: Person) -> None:
    places = person.places
    path.toilet(600, 1_500)
    path.go(places.bedroom)
    path.stay(_hour(noon, chance.between(31.2, 31.5)), places.bedroom, "sitting", "activity")
    path.go(places.common)
    path.stay(_hour(noon, chance.between(31.9, 32.3)), places.common, "sitting", "meal")
    path.toilet(300, 900)
    path.go(places.bedroom)
    path.stay(_hour(noon, chance.between(33.2, 33.5)), places.bedroom, "sitting", "activity")
    _pastime(path, _hour(noon, chance.between(34.4, 34.8)), chance, person)
    path.toilet()
    path.go(places.bedroom)
    path.stay(_hour(noon, chance.between(35.3, 35.5)), places.bedroom, "sitting", "activity")
    path.go(places.common)
    path.stay(_hour(noon, 36.0), places.common, "sitting", "meal")


def _day_in_bed(path: Path, noon: float, chance: Chance, person: Person) -> None:
    """Somebody who is lifted into a chair for an hour or two, on most days."""
    path.in_bed(_hour(noon, chance.between(13.0, 13.4)), False, "meal")
    path.in_bed(_hour(noon, chance.between(14.2, 14.8)), True)
    path.in_bed(_hour(noon, chance.between(15.0, 15.4)), False)
    if chance.happens(0.7):
        room = person.places.common if chance.happens(0.5) else person.places.bedroom
        path.go(room)
        path.stay(path.t + chance.between(2_700, 6_000), room, "sitting", "activity")
        path.go(person.places.bedroom)
    path.in_bed(_hour(noon, person.bed_hour - 0.3), False)
    path.in_bed(_hour(noon, person.wake_hour + chance.normal(0, 0.3)), True)
    path.in_bed(_hour(noon, chance.between(33.3, 33.7)), False)
    if chance.happens(0.7):
        path.stay(path.t + chance.between(2_700, 5_400), person.places.bedroom, "sitting", "activity")
    path.in_bed(_hour(noon, 36.0), False)
