"""Long in the bathroom: warned, then high; short looks away do not end a stay, a silent sensor is no all-clear."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.detectors.bathroom import BathroomDetector
from analytics.engine import Engine
from analytics.finding import Change
from analytics.moment import to_ms
from analytics.policy import PolicyRow
from anxin.vocabulary import AlertKind, DeviceKind, Priority, RoomKind
from tests.analytics.stage import DIRECTORY, ZONE, Story, run

MEDIUM, HIGH = Priority.MEDIUM, Priority.HIGH


def seen(story: Story, value: float | None, ago: float = 0) -> Story:
    return story.measure("radar-bath", ago=ago, presence=value)


def told(story: Story) -> list[tuple[str, Change, Priority | None]]:
    """Return when (local) which change was told."""
    found = story.findings()
    assert all(one.kind is AlertKind.BATHROOM_OVERSTAY and one.subject.room_id == 8 for one in found)
    return [(f"{one.at.astimezone(ZONE):%H:%M:%S}", one.change, one.priority) for one in found]


def test_it_warns_then_rings_and_ends_when_nobody_is_seen() -> None:
    story = seen(Story().at("22:00"), 1).at("22:40")
    assert told(seen(story, 0).after(seconds=90)) == [
        ("22:20:00", Change.BEGAN, MEDIUM), ("22:30:00", Change.UPDATED, HIGH), ("22:40:00", Change.ENDED, None),
    ]  # fmt: skip


def test_a_usual_visit_is_silent() -> None:
    assert told(seen(seen(Story().at("22:00"), 1).after(minutes=19), 0).at("23:00")) == []


def test_who_sits_still_for_a_moment_has_not_left() -> None:
    story = seen(seen(Story().at("22:00"), 1).at("22:10"), 0).after(seconds=15)
    assert told(seen(story, 1).at("22:25")) == [("22:20:00", Change.BEGAN, MEDIUM)]


def test_a_new_visit_counts_anew() -> None:
    story = seen(seen(Story().at("22:00"), 1).at("22:10"), 0).after(seconds=61)
    assert told(seen(story, 1).at("22:29")) == []


def test_unknown_neither_ends_nor_begins_a_stay() -> None:
    assert told(seen(Story().at("22:00"), None).at("22:30")) == []
    story = seen(seen(Story().at("22:00"), 1).at("22:05"), None).at("22:25")
    assert told(story) == [("22:20:00", Change.BEGAN, MEDIUM)]


def test_a_sensor_out_of_hearing_tells_nothing_and_its_word_counts_from_the_beginning() -> None:
    watched = tuple(replace(d, supervision_s=60.0) if d.code == "radar-bath" else d for d in DIRECTORY.devices)
    home = replace(DIRECTORY, devices=watched)
    story = seen(Story(home).at("22:00"), 1)
    story.mute = {"radar-bath"}
    story.at("22:28")
    assert [one.kind for one in story.findings()] == [AlertKind.DEVICE_SILENT]
    found = [one for one in seen(story, 1).after(seconds=30).findings() if one.kind is AlertKind.BATHROOM_OVERSTAY]
    assert [(one.change, one.late) for one in found] == [(Change.BEGAN, True)]


def test_the_limits_are_policy() -> None:
    home = replace(DIRECTORY, policies=(PolicyRow(1, None, None, "bathroom", "warn_min", 5.0),))
    assert told(seen(Story(home).at("22:00"), 1).at("22:06"))[0][0] == "22:05:00"


@pytest.mark.parametrize(("usual_s", "at"), [(2_280, "22:38:00"), (3_600, "22:45:00"), (1_500, "22:25:00")])
def test_where_long_stays_are_usual_at_this_hour_their_centile_is_the_limit(usual_s: int, at: str) -> None:
    """Two wash one after the other every morning: 38 min are as usual; more than 45 min never are."""
    story = seen(Story().at("22:00"), 1).at("22:50")
    engine = Engine((BathroomDetector,))
    engine.restore("bathroom", "room:8", {"stays": {"lengths": {"7": [usual_s] * 12}}})
    engine.begin(story.directory, to_ms(story.start))
    first, *later = run(engine, story.log, story.now, story.directory)
    assert f"{first.at.astimezone(ZONE):%H:%M:%S}" == at
    assert [one.priority for one in (first, *later)] == ([MEDIUM, HIGH] if usual_s < 1_800 else [HIGH])


def test_a_presence_sensor_in_a_bedroom_does_not_count() -> None:
    assert Story().at("22:00").measure("radar-1", presence=1.0).at("23:30").findings() == []


# Residents 1 and 2 share room 1 with the bathroom 8 behind one door.
SUITE = replace(
    DIRECTORY,
    beds=tuple(replace(bed, suite="one") if bed.room_id == 1 else bed for bed in DIRECTORY.beds),
    devices=tuple(replace(d, suite="one", supervision_s=None) if d.room_id in (1, 8) else d for d in DIRECTORY.devices),
)


def named(story: Story) -> list[tuple[str, Change, Priority | None, int | None]]:
    """Return when (local) which change was told, and about whom."""
    found = [one for one in story.findings() if one.kind is AlertKind.BATHROOM_OVERSTAY]
    return [(f"{one.at.astimezone(ZONE):%H:%M}", one.change, one.priority, one.subject.resident_id) for one in found]


def test_where_only_one_of_a_suite_is_up_it_is_about_her() -> None:
    story = Story(SUITE).at("21:50").bed("pad-1", True).bed("pad-2", True).at("22:00").bed("pad-2", False)
    assert named(seen(story, 1).at("22:31")) == [
        ("22:20", Change.BEGAN, MEDIUM, 2), ("22:30", Change.UPDATED, HIGH, 2),
    ]  # fmt: skip


def test_nobody_counts_as_there_for_longer_than_she_is_up() -> None:
    """Somebody, a carer, is in the bathroom since 22:00; she gets up at 22:15 and goes there."""
    story = seen(Story(SUITE).at("21:50").bed("pad-1", True).bed("pad-2", True).at("22:00"), 1)
    assert named(story.at("22:15").bed("pad-2", False).at("22:36")) == [("22:35", Change.BEGAN, MEDIUM, 2)]


def test_two_who_are_up_may_wash_in_turn() -> None:
    """No warning, and nobody's name; the alarm comes all the same."""
    story = Story(SUITE).at("21:50").bed("pad-1", True).bed("pad-2", True)
    story = seen(story.at("22:00").bed("pad-1", False).bed("pad-2", False), 1).at("22:41")
    assert named(story) == [("22:40", Change.BEGAN, HIGH, None)]
    assert "two in turn" in next(one.reason for one in story.findings() if one.kind is AlertKind.BATHROOM_OVERSTAY)


@pytest.mark.parametrize(
    ("joined", "told_"),
    [
        ("22:21", [("22:20", Change.BEGAN, MEDIUM, 2), ("22:30", Change.UPDATED, HIGH, 2)]),
        ("22:19", [("22:40", Change.BEGAN, HIGH, None)]),
    ],
)
def test_who_had_been_there_for_long_when_the_next_got_up_is_told_of_as_alone(
    joined: str, told_: list[tuple[str, Change, Priority | None, int | None]]
) -> None:
    story = Story(SUITE).at("21:50").bed("pad-1", True).bed("pad-2", True).at("22:00").bed("pad-2", False)
    assert named(seen(story, 1).at(joined).bed("pad-1", False).at("22:41")) == told_


@pytest.mark.parametrize(("left", "warned"), [("22:00", True), ("22:05", False)])
def test_where_nobody_was_in_the_bedroom_meanwhile_nobody_can_have_taken_turns(left: str, warned: bool) -> None:
    seeing = tuple(
        replace(d, kind=DeviceKind.PRESENCE, room_kind=RoomKind.BEDROOM) if d.code == "radar-1" else d
        for d in SUITE.devices
    )
    story = Story(replace(SUITE, devices=seeing)).at("21:50").bed("pad-1", True).bed("pad-2", True)
    story = seen(story.measure("radar-1", presence=1).at("22:00").bed("pad-1", False).bed("pad-2", False), 1)
    story = story.at(left).measure("radar-1", presence=0).at("22:21")
    assert named(story) == ([("22:20", Change.BEGAN, MEDIUM, None)] if warned else [])


def test_who_goes_back_to_bed_is_not_there_any_more() -> None:
    """Both are up; at 22:25 one lies down, so the other one alone may have been there all the time."""
    story = Story(SUITE).at("21:50").bed("pad-1", True).bed("pad-2", True)
    story = seen(story.at("22:00").bed("pad-1", False).bed("pad-2", False), 1).at("22:25").bed("pad-1", True)
    assert named(story.at("22:28"))[0][1:] == (Change.BEGAN, MEDIUM, 2)


def test_a_bed_sensor_out_of_hearing_does_not_say_that_she_lies_there() -> None:
    watched = tuple(replace(d, supervision_s=60.0) if d.code == "pad-2" else d for d in SUITE.devices)
    story = Story(replace(SUITE, devices=watched)).at("21:50").bed("pad-1", True).bed("pad-2", True)
    story.mute = {"pad-2"}
    story = seen(story.at("22:05"), 1).at("22:36")
    assert [(at, change, who) for at, change, _, who in named(story)] == [
        ("22:25", Change.BEGAN, None), ("22:35", Change.UPDATED, None),
    ]  # fmt: skip


def test_the_usual_of_two_is_no_limit_for_one_alone() -> None:
    story = Story(SUITE).at("21:50").bed("pad-1", True).bed("pad-2", True).at("22:00").bed("pad-2", False)
    story = seen(story, 1).at("22:50")
    engine = Engine((BathroomDetector,))
    engine.restore("bathroom", "room:8", {"stays": {"lengths": {"7": [2_400] * 12}}})
    engine.begin(story.directory, to_ms(story.start))
    assert [f"{one.at.astimezone(ZONE):%H:%M}" for one in run(engine, story.log, story.now, story.directory)] == [
        "22:30"
    ]
