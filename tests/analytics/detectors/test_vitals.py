"""Vital signs: persistence, hysteresis and gates at their limits."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.finding import Change
from analytics.moment import to_ms
from analytics.policy import PolicyRow
from anxin.vocabulary import Origin, Priority
from tests.analytics.stage import Story, local, with_policies


def series(story: Story, device: str, minutes: float, every: float = 30, **values: Any) -> Story:
    """Report the same values every so many seconds, at both ends of a time."""
    until = story.now.timestamp() + minutes * 60
    story.measure(device, **values)
    while story.now.timestamp() + every <= until:
        story.after(seconds=every).measure(device, **values)
    return story


@pytest.mark.parametrize(
    ("values", "minutes", "told"),
    [
        ({"pulse_rate": 111.0}, 9.5, 0),
        ({"pulse_rate": 111.0}, 10, 1),
        ({"pulse_rate": 110.0}, 60, 0),
        ({"pulse_rate": 40.9}, 10, 1),
        ({"pulse_rate": 41.0}, 60, 0),
        ({"respiratory_rate": 28.0}, 60, 0),
        ({"respiratory_rate": 28.5}, 15, 1),
        ({"respiratory_rate": 8.0}, 15, 1),
        ({"spo2": 90.0}, 60, 0),
        ({"spo2": 89.0}, 9.5, 0),
        ({"spo2": 89.0}, 10, 1),
        ({"body_temperature": 37.7}, 60, 0),
        ({"body_temperature": 37.8}, 10, 1),
        ({"body_temperature": 35.0}, 10, 1),
    ],
)
def test_medium_limits(values: dict[str, float], minutes: float, told: int) -> None:
    found = series(Story(), "oximeter-3", minutes, **values).findings()
    assert [finding.priority for finding in found] == [Priority.MEDIUM] * told


@pytest.mark.parametrize(
    ("values", "minutes", "told"),
    [({"pulse_rate": 131.0}, 0.5, 0), ({"pulse_rate": 131.0}, 1, 1), ({"spo2": 84.0}, 0.5, 1), ({"spo2": 85.0}, 1, 0)],
)
def test_high_limits(values: dict[str, float], minutes: float, told: int) -> None:
    found = series(Story(), "oximeter-3", minutes, **values).findings()
    assert [finding.priority for finding in found] == [Priority.HIGH] * told


def test_medium_becomes_high() -> None:
    story = series(Story(), "oximeter-3", 11, spo2=88.0)
    began, upgraded = series(story.after(seconds=30), "oximeter-3", 1, spo2=80.0).findings()
    assert (began.change, began.priority) == (Change.BEGAN, Priority.MEDIUM)
    assert (upgraded.change, upgraded.priority) == (Change.UPDATED, Priority.HIGH)


@pytest.mark.parametrize(("value", "ended"), [(91.9, False), (92.0, True)])
def test_it_clears_only_inside_the_hysteresis(value: float, ended: bool) -> None:
    story = series(Story(), "oximeter-3", 11, spo2=88.0).after(seconds=30)
    assert len(series(story, "oximeter-3", 29, spo2=value).findings()) == 1, "a swing around the limit is one episode"
    changes = [finding.change for finding in series(story, "oximeter-3", 2, spo2=value).findings()]
    assert changes == [Change.BEGAN] + [Change.ENDED] * ended


@pytest.mark.parametrize("value", [None, 50.0])
def test_unknown_neither_clears_nor_raises(value: float | None) -> None:
    story = series(Story(), "oximeter-3", 60, pulse_rate=None)
    assert story.findings() == []
    story = series(story, "oximeter-3", 11, pulse_rate=120.0).after(seconds=30)
    quality = 1.0 if value is None else 0.4
    for _ in range(20):
        story.measure("oximeter-3", pulse_rate=value, quality=quality).after(seconds=30)
    assert [finding.change for finding in story.findings()] == [Change.BEGAN]


def test_poor_quality_raises_nothing() -> None:
    story = Story()
    for _ in range(40):
        story.measure("oximeter-3", pulse_rate=150.0, quality=0.49).after(seconds=30)
    assert story.findings() == []


def test_a_hole_begins_the_counting_anew() -> None:
    story = series(Story(), "oximeter-3", 8, pulse_rate=120.0).after(minutes=3)
    assert series(story, "oximeter-3", 8, pulse_rate=120.0).findings() == []


@pytest.mark.parametrize(("in_bed", "told"), [(True, 1), (False, 0), (None, 0)])
def test_a_bed_sensor_counts_only_while_somebody_lies_there(in_bed: bool | None, told: int) -> None:
    occupied = None if in_bed is None else float(in_bed)
    story = series(Story(), "pad-3", 20, respiratory_rate=35.0, bed_occupied=occupied)
    assert len(story.findings()) == told


def test_a_bed_sensor_that_never_said_in_bed_is_not_believed() -> None:
    assert series(Story(), "pad-3", 20, respiratory_rate=35.0).findings() == []
    assert len(series(Story().bed("pad-3", True).after(seconds=1), "pad-3", 20, respiratory_rate=35.0).findings()) == 1


def test_a_bed_sensors_fast_pulse_is_at_most_medium() -> None:
    found = series(Story(), "pad-3", 20, heart_rate=150.0, bed_occupied=1.0).findings()
    assert [finding.priority for finding in found] == [Priority.MEDIUM]


def test_two_sensors_of_one_resident_make_one_condition() -> None:
    story = Story()
    for _ in range(30):
        story.measure("oximeter-3", pulse_rate=120.0).measure("watch-3", heart_rate=121.0).after(seconds=30)
    for _ in range(62):
        story.measure("oximeter-3", pulse_rate=70.0).measure("watch-3", heart_rate=121.0).after(seconds=30)
    for _ in range(62):
        story.measure("oximeter-3", pulse_rate=70.0).measure("watch-3", heart_rate=70.0).after(seconds=30)
    changes = [finding.change for finding in story.findings()]
    assert changes == [Change.BEGAN, Change.UPDATED, Change.UPDATED, Change.ENDED]


def test_a_limit_of_her_own_holds_from_its_time_on() -> None:
    hers = with_policies(PolicyRow(1, None, 3, "heart_rate", "high", 90.0, from_ms=to_ms(local("22:00"))))
    story = series(Story(hers).at("21:30"), "oximeter-3", 60, pulse_rate=100.0)
    # A sample at the very moment still belongs to the cell that ends with it.
    assert [finding.at for finding in story.findings()] == [local("22:00:30")]


@pytest.mark.parametrize("origin", [origin for origin in Origin if origin is not Origin.LIVE])
def test_only_live_rings(origin: Origin) -> None:
    story = Story()
    for _ in range(40):
        story.measure("oximeter-3", pulse_rate=150.0, origin=origin).after(seconds=30)
    assert story.findings() == []


def test_old_and_repeated_samples_do_not_begin_the_counting_anew() -> None:
    story = Story()
    for _ in range(21):
        story.measure("oximeter-3", pulse_rate=120.0).measure("oximeter-3", pulse_rate=120.0)
        story.measure("oximeter-3", pulse_rate=70.0, ago=45).after(seconds=30)
    assert [finding.change for finding in story.findings()] == [Change.BEGAN]
