"""What breaks the routine: falls, calls, walking away, leave. Each is an overlay: stretches that replace the routine
for a while, with the moments in them. Pure.

Rates: falls clinical.md 3.1 (base rate, hours, places), how long people lie and whether they call 3.1 (S64: staff came
after 8 min on average, 2 to 33, at a call; 28 min on the floor without an alarm; 54 % called, after 70 s). Getting up
unaided, calls without a fall, walking away, leave, and who cannot come out of the bathroom by herself are assumptions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simulators.chance import Chance
from simulators.people import Mobility, Person
from simulators.routine import Path
from simulators.truth import OUTSIDE, Moment, Stretch

# Relative rate of falls by local hour 0 … 23: peaks at 10-12 and 14-20.
FALL_HOURS = (0.5,) * 6 + (1.0,) * 4 + (2.2,) * 2 + (1.0,) * 2 + (2.0,) * 6 + (1.0,) * 2 + (0.5,) * 2
SHARE_IN_ROOM = 0.75
UNAIDED = {Mobility.INDEPENDENT: 0.25, Mobility.ASSISTED: 0.1, Mobility.BEDBOUND: 0.0}
CALLS_AFTER_FALL, CALL_DELAY_S = 0.54, 70.0
SOS_PER_DAY = 0.08
ESCAPES_PER_DAY = 1 / 45
LEAVE_PER_DAY = 1 / 30
STUCK_PER_DAY = 1 / 300
LIFT_S = 150.0


class Overlay(NamedTuple):
    """stretches: gapless, replace the routine (may be none). moments: in order of time."""

    stretches: tuple[Stretch, ...]
    moments: tuple[Moment, ...] = ()


def lay(stretches: list[Stretch], overlay: Sequence[Stretch]) -> list[Stretch]:
    """Return the timeline with the overlay in place of what it covers; its own bounds stay."""
    if not overlay:
        return stretches
    low, high = stretches[0].start, stretches[-1].end
    inside = [
        s._replace(start=max(s.start, low), end=min(s.end, high)) for s in overlay if s.start < high and s.end > low
    ]
    if not inside:
        return stretches
    start, end = inside[0].start, inside[-1].end
    before = [s._replace(end=min(s.end, start)) for s in stretches if s.start < start]
    after = [s._replace(start=max(s.start, end)) for s in stretches if s.end > end]
    return [*before, *inside, *after]


def drawn(person: Person, day: int, noon: float, helped: Sequence[float]) -> list[Overlay]:
    """Return what chance brings this person in the day that begins at noon. helped: when carers came to the person."""
    chance = Chance(person.seed, "incidents", day)
    overlays = []
    if chance.happens(person.falls_per_day):
        overlays.append(_drawn_fall(person, noon, chance, helped))
    chance = Chance(person.seed, "calls", day)
    if chance.happens(SOS_PER_DAY):
        at = noon + chance.between(0, 9 * 3_600) if chance.happens(0.5) else noon + chance.between(18, 24) * 3_600
        overlays.append(sos(person, at))
    if person.wander_risk == "high" and chance.happens(ESCAPES_PER_DAY):
        at = noon + chance.between(3, 16) * 3_600
        overlays.append(leave(person, at, at + chance.between(600, 2_400), alone=True, helped=helped))
    elif person.mobility != Mobility.BEDBOUND and chance.happens(LEAVE_PER_DAY):
        at = noon + chance.between(2.7, 3.2) * 3_600
        overlays.append(leave(person, at, at + chance.between(1.2, 1.8) * 3_600, alone=False))
    chance = Chance(person.seed, "stuck", day)
    if person.mobility != Mobility.BEDBOUND and chance.happens(STUCK_PER_DAY):
        at = noon + chance.between(0, 23) * 3_600
        overlays.append(stuck(person, at, at + chance.between(1_500, 5_400), helped))
    return overlays


def _drawn_fall(person: Person, noon: float, chance: Chance, helped: Sequence[float]) -> Overlay:
    hour = chance.weighted(FALL_HOURS) + chance.unit()
    at = noon + ((hour - 12.0) % 24.0) * 3_600.0
    places = person.places
    private = chance.happens(SHARE_IN_ROOM)
    if private:
        room = places.bathroom if chance.happens(0.35) else places.bedroom
    else:
        room = places.common if chance.happens(0.22 / 0.25) else places.corridor
    calls = at + chance.exponential(CALL_DELAY_S) if chance.happens(CALLS_AFTER_FALL) else None
    if not private:
        up_at = at + chance.between(60, 240)
    elif calls is not None:
        up_at = calls + max(120.0, min(1_980.0, chance.lognormal(480, 420)))
    else:
        up_at = at + max(180.0, min(7_200.0, chance.lognormal(1_680, 1_500)))
    if chance.happens(UNAIDED[person.mobility]):
        calls, up_at = None, at + chance.between(20, 150)
    return fall(person, at, room, up_at, calls, helped)


def fall(
    person: Person, at: float, room: str, up_at: float, sos_at: float | None = None, helped: Sequence[float] = ()
) -> Overlay:
    """The person falls in a room and lies there until up_at, or until LIFT_S after somebody came."""
    chance = Chance(person.seed, "fall", at)
    came = min((moment for moment in helped if moment >= at), default=None)
    up_at = up_at if came is None else min(up_at, came + LIFT_S)
    path = Path(person, at - chance.between(45, 150), chance)
    path.stay(at, room, "walking", "walk")
    path.stay(up_at, room, "floor", "fallen")
    path.stay(up_at + chance.between(60, 240), room, "sitting", "rest")
    path.go(person.places.bedroom)
    path.edge()
    path.in_bed(path.t + chance.between(2_400, 5_400), False)
    moments = [Moment(person.code, "fall", at, room)]
    if sos_at is not None and sos_at < up_at:
        moments.append(Moment(person.code, "sos", sos_at, "after a fall"))
    return Overlay(tuple(path.stretches), tuple(moments))


def out_of_bed(person: Person, at: float, end: float, room: str, before_s: float = 900.0) -> Overlay:
    """The person lies in bed before, leaves it at `at`, stays in a room and is back in bed at `end`."""
    chance = Chance(person.seed, "out", at)
    path = Path(person, at - before_s, chance)
    path.in_bed(at - 30, False)
    path.stay(at, person.places.bedroom, "sitting", "edge", True)
    path.stay(at + 8, person.places.bedroom, "walking", "walk")
    path.go(room)
    path.stay(end - 60, room, "sitting", "toilet" if room == person.places.bathroom else "activity")
    path.go(person.places.bedroom)
    path.stay(end, person.places.bedroom, "walking", "walk")
    path.edge()
    path.in_bed(path.t + 1_800, False)
    return Overlay(tuple(path.stretches))


def stuck(person: Person, at: float, end: float, helped: Sequence[float] = ()) -> Overlay:
    """The person goes to the bathroom at `at` and does not manage to leave it until end, or until LIFT_S after somebody
    came; she rests on her bed afterwards."""
    came = min((moment for moment in helped if moment >= at), default=None)
    end = end if came is None else max(at + 60, min(end, came + LIFT_S))
    path = Path(person, at - 10, Chance(person.seed, "stuck", at))
    path.stay(at, person.places.bedroom, "walking", "walk")
    path.stay(end, person.places.bathroom, "sitting", "stuck")
    path.go(person.places.bedroom)
    path.edge()
    path.in_bed(path.t + 1_800, False)
    return Overlay(tuple(path.stretches))


def bed_fall(person: Person, at: float, up_at: float, sos_at: float | None = None) -> Overlay:
    """The person falls out of the bed in which she lay, and lies before it until up_at."""
    path = Path(person, at - 900, Chance(person.seed, "bed fall", at))
    path.in_bed(at, False)
    lain = fall(person, at, person.places.bedroom, up_at, sos_at)
    stretches = tuple(stretch for stretch in lain.stretches if stretch.start >= at)
    return Overlay((*path.stretches, *stretches), (*lain.moments, Moment(person.code, "bed_fall", at)))


def lifeless(person: Person, at: float, end: float) -> Overlay:
    """The person lies in bed, and from `at` to end neither breath nor heartbeat can be felt."""
    places = person.places
    before = Stretch(at - 900, at, places.bedroom, "lying", "rest", True)
    return Overlay((before, Stretch(at, end, places.bedroom, "lying", "lifeless", True)))


def sos(person: Person, at: float) -> Overlay:
    """The person presses the call button at `at`; wherever the routine has brought them."""
    return Overlay((), (Moment(person.code, "sos", at),))


def in_bed(person: Person, start: float, end: float, asleep: bool = True) -> Overlay:
    """The person lies in bed from start to end."""
    return Overlay((Stretch(start, end, person.places.bedroom, "lying", "sleep" if asleep else "rest", True, asleep),))


def wander(person: Person, at: float, end: float) -> Overlay:
    """The person paces the corridor from `at` to end, now and then in another's room."""
    chance = Chance(person.seed, "wander", at)
    path = Path(person, at, chance)
    while path.t < end:
        path.stay(min(end, path.t + chance.between(180, 420)), person.places.corridor, "walking", "wander")
        if person.places.others and chance.happens(0.3):
            other = chance.choice(person.places.others)
            path.stay(min(end, path.t + chance.between(40, 120)), other, "walking", "wander")
    return Overlay(tuple(path.stretches))


def leave(person: Person, at: float, end: float, alone: bool, helped: Sequence[float] = ()) -> Overlay:
    """The person goes out by the outer door at `at` and is back at end (alone: or when somebody finds them)."""
    came = min((moment for moment in helped if moment >= at), default=None)
    end = end if came is None or not alone else max(at + 30, min(end, came + LIFT_S))
    places = person.places
    stretches = (
        Stretch(at - 75, at - 12, places.corridor, "walking", "walk"),
        Stretch(at - 12, at, places.exit, "walking", "walk"),
        Stretch(at, end, OUTSIDE, "walking", "away" if alone else "leave"),
        Stretch(end, end + 15, places.exit, "walking", "walk"),
        Stretch(end + 15, end + 80, places.corridor, "walking", "walk"),
    )
    detail = "alone" if alone else "accompanied"
    moments = (Moment(person.code, "exit", at, detail), Moment(person.code, "return", end, detail))
    return Overlay(stretches, moments)
