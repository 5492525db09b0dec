"""Random nights for the engine's contract: devices report, sensors fail, gateways vanish, messages come late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from analytics.directory import Device
from analytics.moment import to_ms
from analytics.policy import PolicyRow
from analytics.schedule import ScheduleRow
from anxin.care import EntryKind, ScheduleKind
from anxin.event import Detection, Gap, Heartbeat
from anxin.vocabulary import CallKind, DetectionKind, DeviceKind, Origin, Phase, RoomKind
from tests.analytics.stage import GATEWAY_OF, WATCHED, Story, local

Act = Callable[[Story], object]
PADS, OXIMETERS, FALLERS = ("pad-1", "pad-2", "pad-3"), ("oximeter-1", "oximeter-3"), ("watch-3", "radar-1", "radar-2")
AGO = st.sampled_from((0.0, 0.0, 0.0, 4.0, 70.0, 900.0))
ORIGIN = st.sampled_from((Origin.LIVE, Origin.LIVE, Origin.LIVE, Origin.RETAINED, Origin.BACKFILL))


def _bed(pad: str, occupied: bool | None, ago: float, origin: Origin) -> Act:
    return lambda story: story.bed(pad, occupied, ago=ago, origin=origin)


def _sign(device: str, kind: str, value: float | None, ago: float, quality: float | None) -> Act:
    return lambda story: story.measure(device, ago=ago, quality=quality, **{kind: value})  # type: ignore[arg-type]


def _fall(device: str, phase: Phase, episode: str | None, ago: float, origin: Origin) -> Act:
    return lambda story: story.fall(device, phase, episode, ago=ago, origin=origin)


def _call(call: CallKind, key: str | None, ago: float, origin: Origin) -> Act:
    return lambda story: story.call("button-1", call, key, ago=ago, origin=origin)


def _mute(names: frozenset[str]) -> Act:
    return lambda story: setattr(story, "mute", set(names))


def _link(gateway: str, up: bool, session: str) -> Act:
    return lambda story: story.link(gateway, up, session)


def _status(device: str, online: bool) -> Act:
    return lambda story: story.status(device, online)


def _beat(gateway: str, offset: float, full: bool) -> Act:
    return lambda story: story.say(gateway, Heartbeat(story.now + timedelta(seconds=offset), spool_full=full))


def _gap(gateway: str, first: int) -> Act:
    return lambda story: story.say(gateway, Gap(story.now, first, first + 3, "spool full"))


def _level(device: str, kind: str, value: float | None, ago: float, origin: Origin) -> Act:
    return lambda story: story.measure(device, ago=ago, origin=origin, **{kind: value})


def _enter(kind: EntryKind, resident: int | None, room: int | None, ago: float) -> Act:
    facts: dict[EntryKind, dict[str, float | str | bool]] = {
        EntryKind.MEDICATION: {"code": "a"}, EntryKind.HEADCOUNT: {"present": 2.0 + ago % 2, "expected": 3.0},
        EntryKind.LEAVE_OUT: {"back_at": local("23:30").isoformat()}, EntryKind.VITALS: {**FINE, "spo2": 96.0 - ago},
        EntryKind.TASK_DONE: {"code": "t"},
    }  # fmt: skip
    known = facts.get(kind, {})
    return lambda story: story.enter(kind, resident, room=room, ago=ago, **known)  # type: ignore[arg-type]


def _report(kind: DetectionKind, phase: Phase, episode: str | None, ago: float, origin: Origin) -> Act:
    def act(story: Story) -> object:
        time = story.now - timedelta(seconds=ago)
        return story.say("gw-2", Detection("pad-3", time, kind, phase, episode, origin=origin))

    return act


FINE: dict[str, float | str | bool] = {
    "respiratory_rate": 16.0, "oxygen": False, "systolic": 125.0, "pulse": 72.0, "consciousness": "A",
    "temperature": 36.6,
}  # fmt: skip
_S = ScheduleKind
HOME = replace(
    WATCHED,
    devices=(
        *(replace(d, room_kind=RoomKind.BEDROOM) if d.room_id in (1, 2) else d for d in WATCHED.devices),
        Device(31, 1, 2, "air-7", DeviceKind.ENVIRONMENT, 1, 7),
        Device(32, 1, 2, "air-7b", DeviceKind.ENVIRONMENT, 1, 7),
        Device(33, 1, 1, "presence-1", DeviceKind.PRESENCE, 1, 1, room_kind=RoomKind.BEDROOM),
    ),
    schedules=(
        ScheduleRow(1, _S.ROUND, "round", every_min=30.0), ScheduleRow(1, _S.TURN, "turn", every_min=20.0),
        ScheduleRow(1, _S.MEDICATION, "a", ("22:05", "22:30"), resident_id=3),
        ScheduleRow(1, _S.HANDOVER, "handover", ("22:00",)), ScheduleRow(1, _S.HEADCOUNT, "headcount", ("22:10",)),
        ScheduleRow(1, _S.TASK, "t", ("22:10",), resident_id=1, to_ms=to_ms(local("22:50"))),
        ScheduleRow(1, _S.BUTTON_TEST, "button_test", every_min=20.0),
    ),
    policies=(
        PolicyRow(1, None, None, "medication", "grace_min", 5.0),
        PolicyRow(1, None, None, "round", "grace_min", 2.0, starts="22:20", ends="05:00"),
        PolicyRow(1, None, None, "stillness", "minutes", 5.0),
        PolicyRow(1, None, 1, "resident", "gets_up", "never_alone"),
        PolicyRow(1, None, 3, "resident", "gets_up", "supervised"),
    ),
)  # fmt: skip
# The same home, whose shared bedroom and bathroom lie behind one door.
SUITE = replace(
    HOME,
    beds=tuple(replace(bed, suite="s") if bed.room_id == 1 else bed for bed in HOME.beds),
    devices=tuple(replace(d, suite="s") if d.room_id in (1, 8) else d for d in HOME.devices),
)
GATEWAY_OF.update({"air-7": "gw-2", "air-7b": "gw-2", "presence-1": "gw-1"})
ON_OFF = st.sampled_from((0.0, 1.0, 1.0, None))
GATEWAY = st.sampled_from(("gw-1", "gw-2"))
ACTS = st.one_of(
    st.builds(_bed, st.sampled_from(PADS), st.sampled_from((True, False, None)), AGO, ORIGIN),
    st.builds(_bed, st.sampled_from(PADS), st.booleans(), st.just(0.0), st.just(Origin.LIVE)),
    st.builds(
        _sign, st.sampled_from(OXIMETERS), st.sampled_from(("pulse_rate", "spo2", "body_temperature")),
        st.sampled_from((None, 36.5, 80.0, 88.0, 95.0, 120.0, 140.0)), AGO, st.sampled_from((None, 0.3, 0.9)),
    ),
    st.builds(
        _sign, st.sampled_from(PADS), st.sampled_from(("heart_rate", "respiratory_rate")),
        st.sampled_from((16.0, 35.0, 45.0, 140.0)), AGO, st.none(),
    ),
    st.builds(
        _fall, st.sampled_from(FALLERS), st.sampled_from(list(Phase)), st.sampled_from((None, "a", "b")), AGO, ORIGIN,
    ),
    st.builds(_call, st.sampled_from(list(CallKind)), st.sampled_from((None, "1", "2")), AGO, ORIGIN),
    st.builds(_level, st.sampled_from(("door-exit", "door-room")), st.just("door_open"), ON_OFF, AGO, ORIGIN),
    st.builds(_level, st.sampled_from(("radar-bath", "presence-1")), st.just("presence"), ON_OFF, AGO, ORIGIN),
    st.builds(_level, st.sampled_from(("air-7", "air-7b")), st.sampled_from(("smoke", "gas")), ON_OFF, AGO, ORIGIN),
    st.builds(_level, st.sampled_from(PADS), st.sampled_from(("wet", "bed_edge", "battery_low")), ON_OFF, AGO, ORIGIN),
    st.builds(
        _level, st.sampled_from(PADS), st.sampled_from(("battery", "movement", "turn_age", "heart_rate")),
        st.sampled_from((0.0, 8.0, 14.0, 18.0, 90.0, None)), AGO, ORIGIN,
    ),
    st.builds(_level, st.just("pad-3"), st.just("heart_rate"), st.sampled_from((None, 60.0)), AGO, ORIGIN),
    st.builds(_level, st.just("radar-2"), st.sampled_from(("presence", "motion")), ON_OFF, AGO, ORIGIN),
    st.builds(_enter, st.sampled_from(list(EntryKind)), st.sampled_from((None, 1, 3)), st.sampled_from((None, 1)), AGO),
    st.builds(_enter, st.sampled_from(list(EntryKind)), st.sampled_from((1, 3)), st.none(), st.just(0.0)),
    st.builds(
        _report, st.sampled_from([k for k in DetectionKind if k not in (DetectionKind.FALL,)]),
        st.sampled_from(list(Phase)), st.sampled_from((None, "a", "b")), AGO, ORIGIN,
    ),
    st.builds(_mute, st.frozensets(st.sampled_from(("gw-1", "gw-2", "pad-2", "button-1")), max_size=2)),
    st.builds(_link, GATEWAY, st.booleans(), st.sampled_from(("s1", "s2"))),
    st.builds(_status, st.sampled_from(("radar-1", "pad-2")), st.booleans()),
    st.builds(_beat, GATEWAY, st.sampled_from((0.0, 90.0, -300.0)), st.booleans()),
    st.builds(_gap, GATEWAY, st.integers(1, 3)),
)  # fmt: skip
PAUSE = st.sampled_from((0.0, 0.5, 2.0, 5.0, 20.0, 61.0, 240.0))
# What decides who is in the bathroom of a suite: the beds, the eyes, and who can be heard. Stays last.
STAYS = st.one_of(
    st.builds(_bed, st.sampled_from(PADS[:2]), st.sampled_from((True, False, False, None)), AGO, st.just(Origin.LIVE)),
    st.builds(
        _level, st.sampled_from(("radar-bath", "radar-bath", "presence-1")), st.just("presence"), ON_OFF, AGO,
        st.just(Origin.LIVE),
    ),
    st.builds(_mute, st.frozensets(st.sampled_from(("pad-2", "gw-1")), max_size=1)),
)  # fmt: skip
LASTING = st.sampled_from((5.0, 240.0, 700.0, 1_300.0, 2_500.0))


@st.composite
def nights(draw: st.DrawFn) -> Story:
    """Return a night that begins at 22:00 and ends a while after the last act: anything happens, or people of a suite
    go to its bathroom."""
    home, pause, act, most = draw(st.sampled_from(((HOME, PAUSE, ACTS, 25), (SUITE, LASTING, STAYS, 12))))
    story = Story(home, start=local("22:00"))
    if home is SUITE:
        story.bed("pad-1", True).bed("pad-2", True)
    for seconds, happens in draw(st.lists(st.tuples(pause, act), min_size=1, max_size=most)):
        happens(story.after(seconds=seconds))
    return story.after(seconds=draw(st.sampled_from((0.0, 30.0, 1_500.0))))


def watchful() -> Story:
    """Two weeks in which the conditions of the catalogue happen that need habits, schedules or carers."""
    story = Story(HOME, start=local("20:00")).at("21:00").enter(EntryKind.AGGRESSION, 3)
    story.measure("air-7", smoke=1.0).enter(EntryKind.CHOKING, 1)
    _report(DetectionKind.ZONE_EXIT, Phase.ONCE, None, 0, Origin.LIVE)(story)
    _report(DetectionKind.BREATHING_STOPPED, Phase.BEGAN, "b", 0, Origin.LIVE)(story)
    story.measure("radar-2", presence=1.0).bed("pad-3", True).measure("pad-3", heart_rate=60.0)
    story.after(seconds=9).measure("pad-3", heart_rate=None).after(minutes=9).bed("pad-3", False)
    for _ in range(13):
        story.after(minutes=10).measure("pad-1", heart_rate=61.0)
    return story.after(hours=12)
