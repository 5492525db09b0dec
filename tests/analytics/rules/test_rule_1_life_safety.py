"""Rule 1: life-safety kinds latch, end only at the place with an outcome, and nothing holds them back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from analytics.alerts.holding import Hold, presence
from analytics.alerts.model import HoldReason
from analytics.finding import Change
from anxin.vocabulary import AlertKind, AlertState
from tests.analytics.rules.night import CARER, ONE, Night

FALL, SUSPECTED, OUT = AlertKind.FALL_CONFIRMED, AlertKind.FALL_SUSPECTED, AlertKind.OUT_OF_BED_LONG


def test_rule_1_a_fall_ends_only_at_the_place() -> None:
    night = Night().at("02:10").say(FALL)
    night.hears(CARER, FALL)
    night.forward(seconds=20).acknowledge(FALL).say(FALL, ONE, Change.ENDED)
    assert night.alert(FALL).state is AlertState.OFF
    assert not night.resolve(FALL)
    night.forward(minutes=2).arrive(FALL)
    assert night.resolve(FALL)


@pytest.mark.parametrize("kind", [AlertKind.SOS_CALL, FALL, AlertKind.LONG_LIE, AlertKind.BED_FALL, SUSPECTED])
@pytest.mark.parametrize("reason", [HoldReason.PRESENCE, HoldReason.LEAVE, HoldReason.SHELVED, HoldReason.SHADOW])
def test_rule_1_nothing_holds_them_back(kind: AlertKind, reason: HoldReason) -> None:
    night = Night().at("02:10")
    until = night.now + timedelta(minutes=15)
    night.hold(Hold(1, 1, reason, night.now, until, resident_id=1, room_id=1, kind=kind))
    night.say(kind)
    night.hears(CARER, kind)


def test_rule_1_but_a_carer_in_the_room_holds_what_is_medium_until_she_leaves() -> None:
    night = Night().at("02:10")
    night.hold(presence(1, 1, CARER, night.now)).say(OUT)
    assert night.alert(OUT).held is HoldReason.PRESENCE
    night.forward(minutes=14).nobody_else_hears()
    night.forward(minutes=2).hears(CARER, OUT)
