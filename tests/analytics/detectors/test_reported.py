"""Reports that ring at once: the permitted area left, choking."""

from __future__ import annotations

import pytest

from anxin.event import Detection
from anxin.vocabulary import DetectionKind, Origin, Phase
from tests.analytics.stage import Story

ZONE = DetectionKind.ZONE_EXIT


def report(
    story: Story, phase: Phase = Phase.ONCE, episode: str | None = None, origin: Origin = Origin.LIVE,
    kind: DetectionKind = ZONE,
) -> Story:  # fmt: skip
    return story.say("gw-2", Detection("watch-3", story.now, kind, phase, episode, origin=origin))


@pytest.mark.parametrize(("kind", "told"), [(ZONE, "geofence_out"), (DetectionKind.CHOKING, "choking")])
def test_a_report_rings_at_once_about_who_wears_the_sensor(kind: DetectionKind, told: str) -> None:
    (found,) = report(Story().at("22:00"), kind=kind).findings()
    assert (found.kind, found.subject.resident_id) == (told, 3)


def test_a_repeat_is_one_and_a_later_report_another_occurrence() -> None:
    story = report(report(Story().at("22:00")).after(seconds=30)).after(minutes=2)
    assert report(story).told() == [("geofence_out", "began"), ("geofence_out", "recurred")]


def test_the_end_is_told_once_and_the_next_report_begins_again() -> None:
    story = report(Story().at("22:00"), Phase.BEGAN, "a").after(minutes=9)
    report(report(story, Phase.ENDED, "a"), Phase.ENDED, "a").after(minutes=9)
    assert [change for _, change in report(story, Phase.BEGAN, "b").told()] == ["began", "ended", "began"]


def test_a_retained_report_is_silent_and_rings_when_it_comes_live() -> None:
    story = report(Story().at("22:00"), Phase.BEGAN, "a", Origin.RETAINED)
    assert story.told() == []
    assert report(story, Phase.BEGAN, "a").told() == [("geofence_out", "began")]


def test_what_ended_before_it_came_does_not_ring() -> None:
    story = report(report(Story().at("22:00"), Phase.ENDED, "a"), Phase.BEGAN, "a")
    assert story.told() == []
