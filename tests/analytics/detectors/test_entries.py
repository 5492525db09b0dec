"""What an entry says by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analytics.policy import PolicyRow
from analytics.schedule import ScheduleRow
from anxin.care import EntryKind, ScheduleKind
from tests.analytics.stage import DIRECTORY, Story, with_policies

E = EntryKind
HOME = replace(DIRECTORY, schedules=(ScheduleRow(1, ScheduleKind.MEDICATION, "aspirin", ("23:00",), resident_id=3),))
FINE = {
    "respiratory_rate": 16,
    "spo2": 97,
    "oxygen": False,
    "systolic": 125,
    "pulse": 72,
    "consciousness": "A",
    "temperature": 36.6,
}


def chart(story: Story, **other: float | str | bool) -> Story:
    return story.enter(E.VITALS, 3, **{**FINE, **other})  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [E.AGGRESSION, E.CHOKING])
def test_some_entries_ring_at_once(kind: EntryKind) -> None:
    (found,) = Story().at("22:00").enter(kind, 3).findings()
    assert (found.kind.value, found.subject.bed_id) == (kind.value, 3)


def test_somebody_of_another_room_is_told_about_the_room_and_its_ward() -> None:
    (found,) = Story().at("22:00").enter(E.STRANGER_IN_ROOM, room=2).findings()
    assert (found.kind.value, found.subject.key, found.subject.ward_id) == ("intrusion_other_room", "room:2", 1)


def test_a_headcount_that_does_not_agree_rings_until_one_does() -> None:
    story = Story().at("22:00").enter(E.HEADCOUNT, ward=1, present=2, expected=3).after(minutes=5)
    story.enter(E.HEADCOUNT, ward=1, present=2, expected=3).after(minutes=5).enter(
        E.HEADCOUNT, ward=1, present=3, expected=3
    )
    assert [change for _, change in story.told("headcount_mismatch")] == ["began", "recurred", "ended"]
    assert story.findings()[0].subject.key == "ward:1"


def test_the_right_medicine_once_is_silent_and_twice_is_told() -> None:
    story = Story(HOME).at("23:00").enter(E.MEDICATION, 3, code="aspirin", scanned_resident=3)
    assert story.told() == []
    assert story.after(minutes=90).enter(E.MEDICATION, 3, code="aspirin").told() == [("medication_double", "began")]


def test_the_right_scan_after_a_wrong_one_is_no_second_time() -> None:
    story = Story(HOME).at("23:00").enter(E.MEDICATION, 3, code="aspirin", scanned_resident=2)
    story.after(minutes=2).enter(E.MEDICATION, 3, code="aspirin", scanned_resident=3)
    assert story.told() == [("medication_mismatch", "began")]
    story.after(minutes=2).enter(E.MEDICATION, 3, code="aspirin", scanned_resident=2)
    assert story.told() == [("medication_mismatch", "began")] * 2


@pytest.mark.parametrize("facts", [{"code": "aspirin", "scanned_resident": 2}, {"code": "warfarin"}])
def test_the_wrong_resident_or_the_wrong_medicine_is_told(facts: dict[str, float | str]) -> None:
    story = Story(HOME).at("23:00").enter(E.MEDICATION, 3, **facts)  # type: ignore[arg-type]
    assert story.told() == [("medication_mismatch", "began")]


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({}, None),
        ({"respiratory_rate": 8}, "news2_single_3"),
        ({"respiratory_rate": 21, "spo2": 95, "systolic": 110, "pulse": 91, "temperature": 38.1}, "news2_medium"),
        ({"respiratory_rate": 25, "spo2": 91, "oxygen": True}, "news2_high"),
    ],
)
def test_a_charted_round_is_scored(other: dict[str, float], told: str | None) -> None:
    story = chart(Story().at("22:00"), **other)
    assert story.told() == ([(told, "began")] if told else [])


def test_the_next_chart_changes_the_band_and_an_older_one_changes_nothing() -> None:
    story = chart(Story().at("22:00"), respiratory_rate=25, spo2=91, oxygen=True).after(hours=1)
    chart(chart(story, respiratory_rate=8).after(minutes=1))
    assert story.told() == [
        ("news2_high", "began"), ("news2_high", "ended"), ("news2_single_3", "began"), ("news2_single_3", "ended"),
    ]  # fmt: skip
    story.enter(E.VITALS, 3, ago=3_600, **{**FINE, "respiratory_rate": 8})  # type: ignore[arg-type]
    assert len(story.told()) == 4


def test_a_partial_chart_is_no_low_score() -> None:
    story = chart(Story().at("22:00"), respiratory_rate=8).after(minutes=5).enter(E.VITALS, 3, pulse=72)
    assert story.told() == [("news2_single_3", "began")]


def test_scale_2_holds_only_where_it_is_prescribed() -> None:
    assert chart(Story().at("22:00"), spo2=90).told() == [("news2_single_3", "began")]
    prescribed = with_policies(PolicyRow(1, None, 3, "resident", "oxygen_scale_2", "yes"))
    assert chart(Story(prescribed).at("22:00"), spo2=90).told() == []


def test_an_activity_waits_when_the_last_chart_speaks_against_it() -> None:
    unknown = Story().at("22:00").enter(E.ACTIVITY, 3)
    assert unknown.told() == []
    story = chart(Story().at("22:00"), respiratory_rate=8).after(hours=1).enter(E.ACTIVITY, 3)
    assert story.told("activity_unfit") == [("activity_unfit", "began")]
    chart(story.after(hours=1)).enter(E.ACTIVITY, 3)
    assert story.told("activity_unfit")[-1] == ("activity_unfit", "ended")
