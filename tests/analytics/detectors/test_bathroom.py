"""Long in the bathroom: warned, then high; short looks away do not end a stay, a silent sensor is no all-clear."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.detectors.bathroom import BathroomDetector
from analytics.engine import Engine
from analytics.finding import Change
from analytics.moment import to_ms
from analytics.policy import PolicyRow
from anxin.vocabulary import AlertKind, Priority
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
