"""Scripted incidents as data: `scenarios/*.toml` → a Scenario. `simulators.script` lays it over a home.

Seconds count from the start of the run; negative ones lie in the warm-up. An error names file, line and key. The words
are explained in docs/simulation.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime, time
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from anxin.config import ConfigError, convert, place
from anxin.facility import Facility
from anxin.vocabulary import RoomKind
from simulators.calendar import Calendar
from simulators.carers import HABITS, Habits
from simulators.faults import OF_DEVICES, OF_GATEWAYS, FaultKind
from simulators.illness import COURSES

Positive = Annotated[float, msgspec.Meta(gt=0)]
Share = Annotated[float, msgspec.Meta(ge=0, lt=1)]
Room = Literal["bedroom", "bathroom", "common", "corridor"]


class _Incident(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", kw_only=True):
    """at_s: when it begins. resident: a code of the home."""

    at_s: float
    resident: str


class Sos(_Incident, frozen=True, tag="sos"):
    """The resident presses the call button."""


class Fall(_Incident, frozen=True, tag="fall", kw_only=True):
    """The resident falls and is found after up_after_s, unless somebody comes before. unseen: by every fall sensor.
    from_bed: out of it, whatever the room."""

    room: Room = "bathroom"
    up_after_s: Positive = 1_200.0
    calls_after_s: Positive | None = None
    unseen: bool = False
    from_bed: bool = False


class OutOfBed(_Incident, frozen=True, tag="out_of_bed", kw_only=True):
    """The resident gets up from bed and stays in a room."""

    lasts_s: Positive
    room: Room = "bathroom"


class StayInBed(_Incident, frozen=True, tag="stay_in_bed", kw_only=True):
    """The resident lies in bed all the time: not up in the morning, if it is one."""

    lasts_s: Positive
    asleep: bool = False


class Vital(_Incident, frozen=True, tag="vital", kw_only=True):
    """A vital sign moves by `by` (in its own unit), or so that at quiet rest it is `to`, within ramp_s; it comes back
    after lasts_s."""

    lasts_s: Positive
    sign: Literal["heart", "breathing", "saturation", "temperature", "systolic"]
    by: float | None = None
    to: float | None = None
    ramp_s: float = 300.0
    in_bed: bool = True


class Unwell(_Incident, frozen=True, tag="unwell", kw_only=True):
    """An illness begins. rise_hours: until the crisis (absent: as the illness has it)."""

    illness: str
    severity: Positive = 1.0
    rise_hours: Positive | None = None


class Wander(_Incident, frozen=True, tag="wander", kw_only=True):
    """The resident paces the corridor, now and then in another's room."""

    lasts_s: Positive


class Leave(_Incident, frozen=True, tag="leave", kw_only=True):
    """The resident leaves the building by the exit, alone or with relatives."""

    lasts_s: Positive
    alone: bool = True


class Lifeless(_Incident, frozen=True, tag="lifeless", kw_only=True):
    """The resident lies in bed, and neither breath nor heartbeat can be felt."""

    lasts_s: Positive = 1_800.0


class Danger(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="hazard", kw_only=True):
    """Smoke or gas in a common room."""

    at_s: float
    hazard: Literal["smoke", "gas"]
    room: str
    lasts_s: Positive = 600.0
    resident: None = None


class Medicine(_Incident, frozen=True, tag="medicine", kw_only=True):
    """A medicine is given a second time, or another resident is scanned for it."""

    mistake: Literal["double", "other"]


class DeviceFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="fault", kw_only=True):
    """A device or gateway misbehaves. device: an id; or resident: that resident's device of the gateway; neither: the
    whole gateway. amount: seconds for clock and late, units for drift."""

    at_s: float
    fault: FaultKind
    gateway: str
    device: str | None = None
    resident: str | None = None
    lasts_s: Positive = 1e9
    amount: float = 0.0


Incident = (
    Sos | Fall | OutOfBed | StayInBed | Vital | Unwell | Wander | Leave | Lifeless | Danger | Medicine | DeviceFault
)


class Staffing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The carers of an evaluation; absent: as `simulators.carers` has them. Shares of time, phones and alerts taken."""

    busy: Share | None = None
    dead_phone: Share | None = None
    forgets: Share | None = None

    def habits(self) -> Habits:
        """Return how carers answer."""
        told = {name: getattr(self, name) for name in ("busy", "dead_phone", "forgets")}
        return HABITS._replace(**{name: share for name, share in told.items() if share is not None})


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """local_time: when it should begin. chance: whether ordinary falls, calls and illness happen as well. supervised,
    never_alone: residents who do not get up alone."""

    name_en: str
    name_zh: str
    local_time: str = "02:00"
    warm_up_minutes: float = 30.0
    chance: bool = True
    staff: Staffing = Staffing()
    supervised: tuple[str, ...] = ()
    never_alone: tuple[str, ...] = ()
    incident: tuple[Incident, ...] = ()

    def home(self, facility: Facility) -> Facility:
        """Return the home with what the scenario says of its residents."""
        said = dict.fromkeys(self.supervised, "supervised") | dict.fromkeys(self.never_alone, "never_alone")
        residents = tuple(
            msgspec.structs.replace(one, profile={**one.profile, "gets_up": said[one.code]})
            if one.code in said
            else one
            for one in facility.residents
        )
        return msgspec.structs.replace(facility, residents=residents)

    def origin(self, time_zone: str, now: datetime) -> datetime:
        """Return the scenario's time of day on today's local date, as aware UTC: where a demo's clock begins."""
        calendar = Calendar(time_zone)
        return calendar.at(calendar.date_of(now), time.fromisoformat(self.local_time))


def packaged() -> tuple[str, ...]:
    """Return the names of the scenarios that come with Anxin."""
    files = (resources.files("simulators") / "scenarios").iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


def read(name: str, facility: Facility | None = None) -> Scenario:
    """Return a packaged scenario by name, or the one in a file, checked against the home where one is given.

    A packaged one is for homes of any size: what happens to residents whom a small home lacks is left out.
    """
    if name in packaged():
        text = (resources.files("simulators") / "scenarios" / f"{name}.toml").read_text("utf-8")
        return parse(text, f"{name}.toml")
    try:
        return parse(Path(name).read_text(encoding="utf-8"), name, facility)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}: no such scenario; give a file or one of {', '.join(packaged())}") from error


def parse(text: str, source: str, facility: Facility | None = None) -> Scenario:
    """Return the scenario in a TOML text; ConfigError with source and line where it is wrong."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: not TOML: {error}") from error
    scenario = convert(raw, Scenario, text, source)
    for path, problem in _problems(scenario, facility):
        raise ConfigError(f"{place(text, source, path)}: {problem}")
    return scenario


def _problems(scenario: Scenario, facility: Facility | None) -> Iterator[tuple[str, str]]:
    try:
        time.fromisoformat(scenario.local_time)
    except ValueError:
        yield "local_time", f"{scenario.local_time!r} is no time of day; write 02:00"
    for number, incident in enumerate(scenario.incident):
        path = f"incident[{number}]"
        if isinstance(incident, Unwell) and incident.illness not in COURSES:
            yield f"{path}.illness", f"{incident.illness!r} is none of {', '.join(COURSES)}"
        if isinstance(incident, Vital) and (incident.by is None) == (incident.to is None):
            yield f"{path}.sign", "say either how far it moves (by) or where to (to)"
        if isinstance(incident, DeviceFault):
            whole = incident.device is None and incident.resident is None
            if incident.fault not in (OF_GATEWAYS if whole else OF_DEVICES):
                kinds = ", ".join(sorted(OF_GATEWAYS if whole else OF_DEVICES))
                yield f"{path}.fault", f"a {'gateway' if whole else 'device'} can be one of {kinds}"
        if facility is not None:
            yield from _strangers(incident, path, facility)
    known = {resident.code for resident in facility.residents} if facility is not None else None
    for field in ("supervised", "never_alone"):
        for number, code in enumerate(getattr(scenario, field)):
            if known is not None and code not in known:
                yield f"{field}[{number}]", f"there is no resident {code!r} in this home"


def _strangers(incident: Incident, path: str, facility: Facility) -> Iterator[tuple[str, str]]:
    if isinstance(incident, Danger):
        common = [room.code for ward in facility.wards for room in ward.rooms if room.kind is RoomKind.COMMON]
        if incident.room not in common:
            yield f"{path}.room", f"{incident.room!r} is no common room of this home: {', '.join(common)}"
        return
    if incident.resident is not None and all(r.code != incident.resident for r in facility.residents):
        yield f"{path}.resident", f"there is no resident {incident.resident!r} in this home"
    elif isinstance(incident, DeviceFault):
        devices = {gateway.code: {device.id for device in gateway.devices} for gateway in facility.gateways}
        if incident.gateway not in devices:
            yield f"{path}.gateway", f"there is no gateway {incident.gateway!r} in this home"
        elif incident.device is not None and incident.device not in devices[incident.gateway]:
            yield f"{path}.device", f"gateway {incident.gateway!r} has no device {incident.device!r}"
        elif incident.resident is not None and not device_of(facility, incident.gateway, incident.resident):
            yield f"{path}.resident", f"gateway {incident.gateway!r} has no device of {incident.resident!r}"


def device_of(facility: Facility, gateway: str, resident: str) -> str:
    """Return the device of a gateway that stands at a resident's bed or is worn by the resident; "" for none."""
    bed = next((r.bed for r in facility.residents if r.code == resident), None)
    for candidate in facility.gateways:
        for device in candidate.devices:
            at_bed = device.bed is not None and device.bed == bed
            if candidate.code == gateway and (device.resident == resident or at_bed):
                return device.id
    return ""
