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
from analytics.directory import View
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


def coverage(view: View, said: Said) -> list[Coverage]:
    """Return the coverage of everybody and everything. said: device id → what it was heard to measure."""
    places = _places(view)
    found: list[Coverage] = []
    for kind, spec in ALERTS.items():
        # What only one kind of room can show (a bathroom, an exit) is asked of the home: rooms without devices are
        # not known here.
        somewhere = spec.place is Place.ROOM and any(need.room for need in spec.needs)
        for subject in places[Place.FACILITY if somewhere else spec.place]:
            if kind not in RAISED_BY:
                found.append(Coverage(kind, subject, (NO_RULE,)))
                continue
            ways = [_missing(need, subject, view, said) for need in spec.needs]
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


def _missing(need: Need, subject: Subject, view: View, said: Said) -> tuple[str, ...]:
    missing: list[str] = []
    if need.devices and not _has_device(need, subject, view, said):
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


def _has_device(need: Need, subject: Subject, view: View, said: Said) -> bool:
    for index, device in enumerate(view.directory.devices):
        about = view.subject(index)
        if device.kind not in need.devices or device.facility_id != subject.facility_id:
            continue
        if need.room is not None and device.room_kind != need.room:
            continue
        hers = about.resident_id is not None and about.resident_id == subject.resident_id
        mine = subject.room_id is None or hers or (about.room_id == subject.room_id and device.bed_id is None)
        heard = said.get(device.id)
        tells = not isinstance(need.says, ObservationKind) or heard is None or need.says in heard
        if (mine or need.room is not None) and tells:
            return True
    return False
