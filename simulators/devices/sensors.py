"""Zigbee sensors: what each device says when, from the truth about its room or bed. Field names and values are those of
Zigbee2MQTT's converters (gateways.md 1). Pure.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from simulators.calendar import DAY_S
from simulators.chance import Chance, smooth, unit
from simulators.devices.base import Site
from simulators.devices.intervals import Interval, edges, holds
from simulators.hazards import Hazard
from simulators.people import Person
from simulators.truth import Stretch
from simulators.world import Stay

Fields = dict[str, Any]
LOOK_BACK_S = 3_600.0  # a fall so long ago may still be seen


class Sensor(Protocol):
    """battery: runs on one. report_s: says its state at least that often. changes: (time, fields that come with it)."""

    battery: bool
    report_s: float

    def changes(self, start: float, end: float) -> list[tuple[float, Fields]]: ...

    def state(self, t: float) -> Fields: ...


class CallButton:
    """TS0215A: action emergency, then the legacy empty action; nothing says that it was let go."""

    battery, report_s = True, 3_000.0

    def __init__(self, site: Site, person: Person | None) -> None:
        self._site, self._person = site, person

    def changes(self, start: float, end: float) -> list[tuple[float, Fields]]:
        if self._person is None:
            return []
        found = []
        for moment in self._site.world.moments(self._person.code, start - 1.0, end):
            for at, action in ((moment.at, "emergency"), (moment.at + 0.08, "")):
                if moment.kind == "sos" and start <= at < end:
                    found.append((at, {"action": action}))
        return found

    def state(self, t: float) -> Fields:
        return {"action": None}


class Presence:
    """Aqara FP1E: sees also who sits still; says "nobody" half a minute after the last one has gone."""

    battery, report_s = False, 600.0
    HOLD_S, DELAY_S = 30.0, 1.0

    def __init__(self, site: Site, room: str, seed: int) -> None:
        self._site, self._room, self._seed = site, room, seed

    def changes(self, start: float, end: float) -> list[tuple[float, Fields]]:
        found = self._intervals(start, end)
        return [(t, self.state(t)) for t, _ in edges(found, self.HOLD_S, start, end)]

    def state(self, t: float) -> Fields:
        present = holds(self._intervals(t, t + 1e-3), self.HOLD_S, t)
        moves = unit(self._seed, int(t)) < 0.5
        distance = round(2.2 + 0.8 * smooth(self._seed, t, 300), 2) if present else 0
        movement = ("movement" if moves else "no_movement") if present else "no_presence"
        return {"presence": present, "movement": movement, "target_distance": distance}

    def _intervals(self, start: float, end: float) -> list[Interval]:
        return self._seen_of(self._site.world.room(self._room, start - self.HOLD_S - self.DELAY_S, end))

    def _seen_of(self, stays: list[Stay]) -> list[Interval]:
        return [Interval(stay[0] + self.DELAY_S, stay[1]) for stay in stays]


class Door:
    """A contact: `contact` true means closed. It sees a passage, not who passed."""

    battery, report_s = True, 3_000.0
    BEFORE_S, AFTER_S = 1.5, 3.5

    def __init__(self, site: Site, room: str) -> None:
        self._site, self._suite = site, (room, f"{room}-bath")

    def changes(self, start: float, end: float) -> list[tuple[float, Fields]]:
        found = [self._opening(t) for t in self._passages(start - 10, end + 10)]
        return [(t, {"contact": not is_open}) for t, is_open in edges(found, 0.0, start, end)]

    def state(self, t: float) -> Fields:
        return {"contact": not holds([self._opening(p) for p in self._passages(t - 10, t + 10)], 0.0, t)}

    def _opening(self, passage: float) -> Interval:
        return Interval(passage - self.BEFORE_S, passage + self.AFTER_S)

    def _passages(self, start: float, end: float) -> list[float]:
        """Return when somebody comes into the bedroom and its bathroom from elsewhere, or goes."""
        world = self._site.world
        found = []
        for room in self._suite:
            for come, gone, code in world.room(room, start, end):
                if start <= come < end and (not code or world.at(code, come - 0.01)[0].room not in self._suite):
                    found.append(come)
                if start <= gone < end and (not code or world.at(code, gone + 0.01)[0].room not in self._suite):
                    found.append(gone)
        return found


class Alarm:
    """A detector of smoke or gas: says so as long as it is there."""

    battery, report_s = True, 3_000.0

    def __init__(self, site: Site, room: str, kind: str) -> None:
        self._site, self._room, self._kind = site, room, kind

    def changes(self, start: float, end: float) -> list[tuple[float, Fields]]:
        found = [Interval(one.start, one.end) for one in self._hazards(start, end)]
        return [(t, {self._kind: there}) for t, there in edges(found, 0.0, start, end)]

    def state(self, t: float) -> Fields:
        return {self._kind: bool(self._hazards(t, t + 1e-3))}

    def _hazards(self, start: float, end: float) -> list[Hazard]:
        return self._site.world.hazards(self._kind, self._room, start, end)


class ExitDoor(Door):
    """The outer door: residents who go out, and by day staff and visitors, seven passages an hour (assumption)."""

    TRAFFIC_PER_HOUR, FIRST_HOUR, LAST_HOUR = 7, 7.0, 19.0

    def __init__(self, site: Site, room: str, ward: str, seed: int) -> None:
        super().__init__(site, room)
        self._people = [person.code for person in site.world.people.values() if person.ward == ward]
        self._seed = seed

    def _passages(self, start: float, end: float) -> list[float]:
        world = self._site.world
        kinds = ("exit", "return")
        found = [m.at for code in self._people for m in world.moments(code, start, end) if m.kind in kinds]
        for hour in range(int(start // 3_600), int(end // 3_600) + 1):
            for number in range(self.TRAFFIC_PER_HOUR):
                t = (hour + unit(self._seed, hour * 100 + number)) * 3_600.0
                if start <= t < end and self.FIRST_HOUR <= world.calendar.hour(t) < self.LAST_HOUR:
                    found.append(t)
        return found


class Phase(NamedTuple):
    """The fall radar shows a status from start to end."""

    start: float
    end: float
    status: str


class FallRadar(Presence):
    """HEIMAN HS2FD: `fall_warning` some ten seconds after a fall, `fall_alarm` when the person stays down.

    It sees 80 % of the falls (the better radars and tuned devices of clinical.md 3.3), and warns for nothing about
    every third day; one of 50 of these becomes an alarm (assumption). A scripted fall is always seen.
    """

    SEES, FALSE_PER_DAY, FALSE_ALARM_SHARE = 0.8, 0.3, 0.02

    def changes(self, start: float, end: float) -> list[tuple[float, Fields]]:
        stays = self._site.world.room(self._room, start - LOOK_BACK_S, end)
        times = {t for t, _ in edges(self._seen_of(stays), self.HOLD_S, start, end)}
        for phase in self._phases(stays, start - LOOK_BACK_S, end):
            times |= {t for t in (phase.start, phase.end) if start <= t < end}
        return [(t, self.state(t)) for t in sorted(times)]

    def state(self, t: float) -> Fields:
        stays = self._site.world.room(self._room, t - LOOK_BACK_S, t + 1e-3)
        phases = self._phases(stays, t - LOOK_BACK_S, t + 1e-3)
        shown = [phase.status for phase in phases if phase.start <= t < phase.end]
        present = bool(shown) or holds(self._seen_of(stays), self.HOLD_S, t)
        return {
            "occupancy": present,
            "sensor_status": "activity" if present else "none",
            "fall_status": max(shown, key=("fall_warning", "fall_alarm").index) if shown else "normal",
            "sensitivity": 1,
            "installation_method": 0,
            "enable_indicator": 1,
        }

    def _phases(self, stays: list[Stay], start: float, end: float) -> list[Phase]:
        world = self._site.world
        found: list[Phase] = []
        for come, _, code in stays:
            if code and world.at(code, come)[0].posture == "floor" != world.at(code, come - 0.01)[0].posture:
                found += self._seen(code, world.at(code, come)[0])
        for day in world.calendar.days(start, end):
            found += self._false(day)
        return found

    def _seen(self, code: str, stretch: Stretch) -> list[Phase]:
        """Return the phases of a real fall."""
        down, up = stretch.start, stretch.end
        if (code, down) in self._site.world.script.unseen:
            return []
        while (later := self._site.world.at(code, up)[0]).posture == "floor":  # it goes on after noon
            up = later.end
        up += 5.0
        chance = Chance(self._seed, "fall", down)
        scripted = self._site.world.script.overlays.get(code, ())
        certain = any(m.kind == "fall" and m.at == down for overlay in scripted for m in overlay.moments)
        if not chance.happens(self.SEES) and not certain:
            return []
        warning, alarm = down + chance.between(8, 12), down + chance.between(24, 34)
        if up <= warning:
            return []
        if up <= alarm:
            return [Phase(warning, up, "fall_warning")]
        return [Phase(warning, alarm, "fall_warning"), Phase(alarm, up, "fall_alarm")]

    def _false(self, day: int) -> list[Phase]:
        if (drawn := _warned_falsely(self._seed, day)) is None:
            return []
        start, until, over = (self._site.world.calendar.noon(day) + at for at in drawn)
        if not holds(self._intervals(start, start + 1e-3), 0.0, start):
            return []
        warning = Phase(start, until, "fall_warning")
        return [warning] if over == until else [warning, Phase(until, over, "fall_alarm")]


@lru_cache(maxsize=4_096)
def _warned_falsely(seed: int, day: int) -> tuple[float, float, float] | None:
    """Return when a radar warns for nothing, and until when it warns and says an alarm, in seconds from noon."""
    chance = Chance(seed, "false", day)
    if not chance.happens(FallRadar.FALSE_PER_DAY):
        return None
    start = chance.between(0, DAY_S - 600)
    until = start + chance.between(8, 25)
    return start, until, until + (chance.between(60, 300) if chance.happens(FallRadar.FALSE_ALARM_SHARE) else 0.0)
