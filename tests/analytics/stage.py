"""A small home and a short language for the pure engine: say what devices report and when, get the findings.

    story = Story()
    story.at("02:00").bed("pad-1", False)
    story.at("02:21").findings()

Times are local times of one night, in order; a time before noon belongs to the second day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from analytics.directory import Bed, Device, Directory, Gateway, Home, Stay
from analytics.engine import Engine
from analytics.finding import Finding
from analytics.moment import to_ms
from analytics.policy import PolicyRow
from analytics.rows import Rows, cells
from anxin.care import ENTRY_LANE, Entry, EntryKind
from anxin.event import (
    Birth,
    Call,
    Detection,
    DeviceStatus,
    Event,
    Gap,
    Heartbeat,
    Link,
    Message,
    Observations,
    encode,
)
from anxin.log_row import LogRow
from anxin.vocabulary import CallKind, DetectionKind, DeviceKind, Origin, Phase, RoomKind

ZONE = ZoneInfo("Asia/Shanghai")
EVENING = datetime(2026, 3, 1, tzinfo=ZONE)
START = datetime(2026, 3, 1, 20, 0, tzinfo=ZONE).astimezone(UTC)

# Two residents share room 1, a third has room 2 for herself; each gateway speaks for one room.
DIRECTORY = Directory(
    homes=(Home(1, "home", "Asia/Shanghai"),),
    beds=(Bed(1, 1, 1, 1), Bed(2, 1, 1, 1), Bed(3, 2, 1, 1)),
    gateways=(Gateway(1, 1, "gw-1", 300.0), Gateway(2, 1, "gw-2", 300.0)),
    devices=(
        Device(11, 1, 1, "pad-1", DeviceKind.BED_SENSOR, 1, 1, 1, None, None),
        Device(12, 1, 1, "pad-2", DeviceKind.BED_SENSOR, 1, 1, 2, None, 300.0),
        Device(13, 1, 1, "button-1", DeviceKind.CALL_BUTTON, 1, 1, 1, None, 300.0),
        Device(14, 1, 1, "radar-1", DeviceKind.FALL_SENSOR, 1, 1),
        Device(15, 1, 1, "oximeter-1", DeviceKind.VITALS, 1, 1, 1),
        Device(21, 1, 2, "pad-3", DeviceKind.BED_SENSOR, 1, 2, 3),
        Device(22, 1, 2, "watch-3", DeviceKind.WEARABLE, None, None, None, 3),
        Device(23, 1, 2, "radar-2", DeviceKind.FALL_SENSOR, 1, 2),
        Device(24, 1, 2, "oximeter-3", DeviceKind.VITALS, 1, 2, 3),
        Device(25, 1, 2, "door-exit", DeviceKind.DOOR, 1, 9, room_kind=RoomKind.EXIT),
        Device(26, 1, 2, "door-room", DeviceKind.DOOR, 1, 2, room_kind=RoomKind.BEDROOM),
        Device(27, 1, 2, "radar-bath", DeviceKind.FALL_SENSOR, 1, 8, room_kind=RoomKind.BATHROOM),
        Device(28, 1, 2, "presence-corridor", DeviceKind.PRESENCE, 1, 7, room_kind=RoomKind.CORRIDOR),
    ),
    stays=(Stay(1, 1), Stay(2, 2), Stay(3, 3)),
)
# The same home, but all promise to be heard often: for stories about silence.
WATCHED = replace(
    DIRECTORY,
    gateways=tuple(replace(gateway, heartbeat_s=15.0) for gateway in DIRECTORY.gateways),
    devices=tuple(
        replace(device, supervision_s={"pad-2": 10.0, "button-1": 60.0}.get(device.code))
        for device in DIRECTORY.devices
    ),
)
GATEWAY_OF = {device.code: f"gw-{device.gateway_id}" for device in DIRECTORY.devices}


def local(text: str) -> datetime:
    """Return a time of the night as UTC: `21:00` in the evening, `02:00` after midnight."""
    clock = time.fromisoformat(text)
    day = EVENING + timedelta(days=1) if clock.hour < 12 else EVENING
    return datetime.combine(day.date(), clock, ZONE).astimezone(UTC)


def with_policies(*rows: PolicyRow, home: Directory = DIRECTORY) -> Directory:
    """Return the home with overrides."""
    return replace(home, policies=rows)


class Story:
    """Messages of one night, in the order of the log. Gateways send their heartbeats by themselves, with a sign of life
    of their supervised devices, except for those in `mute`."""

    def __init__(self, directory: Directory = DIRECTORY, *, start: datetime = START) -> None:
        self.directory, self.now, self.start = directory, start, start
        self.mute: set[str] = set()
        self.log: list[LogRow] = []
        self._spoke = start
        self._found: tuple[object, list[Finding]] = (None, [])
        self._pace = timedelta(seconds=directory.gateways[0].heartbeat_s)

    def at(self, moment: str | datetime) -> Story:
        """Let time pass until then."""
        until = local(moment) if isinstance(moment, str) else moment
        assert until >= self.now, f"{until} is before {self.now}"
        while self._spoke + self._pace <= until:
            self._spoke += self._pace
            self.now = self._spoke
            for gateway in self.directory.gateways:
                if gateway.code not in self.mute:
                    self._live(gateway)
        self.now = until
        return self

    def _live(self, gateway: Gateway) -> None:
        devices = [
            device.code
            for device in self.directory.devices
            if device.gateway_id == gateway.id and device.supervision_s and device.code not in self.mute
        ]
        levels: dict[str, list[float | None]] = {"battery": [90.0 for _ in devices]}
        sign_of_life = [Observations(self.now, devices, levels)] if devices else []
        self.say(gateway.code, Heartbeat(self.now), *sign_of_life)

    def after(self, **parts: float) -> Story:
        return self.at(self.now + timedelta(**parts))

    def say(self, gateway: str, *events: Event) -> Story:
        """Have a gateway send a message now."""
        payload = encode(Message("m", "s", self.now, list(events)))
        number = len(self.log) + 1
        lane = "urgent" if any(isinstance(one, Call | Detection) for one in events) else "data"
        self.log.append(LogRow(number, self.now, "home", gateway, lane, "e", number, payload))
        return self

    def link(self, gateway: str, up: bool, session: str = "s1") -> Story:
        number = len(self.log) + 1
        self.log.append(LogRow(number, self.now, "home", gateway, "link", session, 0, encode(Link(up, session))))
        return self

    def enter(
        self, kind: EntryKind, resident: int | None = None, *, room: int | None = None, ward: int | None = None,
        ago: float = 0, **facts: float | str | bool,
    ) -> Story:  # fmt: skip
        """A carer tells something now."""
        entry = Entry(kind, self.now - timedelta(seconds=ago), 1, resident, room, ward, facts)
        number = len(self.log) + 1
        payload = msgspec.json.encode(entry)
        self.log.append(LogRow(number, self.now, "home", "console", ENTRY_LANE, "entry", number, payload))
        return self

    def measure(
        self, device: str, *, ago: float = 0, origin: Origin = Origin.LIVE, quality: float | None = None,
        **values: float | None,
    ) -> Story:  # fmt: skip
        """A device reports values now, measured `ago` seconds before."""
        table = Observations(
            self.now - timedelta(seconds=ago), [device], {kind: [value] for kind, value in values.items()},
            quality=None if quality is None else [quality], origin=origin,
        )  # fmt: skip
        return self.say(GATEWAY_OF[device], table)

    def bed(self, device: str, occupied: bool | None, *, ago: float = 0, origin: Origin = Origin.LIVE) -> Story:
        value = None if occupied is None else float(occupied)
        return self.measure(device, ago=ago, origin=origin, bed_occupied=value)

    def fall(
        self, device: str, phase: Phase, episode: str | None = "f1", *, ago: float = 0, origin: Origin = Origin.LIVE
    ) -> Story:
        time = self.now - timedelta(seconds=ago)
        return self.say(GATEWAY_OF[device], Detection(device, time, DetectionKind.FALL, phase, episode, origin=origin))

    def call(
        self, device: str, call: CallKind = CallKind.SOS, key: str | None = None, *, ago: float = 0,
        origin: Origin = Origin.LIVE, handled_by: str | None = None,
    ) -> Story:  # fmt: skip
        time = self.now - timedelta(seconds=ago)
        return self.say(GATEWAY_OF[device], Call(device, time, call, key, origin, handled_by))

    def status(self, device: str, online: bool) -> Story:
        return self.say(GATEWAY_OF[device], DeviceStatus(device, self.now, online))

    def findings(self) -> list[Finding]:
        """Run the whole log through a new engine, until now; once for as long as nothing is added."""
        told = (tuple(self.log), self.now, self.start, id(self.directory))
        if self._found[0] != told:
            self._found = told, run(started(self.directory, self.start), self.log, self.now, self.directory)
        return [*self._found[1]]

    def told(self, *kinds: str) -> list[tuple[str, str]]:
        """Return (kind, change) of the findings, only of some kinds if any are given."""
        pairs = [(finding.kind.value, finding.change.value) for finding in self.findings()]
        return [pair for pair in pairs if not kinds or pair[0] in kinds]


def started(directory: Directory = DIRECTORY, start: datetime = START) -> Engine:
    """Return an engine that begins at the start of the night."""
    engine = Engine()
    engine.begin(directory, to_ms(start))
    return engine


def run(engine: Engine, log: Sequence[LogRow], until: datetime, directory: Directory = DIRECTORY) -> list[Finding]:
    """Give an engine messages and then the passing of time; return its findings."""
    found = [finding for part in cells(log, directory) for finding in engine.step(part, engine.now_ms)]
    return found + engine.step(Rows(), to_ms(until))


def by_subject(findings: Iterable[Finding]) -> dict[tuple[str, str], list[Finding]]:
    """Return the findings by kind and subject, each in its order: all that the alerts depend on."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        found.setdefault((finding.kind.value, repr(finding.subject)), []).append(finding)
    return found


def eventful() -> Story:
    """A night in which each kind of thing happens."""
    story = Story().bed("pad-1", True).bed("pad-3", True)
    story.measure("radar-bath", presence=1.0).measure("door-exit", door_open=0.0)
    story.at("22:00").bed("pad-1", False).measure("presence-corridor", presence=1.0)
    story.call("button-1", key="1").after(minutes=3).call("button-1", key="2")
    story.at("22:10").fall("watch-3", Phase.SUSPECTED).after(seconds=30).fall("watch-3", Phase.CONFIRMED)
    for _ in range(25):
        story.after(seconds=30).measure("oximeter-3", pulse_rate=125.0, spo2=82.0)
    story.at("22:50").bed("pad-1", True).fall("watch-3", Phase.WITHDRAWN)
    for _ in range(4):
        story.after(seconds=30).measure("oximeter-3", pulse_rate=80.0, spo2=97.0)
    story.mute = {"button-1"}
    story.at("23:10").call("button-1", CallKind.ROUTINE, ago=600)
    for _ in range(3):
        story.after(seconds=9).say("gw-1", Heartbeat(story.now + timedelta(seconds=90), spool_full=True))
    story.measure("door-exit", door_open=1.0)
    story.measure("oximeter-3", bp_systolic=170.0, bp_diastolic=80.0)
    story.mute = {"gw-2"}
    return story.at("23:40")


__all__ = ["DIRECTORY", "GATEWAY_OF", "START", "Birth", "Gap", "Heartbeat", "Story", "by_subject", "started"]
