"""The outer door at night: every opening rings, late ones too; by day and from other doors none does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.finding import Change
from analytics.policy import PolicyError, PolicyRow, check
from anxin.vocabulary import AlertKind, Origin
from tests.analytics.stage import DIRECTORY, Story


def door(
    story: Story, value: float | None, name: str = "door-exit", ago: float = 0, origin: Origin = Origin.LIVE
) -> Story:
    return story.measure(name, ago=ago, origin=origin, door_open=value)


def changes(story: Story) -> list[Change]:
    told = story.after(seconds=10).findings()
    found = [one for one in told if one.kind is not AlertKind.GATEWAY_SILENT]
    assert all(one.kind is AlertKind.DOOR_EXIT_UNAUTHORISED for one in found)
    return [one.change for one in found]


def closed() -> Story:
    return door(Story(DIRECTORY).at("20:05"), 0)


def test_an_opening_at_night_rings_and_a_shut_door_ends_the_condition() -> None:
    story = door(closed().at("02:13"), 1)
    assert changes(door(story.after(seconds=5), 0)) == [Change.BEGAN, Change.ENDED]
    found = story.findings()[0]
    assert (
        "Opened at 02:13: the door contact door-exit" in found.reason
        and found.subject.room_id == 9
        and found.subject.resident_id is None
    )


def test_a_second_opening_rings_again_and_a_swinging_door_does_not() -> None:
    story = door(closed().at("02:13"), 1)
    for pause in (3, 4, 600):
        story = door(door(story.after(seconds=pause), 0).after(seconds=2), 1)
    assert [change for change in changes(story) if change is not Change.ENDED] == [Change.BEGAN, Change.BEGAN]


def test_by_day_and_at_a_bedroom_door_nothing_rings() -> None:
    story = door(closed().at("02:00"), 1, "door-room")
    assert changes(door(story.at("07:30"), 1)) == []


def test_what_was_spooled_rings_late_and_what_is_retained_never() -> None:
    story = closed().at("02:10")
    story.mute = {"gw-2"}
    door(story.at("02:40"), 1, ago=1_500)
    assert changes(story) == [Change.BEGAN]
    assert [one.late for one in story.findings() if one.kind is AlertKind.DOOR_EXIT_UNAUTHORISED] == [True]
    assert changes(door(closed().at("02:40"), 1, origin=Origin.RETAINED)) == []


def test_a_door_that_was_never_seen_shut_or_is_unknown_has_opened() -> None:
    assert changes(door(Story(DIRECTORY).at("02:00"), 1)) == [Change.BEGAN]
    story = door(door(closed().at("02:00"), None).after(seconds=60), 1)
    assert changes(story) == [Change.BEGAN]


def test_a_repeat_is_no_second_opening() -> None:
    story = door(closed().at("02:00"), 1)
    assert changes(door(story.after(seconds=1_200), 1)) == [Change.BEGAN]


def test_hours_are_policy_and_must_be_times() -> None:
    wide = replace(DIRECTORY, policies=(PolicyRow(1, None, None, "exit_door", "ends", "09:00"),))
    story = door(Story(wide).at("07:30"), 1)
    assert changes(story) == [Change.BEGAN]
    with pytest.raises(PolicyError, match="no time of day"):
        check(PolicyRow(1, None, None, "exit_door", "ends", "late"))
