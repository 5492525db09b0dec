"""Rule 6: a contact cannot know who passed, and a signal of a shared room names the room."""

from __future__ import annotations

from analytics.alerts import tasks
from anxin.vocabulary import AlertKind, Phase, Priority
from tests.analytics.rules.night import CARER, Night
from tests.analytics.stage import Story, local

DOOR, FALL = AlertKind.DOOR_EXIT_UNAUTHORISED, AlertKind.FALL_CONFIRMED


def test_rule_6_an_outer_door_at_night_is_high_and_heads_are_counted() -> None:
    story = (
        Story().at("02:00").measure("door-exit", door_open=0.0).after(seconds=30).measure("door-exit", door_open=1.0)
    )
    night = Night().at("02:01").hear(story.findings())
    night.hears(CARER, DOOR)
    alert = night.alert(DOOR)
    assert (alert.priority, alert.subject.resident_id) == (Priority.HIGH, None)
    (count,) = tasks.follow(alert, night.desk.history[alert.id], night.now).new
    assert count.kind is tasks.TaskKind.HEADCOUNT


def test_rule_6_a_fall_in_a_shared_room_names_the_room() -> None:
    night = Night().at("02:00").hear(Story().at("02:00").fall("radar-1", Phase.CONFIRMED).findings())
    night.hears(CARER, FALL)
    subject = night.alert(FALL).subject
    assert (subject.resident_id, subject.bed_id, subject.room_id) == (None, None, 1)


def test_rule_6_by_day_an_outer_door_is_no_alert() -> None:
    story = Story(start=local("18:00")).measure("door-exit", door_open=0.0)
    story.at("18:30").measure("door-exit", door_open=1.0)
    assert story.told("door_exit_unauthorised") == []


def test_rule_6_a_signal_of_a_room_of_one_is_about_her() -> None:
    night = Night().at("02:00").hear(Story().at("02:00").fall("radar-2", Phase.CONFIRMED).findings())
    assert night.alert(FALL).subject.resident_id == 3
