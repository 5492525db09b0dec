"""The facility file: region, wards, rooms, beds, residents, stays, devices, roster and policies of one home, as TOML.

This module says what may stand in it and checks that it holds together, with the line of each error. It knows no
database; `anxin.db.directory` loads it.
"""

from __future__ import annotations

import tomllib
import zoneinfo
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from anxin.care import ScheduleKind
from anxin.config import ConfigError, convert, place
from anxin.facility_people import Absence, Code, Duty, Escalation, Name, Part, problems
from anxin.vocabulary import DeviceKind, Role, RoomKind

_SPAN = ("starts", "ends")


# What rules know of a resident's profile, and the words that are possible; `analytics.parameters` says what they mean.
PROFILE: dict[str, tuple[str, ...]] = {
    "care_level": ("self", "partial", "full", "special"),
    "fall_risk": ("low", "medium", "high"),
    "wander_risk": ("low", "medium", "high"),
    "choking_risk": ("low", "medium", "high"),
    "gets_up": ("alone", "supervised", "never_alone"),
    "mobility": ("independent", "assisted", "bedbound"),
    "oxygen_scale_2": ("yes", "no"),
}


class Region(Part, frozen=True):
    """One level of the tree above the facility, from the top: province, city, county, town."""

    code: Code
    name: Name
    level: str


class Bed(Part, frozen=True):
    code: Code
    name: Name
    scan_code: str | None = None


class Room(Part, frozen=True):
    """suite: a word that the rooms behind one door share, a bedroom and its own bathroom; whoever sleeps in the suite
    is who uses its bathroom. Absent: a room for everybody."""

    code: Code
    name: Name
    kind: RoomKind = RoomKind.BEDROOM
    scan_code: str | None = None
    suite: Code | None = None
    beds: tuple[Bed, ...] = ()


class Ward(Part, frozen=True):
    code: Code
    name: Name
    rooms: tuple[Room, ...] = ()


class Resident(Part, frozen=True):
    """A person who lives here. bed and since make the stay; profile holds what rules and nurses need to know
    (fall_risk, wander_risk, limits_of_care …)."""

    code: Code
    name: Name
    birth_year: int | None = None
    bed: Code | None = None
    since: datetime | None = None
    profile: dict[str, Any] = {}  # noqa: RUF012  a structure copies its defaults


class Device(Part, frozen=True):
    """A sensor or call point behind a gateway. id: what it is called on the wire. It stands in a room, at a bed, or is
    worn by a resident. supervision_s: it must be heard at least that often (absent: it is shown as unsupervised)."""

    id: Name
    kind: DeviceKind
    room: Code | None = None
    bed: Code | None = None
    resident: Code | None = None
    model: str | None = None
    supervision_s: float | None = None


class Gateway(Part, frozen=True):
    code: Code
    name: Name
    heartbeat_s: float = 15.0
    devices: tuple[Device, ...] = ()


class Account(Part, frozen=True):
    """Somebody who signs in. residents: for relatives, whom they may see by consent (scopes: what of it)."""

    code: Code
    name: Name
    role: Role
    language: str = "zh"
    phone: str | None = None
    email: str | None = None
    residents: tuple[Code, ...] = ()
    scopes: tuple[str, ...] = ("summary", "events")
    consent_by: str | None = None


class Policy(Part, frozen=True):
    """A rule's number for the facility, one ward or one resident; starts, ends: only at that time of the day. The table
    of rules stands in the documentation."""

    rule: str
    parameter: str
    value: float | str | bool
    ward: Code | None = None
    resident: Code | None = None
    starts: str | None = None
    ends: str | None = None


class Schedule(Part, frozen=True):
    """What is due: at each of `times` (local), or `every_min` minutes after it was done last. code: which medicine or
    task. For a resident, a ward, all residents of a care level, or all; headcounts and handovers for a ward or all."""

    kind: ScheduleKind
    code: Code | None = None
    times: tuple[str, ...] = ()
    every_min: float | None = None
    ward: Code | None = None
    resident: Code | None = None
    care_level: str | None = None


class Facility(Part, frozen=True):
    """One home."""

    code: Code
    name: Name
    time_zone: str = "Asia/Shanghai"
    language: str = "zh"
    partition: int = 0
    regions: tuple[Region, ...] = ()
    wards: tuple[Ward, ...] = ()
    residents: tuple[Resident, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    accounts: tuple[Account, ...] = ()
    duties: tuple[Duty, ...] = ()
    absences: tuple[Absence, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    policies: tuple[Policy, ...] = ()
    schedules: tuple[Schedule, ...] = ()

    def all_policies(self) -> tuple[Policy, ...]:
        """Return the policies, and of each resident's profile the words that rules know."""
        known = (
            Policy("resident", name, resident.profile[name], resident=resident.code)
            for resident in self.residents
            for name in PROFILE
            if name in resident.profile
        )
        return (*self.policies, *known)


def read(path: Path) -> Facility:
    """Return the facility in a file; ConfigError with file and line where it is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    return parse(text, str(path))


def parse(text: str, source: str) -> Facility:
    """Return the facility in a TOML text; ConfigError with source and line where it is wrong."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: not TOML: {error}") from error
    facility = convert(raw, Facility, text, source)
    for path, problem in _problems(facility):
        raise ConfigError(f"{place(text, source, path)}: {problem}")
    return facility


def _problems(facility: Facility) -> Iterable[tuple[str, str]]:
    """Yield (path, what is wrong) for everything that the types alone cannot see."""
    if facility.time_zone not in zoneinfo.available_timezones():
        yield "time_zone", f"{facility.time_zone!r} is no time zone; Asia/Shanghai is one"
    seen: dict[tuple[str, str], str] = {}
    for what, code, path in _codes(facility):
        if (what, code) in seen:
            yield path, f"{what} {code!r} is there already, at {seen[what, code]}"
        seen[what, code] = path
    for what, wanted, path in _references(facility):
        if wanted is not None and (what, wanted) not in seen:
            yield path, f"there is no {what} {wanted!r} in this file"
    beds: dict[str, str] = {}
    for index, resident in enumerate(facility.residents):
        if resident.bed is not None and beds.setdefault(resident.bed, resident.code) != resident.code:
            yield f"residents[{index}].bed", f"bed {resident.bed!r} is taken by {beds[resident.bed]!r}"
    suites: dict[str, str] = {}
    for w, ward in enumerate(facility.wards):
        for r, room in enumerate(ward.rooms):
            if room.suite is not None and suites.setdefault(room.suite, ward.code) != ward.code:
                yield f"wards[{w}].rooms[{r}].suite", f"suite {room.suite!r} is in ward {suites[room.suite]!r} already"
    yield from _wrong_values(facility)


def _wrong_values(facility: Facility) -> Iterable[tuple[str, str]]:
    yield from _wrong_times(facility)
    yield from problems(facility.duties, facility.absences, facility.escalations)
    for index, region in enumerate(facility.regions):
        if region.level not in ("province", "city", "county", "town"):
            yield f"regions[{index}].level", f"{region.level!r} is none of province, city, county, town"
    for index, account in enumerate(facility.accounts):
        if account.residents and account.consent_by is None:
            yield f"accounts[{index}]", "residents are given without consent_by: say who consented"
    for index, resident in enumerate(facility.residents):
        for name, words in PROFILE.items():
            if name in resident.profile and resident.profile[name] not in words:
                yield f"residents[{index}].profile", f"{name} {resident.profile[name]!r} is none of {', '.join(words)}"
    for index, line in enumerate(facility.schedules):
        if found := _wrong_schedule(line):
            yield f"schedules[{index}].{found[0]}", found[1]


def _wrong_times(facility: Facility) -> Iterable[tuple[str, str]]:
    given = [(f"duties[{i}].{name}", getattr(d, name)) for i, d in enumerate(facility.duties) for name in _SPAN]
    given += [(f"policies[{i}].{name}", getattr(p, name)) for i, p in enumerate(facility.policies) for name in _SPAN]
    given += [(f"schedules[{i}].times", text) for i, line in enumerate(facility.schedules) for text in line.times]
    for path, text in given:
        try:
            if text is not None:
                datetime.strptime(text, "%H:%M")  # noqa: DTZ007  a local time of day
        except ValueError:
            yield path, f"{text!r} is no time of day; write 21:00"
    for index, policy in enumerate(facility.policies):
        if (policy.starts is None) != (policy.ends is None):
            yield f"policies[{index}].{'starts' if policy.starts else 'ends'}", "starts and ends go together"


def _wrong_schedule(line: Schedule) -> tuple[str, str] | None:
    """Return (field, what is wrong) for a line of the schedules that cannot be meant."""
    if bool(line.times) == (line.every_min is not None):
        return "kind", "give either times or every_min"
    if line.every_min is not None and line.every_min < 5:
        return "every_min", f"{line.every_min:g} is less than 5 minutes"
    if line.kind in (ScheduleKind.MEDICATION, ScheduleKind.TASK) and line.code is None:
        return "kind", f"a {line.kind} needs a code: which one"
    if line.kind is ScheduleKind.MEDICATION and line.resident is None:
        return "kind", "a medication needs the resident"
    if line.care_level is not None and line.care_level not in PROFILE["care_level"]:
        return "care_level", f"{line.care_level!r} is none of {', '.join(PROFILE['care_level'])}"
    if line.kind in (ScheduleKind.HEADCOUNT, ScheduleKind.HANDOVER) and (line.resident or line.care_level):
        return "kind", f"a {line.kind} is for a ward or all"
    return None


def _codes(facility: Facility) -> Iterable[tuple[str, str, str]]:
    for w, ward in enumerate(facility.wards):
        yield "ward", ward.code, f"wards[{w}].code"
        for r, room in enumerate(ward.rooms):
            yield "room", room.code, f"wards[{w}].rooms[{r}].code"
            for b, bed in enumerate(room.beds):
                yield "bed", bed.code, f"wards[{w}].rooms[{r}].beds[{b}].code"
    for i, resident in enumerate(facility.residents):
        yield "resident", resident.code, f"residents[{i}].code"
    for i, account in enumerate(facility.accounts):
        yield "account", account.code, f"accounts[{i}].code"
    for g, gateway in enumerate(facility.gateways):
        yield "gateway", gateway.code, f"gateways[{g}].code"
        for d, device in enumerate(gateway.devices):
            yield f"device of {gateway.code}", device.id, f"gateways[{g}].devices[{d}].id"


def _references(facility: Facility) -> Iterable[tuple[str, str | None, str]]:
    for i, resident in enumerate(facility.residents):
        yield "bed", resident.bed, f"residents[{i}].bed"
    for g, gateway in enumerate(facility.gateways):
        for d, device in enumerate(gateway.devices):
            path = f"gateways[{g}].devices[{d}]"
            yield "room", device.room, f"{path}.room"
            yield "bed", device.bed, f"{path}.bed"
            yield "resident", device.resident, f"{path}.resident"
    for i, account in enumerate(facility.accounts):
        for j, code in enumerate(account.residents):
            yield "resident", code, f"accounts[{i}].residents[{j}]"
    for i, duty in enumerate(facility.duties):
        yield "account", duty.account, f"duties[{i}].account"
        yield "ward", duty.ward, f"duties[{i}].ward"
    for i, absence in enumerate(facility.absences):
        yield "account", absence.account, f"absences[{i}].account"
        yield "account", absence.substitute, f"absences[{i}].substitute"
    for i, escalation in enumerate(facility.escalations):
        yield "ward", escalation.ward, f"escalations[{i}].ward"
    for i, policy in enumerate(facility.policies):
        yield "ward", policy.ward, f"policies[{i}].ward"
        yield "resident", policy.resident, f"policies[{i}].resident"
    for i, line in enumerate(facility.schedules):
        yield "ward", line.ward, f"schedules[{i}].ward"
        yield "resident", line.resident, f"schedules[{i}].resident"
