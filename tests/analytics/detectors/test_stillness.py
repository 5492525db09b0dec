"""Still in the room: who is inside and not in bed, and how long nothing has moved; what ends it; what is not judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from analytics.detectors.stillness import StillnessDetector
from analytics.directory import Directory, Stay
from analytics.engine import Engine
from analytics.finding import Finding
from analytics.moment import to_ms
from anxin.vocabulary import RoomKind
from tests.analytics.stage import DIRECTORY, Story, local, run

HOME = replace(
    DIRECTORY,
    devices=tuple(
        replace(one, room_kind=RoomKind.BEDROOM) if one.room_id in (1, 2) else one for one in DIRECTORY.devices
    ),
)


def found(story: Story, home: Directory = HOME) -> list[Finding]:
    engine = Engine((StillnessDetector,))
    engine.begin(home, to_ms(story.start))
    return run(engine, story.log, story.now, home)


def sits(home: Directory = HOME) -> Story:
    """Out of bed at 20:30; the radar of room 2 sees her, and saw her move last at 20:40."""
    story = Story(home).bed("pad-3", True).at("20:30").bed("pad-3", False).measure("radar-2", presence=1, motion=1)
    return story.at("20:40").measure("radar-2", motion=0)


def test_who_is_seen_and_does_not_move_is_told_after_her_limit() -> None:
    assert found(sits().at("21:54")) == []
    (told,) = found(sits().at("21:56"))
    assert (told.kind.value, told.subject.key, told.at) == ("inactivity_room", "resident:3", local("21:55"))
    assert told.evidence["still_since"] == local("20:40").isoformat()


@pytest.mark.parametrize(
    "ends",
    [
        lambda story: story.measure("radar-2", motion=1),
        lambda story: story.measure("door-room", door_open=1),
        lambda story: story.measure("radar-2", presence=0),
        lambda story: story.bed("pad-3", True),
    ],
)
def test_it_ends_when_she_moves_or_goes(ends: Callable[[Story], object]) -> None:
    story = sits().at("22:10")
    ends(story)
    assert [finding.change.value for finding in found(story.at("22:20"))] == ["began", "ended"]


def test_a_sensor_that_repeats_itself_changes_nothing() -> None:
    story = sits()
    for _ in range(60):
        story.after(minutes=1).measure("radar-2", presence=1, motion=0)
    assert [finding.at for finding in found(story.at("22:10"))] == [local("21:55")]
    moving = sits()
    for _ in range(60):
        moving.after(minutes=1).measure("radar-2", presence=1, motion=1)
    assert found(moving.at("22:10")) == []


def test_without_a_presence_sensor_the_door_says_whether_she_is_inside() -> None:
    story = Story(HOME).bed("pad-3", False).measure("door-room", door_open=1).after(seconds=5)
    story.measure(
        "door-room",
        door_open=0,
    ).measure("radar-2", motion=1).after(seconds=30).measure("radar-2", motion=0)
    assert found(story.at("22:00")) == []  # she may have left by that door
    inside = Story(HOME).bed("pad-3", False).measure("door-room", door_open=1).after(minutes=5)
    inside.measure("radar-2", motion=1).after(seconds=30).measure("radar-2", motion=0)
    assert len(found(inside.at("22:00"))) == 1


def test_who_lies_in_bed_or_shares_the_room_or_has_no_motion_sensor_is_not_judged() -> None:
    in_bed = Story(HOME).measure("radar-2", presence=1, motion=0).bed("pad-3", True)
    assert found(in_bed.at("23:00")) == []
    shared = Story(HOME).bed("pad-1", False).measure("radar-1", presence=1, motion=0)
    assert found(shared.at("23:00")) == []
    alone = replace(HOME, stays=(Stay(1, 1),))
    assert len(found(shared, alone)) == 1
    unseen = Story(HOME).bed("pad-3", False).measure("radar-2", presence=1)
    assert found(unseen.at("23:00")) == []


def test_a_motion_sensor_out_of_hearing_sees_no_stillness() -> None:
    promised = replace(
        HOME, devices=tuple(replace(d, supervision_s=60.0) if d.code == "radar-2" else d for d in HOME.devices)
    )
    story = sits(promised)
    story.mute = {"radar-2"}
    assert found(story.at("23:59"), promised) == []
