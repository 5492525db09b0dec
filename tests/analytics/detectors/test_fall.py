"""Falls: phases, episodes, silence of what may not ring, the long lie nobody reported."""

from __future__ import annotations

import pytest

from analytics.finding import Change
from anxin.event import Detection
from anxin.vocabulary import AlertKind, DetectionKind, Origin, Phase
from tests.analytics.stage import Story, local


def test_a_suspected_fall_is_confirmed() -> None:
    story = Story().at("22:00").fall("watch-3", Phase.SUSPECTED).after(seconds=40).fall("watch-3", Phase.CONFIRMED)
    assert story.told() == [
        ("fall_suspected", "began"),
        ("fall_confirmed", "began"),
        ("fall_suspected", "ended"),
    ]
    assert story.findings()[0].subject.resident_id == 3


def test_a_fall_in_a_shared_room_names_the_room() -> None:
    (found,) = Story().at("22:00").fall("radar-1", Phase.ONCE, None).findings()
    assert (found.subject.room_id, found.subject.resident_id, found.subject.key) == (1, None, "room:1")
    (alone,) = Story().at("22:00").fall("radar-2", Phase.ONCE, None).findings()
    assert alone.subject.key == "resident:3"


def test_a_suspicion_that_is_soon_taken_back_is_only_written_down() -> None:
    story = Story().at("22:00").fall("watch-3", Phase.SUSPECTED).after(seconds=8).fall("watch-3", Phase.WITHDRAWN)
    assert story.after(minutes=5).told() == [("went_down_got_up", "began")]


@pytest.mark.parametrize(("seconds", "told"), [(25, []), (36, [("fall_suspected", "began")])])
def test_a_suspicion_that_stays_rings(seconds: float, told: list[tuple[str, str]]) -> None:
    story = Story().at("22:00").fall("watch-3", Phase.SUSPECTED).after(seconds=20).fall("watch-3", Phase.SUSPECTED)
    assert story.after(seconds=seconds - 20).told() == told


def test_a_withdrawn_fall_ends() -> None:
    story = Story().at("22:00").fall("watch-3", Phase.SUSPECTED).after(seconds=50).fall("watch-3", Phase.WITHDRAWN)
    assert story.told() == [
        ("fall_suspected", "began"),
        ("fall_suspected", "ended"),
        ("went_down_got_up", "began"),
    ]


def test_a_fall_from_bed_is_a_kind_of_its_own() -> None:
    story = Story().at("22:00")
    story.say("gw-2", Detection("pad-3", story.now, DetectionKind.BED_FALL, Phase.CONFIRMED, "a"))
    assert story.told() == [("bed_fall", "began")]


@pytest.mark.parametrize(("minutes", "told"), [(9.9, False), (10.1, True)])
def test_who_stays_down_is_a_long_lie(minutes: float, told: bool) -> None:
    story = Story().at("22:00").fall("watch-3", Phase.CONFIRMED).after(minutes=minutes)
    lies = [finding for finding in story.findings() if finding.kind is AlertKind.LONG_LIE]
    assert [finding.at for finding in lies] == ([local("22:10")] if told else [])


def test_a_sensor_that_knows_no_phases_makes_no_long_lie() -> None:
    assert Story().at("22:00").fall("radar-2", Phase.ONCE, None).after(hours=1).told() == [("fall_confirmed", "began")]


def test_getting_up_prevents_the_long_lie() -> None:
    story = Story().at("22:00").fall("watch-3", Phase.CONFIRMED).after(minutes=5).fall("watch-3", Phase.WITHDRAWN)
    assert story.after(hours=1).told() == [
        ("fall_confirmed", "began"), ("fall_confirmed", "ended"), ("went_down_got_up", "began"),
    ]  # fmt: skip


def test_a_second_fall_rings_again_and_a_repeat_does_not() -> None:
    story = Story().at("22:00").fall("watch-3", Phase.CONFIRMED, "a").fall("watch-3", Phase.CONFIRMED, "a")
    story.after(minutes=3).fall("watch-3", Phase.CONFIRMED, "b")
    assert [finding.change for finding in story.findings()] == [Change.BEGAN, Change.RECURRED]


@pytest.mark.parametrize(("apart", "times"), [(59, 1), (61, 2)])
def test_a_sensor_without_episodes_repeats_itself(apart: float, times: int) -> None:
    story = Story().at("22:00").fall("radar-2", Phase.ONCE, None).after(seconds=apart).fall("radar-2", Phase.ONCE, None)
    assert len(story.findings()) == times


@pytest.mark.parametrize("origin", [origin for origin in Origin if origin is not Origin.LIVE])
def test_only_live_rings_and_still_does_after_a_picture(origin: Origin) -> None:
    story = Story().at("22:00").fall("watch-3", Phase.CONFIRMED, origin=origin)
    assert story.told() == []
    assert story.after(seconds=5).fall("watch-3", Phase.CONFIRMED).told() == [("fall_confirmed", "began")]


def test_a_fall_that_comes_late_is_late() -> None:
    (found,) = Story().at("22:23").fall("radar-2", Phase.ONCE, None, ago=23 * 60).findings()
    assert found.late
    assert found.at == local("22:00")


def test_a_suspicion_that_comes_after_the_end_is_old() -> None:
    story = Story().at("22:00").fall("watch-3", Phase.CONFIRMED).fall("watch-3", Phase.WITHDRAWN)
    assert len(story.fall("watch-3", Phase.SUSPECTED).told()) == 3


def test_a_fall_taken_back_twice_ends_once() -> None:
    story = Story().at("22:00").fall("watch-3", Phase.CONFIRMED).fall("watch-3", Phase.WITHDRAWN)
    assert story.after(seconds=9).fall("watch-3", Phase.WITHDRAWN).told() == [
        ("fall_confirmed", "began"),
        ("fall_confirmed", "ended"),
        ("went_down_got_up", "began"),
    ]
