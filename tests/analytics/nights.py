"""Random nights for the engine's contract: devices report, sensors fail, gateways vanish, messages come late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from hypothesis import strategies as st

from anxin.event import Gap, Heartbeat
from anxin.vocabulary import CallKind, Origin, Phase
from tests.analytics.stage import WATCHED, Story, local

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
    st.builds(_level, st.just("radar-bath"), st.just("presence"), ON_OFF, AGO, ORIGIN),
    st.builds(_mute, st.frozensets(st.sampled_from(("gw-1", "gw-2", "pad-2", "button-1")), max_size=2)),
    st.builds(_link, GATEWAY, st.booleans(), st.sampled_from(("s1", "s2"))),
    st.builds(_status, st.sampled_from(("radar-1", "pad-2")), st.booleans()),
    st.builds(_beat, GATEWAY, st.sampled_from((0.0, 90.0, -300.0)), st.booleans()),
    st.builds(_gap, GATEWAY, st.integers(1, 3)),
)  # fmt: skip
PAUSE = st.sampled_from((0.0, 0.5, 2.0, 5.0, 20.0, 61.0, 240.0))


@st.composite
def nights(draw: st.DrawFn) -> Story:
    """Return a night that begins at 22:00 and ends a while after the last act."""
    story = Story(WATCHED, start=local("22:00"))
    for pause, act in draw(st.lists(st.tuples(PAUSE, ACTS), min_size=1, max_size=25)):
        act(story.after(seconds=pause))
    return story.after(seconds=draw(st.sampled_from((0.0, 30.0, 1_500.0))))
