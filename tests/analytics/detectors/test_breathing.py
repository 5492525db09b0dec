"""Breathing that stopped, and how often it pauses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anxin.event import Detection
from anxin.vocabulary import DetectionKind, Origin, Phase
from tests.analytics.stage import Story


def breath(story: Story, phase: Phase, episode: str, origin: Origin = Origin.LIVE) -> Story:
    kind = DetectionKind.BREATHING_STOPPED
    return story.say("gw-2", Detection("pad-3", story.now, kind, phase, episode, origin=origin))


@pytest.mark.parametrize(("pause_s", "told"), [(50, []), (70, [("breathing_stopped", "began")])])
def test_only_a_stop_without_an_end_rings(pause_s: float, told: list[tuple[str, str]]) -> None:
    story = breath(Story().at("23:00"), Phase.BEGAN, "a").after(seconds=pause_s)
    assert story.told() == told
    breath(story, Phase.ENDED, "a")
    assert story.told() == ([*told, ("breathing_stopped", "ended")] if told else [])


def test_a_retained_stop_is_silent() -> None:
    assert breath(Story().at("23:00"), Phase.BEGAN, "a", Origin.RETAINED).after(minutes=5).told() == []


def pauses(story: Story, count: int) -> None:
    for number in range(count):
        name = f"{story.now.isoformat()}/{number}"
        breath(story, Phase.BEGAN, name).after(seconds=20)
        breath(story, Phase.ENDED, name).after(seconds=40)


def test_many_more_pauses_than_usual_are_a_trend_until_a_quiet_night() -> None:
    story = Story().at("23:00")
    for night, count in enumerate([10] * 7 + [12, 30, 9]):
        story.at(story.start + timedelta(days=night, hours=3))
        pauses(story, count)
    story.after(hours=10)
    assert story.told("apnoea_trend") == [("apnoea_trend", "began"), ("apnoea_trend", "ended")]
    assert next(one for one in story.findings() if one.kind == "apnoea_trend").evidence == {"pauses": 30, "usual": 10}


def test_without_seven_nights_there_is_no_usual() -> None:
    story = Story().at("23:00")
    pauses(story, 60)
    assert story.after(hours=10).told("apnoea_trend") == []
