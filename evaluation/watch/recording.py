"""Plays a recording of a real home or person to the real engine, as if a gateway had sent it. No alerts, no people."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.directory import Directory
from analytics.engine import Engine
from analytics.facility_file import from_facility
from analytics.finding import Change, Finding
from analytics.rows import Rows
from anxin.facility import Bed, Device, Facility, Gateway, Resident, Room, Ward
from anxin.vocabulary import RoomKind
from evaluation.watch.feed import Log, Pulse, cell_of
from simulators.faults import Faults
from simulators.sensed import Sensed

GATEWAY = "recorded"
HEARTBEAT_S = 300.0
BEGINS = (Change.BEGAN, Change.RECURRED)


def one_person_home(devices: Sequence[Device], time_zone: str, heartbeat_s: float = HEARTBEAT_S) -> Facility:
    """Return a home of one resident with a bedroom, a bathroom, an outer door and these devices, all unsupervised."""
    rooms = (
        Room("bedroom", "bedroom", RoomKind.BEDROOM, beds=(Bed("bed", "bed"),)),
        Room("bathroom", "bathroom", RoomKind.BATHROOM),
        Room("exit", "exit", RoomKind.EXIT),
        Room("common", "common", RoomKind.COMMON),
    )
    return Facility(
        code="home",
        name="recorded home",
        time_zone=time_zone,
        wards=(Ward("w", "w", rooms),),
        residents=(Resident("r", "r", bed="bed"),),
        gateways=(Gateway(GATEWAY, GATEWAY, heartbeat_s=heartbeat_s, devices=tuple(devices)),),
    )


def play(facility: Facility, events: Sequence[Sensed]) -> list[Finding]:
    """Return what the engine finds in events (in order of time)."""
    if not events:
        return []
    directory: Directory = from_facility(facility)
    engine, log, pulse = Engine(), Log(directory), Pulse(directory, Faults())
    pace = facility.gateways[0].heartbeat_s
    t = cell_of(events[0].time) - pace
    engine.begin(directory, round(t * 1_000))
    found: list[Finding] = []
    number, end = 0, events[-1].time
    while t < end:
        first, t = number, t + pace
        while number < len(events) and events[number].time < t:
            number += 1
        for _, rows in log.rows(events[first:number]):
            found += engine.step(rows, engine.now_ms)
        found += engine.step(Rows(), round(t * 1_000))
        found += engine.step(pulse.rows(t), engine.now_ms)
    return found


def begun(found: Sequence[Finding]) -> list[Finding]:
    """Return what would have rung: beginnings and recurrences, not news of a condition that is known."""
    return [finding for finding in found if finding.change in BEGINS]
