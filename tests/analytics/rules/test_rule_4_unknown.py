"""Rule 4: absent or stale data never counts as fine; blind time is measured, and unsupervised is said."""

from __future__ import annotations

from datetime import timedelta

from analytics.alerts.blind import Watcher, blind_times
from anxin.vocabulary import AlertKind, Priority
from tests.analytics.detectors.test_vital_absence import asleep, quiet
from tests.analytics.rules.night import CARER, Night
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


def test_rule_4_one_cue_of_two_is_a_look_now_and_poor_quality_is_no_cue() -> None:
    """The pad alone sees nobody breathe; a radar whose word is poor does not make it two."""
    for story in (asleep(), asleep().measure("radar-2", presence=1.0, quality=0.2)):
        night = Night().at("23:07").hear(quiet(story).findings())
        night.hears(CARER, AlertKind.NO_VITAL_SIGNS_IN_BED)
        assert night.alert(AlertKind.NO_VITAL_SIGNS_IN_BED).priority is Priority.MEDIUM


def test_rule_4_nothing_and_poor_values_neither_alarm_nor_calm() -> None:
    """A saturation that is low, then unknown, then poor: the alert stays until it was seen to be well."""
    story = Story().at("02:00")
    for value, quality in [(82.0, None)] * 20 + [(None, None)] * 20 + [(97.0, 0.1)] * 20:
        story.after(seconds=30).measure("oximeter-3", spo2=value, quality=quality)
    assert story.told("spo2_abnormal")[0] == ("spo2_abnormal", "began")
    assert ("spo2_abnormal", "ended") not in story.told("spo2_abnormal")
    for _ in range(61):
        story.after(seconds=30).measure("oximeter-3", spo2=97.0)
    assert story.told("spo2_abnormal")[-1] == ("spo2_abnormal", "ended")


def test_rule_4_a_pulse_of_poor_quality_is_no_sign_of_life() -> None:
    """The pad hears a fan: it says a heart rate and that it is not sure of it."""
    story = asleep()
    for minute in range(0, 16 * 60, 5):
        null = minute == 20
        rates = {"heart_rate": None, "respiratory_rate": None} if null else {"heart_rate": 60.0}
        story.after(minutes=5).measure("pad-3", quality=None if null else 0.1, bed_occupied=1.0, movement=0.0, **rates)
    assert story.told("no_vital_signs_in_bed") == [("no_vital_signs_in_bed", "began")]
    assert 3 in {one.subject.resident_id for one in story.findings() if one.kind is AlertKind.NO_SIGN_OF_LIFE}


def test_rule_4_no_sensor_heard_for_long_is_no_sign_of_life() -> None:
    story = Story(WATCHED, start=START).at("20:10").measure("oximeter-3", spo2=97.0)
    story.mute = {"gw-2"}
    story.at("11:00")
    assert 3 in {one.subject.resident_id for one in story.findings() if one.kind is AlertKind.NO_SIGN_OF_LIFE}
