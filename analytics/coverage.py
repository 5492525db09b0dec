"""What is covered: for each resident, room or home and each kind of the catalogue, whether it can be seen, and what is
missing if not. Pure.

A kind that nothing raises is not covered, whatever devices there are. A device counts for what it has been heard to
say; of one that was never heard its kind is taken as a promise. Entries can always be made, so they are never missing;
what must be planned is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.detectors import RAISED_BY
from analytics.directory import Device, View
from analytics.finding import Subject
from anxin.catalogue import ALERTS, Need, Place
from anxin.vocabulary import AlertKind, ObservationKind

NO_RULE = "rule"
Said = Mapping[int, frozenset[ObservationKind]]


@dataclass(frozen=True, slots=True)
class Coverage:
    """missing: the words of the vocabulary for what the nearest way to see it lacks (device, observation, schedule), or
    NO_RULE; empty where it is covered."""

    kind: AlertKind
    subject: Subject
    missing: tuple[str, ...]


class _Devices:
    """Devices by whom and where they watch, so that a home of a thousand does not ask each about everybody."""

    def __init__(self, view: View) -> None:
        self._of: dict[tuple[str, int], list[Device]] = {}
        for index, device in enumerate(view.directory.devices):
            about = view.subject(index)
            self._note("facility", device.facility_id, device)
            if about.resident_id is not None:
                self._note("resident", about.resident_id, device)
            if about.room_id is not None and device.bed_id is None:
                self._note("room", about.room_id, device)

    def _note(self, what: str, number: int, device: Device) -> None:
        self._of.setdefault((what, number), []).append(device)

    def any(self, need: Need, subject: Subject, said: Said) -> bool:
        """Return whether one of the needed devices is there and tells what is needed."""
        if need.room is not None or subject.room_id is None:
            there = self._of.get(("facility", subject.facility_id), [])
        else:
            hers, room = ("resident", subject.resident_id or 0), ("room", subject.room_id)
            there = [*self._of.get(hers, ()), *self._of.get(room, ())]
        return any(
            device.kind in need.devices
            and need.room in (None, device.room_kind)
            and (not isinstance(need.says, ObservationKind) or need.says in said.get(device.id, (need.says,)))
            for device in there
        )


def coverage(view: View, said: Said) -> list[Coverage]:
    """Return the coverage of everybody and everything. said: device id → what it was heard to measure."""
    places, devices = _places(view), _Devices(view)
    found: list[Coverage] = []
    for kind, spec in ALERTS.items():
        # What only one kind of room can show (a bathroom, an exit) is asked of the home: rooms without devices are
        # not known here.
        somewhere = spec.place is Place.ROOM and any(need.room for need in spec.needs)
        for subject in places[Place.FACILITY if somewhere else spec.place]:
            if kind not in RAISED_BY:
                found.append(Coverage(kind, subject, (NO_RULE,)))
                continue
            ways = [_missing(need, subject, view, devices, said) for need in spec.needs]
            found.append(Coverage(kind, subject, min(ways, key=len)))
    return found


def _places(view: View) -> dict[Place, list[Subject]]:
    residents = [subject for stay in view.stays() if (subject := view.resident(stay.resident_id)) is not None]
    rooms = {bed.room_id: Subject(bed.facility_id, bed.ward_id, bed.room_id) for bed in view.directory.beds}
    return {
        Place.RESIDENT: sorted(residents, key=lambda subject: subject.resident_id or 0),
        Place.ROOM: [rooms[room] for room in sorted(rooms)],
        Place.FACILITY: [Subject(home.id) for home in view.directory.homes],
    }


def _missing(need: Need, subject: Subject, view: View, devices: _Devices, said: Said) -> tuple[str, ...]:
    missing: list[str] = []
    if need.devices and not devices.any(need, subject, said):
        missing.append(need.devices[0].value if len(need.devices) < 9 else "device")
        missing += [need.says.value] if need.says is not None else []
        missing += [need.room.value] if need.room is not None else []
    if need.schedule is not None and not any(
        line.kind is need.schedule
        and line.facility_id == subject.facility_id
        and (subject.ward_id is None or line.ward_id in (None, subject.ward_id))
        and (subject.resident_id is None or line.resident_id in (None, subject.resident_id))
        and (line.care_level is None or _level(view, subject) in (None, line.care_level))
        for line in view.schedules
    ):
        missing.append(f"schedule:{need.schedule}")
    return tuple(missing)


def _level(view: View, subject: Subject) -> str | None:
    return None if subject.resident_id is None else str(view.value("resident", "care_level", subject))
