"""What truly happened in a simulated home, as things that must or may be told. It knows no detector's formula: only
the world's timeline, what reached the edge, and the faults that were laid over the devices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from math import exp, log, sqrt

from anxin.event import Call, Detection
from anxin.facility import Device, Facility
from anxin.vocabulary import DeviceKind, Phase
from evaluation.watch.matching import HOUR, MINUTE
from simulators.calendar import DAY_S
from simulators.faults import Fault, FaultKind, Faults
from simulators.people import Mobility, Person
from simulators.sensed import Sensed
from simulators.truth import OUTSIDE, Moment, Span, seconds_of
from simulators.world import World

HEARTBEAT_S = 30.0
LATE_S = 60.0
_MUTE = (FaultKind.SILENT, FaultKind.LOST, FaultKind.STUCK)
_BAD = (*_MUTE, FaultKind.FLICKER, FaultKind.CLOCK, FaultKind.MISPLACED)


@dataclass(frozen=True, slots=True)
class Truth:
    """due: when it should be told (seconds since 1970); first, last: it holds from … to, an alert raised then is not
    false. resident, room, device: whom or what it is about, "" where that is not known. crisis: of an illness."""

    kind: str
    due: float
    must: bool
    first: float
    last: float
    resident: str = ""
    room: str = ""
    device: str = ""
    crisis: float | None = None


class Places:
    """Where devices are and who lives where, by code."""

    def __init__(self, facility: Facility) -> None:
        self.room_of_bed = {bed.code: room.code for ward in facility.wards for room in ward.rooms for bed in room.beds}
        self.resident_of_bed = {resident.bed: resident.code for resident in facility.residents}
        self.bed_of = {resident.code: resident.bed for resident in facility.residents}
        self.devices = {(g.code, d.id): d for g in facility.gateways for d in g.devices}
        self.gateway_of = {device: gateway for gateway, device in self.devices}

    @cached_property
    def pad_of(self) -> dict[str, tuple[str, str]]:
        """Resident → gateway and id of the bed sensor."""
        pads = [(key, d) for key, d in self.devices.items() if d.kind is DeviceKind.BED_SENSOR and d.bed]
        return {self.resident_of_bed[d.bed]: key for key, d in pads if d.bed in self.resident_of_bed}

    @cached_property
    def radar_of(self) -> dict[str, tuple[str, str]]:
        """Room → gateway and id of its fall sensor."""
        return {d.room: key for key, d in self.devices.items() if d.kind is DeviceKind.FALL_SENSOR and d.room}

    def about(self, device: Device) -> tuple[str, str]:
        """Resident and room that a device speaks of, "" where unknown."""
        resident = device.resident or self.resident_of_bed.get(device.bed or "", "")
        return resident or "", device.room or self.room_of_bed.get(device.bed or "", "")


def works(
    faults: Faults, key: tuple[str, str] | None, start: float, end: float, bad: Sequence[FaultKind] = _BAD
) -> bool:
    """Return whether a device and its gateway had no fault in [start, end]."""
    if key is None:
        return False
    own = [fault for fault in faults.of(*key) if fault.kind in bad]
    return not any(f.start < end and f.end > start for f in (*own, *faults.of(key[0], "")))


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


def lived(truth: Sequence[Span | Moment], places: Places, faults: Faults, world: World) -> Iterator[Truth]:
    """Yield what the residents' timelines say."""
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
        elif item.kind == "in_bed":
            inside.setdefault(code, []).append(item)
            yield from _lay(item, world, places, faults)
        elif item.kind == "fallen":
            yield from _fallen(item, places, faults)
        elif item.kind == "room":
            yield from _stayed(item, world, places, faults)
        elif item.kind == "wandering":
            yield from _wandered(item, world)
        elif item.kind == "unwell":
            crisis = seconds_of(datetime.fromisoformat(item.detail.partition("crisis ")[2]))
            last = item.end + 1.5 * DAY_S  # what began before the run is due only where its crisis lies in it
            yield Truth("deterioration", item.start, crisis > item.start, item.start, last, code, crisis=crisis)
    for code, spans in inside.items():
        for before, after in pairwise(spans):
            yield from _left(code, before.end, after.start, places, faults, world)


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


def _fallen(span: Span, places: Places, faults: Faults) -> Iterator[Truth]:
    code, end = span.resident, span.end + 10 * MINUTE
    for kind in ("fall_suspected", "fall_confirmed", "long_lie", "went_down_got_up"):
        yield Truth(kind, span.start, False, span.start - 60, end, code, span.detail)
    long, seen = span.end - span.start > 30 * MINUTE, works(faults, places.radar_of.get(span.detail), span.start, end)
    yield Truth("no_sign_of_life", span.start + 30 * MINUTE, long and not seen, span.start, end, code, span.detail)


def _stayed(span: Span, world: World, places: Places, faults: Faults) -> Iterator[Truth]:
    code = span.resident
    if span.detail == OUTSIDE:
        band = next((key for key, d in places.devices.items() if d.resident == code), None)
        if band is not None:
            yield Truth("device_silent", span.start, False, span.start, span.end + 10 * MINUTE, device=band[1])
    if span.detail != world.people[code].places.bathroom or span.end - span.start < 19 * MINUTE:
        return
    must = span.end - span.start >= 32 * MINUTE
    must = must and works(faults, places.radar_of.get(span.detail), span.start - 60, span.end)
    due = span.start + 30 * MINUTE
    yield Truth("bathroom_overstay", due, must, span.start + 19 * MINUTE, span.end + MINUTE, code, span.detail)


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


def _wandered(span: Span, world: World) -> Iterator[Truth]:
    due, hour = span.start + 20 * MINUTE, world.calendar.hour(span.start)
    must = span.end >= due + 2 * MINUTE and (hour >= 22.0 or hour + (span.end - span.start) / HOUR < 5.0)
    places = world.people[span.resident].places
    visited = {s.room for s in world.stretches(span.resident, span.start, span.end)}
    for room in sorted({places.corridor, places.bedroom, *visited}):
        main, last = room == places.corridor, span.end + 5 * MINUTE
        yield Truth("night_wander", due, must and main, span.start - 5 * MINUTE, last, span.resident, room)
        if room not in (places.corridor, places.bedroom):
            yield Truth("intrusion_other_room", due, False, span.start, last, span.resident, room)


def scripted(world: World) -> Iterator[Truth]:
    """Yield what a script does to vital signs for so long that a night shows it."""
    for code, shifts in world.script.shifts.items():
        for shift in shifts:
            if shift.end - shift.start >= 3 * HOUR:
                yield Truth("deterioration", shift.start, False, shift.start, shift.end + 1.5 * DAY_S, code)


def broken(faults: Iterable[Fault], places: Places, all_faults: Faults) -> Iterator[Truth]:
    """Yield what is wrong with the equipment."""
    for f in faults:
        if f.device and f.kind is FaultKind.STUCK:
            yield Truth("stuck_value", f.start, False, f.start, f.end + HOUR, device=f.device)
        if f.device and f.kind in _MUTE:
            device = places.devices[f.gateway, f.device]
            kind = "call_path_down" if device.kind is DeviceKind.CALL_BUTTON else "device_silent"
            interval = device.supervision_s or 0.0
            clear = works(all_faults, (f.gateway, f.device), f.start - 2 * interval, f.end, ()) and f.kind not in (
                FaultKind.STUCK,
            )
            must = bool(interval) and f.end - f.start > interval + 2 * MINUTE and clear
            due = f.start + interval
            yield Truth(kind, due, must, f.start, f.end + 2 * interval + MINUTE, device=f.device)
        elif f.device and f.kind is FaultKind.CLOCK:
            yield Truth("clock_wrong", f.start, False, f.start, f.end + 3 * HOUR, device=f.device)
        elif not f.device and f.kind in (FaultKind.OFFLINE, FaultKind.SILENT):
            must = f.end - f.start > 90
            yield Truth("gateway_silent", f.start + HEARTBEAT_S, must, f.start, f.end + MINUTE, device=f.gateway)
            for key, device in places.devices.items():
                if key[0] == f.gateway:
                    kind = "call_path_down" if device.kind is DeviceKind.CALL_BUTTON else "device_silent"
                    end = f.end + 2 * (device.supervision_s or 0.0)
                    yield Truth(kind, f.start, False, f.start, end, device=key[1])
