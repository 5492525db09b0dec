"""A home's residents at every moment, with the truth about them. Pure: a function of facility, seed and script.

Days are made when they are asked for and depend on nobody else's, so any moment can be asked for in any order. A carer
who comes to somebody (`help`) changes what follows for that resident only: the watch's work can be closed to a loop.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from anxin.facility import Facility
from anxin.vocabulary import RoomKind
from simulators import carers, hazards, illness, incidents, routine
from simulators.calendar import Calendar
from simulators.hazards import Hazard
from simulators.illness import NONE, Effect, Illness
from simulators.incidents import Overlay
from simulators.people import Person, people_of
from simulators.physiology import Vitals, vitals
from simulators.truth import Moment, Stretch

KEEP_DAYS = 4


class Shift(NamedTuple):
    """A scripted change of the vital signs: rises over ramp_s to `effect`, holds to end, then falls as fast."""

    start: float
    end: float
    ramp_s: float
    effect: Effect

    def share(self, t: float) -> float:
        ramp = max(self.ramp_s, 1e-6)
        return max(0.0, min(1.0, (t - self.start) / ramp, 1.0 + (self.end - t) / ramp))


@dataclass(frozen=True)
class Script:
    """What is laid over chance, by resident. unseen: resident and time of falls that no fall sensor sees. mistakes:
    resident, time and which, of medicines."""

    overlays: dict[str, tuple[Overlay, ...]] = field(default_factory=dict)
    illnesses: dict[str, tuple[Illness, ...]] = field(default_factory=dict)
    shifts: dict[str, tuple[Shift, ...]] = field(default_factory=dict)
    unseen: frozenset[tuple[str, float]] = frozenset()
    hazards: tuple[Hazard, ...] = ()
    mistakes: tuple[tuple[str, float, str], ...] = ()


QUIET = Script()
Stay = tuple[float, float, str]  # start, end, resident or "" for a carer
Hours = dict[int, list[Stay]]
HOUR_S = 3_600.0


class World:
    """One home, simulated. chance: whether falls, calls, illness and the like happen beside the script."""

    def __init__(self, facility: Facility, seed: int, script: Script = QUIET, chance: bool = True) -> None:
        self.facility, self.seed, self.script, self.chance = facility, seed, script, chance
        self.calendar = Calendar(facility.time_zone)
        self.people: dict[str, Person] = {person.code: person for person in people_of(facility, seed)}
        self._bedrooms = {
            ward.code: tuple(room.code for room in ward.rooms if room.kind == RoomKind.BEDROOM)
            for ward in facility.wards
        }
        self._days: dict[int, dict[str, list[Stretch]]] = {}
        self._rooms: dict[int, dict[str, Hours]] = {}
        self._drawn: dict[int, dict[str, list[Overlay]]] = {}
        self._ill: dict[int, dict[str, list[Illness]]] = {}
        self._last: dict[str, tuple[Stretch, Stretch]] = {}
        self._helped: dict[str, tuple[float, ...]] = {}

    def day(self, code: str, day: int) -> list[Stretch]:
        """Return a resident's gapless timeline of one day (noon to noon; see `Calendar`)."""
        if (days := self._days.get(day)) is None:
            self._forget(day)
            days = self._days[day] = {}
        if (found := days.get(code)) is None:
            found = days[code] = self._make(self.people[code], day)
        return found

    def at(self, code: str, t: float) -> tuple[Stretch, Stretch]:
        """Return the stretch a resident is in at t, and the one before it."""
        found = self._last.get(code)
        if found is not None and found[0].start <= t < found[0].end:
            return found
        day = self.calendar.day_of(t)
        stretches = self.day(code, day)
        index = bisect_right(stretches, t, key=_start) - 1
        before = stretches[index - 1] if index else self.day(code, day - 1)[-1]
        self._last[code] = stretches[index], before
        return stretches[index], before

    def stretches(self, code: str, start: float, end: float) -> Iterator[Stretch]:
        """Yield the stretches that touch [start, end), uncut."""
        for day in self.calendar.days(start, end):
            for stretch in self.day(code, day):
                if stretch.end > start and stretch.start < end:
                    yield stretch

    def moments(self, code: str, start: float, end: float) -> list[Moment]:
        """Return what happens to a resident in [start, end), in order of time."""
        overlays = list(self.script.overlays.get(code, ()))
        for day in range(self.calendar.day_of(start) - 1, self.calendar.day_of(end) + 1):
            overlays += self._drawn_for(self.people[code], day)
        found = [moment for overlay in overlays for moment in overlay.moments if start <= moment.at < end]
        return sorted(found, key=lambda moment: moment.at)

    def vitals(self, code: str, t: float) -> Vitals:
        """Return a resident's true vital signs at t."""
        now, before = self.at(code, t)
        return vitals(self.people[code], now, before, t, self.calendar.hour(t), self.effect(code, t))

    def effect(self, code: str, t: float) -> Effect:
        """Return what illness and script add to the vital signs at t."""
        total = NONE
        for ill in self.illnesses(code, self.calendar.day_of(t)):
            if share := ill.share(t):
                total = total.plus(ill.peak.times(share))
        for shift in self.script.shifts.get(code, ()):
            if share := shift.share(t):
                total = total.plus(shift.effect.times(share))
        return total

    def is_well(self, code: str, start: float, end: float) -> bool:
        """Return whether neither illness nor script adds anything to the vital signs in [start, end]."""
        ill = any(self.illnesses(code, day) for day in self.calendar.days(start, end + 1e-3))
        return not ill and not self.script.shifts.get(code)

    def illnesses(self, code: str, day: int) -> list[Illness]:
        """Return the illnesses that may show on a day."""
        days = self._ill.setdefault(day, {})
        if (found := days.get(code)) is None:
            noon, end = self.calendar.noon(day), self.calendar.noon(day + 1)
            drawn = illness.drawn(self.people[code], noon, end) if self.chance else []
            scripted = [ill for ill in self.script.illnesses.get(code, ()) if ill.onset < end and ill.end > noon]
            found = days[code] = [*drawn, *scripted]
        return found

    def hazards(self, kind: str, room: str, start: float, end: float) -> list[Hazard]:
        """Return the smoke or gas in a room in [start, end)."""
        found = [one for one in self.script.hazards if (one.kind, one.room) == (kind, room)]
        if self.chance:
            found += hazards.drawn(self.seed, self.calendar, kind, room, start, end)
        return [one for one in found if one.start < end and one.end > start]

    def room(self, room: str, start: float, end: float) -> list[Stay]:
        """Return who is in a room when, by start, for all that touches [start, end); cut at noon."""
        found: list[Stay] = []
        for day in self.calendar.days(start, end):
            hours = self._rooms_of(day).get(room)
            if hours is None:
                continue
            noon = self.calendar.noon(day)
            first, last = (max(0, int((t - noon) // HOUR_S)) for t in (start, end))
            for hour in range(first, last + 1):
                # A stay is listed in every hour that it touches, and counted in the first of those asked for.
                for stay in hours.get(hour, ()):
                    begins = stay[0] >= noon + hour * HOUR_S or hour == first
                    if begins and stay[1] > start and stay[0] < end:
                        found.append(stay)
        return found

    def help(self, code: str, at: float) -> None:
        """A carer comes to a resident at `at`: who lies on the floor is lifted, who has walked away is brought back."""
        self._helped[code] = (*self._helped.get(code, ()), at)
        self._last.pop(code, None)
        for day in (self.calendar.day_of(at), self.calendar.day_of(at) + 1):
            self._days.get(day, {}).pop(code, None)
            self._drawn.get(day - 1, {}).pop(code, None)
            self._drawn.get(day, {}).pop(code, None)
            self._rooms.pop(day, None)

    def _make(self, person: Person, day: int) -> list[Stretch]:
        noon, end = self.calendar.noon(day), self.calendar.noon(day + 1)
        trips = sum(ill.peak.trips * ill.share(noon + 12 * 3_600) for ill in self.illnesses(person.code, day))
        stretches = routine.plan(person, day, noon, end, trips)
        for past in (day - 1, day):
            for overlay in self._drawn_for(person, past):
                stretches = incidents.lay(stretches, overlay.stretches)
        for overlay in self.script.overlays.get(person.code, ()):
            stretches = incidents.lay(stretches, overlay.stretches)
        return stretches

    def _drawn_for(self, person: Person, day: int) -> list[Overlay]:
        """Return what chance brings on a day, without what the script does not leave room for."""
        if not self.chance:
            return []
        days = self._drawn.setdefault(day, {})
        if (found := days.get(person.code)) is None:
            drawn = incidents.drawn(person, day, self.calendar.noon(day), self._helped.get(person.code, ()))
            scripted = [o.stretches for o in self.script.overlays.get(person.code, ()) if o.stretches]
            found = days[person.code] = [o for o in drawn if not any(_meet(o, window) for window in scripted)]
        return found

    def _rooms_of(self, day: int) -> dict[str, Hours]:
        """Return who is in each room in each hour after noon, by start."""
        if (found := self._rooms.get(day)) is None:
            rooms: dict[str, list[Stay]] = {}
            for code in self.people:
                for stretch in self.day(code, day):
                    rooms.setdefault(stretch.room, []).append((stretch.start, stretch.end, code))
            for ward, bedrooms in self._bedrooms.items():
                for visit in carers.visits(self.seed, ward, bedrooms, day, self.calendar.noon(day)):
                    rooms.setdefault(visit.room, []).append((visit.start, visit.end, ""))
            found = self._rooms[day] = {room: self._by_hour(stays, day) for room, stays in rooms.items()}
        return found

    def _by_hour(self, stays: list[Stay], day: int) -> Hours:
        noon, hours = self.calendar.noon(day), Hours()
        for stay in sorted(stays):
            for hour in range(max(0, int((stay[0] - noon) // HOUR_S)), int((stay[1] - noon) // HOUR_S) + 1):
                hours.setdefault(hour, []).append(stay)
        return hours

    def _forget(self, newest: int) -> None:
        for store in (self._days, self._rooms, self._drawn, self._ill):
            for day in [known for known in store if abs(known - newest) >= KEEP_DAYS]:
                del store[day]


def _start(stretch: Stretch) -> float:
    return stretch.start


def _meet(overlay: Overlay, window: tuple[Stretch, ...]) -> bool:
    """True where an overlay falls into a scripted window, or its moments do."""
    start, end = window[0].start, window[-1].end
    inside = any(s.start < end and s.end > start for s in overlay.stretches)
    return inside or any(start <= moment.at < end for moment in overlay.moments)
