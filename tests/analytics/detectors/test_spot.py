"""Spot readings: each one out of limits is told, with its pulse; a monitor's are left to the rules for streams."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.detectors.spot import SpotDetector
from analytics.engine import Engine
from analytics.finding import Finding
from analytics.moment import to_ms
from anxin.vocabulary import Origin
from tests.analytics.stage import DIRECTORY, Story, run


def found(story: Story) -> list[Finding]:
    engine = Engine((SpotDetector,))
    engine.begin(story.directory, to_ms(story.start))
    return run(engine, story.log, story.now, story.directory)


def told(story: Story) -> list[tuple[str, str]]:
    return [(finding.kind.value, finding.change.value) for finding in found(story)]


def cuff(
    story: Story, systolic: float, diastolic: float = 80.0, pulse: float = 70.0, quality: float | None = None,
    origin: Origin = Origin.LIVE,
) -> Story:  # fmt: skip
    return story.measure(
        "oximeter-3", quality=quality, origin=origin, bp_systolic=systolic, bp_diastolic=diastolic, pulse_rate=pulse
    )


PRESSURE, PULSE = ("blood_pressure_abnormal", "began"), ("heart_rate_abnormal", "began")


@pytest.mark.parametrize(
    ("systolic", "diastolic", "pulse", "expected"),
    [
        (159, 80, 70, []), (160, 80, 70, [PRESSURE]), (91, 80, 70, []), (90, 80, 70, [PRESSURE]),
        (140, 99, 70, []), (140, 100, 70, [PRESSURE]),
        (140, 80, 100, []), (140, 80, 101, [PULSE]), (140, 80, 50, []), (140, 80, 49, [PULSE]),
    ],
)  # fmt: skip
def test_one_reading_at_its_limit(
    systolic: float, diastolic: float, pulse: float, expected: list[tuple[str, str]]
) -> None:
    assert told(cuff(Story().at("21:00"), systolic, diastolic, pulse)) == expected


def test_it_rings_again_after_hours_and_ends_with_a_reading_inside() -> None:
    story = cuff(cuff(Story().at("20:10"), 170).at("22:00"), 175)
    assert told(story) == [PRESSURE]
    cuff(story.at("02:10"), 172)
    assert told(story)[1:] == [("blood_pressure_abnormal", "recurred")]
    cuff(story.at("02:20"), 140)
    assert told(story)[2:] == [("blood_pressure_abnormal", "ended")]


def test_a_monitor_a_lone_pulse_and_pictures_are_left_alone() -> None:
    promised = tuple(replace(device, supervision_s=300.0) for device in DIRECTORY.devices)
    assert told(cuff(Story(replace(DIRECTORY, devices=promised)).at("21:00"), 180)) == []
    assert told(Story().at("21:00").measure("oximeter-3", pulse_rate=120.0)) == []
    assert told(cuff(Story().at("21:00"), 180, origin=Origin.RETAINED)) == []
    assert told(cuff(Story().at("21:00"), 180, quality=0.2)) == []
