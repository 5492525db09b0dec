"""Rule 5: the alarm path down rings high and names who must now be looked at by hand, every two hours."""

from __future__ import annotations

from datetime import timedelta

from analytics.alerts import tasks
from analytics.alerts.model import HoldReason
from analytics.finding import Change
from anxin.vocabulary import AlertKind, Priority
from tests.analytics.rules.night import CARER, GATEWAY, ONE, Night
from tests.analytics.stage import WATCHED, Story

PATH, SILENT, STALLED = AlertKind.CALL_PATH_DOWN, AlertKind.GATEWAY_SILENT, AlertKind.WATCH_STALLED


def test_rule_5_a_call_button_out_of_hearing_rings_high() -> None:
    story = Story(WATCHED)
    story.mute = {"button-1"}
    night = Night().at("22:00").hear(story.at("22:00").findings())
    night.hears(CARER, PATH)
    alert = night.alert(PATH)
    assert (alert.priority, alert.subject.resident_id) == (Priority.HIGH, 1)


def test_rule_5_a_gateway_names_the_residents_behind_it_and_holds_their_devices() -> None:
    story = Story(WATCHED)
    story.mute = {"gw-2"}
    night = Night().at("22:00").hear(story.at("22:00").findings())
    night.hears(CARER, SILENT)
    assert night.alert(SILENT).evidence["residents"] == "3"
    story.mute = {"gw-1", "gw-2"}
    both = [one for one in story.at("23:00").findings() if one.kind is STALLED]
    assert [one.evidence["residents"] for one in both] == ["1,2,3"]
    night.at("23:00").hear(both)
    night.hears(CARER, STALLED)
    assert night.alert(STALLED).priority is Priority.HIGH


def test_rule_5_a_parent_holds_its_children_until_it_ends() -> None:
    night = Night().at("01:00").say(SILENT, GATEWAY).say(PATH, ONE.__class__(1, 1, 1, 1, 1, device_id=3, gateway_id=1))
    night.hears(CARER, SILENT)
    night.forward(seconds=30)
    assert night.alert(PATH).held is HoldReason.PARENT
    assert night.alert(PATH).parent_id == night.alert(SILENT).id
    night.say(SILENT, GATEWAY, Change.ENDED).forward(seconds=1)
    night.hears(CARER, PATH)


def test_rule_5_an_unrepaired_fault_needs_rounds_every_two_hours() -> None:
    night = Night().at("01:00").say(PATH)
    alert = night.alert(PATH)
    raised = night.desk.history[alert.id]
    (round_,) = tasks.follow(alert, raised, night.now).new
    assert round_ == tasks.Task(tasks.TaskKind.ROUND, night.now + timedelta(hours=2))
    again = tasks.next_round(alert, tasks.TaskKind.ROUND, round_.due_at)
    assert again == tasks.Task(tasks.TaskKind.ROUND, round_.due_at + timedelta(hours=2))
