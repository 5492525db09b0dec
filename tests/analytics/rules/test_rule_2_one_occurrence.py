"""Rule 2: an acknowledgement covers one occurrence at one priority."""

from __future__ import annotations

from analytics.finding import Change
from anxin.vocabulary import AlertKind, Priority
from tests.analytics.rules.night import CARER, NURSE, ONE, Night

SOS, OUT = AlertKind.SOS_CALL, AlertKind.OUT_OF_BED_LONG
SUSPECTED, FALL, LONG_LIE = AlertKind.FALL_SUSPECTED, AlertKind.FALL_CONFIRMED, AlertKind.LONG_LIE


def test_rule_2_a_second_press_an_upgrade_and_an_expiry_ring_again() -> None:
    night = Night().at("01:00").say(SOS, device=7)
    night.hears(CARER, SOS)
    night.forward(seconds=10).acknowledge(SOS).forward(minutes=1).nobody_else_hears()
    night.say(SOS, ONE, Change.RECURRED, device=7)
    night.hears(CARER, SOS)
    assert [(alert.kind, alert.occurrences) for alert in night.alerts] == [(SOS, 2)], "counted on the one alert"
    night.acknowledge(SOS).arrive(SOS)
    night.at("02:00").say(OUT)
    night.hears(CARER, OUT)
    night.acknowledge(OUT).forward(minutes=5).nobody_else_hears()
    night.say(OUT, ONE, Change.UPDATED, priority=Priority.HIGH)
    night.hears(CARER, OUT)
    night.acknowledge(OUT).forward(minutes=4).nobody_else_hears()
    night.forward(minutes=2)
    night.hears(CARER, OUT)
    night.hears(NURSE, OUT)


def test_rule_2_a_suspicion_that_is_confirmed_is_the_same_alert_and_rings_again() -> None:
    night = Night().at("01:00").say(SUSPECTED, device=7)
    night.hears(CARER, SUSPECTED)
    night.acknowledge(SUSPECTED).forward(seconds=40).say(FALL, device=7)
    night.say(SUSPECTED, ONE, Change.ENDED, device=7)
    night.hears(CARER, FALL)
    night.acknowledge(FALL).forward(minutes=4).say(LONG_LIE, device=7)
    night.hears(CARER, LONG_LIE)
    (alert,) = night.alerts
    assert (alert.kind, alert.priority, alert.condition_present) == (LONG_LIE, Priority.HIGH, True)
    assert alert.life_safety


def test_rule_2_but_a_second_sensor_of_one_fall_is_no_second_fall() -> None:
    night = Night().at("01:00").say(FALL, device=7)
    night.hears(CARER, FALL)
    night.acknowledge(FALL).forward(seconds=50).say(FALL, device=8).forward(seconds=1).nobody_else_hears()
    night.say(FALL, ONE, Change.ENDED, device=7)
    (alert,) = night.alerts
    assert alert.condition_present, "the other sensor still sees her on the floor"
    assert set(alert.sources) == {"device:7", "device:8"}
    night.forward(minutes=1).say(FALL, ONE, Change.RECURRED, device=7)
    night.hears(CARER, FALL)
