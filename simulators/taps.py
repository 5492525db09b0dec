"""What carers tap and scan in a home: medicines given, a resident met in another's room. Pure.

Every resident gets a medicine in the morning and in the evening. How often the wrong resident is scanned or the same
medicine is given twice, and how often a carer meets who strays, are assumptions: no source gives a rate per scan.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from anxin.care import EntryKind, Facts
from simulators.chance import Chance
from simulators.people import Person
from simulators.world import World

MEDICINE = "daily"
ROUNDS = (8.0, 18.0)  # local hours
WRONG_PERSON, TWICE = 1 / 2_000, 1 / 3_000
MET = 0.25


class Tap(NamedTuple):
    """One entry (seconds since 1970). wrong: the error that it shows, "" for none."""

    time: float
    kind: EntryKind
    resident: str
    room: str
    facts: Facts
    wrong: str = ""


def taps(world: World, start: float, end: float) -> list[Tap]:
    """Return what is tapped in [start, end), in order of time."""
    found = [
        tap
        for person in world.people.values()
        for tap in (*_medicines(world, person, start, end), *_met(world, person, start, end))
        if start <= tap.time < end
    ]
    return sorted(found, key=lambda tap: (tap.time, tap.resident))


def _medicines(world: World, person: Person, start: float, end: float) -> Iterator[Tap]:
    mistakes = [(at, wrong) for code, at, wrong in world.script.mistakes if code == person.code]
    for day in world.calendar.days(start - 7_200, end + 7_200):
        for hour in ROUNDS:
            chance = Chance(person.seed, "medicine", day, hour)
            at = world.calendar.noon(day) + ((hour - 12.0) % 24.0) * 3_600.0 + chance.between(-300, 900)
            wrong = chance.happens(WRONG_PERSON) and world.chance
            if wrong:  # seen at once, and given to the right one
                yield _given(person, at - 90, _other(world, person))
            yield _given(person, at, person.code)
            if chance.happens(TWICE) and world.chance:
                mistakes.append((at + chance.between(300, 2_400), "double"))
    for at, which in mistakes:
        if which == "double":
            yield _given(person, at, person.code)._replace(wrong="medication_double")
        else:
            yield _given(person, at, _other(world, person))


def _given(person: Person, at: float, scanned: str) -> Tap:
    wrong = "" if scanned == person.code else "medication_mismatch"
    return Tap(at, EntryKind.MEDICATION, person.code, "", {"code": MEDICINE, "scanned": scanned}, wrong)


def _other(world: World, person: Person) -> str:
    """Return who lives next to her, whom she might be taken for; herself in a home of one."""
    ward = [other.code for other in world.people.values() if other.ward == person.ward]
    return ward[(ward.index(person.code) + 1) % len(ward)]


def _met(world: World, person: Person, start: float, end: float) -> Iterator[Tap]:
    if person.wander_risk != "high" and not world.script.overlays.get(person.code):
        return
    for stretch in world.stretches(person.code, start - 3_600, end):
        if stretch.doing == "wander" and stretch.room in person.places.others:
            chance = Chance(person.seed, "met", round(stretch.start))
            if chance.happens(MET):
                at = stretch.start + chance.between(5, 30)
                yield Tap(at, EntryKind.STRANGER_IN_ROOM, "", stretch.room, {}, "intrusion_other_room")
