"""What truly happened in a simulated home, as things that must or may be told. It knows no detector's formula: only
the world's timeline, what reached the edge, and the faults that were laid over the devices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from math import exp, log, sqrt

from anxin.event import Call, Detection
from anxin.vocabulary import DeviceKind, Phase
from evaluation.watch.matching import HOUR, MINUTE
from evaluation.watch.places import Places, Truth, works
from simulators.calendar import DAY_S
from simulators.faults import FaultKind, Faults
from simulators.people import Mobility, Person
from simulators.sensed import Sensed
from simulators.taps import Tap
from simulators.truth import OUTSIDE, Moment, Span, seconds_of
from simulators.world import World

LATE_S = 60.0


def heard(events: Iterable[Sensed], places: Places, spans: Sequence[Span]) -> Iterator[Truth]:
    """Yield what the devices themselves told: calls, and hits on true falls; each once, however often delivered."""
    floors: dict[str, list[Span]] = {}
    for span in spans:
        if span.kind == "fallen":
            floors.setdefault(span.detail, []).append(span)
    seen: set[tuple[str, datetime, str]] = set()
    for sensed in events:
        event = sensed.event
        if not isinstance(event, Call | Detection):
            continue
        word = "call" if isinstance(event, Call) else event.phase.value
        if (event.device, event.time, word) in seen:
            continue
        seen.add((event.device, event.time, word))
        resident, room = places.about(places.devices[sensed.gateway, event.device])
        at, happened = sensed.time, seconds_of(event.time)
        late = at - happened > LATE_S
        if isinstance(event, Call):
            yield from _told("sos_call", at, at, resident, room, late)
        elif floor := next((f for f in floors.get(room, ()) if f.start - 30 <= happened <= f.end + 60), None):
            yield Truth("went_down_got_up", at, False, at, at + MINUTE, floor.resident, room)
            if event.phase is Phase.SUSPECTED:
                yield Truth("fall_suspected", at, True, at, at + MINUTE, floor.resident, room)
            elif event.phase is Phase.CONFIRMED:
                yield from _told("fall_confirmed", at, floor.end, floor.resident, room, late)
                if floor.end - happened >= 11 * MINUTE and not late:
                    yield Truth("long_lie", at + 10 * MINUTE, True, at, floor.end, floor.resident, room)


def _told(kind: str, at: float, last: float, resident: str, room: str, late: bool) -> Iterator[Truth]:
    yield Truth(kind, at, True, at, max(last, at + MINUTE), resident, room)
    if late:
        yield Truth("raised_late", at, True, at, max(last, at + MINUTE), resident, room)


def lived(
    truth: Sequence[Span | Moment], places: Places, faults: Faults, world: World, hits: Sequence[Truth] = ()
) -> Iterator[Truth]:
    """Yield what the residents' timelines say. hits: what `heard` gave, so that it is known which falls were seen."""
    inside: dict[str, list[Span]] = {}
    for item in truth:
        code = item.resident
        if isinstance(item, Moment):
            if item.kind == "exit":
                hour = world.calendar.hour(item.at)
                alone = item.detail == "alone" and (hour >= 19.0 or hour < 7.0)
                yield from _gone_out(item, alone, world.people[code].places.exit, places, faults)
            elif item.kind == "return":  # a contact cannot know who passes, nor which way
                exit_ = world.people[code].places.exit
                yield Truth("door_exit_unauthorised", item.at, False, item.at - 30, item.at + MINUTE, code, exit_)
            elif item.kind == "bed_fall":
                hit = _seen(code, item.at, item.at + 2 * MINUTE, hits)
                bedroom = world.people[code].places.bedroom
                yield Truth("bed_fall", item.at, hit, item.at, item.at + 10 * MINUTE, code, bedroom)
        elif item.kind == "in_bed":
            inside.setdefault(code, []).append(item)
            yield from _lay(item, world, places, faults)
        elif item.kind == "fallen":
            yield from _fallen(item, hits)
        elif item.kind == "lifeless":
            yield from _lifeless(item, places, faults)
        elif item.kind in ("smoke", "gas"):
            yield _hazard(item, places, faults)
        elif item.kind == "room":
            yield from _stayed(item, world, places, faults)
        elif item.kind == "wandering":
            yield from _wandered(item, world, places, faults)
        elif item.kind == "unwell":
            crisis = seconds_of(datetime.fromisoformat(item.detail.partition("crisis ")[2]))
            last = item.end + 1.5 * DAY_S  # what began before the run is due only where its crisis lies in it
            yield Truth("deterioration", item.start, crisis > item.start, item.start, last, code, crisis=crisis)
    for code, spans in inside.items():
        for before, after in pairwise(spans):
            yield from _left(code, before.end, after.start, places, faults, world)
            yield from _got_up(code, before.end, after.start, places, faults, world)


def _gone_out(exit_: Moment, alone: bool, room: str, places: Places, faults: Faults) -> Iterator[Truth]:
    """Through the outer door; where its gateway had no network then, it must be told when that is back."""
    door = next((key for key, d in places.devices.items() if d.kind is DeviceKind.DOOR and d.room == room), None)
    outage = next((f for f in faults.of(door[0], "") if f.start <= exit_.at < f.end), None) if door else None
    if outage is not None and outage.kind is FaultKind.OFFLINE:
        due = outage.end
        yield Truth("raised_late", due, alone, exit_.at, due + 2 * MINUTE, exit_.resident, room)
        yield Truth("door_exit_unauthorised", due, False, exit_.at - 30, due + 2 * MINUTE, exit_.resident, room)
        return
    must = alone and works(faults, door, exit_.at - MINUTE, exit_.at + MINUTE)
    last = exit_.at + MINUTE
    yield Truth("door_exit_unauthorised", exit_.at, must, exit_.at - 30, last, exit_.resident, room)


def _seen(code: str, start: float, end: float, hits: Sequence[Truth]) -> bool:
    """Return whether a fall sensor reported her within that time."""
    falls = ("fall_suspected", "fall_confirmed")
    return any(hit.resident == code and hit.kind in falls and start <= hit.due <= end for hit in hits)


def _fallen(span: Span, hits: Sequence[Truth]) -> Iterator[Truth]:
    code, end = span.resident, span.end + 10 * MINUTE
    for kind in ("fall_suspected", "fall_confirmed", "long_lie", "went_down_got_up"):
        yield Truth(kind, span.start, False, span.start - 60, end, code, span.detail)
    long, seen = span.end - span.start > 30 * MINUTE, _seen(code, span.start, span.end, hits)
    yield Truth("no_sign_of_life", span.start + 30 * MINUTE, long and not seen, span.start, end, code, span.detail)


def _lifeless(span: Span, places: Places, faults: Faults) -> Iterator[Truth]:
    """No breath and no heartbeat can be felt. In a room of one a presence sensor is a second cue."""
    code, room = span.resident, span.detail
    alone = sum(at == room for bed, at in places.room_of_bed.items() if bed in places.resident_of_bed) == 1
    eye = places.eye_of.get(room)
    works_at = span.start - 10 * MINUTE, span.end
    second = alone and works(faults, eye, *works_at)
    must = span.end - span.start >= 3 * MINUTE and works(faults, places.pad_of.get(code), *works_at)
    kind = "no_vital_signs_in_bed" if second else "no_vital_signs_one_cue"
    yield Truth(kind, span.start + MINUTE, must, span.start, span.end + 5 * MINUTE, code, room)


def _hazard(span: Span, places: Places, faults: Faults) -> Truth:
    key = next((key for key in places.devices if key[1] == f"{span.kind}-{span.detail}"), None)
    must = works(faults, key, span.start - MINUTE, span.end)
    return Truth(span.kind, span.start, must, span.start, span.end + MINUTE, room=span.detail)


def _got_up(code: str, start: float, end: float, places: Places, faults: Faults, world: World) -> Iterator[Truth]:
    """Left the bed, who does not get up alone."""
    how = places.gets_up.get(code, "alone")
    if how == "alone":
        return
    least = 1 if how == "never_alone" else 4
    carried = world.people[code].mobility is Mobility.BEDBOUND  # by somebody who is there
    must = (
        end - start >= least * MINUTE
        and not carried
        and works(faults, places.pad_of.get(code), start - 10 * MINUTE, end)
    )
    yield Truth("bed_exit", start, must, start, end + MINUTE, code)


def _stayed(span: Span, world: World, places: Places, faults: Faults) -> Iterator[Truth]:
    code = span.resident
    if span.detail == OUTSIDE:
        band = next((key for key, d in places.devices.items() if d.resident == code), None)
        if band is not None:
            yield Truth("device_silent", span.start, False, span.start, span.end + 10 * MINUTE, device=band[1])
    if span.detail != world.people[code].places.bathroom or span.end - span.start < 19 * MINUTE:
        return
    two = _two_up(span, world)
    kind, limit = ("bathroom_overstay_two_up", 40) if two else ("bathroom_overstay", 30)
    must = span.end - span.start >= (limit + 2) * MINUTE
    must = must and works(faults, places.radar_of.get(span.detail), span.start - 60, span.end)
    due = span.start + limit * MINUTE
    yield Truth(kind, due, must, span.start + 19 * MINUTE, span.end + MINUTE, code, span.detail)


def _two_up(span: Span, world: World) -> bool:
    """Whether another of her suite is up in it during the first half hour of her stay."""
    mine, until = world.people[span.resident].places, min(span.end, span.start + 30 * MINUTE)
    others = [one for one in world.people.values() if one.code != span.resident and one.places.bathroom == span.detail]
    return any(
        not stretch.in_bed and stretch.room in (one.places.bedroom, mine.bathroom)
        for one in others
        for stretch in world.stretches(one.code, span.start, until)
    )


def _left(code: str, start: float, end: float, places: Places, faults: Faults, world: World) -> Iterator[Truth]:
    """The bed was left; the night of the published rule is 21:00 to 06:00, hers ends an hour before she usually rises.
    Who leaves the bed after 04:00 and is not back within two hours got up for the day: to ring for that is false."""
    person, hour, minutes = world.people[code], world.calendar.hour(start), (end - start) / MINUTE
    if minutes < 25 or 6.0 <= hour < 20.9 or (4.0 <= hour < 6.0 and minutes > 120):
        return
    limit = min(max(30.0, usual_trip_min(person)), 45.0)
    ends = min(6.0, person.wake_hour - 25.0)
    in_time = (hour - 24.0 if hour > 12 else hour) + limit / 60 < ends and not 20.9 <= hour < 21.05
    must = minutes >= limit + 5 and in_time
    must = must and works(faults, places.pad_of.get(code), start - 10 * MINUTE, start + HOUR)
    due = start + limit * MINUTE
    yield Truth("out_of_bed_long", due, must, start + 25 * MINUTE, end + MINUTE, code)


def _lay(span: Span, world: World, places: Places, faults: Faults) -> Iterator[Truth]:
    """Lay in bed from before six until after ten, who gets up by herself on other days."""
    hour = world.calendar.hour(span.start)
    due = span.start + ((10.0 - hour) % 24.0) * HOUR
    if 10.0 > hour >= 6.0 or world.people[span.resident].mobility is Mobility.BEDBOUND or span.end < due - 30 * MINUTE:
        return
    must = span.end >= due + 30 * MINUTE and works(faults, places.pad_of.get(span.resident), span.start, due + HOUR)
    yield Truth("not_up_in_morning", due, must, due - 30 * MINUTE, span.end + MINUTE, span.resident)


def usual_trip_min(person: Person) -> float:
    """The 95th centile of the trips that this person makes at night, in minutes."""
    mean, deviation = person.trip_s
    variance = log(1 + (deviation / mean) ** 2)
    return exp(log(mean) - variance / 2 + 1.645 * sqrt(variance)) / MINUTE


def _wandered(span: Span, world: World, site: Places, faults: Faults) -> Iterator[Truth]:
    """Paced a corridor whose sensor can be heard, from a bed whose pad says that it is empty."""
    due, hour = span.start + 20 * MINUTE, world.calendar.hour(span.start)
    must = span.end >= due + 2 * MINUTE and (hour >= 22.0 or hour + (span.end - span.start) / HOUR < 5.0)
    places = world.people[span.resident].places
    for sensor in (site.eye_of.get(places.corridor), site.pad_of.get(span.resident)):
        must = must and works(faults, sensor, span.start - 5 * MINUTE, due + 10 * MINUTE)
    visited = {s.room for s in world.stretches(span.resident, span.start, span.end)}
    for room in sorted({places.corridor, places.bedroom, *visited}):
        main, last = room == places.corridor, span.end + 5 * MINUTE
        yield Truth("night_wander", due, must and main, span.start - 5 * MINUTE, last, span.resident, room)
        if room not in (places.corridor, places.bedroom):
            yield Truth("intrusion_other_room", due, False, span.start, last, span.resident, room)


def tapped(taps: Iterable[Tap]) -> Iterator[Truth]:
    """Yield what carers saw or did wrong, as they tapped it."""
    for tap in taps:
        if tap.wrong:
            yield Truth(tap.wrong, tap.time, True, tap.time - MINUTE, tap.time + MINUTE, tap.resident, tap.room)


def scripted(world: World) -> Iterator[Truth]:
    """Yield what a script does to vital signs for so long that a night shows it."""
    for code, shifts in world.script.shifts.items():
        for shift in shifts:
            if shift.end - shift.start >= 3 * HOUR:
                yield Truth("deterioration", shift.start, False, shift.start, shift.end + 1.5 * DAY_S, code)
