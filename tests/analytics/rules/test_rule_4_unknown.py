"""Rule 4: absent or stale data never counts as fine; blind time is measured, and unsupervised is said."""

from __future__ import annotations

from datetime import timedelta

from analytics.alerts.blind import Watcher, blind_times
from anxin.vocabulary import AlertKind
from tests.analytics.stage import START, WATCHED, Story


def test_rule_4_a_bed_that_nobody_sees_is_neither_full_nor_empty() -> None:
    """Absent for 12 min, unseen for 20, absent again: the unseen time counts neither way, and is said."""
    story = Story().at("02:00").bed("pad-1", True).at("02:10").bed("pad-1", False)
    story.at("02:22").bed("pad-1", None).at("02:42").bed("pad-1", False)
    assert story.told("out_of_bed_long") == []
    story.at("03:02")
    (told,) = [one for one in story.findings() if one.kind is AlertKind.OUT_OF_BED_LONG]
    assert told.evidence["unseen_s"] == 20 * 60


def test_rule_4_a_silent_sensor_is_told_and_its_blind_time_is_counted() -> None:
    story = Story(WATCHED)
    story.mute = {"pad-2"}
    story.at("20:05")
    assert ("device_silent", "began") in story.told()
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    silent = ((START, START + 10 * minute), (START + 5 * minute, START + 20 * minute))
    watchers = [
        Watcher("bed_sensor", True, silent),
        Watcher("bed_sensor", True, ((START + 15 * minute, START + hour),)),
        Watcher("wearable", False),
        Watcher("fall_sensor", True, ((START - hour, START + 30 * minute),)),
    ]
    found = {one.kind: one for one in blind_times(watchers, START, START + hour)}
    assert found["bed_sensor"].blind == 5 * minute, "both at once"
    assert found["fall_sensor"].blind == 30 * minute
    assert found["wearable"].unsupervised
    assert not found["bed_sensor"].unsupervised
