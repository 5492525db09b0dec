"""What a scenario lays over a home: incidents → overlays, illnesses, changes of vital signs and faults. Pure."""

from __future__ import annotations

from anxin.facility import Facility
from simulators import illness, incidents
from simulators.faults import Fault
from simulators.hazards import Hazard
from simulators.illness import NONE
from simulators.incidents import Overlay
from simulators.people import Person, people_of
from simulators.scenario import (
    Danger,
    DeviceFault,
    Fall,
    Leave,
    Lifeless,
    Medicine,
    OutOfBed,
    Room,
    Scenario,
    Sos,
    StayInBed,
    Unwell,
    Vital,
    Wander,
    device_of,
)
from simulators.world import Script, Shift


def script_of(scenario: Scenario, facility: Facility, seed: int, start: float) -> tuple[Script, tuple[Fault, ...]]:
    """Return what the scenario lays over a home whose run starts at `start` (seconds since 1970)."""
    people = {person.code: person for person in people_of(facility, seed)}
    overlays: dict[str, tuple[Overlay, ...]] = {}
    ills: dict[str, tuple[illness.Illness, ...]] = {}
    shifts: dict[str, tuple[Shift, ...]] = {}
    faults: list[Fault] = []
    unseen: set[tuple[str, float]] = set()
    hazards: list[Hazard] = []
    mistakes: list[tuple[str, float, str]] = []
    for incident in scenario.incident:
        if isinstance(incident, DeviceFault):
            faults += _fault(incident, facility, start)
        elif isinstance(incident, Danger):
            at = start + incident.at_s
            hazards.append(Hazard(incident.hazard, incident.room, at, at + incident.lasts_s))
        elif isinstance(incident, Medicine):
            mistakes.append((incident.resident, start + incident.at_s, incident.mistake))
        elif (person := people.get(incident.resident)) is not None:
            at, code = start + incident.at_s, person.code
            if isinstance(incident, Unwell):
                rise = None if incident.rise_hours is None else incident.rise_hours * 3_600.0
                ill = illness.begin(person, incident.illness, at, incident.severity, rise)
                ills[code] = (*ills.get(code, ()), ill)
                continue
            if isinstance(incident, Fall) and incident.unseen:
                unseen.add((code, at))
            if isinstance(incident, Vital):
                shift = Shift(at, at + incident.lasts_s, incident.ramp_s, _effect(incident, person))
                shifts[code] = (*shifts.get(code, ()), shift)
            if (overlay := _overlay(incident, person, at)) is not None:
                overlays[code] = (*overlays.get(code, ()), overlay)
    return Script(overlays, ills, shifts, frozenset(unseen), tuple(hazards), tuple(mistakes)), tuple(faults)


def _effect(incident: Vital, person: Person) -> illness.Effect:
    by = incident.by if incident.to is None else incident.to - float(getattr(person, incident.sign))
    return NONE._replace(**{incident.sign: by or 0.0})


def _overlay(
    incident: Sos | Fall | OutOfBed | StayInBed | Vital | Wander | Leave | Lifeless, person: Person, at: float
) -> Overlay | None:
    def room(name: Room) -> str:
        return str(getattr(person.places, name))

    match incident:
        case Sos():
            return incidents.sos(person, at)
        case Fall():
            calls = None if incident.calls_after_s is None else at + incident.calls_after_s
            if incident.from_bed:
                return incidents.bed_fall(person, at, at + incident.up_after_s, calls)
            return incidents.fall(person, at, room(incident.room), at + incident.up_after_s, calls)
        case OutOfBed():
            return incidents.out_of_bed(person, at, at + incident.lasts_s, room(incident.room))
        case StayInBed():
            return incidents.in_bed(person, at, at + incident.lasts_s, incident.asleep)
        case Vital():
            return incidents.in_bed(person, at - 900, at + incident.lasts_s) if incident.in_bed else None
        case Lifeless():
            return incidents.lifeless(person, at, at + incident.lasts_s)
        case Wander():
            return incidents.wander(person, at, at + incident.lasts_s)
        case Leave():
            return incidents.leave(person, at, at + incident.lasts_s, incident.alone)


def _fault(incident: DeviceFault, facility: Facility, start: float) -> list[Fault]:
    """Return the fault; nothing where the home has no such resident."""
    device = incident.device or ""
    if incident.resident is not None and not (device := device_of(facility, incident.gateway, incident.resident)):
        return []
    at = start + incident.at_s
    return [Fault(incident.fault, incident.gateway, device, at, at + incident.lasts_s, incident.amount)]
