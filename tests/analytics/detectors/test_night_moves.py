"""Out of bed and about at night."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.directory import Directory
from analytics.policy import PolicyRow
from tests.analytics.stage import Story, with_policies

TRIP = ("nocturia_rise", "bed_exit", "night_wander")


def trips(story: Story, count: int) -> None:
    """Go out of bed for five minutes, `count` times."""
    for _ in range(count):
        story.after(minutes=30).bed("pad-3", False).after(minutes=5).bed("pad-3", True)


def gets_up(how: str) -> Directory:
    return with_policies(PolicyRow(1, None, 3, "resident", "gets_up", how))


@pytest.mark.parametrize(
    ("how", "out_s", "told"),
    [("alone", 600, 0), ("supervised", 110, 0), ("supervised", 130, 1), ("never_alone", 11, 1)],
)
def test_leaving_the_bed_is_told_for_whom_it_is_not_safe(how: str, out_s: float, told: int) -> None:
    story = Story(gets_up(how)).bed("pad-3", True).at("23:00").bed("pad-3", False).after(seconds=out_s)
    assert len(story.told("bed_exit")) == told
    story.bed("pad-3", True)
    assert story.told("bed_exit") == [("bed_exit", "began"), ("bed_exit", "ended")][: 2 * told]


def of_nights(counts: list[int]) -> Story:
    story = Story().bed("pad-3", True)
    for night, count in enumerate(counts):
        story.at(story.start + timedelta(days=night, hours=3))
        trips(story, count)
    return story.after(hours=9)


@pytest.mark.parametrize(
    ("rise", "told_on"), [([5, 1, 5, 1], 9), ([7, 1], 7), ([5, 1, 1, 5, 1], None), ([4, 4, 4], None)]
)
def test_more_trips_than_usual_in_two_of_three_nights_are_a_trend(rise: list[int], told_on: int | None) -> None:
    story = of_nights([1, 2, 1, 1, 2, 1, 1, *rise])
    if told_on is None:
        assert story.told(*TRIP) == []
        return
    assert story.told(*TRIP) == [("nocturia_rise", "began"), ("nocturia_rise", "ended")]
    (first, _) = (f for f in story.findings() if f.kind == "nocturia_rise")
    assert (first.evidence, first.subject.resident_id) == ({"trips": rise[told_on - 7], "usual": 1}, 3)
    assert (first.at - story.start).days == told_on


def test_four_trips_are_as_usual_for_who_makes_three() -> None:
    assert of_nights([3] * 8 + [4]).told("nocturia_rise") == []


def door(story: Story, times: int, every_min: float = 9) -> Story:
    for _ in range(times):
        story.measure("door-room", door_open=1.0).after(seconds=20).measure("door-room", door_open=0.0)
        story.after(minutes=every_min)
    return story


def test_so_many_trips_in_a_whole_night_are_an_ordinary_night() -> None:
    story = Story().bed("pad-3", True).at("00:30").bed("pad-3", False)
    assert door(story, 6, every_min=40).told("night_wander") == []


@pytest.mark.parametrize(("times", "told"), [(4, 0), (5, 1)])
def test_a_door_that_opens_often_while_the_bed_is_empty_is_wandering(times: int, told: int) -> None:
    story = door(Story().bed("pad-3", True).at("01:00").bed("pad-3", False), times)
    assert len(story.told("night_wander")) == told
    assert story.at("05:01").told("night_wander") == [("night_wander", "began"), ("night_wander", "ended")][: 2 * told]


def test_a_trip_to_the_corridor_and_a_round_meanwhile_are_no_wandering() -> None:
    story = Story().bed("pad-3", True).at("01:00").bed("pad-3", False)
    door(door(story, 2, every_min=18), 1, every_min=0)  # out, back, and a carer who looks in
    assert story.after(minutes=5).told("night_wander") == []


@pytest.mark.parametrize(("trips", "told"), [(2, 0), (3, 1)])
def test_who_leaves_the_room_again_and_again_wanders(trips: int, told: int) -> None:
    story = Story().bed("pad-3", True).at("01:00")
    for _ in range(trips):
        door(story.bed("pad-3", False), 2, every_min=6).bed("pad-3", True).after(minutes=4)
    assert len(story.told("night_wander")) == told


def test_a_door_alone_is_a_round() -> None:
    assert door(Story().bed("pad-3", True).at("01:00"), 6).told("night_wander") == []
    assert door(Story().bed("pad-3", True).at("22:00").bed("pad-3", False), 9, every_min=6).told("night_wander") == []
