"""Absence from bed: delays at their limits, nights only, unknown is neither in nor out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.finding import Change
from analytics.policy import PolicyRow
from anxin.vocabulary import AlertKind, DeviceKind, Origin, Priority
from tests.analytics.stage import DIRECTORY, WATCHED, Story, local, with_policies

KIND = AlertKind.OUT_OF_BED_LONG


def night(device: str = "pad-1") -> Story:
    return Story().at("21:30").bed(device, True)


@pytest.mark.parametrize(("back", "told"), [("23:29", []), ("23:31", ["began", "ended"])])
def test_the_warning_comes_after_its_delay(back: str, told: list[str]) -> None:
    story = night().at("23:00").bed("pad-1", False).at(back).bed("pad-1", True).after(minutes=1)
    assert [change for _, change in story.told()] == told


def test_it_becomes_high_and_ends_with_the_return() -> None:
    story = night().at("23:00").bed("pad-1", False).at("23:50").bed("pad-1", True).at("23:55")
    began, upgraded, ended = story.findings()
    assert (began.change, began.at, began.priority) == (Change.BEGAN, local("23:30"), Priority.MEDIUM)
    assert (upgraded.change, upgraded.at, upgraded.priority) == (Change.UPDATED, local("23:45"), Priority.HIGH)
    assert (ended.change, ended.at) == (Change.ENDED, local("23:50"))
    assert {finding.subject.key for finding in (began, upgraded, ended)} == {"resident:1"}


def test_it_is_told_as_of_the_beds_sensor_wherever_that_stands_among_its_devices() -> None:
    ordered = sorted(DIRECTORY.devices, key=lambda device: device.kind is DeviceKind.BED_SENSOR)
    story = Story(replace(DIRECTORY, devices=tuple(ordered))).at("21:30").bed("pad-1", True).at("23:00")
    (found,) = story.bed("pad-1", False).at("23:31").findings()
    assert (found.subject.device_id, found.subject.resident_id) == (11, 1)


def test_her_own_delay_wins() -> None:
    hers = with_policies(PolicyRow(1, None, 1, "bed_absence", "warn_min", 5.0))
    story = Story(hers)
    for pad in ("pad-1", "pad-3"):
        story.bed(pad, True)
    story.at("23:00").bed("pad-1", False).bed("pad-3", False).at("23:10")
    assert [(finding.subject.resident_id, finding.at) for finding in story.findings()] == [(1, local("23:05"))]


@pytest.mark.parametrize(("left", "told"), [("20:58", 0), ("21:02", 1)])
def test_who_has_not_gone_to_bed_is_not_missing(left: str, told: int) -> None:
    story = Story().at("20:30").bed("pad-1", True).at(left).bed("pad-1", False).at("21:40")
    assert len(story.findings()) == told


@pytest.mark.parametrize(("left", "told"), [("04:59", 1), ("05:00", 0)])
def test_getting_up_in_the_morning_is_no_absence(left: str, told: int) -> None:
    story = Story(start=local("04:50")).bed("pad-1", True).at(left).bed("pad-1", False).at("05:35")
    assert len(story.findings()) == told


def test_unknown_time_counts_as_nothing() -> None:
    story = night().at("23:00").bed("pad-1", False).at("23:10").bed("pad-1", None).at("23:40").bed("pad-1", False)
    assert story.at("23:59").findings() == []
    (found,) = story.at("00:01").findings()
    assert found.at == local("00:00")
    assert found.evidence["unseen_s"] == 1_800


def test_a_sensor_out_of_hearing_counts_as_nothing() -> None:
    story = Story(WATCHED, start=local("22:50")).bed("pad-2", True).at("23:00").bed("pad-2", False).at("23:10")
    story.mute = {"pad-2"}
    story.at("23:40")
    story.mute = set()
    absences = [finding for finding in story.at("23:59").findings() if finding.kind is KIND]
    assert absences == []
    (found,) = [finding for finding in story.at("00:02").findings() if finding.kind is KIND]
    assert local("00:00") <= found.at <= local("00:01")


def test_a_call_button_that_is_heard_does_not_see_an_empty_bed_for_its_pad() -> None:
    heard = [replace(one, supervision_s=10.0) if one.code == "pad-1" else one for one in WATCHED.devices]
    home = replace(WATCHED, devices=tuple(heard))
    story = Story(home, start=local("22:50")).bed("pad-1", True).at("23:00").bed("pad-1", False).at("23:10")
    story.mute = {"pad-1"}
    story.at("23:25")
    story.mute = set()
    assert [finding for finding in story.at("23:44").findings() if finding.kind is KIND] == []
    (found,) = [finding for finding in story.at("23:47").findings() if finding.kind is KIND]
    assert local("23:45") <= found.at <= local("23:46")
    assert 900 <= float(str(found.evidence["unseen_s"])) <= 960


def test_what_one_of_two_sensors_saw_was_seen() -> None:
    two = [replace(one, supervision_s=10.0) if one.code in ("pad-1", "oximeter-1") else one for one in WATCHED.devices]
    story = Story(replace(WATCHED, devices=tuple(two)), start=local("22:20"))
    story.bed("pad-1", True).measure("oximeter-1", bed_occupied=1).at("22:30")
    for muted, until in (("pad-1", "22:50"), ("", "23:00"), ("oximeter-1", "23:20")):
        story.mute = {muted}
        story.at(until)
        if until == "23:00":
            story.bed("pad-1", False).measure("oximeter-1", bed_occupied=0)
    story.mute = set()
    (found,) = [finding for finding in story.at("23:31").findings() if finding.kind is KIND]
    assert (found.at, found.evidence["unseen_s"]) == (local("23:30"), 0)


@pytest.mark.parametrize(("lying", "told"), [(9, ["began"]), (11, ["began", "ended"])])
def test_a_short_load_is_no_return(lying: float, told: list[str]) -> None:
    story = night().at("23:00").bed("pad-1", False).at("23:32").bed("pad-1", True).after(seconds=lying)
    story.bed("pad-1", False).after(minutes=10)
    assert [change for _, change in story.told()] == told


def test_a_second_pad_that_says_in_bed_is_believed() -> None:
    story = night().at("23:00").bed("pad-1", False).after(seconds=1)
    assert story.measure("oximeter-1", bed_occupied=1).at("23:40").findings() == []


def test_pictures_set_the_state_in_silence() -> None:
    story = night().at("23:00").bed("pad-1", False).at("23:05").bed("pad-1", True, origin=Origin.RETAINED)
    assert story.at("23:40").findings() == []


def test_an_old_sample_after_a_newer_one_changes_nothing() -> None:
    story = night().at("23:00").bed("pad-1", False).after(seconds=2).bed("pad-1", True, ago=5).at("23:31")
    assert [finding.at for finding in story.findings()] == [local("23:30")]


def test_an_absence_that_was_over_before_it_came_is_not_told() -> None:
    story = night().at("23:50").bed("pad-1", False, ago=3_000).bed("pad-1", True, ago=60).at("23:59")
    assert story.findings() == []


def test_an_absence_that_came_late_and_lasts_is_told() -> None:
    story = night().at("23:15")
    story.mute = {"gw-1"}
    story.at("00:00").bed("pad-1", False, ago=2_400).after(seconds=30)
    (found,) = [finding for finding in story.findings() if finding.kind is KIND]
    assert (found.at, found.late) == (local("23:50"), True)


def test_an_empty_bed_is_not_watched() -> None:
    story = Story(replace(DIRECTORY, stays=())).at("21:30")
    assert story.bed("pad-1", True).at("23:00").bed("pad-1", False).at("23:50").findings() == []
