"""No sign of life, and not up in the morning."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.policy import PolicyRow
from anxin.care import EntryKind
from anxin.event import Call
from anxin.vocabulary import Phase
from tests.analytics.stage import Story, local, with_policies


def test_twelve_hours_without_a_sign_are_high_and_a_sign_ends_it() -> None:
    story = Story().measure("pad-3", heart_rate=60.0).bed("pad-3", True).at("07:59")
    assert story.told("no_sign_of_life") == []
    (first,) = (f for f in story.at("08:11").findings() if f.subject.resident_id == 3)
    assert first.kind == "no_sign_of_life"
    assert local("08:00") < first.at <= local("08:10"), "a sign is kept to ten minutes, whichever ten of hers they are"
    story.measure("watch-3", steps=5.0)
    mine = [f.change.value for f in story.findings() if f.subject.resident_id == 3]
    assert mine == ["began", "ended"]


@pytest.mark.parametrize("device", ["watch-3", "radar-2", "button"])
def test_what_is_a_sign_of_life(device: str) -> None:
    story = Story().at("01:00")
    if device == "watch-3":
        story.measure(device, activity=20.0)
    elif device == "radar-2":
        story.measure(device, presence=1.0)
    else:
        story.enter(EntryKind.TURNED, 3)
    assert not any(f.subject.resident_id == 3 for f in story.at("08:30").findings())


def test_an_occupied_bed_and_presence_in_a_shared_room_are_none() -> None:
    story = Story().at("01:00").bed("pad-1", True).measure("radar-1", presence=1.0).at("08:30")
    assert [f.kind.value for f in story.findings() if f.subject.resident_id == 1] == ["no_sign_of_life"]


def test_what_could_not_be_seen_is_said() -> None:
    story = Story().measure("pad-1", heart_rate=60.0)
    story.mute = {"gw-1"}
    (found,) = (f for f in story.at("08:30").findings() if f.kind == "no_sign_of_life" and f.subject.resident_id == 1)
    assert found.evidence["unheard"] == "11,15"


def test_who_is_on_leave_is_not_looked_for() -> None:
    story = Story().enter(EntryKind.LEAVE_OUT, 3, back_at="2026-03-03T10:00:00+08:00").at("11:00")
    assert not any(f.subject.resident_id == 3 for f in story.findings())
    story.enter(EntryKind.LEAVE_BACK, 3).after(hours=13)
    assert [f.kind.value for f in story.findings() if f.subject.resident_id == 3] == ["no_sign_of_life"]


def test_a_sign_during_a_leave_is_a_contradiction_until_she_is_back() -> None:
    story = Story().enter(EntryKind.LEAVE_OUT, 3, back_at="2026-03-03T10:00:00+08:00").after(minutes=20)
    story.measure("watch-3", steps=9.0)
    assert story.told("presence_contradiction") == [], "she is still walking out"
    story.after(minutes=20).call("button-1").measure("pad-3", heart_rate=60.0).after(minutes=20)
    story.measure("pad-3", heart_rate=61.0)
    (found,) = (f for f in story.findings() if f.kind == "presence_contradiction")
    assert found.subject.resident_id == 3
    story.enter(EntryKind.LEAVE_BACK, 3)
    assert [change for _, change in story.told("presence_contradiction")] == ["began", "ended"]


@pytest.mark.parametrize("call", [True, False])
def test_a_call_or_a_fall_during_a_leave_is_one_too_also_right_after_another_sign(call: bool) -> None:
    story = Story().enter(EntryKind.LEAVE_OUT, 3, back_at="2026-03-03T10:00:00+08:00").after(minutes=29)
    story.measure("pad-3", heart_rate=60.0).after(minutes=2)
    story = story.say("gw-2", Call("pad-3", story.now)) if call else story.fall("radar-2", Phase.SUSPECTED)
    assert [change for _, change in story.told("presence_contradiction")] == ["began"]


def mornings(up: list[bool]) -> Story:
    """Nights in bed from 22:00; up at 07:00 or lying on until 11:00."""
    story = Story()
    for day, early in enumerate(up):
        midnight = local("00:00") + timedelta(days=day)
        story.at(midnight - timedelta(hours=2)).bed("pad-3", True)
        story.at(midnight + timedelta(hours=3)).bed("pad-3", False).after(minutes=5).bed("pad-3", True)
        story.at(midnight + timedelta(hours=7 if early else 11)).bed("pad-3", False).measure("pad-3", heart_rate=60.0)
    return story


@pytest.mark.parametrize(("before", "told"), [([True] * 7, 1), ([True] * 6 + [False], 0), ([True] * 6, 0)])
def test_who_lies_on_against_her_habit_is_told(before: list[bool], told: int) -> None:
    story = mornings([*before, False])
    assert (
        story.told("not_up_in_morning") == [("not_up_in_morning", "began"), ("not_up_in_morning", "ended")][: 2 * told]
    )


def test_who_is_bedbound_is_got_up_by_others() -> None:
    story = mornings([True] * 7 + [False])
    story.directory = with_policies(PolicyRow(1, None, 3, "resident", "mobility", "bedbound"))
    assert story.told("not_up_in_morning") == []


def test_a_silent_bed_sensor_says_nothing_about_the_morning() -> None:
    story = mornings([True] * 7)
    story.at(story.now + timedelta(hours=15)).bed("pad-3", True)
    story.mute = {"gw-2"}
    assert story.after(hours=13).told("not_up_in_morning") == []
