"""No vital signs in bed: two cues, one cue, poor quality, what ends it, and what it must not be taken for."""

from __future__ import annotations

import pytest

from analytics.finding import Change
from anxin.vocabulary import Origin, Priority
from tests.analytics.stage import Story, local

KIND = "no_vital_signs_in_bed"


def quiet(story: Story, *, minutes: float = 6, quality: float | None = None, movement: float = 0.0) -> Story:
    """The pad of the single room says every 20 s that it sees nothing."""
    for _ in range(round(minutes * 3)):
        story.measure(
            "pad-3", quality=quality, heart_rate=None, respiratory_rate=None, bed_occupied=1.0, movement=movement
        )
        story.after(seconds=20)
    return story


def asleep(story: Story | None = None) -> Story:
    story = (story or Story()).at("23:00").bed("pad-3", True)
    return story.measure("pad-3", heart_rate=62.0, respiratory_rate=14.0).after(seconds=20)


def found(story: Story) -> list[tuple[Change, Priority | None]]:
    return [(finding.change, finding.priority) for finding in story.findings() if finding.kind == KIND]


def test_two_cues_are_high_after_a_minute() -> None:
    story = quiet(asleep().measure("radar-2", presence=1.0), minutes=1.4)
    assert found(story) == [(Change.BEGAN, Priority.HIGH)]
    (first,) = (finding for finding in story.findings() if finding.kind == KIND)
    assert first.at == local("23:01").replace(second=20)


def test_one_cue_is_medium_after_five_minutes_and_never_silence() -> None:
    story = quiet(asleep(), minutes=4.6)
    assert found(story) == []
    story.mute = {"gw-2"}
    assert found(story.after(minutes=1)) == [(Change.BEGAN, Priority.MEDIUM)]


def test_poor_quality_is_no_second_word() -> None:
    assert found(quiet(asleep().measure("radar-2", presence=1.0), quality=0.2)) == [(Change.BEGAN, Priority.MEDIUM)]


def test_presence_in_a_shared_room_is_no_cue() -> None:
    story = Story().at("23:00").bed("pad-1", True).measure("pad-1", heart_rate=62.0).measure("radar-1", presence=1.0)
    for _ in range(9):
        story.after(seconds=20).measure("pad-1", heart_rate=None, respiratory_rate=None)
    assert found(story) == []


@pytest.mark.parametrize(
    "sign", [{"heart_rate": 60.0}, {"respiratory_rate": 12.0}, {"movement": 20.0}, {"bed_occupied": 0.0}]
)
def test_a_sign_of_life_or_an_empty_bed_ends_it(sign: dict[str, float]) -> None:
    story = quiet(asleep().measure("radar-2", presence=1.0), minutes=2)
    story.measure("pad-3", **sign)  # type: ignore[arg-type]
    assert [change for change, _ in found(story)] == [Change.BEGAN, Change.ENDED]


def test_who_moves_is_alive() -> None:
    assert found(quiet(asleep().measure("radar-2", presence=1.0), movement=30.0)) == []


def test_a_pad_that_never_showed_vital_signs_says_nothing_by_showing_none() -> None:
    story = Story().at("23:00").bed("pad-3", True).measure("radar-2", presence=1.0)
    assert found(quiet(story)) == []


def test_an_empty_bed_has_none() -> None:
    story = asleep().measure("radar-2", presence=1.0).bed("pad-3", False)
    for _ in range(20):
        story.after(seconds=20).measure("pad-3", heart_rate=None, respiratory_rate=None, bed_occupied=0.0)
    assert found(story) == []


def test_a_retained_word_is_no_live_one() -> None:
    story = asleep().measure("radar-2", presence=1.0)
    story.measure("pad-3", heart_rate=None, respiratory_rate=None, origin=Origin.RETAINED)
    assert found(story.after(minutes=2)) == []
