"""One home, some days: the real engine over the simulated sensors, the real decisions, simulated carers. No database.

Time is simulated. What passes between a sensor's word at the edge and the engine (about a second of a live system) is
left out, so delays are those of rules, gateways and people.
"""

from __future__ import annotations

import gc
import heapq
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from operator import itemgetter

import msgspec

from analytics.alerts.roster import Post
from analytics.directory import Directory
from analytics.engine import Engine
from analytics.facility_file import from_facility
from analytics.finding import Finding, Subject
from analytics.rows import Rows
from anxin.care import Entry, ScheduleKind, check
from anxin.columns import Noted
from anxin.event import Call, Detection
from anxin.facility import Facility, Schedule
from anxin.vocabulary import AlertKind
from evaluation.watch.desk import Desk, Faulty, Record
from evaluation.watch.equipment import HEARTBEAT_S
from evaluation.watch.feed import Feed, Log, Pulse, cell_of
from evaluation.watch.staff import Staff, roster_of
from simulators import faults as faulty
from simulators.carers import HABITS
from simulators.faults import Faults
from simulators.home import make_home
from simulators.scenario import Scenario
from simulators.script import script_of
from simulators.sensed import Sensed, supervised
from simulators.taps import MEDICINE, ROUNDS, Tap, taps
from simulators.timeline import truth
from simulators.truth import Moment, Span, moment_of, seconds_of
from simulators.world import QUIET, World

DAY_S = 86_400.0
PERIOD_S = 120.0
TAPS_S = 6 * 3_600.0
TRUTH_LAG_S = DAY_S / 2  # a carer's coming no longer changes what lies so far back
FIRST_DAY = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
_NOTHING = Rows()
_FALLS = (AlertKind.FALL_SUSPECTED, AlertKind.FALL_CONFIRMED, AlertKind.LONG_LIE)


@dataclass
class Watched:
    """What one run gave. start, end: seconds since 1970. told: the events that calls and falls came by. taps: what
    carers tapped."""

    facility: Facility
    directory: Directory
    world: World
    faults: Faults
    all_faults: list[faulty.Fault]
    start: float
    end: float
    records: list[Record] = field(default_factory=list)
    wrong: Faulty = field(default_factory=Faulty)
    truth: list[Span | Moment] = field(default_factory=list)
    told: list[Sensed] = field(default_factory=list)
    taps: list[Tap] = field(default_factory=list)
    night_carers: int = 0


def watch(
    residents: int, days: float, seed: int, scenario: Scenario | None = None, with_faults: bool = True,
    known_days: float = 0.0,
) -> Watched:  # fmt: skip
    """Watch a home for some days. scenario: laid over it from the start of the run on. known_days: so long before the
    start the watch already learns what is usual for whom, and nothing rings or is scored."""
    return _Run(residents, days, seed, scenario, with_faults, known_days).run()


class _Run:
    def __init__(
        self, residents: int, days: float, seed: int, scenario: Scenario | None, with_faults: bool, known_days: float
    ) -> None:
        home = _medicated(supervised(make_home(seed, residents), PERIOD_S))
        home = scenario.home(home) if scenario else home
        start = seconds_of(scenario.origin(home.time_zone, FIRST_DAY) if scenario else FIRST_DAY)
        script, scripted = script_of(scenario, home, seed, start) if scenario else (QUIET, ())
        world = World(home, seed, script, scenario.chance if scenario else True)
        found = list(scripted)
        noon = world.calendar.noon(world.calendar.day_of(start))
        for day in range(int(days) + 2) if with_faults else ():
            found += faulty.drawn(home, seed, noon + day * DAY_S)
        directory = from_facility(_paced(home))
        self.out = Watched(home, directory, world, Faults(found), found, start, start + days * DAY_S)
        self.rings_from = start - 60.0 * scenario.warm_up_minutes if scenario else start
        self.begin = cell_of(self.rings_from - known_days * DAY_S)
        self.feed = Feed(world, self.out.faults, self.begin, self.out.end, PERIOD_S)
        self.log, self.pulse, self.engine = Log(directory), Pulse(directory, self.out.faults), Engine()
        habits = scenario.staff.habits() if scenario else HABITS
        self.staff = Staff(seed, partial(_is_real, self.out), self._arrived, habits)
        roster = roster_of(_wards(home), home.time_zone)
        self.out.night_carers = sum(duty.starts > duty.ends and duty.post is not Post.PHONE for duty in roster.duties)
        self.desk = self.staff.desk = Desk(roster, self._told)
        self._truth_until = start
        self._number = {resident.code: number for number, resident in enumerate(home.residents, 1)}
        rooms = [room.code for ward in home.wards for room in ward.rooms]
        self._rooms = {code: number for number, code in enumerate(rooms, 1)}
        self._taps: list[Tap] = []
        self._taps_until = self.begin

    def _told(self, account: int, number: int, now: datetime) -> None:
        self.staff.told(account, number, seconds_of(now))

    def _arrived(self, record: Record, t: float) -> None:
        """Who lies there is lifted, who walked away is brought back, who is stuck led out: the sensors say so next."""
        for code in concerned(self.out, record.alert.subject, t):
            now, _ = self.out.world.at(code, t)
            if now.posture == "floor" or now.doing in ("away", "stuck"):
                self.out.world.help(code, t)
                self.feed.renew(t)

    def run(self) -> Watched:
        out = self.out
        self.engine.begin(out.directory, round(self.begin * 1_000))
        # Millions of small objects live and die here and hardly any in circles: looking for those once a day is enough.
        gc.disable()
        try:
            self._pass()
        finally:
            gc.enable()
        out.records, out.wrong = self.desk.records, self.desk.faulty
        return out

    def _pass(self) -> None:
        out, t = self.out, self.begin
        while t < out.end:
            t += HEARTBEAT_S
            self._slice(t)
            if t % DAY_S < HEARTBEAT_S:
                gc.collect()
            if t - TRUTH_LAG_S >= self._truth_until + DAY_S:
                self._gather(self._truth_until + DAY_S)
        self._gather(out.end + DAY_S)  # what began before the end may end after it

    def _slice(self, t: float) -> None:
        """Everything until t, a heartbeat."""
        cells = heapq.merge(self.log.rows(self._taken(t)), self._tapped(t), key=itemgetter(0))
        for cell, rows in cells:
            self._quiet(cell - 5.0)
            self._hear(self.engine.step(rows, self.engine.now_ms), cell)
        self._quiet(t)
        self._hear(self.engine.step(self.pulse.rows(t), self.engine.now_ms), t)

    def _tapped(self, t: float) -> list[tuple[float, Rows]]:
        """Return what carers tapped until t, as rows of their own."""
        if t > self._taps_until:
            self._taps += taps(self.out.world, self._taps_until, self._taps_until + TAPS_S)
            self._taps_until += TAPS_S
        now = [tap for tap in self._taps if tap.time < t]
        self._taps = self._taps[len(now) :]
        self.out.taps += now
        return [(cell_of(tap.time), Rows(entries=(self._noted(tap),))) for tap in now]

    def _noted(self, tap: Tap) -> Noted:
        facts = dict(tap.facts)
        if scanned := facts.pop("scanned", None):
            facts["scanned_resident"] = float(self._number[str(scanned)])
        resident, room = self._number.get(tap.resident), self._rooms.get(tap.room)
        at = moment_of(tap.time)
        entry = Entry(tap.kind, at, 1, resident, room, None, check(tap.kind, facts))
        return Noted(0, at, self.out.facility.code, at, entry)

    def _taken(self, t: float) -> list[Sensed]:
        events = self.feed.take(t)
        self.out.told += [sensed for sensed in events if isinstance(sensed.event, Call | Detection)]
        return events

    def _quiet(self, t: float) -> None:
        """Time passes until t: deadlines of rules, people at work, the next levels of the escalation."""
        while True:
            due = self.desk.next_due()
            at = min(self.staff.next_at(), seconds_of(due) if due else float("inf"))
            if at > t:
                break
            self.staff.step(at)
            self.desk.rounds(moment_of(at))
        self._hear(self.engine.step(_NOTHING, round(t * 1_000)), t)

    def _hear(self, findings: list[Finding], t: float) -> None:
        if findings and t >= self.rings_from:
            self.desk.hear(findings, moment_of(t))

    def _gather(self, until: float) -> None:
        first = self._truth_until == self.out.start
        self.out.truth += truth(self.out.world, self._truth_until, until, ongoing=first)
        self._truth_until = until


def concerned(out: Watched, subject: Subject, t: float) -> list[str]:
    """Return the residents whom a carer finds at an alert's place."""
    if subject.resident_id is not None:
        return [out.facility.residents[subject.resident_id - 1].code]
    room = room_code(out.facility, subject.room_id)
    found = [stay[2] for stay in out.world.room(room, t - 1, t + 1) if stay[2]] if room else []
    away = [code for code, person in out.world.people.items() if person.places.exit == room]
    return found + [code for code in away if out.world.at(code, t)[0].doing == "away"]


def room_code(facility: Facility, room_id: int | None) -> str:
    """Return the code of a room by its number in the file, "" for none."""
    rooms = [room.code for ward in facility.wards for room in ward.rooms]
    return rooms[room_id - 1] if room_id is not None else ""


def _is_real(out: Watched, record: Record, t: float) -> bool:
    """What a carer sees: for falls, whether anybody lay there; everything else she believes."""
    if record.alert.kind not in _FALLS:
        return True
    since = seconds_of(record.alert.raised_at) - 120
    people = concerned(out, record.alert.subject, t)
    return any(s.posture == "floor" for code in people for s in out.world.stretches(code, since, t))


def _paced(home: Facility) -> Facility:
    gateways = tuple(msgspec.structs.replace(gateway, heartbeat_s=HEARTBEAT_S) for gateway in home.gateways)
    return msgspec.structs.replace(home, gateways=gateways)


def _medicated(home: Facility) -> Facility:
    """Everybody gets a medicine twice a day."""
    times = tuple(f"{int(hour):02d}:00" for hour in ROUNDS)
    lines = tuple(Schedule(ScheduleKind.MEDICATION, MEDICINE, times, resident=one.code) for one in home.residents)
    return msgspec.structs.replace(home, schedules=(*home.schedules, *lines))


def _wards(home: Facility) -> dict[int, int]:
    beds = {bed.code: n for n, ward in enumerate(home.wards, 1) for room in ward.rooms for bed in room.beds}
    wards = [beds[resident.bed] for resident in home.residents if resident.bed]
    return {ward: wards.count(ward) for ward in sorted(set(wards))}
