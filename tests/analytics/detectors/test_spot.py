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


def cuff(systolic: float, diastolic: float = 80.0, pulse: float = 70.0) -> dict[str, float | None]:
    return {"bp_systolic": systolic, "bp_diastolic": diastolic, "pulse_rate": pulse}


PRESSURE, PULSE = ("blood_pressure_abnormal", "began"), ("heart_rate_abnormal", "began")


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (cuff(159), []), (cuff(160), [PRESSURE]), (cuff(91), []), (cuff(90), [PRESSURE]),
        (cuff(140, 99), []), (cuff(140, 100), [PRESSURE]),
        (cuff(140, pulse=100), []), (cuff(140, pulse=101), [PULSE]), (cuff(140, pulse=50), []),
        (cuff(140, pulse=49), [PULSE]),
    ],
)  # fmt: skip
def test_one_reading_at_its_limit(reading: dict[str, float | None], expected: list[tuple[str, str]]) -> None:
    assert told(Story().at("21:00").measure("oximeter-3", **reading)) == expected


def test_it_rings_again_after_hours_and_ends_with_a_reading_inside() -> None:
    story = Story().at("20:10").measure("oximeter-3", **cuff(170)).at("22:00").measure("oximeter-3", **cuff(175))
    assert told(story) == [PRESSURE]
    story.at("02:10").measure("oximeter-3", **cuff(172))
    assert told(story)[1:] == [("blood_pressure_abnormal", "recurred")]
    story.at("02:20").measure("oximeter-3", **cuff(140))
    assert told(story)[2:] == [("blood_pressure_abnormal", "ended")]


def test_a_monitor_a_lone_pulse_and_pictures_are_left_alone() -> None:
    promised = tuple(replace(device, supervision_s=300.0) for device in DIRECTORY.devices)
    monitored = Story(replace(DIRECTORY, devices=promised)).at("21:00").measure("oximeter-3", **cuff(180))
    assert told(monitored) == []
    assert told(Story().at("21:00").measure("oximeter-3", pulse_rate=120.0)) == []
    assert told(Story().at("21:00").measure("oximeter-3", origin=Origin.RETAINED, **cuff(180))) == []
    assert told(Story().at("21:00").measure("oximeter-3", quality=0.2, **cuff(180))) == []
