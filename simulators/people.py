"""Who lives here: traits of a resident, drawn from the seed and the resident's code, and from the profile in the
facility file where that says something. Pure.

Sources of the figures (clinical.md): falls 2.18 per man-year and 1.49 per woman-year (3.1, Rapp 2012); night trips
3.34 +- 2.12 of 15.2 +- 9.3 min for the more able and 1.83 +- 1.86 of 13.8 +- 11.0 min for the less able (2.4, S50);
temperature 36.5 +- 0.28 Cel (1.4, S14); limits of breathing and saturation of the old (1.4, S13). What has no source is
an assumption of this simulator and marked so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from anxin.facility import Facility, Resident, Room, Ward
from anxin.vocabulary import RoomKind
from simulators.chance import Chance, seed_of

YEAR_DAYS = 365.25
MALE_SHARE = 0.2  # with the rates by sex it gives the 1.63 falls per person-year of clinical.md 3.1
FALLS_PER_YEAR = {True: 2.18, False: 1.49}


class Mobility(StrEnum):
    """Shares 40, 42 and 18 % (assumption)."""

    INDEPENDENT = "independent"
    ASSISTED = "assisted"
    BEDBOUND = "bedbound"


# Share of each fall risk by mobility, and how it multiplies the base rate; the mean over all is 1 (assumption).
RISKS = ("low", "medium", "high")
RISK_SHARES = {
    Mobility.INDEPENDENT: (0.45, 0.40, 0.15),
    Mobility.ASSISTED: (0.10, 0.50, 0.40),
    Mobility.BEDBOUND: (0.80, 0.20, 0.0),
}
RISK_FACTORS = {"low": 0.35, "medium": 1.0, "high": 2.05}


# Share, and what a lasting illness adds to heart, breathing, saturation and systolic: none, lungs, heart. Chosen so
# that routine scores are as published: NEWS median 1, 7 % of 5 and more (clinical.md 1.4, S11).
CHRONIC = (
    (0.76, (0.0, 0.0, 0.0, 0.0)),
    (0.12, (6.0, 4.0, -2.6, 0.0)),
    (0.12, (10.0, 2.5, -1.0, -14.0)),
)


@dataclass(frozen=True, slots=True)
class Places:
    """The rooms a resident uses, by code."""

    bedroom: str
    bathroom: str
    corridor: str
    common: str
    exit: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A resident's traits. Hours are local; rates per day or night; heart and breathing at quiet rest, awake."""

    code: str
    ward: str
    bed: str
    seed: int
    places: Places
    age: int
    male: bool
    mobility: Mobility
    fall_risk: str
    wander_risk: str
    falls_per_day: float
    trips: tuple[float, float]
    trip_s: tuple[float, float]
    bed_hour: float
    wake_hour: float
    heart: float
    breathing: float
    saturation: float
    temperature: float
    systolic: float
    weight_kg: float


def people_of(facility: Facility, seed: int) -> tuple[Person, ...]:
    """Return everybody who has a bed, in the order of the file."""
    return tuple(
        _person(resident, *where, seed)
        for resident in facility.residents
        if (where := _home_of(facility, resident.bed))
    )


def _home_of(facility: Facility, bed: str | None) -> tuple[Ward, Room] | None:
    for ward in facility.wards:
        for room in ward.rooms:
            if any(candidate.code == bed for candidate in room.beds):
                return ward, room
    return None


def _places(ward: Ward, bedroom: Room) -> Places:
    def first(kind: RoomKind) -> str:
        return next((room.code for room in ward.rooms if room.kind == kind), bedroom.code)

    baths = [room for room in ward.rooms if room.kind == RoomKind.BATHROOM]
    own = [room.code for room in baths if room.suite is not None and room.suite == bedroom.suite]
    bathroom = next(iter(own), first(RoomKind.BATHROOM))
    others = tuple(r.code for r in ward.rooms if r.kind == RoomKind.BEDROOM and r.code != bedroom.code)
    return Places(
        bedroom.code, bathroom, first(RoomKind.CORRIDOR), first(RoomKind.COMMON), first(RoomKind.EXIT), others
    )


def _person(resident: Resident, ward: Ward, room: Room, seed: int) -> Person:
    chance = Chance(seed, resident.code, "person")
    drawn = Mobility.INDEPENDENT if (roll := chance.unit()) < 0.40 else None
    drawn = drawn or (Mobility.ASSISTED if roll < 0.82 else Mobility.BEDBOUND)
    male, age = chance.happens(MALE_SHARE), round(chance.normal(85, 6))
    profile = resident.profile
    mobility = Mobility(profile["mobility"]) if profile.get("mobility") in list(Mobility) else drawn
    risk = RISKS[chance.weighted(RISK_SHARES[mobility])]
    risk = profile["fall_risk"] if profile.get("fall_risk") in RISKS else risk
    wanders = chance.happens(0.15) and mobility != Mobility.BEDBOUND
    wander_risk = profile["wander_risk"] if profile.get("wander_risk") in RISKS else ("high" if wanders else "low")
    male = profile["sex"] == "male" if profile.get("sex") in ("male", "female") else male
    able = mobility == Mobility.INDEPENDENT
    chronic = CHRONIC[Chance(seed, resident.code, "chronic").weighted([share for share, _ in CHRONIC])][1]
    return Person(
        code=resident.code,
        ward=ward.code,
        bed=resident.bed or "",
        seed=seed_of(seed, resident.code),
        places=_places(ward, room),
        age=age,
        male=male,
        mobility=mobility,
        fall_risk=risk,
        wander_risk=wander_risk,
        falls_per_day=FALLS_PER_YEAR[male] / YEAR_DAYS * RISK_FACTORS[risk],
        trips=(0.0, 0.0) if mobility == Mobility.BEDBOUND else (3.34, 2.12) if able else (1.83, 1.86),
        trip_s=(15.2 * 60, 9.3 * 60) if able else (13.8 * 60, 11.0 * 60),
        bed_hour=chance.normal(20.7, 0.5),
        wake_hour=chance.normal(30.0, 0.4),  # the next morning, counted on from midnight
        heart=max(54.0, min(96.0, chance.normal(71, 8) + chronic[0])),  # no care-home norm is published: assumption
        breathing=chance.normal(17.2, 2.0) + chronic[1],
        saturation=min(98.5, chance.normal(95.8, 1.2) + chronic[2]),
        temperature=chance.normal(36.5, 0.22),  # with the day's course and noise it spreads by 0.28
        systolic=chance.normal(135, 14) + chronic[3],
        weight_kg=chance.normal(64 if male else 55, 8),
    )
